"""A window that is over is closed, and each of its boards is told to close, a page of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from shared.ids import BoardId, TenantId
from shared.messages.base import Event
from shared.messages.board import CloseBoard
from shared.messages.event import CloseWindow, WindowClosed
from shared.shapes import MOST_ROWS, Decision, Facts, Lookup, Need, Outcome, States, Tables, Timer, Values


def needs(command: CloseWindow, states: States, facts: Facts) -> Need | None:
    return Need("event_boards", (command.event, command.window_id, command.after or "", MOST_ROWS))


def close(command: CloseWindow, facts: Facts) -> Outcome[Event]:
    """The first page says that the window is closed; whatever window is open by now is another one."""
    begun = command.after is None
    fields = {name: getattr(command, name) for name in WindowClosed.model_fields}
    closed = (WindowClosed(**fields),) if begun else ()
    boards = [(BoardId(str(board_id)), _number(version)) for board_id, version in facts.rows]
    timers = [_closing(command, board_id, version, facts) for board_id, version in boards]
    if len(boards) == MOST_ROWS:
        page = command.model_copy(update={"after": boards[-1][0]})
        name = f"event/{facts.tenant}/{command.event}/close/{command.window_id}/{page.after}"
        timers.append(Timer(name, facts.now, command.event, page))
    return Decision(closed, reply=None, timers=tuple(timers))


def _closing(command: CloseWindow, board_id: BoardId, version: int, facts: Facts) -> Timer:
    close_ = CloseBoard(event=command.event, board_id=board_id, definition_version=version, window_id=command.window_id)
    return Timer(f"board/{facts.tenant}/{command.event}/{board_id}/close", facts.now, command.event, close_)


def _number(value: Any) -> int:
    assert isinstance(value, int)
    return value


def _boards(tables: Tables, part: int, tenant: TenantId, args: Values) -> Sequence[Values]:
    """The twin of `event_boards`: so many boards of a window after one of them, each with its definition version."""
    event, window_id, after, most = args
    assert isinstance(after, str)
    assert isinstance(most, int)
    found = sorted(
        (str(key[4]), values[-2])
        for key, values in tables["boards"].items()
        if key[:4] == (part, tenant, event, window_id) and str(key[4]) > after
    )
    return list(islice(found, most))


boards = Lookup("event_boards", _boards)
