"""Players wait in a lobby until it is full or its time is up; then they play, with bots on the seats that are left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.leaderboards.lobby.pushing import fingerprint_of
from shared.event_ids import lobby_board_of, pushed_lobby_id_of
from shared.ids import LobbyId, MessageId, PlayerId
from shared.messages.attempt import AttemptDenied, AttemptFinished, AttemptRequested
from shared.messages.base import UNANSWERED
from shared.messages.entry_condition import AttemptsMade
from shared.messages.event import AdmitAttempt, StartAnswer
from shared.messages.event_spec import EventSpec
from shared.messages.lobby import (
    JoinLobby,
    Lobby,
    LobbyActivated,
    LobbyAnswer,
    LobbyForming,
    LobbyJoined,
    LobbyPushed,
    LobbySeatTaken,
    PushLobby,
    SeatBots,
    TimeOutLobby,
)
from shared.shapes import Refused, Send, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Consequence, Story
from tests.specs.event_words import (
    CLOCK,
    COSTLY,
    COSTS,
    GAMORA,
    GROOT,
    MANTIS,
    MICRO,
    MIDNIGHT,
    ROCKET,
    RUN,
    TODAY,
    WINDOW,
    adds,
    attempt,
    attempt_in,
    begins,
    closes,
    closing_time,
    course,
    cup,
    enters,
    entrant,
    events_in,
    let_in,
    lobby_board,
    lobby_id,
    on,
    opened,
    run,
    starts,
    under_way,
)

CUP = run(leaderboard=cup())
SOON = NOON + timedelta(seconds=5)


def forming(joined: int, number: int = 1, **other: Any) -> Lobby:
    usual: dict[str, Any] = {
        "lobby_id": lobby_id(number),
        "event": RUN,
        "window_id": WINDOW,
        "board_id": lobby_board(number),
        "number": number,
        "status": "forming",
        "capacity": 3,
        "joined": joined,
        "fill_by": SOON,
        "ends_at": MIDNIGHT,
    }
    return Lobby(**{**usual, **other})


def active(joined: int = 3, number: int = 1, **other: Any) -> LobbyActivated:
    now = {"status": "active", "fill_by": None, "started_at": NOON}
    return LobbyActivated(lobby=forming(joined, number, **{**now, **other}), definition_version=1)


def seat(player: PlayerId, step: int | None, number: int = 1) -> LobbySeatTaken:
    return LobbySeatTaken(
        event=RUN,
        player=player,
        window_id=WINDOW,
        lobby_id=lobby_id(number),
        board_id=lobby_board(number),
        number=number,
        start_id=None if step is None else MessageId(f"command-{step}"),
    )


def waits_in(joined: int, number: int = 1, capacity: int = 3) -> StartAnswer:
    waiting = LobbyForming(lobby_id=lobby_id(number), joined=joined, capacity=capacity)
    return StartAnswer(lobby=waiting, window_ends_at=MIDNIGHT)


def time_up(number: int = 1) -> Timer:
    out = TimeOutLobby(event=RUN, window_id=WINDOW, lobby_id=lobby_id(number), number=number)
    return Timer(f"lobby/{TENANT}/{RUN}/{lobby_id(number)}", SOON, RUN, out)


def joined(story: Story, *players: PlayerId) -> Consequence:
    """These start one after another, and the ledger lets them in; the last one's answer."""
    *others, last = players
    for player in others:
        story = story.when(starts(player)).answered(let_in).story
    return story.when(starts(last)).answered(let_in)


def full(spec: EventSpec = CUP) -> Story:
    return joined(on(spec), ROCKET, GROOT, MANTIS).story


def place(step: int, player: PlayerId = ROCKET) -> dict[str, Any]:
    return {
        "player": player,
        "event": RUN,
        "start_id": MessageId(f"command-{step}"),
        "window_id": WINDOW,
        "day": TODAY,
    }


def test_the_first_player_waits_in_a_lobby_that_has_a_time_limit() -> None:
    first = on(CUP).when(starts()).waits().then(opened(), AttemptRequested(**place(1))).set(closing_time())
    first.asked(Send("ledger", ROCKET, enters(), then=JoinLobby(**place(1))))
    waits = first.answered(let_in).then(LobbyJoined(lobby=forming(1), player=ROCKET), seat(ROCKET, 1))
    waits.replied(waits_in(1)).finished(first.wish).set(time_up()).asked()
    assert entrant(waits.story).reserved == ()


def test_whoever_waits_already_is_told_so_at_once() -> None:
    story = joined(on(CUP), ROCKET, GROOT).story
    story.when(starts()).then().replied(waits_in(2)).asked()


def test_the_second_player_sets_no_other_clock() -> None:
    second = joined(on(CUP), ROCKET, GROOT)
    second.then(LobbyJoined(lobby=forming(2), player=GROOT), seat(GROOT, 3)).set().replied(waits_in(2))


def test_the_last_player_plays_at_once_and_the_others_when_they_start_again() -> None:
    last = joined(on(CUP), ROCKET, GROOT, MANTIS)
    its = attempt(player=MANTIS, board=lobby_board())
    begun = begins(its, step=5, mode="lobby_matched", lobby_id=lobby_id())
    last.then(LobbyJoined(lobby=forming(3), player=MANTIS), seat(MANTIS, None), active(), begun).set().asked()
    last.replied(StartAnswer(attempt=its, window_ends_at=MIDNIGHT))
    again = last.when(starts()).waits()
    again.asked(Send("ledger", ROCKET, enters(), then=AdmitAttempt(**place(7))))
    own = attempt(board=lobby_board())
    again.answered(let_in).then(begins(own, step=7, mode="lobby_matched", lobby_id=lobby_id()))


def test_the_next_player_begins_another_lobby_and_those_of_the_first_stay_in_it() -> None:
    fourth = joined(full(), GAMORA)
    fourth.then(LobbyJoined(lobby=forming(1, 2), player=GAMORA), seat(GAMORA, 7, 2)).set(time_up(2))
    both = fourth.story
    both.when(starts(GAMORA)).replied(waits_in(1, 2))
    assert events_in(joined(both, GROOT))[-1] == begins(
        attempt(player=GROOT, board=lobby_board()), step=9, mode="lobby_matched", lobby_id=lobby_id()
    )


def test_an_attempt_is_paid_for_when_it_begins_and_waiting_costs_nothing() -> None:
    spec = run(leaderboard=cup(2), entry_cost=COSTLY, entry_requirement=AttemptsMade(attempts=0))
    asks = enters().model_copy(update={"requirement": AttemptsMade(attempts=0)})
    first = on(spec).when(starts()).asked(Send("ledger", ROCKET, asks, then=JoinLobby(**place(1))))
    second = first.answered(let_in).when(starts(GROOT)).answered(let_in).waits()
    pays = asks.model_copy(update={"player": GROOT, "costs": COSTS})
    second.asked(Send("ledger", GROOT, pays, then=AdmitAttempt(**place(3, GROOT), costs=COSTS)))
    its = attempt(player=GROOT, board=lobby_board())
    begun = begins(its, step=3, mode="lobby_matched", lobby_id=lobby_id())
    assert len(entrant(second.story, GROOT).reserved) == 1
    second.answered(let_in).then(begun).finished(second.wish)
    poor = second.answered(Refused("insufficient_entry_cost"))
    poor.refused("insufficient_entry_cost")
    again = poor.when(starts(GROOT)).waits()
    assert again.sends[0].command.costs == COSTS  # type: ignore[attr-defined]


REFUSED = [Refused("no_player"), Refused("player_blocked", {"status": "banned"}), Refused("entry_requirement_failed")]


@pytest.mark.parametrize("refusal", REFUSED, ids=lambda one: one.code)
def test_whom_the_ledger_does_not_let_in_gets_no_seat(refusal: Refused) -> None:
    away = on(CUP).when(starts()).answered(refusal).refused(refusal.code, **refusal.details)
    away.then(AttemptDenied(event=RUN, player=ROCKET, start_id=MessageId("command-1"), code=refusal.code))
    assert entrant(away.story).seat is None
    asked = on(CUP).when(starts())
    nameless = JoinLobby(**place(1), answer=UNANSWERED.model_copy(update={"code": None}))
    asked.story.when(nameless, asked.wish).refused("refused")


def test_a_window_that_closed_meanwhile_has_no_lobbies_any_more() -> None:
    asked = on(CUP).when(starts())
    asked.answered(let_in, by=asked.story.at(MIDNIGHT)).refused("no_active_window")


def test_two_starts_of_one_player_take_one_seat() -> None:
    first = on(CUP).when(starts())
    second = first.story.when(starts())
    seated = second.answered(let_in, by=first.answered(let_in, by=second.story).story)
    seated.then(seat(ROCKET, 2)).replied(waits_in(1)).finished(second.wish)
    assert entrant(seated.story).reserved == ()


def test_a_start_whose_lobby_has_begun_meanwhile_plays_and_pays() -> None:
    for spec, asked in ((run(leaderboard=cup(2)), 0), (run(leaderboard=cup(2), entry_cost=COSTLY), 1)):
        first = on(spec).when(starts())
        second = first.story.when(starts())
        other = joined(first.answered(let_in, by=second.story).story, GROOT).story
        plays = second.answered(let_in, by=other)
        assert len(plays.sends) == asked
        if asked:
            plays.waits().then(AttemptRequested(**place(2)))
            plays = plays.answered(let_in)
        plays.then(begins(attempt(board=lobby_board()), step=2, mode="lobby_matched", lobby_id=lobby_id()))


def test_attempts_are_limited_before_anybody_waits() -> None:
    spec = run(leaderboard=cup(2), max_attempts_per_window=1)
    story = joined(on(spec), ROCKET, GROOT).story
    story.when(starts(GROOT)).refused("max_attempts_reached", max_attempts=1)


# (strategy, the bots that come)
STRATEGIES = [("fill_with_bots", 2), ("start_short", 0)]


@pytest.mark.parametrize(("strategy", "bots"), STRATEGIES)
def test_when_time_is_up_the_lobby_begins(strategy: str, bots: int) -> None:
    spec = run(leaderboard=cup(strategy=strategy))
    begun = joined(on(spec), ROCKET).rang()
    activated = active(1, bots=bots, started_at=SOON)
    seats = SeatBots(
        event=RUN,
        lobby_id=lobby_id(),
        board_id=lobby_board(),
        definition_version=1,
        count=2,
        ends_at=MIDNIGHT,
    )
    come = (Timer(f"bots/{TENANT}/{RUN}/{lobby_id()}/seat", SOON, RUN, seats),) if bots else ()
    begun.then(activated).set(*come)
    begun.when(starts()).answered(let_in).replied(
        StartAnswer(attempt=attempt(board=lobby_board(), started_at=SOON), window_ends_at=MIDNIGHT)
    )


def test_a_lobby_that_waits_until_it_is_full_has_no_clock() -> None:
    spec = run(leaderboard=cup(strategy="wait_full"))
    joined(on(spec), ROCKET).set().then(LobbyJoined(lobby=forming(1, fill_by=None), player=ROCKET), seat(ROCKET, 1))


def test_time_is_up_for_nobody_when_the_lobby_has_begun_or_the_window_is_over() -> None:
    time_out = time_up().command
    waiting = joined(on(CUP), ROCKET).story
    nothing_left = [
        full(),
        waiting.at(MIDNIGHT),
        waiting.at(MIDNIGHT).when(closes(), CLOCK).story,
        waiting.at(MIDNIGHT).when(starts(GROOT)).story,
    ]
    for story in nothing_left:
        story.when(time_out, CLOCK).then().set()


def pushes(*players: PlayerId, key: str = "match-1", **other: Any) -> PushLobby:
    return PushLobby(event=RUN, key=key, players=players or (ROCKET, GROOT), **other)


def pushed_id(key: str = "match-1") -> LobbyId:
    return pushed_lobby_id_of(TENANT, WINDOW, key)


def pushed(count: int = 2, key: str = "match-1", **other: Any) -> Lobby:
    own = {
        "lobby_id": pushed_id(key),
        "board_id": lobby_board_of(TENANT, WINDOW, pushed_id(key)),
        "number": None,
        "key": key,
        "status": "active",
        "fill_by": None,
        "started_at": NOON,
    }
    return forming(count, **{**own, **other})


def test_a_games_own_server_puts_players_together_who_play_at_once() -> None:
    wish = pushes(metadata={"map": "moon"})
    lobby = pushed(metadata={"map": "moon"})
    done = on(CUP).when(wish).replied(LobbyAnswer(lobby=lobby, created=True)).set(closing_time()).asked()
    sits = {"event": RUN, "window_id": WINDOW, "lobby_id": lobby.lobby_id, "board_id": lobby.board_id}
    done.then(
        opened(),
        LobbyPushed(lobby=lobby, key="match-1", fingerprint=fingerprint_of(wish)),
        LobbyActivated(lobby=lobby, definition_version=1),
        LobbySeatTaken(**sits, player=ROCKET),  # type: ignore[arg-type]
        LobbySeatTaken(**sits, player=GROOT),  # type: ignore[arg-type]
    )
    plays = done.when(starts(GROOT)).answered(let_in)
    its = attempt(player=GROOT, board=lobby.board_id)
    plays.then(begins(its, step=2, mode="lobby_matched", lobby_id=lobby.lobby_id))
    assert (course(done.story).lobbies, course(done.story).joined) == (0, 0)  # type: ignore[union-attr]


def test_the_same_key_makes_one_lobby_a_window() -> None:
    story = on(CUP).when(pushes()).story
    story.when(pushes()).then().replied(LobbyAnswer(lobby=pushed(), created=False))
    story.when(pushes(ROCKET)).refused("idempotency_conflict")
    tomorrow = story.at(MIDNIGHT).when(pushes(ROCKET))
    assert tomorrow.outcome.reply.created  # type: ignore[union-attr]
    assert tomorrow.outcome.reply.lobby.lobby_id != pushed_id()  # type: ignore[union-attr]


# (players, capacity, bots asked for, capacity, bots)
SEATS = [
    (2, None, False, 3, 0),
    (2, None, True, 3, 1),
    (5, None, True, 5, 0),
    (2, 8, True, 8, 6),
    (2, 2, True, 2, 0),
]


@pytest.mark.parametrize(("players", "asked", "fill", "capacity", "bots"), SEATS)
def test_a_pushed_lobby_has_as_many_seats_as_it_says(
    players: int, asked: int | None, fill: bool, capacity: int, bots: int
) -> None:
    who = [PlayerId(f"p{number}") for number in range(players)]
    done = on(CUP).when(pushes(*who, capacity=asked, fill_bots=fill))
    done.replied(LobbyAnswer(lobby=pushed(players, capacity=capacity, bots=bots), created=True))
    assert len(done.timers) == 1 + bool(bots)


def test_a_player_who_is_named_twice_has_one_seat() -> None:
    on(CUP).when(pushes(ROCKET, ROCKET)).replied(LobbyAnswer(lobby=pushed(1), created=True))


# (story, what is pushed, why it is refused)
UNPUSHED: list[tuple[Story, PushLobby, str, dict[str, object]]] = [
    (on().removed(EventSpec, RUN), pushes(), "no_event", {}),
    (on(run(leaderboard=cup(), status="disabled")), pushes(), "event_disabled", {}),
    (on(), pushes(), "not_lobby_matched", {}),
    (on(CUP), pushes(ROCKET, GROOT, capacity=1), "too_many_players", {"capacity": 1}),
]


@pytest.mark.parametrize(("story", "wish", "code", "details"), UNPUSHED, ids=[code for *_, code, _ in UNPUSHED])
def test_nobody_is_put_together_where_that_makes_no_sense(
    story: Story, wish: PushLobby, code: str, details: dict[str, object]
) -> None:
    story.when(wish).refused(code, **details)


def test_a_player_who_is_put_elsewhere_leaves_the_attempts_there_and_begins_with_nothing() -> None:
    plays = joined(full(), ROCKET).when(adds(value=7)).story
    moved = plays.when(pushes(ROCKET, GAMORA)).story
    assert attempt_in(moved.when(adds(value=1))).score == 8 * MICRO  # until the player starts elsewhere
    begun = moved.when(starts()).answered(let_in)
    first, second = events_in(begun)
    assert isinstance(first, AttemptFinished)
    assert (first.attempt.status, first.attempt.board_id) == ("force_completed", lobby_board())
    assert second == begins(attempt(2, board=pushed().board_id), step=11, mode="lobby_matched", lobby_id=pushed_id())
    assert entrant(begun.story).best == 0


def test_a_player_of_another_kind_of_event_has_no_seat() -> None:
    assert entrant(under_way()).seat is None
