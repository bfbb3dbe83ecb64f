"""How much memory every process holds once the load is over."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from tests.bench.machine import resident_mib
from tests.bench.rows import Aim, Raw, Row
from tests.system.town import Town

AIM: Final = Aim(most=150)


def measure_memory(town: Town) -> list[Row]:
    """One row a process."""
    raw = Raw(_bare_mib(), "a Python process that has imported nothing")
    rows = []
    for name, service in town.services.items():
        assert service.process is not None
        held = resident_mib(service.process.pid)
        rows.append(Row("g", f"resident memory of {name}", held, "MiB", AIM, raw))
    return rows


def _bare_mib() -> float:
    with subprocess.Popen(
        [sys.executable, "-c", "print('up', flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        held = resident_mib(process.pid)
        process.kill()
    return held
