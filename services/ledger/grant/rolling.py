"""Chance in grants: how many it is of what was written as a range, and what comes out of a crate.

The rule is told in docs/fairness.md; docs/vectors/crate.json holds figures to check it by.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.fair.draw import Draws
from shared.ids import AssetId
from shared.messages.reward_table import (
    CrateEntry,
    CurrencyEntry,
    Fixed,
    ItemEntry,
    Quantity,
    Range,
    RewardTableSpec,
    fixed,
    quantity_of,
    thing_of,
)

CONTENTS = "crate"
"""What a crate's draws are called in the message that their numbers are made from; the key is the crate's."""
NUMBERS = "grant"
"""What the ranges of a grant are called there; the key is the grant's id."""


def decided(entries: Iterable[CurrencyEntry | ItemEntry | CrateEntry], draws: Draws) -> tuple[Fixed, ...]:
    """Every entry with a number in place of its range, in the same order."""
    return tuple(fixed(*thing_of(entry), _number(quantity_of(entry), draws)) for entry in entries)


def unpacked(crates: int, table: RewardTableSpec, draws: Draws) -> tuple[Fixed, ...]:
    """What so many crates hold together, in the order in which each thing came up first.

    For each crate: how many rolls it has, if that is a range; for each roll its row, and then how many the row brings,
    if that is a range.
    """
    found: dict[tuple[str, AssetId], int] = {}
    for _ in range(crates):
        for _ in range(_number(table.rolls, draws)):
            row = table.entries[draws.pick(table.weights)]
            thing = thing_of(row)
            found[thing] = found.get(thing, 0) + _number(quantity_of(row), draws)
    return tuple(fixed(type_, key, number) for (type_, key), number in found.items())


def _number(quantity: Quantity, draws: Draws) -> int:
    return quantity.number(draws.below(quantity.numbers)) if isinstance(quantity, Range) else quantity
