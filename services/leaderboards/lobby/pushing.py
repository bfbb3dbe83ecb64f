"""A game's own server puts players together: they are in a lobby of their own, which begins at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.leaderboards.entrant.state import entrant_of
from services.leaderboards.event.opening import Terms, terms_of
from services.leaderboards.event.state import course_of
from services.leaderboards.lobby.filling import begun
from shared.event_ids import lobby_board_of, pushed_lobby_id_of
from shared.ids import EventId, PlayerId
from shared.messages.base import Event
from shared.messages.event_spec import LobbyBoard
from shared.messages.lobby import Lobby, LobbyAnswer, LobbyPushed, LobbySeatTaken, PushLobby
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unpushed:
    """There has been no lobby by this key."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """There is one, of this window."""

    fingerprint: str
    lobby: Lobby


def pushed_of(event: EventId, key: str) -> Stream[Unpushed | Pushed]:
    """The history of what a game's own server calls by this key."""
    return Stream("pushed_lobby", key_of(event, key))


def push(command: PushLobby, states: States, facts: Facts) -> Outcome[Event]:
    terms = terms_of(command.event, states[course_of(command.event)], facts)
    if isinstance(terms, Refused):
        return terms
    board = terms.definition.spec.leaderboard
    if not isinstance(board, LobbyBoard):
        return Refused("not_lobby_matched")
    known, fingerprint = states[pushed_of(command.event, command.key)], fingerprint_of(command)
    if isinstance(known, Pushed) and known.lobby.window_id == terms.window.window_id:
        same = known.fingerprint == fingerprint
        return Decision((), LobbyAnswer(lobby=known.lobby, created=False)) if same else Refused("idempotency_conflict")
    players = tuple(dict.fromkeys(command.players))
    capacity = command.capacity or max(board.capacity, len(players))
    if len(players) > capacity:
        return Refused("too_many_players", {"capacity": capacity})
    lobby = _lobby(command, terms, capacity, len(players), facts)
    bots = capacity - len(players) if command.fill_bots else 0
    activated, timers = begun(lobby, terms.definition.version, facts, bots=bots)
    pushed = LobbyPushed(lobby=activated.lobby, key=command.key, fingerprint=fingerprint)
    events = (*terms.opened, pushed, activated, *_seats(lobby, players))
    answer = LobbyAnswer(lobby=activated.lobby, created=True)
    return Decision(events, reply=answer, timers=(*terms.timers, *timers))


def fingerprint_of(command: PushLobby) -> str:
    """What tells one body from another under the same key."""
    return hashlib.sha256(command.model_dump_json().encode()).hexdigest()


def _lobby(command: PushLobby, terms: Terms, capacity: int, joined: int, facts: Facts) -> Lobby:
    window_id = terms.window.window_id
    lobby_id = pushed_lobby_id_of(facts.tenant, window_id, command.key)
    return Lobby(
        lobby_id=lobby_id,
        event=command.event,
        window_id=window_id,
        board_id=lobby_board_of(facts.tenant, window_id, lobby_id),
        key=command.key,
        status="forming",
        capacity=capacity,
        joined=joined,
        ends_at=terms.window.ends_at,
        metadata=command.metadata,
    )


def _seats(lobby: Lobby, players: Sequence[PlayerId]) -> list[LobbySeatTaken]:
    return [
        LobbySeatTaken(
            event=lobby.event,
            player=player,
            window_id=lobby.window_id,
            lobby_id=lobby.lobby_id,
            board_id=lobby.board_id,
        )
        for player in players
    ]


def streams(command: PushLobby) -> tuple[Stream[Any], ...]:
    players = dict.fromkeys(command.players)
    own = (pushed_of(command.event, command.key), course_of(command.event))
    return (*own, *(entrant_of(command.event, player) for player in players))


def evolve(before: Unpushed | Pushed, event: LobbyPushed) -> Unpushed | Pushed:
    return Pushed(event.fingerprint, event.lobby)


decider: Decider[PushLobby, Unpushed | Pushed, LobbyPushed] = Decider(
    noun="pushed_lobby",
    initial=Unpushed(),
    situations=(Unpushed, Pushed),
    commands=(PushLobby,),
    events=(LobbyPushed,),
    streams=streams,
    decide=push,
    evolve=evolve,
)
