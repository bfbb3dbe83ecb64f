"""Everything that can be said about lobbies: who waits for whom, when they begin, and the bots that take seats."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from shared.ids import BoardId, EventId, LobbyId, MessageId, PlayerId
from shared.messages.base import Command, Event, FollowUp, Message, Reply
from shared.messages.event_spec import MOST_SEATS
from shared.streams import Stream, key_of

LobbyStatus = Literal["forming", "active", "closed"]
"""In the log a lobby stays `active` when its window ends; readers call it `closed` from then on."""
Scalar = bool | int | str
"""What a player's context or a lobby's metadata may hold."""
Text = Annotated[str, Field(max_length=256)]
Context = Annotated[dict[str, bool | int | Text], Field(max_length=50)]


class Lobby(Message):
    """One lobby, as it stands."""

    lobby_id: LobbyId
    event: EventId
    window_id: str
    board_id: BoardId
    number: int | None = None
    """Which one of its window it is, from 1; None if a game's own server made it."""
    key: str | None = None
    """What the game's own server calls it."""
    status: LobbyStatus
    capacity: int
    joined: int
    """Players in it."""
    bots: int = 0
    """That have the other seats."""
    fill_by: AwareDatetime | None = None
    """When something is done about the seats that are free; None: never."""
    started_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    """When its window ends."""
    metadata: Context = Field(default_factory=dict)


class LobbyForming(Message):
    """A lobby that the player waits in."""

    lobby_id: LobbyId
    joined: int
    capacity: int


class LobbyCommand(Command):
    """A wish about one event's lobbies."""

    event: EventId


class PushLobby(LobbyCommand, wire="lobby.push"):
    """A game's own server puts these players together; whoever starts from now on plays there.

    The same key makes one lobby a window; with another body it is refused. Refused, too, if the event has no lobbies
    or is not on, or if there are more players than seats.
    """

    key: str = Field(min_length=1, max_length=128)
    players: tuple[PlayerId, ...] = Field(min_length=1, max_length=MOST_SEATS)
    capacity: int | None = Field(default=None, ge=1, le=MOST_SEATS)
    """None: as many as the event's lobbies have, or as there are players."""
    fill_bots: bool = False
    """Whether bots take the seats that are left."""
    metadata: Context = Field(default_factory=dict)


class TimeOutLobby(LobbyCommand, wire="lobby.time_out"):
    """A lobby has waited long enough."""

    window_id: str
    lobby_id: LobbyId
    number: int


class JoinLobby(FollowUp, wire="lobby.join"):
    """The ledger has said whether a player may enter; if so, they wait with others, or play if they are the last."""

    player: PlayerId
    event: EventId
    start_id: MessageId
    window_id: str
    day: str


class LobbyAnswer(Reply):
    """The lobby, as it stands."""

    lobby: Lobby
    created: bool
    """False if there was one by this key."""


class LobbyFact(Event):
    """A fact about one lobby, which it tells whole."""

    lobby: Lobby

    @property
    def stream(self) -> Stream[Any]:
        return Stream("event", key_of(self.lobby.event))


class LobbyJoined(LobbyFact, wire="lobby.joined"):
    """A player waits in it."""

    player: PlayerId


class LobbyActivated(LobbyFact, wire="lobby.activated"):
    """Those who are in it play against each other from now on; nobody else comes in."""

    definition_version: int


class LobbyPushed(Event, wire="lobby.pushed"):
    """A game's own server has made a lobby by this key."""

    lobby: Lobby
    key: str
    fingerprint: str
    """SHA-256 of what it asked for."""

    @property
    def stream(self) -> Stream[Any]:
        return Stream("pushed_lobby", key_of(self.lobby.event, self.key))


class LobbySeatTaken(Event, wire="lobby.seat_taken"):
    """This player's seat is there; a start that waited for it has its answer."""

    event: EventId
    player: PlayerId
    window_id: str
    lobby_id: LobbyId
    board_id: BoardId
    number: int | None = None
    """Of the lobby, in its window; None if a game's own server made it."""
    start_id: MessageId | None = None

    @property
    def stream(self) -> Stream[Any]:
        return Stream("entrant", key_of(self.event, self.player))


class SeatBots(Command, wire="bots.seat"):
    """A lobby begins with seats left, and bots are to take them."""

    event: EventId
    lobby_id: LobbyId
    board_id: BoardId
    definition_version: int
    count: int = Field(ge=1, le=MOST_SEATS)
    ends_at: AwareDatetime
    """When the window ends."""


class MoveBots(Command, wire="bots.move"):
    """The bots of a lobby are to play on, or to leave when the window is over."""

    event: EventId
    lobby_id: LobbyId
    tick: int
    """From 1."""


class BotScore(Message):
    """Where one bot stands."""

    bot: str
    """The participant: a uuid."""
    number: int
    called: str
    score: int
    """In millionths."""


class BotsEvent(Event):
    """A fact about the bots of one lobby."""

    event: EventId
    lobby_id: LobbyId
    board_id: BoardId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("bots", key_of(self.event, self.lobby_id))


class BotsSeated(BotsEvent, wire="bots.seated"):
    """Bots have taken the seats that were left, and are bound to a seed that is revealed when the window is over."""

    definition_version: int
    count: int
    started_at: AwareDatetime
    ends_at: AwareDatetime
    server_seed_hash: str
    seed_number: int
    seed_key_id: str


class BotsProgressed(BotsEvent, wire="bots.progressed"):
    """These bots have this score now; those that have not moved are not named."""

    tick: int
    entries: tuple[BotScore, ...]


class BotsRetired(BotsEvent, wire="bots.retired"):
    """The window is over, and so is the bots' game; what their paces were drawn from is revealed."""

    server_seed: str
    server_seed_hash: str


_at = datetime.fromisoformat("2026-11-21T12:00:00Z")
_lobby = Lobby(
    lobby_id=LobbyId("5d0e5f2a-27c9-5a3b-8a0e-6f1c2d3e4f50"),
    event=EventId("squad-cup"),
    window_id="a50c0f4b-3a75-5d6e-8f4f-3f5c0e8b1d01",
    board_id=BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"),
    number=1,
    status="forming",
    capacity=3,
    joined=1,
    fill_by=datetime.fromisoformat("2026-11-21T12:00:05Z"),
    ends_at=datetime.fromisoformat("2026-11-22T00:00:00Z"),
)
_active = _lobby.model_copy(update={"status": "active", "bots": 2, "started_at": _at})
_cup: dict[str, Any] = {"event": "squad-cup"}
_start: dict[str, Any] = {"start_id": "0192f0c1-0000-7000-8000-000000000007"}
_bots: dict[str, Any] = {**_cup, "lobby_id": _lobby.lobby_id, "board_id": _lobby.board_id}
_seed = "3b" * 32
_hash = "9f" * 32

SAMPLES = (
    PushLobby(**_cup, key="match-1", players=(PlayerId("rocket"), PlayerId("groot"))),
    TimeOutLobby(**_cup, window_id=_lobby.window_id, lobby_id=_lobby.lobby_id, number=1),
    JoinLobby(**_cup, **_start, player=PlayerId("rocket"), window_id=_lobby.window_id, day="2026-11-21"),
    LobbyAnswer(lobby=_active, created=True),
    LobbyJoined(lobby=_lobby, player=PlayerId("rocket")),
    LobbyActivated(lobby=_active, definition_version=1),
    LobbyPushed(lobby=_active.model_copy(update={"number": None, "key": "match-1"}), key="match-1", fingerprint=_hash),
    LobbySeatTaken(
        **_cup,
        **_start,
        player=PlayerId("rocket"),
        window_id=_lobby.window_id,
        lobby_id=_lobby.lobby_id,
        board_id=_lobby.board_id,
        number=1,
    ),
    SeatBots(**_bots, definition_version=1, count=2, ends_at=_lobby.ends_at),
    MoveBots(**_cup, lobby_id=_lobby.lobby_id, tick=1),
    BotsSeated(
        **_bots,
        definition_version=1,
        count=2,
        started_at=_at,
        ends_at=_lobby.ends_at,
        server_seed_hash=_hash,
        seed_number=1,
        seed_key_id="k1",
    ),
    BotsProgressed(
        **_bots,
        tick=1,
        entries=(BotScore(bot="c3a1f7f2-8a51-5c0f-9c6a-2f9d9a7d1b42", number=1, called="Bot 1", score=1_000_000),),
    ),
    BotsRetired(**_bots, server_seed=_seed, server_seed_hash=_hash),
)
