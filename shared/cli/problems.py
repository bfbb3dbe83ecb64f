"""What a check found wrong, in words, up to a limit; the rest is counted."""

from __future__ import annotations

from typing import Final

MOST_LISTED: Final = 200
LONGEST_SHOWN: Final = 300


class Problems:
    """Found so far."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self.unlisted = 0

    def add(self, problem: str) -> None:
        """One more."""
        if len(self.listed) < MOST_LISTED:
            self.listed.append(problem)
        else:
            self.unlisted += 1


def shortly(value: object) -> str:
    """A value for people to read, cut where it is long."""
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
