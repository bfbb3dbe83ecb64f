"""Promises of chance: the hash of a seed is told before the seed can matter."""

from __future__ import annotations

from typing import Any

from shared.ids import PlayerId
from shared.messages.base import Event, Reply
from shared.streams import Stream, key_of


class SeedCommitted(Event, wire="seed.committed"):
    """The next draw of this player at this entity will use the seed with this hash. The seed itself stays secret."""

    engine: str
    """The noun that draws, such as `lootbox`."""
    player: PlayerId
    entity: str
    number: int
    """Counts the seeds of this player and entity from 0, without gaps."""
    key_id: str
    """Which of the tenant's seed secrets it is made from."""
    server_seed_hash: str

    @property
    def stream(self) -> Stream[Any]:
        return Stream(self.engine, key_of(self.player, self.entity))


class SeedAnswer(Reply):
    """The hash that the next draw is bound to."""

    server_seed_hash: str


SAMPLES = (
    SeedAnswer(server_seed_hash="9f" * 32),
    SeedCommitted(
        engine="lootbox",
        player=PlayerId("rocket"),
        entity="starter-box",
        number=7,
        key_id="k1",
        server_seed_hash="9f" * 32,
    ),
)
