"""How fast the ledger works off a topic that is full of commands."""

from __future__ import annotations

import asyncio
import signal
import time
import uuid
from collections.abc import Iterator
from typing import Final, NamedTuple

from shared.bus.port import Outgoing
from shared.database import Connection
from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.wallet import CreditWallet
from tests.bench.commands import have_decided, wish_of
from tests.bench.raw_drain import Written, raw_rate
from tests.bench.rows import Aim, Raw, Row
from tests.bench.steps import steps_of, told
from tests.bench.town import SQL, another, ask, connection_to, events_in, player_of, publish
from tests.system.town import Service, Town

LEDGER: Final = "ledger"
SECOND: Final = "ledger-2"
ACCOUNT: Final = AccountId("adjustments")
ASSET: Final = AssetId("WINZ")
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
    asyncio.run(publish(town, _credits(town, commands)))
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
    have_decided(town, LEDGER, _credits(town, events), events)


def _credits(town: Town, count: int) -> Iterator[Outgoing]:
    run = uuid.uuid4().hex[:12]
    for number in range(count):
        player = PlayerId(player_of(number))
        credit = CreditWallet(player=player, asset=ASSET, amount=1, account=ACCOUNT)
        yield wish_of(town, LEDGER, credit, player, f"{run}-{number}")


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
