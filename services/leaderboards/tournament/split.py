"""Who gets how much of a prize pool, and how many points a wager is worth."""

from __future__ import annotations

from collections.abc import Sequence

from shared.messages.tournament import WHOLE, TournamentSpec
from shared.messages.tournament_score import Played
from shared.money import MICRO


def prizes_of(pool: int, shares: Sequence[int]) -> list[int]:
    """What each place wins, in the pool asset's smallest unit; what rounding leaves over goes to the first place.

    Together they are as much of the pool as all shares are of WHOLE, rounded down once.
    """
    prizes = [pool * share // WHOLE for share in shares]
    prizes[0] += pool * sum(shares) // WHOLE - sum(prizes)
    return prizes


def points_of(played: Played, spec: TournamentSpec) -> int:
    """The points in millionths: those that were named, else what the wager is worth, cut after the sixth decimal."""
    if played.points is not None:
        return played.points
    assert played.wagered is not None, "one of them is there: the message says so"
    return worth(played.wagered, spec.rate_micros)


def worth(wagered: int, rate_micros: int) -> int:
    """The points in millionths of so many micro-units of USD, cut after the sixth decimal; less than 0 of a void.

    The rate is in millionths of a point per USD.
    """
    points = abs(wagered) * rate_micros // MICRO
    return points if wagered >= 0 else -points
