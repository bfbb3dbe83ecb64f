"""A round reserves the table, then its stake is taken, then what came up is told, then only the payout is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from services.rgs.round.state import Seeded
from shared.ids import AssetId, GameCode, MessageId, uuid_of
from shared.messages.game import GameSpec
from shared.messages.games.dice import DiceBet, DiceShown
from shared.messages.games.mines import MinesCashout, MinesInstant, MinesReveal, MinesStart
from shared.messages.operator import OperatorSpec
from shared.messages.round import PAYOUTS, STAKES, StakeAnswered
from shared.messages.session import SessionLaunched
from shared.messages.wallet import AssetSpec, Leg, TransferWallet
from shared.shapes import Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import Story
from shared.testing.promises import events_of
from tests.specs.table_words import (
    HOUSE,
    ROCKET,
    USD,
    answer_in,
    asked_in,
    begins,
    casino,
    chance_of,
    code_of,
    dice,
    facts_in,
    moves,
    opened,
    operator,
    paid,
    round_at,
    round_in,
    safe_fields,
    seat_of,
    seated,
    session_of,
    table_in,
)

FIRST_ROUND, MINED = round_at("dice"), round_at("mines")
DICE, MINES = seated("dice"), seated("mines")
START = MinesStart(amount=100, mine_count=3)
OPENED = ("seeds.opened", "round.begun")


def test_a_bet_is_one_transfer_of_stake_and_payout_and_nothing_is_told_before_it_is_there() -> None:
    asked = DICE.when(begins("dice", dice(wins=True))).waits()
    assert facts_in(asked) == OPENED
    begun = round_in(asked)
    assert (begun.status, begun.nonce, begun.stake, begun.payout, begun.multiplier) == ("initializing", 0, 100, 0, "0")
    assert begun.shown == DiceShown(under=dice(wins=True).under)
    payout = round(100 * Fraction(99, 100) * 10_000 / (dice(wins=True).under or 0))
    money = asked_in(asked)
    assert money.transaction_id == uuid_of(FIRST_ROUND, "debit", "0")
    stake, won = Leg(asset=USD, amount=-100, account=STAKES), Leg(asset=USD, amount=payout, account=PAYOUTS)
    both = TransferWallet(player=ROCKET, legs=(stake, won), reason=f"round {FIRST_ROUND}", play=True)
    then = StakeAnswered(seat=seat_of(), round_id=FIRST_ROUND, transaction=money, scale=2)
    asked.asked(Send("ledger", ROCKET, both, then=then))


def test_a_message_that_comes_twice_begins_another_round_after_its_first_was_refused() -> None:
    wish = begins("dice", dice(wins=True))
    first = DICE.when(wish)
    void = first.answered(Refused("insufficient_balance"))
    again = replace(void.story, wishes=DICE.wishes).when(wish)
    assert facts_in(again) == ("round.begun",)
    assert round_in(again).round_id != round_in(first).round_id
    assert asked_in(again).transaction_id != asked_in(first).transaction_id


def test_the_player_is_told_what_came_up_once_the_money_has_moved() -> None:
    first = DICE.when(begins("dice", dice(wins=True)))
    told = first.answered(paid(1_098)).finished(first.wish).asked()
    assert facts_in(told) == ("round.settled",)
    settled = round_in(told)
    roll = chance_of("dice").below(0, 10_000)
    assert settled.shown == DiceShown(under=roll + 1, roll=roll)
    assert (settled.status, settled.ended_at) == ("settled", NOON)
    assert Fraction(settled.multiplier) == Fraction(99, 100) * 10_000 / (roll + 1)
    assert answer_in(told).balance == 1_098
    assert answer_in(told).round == settled
    assert table_in(told.story, "dice").held is None


def test_a_bet_that_loses_pays_nothing() -> None:
    asked = DICE.when(begins("dice", dice(wins=False)))
    (send,) = asked.sends
    assert isinstance(send.command, TransferWallet)
    assert send.command.legs == (Leg(asset=USD, amount=-100, account=STAKES),)
    told = asked.answered(paid(900))
    assert (round_in(told).payout, round_in(told).multiplier) == (0, "0")


def test_every_round_spends_the_next_nonce_of_the_same_pair() -> None:
    one = DICE.when(begins("dice", dice(wins=False))).answered(paid(900))
    two = one.when(begins("dice", dice(wins=True, nonce=1)))
    assert facts_in(two) == ("round.begun",)
    assert round_in(two).nonce == 1
    assert round_in(two).payout == 0
    assert round_in(two.answered(paid(1_000))).payout > 0


def test_a_stake_that_is_refused_leaves_a_void_round_whose_nonce_is_spent() -> None:
    first = DICE.when(begins("dice", dice(wins=True)))
    void = first.answered(Refused("insufficient_balance", {"have": 5})).refused("insufficient_balance", have=5)
    void.finished(first.wish).asked()
    assert facts_in(void) == ("round.voided",)
    voided = round_in(void)
    assert (voided.status, voided.stake, voided.payout) == ("voided", 0, 0)
    assert isinstance(voided.shown, DiceShown)
    assert voided.shown.roll is None
    assert table_in(void.story, "dice").nonce == 1
    assert round_in(void.when(begins("dice", dice(wins=True)))).nonce == 1


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("insufficient_balance", "insufficient_balance"),
        ("player_blocked",       "player_blocked"),
        ("no_player",            "no_player"),
        ("limit_exceeded",       "limit_exceeded"),
        ("unknown_asset",        "no_currency"),
        ("given_up",             "debit_failed"),
        ("",                     "debit_failed"),
    ],
)  # fmt: skip
def test_what_the_ledger_says_against_a_stake(theirs: str, ours: str) -> None:
    DICE.when(begins("dice", dice(wins=True))).answered(Refused(theirs)).refused(ours)


def test_a_payout_that_the_player_cannot_receive_settles_the_round_all_the_same() -> None:
    unclaimed = paid(900).model_copy(update={"unclaimed": True})
    told = DICE.when(begins("dice", dice(wins=True))).answered(unclaimed)
    assert round_in(told).status == "settled"
    assert answer_in(told).balance == 900


def test_an_instant_round_is_one_transfer_as_a_bet_is() -> None:
    safe = safe_fields(START)[:2]
    asked = MINES.when(begins("mines", MinesInstant(amount=100, mine_count=3, fields=safe)))
    assert isinstance(asked.sends[0].command, TransferWallet)
    told = asked.answered(paid(1_028))
    assert (round_in(told).status, round_in(told).payout) == ("settled", 129)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (begins("dice", dice(wins=True), seat=seat_of("dice", AssetId("EUR"))),        "no_session"),
        (begins("dice", dice(wins=True), session_id=MessageId("session-9")),           "session_expired"),
        (begins("dice", dice(wins=True), number=1),                                    "session_expired"),
        (begins("dice", START),                                                        "invalid_request_type"),
        (begins("dice", DiceBet(amount=100)),                                          "invalid_param"),
        (begins("dice", DiceBet(amount=9, over=5_000)),                                "param_out_of_range"),
        (begins("dice", DiceBet(amount=100_001, over=5_000)),                          "param_out_of_range"),
        (begins("dice", DiceBet(amount=10_000, under=1)),                              "param_out_of_range"),
    ],
)  # fmt: skip
def test_a_bet_that_cannot_be_is_refused_and_nothing_is_spent(command: Any, code: str) -> None:
    after = DICE.when(command)
    assert isinstance(after.outcome, Refused)
    assert after.outcome.code == code
    assert not after.story.states.keys() - DICE.states.keys()


def test_a_session_that_was_left_alone_for_an_hour_is_over() -> None:
    DICE.at(NOON + timedelta(hours=1)).when(begins("dice", dice(wins=True))).refused("session_expired")
    later = NOON + timedelta(hours=1)
    open_ = opened(MINES)
    open_.story.at(later).when(moves("mines", MINED, MinesCashout())).refused("session_expired")


@pytest.mark.parametrize(
    ("story", "code"),
    [
        (DICE.removed(GameSpec, code_of("dice")),                                                          "no_game"),
        (DICE.defined(code_of("dice"), GameSpec(title="x", slug="dice", rtp="0.99", status="inactive"), 2), "no_game"),
        (DICE.removed(OperatorSpec, HOUSE),                                                                "no_game"),
        (DICE.defined(HOUSE, operator.model_copy(update={"status": "inactive"}), 2),                       "no_game"),
        (DICE.removed(AssetSpec, USD),                                                                "no_currency"),
    ],
)  # fmt: skip
def test_what_is_not_offered_any_more_is_not_played(story: Story, code: str) -> None:
    story.when(begins("dice", dice(wins=True))).refused(code)


def test_playing_is_a_use_of_the_session() -> None:
    used = DICE.at(NOON + timedelta(minutes=2)).when(begins("dice", dice(wins=True)))
    assert facts_in(used) == ("seeds.opened", "session.touched", "round.begun")
    later = opened(MINES).story.at(NOON + timedelta(minutes=2))
    moved = later.when(moves("mines", MINED, MinesReveal(field=safe_fields(START)[0])))
    assert facts_in(moved) == ("session.touched", "round.moved")


def test_what_was_begun_under_one_version_is_finished_under_it() -> None:
    changed = GameSpec(title="mines", slug="mines", rtp="0.96")
    story = opened(MINES).story.defined(code_of("mines"), changed, 2)
    safe = story.when(moves("mines", MINED, MinesReveal(field=safe_fields(START)[0])))
    out = safe.when(moves("mines", MINED, MinesCashout()))
    assert round_in(out).payout == 112
    assert round_in(out).definition_version == 1


def test_a_round_whose_terms_are_gone_is_not_decided() -> None:
    lost = casino().and_then(SessionLaunched(session=session_of(seat_of("mines"), "mines")))
    begun = MINES.when(begins("mines", START))
    open_ = lost.and_then(*events_of(begun.outcome), *events_of(opened(MINES).outcome))
    with pytest.raises(LookupError, match="no version 1"):
        open_.when(moves("mines", MINED, MinesCashout()))


def test_a_table_of_another_game_code_has_rounds_and_seeds_of_its_own() -> None:
    delta = GameCode("dice-delta")
    story = DICE.defined(delta, GameSpec(title="dice", slug="dice", rtp="0.96"))
    seat = seat_of().model_copy(update={"game": delta})
    both = story.and_then(SessionLaunched(session=session_of(seat, "dice")))
    first = both.when(begins("dice", dice(wins=True)))
    second = first.when(begins("dice", DiceBet(amount=100, over=5_000), seat=seat))
    assert facts_in(second) == OPENED
    state = second.story.state(seat.stream)
    assert isinstance(state, Seeded)
    assert state.active.server_hash != table_in(second.story, "dice").active.server_hash
