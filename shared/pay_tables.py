"""Which pay tables the games have, how often each entry of one comes up, and what it gives back in the long run.

Everything here is counted, never sampled: the entries of a table come up as often as so many of all outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import comb
from typing import Final, NamedTuple, get_args

from shared.messages.games import keno, plinko, wheel

PLINKO_ROWS: Final = range(8, 17)
KENO_PICKS: Final = range(1, keno.DRAWN + 1)


def wheel_table(segments: int, difficulty: str) -> str:
    """The name of a wheel's table: what each slice pays, in their order."""
    return f"{segments}/{difficulty}"


def plinko_table(rows: int, risk: str) -> str:
    """The name of a plinko board's table: what each slot pays, from the left."""
    return f"{rows}/{risk}"


def keno_table(picked: int, difficulty: str) -> str:
    """The name of a keno table: what 0, 1, 2 … hits pay if so many tiles were picked."""
    return f"{picked}/{difficulty}"


def board_of(opening: object) -> str | None:
    """The name of the table that a round with this opening is played on; None in games that have no tables."""
    match opening:
        case wheel.WheelBet():
            return wheel_table(opening.segments, opening.difficulty)
        case plinko.PlinkoBet():
            return plinko_table(opening.rows, opening.risk)
        case keno.KenoBet():
            return keno_table(len(opening.tiles), opening.difficulty)
        case _:
            return None


def plinko_ways(rows: int) -> tuple[int, ...]:
    """By how many of the 2**rows ways each slot is reached."""
    return tuple(comb(rows, slot) for slot in range(rows + 1))


def keno_ways(picked: int) -> tuple[int, ...]:
    """By how many of the draws of ten tiles out of forty each number of hits comes about."""
    missed = keno.TILES - picked
    return tuple(comb(picked, hits) * comb(missed, keno.DRAWN - hits) for hits in range(picked + 1))


WAYS: Final[Mapping[str, Mapping[str, tuple[int, ...]]]] = {
    "wheel": {
        wheel_table(segments, difficulty): (1,) * segments
        for segments in get_args(wheel.Segments)
        for difficulty in get_args(wheel.Difficulty)
    },
    "plinko": {plinko_table(rows, risk): plinko_ways(rows) for rows in PLINKO_ROWS for risk in get_args(plinko.Risk)},
    "keno": {
        keno_table(picked, difficulty): keno_ways(picked)
        for picked in KENO_PICKS
        for difficulty in get_args(keno.Difficulty)
    },
}
"""By game and table: how many of all outcomes, which are equally likely, lead to each entry."""

TOLERANCES: Final[Mapping[str, Fraction]] = {
    "wheel": Fraction(5, 10_000),
    "plinko": Fraction(2, 1_000),
    "keno": Fraction(2, 1_000),
}
"""How far a table may be from its game's rate of return."""


class Unfit(NamedTuple):
    """Why a table cannot stand."""

    table: str
    problem: str


def returned(ways: Sequence[int], table: Sequence[Fraction]) -> Fraction:
    """What comes back of one unit in the long run, exactly: the mean of what all outcomes pay.

    Raises:
        ValueError: the table has more or fewer entries than there are ways to reach them.
    """
    return Fraction(sum(count * pays for count, pays in zip(ways, table, strict=True)), sum(ways))


def unfit(game: str, rtp: Fraction, tables: Mapping[str, Sequence[Fraction]]) -> Unfit | None:
    """The first table that the game does not know, that has the wrong length, or that gives back something else."""
    known = WAYS.get(game, {})
    for name, table in tables.items():
        problem = _problem(known[name], table, rtp, TOLERANCES[game]) if name in known else _unknown(known)
        if problem is not None:
            return Unfit(name, problem)
    return None


def _problem(ways: Sequence[int], table: Sequence[Fraction], rtp: Fraction, tolerance: Fraction) -> str | None:
    if len(table) != len(ways):
        return f"must have {len(ways)} entries, this one has {len(table)}"
    gives = returned(ways, table)
    if abs(gives - rtp) <= tolerance:
        return None
    return f"gives back {_percent(gives)} of what is staked, must be within {_percent(tolerance)} of {_percent(rtp)}"


def _unknown(known: Mapping[str, tuple[int, ...]]) -> str:
    if not known:
        return "this game has no pay tables"
    first, *_, last = known
    return f"is no table of this game; they are called {first} … {last}"


def _percent(share: Fraction) -> str:
    """Such as `98.9984 %`, rounded to four decimals."""
    whole, decimals = divmod(round(share * 1_000_000), 10_000)
    return f"{whole}.{decimals:04} %"
