"""The hash of a player's next seed is told before the seed can matter, and the next draw is bound to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from shared.ids import PlayerId
from shared.messages.base import Event
from shared.messages.seed import SeedAnswer, SeedCommitted
from shared.shapes import Decision, Facts, Outcome, Place, Put, Refused, Seed, View
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unpromised:
    """No hash has been told yet; seed `number` will be the next."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class Promised:
    """The next draw is bound to the seed with this hash."""

    number: int
    key_id: str
    server_seed_hash: str


Promise = Unpromised | Promised


class Chain(NamedTuple):
    """Whose seeds they are, and what draws with them."""

    engine: str
    """The noun that draws, such as `lootbox`."""
    player: PlayerId
    entity: str

    @property
    def stream(self) -> Stream[Promise]:
        """The history of this player's draws there."""
        return Stream(self.engine, key_of(self.player, self.entity))

    def promise(self, number: int, facts: Facts) -> SeedCommitted:
        """The hash of seed `number`, told before the draw that uses it."""
        seed = facts.seeds.of(self.stream, number)
        return SeedCommitted(
            engine=self.engine,
            player=self.player,
            entity=self.entity,
            number=number,
            key_id=seed.key_id,
            server_seed_hash=seed.hash,
        )

    def seed(self, promise: Promise, facts: Facts) -> Seed:
        """The seed that was promised. Raises LookupError if it cannot be made any more."""
        if isinstance(promise, Unpromised):
            return facts.seeds.of(self.stream, promise.number)
        return kept(self.stream, promise.number, promise.key_id, promise.server_seed_hash, facts)


def kept(stream: Stream[Any], number: int, key_id: str, server_seed_hash: str, facts: Facts) -> Seed:
    """Seed `number` of a history, if it is the one whose hash was told. Raises LookupError if it is another."""
    seed = facts.seeds.of(stream, number, key_id)
    if seed.hash != server_seed_hash:  # no draw is better than one that breaks its promise
        raise LookupError(f"seed secret {key_id!r} is not the one that was promised from: put that one back")
    return seed


def shown(chain: Chain, promise: Promise, unknown: str | None, facts: Facts) -> Outcome[Event]:
    """The hash that the next draw is bound to, told before or just now; `unknown` refuses to tell a new one."""
    if isinstance(promise, Promised):
        return Decision((), reply=SeedAnswer(server_seed_hash=promise.server_seed_hash))
    if unknown is not None:
        return Refused(unknown)
    told = chain.promise(promise.number, facts)
    return Decision((told,), reply=SeedAnswer(server_seed_hash=told.server_seed_hash))


def promised(event: SeedCommitted) -> Promised:
    """What a told hash leaves behind."""
    return Promised(event.number, event.key_id, event.server_seed_hash)


def rows(event: SeedCommitted, place: Place) -> tuple[Put, ...]:
    """The next hash of each player, for whoever wants to note it."""
    return (Put(key=(event.engine, event.player, event.entity), values=(event.number, event.server_seed_hash)),)


view = View(
    table="seeds",
    mode="put",
    key={"engine": "text", "player": "text", "entity": "text"},
    columns={"number": "bigint", "server_seed_hash": "text"},
    events=(SeedCommitted,),
    rows=rows,
)
