"""A message that could not be handled is sent again as it came, or given up for ever; nothing in between."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial

import orjson
import pytest

from shared.bus.partition import partition_of
from shared.bus.port import BusError, Incoming, Outgoing
from shared.cli.dead_letter import Letter, LetterId, letter_id
from shared.cli.dead_letters import give_up, letter, letters, retry
from shared.cli.letters import Deed, each
from shared.cli.verify import verify
from shared.eventlog.migrate import migrate
from shared.eventlog.port import LogError
from shared.messages.envelope import ID_HEADER, TYPE_HEADER, routing_key
from shared.messages.wallet import CreditWallet
from shared.running import WORKERS
from shared.worker.tell import envelope_for
from tests.conftest_postgres import database_on
from tests.stories.house import running
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
    plain = a_send(b'{"amount": "much"}')
    message = replace(plain, headers=(*plain.headers, ("trace", b"\xff\x00"), ("trace", b"again")))
    (first,) = await buried(town, message)
    assert (first.key, first.value) == (message.key, message.value)
    assert first.headers == message.headers
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
    missing = first.id._replace(number=first.id.number + 1)
    with pytest.raises(LogError, match=re.escape(f"there is no dead letter {missing}")):
        await letter(town.parts.dsn, missing)


def wished(id_: str, key: str, data: bytes = b"{}") -> Outgoing:
    """A wish that came through a door; `key` is its caller's own, or the wish's id."""
    envelope = {
        "id": id_, "type": "wallet.credit", "tenant": "starlight", "key": PLAYER, "actor": "key:console",
        "correlation_id": "c", "idempotency": {"scope": "door", "key": key, "fingerprint": ""},
        "data": orjson.Fragment(data),
    }  # fmt: skip
    headers = ((TYPE_HEADER, b"wallet.credit"), (ID_HEADER, id_.encode()))
    return Outgoing("ledger.commands", PART, routing_key("starlight", PLAYER), orjson.dumps(envelope), headers)


async def mended(town: Town, number: int) -> None:
    """As if a version were deployed that can read it: the same wish, with an amount that is a number."""
    value = (await letter(town.parts.dsn, LetterId("ledger", PART, number))).value.replace(b"{}", a_credit())
    await town.sql(f"update ledger.dead_letters set value = '\\x{value.hex()}' where number = {number} returning 1")


async def said_of(town: Town, names: Sequence[str], deed: Deed, *, bus: bool) -> list[tuple[str, bool]]:
    """What the command line prints, and whether that letter was left."""
    outcomes = each(town.parts.dsn, town.parts.bus if bus else None, list(map(letter_id, names)), deed)
    return [(one.said, one.left) async for one in outcomes]


async def test_all_are_sent_again_but_what_might_be_done_twice_and_each_is_named(town: Town) -> None:
    before = await town.balance(player=PLAYER)
    for count, message in enumerate(
        (
            Outgoing("ledger.commands", PART, None, b"\xff", ()),
            Outgoing("ledger.commands", PART, None, b'{"idempotency": {"scope": "send", "key": 7}}', ()),
            wished("w-1", key="w-1"),
            wished("w-2", key="order-7"),
            wished("w-3", key="order-7"),
            a_send(b"{}"),
        ),
        start=1,
    ):
        await buried(town, message, count)
    for number in (3, 4, 5, 6):
        await mended(town, number)

    names = [str(one.id) for one in await opened(town)]
    assert names == [f"ledger/{PART}/{number}" for number in range(1, 7)]
    unreadable = "left: nobody can tell whether it was done before, since its envelope cannot be read; "
    unreadable += "retry it by its name, or give it up"
    keyless = "left: its caller gave no idempotency key, was told internal_error and may have wished again; "
    keyless += "retry it by its name if not, else give it up"
    said = [unreadable, unreadable, keyless, "sent again", "sent again", "sent again"]
    assert await said_of(town, names, partial(retry, careful=True), bus=True) == [
        (f"{name} {words}", words.startswith("left")) for name, words in zip(names, said, strict=True)
    ]
    assert [one.id.number for one in await opened(town)] == [1, 2, 3]

    async def credited(amount: int) -> bool:
        return await town.balance(player=PLAYER) == before + amount

    await eventually("order-7 was done once, and the Send", lambda: credited(14))
    assert await said_of(town, names[2:3], retry, bus=True) == [(f"{names[2]} sent again", False)]
    await eventually("what was named was done too", lambda: credited(21))
    assert not (await verify(town.parts.dsn, WORKERS)).differences


async def test_what_came_by_a_stream_is_left_since_it_would_die_again(town: Town) -> None:
    """Its id tells a repeat; what it says does not get any better by being sent again, unless the world has changed."""
    await town.sql(
        "insert into engines.dead_letters select 0, 'wagers.castle', 7, null, '{\"wager_id\": \"w-1\"}', '[]', "
        "'the tenant is not configured, or not any more', now(), 1 + coalesce(max(number), 0) "
        "from engines.dead_letters where part = 0 returning 1"
    )
    (name,) = [str(one.id) for one in await opened(town)]
    why = "it would die again unless its reason has passed; retry it by its name if it has, else give it up"
    assert await said_of(town, [name], partial(retry, careful=True), bus=True) == [(f"{name} left: {why}", True)]


async def test_a_letter_that_cannot_be_handled_does_not_keep_the_others_back(town: Town) -> None:
    await buried(town, a_send(b"{}"))
    await town.sql(dead_timer("ledger", PART, "gone", "now()"))
    first, second = (f"ledger/{PART}/{number}" for number in (1, 2))
    (away, away_left), (gone, gone_left) = await said_of(town, [first, second], retry, bus=False)
    assert away.startswith(f"{first} left: without Kafka")
    assert gone.startswith(f"{second} left: the timer was forgotten meanwhile")
    assert away_left
    assert gone_left
    assert await said_of(town, [first, f"ledger/{PART}/9", second], give_up, bus=False) == [
        (f"{first} given up; its sender is told when it next asks", False),
        (f"ledger/{PART}/9 left: there is no dead letter ledger/{PART}/9", True),
        (f"{second} given up; nobody waits for its answer", False),
    ]


async def test_every_letter_of_one_send_is_given_up_with_it(town: Town) -> None:
    """Its sender asks until it is answered, so it may have died many times."""
    await buried(town, a_send(b"{}"))
    first, second = await buried(town, a_send(b"{}"), 2)
    for one in (first, second):
        assert await give_up(town.parts.dsn, town.parts.bus, one.id) == f"{one.id} given up; its sender was told"
    assert await opened(town) == []


async def test_a_send_is_given_up_though_its_answer_cannot_be_told(town: Town) -> None:
    astray = a_send(b"{}")
    astray = replace(astray, value=astray.value.replace(b"engines.commands", b"nowhere.commands"))
    (first,) = await buried(town, astray)
    said = await give_up(town.parts.dsn, town.parts.bus, first.id)
    assert said.startswith(f"{first.id} given up; its sender is told when it next asks: ")
    assert "nowhere.commands" in said
    assert await opened(town) == []


def dead_timer(service: str, part: int, id_: str, at: str) -> str:
    headers = orjson.dumps([("type", "wallet.credit"), ("timer", id_)]).decode()
    return (
        f"insert into {service}.dead_letters select {part}, 'timers/{id_}', 0, null, '{{}}', '{headers}', 'it rang', "
        f"{at}, 1 + coalesce(max(number), 0) from {service}.dead_letters where part = {part} returning 1"
    )


def fired_timer(service: str, part: int, id_: str, due_at: str, data: str = "{}") -> str:
    return (
        f"insert into {service}.timers values ({part}, '{id_}', {due_at}, 'starlight', '{PLAYER}', 'wallet.credit', "
        f"'{data}', 'send', 'none', 'c', true) returning 1"
    )


async def test_a_timer_is_wound_up_again_and_may_die_again(town: Town) -> None:
    await town.sql(fired_timer("ledger", PART, "bell", "now() - interval '1 hour'"))
    await town.sql(dead_timer("ledger", PART, "bell", "now()"))
    (first,) = await opened(town)
    assert first.place == "timer bell"
    assert "wound up again" in await retry(town.parts.dsn, None, first.id)
    await town.parts.bus.publish([a_send(a_credit())])  # whoever held the partition sees that it was claimed

    async def died_again() -> bool:
        return [one.id.number for one in await opened(town)] == [first.id.number + 1]

    await eventually("it dies again", died_again)
    (second,) = await opened(town)
    assert (second.timer, second.value) == ("bell", first.value)
    assert (await letter(town.parts.dsn, first.id)).status == "retried"


@pytest.mark.parametrize("due_at", ["now() + interval '1 hour'", "now() - interval '1 minute'"])
async def test_a_timer_that_was_set_anew_since_it_died_is_not_wound_up(town: Town, due_at: str) -> None:
    """It has rung, or will ring, by itself; winding it up would do it twice."""
    await town.sql(dead_timer("ledger", PART, "bell", "now() - interval '1 day'"))
    await town.sql(fired_timer("ledger", PART, "bell", due_at))
    (first,) = await opened(town)
    with pytest.raises(LogError, match="forgotten meanwhile"):
        await retry(town.parts.dsn, None, first.id)
    assert await opened(town) == [first]
