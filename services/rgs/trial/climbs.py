"""The games in which somebody goes on until it is enough: how far they go, and how often they should get there."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from typing import get_args

from services.rgs.games.game import Terms
from services.rgs.games.hilo.odds import RANKS, Side, chance_of, right
from services.rgs.games.hilo.rules import Run
from services.rgs.games.hilo.rules import game as hilo
from services.rgs.games.mines.odds import chance_of as all_safe
from services.rgs.games.mines.rules import Board
from services.rgs.games.mines.rules import game as mines
from services.rgs.games.towers.odds import TOWERS
from services.rgs.games.towers.rules import Tower
from services.rgs.games.towers.rules import game as towers
from services.rgs.trial.plan import STAKE, Options, Plan, number, one_of, told
from shared.messages.games.hilo import MOST_SHOWN, HiloNext, HiloStart
from shared.messages.games.mines import GridSize, MinesInstant
from shared.messages.games.towers import ROWS, TowersInstant


def mines_plan(options: Options, terms: Terms) -> Plan:
    """Opens the first fields and cashes out; what is counted is how many were safe."""
    grid = one_of(options, "grid", get_args(GridSize))
    count = number(options, "mines", 1, grid - 1)
    opens = number(options, "open", 1, grid - count)

    def label(board: Board) -> Hashable:
        return len(board.opened) - board.exploded

    reached = [all_safe(fields, count, grid) for fields in range(opens + 1)]
    opening = MinesInstant(amount=STAKE, mine_count=count, grid_size=grid, fields=tuple(range(opens)))
    return Plan(mines, terms, opening, told(options), label, _ended(reached), terms.rtp)


def towers_plan(options: Options, terms: Terms) -> Plan:
    """Opens the first cell of each row and cashes out; what is counted is how many rows were climbed."""
    difficulty, rows = one_of(options, "difficulty", TOWERS), number(options, "rows", 1, ROWS)

    def label(tower: Tower) -> Hashable:
        return tower.climbed

    reached = [TOWERS[difficulty].chance ** row for row in range(rows + 1)]
    opening = TowersInstant(amount=STAKE, difficulty=difficulty, fields=(0,) * rows)
    return Plan(towers, terms, opening, told(options), label, _ended(reached), terms.rtp)


def hilo_plan(options: Options, terms: Terms) -> Plan:
    """Guesses what is likelier and cashes out; what is counted is how many guesses were right."""
    guesses = number(options, "guesses", 1, MOST_SHOWN - 1)

    def label(run: Run) -> Hashable:
        return len(run.turned) - 1 - run.lost

    def go_on(run: Run) -> HiloNext:
        if len(run.turned) > guesses:
            return HiloNext(action="CASHOUT")
        return HiloNext(action=_likelier(run.last.card[1:]))

    return Plan(hilo, terms, HiloStart(amount=STAKE), told(options), label, _ended(_guessed(guesses)), terms.rtp, go_on)


def _likelier(rank: str) -> Side:
    return "HIGHER" if chance_of(rank, "HIGHER") >= chance_of(rank, "LOWER") else "LOWER"


def _guessed(guesses: int) -> list[Fraction]:
    """How likely so many guesses in a row are right, by the rank that is turned each time."""
    at = dict.fromkeys(RANKS, Fraction(1, len(RANKS)))
    reached = [Fraction(1)]
    for _ in range(guesses):
        after = dict.fromkeys(RANKS, Fraction(0))
        for rank, chance in at.items():
            for next_ in right(rank, _likelier(rank)):
                after[next_] += chance / len(RANKS)
        at = after
        reached.append(sum(at.values(), Fraction(0)))
    return reached


def _ended(reached: list[Fraction]) -> dict[Hashable, Fraction]:
    """How likely it ends after exactly so many, from how likely so many are reached."""
    further = (*reached[1:], Fraction(0))
    return {place: chance - after for place, (chance, after) in enumerate(zip(reached, further, strict=True))}
