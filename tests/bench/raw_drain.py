"""The limit below the ledger: the same rows written by a script that decides, checks and tells nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.database import Connection, load_queries
from tests.bench.town import connection_to

SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))
BATCH: Final = 500
SCRATCH: Final = "bench_raw"

Columns = list[list[Any]]


class Written(NamedTuple):
    """Which rows of the ledger's log are meant: everything after these positions, all of it credits of one asset."""

    after: Mapping[int, int]
    account: str
    asset: str


async def raw_rate(dsn: str, written: Written) -> float:
    """Commands a second whose rows were inserted, a batch a statement, into copies of the ledger's tables."""
    ledger = connection_to(dsn)
    scratch = connection_to(dsn, SCRATCH)
    try:
        await ledger.run(SQL["create_scratch"])
        parts, ends = list(written.after), list(written.after.values())
        rows = await ledger.fetch(SQL["written"], parts, ends, written.asset)
        batches = [list(_columns(batch, written)) for batch in _batches(rows)]
        await scratch.fetch(SQL["insert"], *([] for _ in batches[0]))  # prepared, and its tables known
        begun = time.perf_counter()
        for columns in batches:
            await scratch.fetch(SQL["insert"], *columns)
        seconds = time.perf_counter() - begun
        await _check(scratch, len(rows))
        return len(rows) / seconds
    finally:
        await ledger.run(SQL["drop_scratch"])
        await scratch.close()
        await ledger.close()


async def _check(scratch: Connection, events: int) -> None:
    found = (await scratch.fetch(SQL["inserted"]))[0]
    assert tuple(found) == (events, events), f"{events} events and replies were to be inserted, not {tuple(found)}"


def _batches(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _columns(batch: Sequence[Any], written: Written) -> Iterator[list[Any]]:
    """One batch's columns: every event and reply, and of everything else one row a key, as a commit has it."""
    events = [tuple(row[:12]) for row in batch]
    replies = [(row["part"], *row[12:18]) for row in batch]
    streams = {(row["part"], row["stream"]): (row["version"], row["shape"], row["state"]) for row in batch}
    wallets = {(row["part"], row["tenant"], row["player"]): (row["balance"], row["at"]) for row in batch}
    house: dict[tuple[int, str], int] = {}
    for row in batch:
        place = row["part"], row["tenant"]
        house[place] = house.get(place, 0) - 1
    rows: tuple[list[tuple[Any, ...]], ...] = (
        events,
        [*replies],
        [(*key, *values) for key, values in streams.items()],
        [(*key, written.asset, *values) for key, values in wallets.items()],
        [(*key, written.account, written.asset, amount) for key, amount in house.items()],
    )
    for table in rows:
        yield from (list(column) for column in zip(*table, strict=True))
