"""What a measurement says: a figure, the raw limit it is compared with, and what was aimed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Raw:
    """The limit of what lies underneath, measured in the same run."""

    value: float
    """In the row's own unit."""
    what: str


@dataclass(frozen=True)
class Aim:
    """What counts as good on two cores with everything on them; an aim that is absent is met."""

    least: float | None = None
    most: float | None = None
    most_p99_ms: float | None = None
    least_ratio: float | None = None

    def __str__(self) -> str:
        said = (
            (self.least, f"≥ {self.least or 0:,.0f}"),
            (self.most, f"≤ {self.most or 0:,.0f}"),
            (self.most_p99_ms, f"p99 ≤ {self.most_p99_ms or 0:,.0f} ms"),
            (self.least_ratio, f"≥ {self.least_ratio or 0:.2f} of raw"),
        )
        return ", ".join(text for value, text in said if value is not None)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    letter: str
    name: str
    value: float
    unit: str
    aim: Aim
    raw: Raw
    p50_ms: float | None = None
    p99_ms: float | None = None
    note: str = ""
    fault: str = ""
    """Why the figure does not count, such as answers that were errors."""

    @property
    def ratio(self) -> float | None:
        """Of the raw limit; for seconds and memory more than 1 is worse."""
        return self.value / self.raw.value if self.raw.value else None

    @property
    def met(self) -> bool:
        """Whether everything that was aimed at was reached, and the figure counts."""
        aim, ratio = self.aim, self.ratio or 0
        return (
            not self.fault
            and (aim.least is None or self.value >= aim.least)
            and (aim.most is None or self.value <= aim.most)
            and (aim.most_p99_ms is None or (self.p99_ms is not None and self.p99_ms <= aim.most_p99_ms))
            and (aim.least_ratio is None or ratio >= aim.least_ratio)
        )

    def as_json(self) -> dict[str, Any]:
        """For bench.json."""
        return {
            "row": self.letter,
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "p50_ms": self.p50_ms,
            "p99_ms": self.p99_ms,
            "raw": {"value": round(self.raw.value, 3), "what": self.raw.what},
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "aim": str(self.aim),
            "met": self.met,
            "note": self.note,
            "fault": self.fault,
        }
