"""What the ledger tells the engines of a player: their standing, so that no play need ask for it, and their erasure."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from shared.ids import PlayerId
from shared.messages.base import Command, Event, Reply
from shared.messages.player import Standing
from shared.streams import Stream, key_of


class NoteGuest(Command, wire="guest.note"):
    """The player's status has changed; whoever wished it is told when the engines know. It is never refused."""

    player: PlayerId
    status: Standing
    changes: int = Field(ge=0)
    """How often the status has changed; an older note never wins over a newer one."""


class ForgetGuest(NoteGuest, wire="guest.forget"):
    """The player was erased: noted like any other standing, and all that they wrote is erased too before the answer."""


class ForgetMore(Command, wire="guest.forget_more"):
    """There was more than one page of what an erased player wrote: the next goes, too."""

    player: PlayerId
    page: int = Field(ge=2)


class GuestNoted(Event, wire="guest.noted"):
    """The engines know this much of the player's standing."""

    player: PlayerId
    status: Standing
    changes: int

    @property
    def stream(self) -> Stream[Any]:
        return Stream("guest", key_of(self.player))


class GuestAnswer(Reply):
    """What the engines know now, which may be newer than what they were told."""

    status: Standing
    changes: int


GuestCommand = NoteGuest | ForgetMore

_rocket: dict[str, Any] = {"player": "rocket", "status": "self_excluded", "changes": 1}

SAMPLES = (
    NoteGuest(**_rocket),
    ForgetGuest(player=PlayerId("rocket"), status="banned", changes=2),
    ForgetMore(player=PlayerId("rocket"), page=2),
    GuestNoted(**_rocket),
    GuestAnswer(status="self_excluded", changes=1),
)
