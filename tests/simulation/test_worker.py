"""What a worker does about things that ought not to be: it halts one partition, or buries one message, and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, Final

import orjson
import pytest

from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import Incoming, Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog, Trouble
from shared.eventlog.rows import OutboxRow, StreamRow, TimerRow
from shared.ids import TenantId
from shared.messages.base import Command
from shared.messages.envelope import TYPE_HEADER
from shared.shapes import Add, Facts, Lookup, Need, Service, States, Tables, Values
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.rulebook import Rulebook
from shared.worker.tell import commands_of, events_of
from shared.worker.worker import Worker
from tests.simulation.loop import FIRST_MORNING, VirtualClock, run_virtually
from tests.simulation.parlour import Knock, decider, seats_of, service, words
from tests.simulation.world import seeds_of

PARTITIONS: Final = 2
TENANT: Final = TenantId("starlight")
TOPIC: Final = commands_of(service.name)
NOBODY: Final = "nobody/1/1/0"
LONG_S: Final = 5.0


def living_in(part: int) -> str:
    """Some player of this partition."""
    return next(name for name in map(str, range(99)) if partition_of(TENANT, name, PARTITIONS) == part)


def knock(player: str) -> Knock:
    return Knock.model_validate({"player": player, "table": "felt"})


def asked(command: Command, key: str, id_: str, part: int | None = None, reply_to: object = None) -> Outgoing:
    """A wish of a door; nobody waits there unless `reply_to` says so."""
    value = {
        "id": id_,
        "type": command.wire,
        "tenant": TENANT,
        "key": key,
        "actor": "key:test",
        "correlation_id": "c",
        "idempotency": {"scope": "door", "key": id_, "fingerprint": ""},
        "reply_to": reply_to,
        "data": command.model_dump(mode="json"),
    }
    part = partition_of(TENANT, key, PARTITIONS) if part is None else part
    return Outgoing(TOPIC, part, None, orjson.dumps(value), ((TYPE_HEADER, command.wire.encode()),))


def answer(row: OutboxRow) -> Outgoing:
    value = {"id": f"parlour/{row.part}/{row.pos}/{row.n}", "outcome": "done"}
    return Outgoing(TOPIC, row.part, None, orjson.dumps(value), ((TYPE_HEADER, b"reply"),))


def waiting_for_an_answer(part: int, then: str) -> OutboxRow:
    at = FIRST_MORNING + timedelta(hours=1)
    return OutboxRow(
        part, 0, 0, TENANT, "nobody.commands", 0, "x", "nobody.ask", b"{}", living_in(part), then, b"{}",
        "send", NOBODY, "c", at, at, 0,
    )  # fmt: skip


def due(part: int, wire: str, data: bytes, id_: str = "bell") -> TimerRow:
    return TimerRow(part, id_, FIRST_MORNING, TENANT, living_in(part), wire, data, "send", NOBODY, "c")


@dataclass
class House:
    """One worker, its bus and its log."""

    worker: Worker
    bus: MemoryBus
    log: MemoryEventLog
    metrics: Metrics

    def heard(self) -> int:
        """How many knocks are in the log."""
        return sum(event.type == "parlour.knocked" for events in self.log.events.values() for event in events)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)


def in_a_house(
    story: Callable[[House], Awaitable[None]], prepare: Callable[[MemoryEventLog], None], service: Service = service
) -> None:
    """Run the story beside a worker, over a log that something was written into before."""

    async def told() -> None:
        clock = VirtualClock(Random(1))
        bus, log = MemoryBus(clock.now), MemoryEventLog(service, PARTITIONS)
        prepare(log)
        metrics = Metrics()
        await bus.ensure({TOPIC: PARTITIONS, events_of(service.name): PARTITIONS, "nobody.commands": PARTITIONS})
        outside = Outside(PARTITIONS, DefinitionStore(), seeds_of)
        worker = Worker(service, bus, log, outside, clock=clock, metrics=metrics, name="w")
        working = asyncio.create_task(worker.run())
        try:
            await until(lambda: len(worker.owned) == PARTITIONS)
            await story(House(worker, bus, log, metrics))
            assert not working.done(), working
        finally:
            worker.stop()
            await working

    run_virtually(told())


def store(*rows: OutboxRow | TimerRow | StreamRow) -> Callable[[MemoryEventLog], None]:
    def prepare(log: MemoryEventLog) -> None:
        for row in rows:
            match row:
                case OutboxRow():
                    log.outbox[row.part, row.pos, row.n] = row
                case TimerRow():
                    log.timers[row.part, row.id] = row
                case StreamRow():
                    log.streams[row.part, row.stream] = row

    return prepare


async def knocks_in_both(house: House) -> None:
    await house.bus.publish([asked(knock(living_in(part)), living_in(part), f"knock-{part}") for part in (0, 1)])


async def stands_still_in_0_alone(house: House) -> None:
    await until(lambda: house.heard() == 1 and house.worker.owned[0].halted is not None)
    await asyncio.sleep(LONG_S)
    assert house.heard() == 1
    assert house.worker.owned[1].halted is None
    assert house.worker.trouble == house.worker.owned[0].halted


UNKNOWN_FOLLOW_UP = waiting_for_an_answer(0, then="parlour.of_tomorrow")
UNFOLDABLE = StreamRow(0, seats_of(knock(living_in(0))).named(TENANT), 1, 1, b"SeatsOfTomorrow {}")


def test_a_follow_up_of_an_unknown_type_halts_its_partition_alone() -> None:
    async def story(house: House) -> None:
        await house.bus.publish([answer(UNKNOWN_FOLLOW_UP)])
        await knocks_in_both(house)
        await stands_still_in_0_alone(house)
        assert "parlour.of_tomorrow" in str(house.worker.owned[0].halted)

    in_a_house(story, store(UNKNOWN_FOLLOW_UP))


def test_a_timer_of_an_unknown_type_halts_its_partition_alone() -> None:
    async def story(house: House) -> None:
        await knocks_in_both(house)
        await stands_still_in_0_alone(house)
        assert "parlour.of_tomorrow" in str(house.worker.owned[0].halted)

    in_a_house(story, store(due(0, "parlour.of_tomorrow", b"{}")))


def test_a_state_that_this_version_cannot_read_halts_its_partition_alone() -> None:
    async def story(house: House) -> None:
        await knocks_in_both(house)
        await stands_still_in_0_alone(house)
        assert "SeatsOfTomorrow" in str(house.worker.owned[0].halted)

    in_a_house(story, store(UNFOLDABLE))


def test_a_command_in_a_foreign_partition_is_a_dead_letter() -> None:
    async def story(house: House) -> None:
        stranger = living_in(1)
        await house.bus.publish([asked(knock(stranger), stranger, "lost", part=0)])
        await knocks_in_both(house)
        await until(lambda: house.heard() == 2)
        [letter] = house.log.dead_letters.values()
        assert "belongs to partition 1" in letter.row.reason

    in_a_house(story, store())


@dataclass(frozen=True)
class Counted:
    """How many words were spoken in this service before each FAINT one, as its views had it."""

    seen: list[int]
    asked: list[str]

    def needs(self, command: Command, states: States, facts: Facts) -> Need | None:
        assert isinstance(command, Knock)
        self.asked.append(command.word)
        if command.word == "unasked":
            return None
        if command.word == "unaskable":
            raise RuntimeError("what is there to ask?")
        return Need("words")

    def decide(self, command: Any, states: States, facts: Facts) -> Any:
        self.seen.append(len(facts.rows))
        return decider.decide(command, states, facts)


def spoken(tables: Tables, part: int, tenant: TenantId, args: Values) -> list[Values]:
    return [row for key, row in tables["words"].items() if key[:2] == (part, tenant)]


def test_a_rare_wish_sees_all_that_was_decided_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.worker.worker.Rulebook", Rulebook)
    counted = Counted([], [])
    asks = replace(decider, asking=(Knock,), needs=counted.needs, decide=counted.decide)

    async def story(house: House) -> None:
        player = living_in(0)
        words = ["one", "two", "unasked", "unaskable", "one", "three"]
        wishes = [knock(player).model_copy(update={"word": word}) for word in words]
        await house.bus.publish([asked(wish, player, wish.word) for wish in wishes])
        await until(lambda: house.heard() == 4)
        assert counted.seen == [0, 1, 0, 3]
        assert counted.asked == ["one", "two", "unasked", "unaskable", "three"]
        assert ["what is there to ask?" in letter.row.reason for letter in house.log.dead_letters.values()] == [True]

    answers = replace(service, deciders=(asks,), lookups=(Lookup("words", spoken),), queries={"words": ""})
    in_a_house(story, store(), answers)


def test_a_view_that_shows_rows_of_another_kind_than_its_own_buries_the_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.worker.worker.Rulebook", Rulebook)  # not the one read once for every test
    adding = replace(words, rows=lambda event, place: (Add((event.player, event.table, place.pos), (1,)),))

    async def story(house: House) -> None:
        await knocks_in_both(house)
        await until(lambda: len(house.log.dead_letters) == 2)
        assert house.heard() == 0

    in_a_house(story, store(), replace(service, views=(adding,)))


@pytest.mark.parametrize("place", [("nowhere.commands", 0), ("nobody.commands", PARTITIONS)])
def test_an_answer_to_a_place_that_does_not_exist_holds_nobody_back(place: tuple[str, int]) -> None:
    async def story(house: House) -> None:
        lost, player = {"topic": place[0], "partition": place[1], "instance": None}, living_in(0)
        await house.bus.publish([asked(knock(player), player, "astray", reply_to=lost)])
        await knocks_in_both(house)
        await until(lambda: house.heard() == 3)
        assert house.worker.trouble is None

    in_a_house(story, store())


def test_a_timer_that_was_wound_up_from_outside_rings_although_nothing_else_happens() -> None:
    async def story(house: House) -> None:
        await asyncio.sleep(LONG_S)
        store(due(0, "parlour.pay_out", b"unreadable"))(house.log)
        await until(lambda: len(house.log.dead_letters) == 1)

    in_a_house(story, store())


@pytest.mark.parametrize("trouble", ["lost_after", "lost_before"])
def test_a_timers_commit_without_an_answer_is_settled_by_a_new_claim(trouble: Trouble) -> None:
    """It moved neither position nor offset, so nothing in the log could tell whose it was."""

    async def story(house: House) -> None:
        await until(lambda: (0, "bell") in house.log.fired)
        await knocks_in_both(house)
        await until(lambda: house.heard() == 2)
        assert len(house.log.dead_letters) == 1
        assert 'fairground_fenced_total{service="parlour"} 1.0' in house.metrics.render()[0].decode()

    def prepare(log: MemoryEventLog) -> None:
        store(due(0, "parlour.pay_out", b"unreadable"))(log)
        log.troubles.append(trouble)

    in_a_house(story, prepare)


def test_a_commit_that_is_lost_again_and_again_is_tried_ever_less_often() -> None:
    async def story(house: House) -> None:
        house.log.troubles.extend(["lost_before"] * 30)
        await knocks_in_both(house)
        await until(lambda: house.worker.trouble is not None)
        await asyncio.sleep(LONG_S)
        assert len(house.log.troubles) > 15
        house.log.troubles.clear()
        await until(lambda: house.heard() == 2 and house.worker.trouble is None)

    in_a_house(story, store())


def test_a_timer_that_must_wait_does_not_make_its_neighbour_late() -> None:
    async def story(house: House) -> None:
        await asyncio.sleep(LONG_S)
        player = living_in(1)
        store(due(0, "parlour.of_tomorrow", b"{}"), due(1, "parlour.pay_out", b"unreadable"))(house.log)
        for owned in house.worker.owned.values():
            owned.next_timer_at = FIRST_MORNING
        await house.bus.publish([asked(knock(player), player, "later")])
        await until(lambda: house.heard() == 1)
        assert len(house.log.dead_letters) == 1, "the knock was decided before the timer that was due long before it"
        assert house.worker.owned[0].halted is not None

    in_a_house(story, store())


def test_what_came_before_an_unknown_message_is_decided() -> None:
    async def story(house: House) -> None:
        player = living_in(0)
        known = asked(knock(player), player, "known")
        unknown = replace(known, headers=((TYPE_HEADER, b"parlour.of_tomorrow"),))
        await house.bus.publish([known, unknown, known])
        await until(lambda: house.worker.owned[0].halted is not None)
        await asyncio.sleep(LONG_S)
        assert house.heard() == 1
        assert house.log.offsets[0, TOPIC].next_offset == 1

    in_a_house(story, store())


def test_what_follows_an_unreadable_state_is_not_jumped_over_where_a_poisoned_batch_is_halved() -> None:
    async def story(house: House) -> None:
        player, other = living_in(0), living_in(1)
        good = [asked(knock(player), player, f"good-{n}") for n in range(2)]
        stuck = knock(player).model_copy(update={"table": "stuck"})
        unkeyed, unreadable = asked(knock(player), player, "nul\x00"), asked(stuck, player, "unreadable")
        await house.bus.publish([unreadable, unkeyed, *good, asked(knock(other), other, "beside")])
        await until(lambda: house.worker.owned[0].halted is not None and house.heard() == 1)
        await asyncio.sleep(LONG_S)
        assert house.log.offsets[0, TOPIC].next_offset == 0
        assert house.log.offsets[1, TOPIC].next_offset == 1
        assert house.heard() == 1

    stuck = seats_of(knock(living_in(0)).model_copy(update={"table": "stuck"})).named(TENANT)
    in_a_house(story, store(UNFOLDABLE._replace(stream=stuck)))


def test_a_timer_rings_before_what_is_left_of_a_halted_partition() -> None:
    async def story(house: House) -> None:
        await asyncio.sleep(LONG_S)
        player = living_in(0)
        store(due(0, "parlour.pay_out", b"unreadable"))(house.log)
        house.worker.owned[0].next_timer_at = FIRST_MORNING
        known = asked(knock(player), player, "known")
        await house.bus.publish([known, replace(known, headers=((TYPE_HEADER, b"parlour.of_tomorrow"),))])
        await until(lambda: house.heard() == 1)
        assert house.worker.owned[0].halted is not None
        assert len(house.log.dead_letters) == 1, "the knock was decided before the timer that was due long before it"

    in_a_house(story, store())


def sent_to(topic: str, n: int, part: int = 0) -> OutboxRow:
    """A Send that was never answered, and is due to be told again."""
    return waiting_for_an_answer(0, then="parlour.of_tomorrow")._replace(
        n=n, topic=topic, target=part, next_at=FIRST_MORNING
    )


@pytest.mark.parametrize("place", [("nowhere.commands", 0), ("nobody.commands", PARTITIONS)])
def test_a_send_to_a_place_that_does_not_exist_holds_no_other_back(place: tuple[str, int]) -> None:
    """Neither when its partition is claimed nor when it is told again."""

    async def story(house: House) -> None:
        tail = house.bus.tail("nobody.commands", 0)
        await tail.start()
        heard: list[Incoming] = []
        async with asyncio.timeout(600):
            while not heard:
                heard.extend(await tail.fetch(1.0))
        await tail.stop()

    in_a_house(story, store(sent_to(place[0], 0, place[1]), sent_to("nobody.commands", 1)))
