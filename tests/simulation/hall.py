"""A process with a booth in it, and an operator's wallet that is called from there: both are for tests alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import orjson

from services.rgs.calls import Callers
from services.rgs.leases import MemoryLeases
from services.rgs.operators import Operators
from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.definitions import DefinitionStore, StoredDefinition
from shared.eventlog.memory import MemoryEventLog
from shared.ids import OperatorId, PlayerId, RoundId, TenantId
from shared.messages.envelope import TYPE_HEADER
from shared.messages.operator import OperatorSpec
from shared.operator_wallet.port import HttpAnswer, NoAnswer, NotConnected
from shared.operator_wallet.wallet import OperatorWallet
from shared.telemetry import Metrics
from shared.vault import Place, Vault
from shared.worker.batch import Outside
from shared.worker.tell import commands_of, events_of
from shared.worker.worker import Worker
from tests.simulation.booth import OPERATOR, Heard, Ring, service
from tests.simulation.loop import VirtualClock, now_s, run_virtually
from tests.simulation.world import seeds_of

TENANT: Final = TenantId("starlight")
PARTITIONS: Final = 2
TOPIC: Final = commands_of(service.name)
VAULT: Final = Vault(b"the master secret of these tests")
SECRET: Final = "demo-callback-secret"
SILENT: Final = OperatorId("00000000-0000-4000-8000-000000000000")
"""An operator without a wallet of its own."""

Manner = Callable[[Mapping[str, Any]], Awaitable[HttpAnswer]]


async def grants(body: Mapping[str, Any]) -> HttpAnswer:
    await asyncio.sleep(0.05)
    return HttpAnswer(200, orjson.dumps({"requestId": body["requestId"], "status": "OK", "balance": "98.50"}))


async def is_silent(body: Mapping[str, Any]) -> HttpAnswer:
    await asyncio.sleep(60)
    raise AssertionError("nobody waits so long")


async def hangs_up(body: Mapping[str, Any]) -> HttpAnswer:
    raise NoAnswer("cut")


async def is_away(body: Mapping[str, Any]) -> HttpAnswer:
    raise NotConnected("away")


async def refuses(body: Mapping[str, Any]) -> HttpAnswer:
    said = {"requestId": body["requestId"], "status": "LIMIT_REACHED", "customUserError": "Take a break."}
    return HttpAnswer(200, orjson.dumps(said))


@dataclass
class Till:
    """The operator's wallet, and all that has reached it."""

    manner: Manner = grants
    calls: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    of_a_round: Counter[str] = field(default_factory=Counter)
    most_of_a_round: int = 0

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        said = orjson.loads(body)
        self.calls.append((now_s(), url.rpartition("/")[2], said))
        self.at_once += 1
        self.of_a_round[said["roundId"]] += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.most_of_a_round = max(self.most_of_a_round, *self.of_a_round.values())
        try:
            return await self.manner(said)
        finally:
            self.at_once -= 1
            self.of_a_round[said["roundId"]] -= 1

    async def close(self) -> None:
        assert not self.at_once, "nobody hangs up on a call that is under way"


class Hall:
    """One process at a time: a worker, and beside it its callers. The log, the bus and the leases outlive them."""

    def __init__(self, till: Till) -> None:
        self.till, self.clock, self.metrics = till, VirtualClock(Random(1)), Metrics()
        self.bus, self.log = MemoryBus(self.clock.now), MemoryEventLog(service, PARTITIONS)
        self.leases = MemoryLeases(self.log, self.clock)
        self._told = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Start a process."""
        await self.bus.ensure({TOPIC: PARTITIONS, events_of(service.name): PARTITIONS, "gateway.replies": 1})
        outside = Outside(PARTITIONS, DefinitionStore(), seeds_of)
        outside.definitions.learn(operators())
        self.worker = Worker(
            service, self.bus, self.log, outside, clock=self.clock, metrics=self.metrics, name=f"w{len(self._tasks)}"
        )
        self.callers = Callers(
            self.worker,
            self.leases,
            Operators(self.worker.definitions, self.log, VAULT, self.clock),
            OperatorWallet(self.till, self.clock),
            bus=self.bus,
            clock=self.clock,
            metrics=self.metrics,
        )
        self._tasks = [asyncio.create_task(one.run()) for one in (self.worker, self.callers)]
        await until(lambda: len(self.worker.owned) == PARTITIONS)

    async def die(self) -> None:
        """All of the process ends at once, whatever it is doing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """The process ends in peace."""
        self.callers.stop()
        self.worker.stop()
        await asyncio.gather(*self._tasks)

    async def ring(self, kind: str = "debit", round_id: str = "r", operator: OperatorId = OPERATOR) -> None:
        """Somebody wishes for a call."""
        self._told += 1
        wish = Ring(player=PlayerId("rocket"), round_id=RoundId(round_id), kind=kind, operator=operator)
        id_ = f"ring-{self._told}"
        value = {
            "id": id_, "type": wish.wire, "tenant": TENANT, "key": wish.player, "actor": "key:test",
            "correlation_id": "c", "idempotency": {"scope": "door", "key": id_, "fingerprint": ""},
            "reply_to": None, "data": wish.model_dump(mode="json"),
        }  # fmt: skip
        part = partition_of(TENANT, wish.player, PARTITIONS)
        told = Outgoing(TOPIC, part, None, orjson.dumps(value), ((TYPE_HEADER, wish.wire.encode()),))
        await self.bus.publish([told])

    def heard(self) -> list[Heard]:
        """What came of the wishes, in the order of the log."""
        rows = [row for events in self.log.events.values() for row in events if row.type == Heard.wire]
        return [Heard.model_validate_json(row.data) for row in rows]

    def said(self) -> list[str]:
        return [heard.said for heard in self.heard()]

    async def hears(self, count: int) -> list[str]:
        """What came of all of them, once all have been heard of; nothing is left to call then."""
        await until(lambda: len(self.heard()) >= count)
        await until(lambda: not self.log.outbox)
        return self.said()


def operators() -> list[StoredDefinition]:
    sealed = VAULT.seal(SECRET, Place(TENANT, "operator", OPERATOR, "secret"))
    wallet: dict[str, Any] = {"wallet": "callback", "callback_url": "http://operator.test/callback"}
    common: dict[str, Any] = {"name": "Demo", "currencies": ["USD"], "secret_sealed": sealed}
    called = OperatorSpec.model_validate_json(orjson.dumps(common | wallet))
    silent = OperatorSpec.model_validate_json(orjson.dumps(common))
    return [
        StoredDefinition(1, TENANT, "operator", OPERATOR, 1, called.model_dump_json(), False),
        StoredDefinition(2, TENANT, "operator", SILENT, 1, silent.model_dump_json(), False),
    ]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not true():
            await asyncio.sleep(0.01)


def in_a_hall(story: Callable[[Hall], Awaitable[None]], manner: Manner = grants) -> None:
    async def told() -> None:
        hall = Hall(Till(manner))
        await hall.open()
        try:
            await story(hall)
        finally:
            await hall.close()

    run_virtually(told())
