"""How fast a view is made anew from the log."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Final, NamedTuple

from shared.cli.walking import Walked, processes_for, walk
from shared.database import load_queries
from tests.bench.drain import add_events
from tests.bench.rows import Aim, Raw, Row
from tests.bench.town import ask, connection_to, events_in
from tests.system.town import Town

SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))
VIEW: Final = "wallets"
PAGE_EVENTS: Final = 10_000
AIM: Final = Aim(least=60_000)
SAID: Final = re.compile(r"from (\d+) events in ([\d.]+) s")


class Facts(NamedTuple):
    """Which facts of a log are to be read."""

    service: str
    type: str


class Stretch(NamedTuple):
    """Those of one partition, up to a position."""

    dsn: str
    facts: Facts
    part: int
    upto: int


SHOWN: Final = Facts("ledger", "wallet.posted")


class Read(NamedTuple):
    """How much was read, and when, by the clock that all processes of a machine share."""

    events: int
    begun: float
    ended: float


def measure_rebuild(town: Town, events: int) -> Row:
    """One row: rebuild a view from at least so many events, as an operator does it."""
    if (missing := events - events_in(town)) > 0:
        add_events(town, missing)
    begun = time.perf_counter()
    said = town.run("rebuild", VIEW)
    whole_s = time.perf_counter() - begun
    found = SAID.search(said)
    assert found is not None, f"`fairground rebuild` said something else: {said}"
    shown, seconds = int(found[1]), float(found[2])
    return Row(
        letter="e",
        name=f"rebuild {VIEW}",
        value=shown / seconds,
        unit="events/s",
        aim=AIM,
        raw=Raw(
            asyncio.run(read_rate(town, SHOWN)), "the same events read in pages by as many processes, nothing decoded"
        ),
        note=f"{said.strip().removeprefix('rebuild: ')}; the whole command took {whole_s:.2f} s",
    )


async def read_rate(town: Town, facts: Facts) -> float:
    """How many such facts a second can be read at the most."""
    ends = await asyncio.to_thread(ask, town, "ends", facts.service)
    jobs = [Stretch(town.dsn, facts, part, end) for part, end in ends]
    read = await walk(read_stretch, jobs, processes_for(sum(job.upto for job in jobs), len(jobs)), lambda _: None)
    seconds = max(one.ended for one in read) - min(one.begun for one in read)
    return sum(one.events for one in read) / seconds


async def read_stretch(job: Stretch, walked: Walked) -> Read:
    """Read one partition's events page by page."""
    connection = connection_to(job.dsn, job.facts.service)
    events, after, begun = 0, 0, time.perf_counter()
    try:
        while rows := await connection.fetch(SQL["page"], job.part, after, job.upto, job.facts.type, PAGE_EVENTS):
            walked(len(rows))
            events, after = events + len(rows), rows[-1][0]
    finally:
        await connection.close()
    return Read(events, begun, time.perf_counter())
