"""What Kafka's driver is asked for on behalf of a member that reads streams beside its own topic."""

from __future__ import annotations

import pytest
from aiokafka import TopicPartition

from shared.bus.kafka.member import KafkaMember
from tests.contracts.bus_rig import ALL, kafka_rig, to, until
from tests.contracts.test_bus_streams import two_topics


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

    While something of the own topic waits to be taken it shall do so: a request that leaves a busy partition out keeps
    its next message waiting.
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
    await rig.bus.publish(to(own, 0, "o"))
    await until(lambda: any(place.topic == own for place in ahead))
    assert all(records._backoff > 0 for place, records in ahead.items() if place.topic == own)
    await rig.stop()
