"""In a demo everything is as it is for money, but nobody is asked and nothing is paid."""

from __future__ import annotations

from shared.messages.base import LARGEST_AMOUNT
from shared.messages.games.blackjack import BlackjackNext, BlackjackShown, BlackjackStart
from shared.messages.games.mines import MinesCashout, MinesInstant, MinesReveal, MinesStart
from shared.messages.operator import BetLimits
from shared.messages.session import DemoBalanceMoved
from shared.testing.grammar import Story
from shared.testing.promises import events_of
from tests.specs.table_words import (
    HOUSE,
    answer_in,
    begins,
    dice,
    facts_in,
    mined_fields,
    moved_in,
    moves,
    operator,
    round_at,
    round_in,
    safe_fields,
    seat_of,
    seated,
    table_in,
)

ROUND = round_at("mines")
START = MinesStart(amount=100, mine_count=3)
MINES = seated("mines", "demo", 1_000)


def balance_in(story: Story, slug: str) -> int:
    return int(getattr(story.state(seat_of(slug).session), "demo_balance"))  # noqa: B009


def test_a_bet_is_decided_at_once() -> None:
    told = seated("dice", "demo", 1_000).when(begins("dice", dice(wins=True))).asked().set()
    payout = round_in(told).payout
    assert facts_in(told) == ("seeds.opened", "round.begun", "session.demo_balance_moved", "round.settled")
    assert DemoBalanceMoved(seat=seat_of(), balance=900 + payout) in events_of(told.outcome)
    assert answer_in(told).balance == 900 + payout == balance_in(told.story, "dice")
    assert (round_in(told).status, round_in(told).wallet) == ("settled", "demo")
    assert moved_in(told) == []


def test_a_stake_that_is_not_covered_is_refused_and_nothing_is_spent() -> None:
    poor = seated("dice", "demo", 99)
    poor.when(begins("dice", dice(wins=True))).refused("insufficient_balance", asset="USD", needed=100, have=99)
    assert round_in(seated("dice", "demo", 100).when(begins("dice", dice(wins=False)))).payout == 0


def test_a_round_of_moves_is_played_and_paid() -> None:
    opened = MINES.when(begins("mines", START))
    assert facts_in(opened) == ("seeds.opened", "round.begun", "session.demo_balance_moved", "round.opened")
    safe = opened.when(moves("mines", ROUND, MinesReveal(field=safe_fields(START)[0])))
    assert facts_in(safe) == ("round.moved",)
    assert answer_in(safe).balance == 900
    out = safe.when(moves("mines", ROUND, MinesCashout())).asked()
    assert facts_in(out) == ("session.demo_balance_moved", "round.settled")
    assert (answer_in(out).balance, answer_in(out).round.status) == (1_012, "settled")
    assert table_in(out.story, "mines").held is None


def test_a_round_that_is_lost_moves_nothing_more() -> None:
    lost = MINES.when(begins("mines", START)).when(moves("mines", ROUND, MinesReveal(field=mined_fields(START)[0])))
    assert facts_in(lost) == ("round.settled",)
    assert answer_in(lost).balance == 900


def test_a_further_stake_is_covered_or_the_move_is_refused() -> None:
    rich, poor = seated("blackjack", "demo", 100_000), seated("blackjack", "demo", 100)
    for _ in range(60):
        dealt = rich.when(begins("blackjack", BlackjackStart(amount=100)))
        round_ = round_in(dealt)
        if isinstance(round_.shown, BlackjackShown) and "DOUBLE" in round_.shown.next_actions:
            break
        while round_.status == "open":
            assert isinstance(round_.shown, BlackjackShown)
            step = round_.shown.next_actions[-1]
            dealt = dealt.when(moves("blackjack", round_.round_id, BlackjackNext(action=step)))
            round_ = round_in(dealt)
        rich = dealt.story
    double = moves("blackjack", round_.round_id, BlackjackNext(action="DOUBLE"))
    told = dealt.when(double)
    assert facts_in(told)[-1] == "round.settled"
    assert round_in(told).stake == 200
    broke = dealt.story.and_then(DemoBalanceMoved(seat=seat_of("blackjack"), balance=99))
    broke.when(double).refused("insufficient_balance", asset="USD", needed=100, have=99)
    assert balance_in(poor, "blackjack") == 100


def test_what_is_no_money_grows_no_larger_than_every_reader_keeps_exact() -> None:
    free = operator.model_copy(update={"limits": BetLimits()})
    story = seated("mines", "demo", LARGEST_AMOUNT).defined(HOUSE, free, 2)
    start = MinesStart(amount=100, mine_count=3)
    told = story.when(begins("mines", MinesInstant(amount=100, mine_count=3, fields=safe_fields(start)[:2])))
    assert facts_in(told) == ("seeds.opened", "round.begun", "round.settled")
    assert answer_in(told).balance == LARGEST_AMOUNT
