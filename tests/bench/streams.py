"""How soon those who watch a board hear of a progress, whether they hear all of it, and what they cost the gateway."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from shared.messages.attempt import AttemptProgressed
from tests.bench.games import CLIENT, LEAGUES, leagues, progress
from tests.bench.machine import ROOT, resident_mib
from tests.bench.pacing import Paced, pace
from tests.bench.rows import Aim, Raw, Row
from tests.bench.town import PLAYERS, ask
from tests.system.town import Town, eventually

BOARDS: Final = 100
PER_S: Final = 500
AT_LEAST: Final = 0.95
"""Of it must go through, or the figure is that of another load."""
OPEN_WITHIN_S: Final = 60.0
HEARD_WITHIN_S: Final = 60.0
POLL_S: Final = 1.0
KIB: Final = 1_024
TENTHS: Final = 10


class Listeners:
    """The process that has all readers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, *words: object) -> dict[str, Any]:
        """Tell it something; its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@dataclass(frozen=True)
class Heard:
    """What readers heard, held against the log."""

    gaps: int = 0
    repeats: int = 0
    disordered: int = 0
    """Readers who heard something earlier after something later."""


def measure_streams(town: Town, readers: int, seconds: int) -> Row:
    """One row: everybody listens, games report progress at an even pace, and everybody is cut off once."""
    attempts = leagues(town, BOARDS, PLAYERS)
    boards = sorted({one.board for one in attempts})
    held = [_held(town)]
    with _listening(town, boards, readers) as listeners:
        eventually("all listen", lambda: listeners.say("count")["ready"] == readers, OPEN_WITHIN_S)
        held.append(_held(town))
        listeners.say("cut", seconds)
        paced = asyncio.run(
            pace(town, lambda n: progress(LEAGUES, attempts[n % PLAYERS]), PER_S, seconds, AttemptProgressed.wire)
        )
        held.append(_held(town))
        told, heard = _all_heard(town, listeners)
    return _row(readers, paced, held, told, heard)


@contextmanager
def _listening(town: Town, boards: Sequence[str], readers: int) -> Iterator[Listeners]:
    plan = {
        "port": town.services["gateway"].port,
        "authorization": CLIENT["Authorization"],
        "boards": boards,
        "readers": readers,
    }
    command = [sys.executable, "-m", "tests.bench.listeners"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(plan) + "\n")
            yield Listeners(process)
        finally:
            process.kill()


def _all_heard(town: Town, listeners: Listeners) -> tuple[dict[str, Any], Heard]:
    """What was heard once everybody has heard everything, or has had the time to."""
    log = ask(town, "progress", "leaderboards", LEAGUES)
    deadline = time.monotonic() + HEARD_WITHIN_S
    while True:
        told = listeners.say("heard")["heard"]
        heard = compare(told["readers"], log)
        if not heard.gaps or time.monotonic() > deadline:
            return told, heard
        time.sleep(POLL_S)


def compare(readers: Sequence[Any], log: Sequence[Any]) -> Heard:
    """Hold what readers heard against all progress that the log has on their board since they began."""
    happened: dict[str, list[int]] = defaultdict(list)
    for pos, board in log:
        happened[board].append(pos)
    found: Counter[str] = Counter()
    for board, first, heard in readers:
        due = [pos for pos in happened[board] if pos > first]
        found["gaps"] += len(set(due) - set(heard))
        found["repeats"] += len(heard) - len(set(heard))
        found["disordered"] += heard != sorted(heard)
    return Heard(**found)


def _row(readers: int, paced: Paced, held: Sequence[float], told: dict[str, Any], heard: Heard) -> Row:
    waits = sorted(told["waits"])
    p50, p99 = (_quantile(waits, share) / TENTHS for share in (0.5, 0.99))
    stream_kib = (held[1] - held[0]) * KIB / readers
    per_s = paced.sent / paced.seconds
    faults = {
        f"{heard.gaps} gaps": heard.gaps,
        f"{heard.repeats} repeats": heard.repeats,
        f"{heard.disordered} heard things out of order": heard.disordered,
        f"{paced.failed} reports were refused": paced.failed,
        f"only {per_s:.0f} progress/s went through": per_s < AT_LEAST * PER_S,
        f"{told['lost']} lines were cut by the gateway": told["lost"],
        f"{told['refused']} readers were refused": told["refused"],
    }
    return Row(
        letter="q",
        name=f"event to reader, {readers:,} streams of one gateway, {PER_S} progress/s",
        value=p99,
        unit="ms",
        aim=Aim(),
        raw=Raw(_quantile(sorted(paced.bus_ms), 0.99), "p99 of the same facts at a bare consumer of the bus"),
        p50_ms=p50,
        p99_ms=p99,
        note=f"{BOARDS} boards of one event, so that each of {per_s:.0f} progress/s goes to "
        f"{readers / BOARDS:.0f} readers; {len(waits):,} were told at once; {told['cuts']:,} reconnects by "
        f"Last-Event-ID, {heard.gaps} gaps, {heard.repeats} repeats; a stream takes {stream_kib:.1f} KiB of the "
        f"gateway ({held[0]:.0f} MiB before, {held[1]:.0f} with all, {held[2]:.0f} after)",
        fault=", ".join(text for text, count in faults.items() if count),
    )


def _quantile(waits: Sequence[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(share * len(waits)))] if waits else 0.0


def _held(town: Town) -> float:
    process = town.services["gateway"].process
    assert process is not None
    return resident_mib(process.pid)
