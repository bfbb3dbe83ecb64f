"""A worker keeps the order of boards in step with its tables, after the commit and before anybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final

import orjson

from services.leaderboards.registry import service
from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.chain import GENESIS
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import StoredDefinition, TableChange
from shared.ids import BoardId, PlayerId, SeasonId, TenantId, user_id_of
from shared.messages import know_all
from shared.messages.envelope import TYPE_HEADER
from shared.messages.season import BoardSpec, ScoreBoard
from shared.ranks.memory import MemoryRanks
from shared.ranks.port import Change, Place, Ranked, RanksAway, Turn, Write
from shared.seasons import BEGINNING, season_board_id
from shared.telemetry import Metrics
from shared.testing.clock import NOON, FixedClock
from shared.worker.batch import Outside
from shared.worker.partition import Owned
from shared.worker.ranks import PAUSE_S, RankWriter
from shared.worker.tell import commands_of, events_of
from shared.worker.worker import Worker
from tests.simulation.loop import VirtualClock, run_virtually
from tests.simulation.world import seeds_of

TENANT, SEASON, ROCKET = TenantId("starlight"), SeasonId("season"), PlayerId("rocket")
PARTITIONS: Final = 2
COMMANDS: Final = commands_of(service.name)
BOARD: Final = BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11")


class Noted(MemoryRanks):
    """Ranks that remember what they were told, and are away when told to be."""

    def __init__(self) -> None:
        super().__init__(FixedClock())
        self.writes: list[Write] = []
        self.away = False

    async def write(self, writes: Sequence[Write]) -> None:
        if self.away:
            raise RanksAway("told to be away")
        self.writes += writes
        await super().write(writes)

    @property
    def turns(self) -> list[tuple[int, Turn]]:
        return [(write.part, write.turn) for write in self.writes]


def scored(part: int, pos: int) -> dict[str, TableChange]:
    key = (part, TENANT, BOARD)
    return {
        "board_entries": TableChange(puts={(*key, "u"): ("player", "rocket", 5, pos)}),
        "board_positions": TableChange(puts={key: (pos,)}),
    }


def both(pos: int) -> dict[str, TableChange]:
    first, second = scored(0, pos), scored(1, pos)
    for name, change in first.items():
        change.puts |= second[name].puts
    return first


def owned(*epochs: int) -> dict[int, Owned]:
    return {part: Owned(part, epoch, 0, 0, 0, GENESIS, NOON) for part, epoch in enumerate(epochs)}


def a_writer() -> tuple[RankWriter, Noted, FixedClock, Metrics]:
    ranks, clock, metrics = Noted(), FixedClock(), Metrics()
    return RankWriter(service, ranks, clock, metrics), ranks, clock, metrics


def lost(metrics: Metrics) -> float:
    count: Any = metrics.rank_writes_lost.of(service.name)._value.get()
    return float(count)


async def test_each_write_says_what_the_commit_did_and_counts_from_one_under_each_epoch() -> None:
    writer, ranks, _, _ = a_writer()
    await writer.write(both(3), owned(7, 9))
    entry = Ranked("u", "player", "rocket", 5, 3)
    assert ranks.writes == [
        Write(0, Turn(7, 0, 1), [Change(TENANT, BOARD, 3, [entry])]),
        Write(1, Turn(9, 0, 1), [Change(TENANT, BOARD, 3, [entry])]),
    ]
    await writer.write(scored(0, 4), owned(7, 9))
    await writer.write(both(5), owned(8, 9))
    assert ranks.turns[2:] == [(0, Turn(7, 0, 2)), (0, Turn(8, 0, 1)), (1, Turn(9, 0, 2))]


async def test_what_has_nothing_to_do_with_boards_is_not_written() -> None:
    writer, ranks, _, _ = a_writer()
    await writer.write({"tournament_scores": TableChange(puts={(0, TENANT, "race", "x"): (1,)})}, owned(1))
    assert ranks.writes == []


async def test_a_lost_write_is_seen_in_the_next_one_of_its_partition_alone() -> None:
    writer, ranks, clock, metrics = a_writer()
    await writer.write(both(1), owned(1, 1))
    ranks.away = True
    await writer.write(scored(0, 2), owned(1, 1))
    ranks.away = False
    clock.advance(timedelta(seconds=PAUSE_S))
    await writer.write(both(3), owned(1, 1))
    assert ranks.turns[2:] == [(0, Turn(1, 1, 1)), (1, Turn(1, 0, 2))]
    assert lost(metrics) == 1


async def test_they_are_left_alone_for_a_while_and_what_comes_meanwhile_is_lost_too() -> None:
    writer, ranks, clock, metrics = a_writer()
    await writer.write(both(1), owned(1, 1))
    ranks.away = True
    await writer.write(scored(0, 2), owned(1, 1))
    ranks.away = False
    await writer.write(scored(1, 3), owned(1, 1))
    assert len(ranks.writes) == 2
    clock.advance(timedelta(seconds=PAUSE_S))
    await writer.write(both(4), owned(1, 1))
    assert ranks.turns[2:] == [(0, Turn(1, 1, 1)), (1, Turn(1, 1, 1))]
    assert lost(metrics) == 2


async def test_without_ranks_nothing_is_written() -> None:
    await RankWriter(service, None, FixedClock(), Metrics()).write(both(1), owned(1, 1))


def score(value: int, n: int, reply_to: dict[str, Any]) -> Outgoing:
    wish = ScoreBoard(board=SEASON, player=ROCKET, value=value)
    envelope = {
        "id": f"score-{n}",
        "type": wish.wire,
        "tenant": TENANT,
        "key": SEASON,
        "actor": "key:test",
        "correlation_id": "c",
        "idempotency": {"scope": "door", "key": f"score-{n}", "fingerprint": ""},
        "reply_to": reply_to,
        "data": wish.model_dump(mode="json"),
    }
    part = partition_of(TENANT, SEASON, PARTITIONS)
    return Outgoing(COMMANDS, part, None, orjson.dumps(envelope), ((TYPE_HEADER, wish.wire.encode()),))


def test_whoever_is_told_of_a_score_finds_it_on_the_board() -> None:
    """The ranks are asked at the very moment at which the answer is on its way."""

    async def told() -> None:
        know_all()
        clock, ranks = VirtualClock(Random(1)), Noted()
        bus, ledger = MemoryBus(clock.now), MemoryEventLog(service, PARTITIONS)
        await bus.ensure({COMMANDS: PARTITIONS, events_of(service.name): PARTITIONS, "gateway.replies": 1})
        store = DefinitionStore()
        spec = BoardSpec(name="Season", aggregation="latest").model_dump_json()
        store.learn([StoredDefinition(1, TENANT, BoardSpec.kind, SEASON, 1, spec, False)])
        outside = Outside(PARTITIONS, store, seeds_of, ranks)
        worker = Worker(service, bus, ledger, outside, clock=clock, metrics=Metrics(), name="w")
        working = asyncio.create_task(worker.run())
        place = Place(
            partition_of(TENANT, SEASON, PARTITIONS), TENANT, season_board_id(TENANT, SEASON, BEGINNING, None)
        )
        seen: list[int] = []
        publish = bus.publish

        async def watched(messages: Sequence[Outgoing]) -> None:
            if any(message.topic == "gateway.replies" for message in messages):
                kept = await ranks.read(place, 1)
                seen.append(-1 if kept is None else kept.top[0].score)
            await publish(messages)

        bus.publish = watched  # type: ignore[method-assign]
        reply_to = {"topic": "gateway.replies", "partition": 0, "instance": "g"}
        await publish([score(1, 1, reply_to)])
        await until(lambda: len(seen) == 1)
        filling = await ranks.begin_fill(place)  # the first write of an epoch leaves no board filled
        assert filling is not None
        assert await ranks.end_fill(place, filling, 1)
        for value in (2, 9, 4):
            await publish([score(value, value, reply_to)])
            await until(lambda wanted=value: seen[-1] == wanted)
        assert ranks.turns[-1] == (place.part, Turn(worker.owned[place.part].epoch, 0, 4))
        kept = await ranks.read(place, 1)
        assert kept is not None
        assert kept.top == [Ranked(user_id_of(TENANT, ROCKET), "player", "rocket", 4, 4)]
        worker.stop()
        await working

    run_virtually(told())


async def until(true: Any) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)
