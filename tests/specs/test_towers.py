"""Towers: each climbed row pays the rate of return over the chance of having come so far; a mine ends the round."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.rgs.games.game import Chance, Settlement, Terms
from services.rgs.games.towers.odds import TOWERS, multiplier
from services.rgs.games.towers.rules import Tower, game
from shared.messages.games.towers import (
    ROWS,
    Difficulty,
    TowersCashout,
    TowersInstant,
    TowersReveal,
    TowersStart,
    TowersVerified,
    TowersVerify,
)
from shared.shapes import Refused
from tests.specs.bet_words import Told, falls_on
from tests.specs.deck_words import ALPHA, difficulties

CODES: Final = {
    "alpha-leo": Fraction("0.985"),
    "beta-leo": Fraction("0.975"),
    "gamma-leo": Fraction("0.965"),
    "delta-leo": Fraction("0.955"),
}
reveal = [TowersReveal(field=field) for field in range(4)]
cashout = TowersCashout()


def mines_at(*cells: int, of: int = 4) -> Told:
    """Chance that lays one mine at this cell of each row, from the lowest; higher rows have it at 0."""
    return Told(*(falls_on(cell, of) for cell in (*cells, *[0] * (ROWS - len(cells)))))


def round_of(*moves: Any, difficulty: Difficulty = "EASY", chance: Chance | None = None) -> Tower | Refused:
    chance = chance or mines_at(3, 3, 3)
    tower: Any = game.open_(TowersStart(amount=100, difficulty=difficulty), chance, ALPHA)
    for move in moves:
        tower = game.move(tower, move, chance, ALPHA)
    assert isinstance(tower, Tower | Refused)
    return tower


def standing(*moves: Any, **how: Any) -> Tower:
    tower = round_of(*moves, **how)
    assert isinstance(tower, Tower)
    return tower


def refused(found: Any) -> tuple[str, str]:
    assert isinstance(found, Refused)
    return found.code, found.details["path"]


@pytest.mark.parametrize(
    ("difficulty", "cells", "safe", "first_row"),
    [
        ("EASY",   4, 3, "33/25"),
        ("MEDIUM", 3, 2, "297/200"),
        ("HARD",   2, 1, "99/50"),
        ("EXPERT", 3, 1, "297/100"),
        ("MASTER", 4, 1, "99/25"),
    ],
)  # fmt: skip
def test_a_difficulty_says_how_many_cells_are_safe(
    difficulty: Difficulty, cells: int, safe: int, first_row: str
) -> None:
    row = TOWERS[difficulty]
    assert (row.cells, row.cells - row.mines) == (cells, safe)
    assert str(multiplier(ALPHA.rtp, 1, difficulty)) == first_row
    board = game.verify(TowersVerify(difficulty=difficulty), Chance("seed", "client", 0), ALPHA)
    assert isinstance(board, TowersVerified)
    assert [(len(row), sum(row)) for row in board.board] == [(cells, safe)] * ROWS


@pytest.mark.parametrize("rtp", CODES.values(), ids=CODES)
@pytest.mark.parametrize("difficulty", TOWERS)
def test_over_every_tower_cashing_out_after_any_row_gives_back_exactly_the_rate(
    difficulty: Difficulty, rtp: Fraction
) -> None:
    """Rows are apart from one another, so that three of them prove it for all."""
    terms, row = Terms(rtp), TOWERS[difficulty]
    kinds = [tuple(int(cell not in mines) for cell in range(row.cells)) for mines in _mines(row.cells, row.mines)]
    for opened in ((0,), (0, 1), (1, 0, 1)):
        towers = [Tower(1, difficulty, board, opened, cashed_out=True) for board in product(kinds, repeat=len(opened))]
        fallen = [tower.fallen for tower in towers]
        paid = sum((settlement_of(tower, terms) for tower in towers), Fraction(0))
        assert True in fallen
        assert paid == rtp * len(towers)
    for climbed in range(1, ROWS + 1):
        assert row.chance**climbed * multiplier(rtp, climbed, difficulty) == rtp


def _mines(cells: int, mines: int) -> list[tuple[int, ...]]:
    return list(combinations(range(cells), mines))


def settlement_of(tower: Tower, terms: Terms) -> Fraction:
    settlement = game.settled(tower, terms)
    assert settlement is not None
    return settlement.multiplier


def test_every_row_is_laid_by_floats_of_its_own_the_lowest_first() -> None:
    board = game.verify(TowersVerify(difficulty="EASY"), mines_at(3, 0, 2), ALPHA)
    assert isinstance(board, TowersVerified)
    assert board.board[:3] == ((1, 1, 1, 0), (0, 1, 1, 1), (1, 1, 0, 1))


def test_the_mines_of_a_row_are_picked_one_after_another() -> None:
    """The first float picks one of four cells, the second one of the three that are left, the third one of two."""
    picks = (falls_on(1, 4), falls_on(1, 3), falls_on(0, 2), falls_on(3, 4), falls_on(0, 3), falls_on(1, 2))
    board = game.verify(TowersVerify(difficulty="MASTER"), Told(*picks, *[0] * 3 * (ROWS - 2)), ALPHA)
    assert isinstance(board, TowersVerified)
    assert board.board == ((0, 0, 0, 1), (0, 1, 0, 0), *[(0, 0, 0, 1)] * (ROWS - 2))


def test_a_climbed_row_is_a_crown_and_cashing_out_shows_the_tower() -> None:
    tower = standing(reveal[0], reveal[1], cashout)
    shown: Any = game.shown(tower, ALPHA)
    assert game.settled(tower, ALPHA) == Settlement(176, Fraction(44, 25))
    assert [(turn.field, turn.multiplier, turn.crowns) for turn in shown.rounds] == [(0, "33/25", 1), (1, "44/25", 2)]
    assert (shown.active, shown.cashed_out, len(shown.board)) == (False, True, ROWS)


def test_a_mine_ends_the_round_and_pays_nothing() -> None:
    tower = standing(reveal[0], reveal[3])
    shown: Any = game.shown(tower, ALPHA)
    assert game.settled(tower, ALPHA) == Settlement(0, Fraction(0))
    assert [(turn.field, turn.multiplier, turn.crowns) for turn in shown.rounds] == [(0, "33/25", 1), (3, "0", 1)]
    assert (shown.active, shown.cashed_out) == (False, False)


def test_the_top_cashes_out_by_itself() -> None:
    tower = standing(*[reveal[1]] * ROWS, chance=mines_at())
    assert tower.cashed_out
    assert game.settled(tower, ALPHA) == Settlement(round(99 * Fraction(4, 3) ** 9), ALPHA.rtp * Fraction(4, 3) ** 9)


def test_the_last_row_may_also_be_a_fall() -> None:
    tower = standing(*[reveal[1]] * (ROWS - 1), reveal[0], chance=mines_at())
    assert game.settled(tower, ALPHA) == Settlement(0, Fraction(0))


@pytest.mark.parametrize(
    ("difficulty", "moves", "why"),
    [
        ("EASY", (cashout,),   ("invalid_request_type", "cashout")),
        ("HARD", (reveal[2],), ("param_out_of_range", "field")),
    ],
)  # fmt: skip
def test_a_move_that_is_none_is_refused(difficulty: Difficulty, moves: Any, why: tuple[str, str]) -> None:
    assert refused(round_of(*moves, difficulty=difficulty, chance=Chance("seed", "client", 0))) == why


def test_a_round_in_one_beside_the_tower_is_refused_whatever_the_mines() -> None:
    for nonce in range(20):
        opening = TowersInstant(amount=1, difficulty="EXPERT", fields=(0, 3))
        found = game.open_(opening, Chance("seed", "client", nonce), ALPHA)
        assert refused(found) == ("param_out_of_range", "fields")


@for_all(difficulties, st.data())
def test_while_it_is_active_a_round_looks_the_same_whatever_stands_in_the_tower(
    difficulty: Difficulty, data: st.DataObject
) -> None:
    row = TOWERS[difficulty]
    opened = data.draw(st.lists(st.integers(0, row.cells - 1), max_size=ROWS - 1))
    seen = []
    for _ in range(2):
        rows = []
        for place in range(ROWS):
            cells = [cell for cell in range(row.cells) if place >= len(opened) or cell != opened[place]]
            mines = data.draw(st.permutations(cells))[: row.mines]
            rows.append(tuple(int(cell not in mines) for cell in range(row.cells)))
        tower = Tower(100, difficulty, tuple(rows), tuple(opened))
        seen.append((game.shown(tower, ALPHA), game.worth(tower, ALPHA)))
    assert seen[0] == seen[1]
    assert seen[0][0].model_dump()["board"] == ()
