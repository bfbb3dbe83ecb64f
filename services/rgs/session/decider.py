"""A player plays in a session that an operator opened: for an hour after each use, with the last token alone."""

from __future__ import annotations

from typing import Any

from services.rgs.session.launching import admitted, launch
from services.rgs.session.state import IDLE, Place, Taken, Vacant, answer_of, evolve, sitting, touched, used
from shared.messages.base import Event
from shared.messages.session import (
    AdmitSession,
    DemoBalanceMoved,
    LaunchSession,
    RefreshSession,
    Session,
    SessionLaunched,
    SessionRefreshed,
    SessionRequested,
    SessionTouched,
    TouchSession,
)
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream

SessionCommand = LaunchSession | AdmitSession | RefreshSession | TouchSession


def refresh(command: RefreshSession, place: Place, facts: Facts) -> Outcome[Event]:
    """A token is exchanged once: who shows it again is told so, also when the session is over."""
    if isinstance(place, Taken) and _exchanged(place.session, command):
        return Refused("session_refreshed")
    found = sitting(place, command.session_id, facts.now)
    if isinstance(found, Refused):
        return found
    session = found.session.model_copy(
        update={
            "number": found.session.number + 1,
            "token_hash": command.token_hash,
            "used_at": facts.now,
            "expires_at": facts.now + IDLE,
        }
    )
    after = Taken(session, found.demo_balance)
    return Decision((SessionRefreshed(session=session),), reply=answer_of(after))


def _exchanged(session: Session, command: RefreshSession) -> bool:
    return session.session_id == command.session_id and session.number != command.number


def touch(command: TouchSession, place: Place, facts: Facts) -> Outcome[Event]:
    found = sitting(place, command.session_id, facts.now)
    if isinstance(found, Refused):
        return found
    return Decision(touched(found.session, facts.now), reply=answer_of(used(found, facts.now)))


def streams(command: SessionCommand) -> tuple[Stream[Any], ...]:
    return (command.seat.session,)


def decide(command: SessionCommand, states: States, facts: Facts) -> Outcome[Event]:
    place = states[command.seat.session]
    match command:
        case LaunchSession():
            return launch(command, place, facts)
        case AdmitSession():
            return admitted(command, place, facts)
        case RefreshSession():
            return refresh(command, place, facts)
        case TouchSession():
            return touch(command, place, facts)


decider: Decider[SessionCommand, Place, Event] = Decider(
    noun="session",
    initial=Vacant(),
    situations=(Vacant, Taken),
    commands=(LaunchSession, AdmitSession, RefreshSession, TouchSession),
    events=(SessionRequested, SessionLaunched, SessionTouched, SessionRefreshed, DemoBalanceMoved),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
