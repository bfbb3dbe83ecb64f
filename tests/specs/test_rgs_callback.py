"""Where the operator holds the money it is called outside of every decision, and nobody ever loses by its silence.

A stake that nobody can tell of counts as not taken and is taken back; what was won is asked for until it is paid.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from shared.ids import uuid_of
from shared.messages.call import CallCredit, CallDebit, CallRollback
from shared.messages.games.blackjack import BlackjackNext, BlackjackShown, BlackjackStart
from shared.messages.games.dice import DiceShown
from shared.messages.games.mines import MinesCashout, MinesReveal, MinesShown, MinesStart
from shared.messages.round import PayoutAnswered, RetryMoney, RollbackAnswered, StakeAnswered, Transaction
from shared.shapes import OUTSIDE, Refused, Send, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence
from tests.specs.table_words import (
    ROCKET,
    answer_in,
    asked_in,
    begins,
    called,
    dice,
    facts_in,
    mined_fields,
    moved_in,
    moves,
    round_at,
    round_in,
    safe_fields,
    seat_of,
    seated,
    table_in,
)

ROUND: Final = round_at("dice")
MINED: Final = round_at("mines")
DEBIT, CREDIT = uuid_of(ROUND, "debit", "0"), uuid_of(ROUND, "credit")
UNKNOWN, NOT_SENT, UNHEARD = Refused("unknown"), Refused("not_sent"), Refused("unknown_transaction")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DICE, MINES, CARDS = seated("dice", "callback"), seated("mines", "callback"), seated("blackjack", "callback")
START = MinesStart(amount=100, mine_count=3)


def bet(*, wins: bool) -> Consequence:
    return DICE.when(begins("dice", dice(wins=wins)))


def won() -> Consequence:
    """The stake is there and the payout is asked for."""
    return bet(wins=True).answered(called(900))


def test_the_operator_is_called_for_the_stake_and_nothing_is_told_before_it_has_answered() -> None:
    asked = bet(wins=True).waits()
    assert facts_in(asked) == ("seeds.opened", "round.begun")
    assert isinstance(round_in(asked).shown, DiceShown)
    assert round_in(asked).shown == DiceShown(under=dice(wins=True).under)
    money = Transaction(transaction_id=DEBIT, movement="debit", amount=100)
    take = CallDebit(seat=seat_of(), round_id=ROUND, transaction_id=DEBIT, amount=100, scale=2)
    then = StakeAnswered(seat=seat_of(), round_id=ROUND, transaction=money, scale=2)
    asked.asked(Send(OUTSIDE, ROCKET, take, then=then))


def test_a_bet_that_is_won_is_paid_by_a_second_call_that_closes_the_round() -> None:
    asked = won().waits()
    assert facts_in(asked) == ("round.money_moved", "round.settled")
    paying = round_in(asked)
    assert paying.status == "paying"
    assert [(one.movement, one.status) for one in moved_in(asked)] == [("debit", "done"), ("credit", "asked")]
    money = Transaction(transaction_id=CREDIT, movement="credit", amount=paying.payout)
    pay = CallCredit(
        seat=seat_of(), round_id=ROUND, transaction_id=CREDIT, amount=paying.payout, scale=2, round_closed=True
    )
    then = PayoutAnswered(seat=seat_of(), round_id=ROUND, transaction=money, scale=2)
    asked.asked(Send(OUTSIDE, ROCKET, pay, then=then))
    told = asked.answered(called(1_500)).finished(asked.wish).asked().set()
    assert facts_in(told) == ("round.paid",)
    assert (round_in(told).status, answer_in(told).balance) == ("settled", 1_500)
    assert table_in(told.story, "dice").held is None


def test_the_operator_hears_of_a_bet_that_is_lost_while_the_player_is_told_already() -> None:
    first = bet(wins=False)
    told = first.answered(called(900)).finished(first.wish)
    assert facts_in(told) == ("round.money_moved", "round.settled")
    assert (answer_in(told).round.status, answer_in(told).balance) == ("settled", 900)
    (send,) = told.sends
    assert isinstance(send.command, CallCredit)
    assert (send.command.amount, send.command.round_closed) == (0, True)
    closed = told.answered(called()).set()
    assert [one.status for one in moved_in(closed)] == ["done"]
    assert facts_in(closed) == ("round.money_moved",)


def test_a_closing_call_that_fails_is_repeated_though_another_round_is_played() -> None:
    told = bet(wins=False).answered(called(900))
    failed = told.answered(UNKNOWN)
    next_round = failed.story.when(begins("dice", dice(wins=False, nonce=1)))
    assert round_in(next_round).nonce == 1
    again = failed.rang(by=next_round.story)
    (send,) = again.sends
    assert isinstance(send.command, CallCredit)
    assert send.command.transaction_id == CREDIT
    assert [(one.status, one.tries) for one in moved_in(again)] == [("asked", 2)]
    again.answered(called()).set()


REFUSALS: Final = [
    ({"status": "INSUFFICIENT_FUNDS"},                          "insufficient_balance", {}),
    ({"status": "RS_ERROR_NOT_ENOUGH_MONEY"},                   "insufficient_balance", {}),
    ({"status": "player_disabled"},                             "player_blocked",       {}),
    ({"status": "USER_BLOCKED"},                                "player_blocked",       {}),
    ({"status": "LIMIT_REACHED", "message": "enough today"},    "operator_rejected",    {"message": "enough today"}),
]  # fmt: skip


@pytest.mark.parametrize(("details", "code", "told"), REFUSALS)
def test_a_stake_that_the_operator_refuses_is_not_taken_back(
    details: dict[str, str], code: str, told: dict[str, str]
) -> None:
    first = bet(wins=True)
    void = first.answered(Refused("refused", details)).refused(code, **told).finished(first.wish).asked().set()
    assert facts_in(void) == ("round.voided",)
    assert [one.status for one in moved_in(void)] == ["refused"]
    assert isinstance(round_in(void).shown, DiceShown)
    assert round_in(void).shown == DiceShown(under=dice(wins=True).under)


@pytest.mark.parametrize("status", ["INTERNAL_ERROR", "DUPLICATE_TRANSACTION", "no", None])
def test_a_stake_that_was_refused_and_may_have_been_taken_all_the_same_is_taken_back(status: str | None) -> None:
    details = {"message": "try later"} | ({"status": status} if status else {})
    void = bet(wins=True).answered(Refused("refused", details)).refused("operator_rejected", message="try later")
    assert facts_in(void) == ("round.voided", "round.money_moved")
    assert [one.status for one in moved_in(void)] == ["unknown", "asked"]
    assert isinstance(void.sends[0].command, CallRollback)


def test_a_stake_that_was_never_asked_for_is_not_taken_back_either() -> None:
    void = bet(wins=True).answered(NOT_SENT).refused("debit_failed").asked().set()
    assert [one.status for one in moved_in(void)] == ["not_sent"]


@pytest.mark.parametrize("code", ["unknown", "given_up", ""])
def test_a_stake_that_nobody_can_tell_of_voids_the_round_and_is_taken_back(code: str) -> None:
    first = bet(wins=True)
    void = first.answered(Refused(code)).refused("debit_failed").finished(first.wish)
    assert facts_in(void) == ("round.voided", "round.money_moved")
    back = Transaction(transaction_id=DEBIT, movement="rollback", amount=100)
    assert moved_in(void)[1] == back
    take_back = CallRollback(seat=seat_of(), round_id=ROUND, transaction_id=DEBIT, amount=100, scale=2)
    then = RollbackAnswered(seat=seat_of(), round_id=ROUND, transaction=back, scale=2)
    void.asked(Send(OUTSIDE, ROCKET, take_back, then=then))
    done = void.answered(called(1_000)).asked().set()
    assert [one.status for one in moved_in(done)] == ["done"]
    assert round_in(void.when(begins("dice", dice(wins=True, nonce=1)))).nonce == 1


def test_a_rollback_is_repeated_until_it_is_answered_with_longer_and_longer_pauses() -> None:
    after = bet(wins=True).answered(UNKNOWN)
    pauses = []
    for tries in range(1, 16):
        failed = after.answered(UNKNOWN)
        (bell,) = failed.timers
        assert isinstance(bell.command, RetryMoney)
        assert bell.command.transaction.tries == tries
        assert bell.id == f"money/starlight/{DEBIT}/rollback/{tries}"
        pauses.append(int((bell.due_at - failed.story.now).total_seconds()))
        after = failed.rang()
        assert [one.tries for one in moved_in(after)] == [tries + 1]
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]
    after.answered(called()).set()


def test_a_debit_that_nobody_knows_may_still_land_and_is_taken_back_thrice_more_within_the_hour() -> None:
    after, due = bet(wins=True).answered(UNKNOWN), []
    for _ in range(3):
        unheard = after.answered(UNHEARD)
        due.append(unheard.timers[0].due_at - NOON)
        after = unheard.rang()
    last = after.answered(UNHEARD).set()
    assert due == [1 * MINUTE, 10 * MINUTE, 60 * MINUTE]
    assert [(one.status, one.unheard, one.tries) for one in moved_in(last)] == [("unknown_transaction", 4, 4)]


def test_silence_between_does_not_count_as_an_answer() -> None:
    after = bet(wins=True).answered(UNKNOWN).answered(UNHEARD).rang()
    silent = after.answered(UNKNOWN)
    assert silent.timers[0].due_at - silent.story.now == 2 * SECOND
    again = silent.rang().answered(UNHEARD)
    assert again.timers[0].due_at - again.story.now == 9 * MINUTE


def test_the_player_is_told_at_the_first_answer_to_the_credit_and_the_table_waits_until_it_is_paid() -> None:
    asked = won()
    late = asked.answered(UNKNOWN).finished(asked.wish)
    told = answer_in(late)
    assert (told.round.status, told.balance) == ("paying", None)
    assert isinstance(told.round.shown, DiceShown)
    assert told.round.shown.roll is not None
    assert facts_in(late) == ("round.money_moved",)
    bell = Timer(
        f"money/starlight/{CREDIT}/credit/1",
        NOON + SECOND,
        ROCKET,
        RetryMoney(seat=seat_of(), round_id=ROUND, transaction=moved_in(late)[0], scale=2),
    )
    late.set(bell)
    late.when(begins("dice", dice(wins=True, nonce=1))).refused("active_round_exists", round_id=ROUND)
    again = late.rang()
    assert asked_in(again).transaction_id == CREDIT
    refused = again.answered(Refused("refused", {"status": "MAINTENANCE"}))
    assert refused.timers[0].due_at - refused.story.now == 2 * SECOND
    paid = refused.rang().answered(called(1_500)).set()
    assert facts_in(paid) == ("round.paid",)
    assert round_in(paid).status == "settled"
    assert [one.tries for one in moved_in(paid)] == [3]
    assert table_in(paid.story, "dice").held is None


def test_a_credit_is_asked_for_through_more_than_a_day_of_silence_and_the_table_waits_until_it_is_paid() -> None:
    day_long = seated("dice", "callback", expires_at=NOON + 28 * HOUR)
    asked = day_long.when(begins("dice", dice(wins=True))).answered(called(900))
    first, silent = asked, asked.answered(UNKNOWN)
    pauses = []
    while silent.story.now < NOON + 25 * HOUR:
        silent.when(begins("dice", dice(wins=True, nonce=1))).refused("active_round_exists", round_id=ROUND)
        pauses.append(silent.timers[0].due_at - silent.story.now)
        asked = silent.rang()
        assert [send.command for send in asked.sends] == [send.command for send in first.sends], "the same credit"
        assert asked_in(asked).tries == len(pauses) + 1
        silent = asked.answered(UNKNOWN)
        assert (facts_in(silent), table_in(silent.story, "dice").held is None) == (("round.money_moved",), False)
    assert asked_in(first).transaction_id == CREDIT
    assert pauses == [2**tries * SECOND for tries in range(12)] + [HOUR] * 24
    paid = silent.rang().answered(called(1_500)).set()
    assert (facts_in(paid), round_in(paid).status) == (("round.paid",), "settled")
    assert round_in(paid.when(begins("dice", dice(wins=True, nonce=1)))).nonce == 1


def test_a_round_of_moves_is_opened_and_cashed_out_with_two_calls() -> None:
    opened = MINES.when(begins("mines", START)).answered(called(900))
    assert facts_in(opened) == ("round.opened",)
    assert answer_in(opened).balance == 900
    safe = opened.when(moves("mines", MINED, MinesReveal(field=safe_fields(START)[0]))).asked()
    out = safe.when(moves("mines", MINED, MinesCashout())).waits()
    assert facts_in(out) == ("round.settled",)
    told = out.answered(called(1_012))
    assert (round_in(told).payout, answer_in(told).balance) == (112, 1_012)


def test_a_round_of_moves_that_is_lost_is_closed_in_the_background() -> None:
    opened = MINES.when(begins("mines", START)).answered(called(900))
    lost = opened.when(moves("mines", MINED, MinesReveal(field=mined_fields(START)[0])))
    assert facts_in(lost) == ("round.settled",)
    assert isinstance(answer_in(lost).round.shown, MinesShown)
    (send,) = lost.sends
    assert isinstance(send.command, CallCredit)
    assert send.command.amount == 0


def doubling() -> Consequence:
    """A double whose stake is asked for."""
    story = CARDS
    for _ in range(40):
        dealt = story.when(begins("blackjack", BlackjackStart(amount=100))).answered(called(900))
        round_ = round_in(dealt)
        while isinstance(round_.shown, BlackjackShown) and round_.shown.next_actions:
            if "DOUBLE" in round_.shown.next_actions:
                return dealt.when(moves("blackjack", round_.round_id, BlackjackNext(action="DOUBLE")))
            dealt = dealt.when(moves("blackjack", round_.round_id, BlackjackNext(action=round_.shown.next_actions[-1])))
            round_ = round_in(dealt)
        story = dealt.answered(called(900)).story if dealt.sends else dealt.story
    raise AssertionError("no hand can be doubled")


def test_a_further_stake_that_nobody_can_tell_of_undoes_that_move_alone_and_is_taken_back() -> None:
    first = doubling()
    denied = first.answered(UNKNOWN).refused("debit_failed").finished(first.wish)
    assert facts_in(denied) == ("round.move_denied", "round.money_moved")
    assert (round_in(denied).status, round_in(denied).stake) == ("open", 100)
    assert isinstance(denied.sends[0].command, CallRollback)
    assert denied.sends[0].command.transaction_id == uuid_of(round_in(denied).round_id, "debit", "1")
    denied.answered(called()).set()


def test_a_further_stake_that_is_refused_undoes_that_move_alone() -> None:
    denied = doubling().answered(Refused("refused", {"status": "INSUFFICIENT_FUNDS"})).refused("insufficient_balance")
    assert facts_in(denied) == ("round.move_denied",)
    denied.asked()


def test_a_further_stake_that_is_there_lets_the_move_count() -> None:
    told = doubling().answered(called(800))
    assert (round_in(told).stake, round_in(told).moves) == (200, 1)
    assert facts_in(told) == ("round.money_moved", "round.settled")
