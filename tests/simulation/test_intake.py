"""What streams in from outside: one message that cannot be handled never keeps its neighbours from counting."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

import orjson
import pytest

from services.engines.registry import service
from services.engines.wager import decider as wager
from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import DeadLetterRow, StoredDefinition
from shared.ids import MessageId, TenantId
from shared.messages.access import TenantSpec
from shared.messages.wager import TakeWagers, WagersTaken
from shared.shapes import Append, Decision, Service
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.intake import LARGEST_STREAMED_BYTES, topics_of
from shared.worker.rulebook import Rulebook
from shared.worker.tell import commands_of, events_of
from shared.worker.worker import Worker
from tests.simulation.loop import FIRST_MORNING, VirtualClock, run_virtually
from tests.simulation.world import seeds_of

PARTITIONS: Final = 2
TENANT: Final = TenantId("starlight")
TOPIC: Final = "wagers.starlight"
OWN: Final = [commands_of(service.name), events_of(service.name), commands_of("leaderboards"), commands_of("ledger")]
POISON: Final = "poison"

tenant = TenantSpec(slug="starlight", brand="starlight", environment="test")


def living_in(part: int) -> str:
    return next(name for name in map(str, range(99)) if partition_of(TENANT, name, PARTITIONS) == part)


def said(id_: str, home: int = 0, **changed: Any) -> bytes:
    body = {
        "wager_id": id_, "tenant": TENANT, "player": living_in(home), "game": "starburst", "currency": "USD",
        "stake": "2.50", "payout": "0", "status": "settled", "at": FIRST_MORNING.isoformat(),
    }  # fmt: skip
    return orjson.dumps(body | changed)


@dataclass
class Desk:
    """One worker that takes a tenant's stream, its bus and its log."""

    worker: Worker
    bus: MemoryBus
    log: MemoryEventLog

    async def hears(self, *values: bytes, part: int = 0) -> None:
        """All of this is written to one partition of the stream at once; it has been read when this ends."""
        wanted = self.offset(part) + len(values)
        await self.bus.publish([Outgoing(TOPIC, part, b"key", value) for value in values])
        await until(lambda: self.offset(part) == wanted)

    def offset(self, part: int) -> int:
        found = self.log.offsets.get((part, TOPIC))
        return found.next_offset if found else 0

    def counted(self, part: int) -> list[str]:
        """The ids that are remembered in a partition."""
        return [str(key[2]) for key in self.log.table("wagers") if key[0] == part]

    def letters(self) -> dict[int, DeadLetterRow]:
        """Dead letters by the offset of the message."""
        return {letter.row.offset: letter.row for letter in self.log.dead_letters.values()}

    def facts(self) -> Counter[str]:
        """What the log says of the batches, all together."""
        sums = Counter[str]()
        for events in self.log.events.values():
            for row in events:
                if row.type == WagersTaken.wire:
                    fact = WagersTaken.model_validate_json(row.data)
                    sums.update({name: number for name, number in fact if isinstance(number, int) and number})
        return sums


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def rules_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.worker.worker.Rulebook", Rulebook)


def at_a_desk(story: Callable[[Desk], Awaitable[None]], service: Service = service) -> None:
    """Run the story beside a worker that knows one tenant."""

    async def told() -> None:
        clock = VirtualClock(Random(1))
        bus, log = MemoryBus(clock.now), MemoryEventLog(service, PARTITIONS)
        await bus.ensure(dict.fromkeys(OWN, PARTITIONS))
        store = DefinitionStore()
        store.learn([StoredDefinition(1, TENANT, "tenant", TENANT, 1, tenant.model_dump_json(), removed=False)])
        outside = Outside(PARTITIONS, store, seeds_of)
        worker = Worker(service, bus, log, outside, clock=clock, metrics=Metrics(), name="w")
        working = asyncio.create_task(worker.run())
        try:
            await until(lambda: len(worker.owned) == PARTITIONS and worker.trouble is None)
            await story(Desk(worker, bus, log))
            assert not working.done(), working
        finally:
            worker.stop()
            await working

    run_virtually(told())


@pytest.mark.parametrize(
    ("bad",                                                 "reason"),
    [
        (b"",                                               "EOF while parsing"),
        (b"\xff\x00",                                       "Invalid JSON"),
        (b"[]",                                             "Input should be an object"),
        (said("w", stake="-1"),                             "stake"),
        (said("w", player="a/b"),                           "player"),
        (said("w", tenant="moonlight"),                     "names the tenant 'moonlight' in the topic of 'starlight'"),
        (said("w", tenant="star\x00light"),                 "names the tenant 'star\\x00light'"),
        (said("w", note="x" * LARGEST_STREAMED_BYTES),      f"a streamed message has at most {LARGEST_STREAMED_BYTES}"),
        (said("w", at="2020-01-01T00:00:00Z"),              "w is older than 400 days"),
    ],
    ids=["nothing", "no text", "no object", "an amount", "an id", "another tenant", "no tenant", "large", "old"],
)  # fmt: skip
def test_a_message_that_cannot_count_is_a_dead_letter_beside_those_that_do(bad: bytes, reason: str) -> None:
    async def story(desk: Desk) -> None:
        await desk.hears(said("a"), bad, said("b"))
        assert desk.counted(0) == ["a", "b"]
        [letter] = desk.letters().values()
        assert (letter.topic, letter.part, letter.offset, letter.key, letter.value) == (TOPIC, 0, 1, b"key", bad)
        assert reason in letter.reason
        assert desk.worker.trouble is None

    at_a_desk(story)


def test_a_message_of_the_largest_size_counts() -> None:
    async def story(desk: Desk) -> None:
        filler = LARGEST_STREAMED_BYTES - len(said("a", note=""))
        large = said("a", note="x" * filler)
        assert len(large) == LARGEST_STREAMED_BYTES
        await desk.hears(large)
        assert desk.counted(0) == ["a"]

    at_a_desk(story)


def faints(decide: Any) -> Any:
    """A decider that raises wherever the poisonous wager is among those that it takes."""

    def fainting(command: Any, states: Any, facts: Any) -> Any:
        if isinstance(command, TakeWagers) and any(getattr(one, "wager_id", "") == POISON for one in command.here):
            raise RuntimeError("who could bear that?")
        return decide(command, states, facts)

    return fainting


def unsayable(decide: Any) -> Any:
    """A decider whose mark for the poisonous wager no table can hold."""

    def marking(command: Any, states: Any, facts: Any) -> Any:
        outcome = decide(command, states, facts)
        if not isinstance(outcome, Decision):
            return outcome
        marks = (
            Append(mark.key, ("\x00", *mark.values[1:])) if mark.key[0] == POISON else mark for mark in outcome.marks
        )
        return replace(outcome, marks=tuple(marks))

    return marking


def with_decider(changed: Callable[[Any], Any]) -> Service:
    ours = replace(wager.decider, decide=changed(wager.decider.decide))
    return replace(service, deciders=tuple(ours if one is wager.decider else one for one in service.deciders))


@pytest.mark.parametrize("changed", [faints, unsayable])
@pytest.mark.parametrize("place", [0, 3, 6])
def test_one_poisonous_message_of_a_batch_is_found_by_halving_and_its_neighbours_count(
    changed: Callable[[Any], Any], place: int
) -> None:
    async def story(desk: Desk) -> None:
        ids = [f"w-{number}" for number in range(6)]
        batch = [*ids[:place], POISON, *ids[place:]]
        await desk.hears(*map(said, batch))
        assert sorted(desk.counted(0)) == ids
        assert list(desk.letters()) == [place]
        assert desk.facts() == {"settled": 6}
        await desk.hears(*map(said, batch))
        assert sorted(desk.counted(0)) == ids
        assert sorted(desk.letters()) == [place, 7 + place]
        assert desk.facts() == {"settled": 6}

    at_a_desk(story, with_decider(changed))


def test_two_poisonous_messages_of_a_batch_are_both_found() -> None:
    async def story(desk: Desk) -> None:
        await desk.hears(*map(said, ["a", POISON, "b", "c", POISON]))
        assert desk.counted(0) == ["a", "b", "c"]
        assert sorted(desk.letters()) == [1, 4]
        assert all("RuntimeError: who could bear that?" in letter.reason for letter in desk.letters().values())

    at_a_desk(story, with_decider(faints))


def test_a_message_astray_counts_in_the_partition_of_its_player_alone() -> None:
    async def story(desk: Desk) -> None:
        await desk.hears(said("here"), said("astray", home=1), part=0)
        await until(lambda: desk.counted(1) == ["astray"])
        assert desk.counted(0) == ["here"]
        assert desk.facts() == {"settled": 2, "passed_on": 1}
        await desk.hears(said("astray", home=1), part=1)
        assert desk.counted(1) == ["astray"]
        assert desk.letters() == {}

    at_a_desk(story)


def test_a_message_astray_that_cannot_count_is_a_dead_letter_where_it_would_have_counted() -> None:
    async def story(desk: Desk) -> None:
        await desk.hears(said("old", home=1, at="2020-01-01T00:00:00Z"), said("fine", home=1), part=0)
        await until(lambda: desk.counted(1) == ["fine"])
        [letter] = desk.letters().values()
        assert (letter.topic, letter.part) == (TOPIC, 1)
        assert orjson.loads(letter.value)["wager_id"] == "old"
        assert "old is older than 400 days" in letter.reason

    at_a_desk(story)


def test_the_letter_is_the_message_that_was_meant_also_where_others_lie_astray_before_it() -> None:
    async def story(desk: Desk) -> None:
        old = said("d", at="2020-01-01T00:00:00Z")
        await desk.hears(said("a", home=1), said("b"), said("c", home=1), old, said("e"))
        assert {offset: orjson.loads(letter.value)["wager_id"] for offset, letter in desk.letters().items()} == {3: "d"}
        await until(lambda: sorted(desk.counted(1)) == ["a", "c"])
        assert desk.counted(0) == ["b", "e"]

    at_a_desk(story)


def test_a_message_that_comes_again_counts_once_in_one_batch_and_in_several() -> None:
    async def story(desk: Desk) -> None:
        await desk.hears(said("a"), said("a"), said("b"))
        await desk.hears(said("b"), said("a", status="void"), said("a"))
        assert Counter(desk.counted(0)) == {"a": 2, "b": 1}
        assert desk.facts() == {"settled": 2, "void": 1, "repeated": 3}
        assert desk.letters() == {}

    at_a_desk(story)


def test_the_ids_under_which_a_batch_is_decided_say_where_it_begins() -> None:
    ids: list[tuple[MessageId, str]] = []

    def noting(decide: Any) -> Any:
        def noted(command: Any, states: Any, facts: Any) -> Any:
            ids.append((facts.command_id, facts.wish.scope))
            return decide(command, states, facts)

        return noted

    async def story(desk: Desk) -> None:
        await desk.hears(said("a"), said("b"))
        await desk.hears(said("c"))
        assert ids == [(f"{TOPIC}/0/0", "stream"), (f"{TOPIC}/0/2", "stream")]

    at_a_desk(story, with_decider(noting))


def test_a_tenant_whose_id_cannot_stand_in_a_topics_name_has_no_stream() -> None:
    names = ["starlight", "moon_light-2.eu", "étoile", "two words", "x" * 243, "x" * 242]
    assert topics_of(wager.intake, names) == [
        "wagers.moon_light-2.eu",
        "wagers.starlight",
        "wagers." + "x" * 242,
    ]
