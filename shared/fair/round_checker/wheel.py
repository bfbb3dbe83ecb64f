"""Wheel: the slice at which it stops."""

from __future__ import annotations

from shared.fair.round_checker.asked import Asked, Found, Unreadable, table, word


def found(asked: Asked) -> Found:
    """The slice is floor(float × slices), and the pay table says what it pays. Raises Unreadable."""
    segments = str(asked.bet.get("segments")).upper().removeprefix("SEGMENTS_")
    if segments not in ("10", "20", "30", "40", "50"):
        raise Unreadable("segments is none of 10, 20, 30, 40 and 50")
    outcome = asked.numbers.one_of(0, int(segments))
    risk = word(asked.bet, "difficulty", "LOW", "MEDIUM", "HIGH")
    return Found({"outcome": outcome}, table(asked, f"{segments}/{risk}", int(segments))[outcome])
