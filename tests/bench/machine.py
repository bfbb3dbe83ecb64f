"""Which machine and which version of the code was measured: a figure without them says nothing."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
KIB: Final = 1024


def machine() -> dict[str, Any]:
    """The machine, as far as figures depend on it."""
    return {
        "cpu": _after("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(_memory_bytes() / KIB**3, 1),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def commit() -> str:
    """The commit that was measured; marked if files differ from it."""
    head = _git("rev-parse", "HEAD")
    return f"{head}-dirty" if head and _git("status", "--porcelain") else head or "unknown"


def resident_mib(process_id: int) -> float:
    """How much memory a process holds (VmRSS), in MiB."""
    words = _after(f"/proc/{process_id}/status", "VmRSS").split()
    return int(words[0]) / KIB


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _after(file: str, name: str) -> str:
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
