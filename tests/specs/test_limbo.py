"""Limbo: the outcome is the rate of return divided by a float, and a target that it reaches is what is paid."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.rgs.games.bet import Ended
from services.rgs.games.limbo import odds
from services.rgs.games.limbo.rules import game
from shared.fair.floats import UNIT
from shared.messages.games.limbo import LimboBet, LimboVerified, LimboVerify
from tests.specs.bet_words import ALPHA, CODES, Told

LOWEST: Final = 101
HIGHEST: Final = 100_000_000

rates = st.sampled_from(sorted(CODES.values()))
targets = st.integers(LOWEST, HIGHEST)


@pytest.mark.parametrize(
    ("numerator", "outcome"),
    [
        (0,             425_201_762_304),
        (1,             425_201_762_304),
        (2,             212_600_881_152),
        (UNIT // 4,     396),
        (UNIT // 2,     198),
        (UNIT // 2 + 1, 197),
        (UNIT - 1,      100),
    ],
)  # fmt: skip
def test_the_outcome_is_the_rate_divided_by_the_float_and_at_least_one(numerator: int, outcome: int) -> None:
    assert game.verify(LimboVerify(), Told(numerator), ALPHA) == LimboVerified(outcome=outcome)


@pytest.mark.parametrize(
    ("target", "payout"),
    [
        (101, 101),
        (197, 197),
        (198, 198),
        (199,   0),
        (200,   0),
    ],
)  # fmt: skip
def test_a_target_that_is_reached_is_paid_and_one_that_is_not_pays_nothing(target: int, payout: int) -> None:
    state = game.open_(LimboBet(amount=100, target=target), Told(UNIT // 2), ALPHA)
    assert isinstance(state, Ended)
    settlement = game.settled(state, ALPHA)
    assert settlement is not None
    assert settlement.payout == payout


@pytest.mark.parametrize("target", [100, 0, -200, HIGHEST + 1])
def test_a_target_that_is_always_reached_or_beyond_the_highest_cannot_be_said(target: int) -> None:
    with pytest.raises(ValidationError):
        LimboBet(amount=100, target=target)


@for_all(st.integers(0, UNIT - 2), rates)
def test_a_larger_float_never_goes_higher(numerator: int, rtp: Fraction) -> None:
    assert odds.outcome(numerator, rtp) >= odds.outcome(numerator + 1, rtp)


@for_all(targets, rates)
def test_the_floats_that_reach_a_target_are_counted_to_the_last(target: int, rtp: Fraction) -> None:
    """Outcomes never rise with the float, so the last that reaches it and the first that does not are the proof."""
    count = odds.winning(target, rtp)
    assert odds.outcome(count - 1, rtp) >= target > odds.outcome(count, rtp)


@for_all(targets, rates)
def test_counted_over_all_floats_the_rate_is_exact_but_for_one_float_in_the_players_favour(
    target: int, rtp: Fraction
) -> None:
    given_back = Fraction(odds.winning(target, rtp), UNIT) * odds.multiplier(target)
    assert rtp < given_back <= rtp + odds.multiplier(target) / UNIT


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("target", "at_most_off"),
    [
        (LOWEST,     Fraction(1, 10**9)),
        (200,        Fraction(1, 10**9)),
        (1_000,      Fraction(1, 10**8)),
        (100_000,    Fraction(1, 10**6)),
        (HIGHEST,    Fraction(24, 100_000)),
    ],
)  # fmt: skip
def test_every_code_gives_back_its_rate_at_every_height(code: str, target: int, at_most_off: Fraction) -> None:
    given_back = Fraction(odds.winning(target, CODES[code]), UNIT) * odds.multiplier(target)
    assert 0 < given_back - CODES[code] < at_most_off


def test_the_best_case_is_the_target() -> None:
    assert game.best(LimboBet(amount=100, target=HIGHEST), ALPHA) == 100_000_000
