"""A player's daily limits: a lower one counts at once, a higher one after a day's thought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.messages.player import Limit, LimitName

THOUGHT: Final = timedelta(hours=24)
"""How long a player waits for a higher limit."""
UNLIMITED: Final = Limit(amount=None)


def limits_after(
    limits: Mapping[LimitName, Limit], wished: Mapping[LimitName, int | None], now: datetime
) -> dict[LimitName, Limit]:
    """The limits after a wish; those that it does not name stay as they are."""
    return {**limits, **{name: _changed(limits.get(name, UNLIMITED), amount, now) for name, amount in wished.items()}}


def _changed(limit: Limit, wished: int | None, now: datetime) -> Limit:
    was = limit.in_force(now)
    if was is None or (wished is not None and wished <= was):
        return Limit(amount=wished)
    return Limit(amount=was, rises_to=wished, rises_at=now + THOUGHT)
