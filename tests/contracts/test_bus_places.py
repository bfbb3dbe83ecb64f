"""A worker reads on only where the broker has something to read, unless an operator says that it may begin anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from shared.bus.port import Slot, Topic
from shared.eventlog.port import EventLog, Fenced, WrongOffsets
from shared.eventlog.rows import Commit, OffsetMove, PositionMove
from shared.worker.partition import Owned
from shared.worker.places import placed
from tests.contracts.bus_rig import Joined, Rig, to, words
from tests.contracts.eventlog_shop import PARTITIONS, Place

AT: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PART: Final = 2


async def claim(log: EventLog, topics: dict[str, Topic]) -> Owned:
    (claimed,) = await log.claim([PART], "ann", topics, adopt=False, epochs={})
    return Owned.of(claimed)


async def read_up_to(log: EventLog, one: Owned, topic: str, offset: int) -> None:
    """As if a worker had decided everything before this offset."""
    stays = PositionMove(one.part, one.epoch, 0, 0, 0, one.chain, AT)
    await log.commit(Commit(positions=[stays], offsets=[OffsetMove(PART, topic, one.offsets[topic], offset)]))


async def five_messages_of_which_two_are_dropped(rig: Rig) -> tuple[str, Joined]:
    topic = await rig.topic(partitions=PARTITIONS)
    await rig.bus.publish(to(topic, PART, *"abcde"))
    await rig.drop(Slot(topic, PART), 2)
    return topic, await rig.join("one", topic)


@pytest.mark.parametrize("offset", [1, 6, 1_000])
async def test_an_offset_out_of_range_is_refused_and_adopting_it_begins_where_the_broker_begins(
    rig: Rig, place: Place, offset: int
) -> None:
    topic, joined = await five_messages_of_which_two_are_dropped(rig)
    topics = {topic: await rig.bus.topic(topic)}
    log = place.log
    await read_up_to(log, await claim(log, topics), topic, offset)
    one = await claim(log, topics)
    with pytest.raises(WrongOffsets) as refused:
        await placed(log, joined.member, [one], adopt=False)
    for word in (f"{topic}, partition {PART}", f"offset {offset}", "2 to 5", "--adopt", "from offset 2"):
        assert word in str(refused.value)
    assert (await claim(log, topics)).offsets == {topic: offset}

    one = await claim(log, topics)
    await placed(log, joined.member, [one], adopt=True)
    assert one.offsets == {topic: 2}
    joined.keeper.offsets = {Slot(topic, PART): one.offsets[topic]}
    await joined.member.rejoin()
    assert words(await joined.read(3)) == ["c", "d", "e"]
    await read_up_to(log, one, topic, 5)
    again = await claim(log, topics)
    assert again.offsets == {topic: 5}
    await placed(log, joined.member, [again], adopt=False)


@pytest.mark.parametrize("offset", [2, 4, 5])
@pytest.mark.parametrize("adopt", [False, True])
async def test_an_offset_within_range_is_left_alone(rig: Rig, place: Place, offset: int, adopt: bool) -> None:
    topic, joined = await five_messages_of_which_two_are_dropped(rig)
    topics = {topic: await rig.bus.topic(topic)}
    await read_up_to(place.log, await claim(place.log, topics), topic, offset)
    one = await claim(place.log, topics)
    await placed(place.log, joined.member, [one], adopt=adopt)
    assert one.offsets == (await claim(place.log, topics)).offsets == {topic: offset}


async def test_a_new_log_does_not_silently_miss_what_the_broker_has_dropped(rig: Rig, place: Place) -> None:
    topic, joined = await five_messages_of_which_two_are_dropped(rig)
    one = await claim(place.log, {topic: await rig.bus.topic(topic)})
    with pytest.raises(WrongOffsets, match="--adopt"):
        await placed(place.log, joined.member, [one], adopt=False)
    await placed(place.log, joined.member, [one], adopt=True)
    assert one.offsets == {topic: 2}


async def test_a_worker_that_was_fenced_meanwhile_moves_no_offset(rig: Rig, place: Place) -> None:
    topic, joined = await five_messages_of_which_two_are_dropped(rig)
    topics = {topic: await rig.bus.topic(topic)}
    zombie = await claim(place.log, topics)
    heir = await claim(place.log, topics)
    with pytest.raises(Fenced):
        await placed(place.log, joined.member, [zombie], adopt=True)
    assert zombie.offsets == heir.offsets == (await claim(place.log, topics)).offsets == {topic: 0}


async def test_who_owns_nothing_has_no_place_to_look_for(rig: Rig, place: Place) -> None:
    topic, joined = await five_messages_of_which_two_are_dropped(rig)
    topics = {topic: await rig.bus.topic(topic)}
    assert await place.log.claim([], "standby", topics, adopt=False, epochs={}) == []
    await placed(place.log, joined.member, [], adopt=False)
