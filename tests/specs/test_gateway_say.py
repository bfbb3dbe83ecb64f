"""A wish goes out once, its own answer comes back, and whoever waits is always told something."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest

from services.gateway import say as module
from services.gateway.problem import Problem
from services.gateway.say import Say
from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import BusError, Incoming, Outgoing
from shared.clock import SystemClock
from shared.ids import AccountId, AssetId, PlayerId, TenantId
from shared.messages.definition import PutDefinition
from shared.messages.envelope import ID_HEADER, TYPE_HEADER, ReplyMessage, envelope_of
from shared.messages.wallet import CreditWallet
from shared.running import REPLIES, REPLY_PARTITIONS
from shared.worker.items import Address
from shared.worker.tell import answer_to

TENANT = TenantId("starlight")
TOPIC = "ledger.commands"
PARTITIONS = 4
WAIT_S = 10.0
LONG_MS = 60_000
SOON_MS = 100


class Recorded(MemoryBus):
    """The memory bus, remembering how it was asked, and broken on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[list[Outgoing]] = []
        self.broken = False

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        if self.broken and messages[0].topic == TOPIC:
            raise BusError("the broker is away")
        if messages[0].topic == TOPIC:
            self.published.append(list(messages))
        await super().publish(messages)


class Desk:
    """A gateway's voice, and somebody at the other end who answers as the test wants."""

    def __init__(self, bus: Recorded, say: Say) -> None:
        self.bus, self.say = bus, say
        self._tails = [bus.tail(TOPIC, part) for part in range(PARTITIONS)]

    async def listen(self) -> None:
        for tail in self._tails:
            await tail.start()

    def credit(self, player: str = "rocket", key: str | None = None, amount: int = 5) -> asyncio.Task[ReplyMessage]:
        return asyncio.create_task(self._credit(player, key, amount))

    async def _credit(self, player: str, key: str | None, amount: int) -> ReplyMessage:
        wish = CreditWallet(
            player=PlayerId(player), asset=AssetId("WINZ"), amount=amount, account=AccountId("adjustments")
        )
        return await self.say.say(
            "ledger", wish, tenant=TENANT, key=player, actor="key:console", correlation_id="r-1", idempotency_key=key
        )

    async def asked(self, count: int) -> list[Incoming]:
        found: list[Incoming] = []
        async with asyncio.timeout(WAIT_S):
            while len(found) < count:
                for tail in self._tails:
                    found.extend(await tail.fetch(0.001))
        return found

    async def answer(self, message: Incoming, *, instance: str | None = None, balance: int = 1) -> None:
        asked = orjson.loads(message.value)
        to = asked["reply_to"]
        address = Address(to["topic"], to["partition"], instance or to["instance"], asked["id"])
        body = orjson.dumps({"balance": balance})
        await self.bus.publish([answer_to(address, code=None, details=None, body=body, repeated=False)])


@contextlib.asynccontextmanager
async def desk(timeout_ms: int = LONG_MS) -> AsyncIterator[Desk]:
    bus = Recorded()
    await bus.start()
    await bus.ensure({TOPIC: PARTITIONS, REPLIES: REPLY_PARTITIONS})
    say = Say(bus, SystemClock(), partitions=PARTITIONS, instance="gateway", timeout_ms=timeout_ms)
    assert say.trouble is not None
    running = asyncio.create_task(say.run())
    found = Desk(bus, say)
    await found.listen()
    async with asyncio.timeout(WAIT_S):
        while say.trouble is not None:
            await asyncio.sleep(0)
    yield found
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await bus.stop()


async def test_a_wish_lies_in_its_players_partition_in_an_envelope_that_the_worker_reads() -> None:
    async with desk() as at:
        waiting = at.credit(key="k-1")
        [message] = await at.asked(1)
        envelope = envelope_of(CreditWallet).model_validate_json(message.value)
        assert message.part == partition_of(TENANT, "rocket", PARTITIONS)
        assert message.key == b"starlight/rocket"
        assert dict(message.headers) == {TYPE_HEADER: b"wallet.credit", ID_HEADER: envelope.id.encode()}
        assert (envelope.tenant, envelope.key, envelope.actor, envelope.ttl_ms) == (
            TENANT,
            "rocket",
            "key:console",
            LONG_MS,
        )
        assert (envelope.idempotency.scope, envelope.idempotency.key) == ("door", "k-1")
        assert len(envelope.idempotency.fingerprint) == 32
        await at.answer(message, balance=7)
        assert (await waiting).body == {"balance": 7}


async def test_the_fingerprint_tells_bodies_apart_and_without_a_key_every_wish_is_its_own() -> None:
    async with desk() as at:
        tasks = [at.credit(key="k"), at.credit(key="k"), at.credit(key="k", amount=6), at.credit(), at.credit()]
        found = [envelope_of(CreditWallet).model_validate_json(m.value).idempotency for m in await at.asked(5)]
        prints = [one.fingerprint for one in found if one.key == "k"]
        assert len(prints) == 3
        assert len(set(prints)) == 2
        assert len({one.key for one in found}) == 3
        for task in tasks:
            task.cancel()


async def test_wishes_that_come_while_a_publish_is_under_way_go_out_together() -> None:
    async with desk() as at:
        tasks = [at.credit(f"p{n}") for n in range(100)]
        messages = await at.asked(100)
        assert sum(len(batch) for batch in at.bus.published) == 100
        assert len(at.bus.published) <= 2
        for n, message in enumerate(messages):
            await at.answer(message, balance=n)
        answers = await asyncio.gather(*tasks)
        assert sorted(answer.body["balance"] for answer in answers) == list(range(100))


async def test_answers_for_others_and_unreadable_ones_are_dropped() -> None:
    async with desk() as at:
        waiting = at.credit()
        [message] = await at.asked(1)
        await at.answer(message, instance="gateway.of-another-boot", balance=666)
        to = orjson.loads(message.value)["reply_to"]
        junk = Outgoing(
            REPLIES, to["partition"], None, b"not json", ((ID_HEADER, orjson.loads(message.value)["id"].encode()),)
        )
        await at.bus.publish([junk, Outgoing(REPLIES, to["partition"], None, b"{}", ())])
        await at.answer(message, balance=1)
        await at.answer(message, balance=2)
        assert (await waiting).body == {"balance": 1}


async def problem(waiting: asyncio.Task[Any]) -> str:
    with pytest.raises(Problem) as caught:
        await waiting
    return caught.value.code


async def test_without_an_answer_in_time_the_outcome_is_unknown() -> None:
    async with desk(SOON_MS) as at:
        assert await problem(at.credit()) == "no_answer"


async def test_a_broken_bus_fails_those_who_wait_and_the_next_wish_goes_out_again() -> None:
    async with desk() as at:
        at.bus.broken = True
        tasks = [at.credit(), at.credit()]
        assert [await problem(task) for task in tasks] == ["unavailable", "unavailable"]
        at.bus.broken = False
        waiting = at.credit()
        await at.answer((await at.asked(1))[0])
        assert (await waiting).outcome == "done"


async def test_more_than_may_wait_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    async with desk() as at:
        first = [at.credit(), at.credit()]
        messages = await at.asked(2)
        assert await problem(at.credit()) == "unavailable"
        for message in messages:
            await at.answer(message)
        await asyncio.gather(*first)
        waiting = at.credit()
        await at.answer((await at.asked(1))[0])
        await waiting


async def test_what_no_worker_would_take_is_not_sent() -> None:
    async with desk() as at:
        wish = PutDefinition(kind="asset", key="WINZ", spec={"name": "x" * 600_000})
        asking = at.say.say("ledger", wish, tenant=TENANT, key="definitions", actor="admin", correlation_id="r")
        assert await problem(asyncio.create_task(asking)) == "too_large"
        assert at.bus.published == []


async def test_before_replies_are_read_nothing_is_asked() -> None:
    async with desk() as at:
        deaf = Say(at.bus, SystemClock(), partitions=PARTITIONS, instance="gateway", timeout_ms=LONG_MS)
        assert await problem(Desk(at.bus, deaf).credit()) == "unavailable"
        assert at.bus.published == []


async def test_every_boot_is_another_instance() -> None:
    async with desk() as one, desk() as two:
        seen = set()
        for at in (one, two):
            task = at.credit()
            seen.add(orjson.loads((await at.asked(1))[0].value)["reply_to"]["instance"])
            task.cancel()
        assert len(seen) == 2
