"""A board as it changes, told to a game's client for as long as it listens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Header, Response
from pydantic import Field, create_model

from services.gateway.channel import Channel, News, Update, Watcher
from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.sdk.boards import unbegun
from services.gateway.sdk.common import FIGURES, OK, PREFIX, READ, TAGS, BoardPath, Looks, answers
from services.gateway.sdk.told import CLOSED, HEARTBEAT, READY, comment, event
from services.gateway.sdk.wire import Told, Uuid
from services.gateway.stream import Hub
from services.gateway.streamed import EVENT_STREAM, Streamed
from shared.bus.partition import partition_of
from shared.ids import BoardId

LONGEST_PLACE: Final = 40
"""Characters of an event's id."""

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


class ScoreUpdate(Told):
    """The data of every `score_update`, as one line of JSON."""

    leaderboard_id: Uuid
    participant_id: Uuid
    kind: Literal["player"]
    score: int | float = Field(description="What counts on the board.")
    rank: int | None = Field(description="As it is when this is told.")
    occurred_at: datetime


DOCUMENTED: Final = create_model("LeaderboardStreamEvent", __base__=ScoreUpdate, __doc__=ScoreUpdate.__doc__)
"""The same under the name that the published document has for it."""

_TOLD: Final[dict[int | str, dict[str, Any]]] = {
    OK: {
        "model": DOCUMENTED,
        "description": "Server-sent events: `ready`, `score_update`, `finalized` and `closed`; a comment now and then.",
        "headers": FIGURES,
        "content": {EVENT_STREAM.decode(): {}},
    }
}
_PLACE: Final = re.compile(rb"(\d{1,5})-(\d{1,18})")


class Watched(NamedTuple):
    """A board that somebody wants to watch."""

    board: BoardId
    part: int
    """Of the log that it is in."""
    finalized: bool


class Place(NamedTuple):
    """A place in the log, which is what an event's id tells."""

    part: int
    pos: int


def last_heard(sent: bytes | None) -> Place | None:
    """The place that a reader comes back from, by its `Last-Event-ID`; what is none of ours is nobody's."""
    found = _PLACE.fullmatch(sent) if sent is not None and len(sent) <= LONGEST_PLACE else None
    return Place(int(found[1]), int(found[2])) if found else None


def last_event_id(
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", description="The id of the last event that was heard: go on after it."),
    ] = None,
) -> None:
    """For the document alone: the stream reads this header."""


class BoardStream:
    """What one reader is told of one board: first what was missed, then what happens."""

    __slots__ = ("_hub", "_told", "_watched", "_watcher")

    def __init__(self, hub: Hub, watcher: Watcher, watched: Watched) -> None:
        self._hub, self._watcher, self._watched = hub, watcher, watched
        self._told = 0
        """The position of the last event."""

    def end(self) -> None:
        """The reader has gone."""
        self._hub.leave(self._watcher)

    async def parts(self, here: int, heard: Place | None) -> AsyncIterator[bytes]:
        """All of it.

        Args:
            here: up to where the log had been heard when the watcher joined.
            heard: the place of the last event that the reader has, if it comes back.
        """
        board, final = self._watched.board, self._watched.finalized
        self._told = await self._begin(here, heard)
        yield event(READY, {"leaderboardId": board, "finalized": final}, self._id)
        over = False
        async for page, closes in self._missed(here):
            over = over or closes
            yield page
        if final and not over:
            yield event(CLOSED, {"leaderboardId": board, "finalized": True})
        if final or over:
            return
        async for part in self._happening():
            yield part

    @property
    def _id(self) -> str:
        return f"{self._watched.part}-{self._told}"

    async def _begin(self, here: int, heard: Place | None) -> int:
        """The position that the reader has heard everything up to; another gateway may have heard more than this."""
        if heard is None or heard.part != self._watched.part:
            return here
        if heard.pos <= here:
            return heard.pos
        return heard.pos if heard.pos <= (await self._hub.log.positions()).get(heard.part, 0) else here

    async def _missed(self, here: int) -> AsyncIterator[tuple[bytes, bool]]:
        """What the log has since the reader went, and whether the board was closed with it."""
        part, board, tenant = self._watched.part, self._watched.board, self._watcher.channel.tenant
        teller = self._hub.teller
        async for page in self._hub.log.between(part, self._told, here, teller.types, board):
            rows = [row for row in page if row.tenant == tenant and teller.board_of(row.data) == board]
            updates = [Update(part, row.pos, row.type, row.data, row.at) for row in rows]
            if updates:
                (frames,) = await teller.frames([News(tenant, board, updates)])
                self._told = updates[-1].pos
                yield b"".join(frames), updates[-1].type == teller.last

    async def _happening(self) -> AsyncIterator[bytes]:
        watcher, channel = self._watcher, self._watcher.channel
        while not watcher.ended:
            if channel.lost(watcher.number):
                self.end()
                yield comment(f"too slow; the last id is {self._id}")
            elif text := self._next(watcher, channel):
                yield text
                if channel.over:
                    return
            elif watcher.beats:
                watcher.beats = False
                yield HEARTBEAT
            else:
                await watcher.news()

    def _next(self, watcher: Watcher, channel: Channel) -> bytes:
        """Every frame that the reader has not had; nothing if there is none."""
        while watcher.number < channel.end and channel.position(watcher.number) <= self._told:
            watcher.number += 1
        if watcher.number >= channel.end:
            return b""
        text = channel.since(watcher.number)
        watcher.number, self._told = channel.end, channel.position(channel.end - 1)
        return text


@router.get(
    "/leaderboards/{leaderboardId}/stream",
    response_class=Response,
    response_model=None,
    responses=answers(OK, *READ, 404) | _TOLD,
    dependencies=[Depends(last_event_id)],
)
async def watch_board(here: Looks, leaderboard_id: BoardPath) -> Streamed:
    """Be told of every progress on a board from now on, or since the event that was heard last."""
    hub = here.town.hub
    opened = await hub.watch(here.caller, leaderboard_id)
    try:
        watched = await _find(here, leaderboard_id)
    except BaseException:
        hub.leave(opened.watcher)
        raise
    stream = BoardStream(hub, opened.watcher, watched)
    heard = last_heard(here.knock.sent.get(b"last-event-id"))
    return Streamed(stream.parts(opened.places.get(watched.part, 0), heard), stream.end)


async def _find(here: Here, board_id: BoardId) -> Watched:
    """Looked up once nothing is missed any more, so that a board cannot close unheard. Raises Problem."""
    row = await here.town.boards.board(here.caller.tenant, board_id)
    if row is not None:
        return Watched(board_id, row.part, row.status == "finalized")
    event = unbegun(here, board_id)
    if event is None:
        raise Problem("no_board")
    return Watched(board_id, partition_of(here.caller.tenant, event, here.town.parts.partitions), finalized=False)
