"""What hits pay in keno, if nothing is kept of what is staked: by 0, 1, 2 … hits, for each number of picked tiles."""

from __future__ import annotations

from typing import Final

from services.rgs.games.game import Terms
from services.rgs.games.pay_tables import House, Table, read
from shared.pay_tables import keno_table

_BY_PICKS: Final = {
    "CLASSIC": (
        "0 4",
        "0 1.85 5",
        "0 1 3.1 11.2",
        "0 0.7 2 5.1 26",
        "0 0.3 1.4 3.9 17 37",
        "0 0 1 3.7 7.2 18 41.5",
        "0 0 0.5 3 4.5 14 30.5 61",
        "0 0 0 2.3 4 12 22.5 58 71",
        "0 0 0 1.6 2.9 8.2 16 44 61 86",
        "0 0 0 1.4 2.3 4.5 8.3 17.5 50 81 100",
    ),
    "LOW": (
        "0.7 1.9",
        "0 2 4",
        "0 1.1 1.4 26.7",
        "0 0 2.2 8 93",
        "0 0 1.5 4.3 13 308",
        "0 0 1.1 2 6.2 105 700",
        "0 0 1.1 1.6 3.6 16 225 720",
        "0 0 1.1 1.5 2.1 5.6 40 100 810",
        "0 0 1.1 1.3 1.8 2.4 7.7 51 255 1010",
        "0 0 1.1 1.2 1.4 1.7 3.7 14 50 255 1010",
    ),
    "MEDIUM": (
        "0.4 2.8",
        "0 1.7 6",
        "0 0 2.9 49.7",
        "0 0 1.7 10 105.3",
        "0 0 1.5 3.8 14 386.5",
        "0 0 0 3 9.1 185 700",
        "0 0 0 2 7.1 31 400 790",
        "0 0 0 2 4 11.5 70 410 910",
        "0 0 0 2 2.6 4.9 16 95 500 1010",
        "0 0 0 1.6 2 4.2 7.2 26.5 105 510 1010",
    ),
    "HIGH": (
        "0 4",
        "0 0 17.33",
        "0 0 0 82.33",
        "0 0 0 10 263.8",
        "0 0 0 4.5 49 454",
        "0 0 0 0 11 355 713",
        "0 0 0 0 7.1 91 400 790",
        "0 0 0 0 4.9 20.5 280 590 910",
        "0 0 0 0 4.1 10.5 58 530 810 1010",
        "0 0 0 0 3.6 7.9 13 62 500 810 1010",
    ),
}
"""A line more for each tile that is picked. No table is further than 0.02 percentage points from a fair one."""

HOUSE: Final = House(
    {
        keno_table(picked, difficulty): read(line)
        for difficulty, lines in _BY_PICKS.items()
        for picked, line in enumerate(lines, start=1)
    }
)


def table(picked: int, difficulty: str, terms: Terms) -> Table:
    """What 0, 1, 2 … hits pay for one unit."""
    return HOUSE.table(keno_table(picked, difficulty), terms)
