"""A crate is bound to its seed and its table from the moment that it is given, long before anybody opens it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from shared.ids import AssetId
from shared.messages.grant import CrateProof
from shared.messages.item import ItemSpec
from shared.messages.reward_table import FixedCrate, RewardTableSpec
from shared.shapes import Definition, Facts, Seed
from shared.streams import Stream

OPENING: Final = 0
"""Which seed of a grant's history opens a crate."""


def promised(crate: FixedCrate, history: Stream[Any], facts: Facts) -> CrateProof:
    """The hash of the seed that will open it, and the version of its table, if it has one today."""
    seed, table = facts.seeds.of(history, OPENING), table_of(crate.crate, facts)
    return CrateProof(
        server_seed_hash=seed.hash,
        seed_key_id=seed.key_id,
        table=None if table is None else table.key,
        definition_version=None if table is None else table.version,
    )


def kept(proof: CrateProof, history: Stream[Any], facts: Facts) -> Seed:
    """The seed that was promised. Raises LookupError if another would be made now."""
    seed = facts.seeds.of(history, OPENING, proof.seed_key_id)
    if seed.hash != proof.server_seed_hash:  # no draw is better than one that breaks its promise
        raise LookupError(f"seed secret {proof.seed_key_id!r} is not the one that was promised from: put that one back")
    return seed


def table_of(crate: AssetId, facts: Facts) -> Definition[RewardTableSpec] | None:
    """What is rolled when such a crate is opened, as it is defined today."""
    item = facts.definitions.current(ItemSpec, crate)
    if item is None or item.spec.table is None:
        return None
    return facts.definitions.current(RewardTableSpec, item.spec.table)


def expiry(crate: FixedCrate, facts: Facts) -> datetime | None:
    """Until when such a crate, given now, can be opened; None is for ever."""
    item = facts.definitions.current(ItemSpec, crate.crate)
    if item is None or item.spec.expires_after_seconds is None:
        return None
    return facts.now + timedelta(seconds=item.spec.expires_after_seconds)
