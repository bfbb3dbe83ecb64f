"""What the slots of the boards pay, if nothing is kept of what is staked."""

from __future__ import annotations

from typing import Final

from services.rgs.games.game import Terms
from services.rgs.games.pay_tables import House, Table, read
from shared.pay_tables import plinko_table

_FROM_THE_MIDDLE: Final = {
    (8, "LOW"): "0.5 1 1.1 2.2 6.1",
    (8, "MEDIUM"): "0.4 0.7 1.3 3.1 13.6",
    (8, "HIGH"): "0.2 0.3 1.5 4.1 29.4",
    (9, "LOW"): "0.7 1 1.7 1.9 5.5",
    (9, "MEDIUM"): "0.5 0.9 1.7 4.2 18.4",
    (9, "HIGH"): "0.2 0.6 2 7.2 43.6",
    (10, "LOW"): "0.5 1 1.1 1.5 3 9.5",
    (10, "MEDIUM"): "0.4 0.6 1.4 2.1 5.1 22.1",
    (10, "HIGH"): "0.2 0.3 0.9 3.1 10 76.3",
    (11, "LOW"): "0.7 1 1.3 2.1 2.9 8.7",
    (11, "MEDIUM"): "0.5 0.7 1.8 3.2 6 23",
    (11, "HIGH"): "0.2 0.4 1.4 5.3 14 123.1",
    (12, "LOW"): "0.5 1 1.1 1.5 1.6 2.9 10.1",
    (12, "MEDIUM"): "0.3 0.6 1.1 2.1 4 11 31.7",
    (12, "HIGH"): "0.2 0.2 0.7 2 8.3 24 174.9",
    (13, "LOW"): "0.7 0.9 1.2 2 3.2 3.8 7.5",
    (13, "MEDIUM"): "0.4 0.7 1.3 3.1 6.2 13 40",
    (13, "HIGH"): "0.2 0.2 1 4.1 11 37 268.8",
    (14, "LOW"): "0.5 1 1.1 1.3 1.6 2 4 7.1",
    (14, "MEDIUM"): "0.2 0.5 1 1.9 4.2 7.1 15 58.5",
    (14, "HIGH"): "0.2 0.2 0.3 2 4.9 18 56 440",
    (15, "LOW"): "0.7 1 1.2 1.4 2 3 8 14.9",
    (15, "MEDIUM"): "0.3 0.5 1.4 2.9 5 11 18 88.3",
    (15, "HIGH"): "0.2 0.2 0.5 3.1 8 27 84 628",
    (16, "LOW"): "0.5 1 1.1 1.3 1.3 1.5 2.1 9.3 16.5",
    (16, "MEDIUM"): "0.3 0.5 1 1.5 3.1 5.2 10 43 115.5",
    (16, "HIGH"): "0.2 0.2 0.2 2 4.1 9.2 26 132 1009.4",
}
"""Both halves of a board pay the same, so one is written; each table gives back exactly all that is staked."""


def _whole(rows: int, half: Table) -> Table:
    """All slots from the left; an even number of rows has one in the middle."""
    return half[::-1] + half[1 - rows % 2 :]


HOUSE: Final = House(
    {plinko_table(rows, risk): _whole(rows, read(half)) for (rows, risk), half in _FROM_THE_MIDDLE.items()}
)


def table(rows: int, risk: str, terms: Terms) -> Table:
    """What each slot pays for one unit, from the left."""
    return HOUSE.table(plinko_table(rows, risk), terms)
