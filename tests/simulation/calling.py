"""Those who call the operator, beside a worker of the town: they die and stand still with its process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from services.rgs.calls import Callers
from services.rgs.leases import Key, Lease, MemoryLeases
from services.rgs.operators import Operators
from shared.clock import Clock
from shared.eventlog.port import Unavailable
from shared.ids import TenantId
from shared.operator_wallet.wallet import OperatorWallet
from shared.telemetry import Metrics
from shared.vault import Place, Vault
from shared.worker.worker import Worker
from tests.simulation.bank import ABROAD, SECRET, Bank, Line
from tests.simulation.chaos_bus import ChaosBus
from tests.simulation.chaos_log import ChaosLog
from tests.simulation.clients import TENANT
from tests.simulation.faults import DECISIVE, Life

VAULT: Final = Vault(b"the master secret of the town")
SEALED: Final = VAULT.seal(SECRET, Place(TenantId(TENANT), "operator", ABROAD, "secret"))


class ChaosLeases:
    """A port that fills Leases for one life, over leases that outlive it."""

    def __init__(self, leases: MemoryLeases, life: Life) -> None:
        self._leases, self._life, self._faults = leases, life, life.faults

    async def take(self, parts: Sequence[int], owner: str, most: int, for_s: float) -> list[Lease]:
        """See Leases. The answer may be lost: then nobody calls until the leases lapse."""
        await self._life.passes()
        if self._faults.happens(self._faults.rates.unavailable, "leases turned away"):
            raise Unavailable("the log is away")
        taken = await self._leases.take(parts, owner, most, for_s)
        self._faults.counts["leases"] += len(taken)
        self._faults.counts["leases of what had lapsed"] += sum(one.again for one in taken)
        await self._life.passes(DECISIVE if taken else 1.0)
        if self._faults.happens(self._faults.rates.unavailable / 2, "leases lost"):
            raise Unavailable("the log's answer was lost")
        return taken

    async def release(self, keys: Sequence[Key], owner: str) -> None:
        """See Leases."""
        await self._life.passes()
        await self._leases.release(keys, owner)
        self._faults.counts["leases released"] += len(keys)

    async def sweep(self, parts: Sequence[int], after_s: float) -> int:
        """See Leases."""
        await self._life.passes()
        swept = await self._leases.sweep(parts, after_s)
        self._faults.counts["leases swept"] += swept
        return swept

    async def close(self) -> None:
        """See Leases."""


class Office:
    """A worker and those who call for it: one life."""

    def __init__(self, worker: Worker, callers: Callers) -> None:
        self._worker, self._callers = worker, callers

    async def run(self) -> None:
        """Work until stopped. Where one is killed, both are."""
        working, calling = (asyncio.create_task(one.run()) for one in (self._worker, self._callers))
        try:
            await asyncio.wait([working, calling], return_when=asyncio.FIRST_COMPLETED)
            ended = working if working.done() else calling
            if ended is working and not working.cancelled() and working.exception() is None:
                await calling
        finally:
            for task in (working, calling):
                task.cancel()
            await asyncio.wait([working, calling])
        ended.result()

    def stop(self) -> None:
        """End in peace."""
        self._worker.stop()
        self._callers.stop()


def office_of(
    worker: Worker, log: ChaosLog, bus: ChaosBus, life: Life, leases: MemoryLeases, bank: Bank, clock: Clock,
    metrics: Metrics,
) -> Office:  # fmt: skip
    """The worker with its callers."""
    callers = Callers(
        worker,
        ChaosLeases(leases, life),
        Operators(worker.definitions, log, VAULT, clock),
        OperatorWallet(Line(bank, life), clock),
        bus=bus,
        clock=clock,
        metrics=metrics,
    )
    return Office(worker, callers)
