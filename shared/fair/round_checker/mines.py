"""Mines: where they lay, and what the opened fields were worth."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

from shared.fair.round_checker.asked import Asked, Found, Unreadable, opened, whole


def found(asked: Asked) -> Found:
    """The mines are drawn first; k safe fields pay the rate of return over their chance. Raises Unreadable."""
    grid = 25 if asked.bet.get("gridSize") is None else whole(asked.bet, "gridSize", 25, 64)
    count = whole(asked.bet, "mineCount", 1, grid - 1)
    mines = asked.numbers.drawn(count, range(grid))
    fields = opened(asked, grid - 1)
    if len(set(fields)) != len(fields):
        raise Unreadable("rounds opens a field twice")
    turns: list[dict[str, Any]] = []
    multiplier = Fraction(0)
    for safe, field in enumerate(fields, start=1):
        lost = field in mines
        multiplier = Fraction(0) if lost else asked.rtp * comb(grid, safe) / comb(grid - count, safe)
        turns.append({"field": field, "multiplier": multiplier})
        if lost:
            break
    return Found({"mines": mines, "rounds": turns, "cashedOut": multiplier > 0}, multiplier)
