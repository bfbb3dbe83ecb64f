"""Mines: each safe field pays the rate of return over the chance of having come so far; a mine ends the round."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.rgs.games.game import Chance, Settlement, Terms
from services.rgs.games.mines import odds
from services.rgs.games.mines.rules import Board, game
from shared.messages.games.mines import (
    MinesCashout,
    MinesInstant,
    MinesReveal,
    MinesStart,
    MinesVerified,
    MinesVerify,
)
from shared.shapes import Refused
from tests.specs.bet_words import CODES, Told, falls_on
from tests.specs.deck_words import ALPHA

SIZES: Final = (25, 36, 49, 64)


def mines_at(*fields: int) -> Told:
    """Chance that lays the mines at these fields of a grid of 25, in rising order."""
    return Told(*(falls_on(field - before, 25 - before) for before, field in enumerate(fields)))


def round_of(*moves: Any, mines: tuple[int, ...] = (3, 7, 12), amount: int = 100) -> Board | Refused:
    chance = mines_at(*mines)
    board: Any = game.open_(MinesStart(amount=amount, mine_count=len(mines)), chance, ALPHA)
    for move in moves:
        board = game.move(board, move, chance, ALPHA)
    assert isinstance(board, Board | Refused)
    return board


def standing(*moves: Any, **how: Any) -> Board:
    board = round_of(*moves, **how)
    assert isinstance(board, Board)
    return board


def refused(found: Any) -> tuple[str, str]:
    assert isinstance(found, Refused)
    return found.code, found.details["path"]


reveal = [MinesReveal(field=field) for field in range(25)]
cashout = MinesCashout()


@pytest.mark.parametrize("rtp", CODES.values(), ids=CODES)
@pytest.mark.parametrize("size", SIZES)
def test_cashing_out_after_any_number_of_fields_gives_back_exactly_the_rate(size: int, rtp: Fraction) -> None:
    for mine_count in range(1, size):
        chance = Fraction(1)
        for opened in range(1, size - mine_count + 1):
            chance *= Fraction(size - mine_count - opened + 1, size - opened + 1)
            assert chance * odds.multiplier(rtp, opened, mine_count, size) == rtp


@pytest.mark.parametrize("rtp", CODES.values(), ids=CODES)
@pytest.mark.parametrize("mine_count", [1, 2, 3])
@pytest.mark.parametrize("fields", [(0,), (24, 3, 11), tuple(range(0, 25, 2))])
def test_over_every_way_to_lay_the_mines_a_round_gives_back_exactly_the_rate(
    mine_count: int, fields: tuple[int, ...], rtp: Fraction
) -> None:
    terms = Terms(rtp)
    ways = [
        game.open_(MinesInstant(amount=1, mine_count=mine_count, fields=fields), mines_at(*mines), terms)
        for mines in combinations(range(25), mine_count)
    ]
    paid = [game.settled(board, terms) for board in ways if isinstance(board, Board)]
    assert len(paid) == len(ways)
    assert sum(settlement.multiplier for settlement in paid if settlement) == rtp * len(ways)


@for_all(st.sampled_from(SIZES), st.data())
def test_more_open_fields_and_more_mines_pay_more(size: int, data: st.DataObject) -> None:
    mine_count = data.draw(st.integers(1, size - 2))
    opened = data.draw(st.integers(1, size - mine_count - 1))
    pays = odds.multiplier(ALPHA.rtp, opened, mine_count, size)
    assert pays < odds.multiplier(ALPHA.rtp, opened + 1, mine_count, size)
    assert pays < odds.multiplier(ALPHA.rtp, opened, mine_count + 1, size)


def test_the_first_safe_field_of_three_mines_pays_nine_eighths() -> None:
    assert game.worth(standing(reveal[0]), ALPHA) == Settlement(112, Fraction(9, 8))


def test_cashing_out_ends_the_round_and_shows_the_mines() -> None:
    board = standing(reveal[0], reveal[1], cashout)
    shown: Any = game.shown(board, ALPHA)
    assert game.settled(board, ALPHA) == Settlement(129, Fraction(99, 100) * Fraction(25 * 24, 22 * 21))
    assert (shown.active, shown.cashed_out, shown.mines) == (False, True, (3, 7, 12))


def test_a_mine_ends_the_round_and_pays_nothing() -> None:
    board = standing(reveal[0], reveal[7])
    shown: Any = game.shown(board, ALPHA)
    assert game.settled(board, ALPHA) == Settlement(0, Fraction(0))
    assert [(turn.field, turn.multiplier) for turn in shown.rounds] == [(0, "9/8"), (7, "0")]
    assert (shown.active, shown.cashed_out, shown.mines) == (False, False, (3, 7, 12))


def test_the_last_safe_field_cashes_out_by_itself() -> None:
    board = standing(reveal[9], mines=tuple(field for field in range(25) if field != 9))
    assert game.settled(board, ALPHA) == Settlement(2475, Fraction(99, 4))
    assert board.cashed_out


def test_the_last_field_may_also_be_a_mine() -> None:
    board = standing(reveal[8], mines=tuple(field for field in range(25) if field != 9))
    assert game.settled(board, ALPHA) == Settlement(0, Fraction(0))


@pytest.mark.parametrize(
    ("moves", "why"),
    [
        ((cashout,),              ("invalid_request_type", "cashout")),
        ((reveal[0], reveal[0]),  ("invalid_param", "field")),
        ((MinesReveal(field=25),), ("param_out_of_range", "field")),
    ],
)  # fmt: skip
def test_a_move_that_is_none_is_refused(moves: tuple[Any, ...], why: tuple[str, str]) -> None:
    assert refused(round_of(*moves)) == why


@pytest.mark.parametrize(
    ("mine_count", "fields", "why"),
    [
        (25, (0,),             ("param_out_of_range", "mine_count")),
        (24, (0, 1),           ("param_out_of_range", "fields")),
        ( 1, (25,),            ("param_out_of_range", "fields")),
        ( 1, (4, 5, 4),        ("invalid_param",      "fields")),
    ],
)  # fmt: skip
def test_a_round_in_one_that_is_none_is_refused_whatever_the_mines(
    mine_count: int, fields: tuple[int, ...], why: tuple[str, str]
) -> None:
    for nonce in range(20):
        opening = MinesInstant(amount=1, mine_count=mine_count, fields=fields)
        assert refused(game.open_(opening, Chance("seed", "client", nonce), ALPHA)) == why


def test_a_grid_has_room_for_its_mines_and_one_field_more() -> None:
    chance = Chance("seed", "client", 0)
    assert refused(game.open_(MinesStart(amount=1, mine_count=36, grid_size=36), chance, ALPHA)) == (
        "param_out_of_range",
        "mine_count",
    )
    assert refused(game.verify(MinesVerify(mine_count=63, grid_size=49), chance, ALPHA)) == (
        "param_out_of_range",
        "mine_count",
    )
    told = game.verify(MinesVerify(mine_count=63, grid_size=64), chance, ALPHA)
    assert isinstance(told, MinesVerified)
    assert len(set(told.mines)) == 63


@for_all(st.data())
def test_while_it_is_active_a_round_looks_the_same_wherever_the_mines_may_lie(data: st.DataObject) -> None:
    opened = data.draw(st.lists(st.integers(0, 24), unique=True, max_size=20))
    left = [field for field in range(25) if field not in opened]
    first, second = (Board(100, 3, 25, tuple(data.draw(st.permutations(left))[:3]), tuple(opened)) for _ in range(2))
    assert game.shown(first, ALPHA) == game.shown(second, ALPHA)
    assert game.worth(first, ALPHA) == game.worth(second, ALPHA)
    assert game.shown(first, ALPHA).model_dump()["mines"] == ()
