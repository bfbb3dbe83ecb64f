"""The town that is measured: real Kafka, real PostgreSQL that loses nothing, every service a process of its own."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import httpx

from shared.bus.kafka import KafkaBus
from shared.bus.port import Outgoing
from shared.database import Connection, Target, load_queries
from shared.parts.kafka import DEFAULT_FOLDER, KafkaServer
from shared.parts.postgres import EmbeddedPostgres
from shared.parts.redis import RedisServer
from tests.bench.machine import ROOT
from tests.system.town import ADMIN, KEY, Service, Town

TENANT: Final = "starlight"
PARTITIONS: Final = 8
SESSION_TIMEOUT_MS: Final = 10_000
"""The product's default."""
PLAYERS: Final = 300
AT_ONCE: Final = 16
PUBLISHED_AT_ONCE: Final = 2_000
SPEAKS_TO_REDIS: Final = ("leaderboards", "gateway")
LONGEST_COMMAND_S: Final = 1_800.0
UNUSUAL: Final = frozenset({"PYTHONDONTWRITEBYTECODE", "PYTHONDEVMODE", "PYTHONASYNCIODEBUG"})
"""What a developer's shell may say and an operator's does not, and what makes a start or a step slower."""
SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))


class MeasuredTown(Town):
    """A town as an operator runs it."""

    def environment(self, **more: str) -> dict[str, str]:
        """Without the file that a crash test names: looking for it at every step takes time."""
        more.pop("FAIRGROUND_CRASH_FILE", None)
        given = super().environment(**more)
        return {name: value for name, value in given.items() if name not in UNUSUAL}

    def run(self, *words: str, expect: int = 0, within_s: float = LONGEST_COMMAND_S) -> str:
        """Over logs that take their time."""
        return super().run(*words, expect=expect, within_s=within_s)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder on the disk that the product's own data would be on, removed afterwards."""
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    folder.chmod(0o755)  # PostgreSQL's system user must get to its data
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_town(folder: Path) -> Iterator[Town]:
    """The town with its players, everything ready; whatever was started is ended afterwards.

    Raises:
        KafkaNotStarted, PostgresNotStarted: a part that it stands on is missing.
        AssertionError: a service does not start.
    """
    with ExitStack() as stack:
        kafka = stack.enter_context(KafkaServer(folder / "kafka", libs=ROOT / DEFAULT_FOLDER / "libs"))
        postgres = EmbeddedPostgres(folder / "postgres")
        stack.callback(postgres.stop)
        dsn = postgres.start()
        town = MeasuredTown(kafka.bootstrap, dsn, folder, None, PARTITIONS, SESSION_TIMEOUT_MS)
        stack.push(town)  # before it is entered: a start that fails half-way is also ended
        town.__enter__()
        _create_players(town)
        yield town


def player_of(number: int) -> str:
    """A player's name, the same in wrk.lua."""
    return f"bench-{number % PLAYERS}"


def _create_players(town: Town) -> None:
    with httpx.Client(base_url=town.gateway, headers=KEY, timeout=30) as client, ThreadPoolExecutor(AT_ONCE) as pool:

        def create(number: int) -> None:
            name = player_of(number)
            answer = client.post("/v1/players", json={"username": name, "email": f"{name}@example.com"})
            assert answer.status_code == 201, f"{name} was not created: {answer.text}"

        list(pool.map(create, range(PLAYERS)))


def define(town: Town, kind: str, key: str, spec: dict[str, Any]) -> None:
    """Configure something of the measured tenant."""
    path = f"{town.gateway}/admin/v1/definitions/{kind}/{key}"
    put = httpx.put(path, json={"spec": spec}, headers={**ADMIN, "X-Tenant": TENANT}, timeout=30)
    assert put.status_code == 200, put.text


async def publish(town: Town, messages: Iterable[Outgoing]) -> None:
    """Append these, a few thousand at a time."""
    bus = KafkaBus(town.kafka)
    await bus.start()
    try:
        rest = iter(messages)
        while chunk := list(islice(rest, PUBLISHED_AT_ONCE)):
            await bus.publish(chunk)
    finally:
        await bus.stop()


@contextmanager
def another(town: Town, command: str, instance: str) -> Iterator[Service]:
    """A second process of a service, which takes its share of the partitions and ends afterwards."""
    second = town.add(command, instance)
    second.wait_ready()
    try:
        yield second
    finally:
        second.signal(signal.SIGTERM)
        second.wait_dead()
        del town.services[instance]


@contextmanager
def with_redis(town: Town) -> Iterator[None]:
    """The town as it is deployed where there are boards: Redis keeps their order, and counts requests."""
    with RedisServer() as server:
        _restart(town, {"FAIRGROUND_REDIS": server.url})
        town.redis = server.url
        try:
            yield
        finally:
            town.redis = None
            _restart(town, {})


def _restart(town: Town, more: dict[str, str]) -> None:
    """Whoever speaks to Redis begins anew with these settings."""
    speaking = [town.services[name] for name in SPEAKS_TO_REDIS]
    for service in speaking:
        service.signal(signal.SIGTERM)
        service.wait_dead()
        plain = {name: value for name, value in service.environment.items() if name != "FAIRGROUND_REDIS"}
        service.environment = plain | more
        service.start()
    for service in speaking:
        service.wait_ready()


def connection_to(dsn: str, schema: str = "ledger") -> Connection:
    """A patient connection of the database's owner."""
    target = Target(dsn, schema, "fairground bench", as_service=False, answer_timeout_s=600.0)
    return Connection(target)


def ask(town: Town, name: str, schema: str = "ledger", *arguments: Any) -> list[Sequence[Any]]:
    """One of our queries, answered."""

    async def asking() -> list[Sequence[Any]]:
        connection = connection_to(town.dsn, schema)
        try:
            return await connection.fetch(SQL[name], *arguments)
        finally:
            await connection.close()

    return asyncio.run(asking())


def events_in(town: Town, service: str = "ledger") -> int:
    """How many events a service's log has."""
    return int(ask(town, "events", service)[0][0])
