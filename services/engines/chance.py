"""One weighted draw for every engine: the seed that was promised picks a row, is revealed, and the next is promised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.engines.promise import Chain, Promise, Promised
from shared.fair.draw import pick
from shared.messages.prize import Proof
from shared.messages.seed import SeedCommitted
from shared.shapes import Facts


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one draw came to, and what has to be written for it."""

    index: int
    """Of the row that won, from 0."""
    proof: Proof
    number: int
    """Of the seed in its chain."""
    key_id: str
    before: tuple[SeedCommitted, ...]
    """The promise, where none had been told yet; it goes before the event that reveals the seed."""
    after: SeedCommitted
    """The next promise; it goes after that event."""


def draw(chain: Chain, promise: Promise, kind: str, weights: Sequence[int], version: int, facts: Facts) -> Drawn:
    """Spend the promised seed on one row of a table.

    Args:
        chain: whose seeds they are, and what draws with them.
        promise: what that history has folded into.
        kind: in the message that the number is made from, such as `spin-wheel`.
        weights: of the rows in their stored order, whole numbers, not all 0.
        version: of the definition that the rows are from.
        facts: of the decision.

    Raises:
        LookupError: the promised seed cannot be made any more.
    """
    seed = chain.seed(promise, facts)
    proof = Proof(server_seed=seed.value, server_seed_hash=seed.hash, definition_version=version)
    return Drawn(
        index=pick(seed.value, kind, chain.entity, weights),
        proof=proof,
        number=promise.number,
        key_id=seed.key_id,
        before=() if isinstance(promise, Promised) else (chain.promise(promise.number, facts),),
        after=chain.promise(promise.number + 1, facts),
    )
