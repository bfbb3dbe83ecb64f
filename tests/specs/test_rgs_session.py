"""A player plays in a session that an operator opened: for an hour after each use, with the last token alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.rgs.registry import service
from services.rgs.session.view import sessions, tokens
from shared.ids import AssetId, MessageId
from shared.messages.game import GameSpec
from shared.messages.operator import OperatorSpec
from shared.messages.player import CreatePlayer, PlayerAnswer, Profile, Status
from shared.messages.session import (
    AdmitSession,
    Bounds,
    DemoBalanceMoved,
    LaunchSession,
    RefreshSession,
    SeatAnswer,
    SessionLaunched,
    SessionRefreshed,
    SessionRequested,
    SessionTouched,
    TouchSession,
)
from shared.messages.wallet import AssetSpec
from shared.shapes import Append, Put, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story, given, shown
from tests.specs.table_words import FIRST, HOUSE, ROCKET, USD, casino, code_of, operator, seat_of, session_of

SEAT = seat_of("dice")
HASH, OTHER = "3c" * 32, "4d" * 32
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
hall = casino("dice")
opened = SessionLaunched(session=session_of(SEAT, "dice"))
seated = hall.and_then(opened)


def launch(**change: Any) -> LaunchSession:
    said: dict[str, Any] = {
        "seat": SEAT, "wallet": "internal", "country": "US", "token_hash": HASH, "session_id": FIRST,
    }  # fmt: skip
    return LaunchSession(**said | change)


def standing(status: Status = "active") -> PlayerAnswer:
    profile = Profile(player=ROCKET, user_id="0b0c", status=status, created_at=NOON)
    return PlayerAnswer(profile=profile, at=NOON)


def let_in(story: Story, command: LaunchSession, status: Status = "active") -> Consequence:
    return story.when(command).answered(standing(status))


def test_a_player_is_introduced_to_the_ledger_before_a_session_is_opened() -> None:
    wish = launch()
    asked = hall.when(wish).then(SessionRequested(seat=SEAT)).waits()
    asked.asked(Send("ledger", ROCKET, CreatePlayer(player=ROCKET), then=AdmitSession(**dict(wish))))


def test_an_active_player_has_a_session_for_an_hour() -> None:
    first = hall.when(launch(bounds=Bounds(min_bet=5)))
    session = session_of(SEAT, "dice", bounds=Bounds(min_bet=5))
    told = first.answered(standing()).then(SessionLaunched(session=session)).finished(first.wish)
    told.replied(SeatAnswer(session=session)).asked().set()
    assert session.expires_at == NOON + HOUR


@pytest.mark.parametrize("status", ["suspended", "self_excluded", "closed"])
def test_a_player_who_is_shut_out_is_not_let_in(status: Status) -> None:
    let_in(hall, launch(), status).then().refused("player_blocked", status=status)
    let_in(seated, launch(), status).then().refused("player_blocked", status=status)


def test_an_introduction_that_failed_lets_nobody_in() -> None:
    hall.when(launch()).answered(Refused("given_up")).then().refused("given_up")
    silent = hall.when(launch()).answered(Refused(""))
    silent.refused("refused")


def test_a_demo_asks_nobody_and_begins_with_what_is_no_money() -> None:
    session = session_of(SEAT, "dice", "demo")
    told = hall.when(launch(wallet="demo")).then(SessionLaunched(session=session, demo_balance=1_000)).asked()
    told.replied(SeatAnswer(session=session, demo_balance=1_000))


def test_a_session_that_is_open_is_used_further_with_its_token_as_it_is() -> None:
    again = let_in(seated, launch(token_hash=OTHER, session_id=MessageId("session-2")))
    again.then().replied(SeatAnswer(session=opened.session))


@pytest.mark.parametrize("said", [{"bounds": Bounds(min_bet=9)}, {"country": "DE"}, {"details": '{"vip":true}'}])
def test_what_the_last_launch_says_holds_from_then_on(said: dict[str, Any]) -> None:
    session = opened.session.model_copy(update=said)
    again = let_in(seated, launch(**said)).then(SessionTouched(session=session)).replied(SeatAnswer(session=session))
    let_in(again.story, launch(**said)).then()
    let_in(again.story, launch()).then(SessionTouched(session=opened.session))


def test_a_launch_is_a_use() -> None:
    later = NOON + 2 * MINUTE
    session = opened.session.model_copy(update={"used_at": later, "expires_at": later + HOUR})
    let_in(seated.at(later), launch()).then(SessionTouched(session=session)).replied(SeatAnswer(session=session))


def test_a_session_that_was_left_alone_for_an_hour_is_over_and_another_takes_its_place() -> None:
    later = NOON + HOUR
    told = let_in(seated.at(later), launch(token_hash=OTHER, session_id=MessageId("session-2")))
    told.then(SessionLaunched(session=session_of(
        SEAT, "dice", session_id=MessageId("session-2"), token_hash=OTHER,
        opened_at=later, used_at=later, expires_at=later + HOUR,
    )))  # fmt: skip


def test_a_demo_never_goes_on_as_a_session_for_money_nor_the_other_way_about() -> None:
    demo = hall.and_then(SessionLaunched(session=session_of(SEAT, "dice", "demo"), demo_balance=400))
    second: dict[str, Any] = {"token_hash": OTHER, "session_id": MessageId("session-2")}
    let_in(demo, launch(**second)).then(SessionLaunched(session=session_of(SEAT, "dice", **second)))
    fun = seated.when(launch(wallet="demo", **second))
    fun.then(SessionLaunched(session=session_of(SEAT, "dice", "demo", **second), demo_balance=1_000))
    again = demo.when(launch(wallet="demo", **second)).then()
    again.replied(SeatAnswer(session=session_of(SEAT, "dice", "demo"), demo_balance=400))


def test_a_demo_that_has_nothing_left_begins_anew() -> None:
    broke = hall.and_then(SessionLaunched(session=session_of(SEAT, "dice", "demo"), demo_balance=0))
    second: dict[str, Any] = {"token_hash": OTHER, "session_id": MessageId("session-2")}
    anew = SessionLaunched(session=session_of(SEAT, "dice", "demo", **second), demo_balance=1_000)
    broke.when(launch(wallet="demo", **second)).then(anew)


def test_two_launches_under_way_at_once_come_to_one_session() -> None:
    first = hall.when(launch())
    second = first.when(launch(token_hash=OTHER, session_id=MessageId("session-2")))
    one = first.answered(standing(), by=second.story)
    second.answered(standing(), by=one.story).then().replied(SeatAnswer(session=opened.session))


closed_game = GameSpec(title="Dice", slug="dice", rtp="0.99", status="inactive")


@pytest.mark.parametrize(
    ("story", "code"),
    [
        (hall.removed(OperatorSpec, HOUSE),                                               "no_game"),
        (hall.defined(HOUSE, operator.model_copy(update={"status": "inactive"}), 2),      "no_game"),
        (hall.defined(HOUSE, operator.model_copy(update={"games": ("mines-alpha",)}), 2), "no_game"),
        (hall.removed(GameSpec, code_of("dice")),                                         "no_game"),
        (hall.defined(code_of("dice"), closed_game, 2),                                   "no_game"),
        (hall.defined(HOUSE, operator.model_copy(update={"currencies": ("EUR",)}), 2),    "no_currency"),
        (hall.removed(AssetSpec, USD),                                                    "no_currency"),
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(story: Story, code: str) -> None:
    story.when(launch()).refused(code)
    asked = hall.when(launch())
    asked.answered(standing(), by=story).then().refused(code)


def test_an_operator_may_name_the_games_that_it_offers() -> None:
    naming = operator.model_copy(update={"games": ("dice-alpha",)})
    hall.defined(HOUSE, naming, 2).when(launch(wallet="demo")).asked()


def test_a_token_is_exchanged_once() -> None:
    wish = RefreshSession(seat=SEAT, session_id=FIRST, number=0, token_hash=OTHER)
    later = NOON + 5 * MINUTE
    session = opened.session.model_copy(
        update={"number": 1, "token_hash": OTHER, "used_at": later, "expires_at": later + HOUR}
    )
    told = seated.at(later).when(wish).then(SessionRefreshed(session=session)).replied(SeatAnswer(session=session))
    told.when(wish).refused("session_refreshed")
    told.story.at(later + HOUR).when(wish).refused("session_refreshed")
    told.when(wish.model_copy(update={"number": 1, "token_hash": HASH})).then(
        SessionRefreshed(session=session.model_copy(update={"number": 2, "token_hash": HASH}))
    )


@pytest.mark.parametrize("command", [
    RefreshSession(seat=SEAT, session_id=FIRST, number=0, token_hash=OTHER),
    TouchSession(seat=SEAT, session_id=FIRST),
])  # fmt: skip
def test_a_session_that_is_over_or_another_is_not_used(command: Any) -> None:
    hall.when(command).refused("no_session")
    seated.at(NOON + HOUR).when(command).refused("session_expired")
    seated.when(command.model_copy(update={"session_id": MessageId("session-2")})).refused("session_expired")


def test_a_use_is_worth_a_fact_once_a_minute() -> None:
    touch = TouchSession(seat=SEAT, session_id=FIRST)
    soon = NOON + MINUTE - timedelta(microseconds=1)
    seated.at(soon).when(touch).then().replied(SeatAnswer(session=opened.session))
    later = NOON + MINUTE
    session = opened.session.model_copy(update={"used_at": later, "expires_at": later + HOUR})
    seated.at(later).when(touch).then(SessionTouched(session=session)).replied(SeatAnswer(session=session))


def test_what_is_no_money_stays_with_a_demo_session_when_its_token_is_exchanged() -> None:
    demo = SessionLaunched(session=session_of(SEAT, "dice", "demo"), demo_balance=1_000)
    moved = hall.and_then(demo, DemoBalanceMoved(seat=SEAT, balance=700))
    told = moved.when(RefreshSession(seat=SEAT, session_id=FIRST, number=0, token_hash=OTHER))
    assert isinstance(told.outcome.reply, SeatAnswer)  # type: ignore[union-attr]
    assert told.outcome.reply.demo_balance == 700  # type: ignore[union-attr]
    told.when(TouchSession(seat=SEAT, session_id=FIRST)).then()


def test_a_player_has_a_session_of_each_currency() -> None:
    other = seat_of("dice", AssetId("EUR"))
    assert other.session != SEAT.session
    assert other.stream == SEAT.stream


def test_facts_of_a_seat_that_nobody_has_taken_change_nothing() -> None:
    empty = given(service)
    for fact in (SessionRequested(seat=SEAT), DemoBalanceMoved(seat=SEAT, balance=5)):
        assert empty.and_then(fact).state(SEAT.session) == empty.state(SEAT.session)


def test_sessions_are_shown_as_they_stand_and_each_token_once() -> None:
    session = opened.session
    row = Put(key=(ROCKET, FIRST), values=(HOUSE, "dice-alpha", "dice", USD, "internal", 0, NOON + HOUR))
    assert shown(sessions, opened) == (row,)
    assert shown(sessions, SessionTouched(session=session)) == (row,)
    token = Append(key=(ROCKET, HASH), values=(FIRST, 0, HOUSE, "dice-alpha", USD))
    assert shown(tokens, opened) == (token,)
    assert shown(tokens, SessionRefreshed(session=session)) == (token,)
