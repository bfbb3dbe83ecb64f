"""Which prize a seed draws from a prize table."""

from __future__ import annotations

from shared.fair.draw import pick
from shared.messages.lootbox import LootboxSpec, Prize


def prize_of(spec: LootboxSpec, lootbox: str, server_seed: str) -> Prize:
    """The weighted draw of docs/fairness.md: the table is walked in its stored order, every unit of weight alike."""
    weights = [prize.weight for prize in spec.prizes]
    return spec.prizes[pick(server_seed, "lootbox", lootbox, weights)]
