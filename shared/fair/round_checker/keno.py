"""Keno: which ten of the forty tiles are drawn, and how many of them were picked."""

from __future__ import annotations

from shared.fair.round_checker.asked import Asked, Found, Unreadable, table, wholes, word

TILES = 40
DRAWN = 10


def found(asked: Asked) -> Found:
    """Ten of forty are drawn, none twice; hits are paid by the pay table. Raises Unreadable."""
    picked = wholes(asked.bet, "tiles", 1, TILES)
    if not 1 <= len(picked) <= DRAWN or len(set(picked)) != len(picked):
        raise Unreadable(f"tiles are not 1 to {DRAWN} different tiles")
    risk = word(asked.bet, "difficulty", "CLASSIC", "LOW", "MEDIUM", "HIGH")
    drawn = asked.numbers.drawn(DRAWN, range(1, TILES + 1))
    hits = len(set(drawn) & set(picked))
    return Found({"resultTiles": drawn}, table(asked, f"{len(picked)}/{risk}", len(picked) + 1)[hits])
