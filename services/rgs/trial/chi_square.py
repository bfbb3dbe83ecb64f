"""Whether things came up about as often as they should: Pearson's chi-square test."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from math import exp, lgamma, log
from typing import Final, NamedTuple

LEAST_EXPECTED: Final = 5
"""What should come up less often than this is counted together, as is usual."""
_PRECISION: Final = 1e-14


class ChiSquare(NamedTuple):
    """The result of the test."""

    statistic: float
    freedom: int
    """Degrees of freedom: groups that were compared, less one."""
    p: float
    """How often fair chance strays this far or further. Near 0 something is wrong."""


def chi_square(counted: Mapping[Hashable, int], expected: Mapping[Hashable, Fraction]) -> ChiSquare:
    """Compare counts with how likely each thing is; what should never come up and does gives p = 0."""
    total = sum(counted.values())
    if counted.keys() - {label for label, chance in expected.items() if chance}:
        return ChiSquare(float("inf"), max(1, len(expected) - 1), 0.0)
    groups: list[tuple[int, Fraction]] = []
    seen, should = 0, Fraction(0)
    for label in sorted(expected, key=lambda one: (expected[one], str(one))):
        seen, should = seen + counted.get(label, 0), should + expected[label] * total
        if should >= LEAST_EXPECTED:
            groups.append((seen, should))
            seen, should = 0, Fraction(0)
    if groups and should:
        groups[-1] = (groups[-1][0] + seen, groups[-1][1] + should)
    statistic = float(sum(((seen - should) ** 2 / should for seen, should in groups), Fraction(0)))
    freedom = max(0, len(groups) - 1)
    return ChiSquare(statistic, freedom, chance_above(statistic, freedom) if freedom > 0 else 1.0)


def chance_above(statistic: float, freedom: int) -> float:
    """How likely a chi-square variable of this many degrees of freedom is at least this large.

    It is the regularised upper incomplete gamma function Q(freedom / 2, statistic / 2): the series for small values,
    Lentz's continued fraction for large ones (Press et al., Numerical Recipes, 6.2).
    """
    shape, at = freedom / 2, statistic / 2
    if at <= 0:
        return 1.0
    scale = exp(shape * log(at) - at - lgamma(shape))
    return 1.0 - scale * _series(shape, at) if at < shape + 1 else scale * _continued(shape, at)


def _series(shape: float, at: float) -> float:
    term = total = 1.0 / shape
    while term > total * _PRECISION:
        shape += 1.0
        term *= at / shape
        total += term
    return total


def _continued(shape: float, at: float) -> float:
    tiny = 1e-300
    b = at + 1.0 - shape
    c = 1.0 / tiny
    d = 1.0 / b
    total = d
    step, change = 0, 0.0
    while abs(change - 1.0) > _PRECISION:
        step += 1
        factor = -step * (step - shape)
        b += 2.0
        d = 1.0 / _away(factor * d + b, tiny)
        c = _away(b + factor / c, tiny)
        change = d * c
        total *= change
    return total


def _away(value: float, tiny: float) -> float:
    """Not 0."""
    return value if abs(value) > tiny else tiny
