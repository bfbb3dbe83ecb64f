"""Dice: a roll of 0 to 9999; a bet over or under a number pays the rate of return divided by its chance."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.rgs.games.bet import Ended
from services.rgs.games.dice import odds
from services.rgs.games.dice.rules import game, pays
from services.rgs.games.game import Chance, Terms
from shared.fair.floats import UNIT, scaled
from shared.messages.games.dice import DiceBet, DiceVerified, DiceVerify
from shared.shapes import Refused
from tests.specs.bet_words import ALPHA, BETS, CODES, Told, falls_on


@pytest.mark.parametrize(
    ("side", "roll", "multiplier"),
    [
        ({"over": 5_000},  5_001, "9900/4999"),
        ({"over": 5_000},  5_000, "0"),
        ({"over": 0},          1, "1100/1111"),
        ({"over": 0},          0, "0"),
        ({"over": 9_998},  9_999, "9900"),
        ({"over": 9_998},  9_998, "0"),
        ({"under": 5_000}, 4_999, "99/50"),
        ({"under": 5_000}, 5_000, "0"),
        ({"under": 1},         0, "9900"),
        ({"under": 1},         1, "0"),
        ({"under": 9_999}, 9_998, "1100/1111"),
        ({"under": 9_999}, 9_999, "0"),
    ],
)  # fmt: skip
def test_a_bet_wins_strictly_over_or_strictly_under_its_number(side: Any, roll: int, multiplier: str) -> None:
    state = game.open_(DiceBet(amount=100, **side), Told(falls_on(roll, 10_000)), ALPHA)
    assert isinstance(state, Ended)
    assert state.outcome == roll
    settlement = game.settled(state, ALPHA)
    assert settlement is not None
    assert settlement.multiplier == Fraction(multiplier)


@pytest.mark.parametrize("sides", [{}, {"over": 10, "under": 20}])
def test_a_bet_on_both_sides_or_on_none_is_refused(sides: Any) -> None:
    refused = game.open_(DiceBet(amount=100, **sides), Told(), ALPHA)
    assert isinstance(refused, Refused)
    assert refused.code == "invalid_param"
    assert refused.details["path"] == "over"


@pytest.mark.parametrize("side", [{"over": -1}, {"over": 9_999}, {"under": 0}, {"under": 10_000}])
def test_a_bet_that_wins_always_or_never_cannot_be_said(side: Any) -> None:
    with pytest.raises(ValidationError):
        DiceBet(amount=100, **side)


@pytest.mark.parametrize("code", CODES)
def test_every_bet_of_every_code_gives_back_exactly_the_codes_rate(code: str) -> None:
    rtp = CODES[code]
    every = [DiceBet(amount=1, over=over) for over in range(9_999)]
    every += [DiceBet(amount=1, under=under) for under in range(1, 10_000)]
    for bet in every:
        assert Fraction(len(odds.winning(bet)), 10_000) * odds.multiplier(bet, rtp) == rtp


def given_back(bet: DiceBet, rtp: Fraction) -> Fraction:
    """Of one unit staked, over all rolls, in payouts as they are paid: whole units."""
    rolls = odds.winning(bet)
    won = game.settled(Ended(bet, rolls[0]), Terms(rtp))
    assert won is not None
    return Fraction(len(rolls) * won.payout, bet.amount * odds.ROLLS)


@pytest.mark.parametrize(("code", "smallest"), [("alpha", 50), ("beta", 25), ("delta", 13)])
def test_from_a_smallest_bet_of_half_a_unit_over_the_edge_no_rounding_beats_the_house(code: str, smallest: int) -> None:
    """Rounding adds half a unit at most, and what the house keeps of such a bet is at least that."""
    edge = 1 - CODES[code]
    assert smallest - 1 < Fraction(1, 2) / edge <= smallest
    for line in range(1, 10_000):
        for bet in (DiceBet(amount=smallest, under=line), DiceBet(amount=smallest, over=line - 1)):
            assert given_back(bet, CODES[code]) <= 1, bet


def test_a_bet_of_very_few_units_can_give_back_more_than_was_staked_since_payouts_are_rounded() -> None:
    bet = DiceBet(amount=1, under=6_555)
    assert game.best(bet, ALPHA) == 2
    assert given_back(bet, ALPHA.rtp) == Fraction("1.311")
    assert max(given_back(DiceBet(amount=1, under=line), ALPHA.rtp) for line in range(1, 10_000)) == Fraction("1.32")
    assert max(given_back(DiceBet(amount=48, under=line), ALPHA.rtp) for line in range(1, 10_000)) > 1


@pytest.mark.parametrize("bet", [DiceBet(amount=1, over=5_000), DiceBet(amount=1, under=1), DiceBet(amount=1, over=0)])
def test_all_rolls_together_pay_what_all_stakes_times_the_rate_are(bet: DiceBet) -> None:
    assert sum(pays(bet, roll, ALPHA) for roll in range(10_000)) == 10_000 * ALPHA.rtp


@for_all(BETS["dice"])
def test_counted_over_all_floats_the_rate_is_off_by_less_than_one_float_a_side(bet: DiceBet) -> None:
    winning = odds.winning(bet)
    floats = falls_on(winning.stop, 10_000) - falls_on(winning.start, 10_000)
    given_back = Fraction(floats, UNIT) * odds.multiplier(bet, ALPHA.rtp)
    assert abs(given_back - ALPHA.rtp) <= odds.multiplier(bet, ALPHA.rtp) / UNIT
    assert abs(given_back - ALPHA.rtp) < Fraction(1, 400_000)


@for_all(st.integers(0, UNIT - 1))
def test_a_roll_is_the_float_times_ten_thousand(numerator: int) -> None:
    told = game.verify(DiceVerify(), Told(numerator), ALPHA)
    assert told == DiceVerified(roll=scaled(numerator, 10_000))
    assert 0 <= scaled(numerator, 10_000) <= 9_999


def test_the_best_case_is_what_a_bet_pays_if_it_wins() -> None:
    assert game.best(DiceBet(amount=100, over=9_998), ALPHA) == 990_000
    assert game.best(DiceBet(amount=100, over=9_998), Terms(Fraction("0.96"))) == 960_000
    assert game.best(DiceBet(amount=1, over=0), ALPHA) == 1


def test_the_first_float_alone_is_used() -> None:
    assert game.open_(DiceBet(amount=1, over=1), Chance("def", "abc", 0), ALPHA) == Ended(
        DiceBet(amount=1, over=1), 8_320
    )
