"""Picks prizes from a table, each with exactly the chance that its weight promises.

The rule, from the seed to the row, is told in docs/fairness.md; docs/vectors/draw.json holds figures to check it by.
"""

from __future__ import annotations

import hmac
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

MOST_ROWS: Final = 1_000
LARGEST_WEIGHT: Final = 2**53
_SPAN: Final = 2**64


class Roll(NamedTuple):
    """A whole number drawn evenly, and the counter at which it was accepted."""

    value: int
    counter: int


def roll(seed: str, kind: str, key: str, bound: int, first: int = 0) -> Roll:
    """Draw 0 … bound - 1, every number equally likely.

    x is the first 8 bytes, big-endian, of HMAC-SHA256(key = the seed's ASCII, message = `{kind}:{key}:{counter}`).
    The highest 2**64 mod bound values of x are rejected, since they would make small numbers likelier.

    Args:
        seed: 64 lower-case hex characters, used as text.
        kind: what draws, such as `lootbox`; holds no colon.
        key: which one of the kind.
        bound: 1 … 2**64.
        first: the counter to begin at.

    Raises:
        ValueError: nothing can be drawn below `bound`, or the kind holds a colon and could be read as another's.
    """
    if not 1 <= bound <= _SPAN:
        raise ValueError(f"cannot draw below {bound}: the bound is 1 to 2**64")
    if ":" in kind:
        raise ValueError(f"the kind {kind!r} holds a colon, so its draws could be another's")
    limit = _SPAN - _SPAN % bound
    secret, prefix = seed.encode("ascii"), f"{kind}:{key}:"
    counter = first
    while True:  # each turn rejects with less than one half: 64 turns are as likely as a guessed 64-bit number
        x = int.from_bytes(hmac.digest(secret, f"{prefix}{counter}".encode(), "sha256")[:8], "big")
        if x < limit:
            return Roll(x % bound, counter)
        counter += 1


def below(seed: str, kind: str, key: str, bound: int) -> int:
    """The number that `roll` accepts: 0 … bound - 1."""
    return roll(seed, kind, key, bound).value


def pick(seed: str, kind: str, key: str, weights: Sequence[int]) -> int:
    """The index of the row that wins; a row of weight w wins w times in the sum of all weights.

    Raises:
        ValueError: there is no row or more than MOST_ROWS, or a weight is outside 0 … 2**53, or all are 0.
    """
    return Draws(seed, kind, key).pick(weights)


class Draws:
    """Several numbers from one seed, each begun at the counter after the one at which the last was accepted."""

    def __init__(self, seed: str, kind: str, key: str) -> None:
        """Begin at counter 0; the arguments are those of `roll`."""
        self._seed, self._kind, self._key = seed, kind, key
        self._counter = 0

    def below(self, bound: int) -> int:
        """The next number: 0 … bound - 1. Raises ValueError as `roll` does."""
        value, counter = roll(self._seed, self._kind, self._key, bound, self._counter)
        self._counter = counter + 1
        return value

    def pick(self, weights: Sequence[int]) -> int:
        """The index of the row that the next number picks. Raises ValueError as `pick` does."""
        _check(weights)
        ends = list(accumulate(weights))
        return bisect_right(ends, self.below(ends[-1]))  # the first row that ends beyond the number


def _check(weights: Sequence[int]) -> None:
    if not 1 <= len(weights) <= MOST_ROWS:
        raise ValueError(f"a table has 1 to {MOST_ROWS} rows, this one has {len(weights)}")
    for index, weight in enumerate(weights):
        if not 0 <= weight <= LARGEST_WEIGHT:
            raise ValueError(f"the weight of row {index} is {weight}; weights are 0 to 2**53")
    if not any(weights):
        raise ValueError("every row has weight 0, so nothing can be drawn; give one a positive weight")
