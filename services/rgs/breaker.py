"""Leaves an operator's wallet alone for a while after it has failed again and again, so that nobody waits in vain."""

from __future__ import annotations

from typing import Final

FAILURES: Final = 5
"""In a row."""
OPEN_S: Final = 5.0


class Breaker:
    """The circuit to one operator: closed, open, or half-open while one call tries whether it works again."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until_s: float | None = None
        self._trying = False

    @property
    def is_open(self) -> bool:
        """Whether calls are held back, but for the one that tries."""
        return self._open_until_s is not None

    def allows(self, now_s: float) -> bool:
        """Whether a call may be made now. Whoever is allowed to must `note` how it ended.

        Args:
            now_s: monotonic seconds.
        """
        if self._open_until_s is None:
            return True
        if self._trying or now_s < self._open_until_s:
            return False
        self._trying = True
        return True

    def note(self, now_s: float, *, works: bool) -> None:
        """How a call ended that was allowed: whether the wallet said anything that could be understood."""
        if works:
            self._failures, self._open_until_s, self._trying = 0, None, False
            return
        self._failures += 1
        if self._trying or self._failures >= FAILURES:
            self._open_until_s, self._trying = now_s + OPEN_S, False
