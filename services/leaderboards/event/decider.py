"""An event is on by its windows: each is closed when its time is over, and a lobby that waits too long begins."""

from __future__ import annotations

from typing import Any

from services.leaderboards.event import closing
from services.leaderboards.event.state import Course, CourseFact, Open, Shut, course_of, evolve
from services.leaderboards.lobby import filling
from shared.messages.base import Event
from shared.messages.event import CloseWindow, GroupJoined, WindowClosed, WindowOpened
from shared.messages.lobby import LobbyActivated, LobbyJoined, TimeOutLobby
from shared.shapes import Decider, Facts, Outcome, States
from shared.streams import Stream


def streams(command: CloseWindow | TimeOutLobby) -> tuple[Stream[Any], ...]:
    return (course_of(command.event),)


def decide(command: CloseWindow | TimeOutLobby, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case CloseWindow():
            return closing.close(command, facts)
        case TimeOutLobby():
            return filling.time_out(command, states[course_of(command.event)], facts)


def needs(command: CloseWindow | TimeOutLobby, states: States, facts: Facts) -> Any:
    assert isinstance(command, CloseWindow), "nothing else asks"
    return closing.needs(command, states, facts)


decider: Decider[CloseWindow | TimeOutLobby, Course, CourseFact] = Decider(
    noun="event",
    initial=Shut(),
    situations=(Shut, Open),
    commands=(CloseWindow, TimeOutLobby),
    events=(WindowOpened, WindowClosed, GroupJoined, LobbyJoined, LobbyActivated),
    streams=streams,
    decide=decide,
    evolve=evolve,
    asking=(CloseWindow,),
    needs=needs,
)
