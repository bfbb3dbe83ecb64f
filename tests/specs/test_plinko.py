"""Plinko: a ball falls left or right at every row; the boards of every code give back exactly the code's rate."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from math import comb
from typing import get_args

import pytest
from pydantic import ValidationError

from services.rgs.games.bet import Ended
from services.rgs.games.game import Terms
from services.rgs.games.plinko import odds
from services.rgs.games.plinko.rules import game, pays
from shared.fair.floats import UNIT
from shared.messages.games.plinko import PlinkoBet, PlinkoShown, PlinkoVerified, PlinkoVerify, Risk
from shared.pay_tables import PLINKO_ROWS
from tests.specs.bet_words import ALPHA, CODES, Told

BOARDS = [(rows, risk) for rows in PLINKO_ROWS for risk in get_args(Risk)]
LEFT, RIGHT = UNIT // 2 - 1, UNIT // 2


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("rows", "risk"), BOARDS)
def test_every_board_of_every_code_gives_back_exactly_the_codes_rate(code: str, rows: int, risk: Risk) -> None:
    bet, terms = PlinkoBet(amount=1, rows=rows, risk=risk), Terms(CODES[code])
    by_slot = [pays(bet, (1,) * slot + (0,) * (rows - slot), terms) for slot in range(rows + 1)]
    assert sum(comb(rows, slot) * by_slot[slot] for slot in range(rows + 1)) / 2**rows == CODES[code]


@pytest.mark.parametrize("risk", get_args(Risk))
def test_all_the_ways_of_a_small_board_together_pay_what_all_stakes_times_the_rate_are(risk: Risk) -> None:
    bet = PlinkoBet(amount=1, rows=8, risk=risk)
    total = Fraction(0)
    for way in product((LEFT, RIGHT), repeat=8):
        state = game.open_(bet, Told(*way), ALPHA)
        assert isinstance(state, Ended)
        total += pays(bet, state.outcome, ALPHA)
    assert total == 2**8 * ALPHA.rtp


@pytest.mark.parametrize(("rows", "risk"), BOARDS)
def test_both_sides_pay_the_same_and_never_less_farther_out(rows: int, risk: str) -> None:
    table = odds.table(rows, risk, ALPHA)
    assert len(table) == rows + 1
    assert table == table[::-1]
    assert all(near <= far for near, far in pairwise(table[rows // 2 :]))
    assert table[0] > 1 > table[rows // 2]


@pytest.mark.parametrize("rows", PLINKO_ROWS)
def test_more_risk_pays_less_in_the_middle_and_more_at_the_edge(rows: int) -> None:
    low, medium, high = (odds.table(rows, risk, ALPHA) for risk in ("LOW", "MEDIUM", "HIGH"))
    assert low[0] < medium[0] < high[0]
    assert low[rows // 2] > medium[rows // 2] >= high[rows // 2]


@pytest.mark.parametrize("code", CODES)
def test_what_a_slot_pays_has_at_most_three_decimals(code: str) -> None:
    for rows, risk in BOARDS:
        assert all((slot * 1_000).denominator == 1 for slot in odds.table(rows, risk, Terms(CODES[code])))


def test_the_slot_is_how_often_the_ball_fell_to_the_right() -> None:
    bet = PlinkoBet(amount=100, rows=8, risk="HIGH")
    ways = (RIGHT, LEFT, RIGHT, RIGHT, LEFT, LEFT, LEFT, UNIT - 1, 0)
    state = game.open_(bet, Told(*ways), ALPHA)
    assert isinstance(state, Ended)
    path = (1, 0, 1, 1, 0, 0, 0, 1)
    assert game.shown(state, ALPHA) == PlinkoShown(rows=8, risk="HIGH", path=path, slot=4)
    asked = PlinkoVerify(rows=8, risk="HIGH")
    assert game.verify(asked, Told(*ways), ALPHA) == PlinkoVerified(path=path, slot=4, multiplier="99/500")


def test_a_ball_that_never_fell_to_the_right_ends_in_slot_0() -> None:
    state = game.open_(PlinkoBet(amount=100, rows=16, risk="HIGH"), Told(*(0,) * 16), ALPHA)
    assert isinstance(state, Ended)
    assert game.shown(state, ALPHA) == PlinkoShown(rows=16, risk="HIGH", path=(0,) * 16, slot=0)
    settlement = game.settled(state, ALPHA)
    assert settlement is not None
    assert settlement.payout == 99_931 == game.best(PlinkoBet(amount=100, rows=16, risk="HIGH"), ALPHA)


@pytest.mark.parametrize("rows", [7, 17])
def test_a_board_of_another_size_cannot_be_said(rows: int) -> None:
    with pytest.raises(ValidationError):
        PlinkoBet(amount=1, rows=rows, risk="LOW")
