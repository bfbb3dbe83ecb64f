"""What every bus promises to the members of a group and to their keepers, in memory and on a real Kafka alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from shared.bus import portion
from shared.bus.memory import MemoryBus
from shared.bus.port import MOST_FETCHED, Bus, BusError, Incoming, Member, MemberFenced, OffsetLost, Slot, Span
from tests.contracts.bus_rig import (
    ALL,
    DEADLINE_S,
    Joined,
    Journal,
    Keeper,
    Rig,
    memory_rig,
    raised_by,
    to,
    until,
    words,
)


class Floored(Keeper):
    """A worker's floor is one lock, held by a turn of its loop and by its keeper."""

    def __init__(self, journal: Journal, name: str, topics: Sequence[str]) -> None:
        super().__init__(journal, name, topics)
        self.floor = asyncio.Lock()

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        async with self.floor:
            return await super().gained(parts)

    async def lost(self, parts: frozenset[int]) -> None:
        async with self.floor:
            await super().lost(parts)


async def work(member: Member, floor: asyncio.Lock, seen: list[Incoming]) -> None:
    while True:
        async with floor:
            seen.extend(await member.fetch(DEADLINE_S))


async def chatter(bus: Bus, topic: str) -> None:
    while True:
        await bus.publish([message for part in range(4) for message in to(topic, part, "chatter")])


async def test_members_share_the_partitions_and_inherit_from_who_leaves(rig: Rig) -> None:
    topic = await rig.topic()
    one = await rig.join("one", topic)
    await one.has(0, 1, 2, 3)
    two = await rig.join("two", topic)
    await one.has(0, 1)
    await two.has(2, 3)
    await one.member.stop()
    assert one.keeper.held == frozenset()
    await two.has(0, 1, 2, 3)


async def test_nobody_gains_what_another_has_not_lost(rig: Rig) -> None:
    topic = await rig.topic()
    one = await rig.join("one", topic)
    two = await rig.join("two", topic)
    three = await rig.join("three", topic)
    await until(lambda: one.keeper.held | two.keeper.held | three.keeper.held == ALL)
    await two.member.stop()
    await until(lambda: one.keeper.held | three.keeper.held == ALL)
    holds: dict[str, frozenset[int]] = {}
    for name, what, parts in rig.journal:
        if what == "lost":
            assert holds.pop(name) == parts
        else:
            assert name not in holds
            assert all(parts.isdisjoint(others) for others in holds.values())
            holds[name] = parts


async def test_nothing_is_fetched_while_the_keeper_claims(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 0, "wait"))
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.may_claim.clear()
    joined = await rig.join("one", topic, keeper=keeper)
    await until(lambda: keeper.claims == 1)
    for _ in range(5):
        assert list(await joined.member.fetch(DEADLINE_S)) == []
    keeper.may_claim.set()
    assert words(await joined.read(1)) == ["wait"]


async def test_a_claim_is_cancelled_when_the_group_takes_the_partitions_back(rig: Rig) -> None:
    topic = await rig.topic()
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.may_claim.clear()
    one = await rig.join("one", topic, keeper=keeper)
    await until(lambda: keeper.claims == 1)
    two = await rig.join("two", topic)
    await two.has(2, 3)
    await until(lambda: keeper.claims == 2)
    assert [what for name, what, _ in rig.journal if name == "one"] == ["lost"]
    keeper.may_claim.set()
    await one.has(0, 1)


async def test_a_keeper_may_wait_for_the_fetch_that_is_under_way(rig: Rig) -> None:
    topic = await rig.topic()
    seen: list[Incoming] = []
    loops = [asyncio.create_task(chatter(rig.bus, topic))]
    joined: dict[str, Joined] = {}
    for name in ("one", "two", "three"):
        keeper = Floored(rig.journal, name, [topic])
        joined[name] = await rig.join(name, topic, keeper=keeper)
        loops.append(asyncio.create_task(work(joined[name].member, keeper.floor, seen)))
    await until(lambda: all(each.keeper.held for each in joined.values()))
    await joined["two"].member.rejoin()
    await joined["one"].member.stop()
    await until(lambda: joined["two"].keeper.held | joined["three"].keeper.held == ALL)
    for loop in loops:
        loop.cancel()
    await asyncio.wait(loops)
    assert seen


async def test_a_member_reads_on_where_its_keeper_says(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish([*to(topic, 0, "a", "b", "c"), *to(topic, 1, "d", "e")])
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.offsets = {Slot(topic, 0): 2, Slot(topic, 1): 1}
    joined = await rig.join("one", topic, keeper=keeper)
    assert sorted(words(await joined.read(2))) == ["c", "e"]
    keeper.offsets = {Slot(topic, 0): 1, Slot(topic, 1): 2}
    await joined.member.rejoin()
    assert words(await joined.read(2)) == ["b", "c"]


async def test_a_keeper_must_say_where_to_read_on(rig: Rig) -> None:
    topic = await rig.topic()
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.silent = True
    joined = await rig.join("one", topic, keeper=keeper)
    assert topic in str(await raised_by(joined.member, BusError))


@pytest.mark.parametrize("offset", [2, 6])
async def test_an_offset_that_the_broker_does_not_have_is_lost_and_what_helps_is_said(rig: Rig, offset: int) -> None:
    """Dropped for its age, or never given."""
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 2, "a", "b", "c", "d", "e"))
    await rig.drop(Slot(topic, 2), 3)
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.offsets = {Slot(topic, 2): offset}
    joined = await rig.join("one", topic, keeper=keeper)
    error = str(await raised_by(joined.member, OffsetLost))
    for word in (f"{topic}[2]", str(offset), "--adopt", "first message that is left"):
        assert word in error
    keeper.offsets = {Slot(topic, 2): 3}
    await joined.member.rejoin()
    assert words(await joined.read(2)) == ["d", "e"]


async def test_a_member_knows_what_the_broker_has_of_each_partition(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish([*to(topic, 0, *"abcdef"), *to(topic, 1, "g", "h")])
    await rig.drop(Slot(topic, 0), 4)
    await rig.drop(Slot(topic, 1), 2)
    joined = await rig.join("one", topic)
    slots = [Slot(topic, part) for part in range(3)]
    assert await joined.member.spans(slots) == dict(zip(slots, (Span(4, 6), Span(2, 2), Span(0, 0)), strict=True))
    assert await joined.member.spans([]) == {}


async def test_who_is_dealt_nothing_is_told_so_and_stands_by(rig: Rig) -> None:
    topic = await rig.topic(partitions=1)
    one = await rig.join("one", topic)
    await one.has(0)
    standby = await rig.join("two", topic)
    await until(lambda: ("two", "gained", frozenset()) in rig.journal)
    assert list(await standby.member.fetch(0.1)) == []
    await one.member.stop()
    await standby.has(0)
    await rig.bus.publish(to(topic, 0, "taken over"))
    assert words(await standby.read(1)) == ["taken over"]
    assert [what for name, what, _ in rig.journal if name == "two"] == ["gained", "gained"]


async def test_ends_and_lags_count_what_is_there_and_what_waits(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish([*to(topic, 0, *["x"] * (MOST_FETCHED + 100)), *to(topic, 1, "y")])
    joined = await rig.join("one", topic)
    slots = [Slot(topic, part) for part in range(4)]
    assert await joined.member.ends(slots) == dict(zip(slots, (MOST_FETCHED + 100, 1, 0, 0), strict=True))
    await joined.has(*ALL)
    seen = len(await joined.read(1))
    assert sum(joined.member.lags().values()) == MOST_FETCHED + 101 - seen
    await joined.read(MOST_FETCHED + 101 - seen)
    assert joined.member.lags() == dict.fromkeys(slots, 0)
    await rig.bus.publish(to(topic, 1, "z"))
    assert (await joined.member.ends([Slot(topic, 1)])) == {Slot(topic, 1): 2}


async def test_a_halted_partition_is_left_alone_until_it_is_gained_again(rig: Rig) -> None:
    topic = await rig.topic()
    joined = await rig.join("one", topic)
    await joined.has(*ALL)
    await rig.bus.publish(to(topic, 0, "first"))
    assert words(await joined.read(1)) == ["first"]
    joined.member.halt(0)
    await rig.bus.publish(to(topic, 0, "halted"))
    await rig.bus.publish(to(topic, 1, "others"))
    assert words(await joined.read(1)) == ["others"]
    assert list(await joined.member.fetch(0.2)) == []
    joined.keeper.offsets = {Slot(topic, 0): 1, Slot(topic, 1): 1}
    await joined.member.rejoin()
    assert words(await joined.read(1)) == ["halted"]


async def test_a_halt_drops_what_was_read_ahead(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "LARGEST_FETCH_BYTES", 1_000)
    topic = await rig.topic()
    await rig.bus.publish([*to(topic, 0, *["x" * 300] * 10), *to(topic, 1, *["y" * 300] * 10)])
    joined = await rig.join("one", topic)
    before = await joined.read(1)
    assert len(before) == 3
    joined.member.halt(0)
    after = await joined.read(10 - sum(message.part == 1 for message in before))
    assert {message.part for message in after} == {1}
    assert list(await joined.member.fetch(0.2)) == []


async def test_partitions_of_one_number_go_to_one_member_whatever_their_topic(rig: Rig) -> None:
    topics = [await rig.topic("orders"), await rig.topic("wagers")]
    one = await rig.join("one", *topics)
    two = await rig.join("two", *topics)
    await one.has(0, 1)
    await two.has(2, 3)
    await rig.bus.publish([message for topic in topics for part in range(4) for message in to(topic, part, "x")])
    for joined in (one, two):
        places = {(message.topic, message.part) for message in await joined.read(4)}
        assert places == {(topic, part) for topic in topics for part in joined.keeper.held}


async def test_topics_of_one_member_have_equal_numbers_of_partitions(rig: Rig) -> None:
    with pytest.raises(BusError, match="equal"):
        await rig.join("one", await rig.topic("orders", 4), await rig.topic("wagers", 3))


async def test_who_asks_for_more_topics_before_the_start_begins_with_them(rig: Rig) -> None:
    topics = [await rig.topic("orders"), await rig.topic("wagers")]
    member, keeper = rig.bus.member(rig.prefix, "one", topics[:1]), Keeper(rig.journal, "one", topics)
    rig.started.append(member)
    await member.subscribe(topics)
    await rig.bus.publish([message for topic in topics for message in to(topic, 1, "x")])
    await member.start(keeper)
    assert {message.topic for message in await Joined(member, keeper).read(2)} == {*topics}
    assert rig.journal == [("one", "gained", ALL)]


async def test_who_rejoins_loses_everything_first(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 0, "again"))
    joined = await rig.join("one", topic)
    assert words(await joined.read(1)) == ["again"]
    await joined.member.rejoin()
    assert words(await joined.read(1)) == ["again"]
    assert [what for _, what, _ in rig.journal] == ["gained", "lost", "gained"]


async def test_what_a_claim_raises_is_raised_by_fetch_until_the_group_deals_anew(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 0, "x"))
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.error = ValueError("these offsets belong to another cluster")
    joined = await rig.join("one", topic, keeper=keeper)
    for _ in range(2):
        assert await raised_by(joined.member, ValueError) is keeper.error
    keeper.error = None
    await joined.member.rejoin()
    await joined.has(*ALL)
    assert words(await joined.read(1)) == ["x"]


async def test_a_restarted_member_gets_its_own_partitions_again(rig: Rig) -> None:
    topic = await rig.topic()
    one, two = await rig.join("one", topic), await rig.join("two", topic)
    await one.has(0, 1)
    await two.has(2, 3)
    await one.member.stop()
    await two.has(0, 1, 2, 3)
    again = await rig.join("one", topic)
    await again.has(0, 1)
    await two.has(2, 3)


async def test_who_takes_a_members_name_takes_its_partitions_and_fences_it(rig: Rig) -> None:
    topic = await rig.topic()
    first, other = await rig.join("one", topic), await rig.join("two", topic)
    await first.has(0, 1)
    await other.has(2, 3)
    second = await rig.join("one", topic, bus=await rig.elsewhere())
    await second.has(0, 1)
    error = await raised_by(first.member, MemberFenced)
    assert "one" in str(error)
    with pytest.raises(MemberFenced):
        await first.member.fetch(0)
    await first.member.stop()
    assert second.keeper.held == {0, 1}
    await rig.bus.publish(to(topic, 0, "mine"))
    assert words(await second.read(1)) == ["mine"]


async def test_a_report_never_raises(rig: Rig) -> None:
    topic = await rig.topic()
    await rig.bus.publish(to(topic, 0, "x"))
    joined = await rig.join("one", topic)
    await joined.member.report({Slot(topic, 0): 0})
    await joined.read(1)
    await joined.member.report({Slot(topic, 0): 1, Slot("nowhere", 7): 3})
    await joined.member.report({})


async def test_stopping_tells_the_keeper_once_and_may_be_repeated(rig: Rig) -> None:
    joined = await rig.join("one", await rig.topic())
    await joined.has(*ALL)
    await joined.member.stop()
    await joined.member.stop()
    assert rig.journal[-1] == ("one", "lost", ALL)
    assert len(rig.journal) == 2


async def test_a_member_may_be_stopped_while_its_keeper_claims(rig: Rig) -> None:
    topic = await rig.topic()
    keeper = Keeper(rig.journal, "one", [topic])
    keeper.may_claim.clear()
    joined = await rig.join("one", topic, keeper=keeper)
    await until(lambda: keeper.claims == 1)
    async with asyncio.timeout(DEADLINE_S):
        await joined.member.stop()
    assert rig.journal == [("one", "lost", ALL)]


async def test_a_silent_member_of_the_memory_bus_goes_on_as_a_zombie_until_it_asks_again() -> None:
    bus, rig = MemoryBus(), memory_rig()
    rig.bus = bus
    topic = await rig.topic()
    zombie, heir = await rig.join("one", topic), await rig.join("two", topic)
    await zombie.has(0, 1)
    await bus.expire(rig.prefix, "one")
    await heir.has(*ALL)
    await bus.publish(to(topic, 0, "for both"))
    assert words(await zombie.read(1)) == words(await heir.read(1)) == ["for both"]
    await zombie.member.rejoin()
    await until(lambda: heir.keeper.held == {2, 3})
    await zombie.has(0, 1)
    await rig.stop()
