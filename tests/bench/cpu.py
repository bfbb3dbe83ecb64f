"""How much processor time every process took while something was measured: it says more than a busy machine's clock."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.system.town import Town

TICKS_A_S: Final = os.sysconf("SC_CLK_TCK")
_AFTER_NAME: Final = 2
"""Fields of /proc/…/stat are counted from behind the name, which may hold anything."""
_TIMES: Final = slice(11, 15)
"""Own user and system time, and that of children that have ended."""

Seconds = Mapping[str, float]


def cpu_of(town: Town) -> Seconds:
    """Processor seconds so far, by process; PostgreSQL's are summed."""
    return {name: sum(map(_seconds, ids)) for name, ids in _processes(town).items()}


def cpu_told(before: Seconds, after: Seconds, count: int) -> str:
    """What one request cost, in milliseconds, for people."""
    grown = {name: after[name] - before.get(name, 0) for name in after}
    costs = (f"{name} {seconds / count * 1e3:.2f}" for name, seconds in grown.items() if seconds / count >= 5e-6)
    return f"ms of processor time each, {sum(grown.values()) / count * 1e3:.2f} in all: {', '.join(costs)}"


def _processes(town: Town) -> dict[str, list[int]]:
    found = {name: [one.process.pid] for name, one in town.services.items() if one.process is not None}
    postmaster = int((town.folder / "postgres" / "postmaster.pid").read_text().split()[0])
    found["postgres"] = [postmaster, *_children(postmaster)]
    folder = str(town.folder).encode()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        words = _read(process)
        if b"kafka.Kafka" in words and folder in words:
            found["kafka"] = [int(process.parent.name)]
        elif b"demo-operator" in words and process.parent.name in map(str, _children(os.getpid())):
            found["operator"] = [int(process.parent.name)]
    return found


def _children(process_id: int) -> list[int]:
    children = (_read(file) for file in Path(f"/proc/{process_id}/task").glob("*/children"))
    return [int(id_) for ids in children for id_ in ids.split()]


def _seconds(process_id: int) -> float:
    fields = _read(Path(f"/proc/{process_id}/stat")).rpartition(b")")[_AFTER_NAME].split()
    return sum(map(int, fields[_TIMES])) / TICKS_A_S


def _read(file: Path) -> bytes:
    """Empty if the process has ended."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
