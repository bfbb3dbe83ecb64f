"""What the log gives back is exactly what was asked for, in order, and nobody can have changed it unseen."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from shared.eventlog import loading, memory, postgres
from shared.eventlog.chain import GENESIS, link
from shared.eventlog.port import Blamed, EventLog, LogError
from shared.eventlog.rows import Loaded, TableChange, Wanted
from shared.ids import TenantId
from shared.shapes import MOST_ROWS, Need, Values
from tests.contracts.eventlog_shop import (
    NOON,
    TOPICS,
    all_events,
    definition_rows,
    event_row,
    history_of,
    holder,
    positions_of,
    reply_row,
    send_row,
    timer_row,
)


async def test_nothing_wanted_is_nothing_loaded(log: EventLog) -> None:
    assert await log.load(Wanted()) == Loaded()


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


async def test_a_need_is_answered_from_what_is_committed_of_its_own_partition_and_tenant(log: EventLog) -> None:
    ann, bob = await holder(log, 0), await holder(log, 1)
    purses: dict[Values, Values] = {
        (0, "s", player, "WINZ"): (balance, None) for player, balance in (("a", 5), ("b", 7), ("c", 4), ("d", 7))
    }
    await log.commit(ann.writes(tables={"wallets": TableChange(puts={**purses, (0, "t", "e", "WINZ"): (9, None)})}))
    await log.commit(bob.writes(tables={"wallets": TableChange(puts={(1, "s", "f", "WINZ"): (9, None)})}))
    assert await log.look(0, TenantId("s"), Need("rich", (5,))) == [("b", 7), ("d", 7), ("a", 5)]
    assert await log.look(2, TenantId("s"), Need("rich", (5,))) == []


async def test_a_need_that_nobody_can_answer_is_an_error(log: EventLog) -> None:
    ann = await holder(log, 0)
    many: dict[Values, Values] = {(0, "s", f"p{number}", "WINZ"): (1, None) for number in range(MOST_ROWS + 1)}
    await log.commit(ann.writes(tables={"wallets": TableChange(puts=many)}))
    for need, problem in ((Need("poor"), "no lookup poor"), (Need("everybody", (1,)), "501 rows; at most 500")):
        with pytest.raises(LogError, match=problem):
            await log.look(0, TenantId("s"), need)
    with pytest.raises(Blamed):
        await log.look(0, TenantId("s"), Need("rich", ("\x00",)))


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


async def test_the_history_of_one_stream_is_read_in_order_page_by_page(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (memory, postgres):
        monkeypatch.setattr(module, "PAGE_EVENTS", 3)
    ann, bob = await holder(log, 0), await holder(log, 1)
    for _ in range(4):
        await log.commit(ann.writes("wallet/s/a", "wallet/s/b", "wallet/s/a"))
    await log.commit(bob.writes("wallet/s/a"))
    pages = [[(row.pos, row.version) for row in page] async for page in log.history(0, "wallet/s/a")]
    assert pages == [[(1, 1), (3, 2), (4, 3)], [(6, 4), (7, 5), (9, 6)], [(10, 7), (12, 8)]]
    assert [row.stream for row in await history_of(log, "wallet/s/b")] == ["wallet/s/b"] * 4
    assert [row.part for row in await history_of(log, "wallet/s/a", part=1)] == [1]
    assert [page async for page in log.history(0, "wallet/s/9")] == []


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
