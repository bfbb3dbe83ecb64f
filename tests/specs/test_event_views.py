"""What is shown of events: windows, boards, attempts, lobbies and seats, each fact as a row that says all."""

from __future__ import annotations

from typing import Any

import pytest

from services.leaderboards.entrant.view import attempts
from services.leaderboards.event.view import boards, windows
from services.leaderboards.lobby.view import lobbies, seats
from shared.event_ids import attempt_number_of
from shared.ids import EventId, LobbyId
from shared.messages.attempt import AttemptFinished, AttemptProgressed
from shared.messages.event import WindowClosed
from shared.messages.lobby import Lobby, LobbyActivated, LobbyJoined, LobbySeatTaken
from shared.shapes import Put
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, shown
from tests.specs.event_words import (
    BOARD,
    DAWN,
    GROOT,
    MIDNIGHT,
    ROCKET,
    RUN,
    WINDOW,
    attempt,
    attempt_id,
    begins,
    opened,
)

LOBBY = Lobby(
    lobby_id=LobbyId("l1"),
    event=RUN,
    window_id=WINDOW,
    board_id=BOARD,
    key="match-1",
    status="active",
    capacity=3,
    joined=2,
    bots=1,
    started_at=NOON,
    ends_at=MIDNIGHT,
    metadata={"map": "moon", "ranked": True},
)


def test_a_window_is_open_until_it_is_closed() -> None:
    assert shown(windows, opened()) == (Put((RUN, WINDOW), (1, DAWN, MIDNIGHT, "open")),)
    assert shown(windows, WindowClosed(**dict(opened()))) == (Put((RUN, WINDOW), (1, DAWN, MIDNIGHT, "closed")),)


# (what the start says of its board, what is shown of it)
BOARDS: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({}, ("global", None, None, None)),
    ({"mode": "global_segmented", "segment": "gold"}, ("global_segmented", "gold", None, None)),
    ({"mode": "grouped", "group": 2}, ("grouped", None, 2, None)),
    ({"mode": "lobby_matched", "lobby_id": "l1"}, ("lobby_matched", None, None, "l1")),
]


@pytest.mark.parametrize(("said", "row"), BOARDS)
def test_a_board_is_shown_with_the_first_start_of_each_player(said: dict[str, Any], row: tuple[Any, ...]) -> None:
    assert shown(boards, begins(attempt(), **said)) == (Put((RUN, WINDOW, BOARD), (*row, 1, MIDNIGHT)),)
    assert shown(boards, begins(attempt(), first=False, **said)) == ()


def test_a_lobbys_board_is_there_before_anybody_starts() -> None:
    (row,) = shown(boards, LobbyActivated(lobby=LOBBY, definition_version=4))
    assert row == Put((RUN, WINDOW, BOARD), ("lobby_matched", None, None, "l1", 4, MIDNIGHT))


def test_an_attempt_is_shown_as_it_stands() -> None:
    one = attempt(metrics={"distance": 5}, metrics_raw={"distance": 7}, score=5)
    row = (ROCKET, 1, WINDOW, BOARD, NOON, MIDNIGHT, None, '{"distance": 5}', '{"distance": 7}', 5, "in_progress")
    put = (Put((RUN, attempt_id()), row),)
    assert shown(attempts, begins(one)) == put
    assert shown(attempts, AttemptProgressed(attempt=one, mode="set", best=5, improved=True)) == put
    over = one.model_copy(update={"status": "expired", "completed_at": NOON})
    (ended,) = shown(attempts, AttemptFinished(attempt=over))
    assert isinstance(ended, Put)
    assert (ended.values[6], ended.values[-1]) == (NOON, "expired")


def test_a_lobby_is_shown_as_it_stands_and_every_seat_in_it() -> None:
    row = (WINDOW, BOARD, "match-1", "active", 3, 2, 1, None, NOON, MIDNIGHT, '{"map": "moon", "ranked": true}')
    put = (Put((RUN, "l1"), row),)
    assert shown(lobbies, LobbyActivated(lobby=LOBBY, definition_version=1)) == put
    assert shown(lobbies, LobbyJoined(lobby=LOBBY, player=ROCKET)) == put
    taken = LobbySeatTaken(event=RUN, player=GROOT, window_id=WINDOW, lobby_id=LOBBY.lobby_id, board_id=BOARD)
    assert shown(seats, taken) == (Put((RUN, GROOT, "l1"), (WINDOW, NOON)),)


def test_an_attempts_number_is_read_from_its_id_by_its_own_player_alone() -> None:
    assert attempt_number_of(TENANT, RUN, ROCKET, attempt_id(77)) == 77
    assert attempt_number_of(TENANT, RUN, GROOT, attempt_id(77)) is None
    assert attempt_number_of(TENANT, EventId("other"), ROCKET, attempt_id(77)) is None
    assert attempt_number_of(TENANT, RUN, ROCKET, "77") is None
