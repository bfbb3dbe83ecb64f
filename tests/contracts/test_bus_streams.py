"""What every bus promises to a member that reads streams beside its own topic, in memory and on a real Kafka alike."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import pytest

from shared.bus import portion
from shared.bus.port import LARGEST_FETCH_BYTES, MOST_FETCHED, BusError, Incoming, Slot
from tests.contracts.bus_rig import ALL, DEADLINE_S, Joined, Keeper, Rig, raised_by, to, until, words

KILOBYTE: Final = "x" * 1_000


class Bookkeeper(Keeper):
    """Keeps its offsets in one book with others, and lets go only between two turns of its loop, as a worker does."""

    def __init__(self, rig: Rig, name: str, topics: Sequence[str], book: dict[Slot, int]) -> None:
        super().__init__(rig.journal, name, topics)
        self.offsets = book
        self.floor = asyncio.Lock()

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        async with self.floor:
            return await super().gained(parts)

    async def lost(self, parts: frozenset[int]) -> None:
        async with self.floor:
            await super().lost(parts)


class Reading:
    """A member at work, as a worker is: one loop, which alone fetches and subscribes."""

    def __init__(self, joined: Joined, keeper: Bookkeeper, seen: list[Incoming]) -> None:
        self.joined, self.keeper, self.seen = joined, keeper, seen
        self.wanted: list[str] | None = None
        self.task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while True:
            async with self.keeper.floor:
                for message in await self.joined.member.fetch(0.2):
                    self.keeper.offsets[Slot(message.topic, message.part)] = message.offset + 1
                    self.seen.append(message)
                if self.wanted is not None:
                    wanted, self.wanted = self.wanted, None
                    await self.joined.member.subscribe(wanted)


async def two_topics(rig: Rig) -> tuple[str, str]:
    return await rig.topic("commands"), await rig.topic("wagers")


async def waits(joined: Joined, slot: Slot) -> None:
    """Returns when the member has heard that the broker has more of this partition, and could hand it over."""
    await until(lambda: joined.member.lags().get(slot, 0) > 0)


async def fetched(joined: Joined) -> Sequence[Incoming]:
    """The first fetch that finds something."""
    async with asyncio.timeout(DEADLINE_S):
        while not (found := await joined.member.fetch(0.2)):
            pass
    return found


def counted(messages: Sequence[Incoming], own: str) -> tuple[int, int]:
    """How many of the own topic, and of streams. The own ones come first."""
    ours = [message.topic == own for message in messages]
    assert ours == sorted(ours, reverse=True)
    return sum(ours), len(ours) - sum(ours)


def places(messages: Sequence[Incoming]) -> set[Slot]:
    return {Slot(message.topic, message.part) for message in messages}


async def test_own_messages_come_before_those_of_streams_and_each_partition_in_order(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    for turn in range(20):
        values = [f"{turn:02}"]
        await rig.bus.publish([each for topic in (stream, own) for part in (0, 3) for each in to(topic, part, *values)])
    joined = await rig.join("one", own, stream)
    found: list[Incoming] = []
    mixed = 0
    while len(found) < 80:
        some = await fetched(joined)
        mixed += all(counted(some, own))
        found += some
    assert mixed
    for slot in places(found):
        assert [message.offset for message in found if (message.topic, message.part) == slot] == list(range(20))


async def test_streams_fill_what_room_the_own_topic_leaves(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "MOST_STREAMED", 30)
    own, stream = await two_topics(rig)
    await rig.bus.publish([*to(stream, 0, *["s"] * 50), *to(stream, 1, *["s"] * 50), *to(own, 0, *["o"] * 10)])
    joined = await rig.join("one", own, stream)
    assert counted(await fetched(joined), own) == (10, 20)
    assert counted(await fetched(joined), own) == (0, 30)
    await rig.bus.publish(to(own, 1, *["o"] * 40))
    await waits(joined, Slot(own, 1))
    assert counted(await fetched(joined), own) == (40, 0)
    rest = [counted(await fetched(joined), own) for _ in range(2)]
    assert rest == [(0, 30), (0, 20)]


async def test_streams_have_no_room_beside_a_full_own_topic_however_much_they_may_have(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portion, "MOST_STREAMED", MOST_FETCHED + 100)
    own, stream = await two_topics(rig)
    await rig.bus.publish([*to(own, 0, *["o"] * (MOST_FETCHED + 10)), *to(stream, 0, *["s"] * (2 * MOST_FETCHED))])
    joined = await rig.join("one", own, stream)
    assert counted(await fetched(joined), own) == (MOST_FETCHED, 0)
    assert counted(await fetched(joined), own) == (10, MOST_FETCHED + 90)
    assert counted(await fetched(joined), own) == (0, MOST_FETCHED - 90)


async def test_the_backlog_of_a_stream_never_holds_back_the_own_topic(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portion, "MOST_STREAMED", 500)
    own, stream = await two_topics(rig)
    for part in range(4):
        await rig.bus.publish(to(stream, part, *[KILOBYTE] * 2_000))
    joined = await rig.join("one", own, stream)
    await joined.has(*ALL)
    for turn in range(4):
        await fetched(joined)
        await rig.bus.publish(to(own, turn, f"own {turn}"))
        await waits(joined, Slot(own, turn))
        assert (await fetched(joined))[0].value == f"own {turn}".encode()
    assert sum(lag for slot, lag in joined.member.lags().items() if slot.topic == stream) > MOST_FETCHED


async def test_what_was_read_ahead_of_a_stream_does_not_hold_back_the_own_topic(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fetch hands over so many bytes; what is left of a stream waits for its turn again."""
    monkeypatch.setattr(portion, "LARGEST_FETCH_BYTES", 3_500)
    own, stream = await two_topics(rig)
    await rig.bus.publish(to(stream, 0, *[KILOBYTE] * 20))
    joined = await rig.join("one", own, stream)
    assert counted(await fetched(joined), own) == (0, 3)
    await rig.bus.publish(to(own, 0, *[KILOBYTE] * 5))
    await waits(joined, Slot(own, 0))
    sizes = [counted(await fetched(joined), own) for _ in range(3)]
    assert sizes == [(3, 0), (2, 1), (0, 3)]
    found = await joined.read(13)
    assert [message.offset for message in found] == list(range(7, 20))


async def test_no_partition_of_a_stream_waits_for_ever_for_another(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portion, "MOST_STREAMED", 500)
    own, stream = await two_topics(rig)
    for part in range(4):
        await rig.bus.publish(to(stream, part, *[KILOBYTE] * 2_000))
    joined = await rig.join("one", own, stream)
    seen: set[Slot] = set()
    while len(seen) < 4:
        seen |= places(await fetched(joined))
    assert all(joined.member.lags()[slot] > 0 for slot in seen)


async def test_one_fetch_hands_over_so_many_bytes_of_all_topics_together(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    for part in range(4):
        for topic in (own, stream):
            await rig.bus.publish(to(topic, part, *["x" * 700_000] * 2))
    joined = await rig.join("one", own, stream)
    found: list[Incoming] = []
    while len(found) < 16:
        some = await fetched(joined)
        assert sum(len(message.value) for message in some) <= LARGEST_FETCH_BYTES
        found += some
    assert places(found) == {Slot(topic, part) for topic in (own, stream) for part in range(4)}


@pytest.mark.parametrize("knowing", ["one", "two"])
async def test_of_a_stream_only_the_partitions_with_the_numbers_that_one_owns_are_read(rig: Rig, knowing: str) -> None:
    """The group may deal all of a stream to the only member that knows of it."""
    own, stream = await two_topics(rig)
    members = {
        name: await rig.join(name, own, *[stream] * (name == knowing), keeper=Keeper(rig.journal, name, [own, stream]))
        for name in ("one", "two")
    }
    await members["one"].has(0, 1)
    await members["two"].has(2, 3)
    await rig.bus.publish([each for topic in (own, stream) for part in range(4) for each in to(topic, part, "x")])
    for name, joined in members.items():
        expected = {
            Slot(topic, part) for topic in (own, stream)[: 1 + (name == knowing)] for part in joined.keeper.held
        }
        assert places(await joined.read(len(expected))) == expected
        for _ in range(3):
            assert list(await joined.member.fetch(0.1)) == []
    assert all(parts in (ALL, {0, 1}, {2, 3}) for _, _, parts in rig.journal)


async def test_a_stream_is_read_whole_once_every_member_of_the_group_knows_of_it(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    one = await rig.join("one", own, keeper=Keeper(rig.journal, "one", [own, stream]))
    two = await rig.join("two", own, stream)
    await one.has(0, 1)
    await two.has(2, 3)
    gains = len(rig.journal)
    await one.member.subscribe([own, stream])
    await until(lambda: {name for name, what, _ in rig.journal[gains:] if what == "gained"} == {"one", "two"})
    await rig.bus.publish([each for part in range(4) for each in to(stream, part, "x")])
    for joined in (one, two):
        assert places(await joined.read(2)) == {Slot(stream, part) for part in joined.keeper.held}


async def test_who_owns_nothing_reads_nothing_of_a_stream_either(rig: Rig) -> None:
    own, stream = await rig.topic("commands", 1), await rig.topic("wagers", 1)
    one = await rig.join("one", own)
    two = await rig.join("two", own, stream)
    await one.has(0)
    await until(lambda: ("two", "gained", frozenset()) in rig.journal)
    await rig.bus.publish([*to(stream, 0, "stream"), *to(own, 0, "own")])
    assert words(await one.read(1)) == ["own"]
    for _ in range(3):
        assert list(await two.member.fetch(0.1)) == []
    await one.member.stop()
    await two.has(0)
    assert sorted(words(await two.read(2))) == ["own", "stream"]


async def test_a_keeper_must_say_where_to_read_on_in_a_stream_of_its_own_partitions(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    joined = await rig.join("one", own, stream, keeper=Keeper(rig.journal, "one", [own]))
    assert stream in str(await raised_by(joined.member, BusError))


async def test_a_keeper_may_know_more_topics_than_are_read(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    await rig.bus.publish([*to(stream, 0, "not yet"), *to(own, 0, "own")])
    joined = await rig.join("one", own, keeper=Keeper(rig.journal, "one", [own, stream]))
    assert words(await joined.read(1)) == ["own"]
    assert list(await joined.member.fetch(0.1)) == []


async def test_a_topic_is_added_and_everything_goes_on_where_the_keeper_says(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    await rig.bus.publish([*to(own, 0, "a", "b"), *to(stream, 0, "c", "d")])
    joined = await rig.join("one", own, keeper=Keeper(rig.journal, "one", [own, stream]))
    assert words(await joined.read(2)) == ["a", "b"]
    joined.keeper.offsets = {Slot(own, 0): 1, Slot(stream, 0): 1}
    await joined.member.subscribe([own, stream])
    assert sorted(words(await joined.read(2))) == ["b", "d"]
    assert [what for _, what, _ in rig.journal] == ["gained", "lost", "gained"]
    joined.keeper.offsets[Slot(own, 0)] = 2
    await joined.member.subscribe([own])
    await rig.bus.publish([*to(stream, 0, "unheard"), *to(own, 0, "e")])
    assert words(await joined.read(1)) == ["e"]
    assert list(await joined.member.fetch(0.1)) == []
    assert list(joined.member.lags()) == [Slot(own, part) for part in ALL]


async def test_nothing_is_lost_or_repeated_while_the_members_of_a_group_learn_of_more_topics(rig: Rig) -> None:
    topics = [await rig.topic(name) for name in ("commands", "wagers", "spins")]
    book: dict[Slot, int] = {}
    seen: list[Incoming] = []
    working: dict[str, Reading] = {}
    for name in ("one", "two"):
        keeper = Bookkeeper(rig, name, topics, book)
        working[name] = Reading(await rig.join(name, topics[0], keeper=keeper), keeper, seen)
    for turn, name in enumerate(("one", "two", "two", "one")):
        await rig.bus.publish([each for topic in topics for part in range(4) for each in to(topic, part, f"{turn}")])
        working[name].wanted = topics[: 2 + turn // 2]
        await until(lambda name=name: working[name].wanted is None)  # type: ignore[misc]
    await rig.bus.publish([each for topic in topics for part in range(4) for each in to(topic, part, "last")])
    await until(lambda: len(seen) >= 60 or any(each.task.done() for each in working.values()))
    for each in working.values():
        each.task.cancel()
        await asyncio.wait([each.task])
        assert each.task.cancelled()
    found = {slot: [message.offset for message in seen if (message.topic, message.part) == slot] for slot in book}
    assert found == {Slot(topic, part): list(range(5)) for topic in topics for part in range(4)}


async def test_to_subscribe_to_what_is_read_already_changes_nothing(rig: Rig) -> None:
    topics = [await rig.topic(name) for name in ("commands", "wagers", "spins")]
    joined = await rig.join("one", *topics)
    await joined.has(*ALL)
    await joined.member.subscribe(topics)
    await joined.member.subscribe([topics[0], topics[2], topics[1]])
    await rig.bus.publish([each for topic in topics for each in to(topic, 2, "still there")])
    assert places(await joined.read(3)) == {Slot(topic, 2) for topic in topics}
    assert rig.journal == [("one", "gained", ALL)]


async def test_to_subscribe_to_what_cannot_be_read_is_refused_and_everything_stays(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    other = await rig.topic("other", 3)
    joined = await rig.join("one", own, stream)
    await joined.has(*ALL)
    with pytest.raises(BusError, match="equal"):
        await joined.member.subscribe([own, stream, other])
    with pytest.raises(BusError, match="missing"):
        await joined.member.subscribe([own, f"{own}.missing"])
    await rig.bus.publish([*to(own, 0, "own"), *to(stream, 0, "stream")])
    assert sorted(words(await joined.read(2))) == ["own", "stream"]
    assert rig.journal == [("one", "gained", ALL)]
    joined.keeper.offsets = {Slot(own, 0): 1}
    await joined.member.rejoin()
    assert words(await joined.read(1)) == ["stream"]


async def test_a_claim_that_is_done_after_other_topics_were_asked_for_opens_nothing(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    await rig.bus.publish([*to(own, 0, "own"), *to(stream, 0, "stream")])
    keeper = Keeper(rig.journal, "one", [own, stream])
    keeper.may_claim.clear()
    joined = await rig.join("one", own, keeper=keeper)
    await until(lambda: keeper.claims == 1)
    await joined.member.subscribe([own, stream])
    keeper.may_claim.set()
    found: list[Incoming] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < 2:
            await asyncio.sleep(0)
            some = await joined.member.fetch(0)
            assert not some or keeper.claims == 2
            found += some
    assert sorted(words(found)) == ["own", "stream"]


async def test_a_halt_is_one_of_every_topic_until_the_partition_is_gained_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portion, "LARGEST_FETCH_BYTES", 1_500)
    own, stream = await two_topics(rig)
    await rig.bus.publish([each for topic in (own, stream) for each in to(topic, 0, *[KILOBYTE] * 3)])
    joined = await rig.join("one", own, stream)
    assert counted(await joined.read(4), own) == (3, 1)
    joined.member.halt(0)
    await rig.bus.publish([each for topic in (own, stream) for part in (0, 1) for each in to(topic, part, "after")])
    assert places(await joined.read(2)) == {Slot(own, 1), Slot(stream, 1)}
    assert list(await joined.member.fetch(0.2)) == []
    joined.keeper.offsets = {Slot(own, 0): 3, Slot(stream, 0): 1, Slot(own, 1): 1, Slot(stream, 1): 1}
    await joined.member.rejoin()
    found = await joined.read(4)
    assert places(found) == {Slot(own, 0), Slot(stream, 0)}


async def test_ends_spans_and_lags_are_told_of_every_topic(rig: Rig) -> None:
    own, stream = await two_topics(rig)
    await rig.bus.publish([*to(own, 0, "a"), *to(stream, 0, "b", "c")])
    await rig.drop(Slot(stream, 0), 1)
    joined = await rig.join("one", own, keeper=Keeper(rig.journal, "one", [own, stream]))
    joined.keeper.offsets = {Slot(stream, 0): 1}
    await joined.member.subscribe([own, stream])
    await joined.read(2)
    slots = [Slot(own, 0), Slot(stream, 0)]
    assert await joined.member.ends(slots) == {slots[0]: 1, slots[1]: 2}
    assert await joined.member.spans(slots) == {slots[0]: (0, 1), slots[1]: (1, 2)}
    assert joined.member.lags() == {Slot(topic, part): 0 for topic in (own, stream) for part in range(4)}
    await joined.member.report(dict.fromkeys(slots, 1))
