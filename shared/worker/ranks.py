"""After a commit, and before anybody is told, keeps the order of boards in step with the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog

from shared.clock import Clock
from shared.eventlog.rows import TableChange
from shared.ids import BoardId, TenantId
from shared.ranks.port import Change, Ranked, Ranks, RanksAway, Turn, Write
from shared.shapes import RankView, Service
from shared.telemetry import Metrics
from shared.worker.partition import Owned

PAUSE_S: Final = 1.0
"""How long they are left alone after they were away, so that not every batch waits for them."""

Tables = Mapping[str, TableChange]

log = structlog.get_logger(__name__)


class RankWriter:
    """Tells the ranks what each commit did. What cannot be told counts as lost, and holds nobody up."""

    def __init__(self, service: Service, ranks: Ranks | None, clock: Clock, metrics: Metrics) -> None:
        self._view, self._ranks, self._clock = service.ranks, ranks, clock
        self._lost = metrics.rank_writes_lost.of(service.name)
        self._service = service.name
        self._turns: dict[int, Turn] = {}
        """What was written last in each partition."""
        self._again_at = clock.monotonic()

    async def write(self, tables: Tables, owned: Mapping[int, Owned]) -> None:
        """Tell of a commit that stands; `owned` knows under which epoch each partition is held."""
        if self._ranks is None or self._view is None or self._view.entries not in tables:
            return
        changes = changes_of(self._view, tables)
        if self._clock.monotonic() < self._again_at:
            self._lose(changes, owned)
            return
        writes = [Write(part, self._next(part, owned[part].epoch), changes[part]) for part in changes]
        try:
            await self._ranks.write(writes)
        except (RanksAway, ValueError) as error:
            self._again_at = self._clock.monotonic() + PAUSE_S
            self._lose(changes, owned)
            log.warning("ranks are not written", service=self._service, error=str(error))
        else:
            self._turns.update({write.part: write.turn for write in writes})

    def _next(self, part: int, epoch: int) -> Turn:
        was = self._turns.get(part)
        if was is None or was.epoch != epoch:
            return Turn(epoch, 0, 1)
        return was._replace(number=was.number + 1)

    def _lose(self, parts: Iterable[int], owned: Mapping[int, Owned]) -> None:
        """Whatever comes next in these partitions says that something before it is missing."""
        self._lost.inc()
        for part in parts:
            missed = self._next(part, owned[part].epoch)
            self._turns[part] = Turn(missed.epoch, missed.failures + 1, 0)


def changes_of(view: RankView, tables: Tables) -> dict[int, list[Change]]:
    """What a commit did to boards, by partition, read from the rows that it wrote."""
    entries: dict[tuple[Any, ...], list[Ranked]] = defaultdict(list)
    for (part, tenant, board, participant), values in tables[view.entries].puts.items():
        kind, player, score, pos = values
        entries[part, tenant, board].append(Ranked._make((participant, kind, player, score, pos)))
    changes: dict[int, list[Change]] = defaultdict(list)
    for (part, tenant, board), (pos,) in tables[view.positions].puts.items():
        found = entries[part, tenant, board]
        changes[int(str(part))].append(Change(TenantId(str(tenant)), BoardId(str(board)), int(str(pos)), found))
    return changes
