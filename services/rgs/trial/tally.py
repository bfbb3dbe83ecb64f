"""What very many rounds came to: what came back, how sure that is, and how often something was won."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Final

from services.rgs.trial.chi_square import ChiSquare, chi_square

CERTAIN: Final = 1.959963984540054
"""Standard deviations to either side that hold 95 of 100 results."""

Counted = Counter[tuple[Hashable, int, int]]
"""Rounds by what is counted of them, what was staked and what was paid."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one trial."""

    rounds: int
    rtp: float
    """What comes back of one unit of the first stake, less what else was staked."""
    low: float
    high: float
    """Where the true rate lies, 95 times of 100."""
    hit_rate: float
    """Rounds that paid anything."""
    variance: float
    """Of the same."""
    most: float
    """The highest that one unit came to."""
    fit: ChiSquare
    """Whether outcomes came up as often as they should."""

    def holds(self, rtp: Fraction) -> bool:
        """Whether this rate of return lies within the interval."""
        return self.low <= rtp <= self.high


def summary(counted: Counted, expected: Mapping[Hashable, Fraction], stake: int) -> Summary:
    """The figures of these rounds.

    Args:
        counted: at least one round.
        expected: how likely each label is.
        stake: units of an opening.
    """
    rounds = counted.total()
    back: Counter[int] = Counter()
    labels: Counter[Hashable] = Counter()
    for (label, staked, paid), count in counted.items():
        back[paid - staked + stake] += count
        labels[label] += count
    rate = Fraction(sum(units * count for units, count in back.items()), rounds * stake)
    squares = Fraction(sum(units * units * count for units, count in back.items()), rounds * stake**2)
    variance = float(squares - rate**2)
    error = sqrt(variance / rounds) * CERTAIN
    return Summary(
        rounds=rounds,
        rtp=float(rate),
        low=float(rate) - error,
        high=float(rate) + error,
        hit_rate=sum(count for (_, _, pays), count in counted.items() if pays) / rounds,
        variance=variance,
        most=max(back) / stake,
        fit=chi_square(labels, expected),
    )
