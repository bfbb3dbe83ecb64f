"""What the ledger tells the engines of a player's standing, so that an engine need not ask before every play."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from shared.ids import PlayerId
from shared.messages.base import Command, Event, Reply
from shared.messages.player import Status
from shared.streams import Stream, key_of


class NoteGuest(Command, wire="guest.note"):
    """The player's status has changed; whoever wished it is told when the engines know. It is never refused."""

    player: PlayerId
    status: Status
    changes: int = Field(ge=0)
    """How often the status has changed; an older note never wins over a newer one."""


class GuestNoted(Event, wire="guest.noted"):
    """The engines know this much of the player's standing."""

    player: PlayerId
    status: Status
    changes: int

    @property
    def stream(self) -> Stream[Any]:
        return Stream("guest", key_of(self.player))


class GuestAnswer(Reply):
    """What the engines know now, which may be newer than what they were told."""

    status: Status
    changes: int


_rocket: dict[str, Any] = {"player": "rocket", "status": "self_excluded", "changes": 1}

SAMPLES = (
    NoteGuest(**_rocket),
    GuestNoted(**_rocket),
    GuestAnswer(status="self_excluded", changes=1),
)
