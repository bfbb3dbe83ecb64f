"""Keno: ten of forty tiles are drawn; the tables of every code give back its rate within 0.02 percentage points."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import comb
from typing import Any, Final, get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.rgs.games.bet import Ended
from services.rgs.games.game import Chance, Terms
from services.rgs.games.keno import odds
from services.rgs.games.keno.rules import game, pays
from shared.messages.games.keno import Difficulty, KenoBet, KenoVerified, KenoVerify
from shared.pay_tables import KENO_PICKS
from shared.shapes import Refused
from tests.specs.bet_words import ALPHA, CODES, Told

KINDS: Final = [(picked, difficulty) for picked in KENO_PICKS for difficulty in get_args(Difficulty)]
CLOSE: Final = Fraction(2, 10_000)
FIRST_TEN: Final = tuple(range(1, 11))


def bet_on(picked: int, difficulty: Difficulty) -> KenoBet:
    return KenoBet(amount=100, tiles=FIRST_TEN[:picked], difficulty=difficulty)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("picked", "difficulty"), KINDS)
def test_every_table_of_every_code_gives_back_the_codes_rate(code: str, picked: int, difficulty: Difficulty) -> None:
    bet, terms = bet_on(picked, difficulty), Terms(CODES[code])
    total = Fraction(0)
    for hits in range(picked + 1):
        drawn = FIRST_TEN[:hits] + tuple(range(11, 21 - hits))
        total += comb(picked, hits) * comb(40 - picked, 10 - hits) * pays(bet, drawn, terms)
    assert abs(total / comb(40, 10) - CODES[code]) < CLOSE


@pytest.mark.parametrize(("picked", "difficulty"), KINDS)
def test_more_hits_never_pay_less_and_what_is_paid_rises_with_them(picked: int, difficulty: str) -> None:
    table = odds.table(picked, difficulty, ALPHA)
    assert len(table) == picked + 1
    assert all(fewer < more for fewer, more in pairwise(table) if more)
    assert all(not fewer for fewer, more in pairwise(table) if not more)
    assert game.best(KenoBet(amount=1_000, tiles=FIRST_TEN[:picked], difficulty="HIGH"), ALPHA) == round(
        1_000 * odds.table(picked, "HIGH", ALPHA)[-1]
    )


@pytest.mark.parametrize("picked", KENO_PICKS)
def test_a_harder_table_pays_no_less_for_all_hits_and_no_more_for_none(picked: int) -> None:
    low, medium, high = (odds.table(picked, difficulty, ALPHA) for difficulty in ("LOW", "MEDIUM", "HIGH"))
    assert low[-1] <= medium[-1] <= high[-1]
    assert low[0] >= medium[0] >= high[0]
    assert [sum(1 for pays in table if pays) for table in (low, medium, high)] == sorted(
        (sum(1 for pays in table if pays) for table in (low, medium, high)), reverse=True
    )


@pytest.mark.parametrize("code", CODES)
def test_what_hits_pay_has_at_most_four_decimals(code: str) -> None:
    for picked, difficulty in KINDS:
        assert all((hit * 10_000).denominator == 1 for hit in odds.table(picked, difficulty, Terms(CODES[code])))


def test_ten_tiles_are_drawn_without_putting_one_back() -> None:
    assert game.verify(KenoVerify(difficulty="LOW"), Told(*(0,) * 10), ALPHA) == KenoVerified(drawn=FIRST_TEN)
    last = Told(*(2**32 - 1,) * 10)
    assert game.verify(KenoVerify(difficulty="HIGH"), last, ALPHA) == KenoVerified(drawn=tuple(range(40, 30, -1)))


@for_all(st.integers(0, 10_000))
def test_every_draw_is_of_ten_different_tiles(nonce: int) -> None:
    told = game.verify(KenoVerify(difficulty="LOW"), Chance("server", "client", nonce), ALPHA)
    assert isinstance(told, KenoVerified)
    assert len(set(told.drawn)) == 10
    assert set(told.drawn) <= set(range(1, 41))


@pytest.mark.parametrize(
    ("tiles", "payout"),
    [
        ((1,),              396),
        ((40,),               0),
        ((1, 40),           183),
        ((40, 1),           183),
        ((1, 2),            495),
        ((39, 40),            0),
        (FIRST_TEN,       9_900),
    ],
)  # fmt: skip
def test_hits_are_what_was_picked_and_drawn_in_whatever_order(tiles: tuple[int, ...], payout: int) -> None:
    state = game.open_(KenoBet(amount=100, tiles=tiles, difficulty="CLASSIC"), Told(*(0,) * 10), ALPHA)
    assert isinstance(state, Ended)
    settlement = game.settled(state, ALPHA)
    assert settlement is not None
    assert settlement.payout == payout


def test_a_tile_that_is_picked_twice_is_refused() -> None:
    refused = game.open_(KenoBet(amount=100, tiles=(3, 4, 3), difficulty="LOW"), Told(*(0,) * 10), ALPHA)
    assert isinstance(refused, Refused)
    assert refused.code == "invalid_param"
    assert refused.details["path"] == "tiles"


@pytest.mark.parametrize("tiles", [(), (0,), (41,), tuple(range(1, 12))])
def test_no_tile_or_too_many_or_one_that_is_not_there_cannot_be_said(tiles: Any) -> None:
    with pytest.raises(ValidationError):
        KenoBet(amount=1, tiles=tiles, difficulty="LOW")
