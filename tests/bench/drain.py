"""How fast the ledger works off a topic that is full of commands."""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from collections.abc import Iterator
from typing import Final, NamedTuple

import orjson

from services.gateway.say import fingerprint_of
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.database import Connection
from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.envelope import ID_HEADER, TYPE_HEADER, routing_key
from shared.messages.wallet import CreditWallet
from shared.running import REPLIES
from shared.worker.tell import commands_of
from tests.bench.raw_drain import Written, raw_rate
from tests.bench.rows import Aim, Raw, Row
from tests.bench.steps import steps_of, told
from tests.bench.town import SQL, another, ask, connection_to, events_in, player_of, publish
from tests.system.town import Service, Town

TENANT: Final = "starlight"
LEDGER: Final = "ledger"
SECOND: Final = "ledger-2"
ACCOUNT: Final = AccountId("adjustments")
ASSET: Final = AssetId("WINZ")
REPLY_TO: Final = {"topic": REPLIES, "partition": 0, "instance": "bench"}
AIM: Final = Aim(least=10_000, least_ratio=0.35)
POLL_S: Final = 0.02
PATIENCE_S: Final = 600.0
QUIET_S: Final = 0.5


class Drained(NamedTuple):
    """What was seen between the first commit and the last."""

    commands: int
    seconds: float


def measure_drain(town: Town, commands: int) -> Row:
    """One row: fill the topic while the ledger is away, start it, and watch its offsets in PostgreSQL."""
    return _measure(town, commands, [town.services[LEDGER]])


def measure_drain_by_two(town: Town, commands: int) -> Row:
    """The same with a second process, which takes half of the partitions and ends afterwards."""
    with another(town, LEDGER, SECOND) as second:
        return _measure(town, commands, [town.services[LEDGER], second])


def _measure(town: Town, commands: int, ledgers: list[Service]) -> Row:
    _await_quiet(town)
    before, ends = events_in(town), dict(map(tuple, ask(town, "ends")))
    for ledger in ledgers:
        ledger.signal(signal.SIGTERM)
        ledger.wait_dead()
    asyncio.run(publish_credits(town, commands))
    for ledger in ledgers:
        ledger.start()
    drained = asyncio.run(_watch(town, ledgers, commands))
    for ledger in ledgers:
        ledger.wait_ready()
    steps = told({}, {LEDGER: steps_of(town)[LEDGER]})
    posted = events_in(town) - before
    raw = asyncio.run(raw_rate(town.dsn, Written(ends, ACCOUNT, ASSET)))
    return Row(
        letter="d",
        name=f"ledger drains {commands:,} credits" + ("" if len(ledgers) == 1 else f", {len(ledgers)} processes"),
        value=drained.commands / drained.seconds,
        unit="commands/s",
        aim=AIM,
        raw=Raw(raw, "the same rows, 500 commands a statement, into copies of the tables"),
        note=f"{drained.commands:,} commands in {drained.seconds:.2f} s after the first commit; {steps}",
        fault="" if posted == commands else f"{commands:,} commands became {posted:,} events",
    )


def add_events(town: Town, events: int) -> None:
    """Have the ledger decide so many more credits."""
    target = int(ask(town, "read_to")[0][0]) + events
    asyncio.run(publish_credits(town, events))
    deadline = time.monotonic() + PATIENCE_S
    while int(ask(town, "read_to")[0][0]) < target:
        assert time.monotonic() < deadline, f"the ledger did not decide {events:,} credits within {PATIENCE_S:.0f} s"
        time.sleep(QUIET_S)


async def publish_credits(town: Town, count: int) -> None:
    """Append so many credits to the ledger's commands, each a wish of its own, as any producer would."""
    await publish(town, _credits(count, town.partitions))


def _credits(count: int, partitions: int) -> Iterator[Outgoing]:
    run = uuid.uuid4().hex[:12]
    for number in range(count):
        player, wish = player_of(number), f"{run}-{number}"
        data = CreditWallet(player=PlayerId(player), asset=ASSET, amount=1, account=ACCOUNT).model_dump_json().encode()
        value = {
            "id": wish,
            "type": CreditWallet.wire,
            "tenant": TENANT,
            "key": player,
            "actor": "bench",
            "caused_by": None,
            "correlation_id": wish,
            "reply_to": REPLY_TO,
            "idempotency": {"scope": "door", "key": wish, "fingerprint": fingerprint_of(CreditWallet.wire, data)},
            "ttl_ms": None,
            "data": orjson.Fragment(data),
        }
        headers = ((TYPE_HEADER, CreditWallet.wire.encode()), (ID_HEADER, wish.encode()))
        part, key = partition_of(TENANT, player, partitions), routing_key(TENANT, player)
        yield Outgoing(commands_of(LEDGER), part, key, orjson.dumps(value), headers)


def _await_quiet(town: Town) -> None:
    """Nobody's earlier commands are under way."""
    deadline = time.monotonic() + PATIENCE_S
    before = -1
    while (now := int(ask(town, "read_to")[0][0])) != before:
        assert time.monotonic() < deadline, "the ledger still has something to do"
        before = now
        time.sleep(QUIET_S)


async def _watch(town: Town, ledgers: list[Service], commands: int) -> Drained:
    connection = connection_to(town.dsn)
    try:
        start = await _read_to(connection)
        first, begun = start, 0.0
        deadline = time.monotonic() + PATIENCE_S
        while True:
            now, at = await _read_to(connection), time.perf_counter()
            if first == start and now > start:
                first, begun = now, at
            if now >= start + commands:
                assert at > begun, f"{commands} commands are too few to measure: they went in one step"
                return Drained(now - first, at - begun)
            for ledger in ledgers:
                assert ledger.process is not None
                assert ledger.process.poll() is None, f"the ledger has ended: {ledger.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"{now - start} of {commands} commands after {PATIENCE_S:.0f} s"
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()


async def _read_to(connection: Connection) -> int:
    return int((await connection.fetch(SQL["read_to"]))[0][0])
