"""Messages that could not be handled: look at them, send them again, or give them up for good."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from shared.bus.port import Bus, BusError, Outgoing
from shared.cli.dead_letter import Letter, LetterId
from shared.cli.town import connection_to, partitions_of
from shared.database import Connection, load_queries
from shared.eventlog.port import LogError
from shared.eventlog.rows import REFUSED
from shared.worker.dead import sent_headers
from shared.worker.items import SEND_SCOPE, Address
from shared.worker.tell import answer_to

SQL: Final = load_queries(Path(__file__).with_name("dead_letters.sql"))
PAGE_LETTERS: Final = 200
GIVEN_UP: Final = "given_up"
OPEN: Final = "open"


async def letters(dsn: str, services: Sequence[str], status: str | None) -> AsyncIterator[Letter]:
    """Dead letters of these services, in order. Raises LogError if there is no log, or it cannot be reached."""
    for service in services:
        await partitions_of(dsn, service)
        connection = connection_to(dsn, service)
        try:
            after: tuple[int, int] = (-1, 0)
            while rows := await connection.fetch(SQL["list"], status, *after, PAGE_LETTERS):
                for row in rows:
                    yield _letter(service, row)
                after = (rows[-1][0], rows[-1][1])
        finally:
            await connection.close()


async def letter(dsn: str, which: LetterId) -> Letter:
    """One dead letter. Raises LogError if there is none."""
    await partitions_of(dsn, which.service)
    connection = connection_to(dsn, which.service)
    try:
        rows = await connection.fetch(SQL["one"], which.part, which.number)
    finally:
        await connection.close()
    if not rows:
        raise LogError(f"there is no dead letter {which}")
    return _letter(which.service, rows[0])


def _letter(service: str, row: Sequence[Any]) -> Letter:
    part, number, topic, offset, key, value, headers, reason, at, status = row
    which = LetterId(service, part, number)
    return Letter(which, topic, offset, key, value, sent_headers(headers), reason, at, status)


async def retry(dsn: str, bus: Bus | None, which: LetterId, *, careful: bool = False) -> str:
    """Send a message again, byte for byte, or wind its timer up again; what was done, in words.

    Args:
        dsn: the database.
        bus: started; None where messages never leave the process that serves them.
        which: the letter.
        careful: leave it if that might do it twice, or would not help.

    Raises:
        LogError: there is no such letter, it is not open, it might be done twice, or there is no bus to send it by.
        BusError: the bus did not take it; the letter is still open.
    """
    found = await letter(dsn, which)
    if careful and found.doubt is not None:
        raise LogError(found.doubt)
    connection = connection_to(dsn, which.service)
    try:
        async with connection.transaction():
            await _hold(connection, found)
            said = await (_wind_up(connection, found) if found.timer else _publish(bus, found))
            await _mark(connection, which, "retried")
        return said
    finally:
        await connection.close()


async def _publish(bus: Bus | None, found: Letter) -> str:
    if bus is None:
        raise LogError(
            "without Kafka messages never leave the process that runs `fairground up`, so nothing can be sent again "
            "from here; a Send is told again by its sender, a request may be made again"
        )
    await bus.publish([Outgoing(found.topic, found.id.part, found.key, found.value, found.headers)])
    return f"{found.id} sent again"


async def _wind_up(connection: Connection, found: Letter) -> str:
    assert found.timer is not None
    await connection.fetch(SQL["claim"], found.id.part)
    if not await connection.fetch(SQL["wind_up"], found.id.part, found.timer, found.at):
        raise LogError("the timer was forgotten meanwhile, or set anew; wish the thing anew")
    return f"{found.id} wound up again; it fires once its partition has been claimed anew"


async def give_up(dsn: str, bus: Bus | None, which: LetterId) -> str:
    """Never handle a message: a Send is answered refused, for ever; what was done, in words.

    The refusal is written where the service keeps its answers, under a new epoch, so that no worker can grant the
    Send meanwhile. If the answer is not heard, the sender asks again by itself and hears it then.

    Raises:
        LogError: there is no such letter, it is not open, or the Send was answered otherwise.
    """
    found = await letter(dsn, which)
    connection = connection_to(dsn, which.service)
    try:
        async with connection.transaction():
            await _hold(connection, found)
            answer = await _refuse(connection, found)
            await _mark(connection, which, GIVEN_UP)
    finally:
        await connection.close()
    if answer is None:
        return f"{which} given up; nobody waits for its answer"
    if bus is None:
        return f"{which} given up; its sender is told when it next asks"
    try:
        await bus.publish([answer])
    except BusError as error:
        return f"{which} given up; its sender is told when it next asks: {error}"
    return f"{which} given up; its sender was told"


async def _refuse(connection: Connection, found: Letter) -> Outgoing | None:
    send = found.addressing
    if send is None or send.reply_to is None or send.idempotency.scope != SEND_SCOPE:
        return None
    wish, to = send.idempotency, send.reply_to
    body = orjson.dumps({"code": GIVEN_UP, "details": {}})
    await connection.fetch(SQL["claim"], found.id.part)
    if not await connection.fetch(SQL["refuse"], found.id.part, wish.key, wish.fingerprint, REFUSED, body):
        raise LogError("this Send was answered meanwhile, or its answer is under way: it cannot be given up")
    address = Address(to.topic, to.partition, to.instance, send.id)
    return answer_to(address, code=GIVEN_UP, details={}, body=None, repeated=False)


async def _hold(connection: Connection, found: Letter) -> None:
    status = (await connection.fetch(SQL["hold"], found.id.part, found.id.number))[0][0]
    if status != OPEN:
        raise LogError(f"it is not open: it was {status.replace('_', ' ')}")


async def _mark(connection: Connection, which: LetterId, status: str) -> None:
    await connection.fetch(SQL["mark"], which.part, which.number, status)
