"""The command line beside a town of real processes on a real Kafka."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus.kafka import KafkaBus
from shared.bus.port import Outgoing
from shared.parts.kafka import KafkaNotStarted, KafkaServer
from shared.running import WORKERS
from tests.conftest_kafka import LIBS
from tests.system.town import Town, eventually

POISON = b'{"id": "nonsense"}'


@pytest.fixture(scope="module")
def town(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """With a Kafka of its own: a new database would read again what another module's town was told."""
    folder = Path(tmp_path_factory.mktemp("cli"))
    server = KafkaServer(folder / "kafka", libs=LIBS)
    try:
        server.start()
    except KafkaNotStarted as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    with server, Town(server.bootstrap, module_database, folder) as standing:
        yield standing


def publish(town: Town, message: Outgoing) -> None:
    async def running() -> None:
        bus = KafkaBus(town.kafka)
        await bus.start()
        await bus.publish([message])
        await bus.stop()

    asyncio.run(running())


def letters(town: Town, *words: str) -> list[str]:
    return town.run("dead-letters", "list", *words).splitlines()[:-1]


def test_a_poison_message_is_listed_shown_sent_again_and_given_up(town: Town) -> None:
    publish(town, Outgoing("ledger.commands", 1, b"starlight/rocket", POISON, (("type", b"wallet.credit"),)))
    (line,) = eventually("a dead letter", lambda: letters(town))
    name = line.split()[0]
    assert "open wallet.credit: " in line
    shown = town.run("dead-letters", "show", name)
    assert POISON.decode() in shown
    assert town.run("dead-letters", "retry", name) == f"{name} sent again\n"
    (again,) = eventually("it dies again", lambda: letters(town))
    assert again.split()[0] != name
    assert town.run("dead-letters", "retry", "--all", expect=1).endswith("\nleft: 1 of 1\n")
    assert town.run("dead-letters", "give-up", "--all").endswith(" given up; nobody waits for its answer\n")
    assert not letters(town)
    assert len(letters(town, "--status", "any")) == 2


def test_status_asks_kafka_how_much_waits(town: Town) -> None:
    found = [json.loads(line) for line in town.run("status", "--json").splitlines()]
    assert [one["part"] for one in found] == len(WORKERS) * list(range(town.partitions))
    assert {one["owner"].partition("-")[0] for one in found} == set(WORKERS)
    assert all(one["lag"] == 0 for one in found)


def test_a_view_is_rebuilt_beside_running_services(town: Town) -> None:
    assert town.run("rebuild", "wallets").startswith("rebuild: wallets from ")
    before = town.balance("rocket")
    assert town.credit("rocket", 5, "after the rebuild").status_code == 201
    assert town.balance("rocket") == before + 5
    assert "no difference" in town.run("verify")


def test_offsets_of_another_cluster_are_refused_with_advice(town: Town) -> None:
    """As if the operator had pointed the ledger to a Kafka that was made anew."""
    ledger = town.services["ledger"]
    ledger.stop()

    async def forge() -> None:
        from shared.database import Connection, Target

        connection = Connection(Target(town.dsn, "ledger", as_service=False))
        await connection.fetch("update offsets set cluster = 'another'")
        await connection.close()

    asyncio.run(forge())
    words = [sys.executable, "-m", "services.ledger"]
    done = subprocess.run(words, env=ledger.environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("fairground: topic ledger.commands, partition ")
    assert "start once with --adopt" in last
    assert "Traceback" not in done.stderr
