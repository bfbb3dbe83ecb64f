"""What the slices of the wheels pay, if nothing is kept of what is staked."""

from __future__ import annotations

from typing import Final, get_args

from services.rgs.games.game import Terms
from services.rgs.games.pay_tables import House, Table, read
from shared.messages.games.wheel import Segments
from shared.pay_tables import wheel_table

_LOW: Final = read("1.6 1.2 1.2 1.2 0 1.2 1.2 1.2 1.2 0")
"""Every ten slices of a calm wheel."""
_MEDIUM: Final = {
    10: read("0 2 0 1.5 0 2 0 1.5 0 3"),
    20: read("1.5 0 2 0 2 0 2 0 1.5 0 3 0 2 0 2 0 2 0 2 0"),
    30: read("1.5 0 1.5 0 2 0 1.5 0 2 0 2 0 1.5 0 3 0 1.5 0 2 0 2 0 2 0 4 0 1.5 0 2 0"),
    40: read("2 0 3 0 2 0 1.5 0 3 0 1.5 0 1.5 0 2 0 1.5 0 3 0 1.5 0 2 0 2 0 2 0 2 0 1.5 0 3 0 1.5 0 2 0 1.5 0"),
    50: read(
        "2 0 1.5 0 2 0 1.5 0 3 0 1.5 0 1.5 0 2 0 1.5 0 3 0 1.5 0 2 0 1.5 0 2 0 2 0 1.5 0 3 0 1.5 0 2 0 1.5 0 1.5 0 5 0"
        " 2 0 2 0 1.5 0"
    ),
}


def _high(segments: int) -> Table:
    """One slice pays everything."""
    return read("0 " * (segments - 1) + str(segments))


HOUSE: Final = House(
    {
        wheel_table(segments, difficulty): table
        for segments in get_args(Segments)
        for difficulty, table in (
            ("LOW", _LOW * (segments // len(_LOW))),
            ("MEDIUM", _MEDIUM[segments]),
            ("HIGH", _high(segments)),
        )
    }
)


def table(segments: int, difficulty: str, terms: Terms) -> Table:
    """What each slice pays for one unit."""
    return HOUSE.table(wheel_table(segments, difficulty), terms)
