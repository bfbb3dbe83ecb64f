"""What the log promises, whether it stands in PostgreSQL or in memory: everything at once, by one writer, for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from shared.bus.port import Topic
from shared.eventlog import statements
from shared.eventlog.chain import GENESIS
from shared.eventlog.port import Blamed, EventLog, Fenced, LogError, WrongOffsets
from shared.eventlog.rows import Commit, PositionMove, TableChange, Wanted
from tests.contracts.eventlog_shop import (
    COMMANDS,
    NOON,
    PARTITIONS,
    TOPICS,
    Holder,
    Place,
    all_events,
    dead_row,
    everything_else,
    history_of,
    holder,
    positions_of,
    reply_row,
    timer_row,
    wallet,
)


@asynccontextmanager
async def nothing_written(place: Place) -> AsyncIterator[None]:
    async def everything() -> list[Any]:
        tables = [await place.table(name) for name in ("wallets", "house", "entries", "badges", "personal")]
        stands = await place.standing()
        stored = await place.log.load(
            Wanted(
                replies=[(0, "door", "w1"), (1, "door", "w1")],
                streams=[(0, "wallet/s/a"), (1, "wallet/s/a")],
                timers_due=([0, 1], NOON + timedelta(days=9), 100),
            )
        )
        outbox = [await place.log.unanswered(part, (-1, -1), 100) for part in (0, 1)]
        return [tables, stands, await place.events(), stored, outbox, await place.dead_letters()]

    before = await everything()
    yield
    assert await everything() == before


async def test_an_untouched_partition_is_claimed_at_its_beginning(log: EventLog) -> None:
    (claimed,) = await log.claim([2], "ann", TOPICS, adopt=False, epochs={})
    assert (claimed.part, claimed.epoch, claimed.event_pos, claimed.relayed_pos) == (2, 1, 0, 0)
    assert claimed.chain == GENESIS
    assert claimed.offsets == {COMMANDS: 0}
    assert claimed.next_timer_at is None
    assert claimed.last_at < NOON
    assert log.partitions == PARTITIONS


async def test_every_claim_raises_the_epoch_of_its_partitions_alone(log: EventLog) -> None:
    await log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={})
    claimed = await log.claim([1, 0, 3], "bob", TOPICS, adopt=False, epochs={})
    assert [(one.part, one.epoch) for one in claimed] == [(0, 2), (1, 2), (3, 1)]


async def test_a_claim_reads_where_the_last_holder_stood(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes("wallet/s/a", "wallet/s/b", read=5, timers=[timer_row("late", 90), timer_row("t", 7)]))
    relay = PositionMove(0, ann.epoch, ann.pos, ann.pos, 1, ann.chain, NOON)
    await log.commit(Commit(positions=[relay]))
    (claimed,) = await log.claim([0], "bob", TOPICS, adopt=False, epochs={})
    assert claimed[1:] == (2, 2, 1, ann.chain, NOON, {COMMANDS: 5}, NOON + timedelta(seconds=7))


async def test_a_claim_may_demand_the_epoch_it_knows(log: EventLog) -> None:
    await log.claim([0], "ann", TOPICS, adopt=False, epochs={})
    (claimed,) = await log.claim([0], "ann", TOPICS, adopt=False, epochs={0: 1})
    assert claimed.epoch == 2


async def test_a_claim_that_demands_a_past_epoch_is_fenced_and_takes_nothing(log: EventLog) -> None:
    await log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={})
    await log.claim([1], "bob", TOPICS, adopt=False, epochs={})
    with pytest.raises(Fenced):
        await log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={0: 1, 1: 1})
    claimed = await log.claim([0, 1], "bob", TOPICS, adopt=False, epochs={})
    assert [one.epoch for one in claimed] == [2, 3]


async def test_a_partition_that_does_not_exist_is_not_claimed(log: EventLog) -> None:
    with pytest.raises(Fenced):
        await log.claim([PARTITIONS], "ann", TOPICS, adopt=False, epochs={})


@pytest.mark.parametrize("other", [Topic("cluster-b", "topic-1", 4), Topic("cluster-a", "topic-2", 4)])
async def test_offsets_of_another_topic_are_refused_by_name(log: EventLog, other: Topic) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(read=7))
    with pytest.raises(WrongOffsets) as told:
        await log.claim([0], "bob", {COMMANDS: other}, adopt=False, epochs={})
    for word in (COMMANDS, "partition 0", "offset 7", "topic-1", "cluster-a", *other[:2], "--adopt"):
        assert word in str(told.value)


@pytest.mark.parametrize("other", [Topic("cluster-b", "topic-1", 4), Topic("cluster-a", "topic-2", 4)])
async def test_adopting_begins_the_new_topic_at_its_start_and_once(log: EventLog, other: Topic) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(read=7))
    (adopted,) = await log.claim([0], "bob", {COMMANDS: other}, adopt=True, epochs={})
    assert adopted.offsets == {COMMANDS: 0}
    bob = Holder.of(adopted)
    await log.commit(bob.writes(read=3))
    (again,) = await log.claim([0], "bob", {COMMANDS: other}, adopt=True, epochs={})
    assert again.offsets == {COMMANDS: 3}


@pytest.mark.parametrize("adopt", [False, True])
async def test_another_partition_count_is_always_refused(log: EventLog, adopt: bool) -> None:
    topics = {COMMANDS: Topic("cluster-a", "topic-1", PARTITIONS * 2)}
    with pytest.raises(WrongOffsets, match=r"ledger\.commands has 8 partitions, the log was made for 4"):
        await log.claim([0], "ann", topics, adopt=adopt, epochs={})


async def test_a_second_topic_has_offsets_of_its_own(log: EventLog) -> None:
    topics = {**TOPICS, "wagers.starlight": Topic("cluster-a", "topic-9", PARTITIONS)}
    ann = await holder(log)
    await log.commit(ann.writes(read=7))
    (claimed,) = await log.claim([0], "ann", topics, adopt=False, epochs={})
    assert claimed.offsets == {COMMANDS: 7, "wagers.starlight": 0}


async def test_one_commit_writes_everything(place: Place) -> None:
    log, ann = place.log, await holder(place.log)
    commit = ann.writes("wallet/s/a", "wallet/s/b", "wallet/s/a", **everything_else())
    await log.commit(commit)
    assert await place.events() == commit.events
    assert await all_events(log) == commit.events
    assert positions_of(await history_of(log, "wallet/s/a")) == [1, 3]
    assert await place.table("wallets") == {(0, "starlight", "rocket", "WINZ"): (5, NOON)}
    assert await place.dead_letters() == {(0, 1): (dead_row(0), "open")}
    assert await log.unanswered(0, (-1, -1), 9) == commit.outbox
    loaded = await log.load(
        Wanted(replies=[(0, "door", "w1")], streams=[(0, "wallet/s/a")], timers_due=([0], NOON + timedelta(days=1), 9))
    )
    assert loaded.replies == {(0, "door", "w1"): reply_row("w1")}
    assert loaded.streams[0, "wallet/s/a"].version == 2
    assert loaded.timers == [timer_row("t", 5)]


async def test_one_commit_may_move_several_partitions(place: Place) -> None:
    log = place.log
    claimed = await log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={})
    ann, bob = map(Holder.of, claimed)
    both, more = bob.writes("wallet/s/a"), ann.writes("wallet/s/a")
    for name in ("positions", "offsets", "events", "streams"):
        getattr(both, name).extend(getattr(more, name))
    await log.commit(both)
    assert [(row.part, row.pos) for row in await place.events()] == [(0, 1), (1, 1)]


async def test_an_old_epoch_writes_nothing(place: Place) -> None:
    zombie = await holder(place.log)
    await holder(place.log)
    async with nothing_written(place):
        with pytest.raises(Fenced):
            await place.log.commit(zombie.writes("wallet/s/a", **everything_else()))


async def test_one_lost_partition_fences_the_whole_batch(place: Place) -> None:
    claimed = await place.log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={})
    ann, lost = map(Holder.of, claimed)
    await holder(place.log, 1)
    batch, rest = ann.writes("wallet/s/a", **everything_else()), lost.writes("wallet/s/a")
    for name in ("positions", "offsets", "events", "streams"):
        getattr(batch, name).extend(getattr(rest, name))
    async with nothing_written(place):
        with pytest.raises(Fenced):
            await place.log.commit(batch)


@pytest.mark.parametrize("was", [-1, 1])
async def test_a_position_that_stands_elsewhere_writes_nothing(place: Place, was: int) -> None:
    ann = await holder(place.log)
    async with nothing_written(place):
        commit = ann.writes("wallet/s/a", **everything_else())
        commit.positions[0] = commit.positions[0]._replace(was_pos=was)
        with pytest.raises(Fenced):
            await place.log.commit(commit)


@pytest.mark.parametrize(("topic", "was"), [(COMMANDS, 1), (COMMANDS, -1), ("another.topic", 0)])
async def test_an_offset_that_stands_elsewhere_writes_nothing(place: Place, topic: str, was: int) -> None:
    ann = await holder(place.log)
    async with nothing_written(place):
        commit = ann.writes("wallet/s/a", **everything_else())
        commit.offsets[0] = commit.offsets[0]._replace(topic=topic, was_offset=was)
        with pytest.raises(Fenced):
            await place.log.commit(commit)


async def test_a_taken_position_means_claim_again(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes("wallet/s/a"))
    bob = await holder(place.log)
    async with nothing_written(place):
        commit = bob.writes("wallet/s/other", **everything_else())
        commit.events[0] = commit.events[0]._replace(pos=1)
        with pytest.raises(Fenced, match="written this already"):
            await place.log.commit(commit)


async def test_a_taken_version_of_a_stream_means_claim_again(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes("wallet/s/a"))
    forgetful = await holder(place.log)
    async with nothing_written(place):
        with pytest.raises(Fenced, match="written this already"):
            await place.log.commit(forgetful.writes("wallet/s/a", **everything_else()))


async def test_a_balance_below_zero_is_blamed_and_nothing_is_written(place: Place) -> None:
    ann = await holder(place.log)
    async with nothing_written(place):
        rows = everything_else()
        rows["tables"] = wallet(-1)
        with pytest.raises(Blamed, match="wallets_balance_check of wallets"):
            await place.log.commit(ann.writes("wallet/s/a", **rows))


@pytest.mark.parametrize("player", ["nul \x00 inside"])
async def test_text_that_no_column_can_hold_is_blamed(place: Place, player: str) -> None:
    ann = await holder(place.log)
    async with nothing_written(place):
        with pytest.raises(Blamed):
            await place.log.commit(ann.writes("wallet/s/a", tables=wallet(1, player)))


@pytest.mark.parametrize("balance", [2**63, 2**80])
async def test_a_number_that_no_column_can_hold_is_blamed(place: Place, balance: int) -> None:
    ann = await holder(place.log)
    async with nothing_written(place):
        with pytest.raises(Blamed):
            await place.log.commit(ann.writes("wallet/s/a", tables=wallet(balance)))


async def test_a_sum_that_no_column_can_hold_is_blamed(place: Place) -> None:
    ann = await holder(place.log)
    house = {"house": TableChange(adds={(0, "s", "rewards"): (2**63 - 1, 0)})}
    await place.log.commit(ann.writes(tables=house))
    bob = await holder(place.log)
    async with nothing_written(place):
        with pytest.raises(Blamed):
            await place.log.commit(bob.writes(tables=house))


@pytest.mark.parametrize(
    "tables",
    [
        {"nowhere": TableChange(puts={(0, "s", "a"): (1,)})},
        {"wallets": TableChange(adds={(0, "s", "a", "b"): (1, 2)})},
        {"entries": TableChange(puts={(0, "s", "a"): ("x",)})},
    ],
)
async def test_only_declared_tables_are_written_and_only_as_declared(place: Place, tables: Any) -> None:
    ann = await holder(place.log)
    async with nothing_written(place):
        with pytest.raises(LogError, match="declares no table"):
            await place.log.commit(ann.writes("wallet/s/a", tables=tables))


async def test_every_piece_at_once_is_only_one_more_form(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_FORMS", 0)
    ann = await holder(place.log)
    await place.log.commit(ann.writes("wallet/s/a"))
    await place.log.commit(ann.writes("wallet/s/b", **everything_else()))
    assert len(await place.events()) == 2
    assert await place.table("house") == {(0, "s", "rewards"): (-5, 1)}
