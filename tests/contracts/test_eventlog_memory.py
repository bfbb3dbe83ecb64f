"""The log's twin can also do what a real database does only on bad days, whenever a simulation wants it."""

from __future__ import annotations

import pytest

from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.port import OutcomeUnknown, Unavailable
from shared.eventlog.rows import Wanted
from tests.contracts.eventlog_shop import (
    NOON,
    PARTITIONS,
    SHOP,
    TOPICS,
    MemoryPlace,
    all_events,
    definition_rows,
    history_of,
    holder,
    positions_of,
    wallet,
)


class CrashError(Exception):
    """Whoever was running is gone."""


async def test_a_commit_may_be_applied_and_its_answer_lost() -> None:
    place = MemoryPlace()
    ann = await holder(place.log)
    place.log.troubles.append("lost_after")
    with pytest.raises(OutcomeUnknown):
        await place.log.commit(ann.writes("wallet/s/a", tables=wallet(5)))
    assert len(await all_events(place.log)) == 1
    await place.log.commit(ann.writes("wallet/s/a"))
    assert len(await all_events(place.log)) == 2


@pytest.mark.parametrize(("trouble", "told"), [("lost_before", OutcomeUnknown), ("unavailable", Unavailable)])
async def test_a_commit_may_be_lost_without_a_trace(trouble: str, told: type[Exception]) -> None:
    place = MemoryPlace()
    ann = await holder(place.log)
    place.log.troubles.append(trouble)  # type: ignore[arg-type]
    commit = ann.writes("wallet/s/a", tables=wallet(5))
    with pytest.raises(told):
        await place.log.commit(commit)
    assert await all_events(place.log) == []
    assert place.log.table("wallets") == {}
    await place.log.commit(commit)
    assert positions_of(await all_events(place.log)) == [1]


async def test_every_operation_pauses_before_and_after() -> None:
    passed: list[str] = []

    async def note(point: str) -> None:
        passed.append(point)

    log = MemoryEventLog(SHOP, PARTITIONS, pause=note)
    ann = await holder(log)
    await log.commit(ann.writes("wallet/s/a"))
    await log.load(Wanted())
    await all_events(log, upto=1)
    await history_of(log, "wallet/s/a")
    await log.unanswered(0, (-1, -1), 1)
    await log.overdue([0], NOON, 1)
    await log.oldest_unanswered([0])
    await log.prune([0], NOON, 1)
    operations = ["commit", "load", "read", "history", "unanswered", "overdue", "oldest_unanswered", "prune"]
    assert passed == [
        *("claim.before", "claim.raised", "claim.after"),
        *(f"{operation}.{when}" for operation in operations for when in ("before", "after")),
    ]


@pytest.mark.parametrize(("point", "written"), [("commit.before", 0), ("commit.after", 1)])
async def test_a_crash_at_a_pause_leaves_all_or_nothing(point: str, written: int) -> None:
    async def crash(reached: str) -> None:
        if reached == point:
            raise CrashError

    log = MemoryEventLog(SHOP, PARTITIONS)
    ann = await holder(log)
    log.pause = crash
    with pytest.raises(CrashError):
        await log.commit(ann.writes("wallet/s/a", tables=wallet(5)))
    assert (len(log.events[0]), len(log.table("wallets"))) == (written, written)


async def test_a_crash_between_the_halves_of_a_claim_has_raised_the_epoch() -> None:
    async def crash(reached: str) -> None:
        if reached == "claim.raised":
            raise CrashError

    log = MemoryEventLog(SHOP, PARTITIONS, pause=crash)
    with pytest.raises(CrashError):
        await log.claim([0], "ann", TOPICS, adopt=False, epochs={})
    assert log.positions[0].epoch == 1
    assert log.offsets == {}


async def test_another_services_log_reads_the_ledgers_definitions() -> None:
    ledger = MemoryPlace().log
    ann = await holder(ledger)
    await ledger.commit(ann.writes(tables=definition_rows(1, 2)))
    engines = MemoryEventLog(SHOP, PARTITIONS, ledger=ledger)
    loaded = await engines.load(Wanted(definitions_after=(0, 1)))
    assert [row.seq for row in loaded.definitions] == [2]
