"""The order of boards beside the log, in the town: written amid trouble, and read by people who compare it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Final

from shared.eventlog.memory import MemoryEventLog
from shared.ids import BoardId, TenantId
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import Asked, Kept, KeptRanks, Place, Ranked, RanksAway, Write, order
from tests.simulation.faults import Faults, Life
from tests.simulation.told_games import expect

PAGE: Final = 2
MOST: Final = 100
OFTEN: Final = 4
"""How much more often a write of an order fails than one of the log; there are few of them."""
LOOKS_S: Final = 45.0
"""For how long people look at boards."""
BETWEEN_LOOKS_S: Final = 1.6


class ChaosRanks:
    """A port that fills Ranks for one life, over boards that outlive it."""

    def __init__(self, ranks: MemoryRanks, life: Life) -> None:
        self._ranks, self._life, self._faults = ranks, life, life.faults

    async def write(self, writes: Sequence[Write]) -> None:
        """See Ranks. What was written by the dead may arrive late, and what is called lost may have arrived."""
        faults = self._faults
        try:
            await self._life.passes()
        except BaseException:
            if faults.happens(faults.rates.sent_off, "orders of the dead sent off"):
                faults.later(partial(self._ranks.write, writes))
            raise
        if faults.happens(OFTEN * faults.rates.unavailable, "orders turned away"):
            raise RanksAway("they are away")
        if faults.happens(OFTEN * faults.rates.lost_commit, "orders with a lost answer"):
            if faults.chance.random() < 0.5:
                faults.later(partial(self._ranks.write, writes))
            raise RanksAway("the connection broke")
        await self._ranks.write(writes)
        await self._life.passes()

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        """See Ranks."""
        return await self._ranks.read(place, most, participant)

    async def ranks(self, asked: Sequence[Asked]) -> list[KeptRanks | None]:
        """See Ranks."""
        return await self._ranks.ranks(asked)

    async def begin_fill(self, place: Place) -> str | None:
        """See Ranks."""
        return await self._ranks.begin_fill(place)

    async def fill(self, place: Place, filling: str, entries: Sequence[Ranked]) -> bool:
        """See Ranks."""
        return await self._ranks.fill(place, filling, entries)

    async def end_fill(self, place: Place, filling: str, pos: int) -> bool:
        """See Ranks."""
        return await self._ranks.end_fill(place, filling, pos)

    async def close(self) -> None:
        """See Ranks. The boards outlive whoever writes them."""


class Onlookers:
    """People at boards: they are shown what is kept, if it is not behind the tables, and else have it filled."""

    def __init__(self, ranks: MemoryRanks, log: MemoryEventLog, faults: Faults) -> None:
        self._ranks, self._log, self._faults = ranks, log, faults

    @property
    def _chance(self) -> Random:
        return self._faults.chance

    async def look_on(self) -> None:
        """Look at one board after another. Raises Violation if the wrong order is shown."""
        ends_s = asyncio.get_running_loop().time() + LOOKS_S
        while asyncio.get_running_loop().time() < ends_s:
            await asyncio.sleep(self._chance.expovariate(1 / BETWEEN_LOOKS_S))
            if places := self._places():
                await self._look(self._chance.choice(places))

    async def close(self) -> None:
        """Everything has come to rest: every board is kept in the order of the tables, or can be. Raises Violation."""
        for place in self._places():
            if not await self._shown(place):
                await self._fill(place, slowly=False)
                expect(await self._shown(place), f"{place} cannot be filled")

    def _places(self) -> list[Place]:
        return [Place(int(str(part)), TenantId(str(tenant)), BoardId(str(board))) for part, tenant, board in self._pos]

    @property
    def _pos(self) -> dict[tuple[object, ...], int]:
        return {key: int(str(row[0])) for key, row in self._log.table("board_positions").items()}

    async def _look(self, place: Place) -> None:
        if await self._shown(place):
            self._faults.counts["boards shown in their order"] += 1
        else:
            await self._fill(place, slowly=True)

    async def _shown(self, place: Place) -> bool:
        """Whether it is kept up to the last fact in the tables; then it must be right."""
        own = self._chance.choice(self._entries(place))
        kept = await self._ranks.read(place, MOST, own.participant)
        if kept is None or kept.pos < self._pos[tuple(place)]:
            return False
        due = self._entries(place)
        expect(kept.top == due and kept.size == len(due), f"{place} is kept as {kept}, and stands as {due}")
        expect(kept.own == (due.index(own) + 1, own), f"{own} is found at {kept.own} among {due}")
        return True

    async def _fill(self, place: Place, *, slowly: bool) -> None:
        filling, pos = await self._ranks.begin_fill(place), self._pos[tuple(place)]
        after: Ranked | None = None
        while filling is not None:
            page = [one for one in self._entries(place) if after is None or order(one) > order(after)][:PAGE]
            if slowly:
                await asyncio.sleep(self._chance.uniform(0.0, 0.3))
            if not page:
                break
            if not await self._ranks.fill(place, filling, page):
                return
            after = page[-1]
        if filling is not None and await self._ranks.end_fill(place, filling, pos):
            self._faults.counts["boards filled"] += 1

    def _entries(self, place: Place) -> list[Ranked]:
        rows = self._log.table("board_entries").items()
        return sorted((Ranked._make((key[3], *row)) for key, row in rows if key[:3] == tuple(place)), key=order)
