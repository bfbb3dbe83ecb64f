"""What the windows, boards, lobbies and attempts of events are called: every name follows from what it stands for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from shared.ids import AttemptId, BoardId, EventId, LobbyId, PlayerId, TenantId, uuid_of

_ATTEMPT: Final = re.compile(r"((?:[0-9a-f]+-){4})([0-9a-f]{12})")
_LAST_DIGITS: Final = 12
MOST_KEPT: Final = 65_536
"""Players of events whose part of an attempt's id is remembered."""


def window_id_of(tenant: TenantId, event: EventId, starts_at: datetime) -> str:
    """The uuid of the window of an event that begins at this instant."""
    return uuid_of(tenant, "window", event, starts_at.astimezone(UTC).isoformat())


def global_board_of(tenant: TenantId, window_id: str) -> BoardId:
    """The one board of a window that has no others."""
    return BoardId(uuid_of(tenant, "board", window_id))


def segment_board_of(tenant: TenantId, window_id: str, segment: str) -> BoardId:
    """The board of one segment of a window, such as a league."""
    return BoardId(uuid_of(tenant, "board", window_id, "segment", segment))


def group_board_of(tenant: TenantId, window_id: str, group: int) -> BoardId:
    """The board of one group of a window; groups count from 1."""
    return BoardId(uuid_of(tenant, "board", window_id, "group", str(group)))


def lobby_id_of(tenant: TenantId, window_id: str, number: int) -> LobbyId:
    """The lobby of a window that was the n-th to form; they count from 1."""
    return LobbyId(uuid_of(tenant, "lobby", window_id, str(number)))


def pushed_lobby_id_of(tenant: TenantId, window_id: str, key: str) -> LobbyId:
    """The lobby of a window that a game's own server has named."""
    return LobbyId(uuid_of(tenant, "lobby", window_id, "external", key))


def lobby_board_of(tenant: TenantId, window_id: str, lobby_id: LobbyId) -> BoardId:
    """The board of those who are in one lobby."""
    return BoardId(uuid_of(tenant, "board", window_id, "lobby", lobby_id))


def bot_id_of(board_id: BoardId, number: int) -> str:
    """The participant that the n-th bot of a board is; they count from 1."""
    return uuid_of(board_id, "bot", str(number))


def attempt_id_of(tenant: TenantId, event: EventId, player: PlayerId, number: int) -> AttemptId:
    """The player's n-th attempt of an event, counted from 1 over all its windows.

    The first four groups say whose it is, the last is the number, so that an attempt that is over can be told from
    somebody else's without being remembered.
    """
    return AttemptId(f"{_whose(tenant, event, player)}{number:0{_LAST_DIGITS}x}")


def attempt_number_of(tenant: TenantId, event: EventId, player: PlayerId, attempt_id: str) -> int | None:
    """Which of this player's attempts of this event it would be; None if it is somebody else's, or no attempt's id."""
    found = _ATTEMPT.fullmatch(attempt_id)
    if found is None or found[1] != _whose(tenant, event, player):
        return None
    return int(found[2], 16)


@lru_cache(maxsize=MOST_KEPT)
def _whose(tenant: TenantId, event: EventId, player: PlayerId) -> str:
    return uuid_of(tenant, "attempt", event, player)[:-_LAST_DIGITS]
