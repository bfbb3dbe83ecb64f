"""A player attempts an event: enters it, comes further, and is done; each attempt counts on one board."""

from __future__ import annotations

from typing import Any

from services.leaderboards.entrant import admitting, joining, milestones, playing, starting
from services.leaderboards.entrant.state import Entrant, EntrantFact, entrant_of, evolve
from services.leaderboards.event.state import course_of
from shared.messages.attempt import (
    AttemptDenied,
    AttemptFinished,
    AttemptProgressed,
    AttemptRequested,
    AttemptStarted,
    FinishAttempt,
    ProgressAttempt,
    TellProgress,
)
from shared.messages.base import Event
from shared.messages.event import AdmitAttempt, StartAttempt, TellDenied
from shared.messages.lobby import JoinLobby, LobbySeatTaken
from shared.shapes import Decider, Facts, Outcome, States
from shared.streams import Stream

Starting = StartAttempt | AdmitAttempt | JoinLobby | TellDenied
Playing = ProgressAttempt | TellProgress | FinishAttempt


def streams(command: Starting | Playing) -> tuple[Stream[Any], ...]:
    own = entrant_of(command.event, command.player)
    match command:
        case StartAttempt() | AdmitAttempt() | JoinLobby():
            return (own, course_of(command.event))
        case ProgressAttempt() | FinishAttempt() | TellProgress() | TellDenied():
            return (own,)


def decide(command: Starting | Playing, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case ProgressAttempt():
            return playing.progress(command, states, facts)
        case TellProgress():
            return milestones.tell(command, facts)
        case FinishAttempt():
            return playing.finish(command, states, facts)
        case StartAttempt():
            return starting.start(command, states, facts)
        case AdmitAttempt():
            return admitting.admit(command, states, facts)
        case JoinLobby():
            return joining.join(command, states, facts)
        case TellDenied():
            return admitting.tell_denied(command, facts)


decider: Decider[Starting | Playing, Entrant, EntrantFact] = Decider(
    noun="entrant",
    initial=Entrant(),
    situations=(Entrant,),
    commands=(
        StartAttempt,
        AdmitAttempt,
        JoinLobby,
        TellDenied,
        ProgressAttempt,
        TellProgress,
        FinishAttempt,
    ),
    events=(
        AttemptRequested,
        AttemptDenied,
        AttemptStarted,
        AttemptProgressed,
        AttemptFinished,
        LobbySeatTaken,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
