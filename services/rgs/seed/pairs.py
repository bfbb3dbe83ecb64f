"""Pairs of seeds: made from the tenant's secret when they are needed, and written down as hashes until they retire."""

from __future__ import annotations

from typing import Final

from shared.ids import uuid_of
from shared.messages.seat import Table
from shared.messages.seed_pair import Pair, SeedsOpened
from shared.shapes import Facts
from shared.streams import Stream

_CLIENT_SEED_CHARACTERS: Final = 16


def upcoming(table: Table, number: int, facts: Facts) -> Pair:
    """Pair `number` of a table, of which only the hash is known."""
    seed = facts.seeds.of(table.stream, number)
    pair_id = uuid_of(facts.tenant, "pair", table.player, table.operator, table.game, str(number))
    return Pair(pair_id=pair_id, number=number, key_id=seed.key_id, server_hash=seed.hash)


def active(pair: Pair, table: Table, client_seed: str | None, facts: Facts) -> Pair:
    """The pair in use, with the player's seed or one that is made for the player."""
    made = Stream[None]("client_seed", table.stream.key)
    own = client_seed or facts.seeds.of(made, pair.number).value[:_CLIENT_SEED_CHARACTERS]
    return pair.model_copy(update={"client_seed": own})


def opened(table: Table, facts: Facts) -> SeedsOpened:
    """The first seeds of a table."""
    table = table.table
    first = active(upcoming(table, 0, facts), table, None, facts)
    return SeedsOpened(table=table, active=first, upcoming=upcoming(table, 1, facts))


def server_seed(table: Table, pair: Pair, facts: Facts) -> str:
    """The seed whose hash was told. Raises LookupError if it cannot be made any more."""
    seed = facts.seeds.of(table.stream, pair.number, pair.key_id)
    if seed.hash != pair.server_hash:  # no round is better than one that breaks its promise
        raise LookupError(f"seed secret {pair.key_id!r} is not the one that was promised from: put that one back")
    return seed.value
