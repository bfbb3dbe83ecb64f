"""Messages that could not be handled: look at them, send them again, or give them up for good."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from shared.bus.port import Bus, Outgoing
from shared.cli.town import connection_to, partitions_of, service_named
from shared.database import Connection, load_queries
from shared.eventlog.port import LogError
from shared.eventlog.rows import REFUSED
from shared.settings import WrongSettings
from shared.worker.batch import TIMERS
from shared.worker.items import SEND_SCOPE, Address
from shared.worker.tell import answer_to

SQL: Final = load_queries(Path(__file__).with_name("dead_letters.sql"))
PAGE_LETTERS: Final = 200
GIVEN_UP: Final = "given_up"
OPEN: Final = "open"


class LetterId(NamedTuple):
    """Where a dead letter lies."""

    service: str
    part: int
    topic: str
    offset: int

    def __str__(self) -> str:
        return f"{self.service}/{self.part}/{self.topic}@{self.offset}"


class Letter(NamedTuple):
    """A message as it came, and why it could not be handled."""

    id: LetterId
    key: bytes | None
    value: bytes
    headers: dict[str, str]
    reason: str
    at: datetime
    status: str

    @property
    def timer(self) -> str | None:
        """The timer's id, if this was one."""
        return self.id.topic.removeprefix(f"{TIMERS}/") if self.id.topic.startswith(f"{TIMERS}/") else None

    @property
    def send(self) -> dict[str, Any] | None:
        """The envelope, if this is a Send whose sender waits for an answer."""
        try:
            envelope = orjson.loads(self.value)
            if envelope["idempotency"]["scope"] == SEND_SCOPE and envelope["reply_to"] is not None:
                return dict(envelope)
        except (ValueError, KeyError, TypeError):
            pass
        return None


def letter_id(text: str) -> LetterId:
    """Read what `list` prints. Raises WrongSettings."""
    try:
        service, part, rest = text.split("/", 2)
        topic, offset = rest.rsplit("@", 1)
        return LetterId(service_named(service).name, int(part), topic, int(offset))
    except ValueError:
        raise WrongSettings(f"{text!r} names no dead letter; they look like ledger/3/ledger.commands@17") from None


async def letters(dsn: str, services: Sequence[str], status: str | None) -> AsyncIterator[Letter]:
    """Dead letters of these services, in order. Raises LogError if there is no log, or it cannot be reached."""
    for service in services:
        await partitions_of(dsn, service)
        connection = connection_to(dsn, service)
        try:
            after: tuple[int, str, int] = (-1, "", -1)
            while rows := await connection.fetch(SQL["list"], status, *after, PAGE_LETTERS):
                for row in rows:
                    yield _letter(service, row)
                after = (rows[-1][0], rows[-1][1], rows[-1][2])
        finally:
            await connection.close()


async def letter(dsn: str, which: LetterId) -> Letter:
    """One dead letter. Raises LogError if there is none."""
    await partitions_of(dsn, which.service)
    connection = connection_to(dsn, which.service)
    try:
        rows = await connection.fetch(SQL["one"], which.part, which.topic, which.offset)
    finally:
        await connection.close()
    if not rows:
        raise LogError(f"there is no dead letter {which}")
    return _letter(which.service, rows[0])


def _letter(service: str, row: Sequence[Any]) -> Letter:
    part, topic, offset, key, value, headers, reason, at, status = row
    return Letter(LetterId(service, part, topic, offset), key, value, orjson.loads(headers), reason, at, status)


async def retry(dsn: str, bus: Bus | None, which: LetterId) -> str:
    """Send a message again, byte for byte, or wind its timer up again; what was done, in words.

    Args:
        dsn: the database.
        bus: started; None where messages never leave the process that serves them.
        which: the letter.

    Raises:
        LogError: there is no such letter, it is not open, or there is no bus to send it by.
        BusError: the bus did not take it; the letter is still open.
    """
    found = await letter(dsn, which)
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
    headers = tuple((name, value.encode()) for name, value in found.headers.items())
    await bus.publish([Outgoing(found.id.topic, found.id.part, found.key, found.value, headers)])
    return f"{found.id} sent again"


async def _wind_up(connection: Connection, found: Letter) -> str:
    assert found.timer is not None
    if not await connection.fetch(SQL["wind_up"], found.id.part, found.timer):
        raise LogError(f"{found.id}: the timer was forgotten meanwhile; wish the thing anew")
    await connection.fetch(SQL["claim"], found.id.part)
    return f"{found.id} wound up again; it fires once its partition has been claimed anew"


async def give_up(dsn: str, bus: Bus | None, which: LetterId) -> str:
    """Never handle a message: a Send is answered refused, for ever; what was done, in words.

    The refusal is written where the service keeps its answers, under a new epoch, so that no worker can grant the
    Send meanwhile. If the answer is not heard, the sender asks again by itself and hears it then.

    Raises:
        LogError: there is no such letter, or it is not open.
        BusError: the refusal stands, but the bus did not take the answer.
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
    await bus.publish([answer])
    return f"{which} given up; its sender was told"


async def _refuse(connection: Connection, found: Letter) -> Outgoing | None:
    send = found.send
    if send is None:
        return None
    wish, to = send["idempotency"], send["reply_to"]
    body = orjson.dumps({"code": GIVEN_UP, "details": {}})
    await connection.fetch(SQL["claim"], found.id.part)
    if not await connection.fetch(SQL["refuse"], found.id.part, wish["key"], wish["fingerprint"], REFUSED, body):
        raise LogError(f"{found.id}: this Send was answered meanwhile, so it cannot be given up")
    address = Address(to["topic"], to["partition"], to.get("instance"), send["id"])
    return answer_to(address, code=GIVEN_UP, details={}, body=None, repeated=False)


async def _hold(connection: Connection, found: Letter) -> None:
    status = (await connection.fetch(SQL["hold"], found.id.part, found.id.topic, found.id.offset))[0][0]
    if status != OPEN:
        raise LogError(f"{found.id} is not open: it was {status.replace('_', ' ')}")


async def _mark(connection: Connection, which: LetterId, status: str) -> None:
    await connection.fetch(SQL["mark"], which.part, which.topic, which.offset, status)
