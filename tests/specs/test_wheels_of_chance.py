"""The wheel: one of its slices comes up, each as likely, and all of them together pay exactly the code's rate."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import get_args

import pytest
from pydantic import ValidationError

from services.rgs.games.bet import Ended
from services.rgs.games.game import Terms
from services.rgs.games.wheel import odds
from services.rgs.games.wheel.rules import game
from shared.fair.floats import UNIT
from shared.messages.games.wheel import Difficulty, Segments, WheelBet, WheelVerified, WheelVerify
from tests.specs.bet_words import ALPHA, CODES, Told, falls_on

WHEELS = [(segments, difficulty) for segments in get_args(Segments) for difficulty in get_args(Difficulty)]


def paid(bet: WheelBet, slice_: int, terms: Terms) -> Fraction:
    state = game.open_(bet, Told(falls_on(slice_, bet.segments)), terms)
    assert isinstance(state, Ended)
    assert state.outcome == slice_
    settlement = game.settled(state, terms)
    assert settlement is not None
    return settlement.multiplier


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("segments", "difficulty"), WHEELS)
def test_every_wheel_of_every_code_gives_back_exactly_the_codes_rate(
    code: str, segments: Segments, difficulty: Difficulty
) -> None:
    bet = WheelBet(amount=100, segments=segments, difficulty=difficulty)
    slices = [paid(bet, slice_, Terms(CODES[code])) for slice_ in range(segments)]
    assert sum(slices) / segments == CODES[code]
    assert max(slices) * bet.amount == pytest.approx(game.best(bet, Terms(CODES[code])), abs=1)


@pytest.mark.parametrize(("segments", "difficulty"), WHEELS)
def test_no_slice_is_more_than_one_float_likelier_than_another(segments: int, difficulty: str) -> None:
    borders = [falls_on(slice_, segments) for slice_ in range(segments + 1)]
    widths = {after - before for before, after in pairwise(borders)}
    assert max(widths) - min(widths) <= 1
    assert sum(borders[slice_ + 1] - borders[slice_] for slice_ in range(segments)) == UNIT


@pytest.mark.parametrize("segments", get_args(Segments))
def test_a_harder_wheel_pays_more_rarely_and_more(segments: Segments) -> None:
    low, medium, high = (odds.table(segments, difficulty, ALPHA) for difficulty in ("LOW", "MEDIUM", "HIGH"))
    assert [sum(1 for pays in table if pays) for table in (low, medium, high)] == [
        segments * 8 // 10,
        segments // 2,
        1,
    ]
    assert max(low) < max(medium) < max(high) == segments * ALPHA.rtp
    assert min(pays for pays in (*low, *medium, *high) if pays) > 1


@pytest.mark.parametrize("code", CODES)
def test_what_a_slice_pays_has_at_most_three_decimals(code: str) -> None:
    for segments, difficulty in WHEELS:
        assert all((pays * 1_000).denominator == 1 for pays in odds.table(segments, difficulty, Terms(CODES[code])))


def test_whoever_asks_is_told_where_it_stopped_and_what_that_pays() -> None:
    asked = WheelVerify(segments=10, difficulty="HIGH")
    told = WheelVerified(segments=10, difficulty="HIGH", outcome=9, multiplier="99/10")
    assert game.verify(asked, Told(UNIT - 1), ALPHA) == told


def test_a_table_of_the_operators_own_stands_in_place_of_the_houses() -> None:
    own = Terms(ALPHA.rtp, {"10/LOW": (Fraction("0.99"),) * 10})
    calm = WheelBet(amount=100, segments=10, difficulty="LOW")
    assert [paid(calm, slice_, own) for slice_ in (0, 9)] == [Fraction("0.99")] * 2
    assert paid(WheelBet(amount=100, segments=10, difficulty="HIGH"), 9, own) == Fraction("9.9")


@pytest.mark.parametrize("segments", [0, 9, 11, 60])
def test_a_wheel_of_another_size_cannot_be_said(segments: int) -> None:
    with pytest.raises(ValidationError):
        WheelBet.model_validate({"amount": 1, "segments": segments, "difficulty": "LOW"})
