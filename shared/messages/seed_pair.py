"""Everything that can be said about the seeds of a table: the hash is told first, the seed when it is used no more."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from shared.ids import GameCode, OperatorId, PlayerId
from shared.messages.base import Command, Event, Message, Reply
from shared.messages.games.dice import DiceVerified, DiceVerify
from shared.messages.play import Verified, Verify
from shared.messages.seat import Table
from shared.streams import Stream

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ClientSeed = Annotated[str, Field(pattern=r"^[\x21-\x39\x3b-\x7e]{1,64}$")]
"""Printable ASCII without spaces and colons, which part it from the nonce."""


class Pair(Message):
    """A pair of seeds: active, or upcoming, which has no client seed yet."""

    pair_id: str
    number: int
    """Counts the pairs of a table from 0."""
    key_id: str
    """Which of the tenant's seed secrets its server seed is made from."""
    server_hash: Hash
    client_seed: ClientSeed | None = None


class ShowSeeds(Command, wire="seeds.show"):
    """Somebody wants to see the hashes; a table without seeds is given some."""

    table: Table


class RotateSeeds(Command, wire="seeds.rotate"):
    """The active pair retires and its server seed is told; the upcoming one becomes active with this client seed."""

    table: Table
    client_seed: ClientSeed | None = None
    """None: one is made."""


class VerifyRound(Command, wire="round.verify"):
    """What a game would come to under these seeds; nothing is looked up and nothing changes."""

    table: Table
    server_seed: str = Field(min_length=1, max_length=256)
    client_seed: str = Field(min_length=1, max_length=256)
    nonce: int = Field(ge=0, le=2**53)
    query: Verify


class SeedsFact(Event):
    """A fact about the seeds of a table."""

    table: Table
    active: Pair
    upcoming: Pair

    @property
    def stream(self) -> Stream[Any]:
        return self.table.stream


class SeedsOpened(SeedsFact, wire="seeds.opened"):
    """A table has its first seeds; the hashes are public before anything is staked."""


class SeedsRotated(SeedsFact, wire="seeds.rotated"):
    """A pair has retired, and can be checked from now on."""

    retired: Pair
    server_seed: str
    """Of the retired pair."""
    nonces: int
    """How many rounds it was used for."""


class SeedsAnswer(Reply):
    """The seeds of the table, and the nonce of the next round."""

    active: Pair
    nonce: int
    upcoming: Pair


class RotatedAnswer(Reply):
    """The seeds of the table after a rotation, and the pair that has retired."""

    active: Pair
    nonce: int
    upcoming: Pair
    retired: Pair
    server_seed: str


class VerifiedAnswer(Reply):
    """What it comes to."""

    verified: Verified


_table = Table(
    player=PlayerId("rocket"),
    operator=OperatorId("11111111-2222-4333-8444-555555555555"),
    game=GameCode("dice-alpha"),
)
_active = Pair(
    pair_id="0c7be1f6-95a5-5a0e-9b0e-3f0b8a1c7d11",
    number=0,
    key_id="k1",
    server_hash="9f" * 32,
    client_seed="4be1c0ffee4be1c0",
)
_upcoming = Pair(pair_id="5d2f6c34-3a0b-5f5e-8f77-0a3c5b8e6e22", number=1, key_id="k1", server_hash="8e" * 32)
_seeds: dict[str, Any] = {"active": _active, "upcoming": _upcoming}

SAMPLES = (
    ShowSeeds(table=_table),
    RotateSeeds(table=_table, client_seed="lucky"),
    VerifyRound(table=_table, server_seed="3b" * 32, client_seed="lucky", nonce=7, query=DiceVerify()),
    SeedsOpened(table=_table, **_seeds),
    SeedsRotated(table=_table, **_seeds, retired=_active, server_seed="3b" * 32, nonces=12),
    SeedsAnswer(**_seeds, nonce=7),
    RotatedAnswer(**_seeds, nonce=0, retired=_active, server_seed="3b" * 32),
    VerifiedAnswer(verified=DiceVerified(roll=7_312)),
)
