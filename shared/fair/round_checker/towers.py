"""Towers: what stood in each row, and how far it was climbed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from shared.fair.round_checker.asked import Asked, Found, opened, word

ROWS = 9
CELLS = {"EASY": (4, 1), "MEDIUM": (3, 1), "HARD": (2, 1), "EXPERT": (3, 2), "MASTER": (4, 3)}
"""Cells of a row, and how many of them are mines."""


def found(asked: Asked) -> Found:
    """Row by row the mines are drawn; each climbed row divides by its chance. Raises Unreadable."""
    cells, mines = CELLS[word(asked.bet, "difficulty", *CELLS)]
    board = []
    for row in range(ROWS):
        hidden = asked.numbers.drawn(mines, range(cells), first=row * mines)
        board.append({"cells": [0 if cell in hidden else 1 for cell in range(cells)]})
    fields = opened(asked, cells - 1)[:ROWS]
    turns: list[dict[str, Any]] = []
    multiplier = Fraction(0)
    for climbed, field in enumerate(fields, start=1):
        safe = board[climbed - 1]["cells"][field] == 1
        multiplier = asked.rtp * Fraction(cells, cells - mines) ** climbed if safe else Fraction(0)
        turns.append({"field": field, "multiplier": multiplier, "crowns": climbed if safe else climbed - 1})
        if not safe:
            break
    return Found({"board": board, "rounds": turns, "cashedOut": multiplier > 0}, multiplier)
