"""Runs the whole town in one process, or one service of it, until somebody says stop."""

from __future__ import annotations

import asyncio
import gc
import importlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from shared.cli import STARTED_S
from shared.cli.address import check_free, url_of
from shared.cli.apply import apply
from shared.cli.banner import banner
from shared.cli.town import database, partitions_of
from shared.cli.world import read_world
from shared.eventlog.migrate import migrate
from shared.probes import Probes, troubles
from shared.running import (
    GATEWAY,
    SCHEMAS,
    WORKERS,
    Parts,
    Runnable,
    open_parts,
    run_until_stopped,
    stop_on_signals,
    wire,
)
from shared.settings import Settings, WrongSettings

READY_POLL_S: Final = 0.02
COLLECT_AFTER: Final = 50_000
"""New objects between two searches for cycles; the interpreter's own 700 would search several times a batch."""
_HERE: Final = Path(__file__).parent
_WORLDS: Final = (_HERE / "worlds", _HERE.parents[1] / "deploy" / "worlds")
"""Where an installed package has them, and in the repository."""

Greet = Callable[[Parts, Mapping[str, Runnable]], Awaitable[None]]


class Manner(NamedTuple):
    """How the town is to be run."""

    demo: bool = False
    adopt: bool = False
    verbose: bool = False


def demo_world() -> Path:
    """The demo's world file. Raises WrongSettings if it is not there."""
    for folder in _WORLDS:
        if (folder / "demo.yaml").exists():
            return folder / "demo.yaml"
    raise WrongSettings("the demo world is missing; install Fairground anew, or start from a whole checkout")


async def run_town(settings: Settings, manner: Manner) -> None:
    """All services in one process, over the embedded PostgreSQL and the bus in memory unless others are set.

    Raises:
        WrongSettings, LogError, BusError, PostgresNotStarted: it cannot start; the text says why.
    """
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    check_free(settings.gateway_host, settings.gateway_port)
    world = read_world(demo_world()) if manner.demo else []
    town = (*SCHEMAS, GATEWAY)
    began_s = time.monotonic()
    loading = asyncio.create_task(asyncio.to_thread(_load, town))  # while the database starts
    async with _database(settings, stopping) as dsn:
        if dsn is None or stopping.is_set():
            return
        with_postgres_s = time.monotonic() - began_s
        await migrate(dsn, SCHEMAS, settings.partitions)
        await loading

        async def greet(parts: Parts, runnables: Mapping[str, Runnable]) -> None:
            await until_ready(parts, runnables)
            if world:
                await apply(world, url_of(settings), settings.admin_secret, lambda _: None)
            banner(settings, demo=manner.demo)
            if manner.verbose:
                took_s = time.monotonic() - STARTED_S
                print(f"up in {took_s:.2f} s, of which PostgreSQL {with_postgres_s:.2f} s", flush=True)

        await _serve(settings, dsn, town, manner.adopt, stopping, greet)


def _load(names: Sequence[str]) -> None:
    for name in names:
        importlib.import_module(f"services.{name}.wiring")


@asynccontextmanager
async def _database(settings: Settings, stopping: asyncio.Event) -> AsyncIterator[str | None]:
    """As `database`, but a server that fails since Ctrl-C reached it too is no failure: then there is None."""
    async with AsyncExitStack() as stack:
        try:
            dsn: str | None = await stack.enter_async_context(database(settings, as_town=True))
        except Exception:
            if not stopping.is_set():
                raise
            dsn = None
        yield dsn


async def run_service(settings: Settings, name: str, *, adopt: bool) -> None:
    """One service, over the Kafka and the PostgreSQL that are set. Raises like `run_town`."""
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    missing = [f"FAIRGROUND_{one.upper()}" for one in ("kafka", "postgres") if getattr(settings, one) is None]
    if missing or settings.postgres is None:
        raise WrongSettings(f"{' and '.join(missing)} must be set to run {name} alone; `fairground up` needs neither")
    if name == GATEWAY:
        check_free(settings.gateway_host, settings.gateway_port)
    await _serve(settings, settings.postgres, (name,), adopt, stopping, None)


async def _serve(
    settings: Settings, dsn: str, names: Sequence[str], adopt: bool, stopping: asyncio.Event, greet: Greet | None
) -> None:
    partitions = await partitions_of(dsn, names[0] if names[0] in WORKERS else WORKERS[0])
    parts = await open_parts(settings, dsn, partitions, adopt=adopt)
    failed: list[Exception] = []
    try:
        runnables = {name: await wire(name, parts) for name in names}
        if settings.probe_port is not None:
            check_free(settings.probe_host, settings.probe_port)
            runnables["probes"] = Probes(parts, dict(runnables), settings.probe_port)
        _calm_the_collector()
        greeting = asyncio.create_task(_greet(greet, parts, runnables, stopping, failed)) if greet else None
        try:
            await run_until_stopped(list(runnables.values()), stopping)
        finally:
            if greeting is not None:
                greeting.cancel()
                await asyncio.gather(greeting, return_exceptions=True)
    finally:
        await parts.close()
    if failed:
        raise failed[0]


def _calm_the_collector() -> None:
    """What was imported stays for good, and messages are freed by their counts: cycles are looked for seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


async def _greet(
    greet: Greet, parts: Parts, runnables: Mapping[str, Runnable], stopping: asyncio.Event, failed: list[Exception]
) -> None:
    try:
        await greet(parts, runnables)
    except Exception as error:  # noqa: BLE001 - it ends the town, and is raised there
        failed.append(error)
        stopping.set()


async def until_ready(parts: Parts, runnables: Mapping[str, Runnable]) -> None:
    """Returns once nothing of this process is in trouble; a standby owns no partition, and is ready all the same."""
    while troubles(parts, runnables):  # noqa: ASYNC110
        await asyncio.sleep(READY_POLL_S)
