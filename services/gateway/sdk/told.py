"""What happens on boards, in the words that game clients understand: server-sent events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson

from services.gateway.channel import News, Update
from services.gateway.sdk.wire import number
from shared.ids import BoardId, PlayerId, TenantId, user_id_of
from shared.messages.attempt import AttemptProgressed
from shared.messages.board import BoardFinalized
from shared.ranks.port import Asked, Place

READY: Final = "ready"
SCORE_UPDATE: Final = "score_update"
FINALIZED: Final = "finalized"
CLOSED: Final = "closed"
HEARTBEAT: Final = b": heartbeat\n\n"


class Places(Protocol):
    """Who stands where, and who they are."""

    async def ranks(self, asked: Sequence[Asked]) -> Sequence[Mapping[str, int]]:
        """The rank of each that is on its board, from 1. Raises DatabaseError."""
        ...

    async def names(self, tenant: TenantId, players: Sequence[PlayerId]) -> Mapping[PlayerId, str | None]:
        """What players want to be called. Raises DatabaseError."""
        ...


class Words:
    """What happened on boards, as server-sent events. See Teller."""

    types = (AttemptProgressed.wire, BoardFinalized.wire)
    last = BoardFinalized.wire

    def __init__(self, places: Places) -> None:
        self._places = places

    def board_of(self, data: Mapping[str, Any]) -> BoardId:
        """See Teller."""
        board: BoardId = data["board_id"] if "board_id" in data else data["attempt"]["board_id"]
        return board

    async def frames(self, news: Sequence[News]) -> list[list[bytes]]:
        """See Teller. Places are those of now, also in what is told again."""
        asked = [_asked(one) for one in news]
        scored = [one for one in asked if one.participants]
        found = iter(await self._places.ranks(scored) if scored else ())
        ranks = [next(found) if one.participants else {} for one in asked]
        return [await self._frames_of(*one) for one in zip(news, ranks, strict=True)]

    async def _frames_of(self, news: News, ranks: Mapping[str, int]) -> list[bytes]:
        frames = []
        for update in news.updates:
            if update.type == AttemptProgressed.wire:
                frames.append(_scored(news, update, ranks))
            else:
                frames.append(await self._finalized(news.tenant, news.board, update))
        return frames

    async def _finalized(self, tenant: TenantId, board: BoardId, update: Update) -> bytes:
        final = BoardFinalized.model_validate_json(orjson.dumps(update.data))
        players = [PlayerId(entry.player) for entry in final.standings if entry.kind == "player"]
        names = await self._places.names(tenant, players) if players else {}
        standings = [
            {
                "participantId": entry.participant,
                "rank": entry.rank,
                "score": number(entry.score),
                "name": names.get(PlayerId(entry.player)) if entry.kind == "player" else entry.player,
                "kind": entry.kind,
            }
            for entry in final.standings
        ]
        told = {
            "leaderboardId": board,
            "eventId": final.event,
            "reason": "window_closed",
            "standings": standings,
            "occurredAt": _text(update.at),
        }
        place = f"{update.part}-{update.pos}"
        return event(FINALIZED, told, place) + event(CLOSED, {"leaderboardId": board, "finalized": True}, place)


def event(name: str, data: Mapping[str, Any], place: str | None = None) -> bytes:
    """One server-sent event; `place` is where a reader goes on after it."""
    mark = f"id: {place}\n" if place is not None else ""
    return f"event: {name}\n{mark}data: ".encode() + orjson.dumps(data) + b"\n\n"


def comment(text: str) -> bytes:
    """What only people read."""
    return f": {text}\n\n".encode()


def _asked(news: News) -> Asked:
    whose = {_participant(news.tenant, one) for one in news.updates if one.type == AttemptProgressed.wire}
    return Asked(Place(news.updates[0].part, news.tenant, news.board), sorted(whose))


def _participant(tenant: TenantId, update: Update) -> str:
    return user_id_of(tenant, update.data["attempt"]["player"])


def _scored(news: News, update: Update, ranks: Mapping[str, int]) -> bytes:
    participant = _participant(news.tenant, update)
    told = {
        "leaderboardId": news.board,
        "participantId": participant,
        "kind": "player",
        "score": number(update.data["best"]),
        "rank": ranks.get(participant),
        "occurredAt": _text(update.at),
    }
    return event(SCORE_UPDATE, told, f"{update.part}-{update.pos}")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
