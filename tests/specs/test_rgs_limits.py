"""How much may be staked and won is looked at before anything is; a round that reaches the most is cashed out."""

from __future__ import annotations

import pytest

from shared.messages.base import LARGEST_AMOUNT
from shared.messages.games.blackjack import BlackjackStart, SideBets
from shared.messages.games.dice import DiceBet
from shared.messages.games.hilo import HiloStart
from shared.messages.games.mines import MinesInstant, MinesReveal, MinesShown, MinesStart
from shared.messages.operator import BetLimits
from shared.messages.session import Bounds
from shared.shapes import Refused
from shared.testing.grammar import Story
from tests.specs.table_words import (
    HOUSE,
    begins,
    facts_in,
    moves,
    opened,
    operator,
    paid,
    round_at,
    round_in,
    safe_fields,
    seated,
)

FIRST_ROUND = round_at("mines")
MINES, CARDS = seated("mines"), seated("blackjack")
START = MinesStart(amount=100, mine_count=3)
OPENED = ("seeds.opened", "round.begun")


def limited(**limits: str | None) -> Story:
    told = operator.model_copy(update={"limits": BetLimits(**limits)})
    return MINES.defined(HOUSE, told, 2)


def test_a_round_that_is_worth_all_that_can_be_won_is_cashed_out_by_itself_at_just_that() -> None:
    open_ = opened(limited(max_win="1.50"))
    safe = iter(safe_fields(START))
    after = open_
    while round_in(after).status == "open":
        after = after.when(moves("mines", FIRST_ROUND, MinesReveal(field=next(safe))))
    settled = round_in(after)
    assert (settled.status, settled.payout, settled.multiplier, settled.max_win) == ("paying", 150, "3/2", 150)
    assert isinstance(settled.shown, MinesShown)
    assert settled.shown.cashed_out
    told = after.answered(paid(1_050))
    assert (round_in(told).status, round_in(told).payout) == ("settled", 150)


def test_a_round_that_is_worth_exactly_that_is_cashed_out_too() -> None:
    reveal = moves("mines", FIRST_ROUND, MinesReveal(field=safe_fields(START)[0]))
    assert round_in(opened(limited(max_win="1.12")).when(reveal)).status == "paying"
    assert round_in(opened(limited(max_win="1.13")).when(reveal)).status == "open"


def test_a_stake_that_is_worth_all_that_can_be_won_from_the_start_is_refused() -> None:
    hilo = seated("hilo").defined(HOUSE, operator.model_copy(update={"limits": BetLimits(max_win="0.50")}), 2)
    hilo.when(begins("hilo", HiloStart(amount=100))).refused(
        "param_out_of_range", path="amount", problem="it could win too much", bound=50
    )
    assert facts_in(hilo.when(begins("hilo", HiloStart(amount=40)))) == OPENED


def test_without_a_limit_no_round_pays_more_than_every_reader_keeps_exact() -> None:
    free = limited()
    best = MinesInstant(amount=LARGEST_AMOUNT, mine_count=24, fields=(0,))
    free.when(begins("mines", best)).refused(
        "param_out_of_range", path="amount", problem="it could win too much", bound=LARGEST_AMOUNT
    )
    asked = free.when(begins("mines", MinesStart(amount=LARGEST_AMOUNT - 1, mine_count=1)))
    assert round_in(asked).max_win is None


def test_a_stake_that_could_win_nothing_beyond_itself_is_refused() -> None:
    story = limited(max_win="1.50")
    start = begins("mines", MinesStart(amount=150, mine_count=1))
    story.when(start).refused("param_out_of_range", path="amount", problem="it could win too much", bound=150)
    assert facts_in(story.when(begins("mines", MinesStart(amount=149, mine_count=1)))) == OPENED


@pytest.mark.parametrize(
    ("limits", "bounds", "amount", "problem"),
    [
        ({"min_bet": "0.10"},       Bounds(),              10,   None),
        ({"min_bet": "0.10"},       Bounds(),              9,    "the bet is too small"),
        ({"min_bet": "0.101"},      Bounds(),              10,   "the bet is too small"),
        ({"min_bet": "0.101"},      Bounds(),              11,   None),
        ({"max_bet": "0.109"},      Bounds(),              10,   None),
        ({"max_bet": "0.109"},      Bounds(),              11,   "the bet is too large"),
        ({"min_bet": "5"},          Bounds(min_bet=20),    20,   None),
        ({"min_bet": "5"},          Bounds(min_bet=20),    19,   "the bet is too small"),
        ({"max_bet": "5"},          Bounds(max_bet=501),   501,  None),
        ({"max_bet": "5"},          Bounds(max_bet=0),     1,    "the bet is too large"),
        ({},                        Bounds(),              1,    None),
    ],
)  # fmt: skip
def test_how_much_may_be_staked(limits: dict[str, str], bounds: Bounds, amount: int, problem: str | None) -> None:
    told = operator.model_copy(update={"limits": BetLimits(**limits)})
    after = seated("dice", bounds=bounds).defined(HOUSE, told, 2).when(begins("dice", DiceBet(amount=amount, over=1)))
    found = after.outcome.details.get("problem") if isinstance(after.outcome, Refused) else None
    assert found == problem


def test_a_game_of_its_own_limits_and_side_bets_count_toward_the_most() -> None:
    own = operator.model_copy(update={"game_limits": {"blackjack-alpha": BetLimits(max_bet="1.50")}})
    story = CARDS.defined(HOUSE, own, 2)
    story.when(begins("blackjack", BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=51)))).refused(
        "param_out_of_range", path="amount", problem="the bet is too large", bound=150
    )
    fits = story.when(begins("blackjack", BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=50))))
    assert round_in(fits).stake == 150
