"""What Kafka's driver is asked for on behalf of a member, of its own topic and of the streams beside it."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition

from shared.bus.kafka.member import KafkaMember
from shared.bus.port import MOST_FETCHED, Incoming
from tests.contracts.bus_rig import ALL, Joined, Rig, kafka_rig, raised_by, to, until, words
from tests.contracts.test_bus_streams import two_topics


def waiting_in(joined: Joined) -> list[Incoming]:
    """What has been read of the member's own topic and not been handed over."""
    assert isinstance(joined.member, KafkaMember)
    return joined.member._backlog._own.messages


async def has_read(joined: Joined, count: int) -> None:
    await until(lambda: len(waiting_in(joined)) == count)


async def alone(bootstrap: str) -> tuple[Rig, str, Joined]:
    """A topic, and the one member that has all of it."""
    rig = await kafka_rig(bootstrap)
    own = await rig.topic()
    one = await rig.join("one", own)
    await one.has(*ALL)
    return rig, own, one


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_what_comes_while_the_keeper_is_busy_is_there_when_it_fetches(kafka_bootstrap: str) -> None:
    rig, own, one = await alone(kafka_bootstrap)
    for count, (part, value) in enumerate([(0, "a"), (0, "b"), (1, "c"), (0, "d")], 1):
        await rig.bus.publish(to(own, part, value))
        await has_read(one, count)
    assert words(await one.member.fetch(0.2)) == ["a", "b", "c", "d"]
    await rig.stop()


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_what_nobody_fetches_is_read_ahead_no_further_than_one_fetch_more(kafka_bootstrap: str) -> None:
    rig, own, one = await alone(kafka_bootstrap)
    numbers = [str(number) for number in range(3 * MOST_FETCHED)]
    for first in range(0, len(numbers), 100):
        await rig.bus.publish(to(own, 0, *numbers[first : first + 100]))
        if first < MOST_FETCHED:
            await has_read(one, first + 100)
    assert len(waiting_in(one)) == MOST_FETCHED
    assert words(await one.read(len(numbers))) == numbers
    await rig.stop()


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_what_cannot_be_read_is_raised_by_the_next_fetch_and_not_passed_over(kafka_bootstrap: str) -> None:
    rig, own, one = await alone(kafka_bootstrap)
    assert isinstance(one.member, KafkaMember)
    fetcher = one.member._running()._fetcher
    fetcher._value_deserializer = undecodable
    await rig.bus.publish(to(own, 0, "a"))
    assert isinstance(await raised_by(one.member, ValueError), ValueError)
    fetcher._value_deserializer = None
    assert words(await one.read(1)) == ["a"]
    await rig.stop()


def undecodable(_: bytes) -> bytes:
    raise ValueError("a broken message")


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_kafka_sends_nothing_of_a_partition_that_is_not_read(kafka_bootstrap: str) -> None:
    rig = await kafka_rig(kafka_bootstrap)
    own, stream = await two_topics(rig)
    await rig.bus.publish([each for topic in (own, stream) for part in range(4) for each in to(topic, part, "x")])
    await rig.join("one", own)
    two = await rig.join("two", own, stream)
    await two.has(2, 3)
    await two.read(4)
    assert isinstance(two.member, KafkaMember)
    consumer = two.member._running()
    heard = {part: consumer.highwater(TopicPartition(stream, part)) for part in range(4)}
    assert heard == {0: None, 1: None, 2: 1, 3: 1}
    assert {place.partition for place in consumer._fetcher._records if place.topic == stream} <= {2, 3}
    await rig.stop()


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_kafka_is_asked_for_more_of_the_own_topic_while_a_stream_read_ahead_waits(kafka_bootstrap: str) -> None:
    """The driver would wait a tenth of a second for somebody to take what it has, and ask the broker for nothing.

    Once more of the own topic waits than one fetch hands over it shall do so: a request that leaves a busy partition
    out keeps its next message waiting.
    """
    rig = await kafka_rig(kafka_bootstrap)
    own, stream = await two_topics(rig)
    one = await rig.join("one", own, stream)
    await one.has(*ALL)
    assert isinstance(one.member, KafkaMember)
    ahead = one.member._running()._fetcher._records
    await rig.bus.publish(to(stream, 0, *["x"] * 10))
    await until(lambda: bool(ahead))
    assert {records._backoff for records in ahead.values()} == {0.0}
    await rig.bus.publish(to(own, 0, *["o"] * MOST_FETCHED))
    await until(lambda: len(waiting_in(one)) >= MOST_FETCHED)
    await rig.bus.publish(to(own, 0, "p"))
    await until(lambda: any(place.topic == own for place in ahead))
    assert all(records._backoff > 0 for place, records in ahead.items() if place.topic == own)
    await rig.stop()
