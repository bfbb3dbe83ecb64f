"""The moments at which a process may die; a test can name one and have it happen."""

from __future__ import annotations

import os
import signal
from typing import Final, Protocol

CRASH_POINTS: Final = (
    "fetched",
    "loaded",
    "decided",
    "committed",
    "told",
)
"""One before and after every await between "message fetched" and "reply told"."""
CLAIM_POINTS: Final = ("claiming", "claimed", "caught_up")


class Points(Protocol):
    """Told as each moment is reached."""

    def reach(self, point: str) -> None:
        """Called between two awaits, at this moment."""
        ...


class PassBy:
    """Nothing happens."""

    def reach(self, point: str) -> None:
        """Nothing."""


class DieAt:
    """The process kills itself, without any clean-up, when it reaches a point for the n-th time."""

    def __init__(self, spec: str) -> None:
        """`committed:3` dies when the third commit stands.

        Raises:
            ValueError: there is no such point.
        """
        self._point, _, count = spec.partition(":")
        self._left = int(count or 1)
        if self._point not in (*CRASH_POINTS, *CLAIM_POINTS):
            raise ValueError(
                f"no crash point {self._point!r}; known are {', '.join(CRASH_POINTS + CLAIM_POINTS)}"
            )

    def reach(self, point: str) -> None:
        """Die, if this is the one."""
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
