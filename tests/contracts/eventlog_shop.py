"""A small service of the tests' own and the rows it writes, for either log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from shared.bus.port import Topic
from shared.database import Connection, Pool, Target
from shared.eventlog.chain import link
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.migrate import migrate
from shared.eventlog.port import EventLog
from shared.eventlog.postgres import PostgresEventLog, target_of
from shared.eventlog.rows import (
    DONE,
    PENDING,
    Claimed,
    Commit,
    DeadLetterRow,
    EventRow,
    OffsetMove,
    OutboxRow,
    PositionMove,
    ReplyRow,
    StreamRow,
    TableChange,
    TimerRow,
)
from shared.eventlog.tables import tables_of
from shared.ids import TenantId
from shared.messages.base import Command, Spec
from shared.shapes import Intake, Lookup, Marks, PrivateTable, Service, Tables, Value, Values, View
from tests.conftest_postgres import database_on

PARTITIONS: Final = 4
NOON: Final = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
COMMANDS: Final = "ledger.commands"
TOPICS: Final = {COMMANDS: Topic("cluster-a", "topic-1", PARTITIONS)}

Key = tuple[Value, ...]


def _view(table: str, mode: Any, key: dict[str, str], columns: dict[str, str]) -> View:
    return View(table, mode, key, columns, events=(), rows=lambda event, place: ())


RICH: Final = """
select player, balance from wallets where part = $1 and tenant = $2 and balance >= $3
order by balance desc, player collate "C" limit 500
"""


def _rich(tables: Tables, part: int, tenant: TenantId, args: Values) -> list[Values]:
    (least,) = args
    assert isinstance(least, int)
    found = [(row[0], key[2]) for key, row in tables["wallets"].items() if key[:2] == (part, tenant)]
    richest_first = sorted(
        (-balance, str(who)) for balance, who in found if isinstance(balance, int) and balance >= least
    )
    return [(who, -owed) for owed, who in richest_first]


MARKS: Final = Marks(
    table="tickets",
    key={"id": "text", "status": "text"},
    columns={"amount": "bigint", "at": "timestamptz"},
    dated="at",
    kept=timedelta(days=400),
)
TICKETS: Final[Intake[bytes]] = Intake(
    prefix="tickets.",
    owners=Spec,
    read=bytes,
    tenant=lambda _: "starlight",
    key=lambda _: "rocket",
    gather=lambda here, astray: Command(),
    commands=(),
    said=lambda _: (),
    id=str,
    write=bytes,
    marks=MARKS,
)

SHOP: Final = Service(
    name="ledger",
    deciders=(),
    views=(
        _view(
            "wallets", "put", {"player": "text", "asset": "text"}, {"balance": "bigint", "updated_at": "timestamptz"}
        ),
        _view("house", "add", {"account": "text"}, {"amount": "bigint", "count": "bigint"}),
        _view("entries", "append", {"id": "text"}, {"note": "text"}),
        _view("badges", "put", {"player": "text"}, {}),
        _view(
            "definitions",
            "append",
            {"seq": "bigint"},
            {"kind": "text", "key": "text", "version": "integer", "spec": "text", "removed": "boolean"},
        ),
    ),
    private=(PrivateTable("personal", {"player": "text"}, {"email": "text"}),),
    lookups=(Lookup("rich", _rich), Lookup("everybody", _rich)),
    queries={"rich": RICH, "everybody": RICH.replace("limit 500", "")},
    intake=TICKETS,
)

SHOP_TABLES: Final = """
create table wallets (part smallint, tenant text, player text, asset text, balance bigint not null check (balance >= 0),
    updated_at timestamptz, primary key (part, tenant, player, asset));
create table house (part smallint, tenant text, account text, amount bigint not null, count bigint not null,
    primary key (part, tenant, account));
create table entries (part smallint, tenant text, id text, note text, primary key (part, tenant, id));
create table badges (part smallint, tenant text, player text, primary key (part, tenant, player));
create table definitions (part smallint, tenant text, seq bigint, kind text not null, key text not null,
    version integer not null, spec text not null, removed boolean not null, primary key (part, tenant, seq));
create unique index definitions_seq on definitions (part, seq);
create table tickets (part smallint, tenant text, id text, status text, amount bigint not null,
    at timestamptz not null, primary key (part, tenant, id, status));
create table personal (part smallint, tenant text, player text, email text, primary key (part, tenant, player));
"""


class Place(Protocol):
    """A log, and a way to look at what it has written that is not the log's own."""

    @property
    def log(self) -> EventLog: ...

    async def standing(self) -> dict[tuple[int, str], tuple[Any, ...]]:
        """Epoch aside, where every partition and every offset stands."""
        ...

    async def table(self, name: str) -> dict[Key, Key]: ...

    async def events(self) -> list[EventRow]: ...

    async def dead_letters(self) -> dict[tuple[int, int], tuple[DeadLetterRow, str]]: ...


class MemoryPlace:
    def __init__(self) -> None:
        self.log: MemoryEventLog = MemoryEventLog(SHOP, PARTITIONS)

    async def standing(self) -> dict[tuple[int, str], tuple[Any, ...]]:
        positions: dict[tuple[int, str], tuple[Any, ...]] = {
            (part, ""): tuple(at)[2:] for part, at in self.log.positions.items()
        }
        return {**positions, **{key: (stored.next_offset,) for key, stored in self.log.offsets.items()}}

    async def table(self, name: str) -> dict[Key, Key]:
        return dict(self.log.table(name))

    async def events(self) -> list[EventRow]:
        return [row for part in range(PARTITIONS) for row in self.log.events[part]]

    async def dead_letters(self) -> dict[tuple[int, int], tuple[DeadLetterRow, str]]:
        return {key: (dead.row, dead.status) for key, dead in self.log.dead_letters.items()}


class PostgresPlace:
    def __init__(self, dsn: str, log: PostgresEventLog, owner: Connection) -> None:
        self.dsn, self.log, self.owner = dsn, log, owner

    async def standing(self) -> dict[tuple[int, str], tuple[Any, ...]]:
        positions = await self.owner.fetch("select part, event_pos, relayed_pos, chain, last_at from positions")
        offsets = await self.owner.fetch("select part, topic, next_offset from offsets")
        return {(row[0], ""): tuple(row[1:]) for row in positions} | {(r[0], r[1]): (r[2],) for r in offsets}

    async def table(self, name: str) -> dict[Key, Key]:
        table = tables_of(SHOP)[name][0]
        columns = ", ".join(f'"{column}"' for column, _ in (*table.key, *table.columns))
        rows = [tuple(row) for row in await self.owner.fetch(f"select {columns} from {name}")]
        width = len(table.key)
        return {row[:width]: row[width:] for row in rows}

    async def events(self) -> list[EventRow]:
        columns = ", ".join(EventRow._fields)
        return [EventRow._make(row) for row in await self.owner.fetch(f"select {columns} from events order by 1, 2")]

    async def dead_letters(self) -> dict[tuple[int, int], tuple[DeadLetterRow, str]]:
        rows = await self.owner.fetch(
            'select number, status, part, topic, "offset", key, value, headers, reason, at from dead_letters'
        )
        return {(row[2], row[0]): (DeadLetterRow._make(row[2:]), row[1]) for row in rows}

    @asynccontextmanager
    async def held_open(self) -> AsyncIterator[PostgresEventLog]:
        """A log whose commits do not end before the block does: a ghost in the middle of its statement."""
        connection, pool = self.connection(), Pool(target_of("ledger", self.dsn, "ghost"))
        try:
            async with connection.transaction():
                yield PostgresEventLog(SHOP, connection, pool, PARTITIONS)
        finally:
            await connection.close()
            await pool.close()

    def connection(self, **settings: str) -> Connection:
        target = target_of("ledger", self.dsn, "ghost")
        return Connection(Target(target.dsn, "ledger", "ghost", {**target.settings, **settings}))


@asynccontextmanager
async def shop_database(server_dsn: str, tmp_path: Path) -> AsyncIterator[str]:
    """A database with the shop's tables."""
    folder = tmp_path / "ledger" / "migrations"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "0001_tables.sql").write_text(SHOP_TABLES)
    async with database_on(server_dsn) as dsn:
        await migrate(dsn, ["ledger"], PARTITIONS, folder=tmp_path)
        yield dsn


@asynccontextmanager
async def postgres_place(dsn: str) -> AsyncIterator[PostgresPlace]:
    log = await PostgresEventLog.open(SHOP, dsn)
    owner = Connection(Target(dsn, schema="ledger", as_service=False))
    try:
        yield PostgresPlace(dsn, log, owner)
    finally:
        await log.close()
        await owner.close()


@dataclass
class Holder:
    """Somebody who holds a partition and writes commits for it, the way a worker does."""

    part: int
    epoch: int
    pos: int
    chain: bytes
    offset: int
    versions: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, claimed: Claimed) -> Holder:
        return cls(claimed.part, claimed.epoch, claimed.event_pos, claimed.chain, claimed.offsets[COMMANDS])

    def writes(self, *streams: str, read: int = 1, at: datetime = NOON, **rows: Any) -> Commit:
        """One event in each stream named, `read` messages further, and whatever rows are given."""
        was, events = self.pos, []
        for stream in streams:
            version = self.versions[stream] = self.versions.get(stream, 0) + 1
            self.pos += 1
            event = event_row(self.part, self.pos, stream, version, at)
            self.chain = link(self.chain, event)
            events.append(event._replace(hash=self.chain))
        states = {e.stream: StreamRow(self.part, e.stream, e.version, 1, f"state {e.version}".encode()) for e in events}
        commit = Commit(events=events, streams=list(states.values()), **rows)
        commit.positions = [PositionMove(self.part, self.epoch, was, self.pos, was, self.chain, at)]
        if read:
            commit.offsets = [OffsetMove(self.part, COMMANDS, self.offset, self.offset + read)]
            self.offset += read
        return commit


async def holder(log: EventLog, part: int = 0) -> Holder:
    (claimed,) = await log.claim([part], "ann", TOPICS, adopt=False, epochs={})
    return Holder.of(claimed)


def event_row(part: int, pos: int, stream: str, version: int, at: datetime = NOON) -> EventRow:
    data = '{"player":"rocket","amount":100,"note":"Grüße \\u0000"}'
    return EventRow(part, pos, stream, version, "wallet.credited", data, "starlight", "key/1", "c-1", "k-1", at, b"")


def reply_row(key: str, *, part: int = 0, at: datetime = NOON, body: bytes = b'{"a": 1}') -> ReplyRow:
    return ReplyRow(part, "door", key, "f" * 64, DONE, None, body, at)


def pending_row(key: str, *, part: int = 0, at: datetime = NOON, waiting: bytes = b'["me"]') -> ReplyRow:
    return ReplyRow(part, "door", key, "f" * 64, PENDING, waiting, None, at)


def send_row(
    pos: int, n: int = 0, *, part: int = 0, at: datetime = NOON, next_at: datetime = NOON, tries: int = 0
) -> OutboxRow:
    key, kind, data = ("rocket", "box.paid", b"{}") if n == 0 else (None, None, None)
    return OutboxRow(
        part, pos, n, "starlight", "engines.commands", 3, "rocket", "box.open", b'{"x": 1}',
        key, kind, data, "door", "wish-1", "k-1", at, next_at, tries,
    )  # fmt: skip


def timer_row(name: str, due_s: int, *, part: int = 0, data: bytes = b"{}") -> TimerRow:
    due_at = NOON + timedelta(seconds=due_s)
    return TimerRow(part, name, due_at, "starlight", "race", "race.close", data, "door", "w", "k")


def dead_row(offset: int, reason: str = "it cannot be read", *, part: int = 0) -> DeadLetterRow:
    return DeadLetterRow(part, COMMANDS, offset, None, b"\xff\x00", b"{}", reason, NOON)


def wallet(balance: int, player: str = "rocket", *, part: int = 0) -> dict[str, TableChange]:
    return {"wallets": TableChange(puts={(part, "starlight", player, "WINZ"): (balance, NOON)})}


def tickets(*ids: str, part: int = 0, status: str = "settled", at: datetime = NOON) -> dict[str, TableChange]:
    return {"tickets": TableChange(inserts={(part, "starlight", id_, status): (5, at) for id_ in ids})}


def definition_rows(*seqs: int) -> dict[str, TableChange]:
    rows: dict[Key, Key] = {(0, "starlight", seq): ("lootbox", f"box-{seq}", 1, "{}", seq % 2 == 0) for seq in seqs}
    return {"definitions": TableChange(appends=rows)}


async def all_events(log: EventLog, part: int = 0, after: int = 0, upto: int = 10**9) -> list[EventRow]:
    return [row async for page in log.read(part, after, upto) for row in page]


async def history_of(log: EventLog, stream: str, part: int = 0) -> list[EventRow]:
    return [row async for page in log.history(part, stream) for row in page]


def positions_of(rows: Sequence[EventRow]) -> list[int]:
    return [row.pos for row in rows]


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
