"""What only a real database can show: locks, plans, roles, lost connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from shared.database import DatabaseError, Pool, load_queries
from shared.eventlog import postgres as postgres_log
from shared.eventlog import statements
from shared.eventlog.loading import arguments_of, load_form
from shared.eventlog.port import Fenced, LogError, OutcomeUnknown, Unavailable
from shared.eventlog.postgres import SETTINGS, PostgresEventLog, target_of
from shared.eventlog.rows import (
    Commit,
    DeadLetterRow,
    EventRow,
    OutboxRow,
    ReplyRow,
    StreamRow,
    TableChange,
    TimerRow,
    Wanted,
)
from tests.contracts.eventlog_shop import (
    NOON,
    PARTITIONS,
    SHOP,
    TOPICS,
    Holder,
    PostgresPlace,
    all_events,
    dead_row,
    holder,
    positions_of,
    reply_row,
)

pytestmark = pytest.mark.postgres

DEADLINE_S = 20
POLL_S = 0.01


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            await asyncio.sleep(POLL_S)


def waiting_for_a_lock(place: PostgresPlace, most: int = 1) -> Callable[[], Awaitable[bool]]:
    async def waiting() -> bool:
        rows = await place.owner.fetch(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        return len(rows) == most

    return waiting


@pytest.mark.parametrize(
    ("table", "row", "rest"),
    [
        ("events", EventRow, []),
        ("streams", StreamRow, []),
        ("replies", ReplyRow, []),
        ("outbox", OutboxRow, []),
        ("timers", TimerRow, ["fired"]),
        ("dead_letters", DeadLetterRow, ["number", "status"]),
    ],
)
async def test_a_row_has_the_columns_of_its_table(
    postgres: PostgresPlace, table: str, row: type[EventRow], rest: list[str]
) -> None:
    columns = await postgres.owner.fetch(
        "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0 order by attnum",
        table,
    )
    assert [name for (name,) in columns] == [*row._fields, *rest]


async def test_a_claim_waits_for_a_ghosts_commit_and_reads_only_afterwards(postgres: PostgresPlace) -> None:
    ghost = await holder(postgres.log)
    async with postgres.held_open() as slow:
        await slow.commit(ghost.writes("wallet/s/a", read=3))
        claim = asyncio.create_task(postgres.log.claim([0], "bob", TOPICS, adopt=False, epochs={}))
        await until(waiting_for_a_lock(postgres))
        assert not claim.done()
    (claimed,) = await claim
    assert (claimed.epoch, claimed.event_pos, claimed.chain) == (2, 1, ghost.chain)
    assert claimed.offsets == {"ledger.commands": 3}


async def test_a_ghost_that_comes_after_the_claim_writes_nothing(postgres: PostgresPlace) -> None:
    ghost = await holder(postgres.log)
    async with postgres.held_open() as claiming:
        await claiming.claim([0], "bob", TOPICS, adopt=False, epochs={})
        commit = asyncio.create_task(postgres.log.commit(ghost.writes("wallet/s/a")))
        await until(waiting_for_a_lock(postgres))
    with pytest.raises(Fenced):
        await commit
    assert await postgres.events() == []


async def test_claims_and_commits_over_many_partitions_never_wait_in_a_circle(postgres: PostgresPlace) -> None:
    parts = list(range(PARTITIONS))
    claimed = await postgres.log.claim(parts, "ann", TOPICS, adopt=False, epochs={})
    commit = Commit()
    for one in reversed(claimed):
        more = Holder.of(one).writes("wallet/s/a")
        for name in ("positions", "offsets", "events", "streams"):
            getattr(commit, name).extend(getattr(more, name))
    rivals = [await PostgresEventLog.open(SHOP, postgres.dsn) for _ in range(3)]
    lock = postgres.connection()
    async with lock.transaction():
        await lock.fetch("select 1 from positions where part = 1 for update")
        orders = (parts, parts[::-1], [2, 3, 0, 1])
        asked = [
            asyncio.create_task(rival.claim(order, "bob", TOPICS, adopt=False, epochs={}))
            for rival, order in zip(rivals, orders, strict=True)
        ]
        written = asyncio.create_task(postgres.log.commit(commit))
        await until(waiting_for_a_lock(postgres, 4))
    assert sorted([(await one)[0].epoch for one in asked]) == [2, 3, 4]
    (outcome,) = await asyncio.gather(written, return_exceptions=True)
    assert outcome is None or isinstance(outcome, Fenced)
    for rival in rivals:
        await rival.close()
    await lock.close()


async def test_a_letters_number_that_somebody_gave_meanwhile_means_claim_again(postgres: PostgresPlace) -> None:
    ann, other = await holder(postgres.log), postgres.connection()
    async with other.transaction():
        await other.fetch(
            "insert into dead_letters select 0, 't', 7, null, '', '{}', 'not under any claim', now(), 1 returning 1"
        )
        commit = asyncio.create_task(postgres.log.commit(ann.writes("wallet/s/a", dead_letters=[dead_row(3)])))
        await until(waiting_for_a_lock(postgres))
    with pytest.raises(Fenced, match="written this already"):
        await commit
    await other.close()
    assert await postgres.events() == []
    assert [row.reason for row, _ in (await postgres.dead_letters()).values()] == ["not under any claim"]


async def test_readers_see_no_gap_while_a_commit_is_held_open(postgres: PostgresPlace) -> None:
    claimed = await postgres.log.claim([0, 1], "ann", TOPICS, adopt=False, epochs={})
    ann, bob = map(Holder.of, claimed)
    await postgres.log.commit(ann.writes("wallet/s/a"))
    async with postgres.held_open() as slow:
        await slow.commit(ann.writes("wallet/s/a", "wallet/s/b"))
        assert positions_of(await all_events(postgres.log)) == [1]
        with pytest.raises(Fenced):
            await postgres.log.commit(ann.writes("wallet/s/c"))
        await postgres.log.commit(bob.writes("wallet/s/a"))
        assert positions_of(await all_events(postgres.log, part=1)) == [1], "another partition does not wait"
        assert positions_of(await all_events(postgres.log)) == [1], "nothing is seen before what comes before it"
    assert positions_of(await all_events(postgres.log)) == [1, 2, 3]


async def test_a_lost_connection_leaves_the_outcome_unknown_and_the_log_usable(postgres: PostgresPlace) -> None:
    ann = await holder(postgres.log)
    lock = postgres.connection()
    async with lock.transaction():
        await lock.fetch("select 1 from positions where part = 0 for update")
        commit = asyncio.create_task(postgres.log.commit(ann.writes("wallet/s/a")))
        await until(waiting_for_a_lock(postgres))
        await postgres.owner.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock'"
        )
        with pytest.raises(OutcomeUnknown):
            await commit
    await lock.close()
    again = await holder(postgres.log)
    await postgres.log.commit(again.writes("wallet/s/a"))
    assert positions_of(await all_events(postgres.log)) == [1]


async def test_a_commit_that_takes_too_long_was_not_written_and_may_be_tried_again(postgres: PostgresPlace) -> None:
    hasty, pool = postgres.connection(statement_timeout="100ms"), Pool(target_of("ledger", postgres.dsn, "hasty"))
    log = PostgresEventLog(SHOP, hasty, pool, PARTITIONS)
    ann = await holder(log)
    commit = ann.writes("wallet/s/a")
    lock = postgres.connection()
    async with lock.transaction():
        await lock.fetch("select 1 from positions where part = 0 for update")
        with pytest.raises(Unavailable, match="57014"):
            await log.commit(commit)
    await log.commit(commit)
    assert positions_of(await all_events(log)) == [1]
    await log.close()
    await lock.close()


async def test_a_dead_server_is_one_clear_line_without_the_password() -> None:
    with pytest.raises(Unavailable, match=r"cannot reach PostgreSQL at postgresql://ann@127\.0\.0\.1:1/fair: ") as told:
        await PostgresEventLog.open(SHOP, "postgresql://ann:geheim@127.0.0.1:1/fair")
    assert "geheim" not in str(told.value)
    assert "\n" not in str(told.value)


async def test_a_database_without_the_log_says_what_to_run(fresh_database: str) -> None:
    with pytest.raises(LogError, match="has no log for ledger: run `fairground migrate`"):
        await PostgresEventLog.open(SHOP, fresh_database)


async def test_the_log_works_in_a_role_that_cannot_change_history(postgres: PostgresPlace) -> None:
    ann = await holder(postgres.log)
    await postgres.log.commit(ann.writes("wallet/s/a"))
    service = postgres.connection()
    assert (await service.fetch("select current_user::text"))[0][0] == "fairground_service"
    for statement in ("update events set data = '{}'", "delete from events"):
        with pytest.raises(DatabaseError) as told:
            await service.fetch(statement)
        assert told.value.sqlstate == "42501"
        with pytest.raises(DatabaseError, match="events are never changed"):
            await postgres.owner.fetch(statement)
    await service.close()
    assert positions_of(await all_events(postgres.log)) == [1]


async def plan_of(place: PostgresPlace, sql: str, settings: Mapping[str, str]) -> str:
    """The plan for arguments that are not known yet, which is the one that stays."""
    await place.owner.run(
        "create or replace function pg_temp.plan_of(statement text) returns setof text language plpgsql as "
        "$$ begin return query execute 'explain (generic_plan) ' || statement; end $$"
    )
    for name, value in settings.items():
        await place.owner.fetch("select set_config($1, $2, false)", name, value)
    return "\n".join(row[0] for row in await place.owner.fetch("select pg_temp.plan_of($1)", sql))


async def fill(place: PostgresPlace) -> None:
    await place.owner.run(
        "insert into replies select i % 4, 'door', 'w' || i, 'f', 1, null, '{}', now()"
        " from generate_series(1, 100000) i;"
        "insert into definitions select i % 4, 's', i, 'lootbox', 'b' || i, 1, '{}', false"
        " from generate_series(1, 100000) i;"
        "insert into streams select i % 4, 'wallet/s/' || i, 1, 1, '{}' from generate_series(1, 100000) i;"
        "insert into outbox select i % 4, i, 0, 's', 't', 1, 'k', 'w', '', null, null, null, 'd', 'w', 'c',"
        " now(), now(), 0 from generate_series(1, 100000) i;"
        "insert into timers select i % 4, i::text, now(), 's', 'k', 't', '', 'd', 'w', 'c', i % 2 = 0"
        " from generate_series(1, 100000) i;"
        "insert into dead_letters select i % 4, 't', i, null, '', '{}', 'r', now(), i"
        " from generate_series(1, 100000) i;"
        "insert into wallets select i % 4, 's', 'p' || i, 'WINZ', 1, now() from generate_series(1, 100000) i;"
        "analyze;"
    )


async def test_no_plan_of_the_load_statement_scans_a_table(postgres: PostgresPlace) -> None:
    await fill(postgres)
    wanted = Wanted(
        replies=[(0, "door", "w4")],
        streams=[(0, "wallet/s/4")],
        outbox=[(0, 4, 0)],
        timers_due=([0], NOON, 9),
        definitions_after=(0, 0),
    )
    form = load_form(tuple(arguments_of(wanted)))
    plan = await plan_of(postgres, form.sql, {"enable_seqscan": "on"})
    keys = ("(part = u.part) AND (scope = u.scope) AND (key = u.key)", "(stream = u.stream)", "(n = u.n)")
    for key in (*keys, "(due_at <= $", "(seq > $"):
        assert re.search(f"Index Cond: .*{re.escape(key)}", re.sub(r"\bu_\d", "u", plan)), plan
    assert "Bitmap" not in plan, "timers come in the index's order: a far future is not read to find the next ones"
    assert "Seq Scan" not in plan
    assert "Hash Join" not in plan
    assert "Merge Join" not in plan


async def test_no_plan_of_the_writing_statement_scans_a_table(postgres: PostgresPlace) -> None:
    await fill(postgres)
    whole = statements.CommitStatements(SHOP).whole()
    plan = await plan_of(postgres, whole, SETTINGS)
    assert "Seq Scan" not in plan
    assert "Hash Join" not in plan
    assert "Merge Join" not in plan
    assert "Index Only Scan Backward using dead_letters_pkey" in plan, "the last number is found without counting"


@pytest.mark.parametrize(
    ("query", "cond"),
    [
        ("oldest_unanswered", "(part = u.part)"),
        ("history", "((part = $1) AND (stream = $2) AND (version > $3))"),
    ],
)
async def test_a_query_that_looks_for_the_first_reads_no_more(postgres: PostgresPlace, query: str, cond: str) -> None:
    await fill(postgres)
    queries = load_queries(Path(postgres_log.__file__).with_name("log.sql"))
    plan = await plan_of(postgres, queries[query], SETTINGS)
    assert "Limit" in plan
    assert f"Index Cond: {cond}" in plan, plan
    for word in ("Seq Scan", "Sort", "Bitmap"):
        assert word not in plan, plan


async def test_five_hundred_rows_a_table_are_one_statement(postgres: PostgresPlace) -> None:
    ann = await holder(postgres.log)
    names = [f"wallet/s/{i}" for i in range(500)]
    tables = {"wallets": TableChange(puts={(0, "s", str(i), "WINZ"): (i, NOON) for i in range(500)})}
    await postgres.log.commit(ann.writes(*names, replies=[reply_row(f"w{i}") for i in range(500)], tables=tables))
    assert len(await postgres.events()) == len(await postgres.table("wallets")) == 500
