"""When each event is on or was, and which boards there are."""

from __future__ import annotations

from shared.messages.attempt import AttemptStarted
from shared.messages.event import WindowClosed, WindowOpened
from shared.messages.lobby import LobbyActivated
from shared.shapes import Place, Put, View


def window(event: WindowOpened | WindowClosed, place: Place) -> tuple[Put, ...]:
    status = "open" if isinstance(event, WindowOpened) else "closed"
    values = (event.definition_version, event.starts_at, event.ends_at, status)
    return (Put((event.event, event.window_id), values),)


def board(event: AttemptStarted | LobbyActivated, place: Place) -> tuple[Put, ...]:
    """Each first start on a board says the same of it."""
    match event:
        case AttemptStarted(attempt=one, first=True):
            of = (event.mode, event.segment, event.group, event.lobby_id)
        case AttemptStarted():
            return ()
        case LobbyActivated(lobby=one):
            of = ("lobby_matched", None, None, one.lobby_id)
    return (Put((one.event, one.window_id, one.board_id), (*of, event.definition_version, one.ends_at)),)


windows = View(
    table="windows",
    mode="put",
    key={"event": "text", "window_id": "text"},
    columns={
        "definition_version": "integer",
        "starts_at": "timestamptz",
        "ends_at": "timestamptz",
        "status": "text",
    },
    events=(WindowOpened, WindowClosed),
    rows=window,
)

boards = View(
    table="boards",
    mode="put",
    key={"event": "text", "window_id": "text", "board_id": "text"},
    columns={
        "mode": "text",
        "segment": "text",
        "group_number": "integer",
        "lobby_id": "text",
        "definition_version": "integer",
        "ends_at": "timestamptz",
    },
    events=(AttemptStarted, LobbyActivated),
    rows=board,
)
