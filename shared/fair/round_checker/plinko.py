"""Plinko: where the ball falls, row by row."""

from __future__ import annotations

from shared.fair.round_checker.asked import Asked, Found, table, whole, word


def found(asked: Asked) -> Found:
    """Each row is floor(float × 2), 1 is right; the slot is how often that was. Raises Unreadable."""
    rows = whole(asked.bet, "rows", 8, 16)
    risk = word(asked.bet, "risk", "LOW", "MEDIUM", "HIGH")
    path = [asked.numbers.one_of(row, 2) for row in range(rows)]
    slot = sum(path)
    return Found({"path": path, "slot": slot}, table(asked, f"{rows}/{risk}", rows + 1)[slot])
