"""Who stands where right now: from the ranks where they are known to be right, else from the tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, NamedTuple, TypeVar

import structlog

from services.gateway.rank_filler import RankFiller
from services.gateway.view_cache import ViewCache
from shared.clock import Clock
from shared.ids import BoardId, SeasonId, TenantId
from shared.ranks.port import Asked, Kept, KeptRanks, Place, Ranked, Ranks, RanksAway
from shared.readmodels.boards import BoardRow, BoardStatus, BoardViews, OwnRow
from shared.telemetry import Metrics

READ_TTL_S: Final = 0.1
ANSWER_TTL_S: Final = 0.15
"""An answer is made of a reading, so nobody is told what is older than both together."""
PAUSE_S: Final = 1.0
"""How long the ranks are left alone after they were away, so that not every reader waits for them."""

log = structlog.get_logger(__name__)
T = TypeVar("T")


class Standing(NamedTuple):
    """A board as it stands, and where one participant is on it."""

    board_id: BoardId
    status: BoardStatus
    top: list[Ranked]
    """The best first, so that their ranks count from 1."""
    own: OwnRow | None
    """None if nobody was asked for, or stands nowhere."""
    board: BoardRow | None
    """What is known of the board of an event; None of a board across events."""


class Standings:
    """Reads boards for the doors. Every reading raises DatabaseError if PostgreSQL does not answer.

    What was read is kept for a quarter of a second. A door that tells somebody of their progress calls `forget` first,
    so that they find it on the board.
    """

    def __init__(self, views: BoardViews, ranks: Ranks, clock: Clock, metrics: Metrics) -> None:
        self._views, self._ranks, self._clock = views, ranks, clock
        self._sources = metrics.board_reads
        self.filler = RankFiller(views, ranks, clock)
        self._standings: ViewCache[Standing | None] = ViewCache(clock, READ_TTL_S)
        self._answers: ViewCache[bytes | None] = ViewCache(clock, ANSWER_TTL_S)
        self._again_at = clock.monotonic()

    async def read(self, tenant: TenantId, board_id: str, most: int, participant: str | None = None) -> Standing | None:
        """The board of an event; None if the tenant has none by this id."""

        async def fresh() -> Standing | None:
            row = await self._views.board(tenant, board_id)
            return None if row is None else await self._event_board(row, tenant, most, participant)

        return await self._standings.get((tenant, board_id), (most, participant), fresh)

    async def read_season(
        self, tenant: TenantId, board: SeasonId, board_id: BoardId, most: int, participant: str | None = None
    ) -> Standing:
        """One period of a board across events; nobody stands on it if nobody has scored."""

        async def fresh() -> Standing | None:
            place = self._views.season_place(tenant, board, board_id)
            top, own = await self._running(place, await self._views.position(place), most, participant)
            return Standing(board_id, "open", top, own, None)

        found = await self._standings.get((tenant, board_id), (most, participant), fresh)
        assert found is not None, "a board across events is there as soon as it is defined"
        return found

    async def ranks(self, asked: Sequence[Asked]) -> list[dict[str, int] | None]:
        """Where these stand now on boards that run, in one reading; None of a board for which the tables must be read.

        The ranks are from 1, and who is not on the board is left out.
        """
        positions = await self._views.positions([one.place for one in asked])
        try:
            kept = await self._unless_away(lambda: self._ranks.ranks(asked))
        except RanksAway:
            found: list[KeptRanks | None] = [None] * len(asked)
        else:
            each = zip(asked, kept, positions, strict=True)
            found = [one if self._is_right(place, one, pos) else None for (place, _), one, pos in each]
        for one in found:
            self._sources.of("tables" if one is None else "ranks").inc()
        return [None if one is None else one.ranks for one in found]

    async def answer(
        self, tenant: TenantId, board_id: str, key: Hashable, render: Callable[[], Awaitable[bytes | None]]
    ) -> bytes | None:
        """What `render` gives, kept as long as the board's other readings; `key` says all that it depends on."""
        return await self._answers.get((tenant, board_id), key, render)

    def forget(self, tenant: TenantId, board_id: str) -> None:
        """Somebody is about to be told that the board has changed."""
        self._standings.forget((tenant, board_id))
        self._answers.forget((tenant, board_id))

    async def close(self) -> None:
        """Stop what goes on beside the readings."""
        await self.filler.close()

    async def _event_board(self, row: BoardRow, tenant: TenantId, most: int, participant: str | None) -> Standing:
        place = Place(row.part, tenant, row.board_id)
        if row.status != "finalized":
            top, own = await self._running(place, row.pos, most, participant)
        else:
            self._sources.of("final").inc()
            top = await self._views.final_top(place, most)
            own = None if participant is None else await self._views.final_own(place, participant)
        return Standing(row.board_id, row.status, top, own, row)

    async def _running(
        self, place: Place, pos: int, most: int, participant: str | None
    ) -> tuple[list[Ranked], OwnRow | None]:
        """`pos` was read before the ranks are, so that they are at least as new if they are right."""
        kept = await self._kept(place, pos, most, participant)
        if kept is not None:
            self._sources.of("ranks").inc()
            return kept.top, None if kept.own is None else OwnRow(*kept.own)
        self._sources.of("tables").inc()
        top = await self._views.top(place, most)
        return top, None if participant is None else await self._views.own(place, participant)

    async def _kept(self, place: Place, pos: int, most: int, participant: str | None) -> Kept | None:
        """What the ranks hold of the board, if that is no older than the tables were at `pos`."""
        try:
            kept = await self._unless_away(lambda: self._ranks.read(place, most, participant))
        except RanksAway:
            return None
        return kept if self._is_right(place, kept, pos) else None

    def _is_right(self, place: Place, kept: Kept | KeptRanks | None, pos: int) -> bool:
        return self.filler.found(place, None if kept is None else kept.pos, pos)

    async def _unless_away(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the ranks say. Raises RanksAway, also for a while after they were."""
        if self._clock.monotonic() < self._again_at:
            raise RanksAway("they were away a moment ago")
        try:
            return await ask()
        except RanksAway as error:
            self._again_at = self._clock.monotonic() + PAUSE_S
            log.warning("boards are read from the tables", error=str(error))
            raise
