"""How a process is put together and kept going: its parts, its services, and a clean end."""

from __future__ import annotations

import asyncio
import importlib
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final, Protocol

import structlog

from shared.bus.port import Bus
from shared.clock import Clock, SystemClock
from shared.definitions import DefinitionStore
from shared.eventlog.postgres import PostgresEventLog
from shared.fair.seeds import SeedChain
from shared.ids import TenantId
from shared.messages import know_all
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import Ranks
from shared.ranks.redis import RedisRanks
from shared.settings import Settings, WrongSettings
from shared.shapes import Seeds, Service
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.points import Armed, PassBy, Points
from shared.worker.tell import commands_of, events_of
from shared.worker.topics import RETENTION_MS
from shared.worker.worker import Limits, Worker

WORKERS: Final = ("ledger", "engines", "leaderboards", "rgs")
"""The services that decide. Each has a package of its name with `wiring.wire`."""
GATEWAY: Final = "gateway"
INSIGHTS: Final = "insights"
"""What shows, and decides nothing."""
SCHEMAS: Final = (*WORKERS, INSIGHTS)
"""Everything that has tables, each in a schema of its name."""
REPLIES: Final = "gateway.replies"
REPLY_PARTITIONS: Final = 16
STOP_WITHIN_S: Final = 4.0
MOST_TENANTS: Final = 10_000

log = structlog.get_logger(__name__)


class Runnable(Protocol):
    """Something that works until it is stopped."""

    @property
    def trouble(self) -> str | None:
        """Why it is not ready, if it is not."""
        ...

    async def run(self) -> None:
        """Work. Raises when only people can help; the text says how."""
        ...

    def stop(self) -> None:
        """End soon."""
        ...


@dataclass
class Parts:
    """What every service of a process shares."""

    settings: Settings
    dsn: str
    partitions: int
    bus: Bus
    adopt: bool = False
    """Take over offsets that belong to another cluster or topic."""
    metrics: Metrics = field(default_factory=Metrics)
    clock: Clock = field(default_factory=SystemClock)
    ranks: Ranks = field(default_factory=lambda: MemoryRanks(SystemClock()))
    """The order of boards; in Redis where it is set, so that all processes share it."""
    workers: dict[str, Worker] = field(default_factory=dict)
    """The workers of this process, by service."""
    logs: list[PostgresEventLog] = field(default_factory=list)

    @property
    def instance(self) -> str:
        """This process's name."""
        return self.settings.instance or socket.gethostname()

    async def close(self) -> None:
        """Hang up everywhere."""
        await self.bus.stop()
        await self.ranks.close()
        for one in self.logs:
            await one.close()


def bus_of(settings: Settings) -> Bus:
    """Kafka where it is set, else the bus inside this process. Not started yet."""
    if settings.kafka:
        from shared.bus.kafka import KafkaBus

        return KafkaBus(settings.kafka, session_timeout_ms=settings.session_timeout_ms)
    from shared.bus.memory import MemoryBus

    return MemoryBus()


async def open_parts(settings: Settings, dsn: str, partitions: int, *, adopt: bool = False) -> Parts:
    """Connect to the bus and make sure that its topics are there.

    Raises:
        BusError: nothing answers, or a topic has another number of partitions.
    """
    know_all()
    bus = bus_of(settings)
    await bus.start()
    topics = {topic: partitions for name in WORKERS for topic in (commands_of(name), events_of(name))}
    retention = {commands_of(name): RETENTION_MS for name in WORKERS}
    try:
        await bus.ensure({**topics, REPLIES: REPLY_PARTITIONS}, retention)
    except BaseException:
        await bus.stop()
        raise
    ranks = MemoryRanks(SystemClock()) if settings.redis is None else RedisRanks(settings.redis)
    return Parts(settings=settings, dsn=dsn, partitions=partitions, bus=bus, adopt=adopt, ranks=ranks)


async def wire_worker(service: Service, parts: Parts) -> Worker:
    """The worker of a service, ready to run."""
    opened = await PostgresEventLog.open(service, parts.dsn, f"fairground {service.name}")
    parts.logs.append(opened)
    settings = parts.settings
    worker = Worker(
        service,
        parts.bus,
        opened,
        Outside(parts.partitions, DefinitionStore(), seeds_of(settings), parts.ranks),
        clock=parts.clock,
        metrics=parts.metrics,
        name=f"{service.name}-{parts.instance}",
        points=points_of(settings),
        limits=Limits(reply_retention=timedelta(hours=settings.reply_retention_hours), adopt=parts.adopt),
    )
    parts.workers[service.name] = worker
    return worker


def points_of(settings: Settings) -> Points:
    """The moments at which a test may have this process die; nobody else does."""
    return Armed(settings.crash_file) if settings.crash_file else PassBy()


class SeedBook:
    """The seed chains of all tenants, made when first needed."""

    def __init__(self, masters: Mapping[str, str]) -> None:
        self._masters = {key_id: secret.encode() for key_id, secret in masters.items()}
        self._newest = next(iter(masters))
        self._chain = lru_cache(maxsize=MOST_TENANTS)(self._make)

    def __call__(self, tenant: TenantId) -> Seeds:
        return self._chain(tenant)

    def _make(self, tenant: TenantId) -> SeedChain:
        return SeedChain(tenant, self._masters, self._newest)


def seeds_of(settings: Settings) -> SeedBook:
    """The seed chains that this process may make seeds from. Raises WrongSettings."""
    return SeedBook(settings.seed_masters())


async def wire(name: str, parts: Parts) -> Runnable:
    """A service by its name.

    Raises:
        WrongSettings: there is no such service.
    """
    if name not in (*SCHEMAS, GATEWAY):
        raise WrongSettings(f"there is no service {name!r}; known are {', '.join((*SCHEMAS, GATEWAY))}")
    runnable: Runnable = await importlib.import_module(f"services.{name}.wiring").wire(parts)
    return runnable


async def run_until_stopped(runnables: Sequence[Runnable], stopping: asyncio.Event) -> None:
    """Run all of them until `stopping` is set or one of them ends, then end the others.

    Raises:
        Exception: what the first of them ended with.
    """
    tasks = [asyncio.create_task(runnable.run()) for runnable in runnables]
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([*tasks, stop], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        for runnable in runnables:
            runnable.stop()
        done, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, stop, return_exceptions=True)
    for task in done:
        task.result()


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Ctrl-C and a polite kill end the process cleanly."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
