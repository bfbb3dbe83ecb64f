"""Sends as many requests as a gateway can take over a few connections, with the program wrk."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

SCRIPT: Final = Path(__file__).with_suffix(".lua")
CONNECTIONS: Final = 32
WARM_UP_S: Final = 2
GRACE_S: Final = 60


class NoWrk(Exception):
    """The program is not there; the text says how to get it."""


class WrkFailed(Exception):
    """The program did not measure anything; the text is what it said."""


@dataclass(frozen=True)
class Load:
    """What is sent, and how."""

    wish: str = "livez"
    """`credit`, `open`, `progress` or another, as wrk.lua has them."""
    players: int = 1
    authorization: str = "none"
    passes: Path | None = None
    """A file with what each player shows: a token, a session or a secret, one a line."""
    threads: int = 1
    seconds: int = 15


@dataclass(frozen=True)
class Heard:
    """What came back."""

    requests: int
    sent: int
    """Warm-up included."""
    per_s: float
    p50_ms: float
    p99_ms: float
    whole: int
    """Of wishes that take several requests, how many came to their end; else the same as `requests`."""
    refused: int
    """Answers that were no success."""
    lost: int
    """Connections that were not made, or broke."""
    timeouts: int

    @property
    def fault(self) -> str:
        """What went wrong, if anything did."""
        counts = {"answers were errors": self.refused, "connections broke": self.lost, "timed out": self.timeouts}
        return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)


def check_wrk() -> None:
    """Raises NoWrk if it is not installed."""
    if shutil.which("wrk") is None:
        raise NoWrk("there is no `wrk` here: run deploy/setup.sh wrk, or install the package wrk")


def measure(gateway: str, load: Load, settle: Callable[[], None] | None = None) -> Heard:
    """Warm up, let what is under way then `settle`, and measure. Raises WrkFailed."""
    warm_up = _run(gateway, load, WARM_UP_S)
    if settle is not None:
        settle()
    heard = _run(gateway, load, load.seconds)
    return replace(heard, sent=warm_up.requests + heard.requests)


def _run(gateway: str, load: Load, seconds: int) -> Heard:
    command = ["wrk", f"-t{load.threads}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    words = (
        load.wish,
        load.authorization,
        str(load.players),
        uuid.uuid4().hex[:12],
        str(load.passes or ""),
        str(load.threads),
    )
    done = subprocess.run(
        [*command, gateway, "--", *words], capture_output=True, text=True, check=False, timeout=seconds + GRACE_S
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise WrkFailed(f"wrk ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    told = json.loads(lines[-1])
    return Heard(
        requests=told["requests"],
        sent=told["requests"],
        per_s=told["whole"] / (told["duration_us"] / 1e6),
        p50_ms=told["p50_us"] / 1e3,
        p99_ms=told["p99_us"] / 1e3,
        whole=told["whole"],
        refused=told["refused"],
        lost=told["lost"],
        timeouts=told["timeouts"],
    )
