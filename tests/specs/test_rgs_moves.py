"""A player goes on with the open round: a move that costs waits for its stake, any other counts at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest

from shared.ids import AssetId, MessageId, RoundId, uuid_of
from shared.messages.games.blackjack import BlackjackNext, BlackjackShown, BlackjackStart, Step
from shared.messages.games.mines import MinesCashout, MinesReveal, MinesShown, MinesStart
from shared.messages.round import PAYOUTS, STAKES, MoveAnswered, MoveRound, PayoutAnswered, StakeAnswered
from shared.messages.session import SessionLaunched
from shared.messages.wallet import DebitWallet, PayWallet, TransferWallet
from shared.shapes import Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story
from tests.specs.table_words import (
    ROCKET,
    USD,
    answer_in,
    asked_in,
    begins,
    facts_in,
    mined_fields,
    moved_in,
    moves,
    opened,
    paid,
    round_at,
    round_in,
    safe_fields,
    seat_of,
    seated,
    session_of,
    table_in,
)

FIRST_ROUND = round_at("mines")
MINES, CARDS = seated("mines"), seated("blackjack")
START = MinesStart(amount=100, mine_count=3)
OPENED = ("seeds.opened", "round.begun")


def test_a_round_of_moves_asks_for_its_stake_and_is_open_when_it_is_there() -> None:
    asked = MINES.when(begins("mines", START)).waits()
    assert facts_in(asked) == OPENED
    take = DebitWallet(player=ROCKET, asset=USD, amount=100, account=STAKES, reason=f"round {FIRST_ROUND}", play=True)
    then = StakeAnswered(seat=seat_of("mines"), round_id=FIRST_ROUND, transaction=asked_in(asked), scale=2)
    asked.asked(Send("ledger", ROCKET, take, then=then))
    told = asked.answered(paid(900)).finished(asked.wish).asked()
    assert facts_in(told) == ("round.opened",)
    assert round_in(told).status == "open"
    assert round_in(told).shown == MinesShown(active=True, mine_count=3, grid_size=25)
    assert answer_in(told).balance == 900


def test_a_move_that_costs_nothing_counts_at_once() -> None:
    after = opened(MINES).when(moves("mines", FIRST_ROUND, MinesReveal(field=safe_fields(START)[0]))).asked()
    assert facts_in(after) == ("round.moved",)
    seen = answer_in(after).round
    assert (seen.status, seen.moves, seen.stake) == ("open", 1, 100)
    assert isinstance(seen.shown, MinesShown)
    assert len(seen.shown.rounds) == 1
    assert seen.shown.mines == ()
    assert answer_in(after).balance is None


def test_a_table_remembers_what_was_done_and_not_what_was_seen_by_it() -> None:
    after = opened(MINES)
    for field in safe_fields(START)[:3]:
        after = after.when(moves("mines", FIRST_ROUND, MinesReveal(field=field)))
    held = table_in(after.story, "mines").held
    assert held is not None
    assert held.moves == tuple(MinesReveal(field=field) for field in safe_fields(START)[:3])
    assert held.round.shown == MinesShown(active=False, mine_count=3, grid_size=25)


def test_cashing_out_settles_the_round_and_the_player_is_told_once_it_is_paid() -> None:
    after = opened(MINES).when(moves("mines", FIRST_ROUND, MinesReveal(field=safe_fields(START)[0])))
    out = after.when(moves("mines", FIRST_ROUND, MinesCashout())).waits()
    assert facts_in(out) == ("round.settled",)
    paying = round_in(out)
    assert (paying.status, paying.payout, paying.ended_at) == ("paying", 112, None)
    assert paying.multiplier == "9/8"
    pay = PayWallet(player=ROCKET, asset=USD, amount=112, account=PAYOUTS, reason=f"round {FIRST_ROUND}", play=True)
    then = PayoutAnswered(seat=seat_of("mines"), round_id=FIRST_ROUND, transaction=asked_in(out), scale=2)
    out.asked(Send("ledger", ROCKET, pay, then=then))
    told = out.answered(paid(1_012)).finished(out.wish).asked().set()
    assert facts_in(told) == ("round.paid",)
    assert (round_in(told).status, round_in(told).payout, round_in(told).moves) == ("settled", 112, 2)
    assert answer_in(told).balance == 1_012
    assert isinstance(round_in(told).shown, MinesShown)
    assert round_in(told).shown == paying.shown


def test_a_payout_that_people_gave_up_ends_the_round_and_its_money_tells_so() -> None:
    after = opened(MINES).when(moves("mines", FIRST_ROUND, MinesReveal(field=safe_fields(START)[0])))
    told = after.when(moves("mines", FIRST_ROUND, MinesCashout())).answered(Refused("given_up"))
    assert facts_in(told) == ("round.paid",)
    assert [one.status for one in moved_in(told)] == ["refused"]
    assert answer_in(told).balance is None


def test_a_round_that_is_lost_is_over_at_once() -> None:
    mine = mined_fields(START)[0]
    lost = opened(MINES).when(moves("mines", FIRST_ROUND, MinesReveal(field=mine))).asked()
    assert facts_in(lost) == ("round.settled",)
    settled = answer_in(lost).round
    assert (settled.status, settled.payout, settled.ended_at) == ("settled", 0, NOON)
    assert isinstance(settled.shown, MinesShown)
    assert settled.shown.mines == mined_fields(START)


def hands() -> Iterator[Consequence]:
    """One hand of blackjack after the other, each as it was dealt; the ones before are played to their end."""
    story = CARDS
    for _ in range(200):
        dealt = story.when(begins("blackjack", BlackjackStart(amount=100)))
        yield dealt
        after = dealt.answered(paid(900))
        while table_in(after.story, "blackjack").held is not None:
            shown = round_in(after).shown
            assert isinstance(shown, BlackjackShown)
            insured = "NO_INSURANCE" in shown.next_actions
            step = BlackjackNext(action="NO_INSURANCE") if insured else BlackjackNext(action="HIT")
            after = after.when(moves("blackjack", round_in(after).round_id, step))
            after = after.answered(paid(900)) if after.sends else after
        story = after.story


def offering(step: Step) -> Iterator[tuple[Story, RoundId]]:
    """Every hand of blackjack that can be gone on with so, and its round."""
    for hand in hands():
        dealt = hand.answered(paid(900))
        if step in getattr(round_in(dealt).shown, "next_actions", ()):
            yield dealt.story, round_in(dealt).round_id


def doubling() -> tuple[Story, RoundId]:
    return next(offering("DOUBLE"))


def doubled(story: Story, round_id: RoundId) -> Consequence:
    return story.when(moves("blackjack", round_id, BlackjackNext(action="DOUBLE")))


def test_a_move_that_costs_waits_for_its_stake_and_shows_nothing_new_meanwhile() -> None:
    story, round_id = doubling()
    before = table_in(story, "blackjack").held
    asked = doubled(story, round_id).waits()
    assert facts_in(asked) == ("round.moving",)
    money = asked_in(asked)
    assert (money.amount, money.transaction_id) == (100, uuid_of(round_id, "debit", "1"))
    take = DebitWallet(player=ROCKET, asset=USD, amount=100, account=STAKES, reason=f"round {round_id}", play=True)
    double = BlackjackNext(action="DOUBLE")
    then = MoveAnswered(seat=seat_of("blackjack"), round_id=round_id, transaction=money, scale=2, move=double)
    asked.asked(Send("ledger", ROCKET, take, then=then))
    waiting = round_in(asked)
    assert (waiting.status, waiting.stake, waiting.moves) == ("open", 100, 0)
    assert isinstance(waiting.shown, BlackjackShown)
    assert len(waiting.shown.player[0].cards) == 2
    assert waiting.shown.active
    assert before is not None
    assert table_in(asked.story, "blackjack").held != before


def test_a_stake_of_a_move_that_is_refused_undoes_that_move_alone() -> None:
    story, round_id = doubling()
    first = doubled(story, round_id)
    denied = first.answered(Refused("insufficient_balance")).refused("insufficient_balance").finished(first.wish)
    assert facts_in(denied) == ("round.move_denied",)
    assert (round_in(denied).status, round_in(denied).stake) == ("open", 100)
    stood = denied.when(moves("blackjack", round_id, BlackjackNext(action="STAND")))
    assert round_in(stood).moves == 1
    again = denied.when(moves("blackjack", round_id, BlackjackNext(action="DOUBLE")))
    assert asked_in(again).transaction_id == uuid_of(round_id, "debit", "2")


def test_a_stake_of_a_move_that_is_there_lets_the_move_count() -> None:
    tried = [doubled(*one) for one in islice(offering("DOUBLE"), 20)]
    told = [(first, first.answered(paid(800))) for first in tried]
    assert all((round_in(one).stake, round_in(one).moves) == (200, 1) for _, one in told)
    lost = next(one for _, one in told if not round_in(one).payout)
    assert facts_in(lost) == ("round.settled",)
    assert answer_in(lost).balance == 800
    first, won = next((first, one) for first, one in told if round_in(one).payout)
    assert facts_in(won.waits()) == ("round.money_moved", "round.settled")
    assert facts_in(won.answered(paid(1_200)).finished(first.wish)) == ("round.paid",)


def test_who_may_not_stake_ends_an_open_round_and_is_paid() -> None:
    reveal = MinesReveal(field=safe_fields(START)[0])
    after = opened(MINES).when(moves("mines", FIRST_ROUND, reveal, may_stake=False))
    assert facts_in(after) == ("round.moved",)
    out = after.when(moves("mines", FIRST_ROUND, MinesCashout(), may_stake=False)).waits()
    assert facts_in(out) == ("round.settled",)
    told = out.answered(paid(1_012))
    assert facts_in(told) == ("round.paid",)
    assert (round_in(told).status, round_in(told).payout) == ("settled", 112)


@pytest.mark.parametrize(("costs", "instead"), [("DOUBLE", "STAND"), ("SPLIT", "STAND"), ("INSURANCE", "NO_INSURANCE")])
def test_who_may_not_stake_is_refused_what_costs_and_goes_on_without(costs: Step, instead: Step) -> None:
    story, round_id = next(offering(costs))
    barred = story.when(moves("blackjack", round_id, BlackjackNext(action=costs), may_stake=False))
    barred.refused("player_blocked")
    assert barred.story.state(seat_of("blackjack").stream) == story.state(seat_of("blackjack").stream)
    stood = barred.when(moves("blackjack", round_id, BlackjackNext(action=instead), may_stake=False))
    assert round_in(stood).moves == 1


def test_whether_somebody_may_stake_is_no_part_of_the_wish() -> None:
    assert MoveRound.aside >= {"may_stake"}


def test_a_hand_that_ends_with_its_first_cards_is_one_transfer() -> None:
    natural = next(hand for hand in hands() if round_in(hand.answered(paid(900))).status == "settled")
    assert isinstance(natural.sends[0].command, TransferWallet)
    assert facts_in(natural.answered(paid(900))) == ("round.settled",)


def test_a_table_has_one_round_at_a_time() -> None:
    first = MINES.when(begins("mines", START))
    first.when(begins("mines", START)).refused("active_round_exists", round_id=FIRST_ROUND)
    open_ = first.answered(paid(900))
    open_.when(begins("mines", START)).refused("active_round_exists", round_id=FIRST_ROUND)
    safe = open_.when(moves("mines", FIRST_ROUND, MinesReveal(field=safe_fields(START)[0])))
    out = safe.when(moves("mines", FIRST_ROUND, MinesCashout()))
    out.when(begins("mines", START)).refused("active_round_exists", round_id=FIRST_ROUND)


def test_only_the_open_round_is_gone_on_with() -> None:
    reveal = MinesReveal(field=safe_fields(START)[0])
    MINES.when(moves("mines", FIRST_ROUND, reveal)).refused("round_not_found")
    begun = MINES.when(begins("mines", START))
    begun.when(moves("mines", FIRST_ROUND, reveal)).refused("round_initializing")
    open_ = begun.answered(paid(900))
    open_.when(moves("mines", RoundId("command-9"), reveal)).refused("round_not_found")
    open_.when(moves("mines", FIRST_ROUND, BlackjackNext(action="HIT"))).refused("invalid_request_type")
    open_.when(moves("mines", FIRST_ROUND, MinesCashout())).refused(
        "invalid_request_type", path="cashout", problem="no field has been opened yet"
    )
    out = open_.when(moves("mines", FIRST_ROUND, reveal)).when(moves("mines", FIRST_ROUND, MinesCashout()))
    out.when(moves("mines", FIRST_ROUND, reveal)).refused("round_closed")
    over = out.answered(paid(1_000))
    over.when(moves("mines", FIRST_ROUND, reveal)).refused("round_closed")
    over.when(moves("mines", RoundId("command-9"), reveal)).refused("round_not_found")


def test_while_a_stake_of_a_move_is_asked_for_nothing_else_is_done() -> None:
    story, round_id = doubling()
    first = story.when(moves("blackjack", round_id, BlackjackNext(action="DOUBLE")))
    first.when(moves("blackjack", round_id, BlackjackNext(action="STAND"))).refused("round_initializing")


def test_an_open_round_goes_on_in_another_session_of_the_same_seat_and_not_in_another_currency() -> None:
    reveal = MinesReveal(field=safe_fields(START)[0])
    later = NOON + timedelta(hours=3)
    second = session_of(
        seat_of("mines"), "mines", session_id=MessageId("session-2"), expires_at=later + timedelta(hours=1)
    )
    story = opened(MINES).story.at(later).and_then(SessionLaunched(session=second))
    moved = story.when(moves("mines", FIRST_ROUND, reveal, session_id=MessageId("session-2")))
    assert round_in(moved).moves == 1
    euros = seat_of("mines", AssetId("EUR"))
    abroad = opened(MINES).story.and_then(SessionLaunched(session=session_of(euros, "mines")))
    abroad.when(moves("mines", FIRST_ROUND, reveal, seat=euros)).refused("round_not_found")
