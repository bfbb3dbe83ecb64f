"""How much may be staked and won: the operator's limits for the game, and the session's in their place."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from shared.messages.operator import OperatorSpec
from shared.messages.session import Bounds, Session
from shared.money import LARGEST_UNITS, MICRO, MICRO_SCALE, parse
from shared.shapes import Refused

MOST_LIMITS: Final = 4_096
"""That are remembered as read."""


def bounds_of(session: Session, operator: OperatorSpec, scale: int) -> Bounds:
    """What holds for a round of this session, in the currency's smallest unit."""
    limits, own = operator.limits_of(session.seat.game), session.bounds
    return Bounds(
        min_bet=_either(own.min_bet, limits.min_bet, scale, up=True),
        max_bet=_either(own.max_bet, limits.max_bet, scale),
        max_win=_either(own.max_win, limits.max_win, scale),
    )


def outside(amount: int, stake: int, bounds: Bounds) -> Refused | None:
    """The bound that a first stake breaks; `amount` is the bet alone, `stake` is with all beside it."""
    if bounds.min_bet is not None and amount < bounds.min_bet:
        return _refused("the bet is too small", bounds.min_bet)
    most = LARGEST_UNITS if bounds.max_bet is None else bounds.max_bet
    return _refused("the bet is too large", most) if stake > most else None


def _refused(problem: str, bound: int) -> Refused:
    return Refused("param_out_of_range", {"path": "amount", "problem": problem, "bound": bound})


def _either(own: int | None, limit: str | None, scale: int, *, up: bool = False) -> int | None:
    """The session's bound, or the operator's in whole units: never more generous than its decimals say."""
    return own if own is not None or limit is None else _units(limit, scale, up)


@lru_cache(MOST_LIMITS)
def _units(limit: str, scale: int, up: bool) -> int:
    exact: int = parse(limit, MICRO_SCALE) * 10**scale
    return min(LARGEST_UNITS, -(-exact // MICRO) if up else exact // MICRO)
