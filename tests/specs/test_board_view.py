"""Every fact that changes a board is a row of it, and the board's position in the log; any other fact is neither."""

from __future__ import annotations

from typing import Any

import pytest

from services.leaderboards.board import view
from shared.ids import BoardId, EventId, LobbyId, MessageId, user_id_of
from shared.messages.attempt import ATTEMPT, AttemptFinished, AttemptProgressed, AttemptStarted
from shared.messages.base import Event
from shared.messages.lobby import BotScore, BotsProgressed
from shared.shapes import Append, Put, Row
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, shown

BOARD, ROCKET = ATTEMPT.board_id, user_id_of(TENANT, ATTEMPT.player)


def started(*, first: bool, best: int = 0) -> AttemptStarted:
    start: dict[str, Any] = {"start_id": MessageId("start"), "day": "2026-11-21", "definition_version": 1}
    return AttemptStarted(attempt=ATTEMPT, mode="global", first=first, best=best, **start)


def progressed(*, best: int, improved: bool) -> AttemptProgressed:
    return AttemptProgressed(attempt=ATTEMPT, mode="set", best=best, improved=improved)


def bots(*scores: int) -> BotsProgressed:
    entries = tuple(
        BotScore(bot=f"b{number}", number=number, called=f"Bot {number}", score=score)
        for number, score in enumerate(scores, 1)
    )
    return BotsProgressed(
        event=EventId("squad-cup"), lobby_id=LobbyId("lobby"), board_id=BoardId("board"), tick=1, entries=entries
    )


def test_whoever_completes_an_attempt_is_noted_on_its_board_once() -> None:
    done = ATTEMPT.model_copy(update={"status": "completed"})
    row = (Append((BOARD, ROCKET), (NOON,)),)
    assert shown(view.completions, progressed(best=1, improved=False).model_copy(update={"attempt": done})) == row
    assert shown(view.completions, AttemptFinished(attempt=done)) == row
    assert shown(view.completions, progressed(best=1, improved=True)) == ()


@pytest.mark.parametrize(
    ("event", "rows"),
    [
        (started(first=True), (Put((BOARD, ROCKET), ("player", "rocket", 0, 7)),)),
        (started(first=False, best=50), ()),
        (progressed(best=90, improved=True), (Put((BOARD, ROCKET), ("player", "rocket", 90, 7)),)),
        (progressed(best=90, improved=False), ()),
        (
            bots(3, 4),
            (Put(("board", "b1"), ("bot", "Bot 1", 3, 7)), Put(("board", "b2"), ("bot", "Bot 2", 4, 7))),
        ),
        (bots(), ()),
    ],
)
def test_a_fact_is_shown_on_its_board_if_it_changes_anything(event: Event, rows: tuple[Row, ...]) -> None:
    assert shown(view.entries, event, pos=7) == rows
    boards = {row.key[0] for row in rows}
    assert shown(view.positions, event, pos=7) == tuple(Put((board,), (7,)) for board in boards)
