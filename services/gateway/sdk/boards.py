"""Boards: who stands where in an event, and on the boards across events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Strict
from services.gateway.sdk.common import OK, PREFIX, READ, TAGS, BoardPath, Looks, answers
from services.gateway.sdk.wire import Id, Told, Uuid, number
from services.gateway.standings import Standing
from shared.event_ids import global_board_of, window_id_of
from shared.ids import BoardId, EventId, PlayerId, SeasonId, TenantId, user_id_of
from shared.messages.event_spec import EventSpec, GlobalBoard, Mode
from shared.messages.season import BoardSpec
from shared.ranks.port import Ranked
from shared.readmodels.boards import OwnRow
from shared.readmodels.sdk_players import Identity
from shared.seasons import SeasonPeriod, period_of, season_board_id
from shared.shapes import Definition
from shared.windows import window_at

USUAL: Final = 50
MOST: Final = 200
NAMELESS: Final = Identity(None, None)

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


class BoardQuery(Strict):
    limit: int = Field(default=USUAL, ge=1, le=MOST)
    include_self: bool | None = Field(default=None, alias="includeSelf")
    external_id: Id | None = Field(default=None, alias="externalId", description="Who `self` is.")

    def participant(self, tenant: TenantId) -> str | None:
        """Whose own place is asked for."""
        wanted = self.include_self and self.external_id is not None
        return user_id_of(tenant, PlayerId(self.external_id or "")) if wanted else None


def _instant(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("must be an instant such as 2026-11-01T00:00:00Z")
    return text


class SharedQuery(BoardQuery):
    segment: Id | None = None
    period: Annotated[str, AfterValidator(_instant)] | None = Field(
        default=None, description="Any instant of a period; the current one unless given."
    )

    def at(self, now: datetime) -> datetime:
        """Which instant's period is asked for."""
        return now if self.period is None else datetime.fromisoformat(self.period)


class PeriodsQuery(Strict):
    limit: int = Field(default=USUAL, ge=1, le=MOST)


class LeaderboardEntry(Told):
    participant_id: Uuid
    kind: Literal["player", "bot"]
    name: str | None
    avatar_url: str | None
    score: int | float
    rank: int
    is_self: bool


class Self(Told):
    rank: int
    score: int | float


class Leaderboard(Told):
    leaderboard_id: Uuid
    mode: Mode
    finalized: bool
    entries: list[LeaderboardEntry]
    self_: Self | None = Field(alias="self")


class LeaderboardResponse(Told):
    """Who stands where."""

    data: Leaderboard


class SharedLeaderboard(Told):
    key: str
    shared_leaderboard_id: Uuid
    scope: Literal["game", "studio"] = "game"
    reset_cadence: Literal["never", "weekly", "monthly"]
    score_aggregation: Literal["best", "latest", "sum"]
    segment: str | None
    period: datetime = Field(description="When it began.")
    entries: list[LeaderboardEntry]
    self_: Self | None = Field(alias="self")


class SharedLeaderboardResponse(Told):
    """Who stands where on a board across events."""

    data: SharedLeaderboard


class Period(Told):
    period_started_at: datetime
    period_ended_at: datetime | None = Field(description="None: it never begins anew.")


class Periods(Told):
    key: str
    shared_leaderboard_id: Uuid
    current_period_started_at: datetime
    periods: list[Period]


class SharedLeaderboardPeriodsResponse(Told):
    """The periods in which somebody has scored, the newest first."""

    data: Periods


BoardKey = Annotated[SeasonId, Path(alias="key", min_length=1, max_length=128)]


@router.get("/leaderboards/{leaderboardId}", response_model=LeaderboardResponse, responses=answers(OK, *READ, 404))
async def show_board(here: Looks, leaderboard_id: BoardPath, query: Annotated[BoardQuery, Query()]) -> bytes:
    """The best of a board, and on request where one player stands; a board that is final does not change any more."""
    tenant = here.caller.tenant
    participant = query.participant(tenant)

    async def render() -> bytes | None:
        standing = await here.town.standings.read(tenant, leaderboard_id, query.limit, participant)
        board = await _board(here, standing, participant) if standing else _empty(here, leaderboard_id)
        return None if board is None else LeaderboardResponse(data=board).model_dump_json().encode()

    found = await here.town.standings.answer(tenant, leaderboard_id, (query.limit, participant), render)
    if found is None:
        raise Problem("no_board")
    return found


@router.get("/shared-leaderboards/{key}", response_model=SharedLeaderboardResponse, responses=answers(OK, *READ, 404))
async def show_shared_board(
    here: Looks, key: BoardKey, query: Annotated[SharedQuery, Query()]
) -> SharedLeaderboardResponse:
    """The best of a board across events, in one period and segment of it."""
    tenant, board = here.caller.tenant, _shared(here, key)
    _check_segment(board.spec, query.segment)
    period = _period(board.spec, query.at(here.town.clock.now()))
    board_id = season_board_id(tenant, key, period.started_at, query.segment)
    participant = query.participant(tenant)
    standing = await here.town.standings.read_season(tenant, key, board_id, query.limit, participant)
    entries = await _entries(here, standing.top, participant)
    shown = SharedLeaderboard(
        key=key,
        shared_leaderboard_id=board_id,
        reset_cadence=board.spec.period,
        score_aggregation=board.spec.aggregation,
        segment=query.segment,
        period=period.started_at,
        entries=entries,
        self_=_own(standing.own),
    )
    return SharedLeaderboardResponse(data=shown)


@router.get(
    "/shared-leaderboards/{key}/periods",
    response_model=SharedLeaderboardPeriodsResponse,
    responses=answers(OK, *READ, 404),
)
async def list_periods(
    here: Looks, key: BoardKey, query: Annotated[PeriodsQuery, Query()]
) -> SharedLeaderboardPeriodsResponse:
    """Since when a board across events has counted, and what came before."""
    tenant, board = here.caller.tenant, _shared(here, key)
    current = period_of(board.spec, here.town.clock.now())
    rows = await here.town.boards.periods(tenant, key, query.limit)
    shown = Periods(
        key=key,
        shared_leaderboard_id=season_board_id(tenant, key, current.started_at, None),
        current_period_started_at=current.started_at,
        periods=[Period(period_started_at=row.started_at, period_ended_at=row.ended_at) for row in rows],
    )
    return SharedLeaderboardPeriodsResponse(data=shown)


async def _board(here: Here, standing: Standing, participant: str | None) -> Leaderboard:
    assert standing.board is not None, "of an event there is always a board"
    return Leaderboard(
        leaderboard_id=standing.board_id,
        mode=standing.board.mode,
        finalized=standing.status == "finalized",
        entries=await _entries(here, standing.top, participant),
        self_=_own(standing.own),
    )


def unbegun(here: Here, board_id: BoardId) -> EventId | None:
    """The event whose board this is: it is told with the event, before anybody has started on it."""
    tenant, now = here.caller.tenant, here.town.clock.now()
    for known in here.town.definitions.every_of(tenant, EventSpec):
        span = window_at(known.spec.windows, now)
        if span is None or not isinstance(known.spec.leaderboard, GlobalBoard):
            continue
        if board_id == global_board_of(tenant, window_id_of(tenant, EventId(known.key), span.starts_at)):
            return EventId(known.key)
    return None


def _empty(here: Here, board_id: BoardId) -> Leaderboard | None:
    if unbegun(here, board_id) is None:
        return None
    return Leaderboard(leaderboard_id=board_id, mode="global", finalized=False, entries=[], self_=None)


async def _entries(here: Here, top: Sequence[Ranked], participant: str | None) -> list[LeaderboardEntry]:
    players = [PlayerId(one.player) for one in top if one.kind == "player"]
    names = await here.town.sdk_players.identities(here.caller.tenant, players) if players else {}
    return [_entry(rank, one, names, participant) for rank, one in enumerate(top, 1)]


def _entry(rank: int, ranked: Ranked, names: dict[PlayerId, Identity], participant: str | None) -> LeaderboardEntry:
    """A player is shown by the name that their game gave them, never by the one that it knows them by."""
    is_bot = ranked.kind == "bot"
    shown = Identity(ranked.player, None) if is_bot else names.get(PlayerId(ranked.player), NAMELESS)
    return LeaderboardEntry(
        participant_id=ranked.participant,
        kind=ranked.kind,
        name=shown.name,
        avatar_url=shown.avatar,
        score=number(ranked.score),
        rank=rank,
        is_self=ranked.participant == participant,
    )


def _own(own: OwnRow | None) -> Self | None:
    return None if own is None else Self(rank=own.rank, score=number(own.entry.score))


def _shared(here: Here, key: SeasonId) -> Definition[BoardSpec]:
    found = here.town.definitions.current(here.caller.tenant, BoardSpec, key)
    if found is None:
        raise Problem("no_board")
    return found


def _check_segment(spec: BoardSpec, segment: str | None) -> None:
    if (segment is None) != (spec.segments is None) or (spec.segments and segment not in spec.segments):
        known = "has no segments" if spec.segments is None else f"has the segments {', '.join(spec.segments)}"
        raise Problem("invalid", f"segment: this board {known}", path="segment")


def _period(spec: BoardSpec, at: datetime) -> SeasonPeriod:
    try:
        return period_of(spec, at.astimezone(UTC))
    except OverflowError:
        raise Problem("invalid", "period: is beyond any calendar", path="period") from None
