"""A player's timeline as the door shows it, and the mark that its next page begins at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

from pydantic import Field

from services.gateway.route import Shown, Strict
from shared.readmodels.timeline import TimelineRow

MOST: Final = 200
USUAL: Final = 50
LONGEST_MARK: Final = 200
_MARK: Final = re.compile(r"(?:[a-z]+-[0-9]{1,18})(?:\.[a-z]+-[0-9]{1,18})*")


class TimelineQuery(Strict):
    limit: int = Field(default=USUAL, ge=1, le=MOST)
    before: str | None = Field(
        default=None, max_length=LONGEST_MARK, pattern=f"^{_MARK.pattern}$", description="`next` of the page before."
    )

    def positions(self) -> dict[str, int]:
        """Below which position each service is read."""
        marks = (mark.split("-") for mark in (self.before or "").split(".") if mark)
        return {service: int(pos) for service, pos in marks}


class Happened(Shown):
    position: str = Field(description="Where it stands in the log: service, partition and position.")
    type: str
    at: datetime
    data: dict[str, Any]


class Timeline(Shown):
    """Newest first."""

    events: list[Happened]
    next: str | None = Field(description="`before` of the next page; null on the last one.")

    @classmethod
    def of(cls, rows: Sequence[TimelineRow], before: Mapping[str, int], most: int) -> Self:
        events = [
            Happened(position=f"{row.service}/{row.part}/{row.pos}", type=row.type, at=row.at, data=dict(row.data))
            for row in rows
        ]
        reached = {**before, **{row.service: row.pos for row in rows}}
        mark = ".".join(f"{service}-{pos}" for service, pos in sorted(reached.items()))
        return cls(events=events, next=mark if len(rows) == most else None)
