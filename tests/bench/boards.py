"""How long it takes to make a very long board anew from the log, in its tables and in Redis."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Iterator
from typing import Final

from shared.bus.port import Outgoing
from shared.ids import PlayerId, SeasonId
from shared.messages.season import BoardScored, ScoreBoard
from shared.money import MICRO
from tests.bench.commands import have_decided, wish_of
from tests.bench.replaying import Facts, read_rate
from tests.bench.rows import Aim, Raw, Row
from tests.bench.town import define
from tests.system.town import Town

BOARD: Final = SeasonId("bench-board")
A_PRIME: Final = 7_919
TIES: Final = 4
"""So many share a score."""
SERVICE: Final = "leaderboards"
FACTS: Final = Facts(SERVICE, BoardScored.wire)
RANKED: Final = re.compile(r"^ranks: \d+ boards with (\d+) entries", re.MULTILINE)


def measure_boards(town: Town, entries: int) -> Row:
    """One row: everybody scores once on one board across events, then an operator makes all boards anew."""
    define(town, "board", BOARD, {"name": "Of very many", "period": "never"})
    begun = time.perf_counter()
    have_decided(town, SERVICE, _scores(town, entries), entries)
    filled_s, begun = time.perf_counter() - begun, time.perf_counter()
    said = town.run("rebuild", "boards")
    seconds = time.perf_counter() - begun
    ranked = RANKED.search(said)
    assert ranked is not None, f"`fairground rebuild` said something else: {said}"
    lines = "; ".join(line.removeprefix("rebuild: ") for line in said.strip().splitlines())
    return Row(
        letter="r",
        name=f"rebuild all boards, one of them with {entries:,} entries",
        value=seconds,
        unit="s",
        aim=Aim(),
        raw=Raw(entries / asyncio.run(read_rate(town, FACTS)), "that board's facts read in pages, nothing decoded"),
        note=f"{lines}; all had scored within {filled_s:.0f} s",
        fault="" if int(ranked[1]) >= entries else f"{ranked[1]} entries are kept in Redis",
    )


def _scores(town: Town, entries: int) -> Iterator[Outgoing]:
    run = uuid.uuid4().hex[:12]
    for number in range(entries):
        value = number * A_PRIME % max(1, entries // TIES) * MICRO
        score = ScoreBoard(board=BOARD, player=PlayerId(f"scorer-{number}"), value=value)
        yield wish_of(town, SERVICE, score, BOARD, f"{run}-{number}")
