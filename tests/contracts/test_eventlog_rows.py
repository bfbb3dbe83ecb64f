"""What stands beside the facts in the log, views, answers, Sends, timers and dead letters, follows its own rules."""

from __future__ import annotations

from datetime import timedelta

from shared.eventlog import statements
from shared.eventlog.port import EventLog
from shared.eventlog.rows import Commit, TableChange, Wanted
from tests.contracts.eventlog_shop import (
    NOON,
    SHOP,
    TOPICS,
    Holder,
    Place,
    dead_row,
    everything_else,
    holder,
    pending_row,
    reply_row,
    send_row,
    timer_row,
    wallet,
)


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
        await place.log.commit(
            ann.writes(tables={table: TableChange(drops={gone, (0, "s", "nobody", "WINZ")[: len(gone)]})})
        )
        assert [key[2] for key in await place.table(table)] == ["b"]


async def test_one_table_may_put_and_drop_different_rows_in_one_commit(place: Place) -> None:
    ann = await holder(place.log)
    await place.log.commit(ann.writes(tables=wallet(1, "a")))
    change = wallet(2, "b")["wallets"]
    change.drops.add((0, "starlight", "a", "WINZ"))
    await place.log.commit(ann.writes(tables={"wallets": change}))
    assert await place.table("wallets") == {(0, "starlight", "b", "WINZ"): (2, NOON)}


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
    assert [row[:3] for row in await log.overdue([0], NOON, 2)] == [(0, 1, 0), (0, 3, 0)]
    assert [row[:3] for row in await log.overdue([0, 1], NOON, 9)] == [(0, 1, 1), (1, 1, 0)]
    assert await log.overdue([0, 1], NOON, 9) == []


async def test_of_overdue_sends_those_come_first_that_have_waited_longest(log: EventLog) -> None:
    """Old ones that are only put off again and again must not keep younger ones from being told."""
    ann, later = await holder(log), NOON + timedelta(seconds=10)
    sends = [send_row(1, next_at=later), send_row(2, next_at=later), send_row(3, next_at=NOON)]
    await log.commit(ann.writes("a/1", "a/2", "a/3", outbox=sends))
    assert [row[:3] for row in await log.overdue([0], later, 1)] == [(0, 3, 0)]
    assert [row[:3] for row in await log.overdue([0], later, 9)] == [(0, 1, 0), (0, 2, 0)]


async def test_the_oldest_unanswered_send_is_known_over_all_partitions_asked_for(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    ages = (8, 5, 3)
    sends = [send_row(pos, at=NOON - timedelta(hours=age)) for pos, age in enumerate(ages, start=1)]
    assert await log.oldest_unanswered([0, 1]) is None
    await log.commit(ann.writes(outbox=sends[::-1]))
    await log.commit(bob.writes(outbox=[send_row(1, part=1, at=NOON - timedelta(hours=6))]))
    assert await log.oldest_unanswered([0, 1, 2]) == NOON - timedelta(hours=8)
    await log.commit(ann.writes(answered=[(0, 1, 0)]))
    assert await log.oldest_unanswered([0, 1]) == NOON - timedelta(hours=6)
    assert await log.oldest_unanswered([0]) == NOON - timedelta(hours=5)
    await log.commit(ann.writes(answered=[(0, 2, 0), (0, 3, 0)]))
    assert await log.oldest_unanswered([0]) is None
    assert await log.oldest_unanswered([]) is None


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
    await log.commit(ann.writes(timers=[timer_row("forgotten", 30)], fired=[(0, "forgotten")]))
    assert await timers(log) == ["0/u"]
    await log.commit(ann.writes(timers=[timer_row("forgotten", 30)]))
    assert await timers(log) == ["0/u", "0/forgotten"], "it was not there to fire"


async def test_a_dead_letter_is_kept_as_it_came(place: Place) -> None:
    ann, bob = await holder(place.log, 0), await holder(place.log, 1)
    await place.log.commit(ann.writes(dead_letters=[dead_row(3), dead_row(4)]))
    await place.log.commit(bob.writes(dead_letters=[dead_row(9, part=1)]))
    await place.log.commit(ann.writes(dead_letters=[dead_row(5)]))
    assert await place.dead_letters() == {
        (0, 1): (dead_row(3), "open"),
        (0, 2): (dead_row(4), "open"),
        (0, 3): (dead_row(5), "open"),
        (1, 1): (dead_row(9, part=1), "open"),
    }


async def test_each_partition_counts_its_own_letters(place: Place) -> None:
    ann, bob = map(Holder.of, await place.log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={}))
    both, more = ann.writes(dead_letters=[dead_row(3), dead_row(9, part=1), dead_row(4)]), bob.writes()
    both.positions += more.positions
    both.offsets += more.offsets
    await place.log.commit(both)
    letters = {key: row.offset for key, (row, _) in (await place.dead_letters()).items()}
    assert letters == {(0, 1): 3, (0, 2): 4, (1, 1): 9}


async def test_a_later_letter_from_the_same_place_is_another_letter(place: Place) -> None:
    """A topic made anew counts its offsets from 0 again, and a timer that was wound up may die again."""
    ann = await holder(place.log)
    await place.log.commit(ann.writes(dead_letters=[dead_row(3), dead_row(3, "in one batch")]))
    await place.log.commit(ann.writes(dead_letters=[dead_row(3, "another reason")]))
    reasons = [row.reason for _, (row, _) in sorted((await place.dead_letters()).items())]
    assert reasons == [dead_row(3).reason, "in one batch", "another reason"]


async def test_only_old_final_replies_and_fired_timers_are_pruned(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    old = NOON - timedelta(days=8)
    replies = [reply_row("old", at=old), reply_row("new"), pending_row("waiting", at=old)]
    rows = [timer_row("spent", -(8 * 86_400)), timer_row("fresh", -60), timer_row("never", -(8 * 86_400))]
    await log.commit(ann.writes(replies=replies, timers=rows))
    await log.commit(ann.writes(fired=[(0, "spent"), (0, "fresh")]))
    await log.commit(bob.writes(replies=[reply_row("old", part=1, at=old)]))
    await log.commit(ann.writes(timers=[timer_row("spent", 99)]))
    assert await log.prune([0], NOON - timedelta(days=7), 99) == 2, "setting a fired timer does not keep it longer"
    assert await log.prune([0], NOON - timedelta(days=7), 99) == 0
    keys = [(0, "door", key) for key in ("old", "new", "waiting")] + [(1, "door", "old")]
    assert list((await log.load(Wanted(replies=keys))).replies) == keys[1:]
    await log.commit(ann.writes(timers=[timer_row("fresh", 5), timer_row("spent", 6)]))
    assert await timers(log) == ["0/never", "0/spent"], "the pruned one is forgotten, the fresh one has still fired"


async def test_pruning_is_bounded_and_begins_with_the_oldest(log: EventLog) -> None:
    ann = await holder(log)
    replies = [reply_row(f"w{i}", at=NOON - timedelta(days=i)) for i in range(1, 6)]
    waiting = [pending_row(f"p{i}", at=NOON - timedelta(days=30)) for i in range(9)]
    await log.commit(ann.writes(replies=replies + waiting, timers=[timer_row("t", -9 * 86_400)]))
    await log.commit(ann.writes(fired=[(0, "t")]))
    assert await log.prune([0], NOON, 3) == 3
    left = await log.load(Wanted(replies=[row[:3] for row in replies]))
    assert {key for _, _, key in left.replies} == {"w1", "w2"}
    assert await log.prune([0], NOON, 3) == 3
    assert await log.prune([0], NOON, 3) == 0


def test_the_forms_of_the_writing_statement_are_bounded() -> None:
    assembler = statements.CommitStatements(SHOP)
    every = list(everything_else())
    forms = set()
    for chosen in range(2 ** len(every)):
        for table in ("wallets", "house", "entries"):
            rows = {name: rows for i, (name, rows) in enumerate(everything_else().items()) if chosen >> i & 1}
            commit = Commit(**{**rows, "fired": [(0, "t")] if chosen % 3 else [], "answered": [(0, 1, 0)]})
            commit.tables = {table: everything_else()["tables"][table]}
            forms.add(assembler.of(commit)[0])
    assert 10 < len(forms) <= statements.MOST_FORMS + 1
