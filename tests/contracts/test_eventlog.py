"""What the log promises, whether it stands in PostgreSQL or in memory: everything at once, by one writer, for ever."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.bus.port import Topic
from shared.eventlog import loading, memory, postgres, statements
from shared.eventlog.chain import GENESIS, link
from shared.eventlog.port import Blamed, EventLog, Fenced, LogError, WrongOffsets
from shared.eventlog.rows import Commit, Loaded, PositionMove, TableChange, Wanted
from tests.contracts.eventlog_shop import (
    COMMANDS,
    NOON,
    PARTITIONS,
    TOPICS,
    Holder,
    MemoryPlace,
    Place,
    all_events,
    dead_row,
    definition_rows,
    event_row,
    holder,
    pending_row,
    positions_of,
    postgres_place,
    reply_row,
    send_row,
    shop_database,
    timer_row,
    wallet,
)


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    if request.param == "memory":
        yield MemoryPlace()
        return
    server = request.getfixturevalue("postgres_dsn")
    async with shop_database(server, tmp_path) as dsn, postgres_place(dsn) as real:
        yield real


@pytest.fixture
def log(place: Place) -> EventLog:
    return place.log


@asynccontextmanager
async def nothing_written(place: Place) -> AsyncIterator[None]:
    async def everything() -> list[Any]:
        tables = [await place.table(name) for name in ("wallets", "house", "entries", "badges", "personal")]
        claimed = await place.log.claim([0, 1], "auditor", TOPICS, adopt=False, epochs={})
        stands = [one._replace(epoch=0) for one in claimed]
        stored = await place.log.load(
            Wanted(
                replies=[(0, "door", "w1"), (1, "door", "w1")],
                streams=[(0, "wallet/s/a"), (1, "wallet/s/a")],
                timers_due=([0, 1], NOON + timedelta(days=9), 100),
            )
        )
        outbox = [await place.log.unanswered(part, (-1, -1), 100) for part in (0, 1)]
        return [tables, stands, await place.events(), _as_dict(stored), outbox, await place.dead_letters()]

    before = await everything()
    yield
    assert await everything() == before


def _as_dict(loaded: Loaded) -> dict[str, Any]:
    return {one.name: getattr(loaded, one.name) for one in fields(loaded)}


def everything_else(part: int = 0) -> dict[str, Any]:
    return {
        "replies": [reply_row("w1", part=part)],
        "outbox": [send_row(1, part=part)],
        "timers": [timer_row("t", 5, part=part)],
        "dead_letters": [dead_row(0, part=part)],
        "tables": {
            **wallet(5, part=part),
            "house": TableChange(adds={(part, "s", "rewards"): (-5, 1)}),
            "entries": TableChange(appends={(part, "s", "e1"): ("x",)}),
        },
    }


# Claiming


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


# Committing


async def test_one_commit_writes_everything(place: Place) -> None:
    log, ann = place.log, await holder(place.log)
    commit = ann.writes("wallet/s/a", "wallet/s/b", "wallet/s/a", **everything_else())
    await log.commit(commit)
    assert await place.events() == commit.events
    assert await all_events(log) == commit.events
    assert [row.pos for row in await log.history(0, "wallet/s/a")] == [1, 3]
    assert await place.table("wallets") == {(0, "starlight", "rocket", "WINZ"): (5, NOON)}
    assert await place.dead_letters() == {(0, COMMANDS, 0): (dead_row(0), "open")}
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
    async with nothing_written(place):
        ann = await holder(place.log)
        commit = ann.writes("wallet/s/a", **everything_else())
        commit.positions[0] = commit.positions[0]._replace(was_pos=was)
        with pytest.raises(Fenced):
            await place.log.commit(commit)


@pytest.mark.parametrize(("topic", "was"), [(COMMANDS, 1), (COMMANDS, -1), ("another.topic", 0)])
async def test_an_offset_that_stands_elsewhere_writes_nothing(place: Place, topic: str, was: int) -> None:
    async with nothing_written(place):
        ann = await holder(place.log)
        commit = ann.writes("wallet/s/a", **everything_else())
        commit.offsets[0] = commit.offsets[0]._replace(topic=topic, was_offset=was)
        with pytest.raises(Fenced):
            await place.log.commit(commit)


async def test_a_taken_position_means_claim_again(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes("wallet/s/a"))
    async with nothing_written(place):
        bob = await holder(place.log)
        commit = bob.writes("wallet/s/other", **everything_else())
        commit.events[0] = commit.events[0]._replace(pos=1)
        with pytest.raises(Fenced, match="written this already"):
            await place.log.commit(commit)


async def test_a_taken_version_of_a_stream_means_claim_again(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes("wallet/s/a"))
    async with nothing_written(place):
        forgetful = await holder(place.log)
        with pytest.raises(Fenced, match="written this already"):
            await place.log.commit(forgetful.writes("wallet/s/a", **everything_else()))


async def test_a_balance_below_zero_is_blamed_and_nothing_is_written(place: Place) -> None:
    async with nothing_written(place):
        ann = await holder(place.log)
        rows = everything_else()
        rows["tables"] = wallet(-1)
        with pytest.raises(Blamed, match="wallets_balance_check of wallets"):
            await place.log.commit(ann.writes("wallet/s/a", **rows))


@pytest.mark.parametrize("player", ["nul \x00 inside"])
async def test_text_that_no_column_can_hold_is_blamed(place: Place, player: str) -> None:
    async with nothing_written(place):
        ann = await holder(place.log)
        with pytest.raises(Blamed):
            await place.log.commit(ann.writes("wallet/s/a", tables=wallet(1, player)))


@pytest.mark.parametrize("balance", [2**63, 2**80])
async def test_a_number_that_no_column_can_hold_is_blamed(place: Place, balance: int) -> None:
    async with nothing_written(place):
        ann = await holder(place.log)
        with pytest.raises(Blamed):
            await place.log.commit(ann.writes("wallet/s/a", tables=wallet(balance)))


async def test_a_sum_that_no_column_can_hold_is_blamed(place: Place) -> None:
    ann = await holder(place.log)
    house = {"house": TableChange(adds={(0, "s", "rewards"): (2**63 - 1, 0)})}
    await place.log.commit(ann.writes(tables=house))
    async with nothing_written(place):
        bob = await holder(place.log)
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
    async with nothing_written(place):
        ann = await holder(place.log)
        with pytest.raises(LogError, match="declares no table"):
            await place.log.commit(ann.writes("wallet/s/a", tables=tables))


async def test_every_piece_at_once_is_only_one_more_form(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MOST_FORMS", 0)
    ann = await holder(place.log)
    await place.log.commit(ann.writes("wallet/s/a"))
    await place.log.commit(ann.writes("wallet/s/b", **everything_else()))
    assert len(await place.events()) == 2
    assert await place.table("house") == {(0, "s", "rewards"): (-5, 1)}


# Views and private tables


async def test_a_put_row_shows_the_last_thing_said_of_it(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes(tables=wallet(5)))
    await place.log.commit(ann.writes(tables=wallet(7)))
    await place.log.commit(ann.writes(tables=wallet(1, "groot")))
    rows = {key[2]: values[0] for key, values in (await place.table("wallets")).items()}
    assert rows == {"rocket": 7, "groot": 1}


async def test_an_added_row_counts_up_from_zero(place: Place) -> None:
    ann = await holder(place.log)
    for amount in (5, -7, 1):
        change = TableChange(adds={(0, "s", "rewards"): (amount, 1), (0, "s", f"once {amount}"): (amount, 1)})
        await place.log.commit(ann.writes(tables={"house": change}))
    rows = {key[2]: values for key, values in (await place.table("house")).items()}
    assert rows == {"rewards": (-1, 3), "once 5": (5, 1), "once -7": (-7, 1), "once 1": (1, 1)}


async def test_an_appended_row_never_changes(place: Place) -> None:
    ann = await holder(place.log)
    for note in ("first", "second"):
        await place.log.commit(ann.writes(tables={"entries": TableChange(appends={(0, "s", "e1"): (note,)})}))
    assert await place.table("entries") == {(0, "s", "e1"): ("first",)}


async def test_a_row_may_be_nothing_but_its_key(place: Place) -> None:
    ann = await holder(place.log)
    for _ in range(2):
        await place.log.commit(ann.writes(tables={"badges": TableChange(puts={(0, "s", "rocket"): ()})}))
    assert await place.table("badges") == {(0, "s", "rocket"): ()}


async def test_a_dropped_row_is_gone_and_its_neighbours_stay(place: Place) -> None:
    ann = await holder(place.log)
    for table, rows in (
        ("wallets", TableChange(puts={(0, "s", p, "WINZ"): (1, None) for p in ("a", "b")})),
        ("house", TableChange(adds={(0, "s", p): (1, 1) for p in ("a", "b")})),
        ("entries", TableChange(appends={(0, "s", p): ("x",) for p in ("a", "b")})),
        ("personal", TableChange(puts={(0, "s", p): ("x@example.org",) for p in ("a", "b")})),
    ):
        await place.log.commit(ann.writes(tables={table: rows}))
        gone = (0, "s", "a", "WINZ") if table == "wallets" else (0, "s", "a")
        await place.log.commit(ann.writes(tables={table: TableChange(drops={gone, (0, "s", "nobody", "WINZ")[: len(gone)]})}))
        assert [key[2] for key in await place.table(table)] == ["b"]


async def test_one_table_may_put_and_drop_different_rows_in_one_commit(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes(tables=wallet(1, "a")))
    change = wallet(2, "b")["wallets"]
    change.drops.add((0, "starlight", "a", "WINZ"))
    await place.log.commit(ann.writes(tables={"wallets": change}))
    assert await place.table("wallets") == {(0, "starlight", "b", "WINZ"): (2, NOON)}


# Replies


async def test_a_pending_reply_becomes_final(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(replies=[pending_row("w1")]))
    assert (await log.load(Wanted(replies=[(0, "door", "w1")]))).replies == {(0, "door", "w1"): pending_row("w1")}
    await log.commit(ann.writes(replies=[pending_row("w1", waiting=b'["me", "you"]')]))
    await log.commit(ann.writes(replies=[reply_row("w1", body=b'{"the": "very bytes"}')]))
    loaded = await log.load(Wanted(replies=[(0, "door", "w1")]))
    assert loaded.replies == {(0, "door", "w1"): reply_row("w1", body=b'{"the": "very bytes"}')}


async def test_a_freed_reply_is_forgotten_and_its_neighbours_stay(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(replies=[pending_row("w1"), pending_row("w2")]))
    await log.commit(ann.writes(freed=[(0, "door", "w1")]))
    loaded = await log.load(Wanted(replies=[(0, "door", "w1"), (0, "door", "w2")]))
    assert list(loaded.replies) == [(0, "door", "w2")]


# Sends


async def test_a_send_is_kept_until_it_is_answered(log: EventLog) -> None:
    ann = await holder(log)
    sends = [send_row(1, 0), send_row(1, 1), send_row(2, 0), send_row(10, 0)]
    await log.commit(ann.writes(outbox=sends))
    assert await log.unanswered(0, (-1, -1), 99) == sends
    assert await log.unanswered(1, (-1, -1), 99) == []
    await log.commit(ann.writes(answered=[(0, 1, 1), (0, 10, 0)]))
    assert await log.unanswered(0, (-1, -1), 99) == [sends[0], sends[2]]


async def test_unanswered_sends_come_in_pages_by_their_place(log: EventLog) -> None:
    ann = await holder(log)
    sends = [send_row(pos, n) for pos in (1, 2, 10) for n in (0, 1)]
    await log.commit(ann.writes(outbox=sends[::-1]))
    assert await log.unanswered(0, (-1, -1), 4) == sends[:4]
    assert await log.unanswered(0, (2, 0), 2) == sends[3:5]
    assert await log.unanswered(0, (10, 1), 4) == []


async def test_a_send_is_told_again_ever_more_rarely_up_to_an_hour(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(outbox=[send_row(1, next_at=NOON)]))
    now, waits = NOON, []
    for tries in range(1, 11):
        assert await log.overdue([0], now - timedelta(microseconds=1), 9) == []
        (told,) = await log.overdue([0], now, 9)
        assert told == send_row(1, next_at=told.next_at, tries=tries)
        waits.append(int((told.next_at - now).total_seconds()))
        now = told.next_at
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


async def test_overdue_sends_come_in_order_and_bounded_and_only_of_the_partitions_asked_for(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    late, later = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
    rows = [send_row(3, next_at=late), send_row(1, 1), send_row(1, 0), send_row(2, next_at=later)]
    await log.commit(ann.writes(outbox=rows))
    await log.commit(bob.writes(outbox=[send_row(1, part=1)]))
    assert [row[:3] for row in await log.overdue([0], NOON, 2)] == [(0, 1, 0), (0, 1, 1)]
    assert [row[:3] for row in await log.overdue([0, 1], NOON, 9)] == [(0, 3, 0), (1, 1, 0)]
    assert await log.overdue([0, 1], NOON, 9) == []


# Timers


async def timers(log: EventLog, due_s: int = 3600, most: int = 99, parts: tuple[int, ...] = (0,)) -> list[str]:
    due = (list(parts), NOON + timedelta(seconds=due_s), most)
    return [f"{row.part}/{row.id}" for row in (await log.load(Wanted(timers_due=due))).timers]


async def test_timers_come_when_due_in_order_and_bounded(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    await log.commit(ann.writes(timers=[timer_row("c", 30), timer_row("b", 10), timer_row("a", 10)]))
    await log.commit(bob.writes(timers=[timer_row("d", 20, part=1)]))
    assert await timers(log, 9) == []
    assert await timers(log, 10) == ["0/a", "0/b"]
    assert await timers(log, parts=(0, 1)) == ["0/a", "0/b", "1/d", "0/c"]
    assert await timers(log, parts=(0, 1), most=3) == ["0/a", "0/b", "1/d"]
    assert await timers(log, parts=(2,)) == []


async def test_setting_a_timer_again_replaces_it(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(timers=[timer_row("t", 10)]))
    await log.commit(ann.writes(timers=[timer_row("t", 60, data=b'{"later": 1}')]))
    assert await timers(log, 59) == []
    loaded = await log.load(Wanted(timers_due=([0], NOON + timedelta(seconds=60), 9)))
    assert loaded.timers == [timer_row("t", 60, data=b'{"later": 1}')]


async def test_a_timer_fires_once_and_setting_it_after_that_does_nothing(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(timers=[timer_row("t", 10), timer_row("u", 20)]))
    await log.commit(ann.writes(fired=[(0, "t")]))
    assert await timers(log) == ["0/u"]
    await log.commit(ann.writes(timers=[timer_row("t", 30)]))
    assert await timers(log) == ["0/u"]
    (claimed,) = await log.claim([0], "bob", TOPICS, adopt=False, epochs={})
    assert claimed.next_timer_at == NOON + timedelta(seconds=20)


async def test_a_timer_that_fires_in_the_commit_that_sets_it_again_has_fired(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(timers=[timer_row("t", 10)]))
    await log.commit(ann.writes(timers=[timer_row("t", 30), timer_row("u", 20)], fired=[(0, "t")]))
    assert await timers(log) == ["0/u"]


# Dead letters


async def test_a_dead_letter_is_kept_as_it_came_and_once(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes(dead_letters=[dead_row(3), dead_row(4)]))
    await place.log.commit(ann.writes(dead_letters=[dead_row(3, "another reason")]))
    assert await place.dead_letters() == {
        (0, COMMANDS, 3): (dead_row(3), "open"),
        (0, COMMANDS, 4): (dead_row(4), "open"),
    }


# Loading


async def test_nothing_wanted_is_nothing_loaded(log: EventLog) -> None:
    assert _as_dict(await log.load(Wanted())) == _as_dict(Loaded())


async def test_a_load_returns_exactly_what_is_wanted_at_five_hundred_keys(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    names = [f"wallet/s/{i}" for i in range(600)]
    sends = [send_row(i + 1) for i in range(600)]
    replies = [reply_row(f"w{i}", body=b"%d" % i) for i in range(600)]
    await log.commit(ann.writes(*names, replies=replies, outbox=sends, timers=[timer_row("t", 1)]))
    await log.commit(bob.writes(*names, replies=[reply_row("w0", part=1)], tables=definition_rows(1)))
    asked = Wanted(
        replies=[(0, "door", f"w{i}") for i in range(300, 800)] + [(0, "send", "w1"), (1, "door", "w0")],
        streams=[(0, name) for name in names[100:600]] + [(1, "wallet/s/5"), (1, "wallet/s/900")],
        outbox=[(0, pos, 0) for pos in range(200, 700)] + [(1, 200, 0), (0, 200, 1)],
        timers_due=([0, 1], NOON + timedelta(seconds=1), 5),
        definitions_after=(0, 0),
    )
    loaded = await log.load(asked)
    assert loaded.replies.keys() == {(0, "door", f"w{i}") for i in range(300, 600)} | {(1, "door", "w0")}
    assert all(row == replies[int(key[1:])] for (part, _, key), row in loaded.replies.items() if part == 0)
    assert loaded.streams.keys() == {(0, name) for name in names[100:]} | {(1, "wallet/s/5")}
    assert all(row[:3] == (part, name, 1) for (part, name), row in loaded.streams.items())
    assert loaded.outbox == {row[:3]: row for row in sends[199:]}
    assert loaded.timers == [timer_row("t", 1)]
    assert [row.seq for row in loaded.definitions] == [1]


@pytest.mark.parametrize("wanted", [Wanted(replies=[(0, "door", "a\x00")]), Wanted(streams=[(0, "wallet/s/\x00")])])
async def test_a_key_that_no_column_can_hold_is_blamed_and_not_waited_for(log: EventLog, wanted: Wanted) -> None:
    with pytest.raises(Blamed, match="cannot be looked up"):
        await log.load(wanted)


async def test_definitions_come_in_the_order_they_were_decided(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(tables=definition_rows(3, 1, 10, 2)))
    loaded = (await log.load(Wanted(definitions_after=(0, 1)))).definitions
    assert [tuple(row) for row in loaded] == [
        (2, "starlight", "lootbox", "box-2", 1, "{}", True),
        (3, "starlight", "lootbox", "box-3", 1, "{}", False),
        (10, "starlight", "lootbox", "box-10", 1, "{}", True),
    ]
    assert (await log.load(Wanted(definitions_after=(0, 10)))).definitions == []
    assert (await log.load(Wanted(definitions_after=(1, 0)))).definitions == []


async def test_whoever_is_far_behind_gets_every_definition(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (loading, postgres):
        monkeypatch.setattr(module, "PAGE_DEFINITIONS", 4)
    ann = await holder(log)
    await log.commit(ann.writes("wallet/s/a", tables=definition_rows(*range(1, 14))))
    loaded = await log.load(Wanted(streams=[(0, "wallet/s/a")], definitions_after=(0, 1)))
    assert [row.seq for row in loaded.definitions] == list(range(2, 14))
    assert list(loaded.streams) == [(0, "wallet/s/a")]


# Reading


async def test_the_log_is_read_in_order_without_gaps_page_by_page(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (memory, postgres):
        monkeypatch.setattr(module, "PAGE_EVENTS", 3)
    ann = await holder(log)
    await log.commit(ann.writes(*(f"wallet/s/{i}" for i in range(5))))
    await log.commit(ann.writes(*(f"wallet/s/{i}" for i in range(5))))
    pages = [[row.pos for row in page] async for page in log.read(0, 0, 10**9)]
    assert pages == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]]
    assert positions_of(await all_events(log, after=2, upto=8)) == [3, 4, 5, 6, 7, 8]
    assert await all_events(log, after=10) == []
    assert await all_events(log, after=5, upto=5) == []
    assert await all_events(log, part=1) == []
    assert [(row.pos, row.version) for row in await log.history(0, "wallet/s/1")] == [(2, 1), (7, 2)]
    assert await log.history(0, "wallet/s/9") == []


async def test_what_is_read_is_chained_to_what_was_before_it(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes("wallet/s/a", "wallet/s/b"))
    await log.commit(ann.writes("wallet/s/a"))
    chain = GENESIS
    for row in await all_events(log):
        chain = link(chain, row)
        assert row.hash == chain
    (claimed,) = await log.claim([0], "bob", TOPICS, adopt=False, epochs={})
    assert claimed.chain == chain


# Pruning


async def test_only_old_final_replies_and_fired_timers_are_pruned(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    old = NOON - timedelta(days=8)
    replies = [reply_row("old", at=old), reply_row("new"), pending_row("waiting", at=old)]
    rows = [timer_row("spent", -(8 * 86_400)), timer_row("fresh", -60), timer_row("never", -(8 * 86_400))]
    await log.commit(ann.writes(replies=replies, timers=rows))
    await log.commit(ann.writes(fired=[(0, "spent"), (0, "fresh")]))
    await log.commit(bob.writes(replies=[reply_row("old", part=1, at=old)]))
    assert await log.prune([0], NOON - timedelta(days=7), 99) == 2
    assert await log.prune([0], NOON - timedelta(days=7), 99) == 0
    keys = [(0, "door", key) for key in ("old", "new", "waiting")] + [(1, "door", "old")]
    assert list((await log.load(Wanted(replies=keys))).replies) == keys[1:]
    await log.commit(ann.writes(timers=[timer_row("fresh", 5), timer_row("spent", 6)]))
    assert await timers(log) == ["0/never", "0/spent"], "the pruned one is forgotten, the fresh one has still fired"


async def test_pruning_is_bounded_and_begins_with_the_oldest(log: EventLog) -> None:
    ann = await holder(log)
    replies = [reply_row(f"w{i}", at=NOON - timedelta(days=i)) for i in range(1, 6)]
    await log.commit(ann.writes(replies=replies, timers=[timer_row("t", -9 * 86_400)]))
    await log.commit(ann.writes(fired=[(0, "t")]))
    assert await log.prune([0], NOON, 3) == 3
    left = await log.load(Wanted(replies=[row[:3] for row in replies]))
    assert {key for _, _, key in left.replies} == {"w1", "w2"}
    assert await log.prune([0], NOON, 3) == 3
    assert await log.prune([0], NOON, 3) == 0


# The chain


def test_a_link_is_the_hash_of_the_bytes_that_its_description_names() -> None:
    row = event_row(3, 258, "wallet/s/ä", 7)
    texts = [text.encode() for text in (row.stream, row.type, row.data, row.tenant, row.actor)]
    texts += [row.command_id.encode(), row.correlation_id.encode()]
    micros = 1_795_262_400_123_456
    expected = b"\x11" * 32
    expected += b"".join(number.to_bytes(8, "big") for number in (3, 258, 7, micros))
    expected += b"".join(len(text).to_bytes(4, "big") for text in texts) + b"".join(texts)
    assert link(b"\x11" * 32, row) == hashlib.sha256(expected).digest()
    assert link(b"\x11" * 32, row[:11]) == link(b"\x11" * 32, row._replace(hash=b"not read"))


@pytest.mark.parametrize(
    "change",
    [
        {"part": 1}, {"pos": 3}, {"version": 2}, {"stream": "wallet/s/b"}, {"type": "wallet.debited"}, {"data": "{}"},
        {"tenant": "moonbase"}, {"actor": "admin"}, {"command_id": "c-2"}, {"correlation_id": "k-2"},
        {"at": NOON + timedelta(microseconds=1)}, {"tenant": "starligh", "actor": "tkey/1"},
    ],
)  # fmt: skip
def test_no_column_can_change_without_changing_the_chain(change: dict[str, Any]) -> None:
    row = event_row(0, 1, "wallet/s/a", 1)
    assert link(GENESIS, row._replace(**change)) != link(GENESIS, row)
    assert link(b"\x01" * 32, row) != link(GENESIS, row)
