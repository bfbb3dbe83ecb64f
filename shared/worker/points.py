"""The moments at which a process may die; a test can name one and have it happen."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final, Protocol

CRASH_POINTS: Final = ("fetched", "loaded", "decided", "committed", "told")
"""One before and after every await between "message fetched" and "reply told"."""
CLAIM_POINTS: Final = ("claiming", "claimed", "caught_up")
"""The same for a claim."""
RELOAD_POINT: Final = "reloading"
"""Between the two loads of a batch with an answer whose Send has left the memory."""
CALL_POINTS: Final = ("leased", "calling", "called", "answered")
"""Beside the worker: around the call of an operator's wallet, and before and after its answer is told."""
POINTS: Final = (*CRASH_POINTS, *CLAIM_POINTS, RELOAD_POINT, *CALL_POINTS)


class Points(Protocol):
    """Told as each moment is reached."""

    def reach(self, point: str) -> None:
        """Called between two awaits, at this moment."""
        ...


class PassBy:
    """Nothing happens."""

    def reach(self, point: str) -> None:
        """Nothing."""


class Armed:
    """The process kills or stops itself, without any clean-up, at a moment that a test writes into a file.

    The file holds `kill committed 3` (the third time that a commit stands) or `stop decided 1`; it is read at every
    moment and removed when the moment has come, so that the process started next lives on.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._order = ""
        self._seen = 0

    def reach(self, point: str) -> None:
        """Kill or stop this process, if this is the moment.

        Raises:
            ValueError: the file names no moment.
        """
        order = self._file.read_text() if self._file.exists() else ""
        if order != self._order:
            self._order, self._seen = order, 0
        if not order:
            return
        deed, wanted, count = order.split()
        if deed not in ("kill", "stop") or wanted not in POINTS:
            raise ValueError(f"{self._file} says {order!r}; `kill` or `stop`, one of {POINTS}, n")
        self._seen += wanted == point
        if self._seen == int(count):
            self._file.unlink()
            os.kill(os.getpid(), signal.SIGKILL if deed == "kill" else signal.SIGSTOP)
