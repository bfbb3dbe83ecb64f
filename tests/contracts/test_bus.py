"""What every bus promises about topics and messages, asked of the one in memory and of a real Kafka alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.bus import memory_log
from shared.bus.kafka import KafkaBus
from shared.bus.memory import MemoryBus
from shared.bus.port import (
    LARGEST_FETCH_BYTES,
    LARGEST_MESSAGE_BYTES,
    MOST_FETCHED,
    BusError,
    Incoming,
    NoSuchPlace,
    OffsetLost,
    Outgoing,
    Slot,
)
from tests.contracts.bus_rig import ALL, DEADLINE_S, Rig, kafka_rig, memory_rig, raised_by, to, until, words

HOUR = timedelta(hours=1)


async def test_what_was_acknowledged_is_fetched_in_the_order_of_its_partition(rig: Rig) -> None:
    topic = await rig.topic()
    for turn in range(20):
        await rig.bus.publish([*to(topic, 0, f"a{turn}"), *to(topic, 1, f"b{turn}")])
    joined = await rig.join("one", topic)
    found = await joined.read(40)
    for part, letter in ((0, "a"), (1, "b")):
        ours = [message for message in found if message.part == part]
        assert words(ours) == [f"{letter}{turn}" for turn in range(20)]
        assert [message.offset for message in ours] == list(range(20))


async def test_a_message_arrives_as_it_was_published(rig: Rig) -> None:
    topic = await rig.topic()
    headers = (("type", b"wallet.credit"), ("id", b"\x00\xff"), ("type", b""))
    await rig.bus.publish([Outgoing(topic, 2, b"starlight/rocket", b"{}", headers), Outgoing(topic, 2, None, b"")])
    full, empty = await (await rig.join("one", topic)).read(2)
    assert (full.topic, full.part, full.offset) == (topic, 2, 0)
    assert (full.key, full.value, full.headers) == (b"starlight/rocket", b"{}", headers)
    assert (empty.key, empty.value, empty.headers) == (None, b"", ())


async def test_append_times_are_in_utc_and_never_go_back(rig: Rig) -> None:
    topic = await rig.topic()
    for turn in range(5):
        await rig.bus.publish(to(topic, 0, str(turn)))
    times = [message.appended_at for message in await (await rig.join("one", topic)).read(5)]
    assert times == sorted(times)
    assert all(time.utcoffset() == timedelta() for time in times)
    assert abs(times[0] - datetime.now(UTC)) < HOUR


async def test_what_cannot_be_appended_is_refused(rig: Rig) -> None:
    topic = await rig.topic()
    with pytest.raises(BusError):
        await rig.bus.publish(to(f"{topic}.missing", 0, "lost"))
    with pytest.raises(BusError):
        await rig.bus.publish(to(topic, 4, "lost"))
    with pytest.raises(BusError, match="bytes"):
        await rig.bus.publish([*to(topic, 0, "with it"), Outgoing(topic, 0, None, b"x" * (LARGEST_MESSAGE_BYTES + 1))])
    await rig.bus.publish(to(topic, 0, "taken"))
    assert words(await (await rig.join("one", topic)).read(1)) == ["taken"]


@pytest.mark.parametrize("part", [None, 99, -1])
async def test_a_place_that_is_not_there_is_named_and_nothing_is_appended(rig: Rig, part: int | None) -> None:
    topic = await rig.topic()
    missing = Outgoing(f"{topic}.missing", 0, None, b"") if part is None else Outgoing(topic, part, None, b"")
    good = to(topic, 0, "good")
    with pytest.raises(NoSuchPlace) as raised:
        await rig.bus.publish([*good, missing])
    assert (raised.value.topic, raised.value.part) == (missing.topic, part)
    assert [raised.value.meant(message) for message in (*good, missing)] == [False, True]
    await rig.bus.publish(to(topic, 0, "next"))
    assert words(await (await rig.join("one", topic)).read(1)) == ["next"]


async def test_the_largest_message_fits(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish([Outgoing(topic, 0, None, b"x" * LARGEST_MESSAGE_BYTES)])
    (found,) = await (await rig.join("one", topic)).read(1)
    assert len(found.value) == LARGEST_MESSAGE_BYTES


async def test_a_fetch_finds_nothing_where_there_is_nothing(rig: Rig) -> None:
    joined = await rig.join("one", await rig.topic())
    await joined.has(*ALL)
    assert list(await joined.member.fetch(0.05)) == []
    assert list(await joined.member.fetch(0)) == []


async def test_a_waiting_fetch_is_woken_by_a_message(rig: Rig) -> None:
    topic = await rig.topic()
    joined = await rig.join("one", topic)
    await joined.has(*ALL)
    fetching = asyncio.create_task(joined.member.fetch(DEADLINE_S))
    await asyncio.sleep(0)
    await rig.bus.publish(to(topic, 3, "hello"))
    async with asyncio.timeout(DEADLINE_S / 2):
        assert words(await fetching) == ["hello"]


async def test_one_fetch_hands_over_so_many_messages_and_no_more(rig: Rig) -> None:
    topic = await rig.topic()
    values = [str(number).ljust(1_000) for number in range(MOST_FETCHED + 200)]
    await rig.bus.publish([*to(topic, 0, *values), *to(topic, 1, *values)])
    joined = await rig.join("one", topic)
    found: list[Incoming] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < 2 * len(values):
            portion = await joined.member.fetch(0.2)
            assert len(portion) <= MOST_FETCHED
            found += portion
    for part in (0, 1):
        assert words([message for message in found if message.part == part]) == values


async def test_one_fetch_hands_over_so_many_bytes_and_no_more(rig: Rig) -> None:
    topic = await rig.topic()
    large = [Outgoing(topic, number % 4, None, bytes([number]) * 700_000) for number in range(20)]
    for message in large:
        await rig.bus.publish([message])
    joined = await rig.join("one", topic)
    found: list[Incoming] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < len(large):
            portion = await joined.member.fetch(0.2)
            assert sum(len(message.value) for message in portion) <= LARGEST_FETCH_BYTES
            found += portion
    assert sorted(message.value[0] for message in found) == list(range(20))


async def test_a_tail_sees_only_what_comes_after_it_stands(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 1, "before"))
    tail = rig.bus.tail(topic, 1)
    rig.started.append(tail)
    await tail.start()
    await rig.bus.publish([*to(topic, 1, "after"), *to(topic, 0, "elsewhere")])
    found: list[Incoming] = []
    async with asyncio.timeout(DEADLINE_S):
        while not found:
            found += await tail.fetch(0.2)
    assert words([*found, *await tail.fetch(0.1)]) == ["after"]
    assert found[0].offset == 1


async def test_a_tail_follows_several_partitions_each_in_its_order_and_no_other(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish([message for part in ALL for message in to(topic, part, "before")])
    tail = rig.bus.tail(topic, 0, 2, 3)
    rig.started.append(tail)
    await tail.start()
    for turn in range(20):
        await rig.bus.publish([message for part in ALL for message in to(topic, part, f"{part}.{turn}")])
    found: list[Incoming] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < 60:
            found += await tail.fetch(0.2)
    assert await tail.fetch(0.1) == []
    for part in (0, 2, 3):
        ours = [message for message in found if message.part == part]
        assert words(ours) == [f"{part}.{turn}" for turn in range(20)]
        assert [message.offset for message in ours] == list(range(1, 21))


async def test_a_tail_hands_over_so_many_messages_and_a_busy_partition_holds_back_none(rig: Rig) -> None:
    topic = await rig.topic()
    tail = rig.bus.tail(topic, 0, 1)
    rig.started.append(tail)
    await tail.start()
    await rig.bus.publish(to(topic, 0, *["busy"] * 4 * MOST_FETCHED))
    await rig.bus.publish(to(topic, 1, "quiet"))
    found: list[Incoming] = []
    async with asyncio.timeout(DEADLINE_S):
        while "quiet" not in words(found):
            portion = await tail.fetch(0.2)
            assert len(portion) <= MOST_FETCHED
            found += portion
        while len(found) < 4 * MOST_FETCHED + 1:
            found += await tail.fetch(0.2)


async def test_a_tail_needs_its_partitions(rig: Rig) -> None:
    topic = await rig.topic()
    for tail in (rig.bus.tail(topic, 4), rig.bus.tail(topic, 0, 4), rig.bus.tail(f"{topic}.missing", 0)):
        with pytest.raises(BusError):
            await tail.start()
        await tail.stop()


async def test_a_topic_keeps_its_identity_until_it_is_made_anew(rig: Rig) -> None:
    topic = await rig.topic(partitions=3)
    known = await rig.bus.topic(topic)
    assert known.partitions == 3
    assert await (await rig.elsewhere()).topic(topic) == known
    assert (await rig.bus.topic(await rig.topic("others"))).topic_id != known.topic_id
    anew = await (await rig.make_anew(topic, 3)).topic(topic)
    assert (anew.cluster, anew.topic_id) != (known.cluster, known.topic_id)


async def test_a_missing_topic_has_no_identity_and_no_members(rig: Rig) -> None:
    missing = f"{rig.prefix}.missing"
    with pytest.raises(BusError, match=missing):
        await rig.bus.topic(missing)
    with pytest.raises(BusError, match=missing):
        await rig.join("one", missing)


async def test_topics_are_created_once_and_keep_their_partitions(rig: Rig) -> None:
    topic = await rig.topic(partitions=2)
    before = await rig.bus.topic(topic)
    await rig.bus.publish(to(topic, 1, "kept"))
    await rig.bus.ensure({topic: 2, f"{topic}.new": 1}, {topic: 60_000, f"{topic}.new": 60_000})
    assert await rig.bus.topic(topic) == before
    assert words(await (await rig.join("one", topic)).read(1)) == ["kept"]
    with pytest.raises(BusError, match="2 partitions, not 3"):
        await rig.bus.ensure({topic: 3})


async def test_several_processes_may_create_the_same_topics_at_once(rig: Rig) -> None:
    other = await rig.elsewhere()
    topics = {f"{rig.prefix}.{number}": 2 for number in range(5)}
    await asyncio.gather(rig.bus.ensure(topics), other.ensure(topics))
    assert (await rig.bus.topic(f"{rig.prefix}.4")).partitions == 2


async def test_the_memory_bus_takes_its_times_from_whom_it_is_told() -> None:
    moment = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    rig = replace(memory_rig(), bus=MemoryBus(now=lambda: moment))
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 0, "x"))
    (found,) = await (await rig.join("one", topic)).read(1)
    assert found.appended_at == moment
    await rig.stop()


async def test_the_memory_bus_drops_what_everybody_read_long_ago() -> None:
    rig = memory_rig()
    topic = await rig.topic()
    joined = await rig.join("one", topic)
    await joined.has(*ALL)
    everything = memory_log.MOST_READ_KEPT + 3 * memory_log.TRIM_EVERY
    for start in range(0, everything, MOST_FETCHED):
        await rig.bus.publish(to(topic, 0, *(str(start + number) for number in range(MOST_FETCHED))))
        await joined.read(MOST_FETCHED)
    joined.keeper.offsets = {Slot(topic, 0): 0}
    await joined.member.rejoin()
    await raised_by(joined.member, OffsetLost)
    joined.keeper.offsets = {Slot(topic, 0): everything - memory_log.MOST_READ_KEPT}
    await joined.member.rejoin()
    await until(lambda: joined.keeper.claims == 3)
    assert len(await joined.read(memory_log.MOST_READ_KEPT)) == memory_log.MOST_READ_KEPT
    await rig.stop()


async def test_the_memory_bus_refuses_more_than_it_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_log, "MOST_UNREAD", memory_log.MOST_READ_KEPT)
    rig = memory_rig()
    topic = await rig.topic()
    joined = await rig.join("one", topic)
    await joined.has(*ALL)
    await rig.bus.publish(to(topic, 0, *["x"] * (memory_log.MOST_READ_KEPT + memory_log.TRIM_EVERY)))
    with pytest.raises(BusError, match="full"):
        await rig.bus.publish(to(topic, 0, "one too many"))
    await rig.stop()


async def test_a_kafka_that_does_not_answer_is_named() -> None:
    bus = KafkaBus("127.0.0.1:1")
    with pytest.raises(BusError, match=r"127\.0\.0\.1:1"):
        await bus.start()
    with pytest.raises(BusError):
        await bus.topic("orders")
    await bus.stop()


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_kafka_takes_messages_again_after_it_refused_one(kafka_bootstrap: str) -> None:
    """The driver's idempotent producer numbers its batches, and a refused one leaves a gap."""
    rig = await kafka_rig(kafka_bootstrap)
    topic = f"{rig.prefix}.small"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "1000"})])
    await admin.close()
    await rig.bus.ensure({topic: 1})
    await rig.bus.publish(to(topic, 0, "before"))
    with pytest.raises(BusError, match="MessageSizeTooLarge"):
        await rig.bus.publish(to(topic, 0, "x" * 2_000))
    await rig.bus.publish(to(topic, 0, "after"))
    assert words(await (await rig.join("one", topic)).read(2)) == ["before", "after"]
    await rig.stop()
