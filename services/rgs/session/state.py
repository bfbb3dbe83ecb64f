"""What is remembered of a seat: nobody has ever sat there, or the last session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from shared.ids import MessageId
from shared.messages.base import Event
from shared.messages.session import (
    IDLE_S,
    TOUCH_S,
    DemoBalanceMoved,
    SeatAnswer,
    Session,
    SessionFact,
    SessionLaunched,
    SessionTouched,
)
from shared.shapes import Refused

IDLE: Final = timedelta(seconds=IDLE_S)
_WORTH_A_FACT: Final = timedelta(seconds=TOUCH_S)


@dataclass(frozen=True, slots=True)
class Vacant:
    """Nobody has ever sat here."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The last session, whether or not it has been left alone for too long."""

    session: Session
    demo_balance: int = 0
    """What is no money, in the smallest unit."""


Place = Vacant | Taken


def sitting(place: Place, session_id: MessageId, now: datetime) -> Taken | Refused:
    """The session of this id, if it is the one that is open."""
    if isinstance(place, Vacant):
        return Refused("no_session")
    gone = place.session.session_id != session_id or now >= place.session.expires_at
    return Refused("session_expired") if gone else place


def playing(place: Place, session_id: MessageId, number: int, now: datetime) -> Taken | Refused:
    """The same, of whoever bears the token of this number."""
    found = sitting(place, session_id, now)
    if isinstance(found, Taken) and found.session.number != number:
        return Refused("session_expired")
    return found


def used(taken: Taken, now: datetime) -> Taken:
    """The session after it was used; a use that comes soon after another is not worth a fact."""
    session = taken.session
    if now - session.used_at < _WORTH_A_FACT:
        return taken
    return replace(taken, session=session.model_copy(update={"used_at": now, "expires_at": now + IDLE}))


def touched(session: Session, now: datetime) -> tuple[SessionTouched, ...]:
    """The fact of a use, if it is worth one."""
    after = used(Taken(session), now).session
    return () if after is session else (SessionTouched(session=after),)


def answer_of(taken: Taken) -> SeatAnswer:
    """What is told of a session."""
    demo_balance = taken.demo_balance if taken.session.wallet == "demo" else None
    return SeatAnswer(session=taken.session, demo_balance=demo_balance)


def evolve(place: Place, event: Event) -> Place:
    match event:
        case SessionLaunched():
            return Taken(event.session, event.demo_balance or 0)
        case SessionFact():
            return Taken(event.session, place.demo_balance if isinstance(place, Taken) else 0)
        case DemoBalanceMoved() if isinstance(place, Taken):
            return replace(place, demo_balance=event.balance)
        case _:
            return place
