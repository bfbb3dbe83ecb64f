"""What a stream brought leaves a mark that stands once, can be found by its id, and is forgotten when it is old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.eventlog.loading import MOST_MARKS
from shared.eventlog.port import Blamed, EventLog, Fenced, LogError
from shared.eventlog.rows import TableChange, Wanted
from tests.contracts.eventlog_shop import NOON, Place, all_events, holder, reply_row, tickets


async def test_a_mark_is_found_by_its_id_in_its_partition_and_tenant_alone(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes(tables=tickets("w1", "w2")))
    await log.commit(ann.writes(tables=tickets("w1", status="void", at=NOON + timedelta(hours=1))))
    wanted = [(0, "starlight", "w1"), (0, "starlight", "w3"), (0, "moonbase", "w1"), (1, "starlight", "w1")]
    found = (await log.load(Wanted(marks=wanted))).marks
    assert {key: sorted(rows) for key, rows in found.items()} == {
        (0, "starlight", "w1"): [("w1", "settled", 5, NOON), ("w1", "void", 5, NOON + timedelta(hours=1))]
    }


async def test_marks_are_loaded_beside_everything_else(log: EventLog) -> None:
    ann = await holder(log)
    await log.commit(ann.writes("wallet/rocket", tables=tickets("w1"), replies=[reply_row("k1")]))
    loaded = await log.load(
        Wanted(marks=[(0, "starlight", "w1")], replies=[(0, "door", "k1")], streams=[(0, "wallet/rocket")])
    )
    assert loaded.marks == {(0, "starlight", "w1"): [("w1", "settled", 5, NOON)]}
    assert loaded.replies[0, "door", "k1"] == reply_row("k1")
    assert loaded.streams[0, "wallet/rocket"].version == 1


async def test_a_mark_that_stands_already_means_that_somebody_else_writes_here(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes(tables=tickets("w1")))
    before = await place.standing()
    with pytest.raises(Fenced, match="written this already"):
        await place.log.commit(ann.writes("wallet/rocket", tables=tickets("w2", "w1")))
    assert await place.standing() == before
    assert len(await place.table("tickets")) == 1
    assert await all_events(place.log) == []


async def test_the_same_id_marks_again_in_another_manner(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes(tables=tickets("w1")))
    await place.log.commit(ann.writes(tables=tickets("w1", status="void")))
    assert len(await place.table("tickets")) == 2


async def test_more_marks_of_one_id_than_are_looked_at_are_not_made(log: EventLog) -> None:
    ann = await holder(log)
    for number in range(MOST_MARKS):
        await log.commit(ann.writes(tables=tickets("w1", status=str(number))))
    assert len((await log.load(Wanted(marks=[(0, "starlight", "w1")]))).marks[0, "starlight", "w1"]) == MOST_MARKS


async def test_an_id_that_no_table_can_hold_is_blamed(log: EventLog) -> None:
    ann = await holder(log)
    with pytest.raises(Blamed):
        await log.load(Wanted(marks=[(0, "starlight", "w\x00")]))
    with pytest.raises(Blamed):
        await log.commit(ann.writes(tables=tickets("w\x00")))


async def test_a_mark_is_written_in_no_other_manner(log: EventLog) -> None:
    for change in (TableChange(puts={(0, "s", "w", "x"): (1, NOON)}), TableChange(drops={(0, "s", "w", "x")})):
        ann = await holder(log)
        with pytest.raises(LogError, match="tickets"):
            await log.commit(ann.writes(tables={"tickets": change}))


async def test_old_marks_are_forgotten_a_few_at_a_time_and_young_ones_stay(place: Place) -> None:
    ann, bob = await holder(place.log), await holder(place.log, 1)
    old = NOON - timedelta(days=1)
    await place.log.commit(ann.writes(tables=tickets("w1", "w2", "w3", at=old)))
    await place.log.commit(ann.writes(tables=tickets("w4")))
    await place.log.commit(bob.writes(tables=tickets("w5", part=1, at=old)))
    assert [await place.log.forget([0], NOON, 2) for _ in range(3)] == [2, 1, 0]
    assert {key[2] for key in await place.table("tickets")} == {"w4", "w5"}
    assert (await place.log.load(Wanted(marks=[(0, "starlight", "w1")]))).marks == {}
