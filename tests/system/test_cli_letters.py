"""A message that could not be handled is sent again as it came, or given up for ever; nothing in between."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import orjson
import pytest

from shared.bus.partition import partition_of
from shared.bus.port import BusError, Incoming, Outgoing
from shared.cli.dead_letters import Letter, give_up, letter, letters, retry
from shared.cli.verify import verify
from shared.eventlog.migrate import migrate
from shared.eventlog.port import LogError
from shared.messages.envelope import ID_HEADER, TYPE_HEADER, routing_key
from shared.messages.wallet import CreditWallet
from shared.running import WORKERS
from shared.worker.tell import envelope_for
from tests.conftest_postgres import database_on
from tests.stories.conftest import running
from tests.stories.town import PARTITIONS, Town, eventually

PLAYER = "rocket"
PART = partition_of("starlight", PLAYER, PARTITIONS)
SEND = "engines/0/4711/0"


@pytest.fixture
async def town(postgres_dsn: str) -> AsyncIterator[Town]:
    """A town with a small world."""
    async with database_on(postgres_dsn) as dsn:
        await migrate(dsn, WORKERS, PARTITIONS)
        async with running(dsn) as found:
            await found.settle()
            yield found


def a_send(data: bytes) -> Outgoing:
    """The engines ask the ledger for something."""
    payload = envelope_for(
        send_id=SEND, service="engines", part=0, pos=4711, tenant="starlight", key=PLAYER, type_="wallet.credit",
        data=data, correlation="c",
    )  # fmt: skip
    headers = ((TYPE_HEADER, b"wallet.credit"), (ID_HEADER, SEND.encode()))
    return Outgoing("ledger.commands", PART, routing_key("starlight", PLAYER), payload, headers)


def a_credit() -> bytes:
    return CreditWallet(player=PLAYER, asset="WINZ", amount=7, account="bonus").model_dump_json().encode()  # type: ignore[arg-type]


async def buried(town: Town, message: Outgoing, count: int = 1) -> list[Letter]:
    """The open dead letters, once this message is one of them."""
    await town.parts.bus.publish([message])

    async def lie_there() -> bool:
        return len(await opened(town)) == count

    await eventually("a dead letter", lie_there)
    return await opened(town)


async def opened(town: Town) -> list[Letter]:
    return [one async for one in letters(town.parts.dsn, WORKERS, "open")]


async def next_reply(tail_of: Town, message: Outgoing) -> dict[str, object]:
    """What the engines are told when this is sent."""
    bus = tail_of.parts.bus
    tail = bus.tail("engines.commands", 0)
    await tail.start()
    await bus.publish([message])
    heard: list[Incoming] = []

    async def told() -> bool:
        heard.extend(await tail.fetch(0.1))
        return bool(heard)

    await eventually("a reply", told)
    await tail.stop()
    return dict(orjson.loads(heard[0].value))


async def test_a_letter_is_kept_as_it_came_and_sent_again_byte_for_byte(town: Town) -> None:
    message = a_send(b'{"amount": "much"}')
    (first,) = await buried(town, message)
    assert (first.key, first.value) == (message.key, message.value)
    assert first.headers == {name: value.decode() for name, value in message.headers}
    assert "amount" in first.reason
    assert await retry(town.parts.dsn, town.parts.bus, first.id) == f"{first.id} sent again"

    async def died_again() -> bool:
        return [one.id != first.id for one in await opened(town)] == [True]

    await eventually("it dies again, at its new place", died_again)
    (second,) = await opened(town)
    assert (second.key, second.value, second.headers) == (first.key, first.value, first.headers)
    assert (await letter(town.parts.dsn, first.id)).status == "retried"
    with pytest.raises(LogError, match="is not open: it was retried"):
        await retry(town.parts.dsn, town.parts.bus, first.id)


async def test_what_the_bus_does_not_take_stays_open(town: Town) -> None:
    (first,) = await buried(town, a_send(b"{}"))
    with pytest.raises(LogError, match="without Kafka"):
        await retry(town.parts.dsn, None, first.id)

    class Away:
        async def publish(self, messages: object) -> None:
            raise BusError("nobody there")

    with pytest.raises(BusError):
        await retry(town.parts.dsn, Away(), first.id)  # type: ignore[arg-type]
    assert [one.id for one in await opened(town)] == [first.id]


async def test_a_send_that_was_given_up_is_refused_for_ever(town: Town) -> None:
    (first,) = await buried(town, a_send(b"{}"))
    before = await town.balance(player=PLAYER)
    said = await give_up(town.parts.dsn, town.parts.bus, first.id)
    assert said == f"{first.id} given up; its sender was told"
    told = await next_reply(town, a_send(a_credit()))
    assert (told["id"], told["outcome"], told["code"]) == (SEND, "refused", "given_up")
    assert await town.balance(player=PLAYER) == before
    assert (await letter(town.parts.dsn, first.id)).status == "given_up"
    assert not (await verify(town.parts.dsn, WORKERS)).differences


async def test_a_send_that_was_answered_meanwhile_is_not_given_up(town: Town) -> None:
    (first,) = await buried(town, a_send(b"{}"))
    assert (await next_reply(town, a_send(a_credit())))["outcome"] == "done"
    with pytest.raises(LogError, match="was answered meanwhile"):
        await give_up(town.parts.dsn, town.parts.bus, first.id)
    assert (await letter(town.parts.dsn, first.id)).status == "open"


async def test_what_nobody_waits_for_is_just_closed(town: Town) -> None:
    (first,) = await buried(town, Outgoing("ledger.commands", PART, None, b"\xff", ()))
    assert await give_up(town.parts.dsn, None, first.id) == f"{first.id} given up; nobody waits for its answer"


async def test_a_letter_that_is_not_there_is_named(town: Town) -> None:
    (first,) = await buried(town, a_send(b"{}"))
    missing = first.id._replace(offset=first.id.offset + 1)
    with pytest.raises(LogError, match=re.escape(f"there is no dead letter {missing}")):
        await letter(town.parts.dsn, missing)
