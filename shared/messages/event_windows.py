"""When an event is on, as an operator writes it: once, or again and again by a calendar of local times."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, Literal

from croniter import croniter
from croniter.croniter import CroniterError
from pydantic import AfterValidator, Field, model_validator

from shared.messages.base import Message
from shared.messages.tournament import Moment
from shared.messages.wheel_spec import TimeZone

LONGEST_WINDOW_S: Final = 366 * 86_400
_CRON_WORDS: Final = frozenset(re.findall("...", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDECSUNMONTUEWEDTHUFRISAT")) | {"L"}
_CRON_FIELDS: Final = 5
_SOME_DAY: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - cron speaks of local times


def _cron(text: str) -> str:
    """Five fields of numbers and names; anything that would be drawn by chance or by a process's name is refused."""
    fields = text.split()
    words = "".join(one if one.isalpha() else " " for one in text.upper()).split()
    if len(fields) != _CRON_FIELDS or not _CRON_WORDS.issuperset(words) or not croniter.is_valid(text):
        raise ValueError("must be five cron fields such as `0 0 * * *`: minute, hour, day, month, day of the week")
    try:
        croniter(text, _SOME_DAY).get_next(datetime)
    except CroniterError:
        raise ValueError("names a day that never comes") from None
    return " ".join(fields)


Cron = Annotated[str, Field(max_length=200), AfterValidator(_cron)]


class FixedWindow(Message):
    """The event is on once."""

    mode: Literal["fixed"] = "fixed"
    starts_at: Moment
    ends_at: Moment
    timezone: TimeZone = "UTC"
    """Where its days begin and end, for the attempts of a day."""

    @model_validator(mode="after")
    def _lasts(self) -> FixedWindow:
        if self.starts_at >= self.ends_at:
            raise ValueError("ends_at must come after starts_at")
        return self


class RecurringWindows(Message):
    """The event is on again and again."""

    mode: Literal["recurring"] = "recurring"
    cron: Cron
    """When windows begin, in local time: minute, hour, day, month, day of the week."""
    timezone: TimeZone = "UTC"
    duration_seconds: int | None = Field(default=None, ge=1, le=LONGEST_WINDOW_S)
    """How long one lasts, at most until the next begins; None: until then."""


Windows = Annotated[FixedWindow | RecurringWindows, Field(discriminator="mode")]
