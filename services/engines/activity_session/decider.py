"""A session belongs to one participant of one engagement for ever, and never ends sooner than was once said.

So whoever has seen it open may go by that until then, and nobody else's id can be taken over, not even an old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.messages.activity_session import OpenSession, Session, SessionAnswer, SessionHash, SessionOpened
from shared.messages.engagement import EngagementSpec
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unopened:
    """Nobody has come by this id."""


@dataclass(frozen=True, slots=True)
class Opened:
    """It is somebody's, whether it has expired or not."""

    session: Session


Standing = Unopened | Opened


def session_of(session_hash: SessionHash) -> Stream[Standing]:
    """The history of one session."""
    return Stream("activity_session", key_of(session_hash))


def open_(command: OpenSession, standing: Standing, facts: Facts) -> Outcome[SessionOpened]:
    engagement = facts.definitions.current(EngagementSpec, command.engagement)
    if engagement is None:
        return Refused("no_engagement")
    if engagement.spec.published.get(command.session_hash, command.participant) != command.participant:
        return Refused("session_taken")
    wished = Session(
        session_hash=command.session_hash,
        engagement=command.engagement,
        participant=command.participant,
        opened_at=facts.now,
        expires_at=facts.now + timedelta(seconds=command.ttl_seconds),
    )
    if isinstance(standing, Unopened):
        return Decision((SessionOpened(session=wished),), reply=SessionAnswer(session=wished))
    session = standing.session
    if (session.engagement, session.participant) != (wished.engagement, wished.participant):
        return Refused("session_taken")
    if wished.expires_at <= session.expires_at:
        return Decision((), reply=SessionAnswer(session=session))
    longer = session.model_copy(update={"expires_at": wished.expires_at})
    return Decision((SessionOpened(session=longer),), reply=SessionAnswer(session=longer))


def streams(command: OpenSession) -> tuple[Stream[Standing], ...]:
    return (session_of(command.session_hash),)


def decide(command: OpenSession, states: States, facts: Facts) -> Outcome[SessionOpened]:
    return open_(command, states[session_of(command.session_hash)], facts)


def evolve(standing: Standing, event: SessionOpened) -> Standing:
    return Opened(event.session)


decider: Decider[OpenSession, Standing, SessionOpened] = Decider(
    noun="activity_session",
    initial=Unopened(),
    situations=(Unopened, Opened),
    commands=(OpenSession,),
    events=(SessionOpened,),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
