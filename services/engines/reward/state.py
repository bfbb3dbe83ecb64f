"""What is remembered of a pool of codes: how many were ever given, and which of them came back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from shared.ids import RewardId
from shared.messages.reward import CodeReturned, PoolEvent
from shared.streams import Stream, key_of

MOST_GAPS: Final = 500
"""Runs of numbers that came back and are remembered; more would not fit into one state."""


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers that follow each other, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pool:
    """Numbers below `next` were given, except those that came back."""

    next: int = 0
    returned: tuple[Run, ...] = ()
    """In order, never touching each other."""

    @property
    def free(self) -> int | None:
        """The first number that came back."""
        return self.returned[0].first if self.returned else None

    def holds(self, number: int) -> bool:
        """Whether somebody has this number."""
        return number < self.next and not any(run.first <= number <= run.last for run in self.returned)


def pool_of(reward: RewardId) -> Stream[Pool]:
    """The history of one reward's pool."""
    return Stream("reward", key_of(reward))


def with_returned(runs: tuple[Run, ...], number: int) -> tuple[Run, ...]:
    """The runs after this number came back; it joins those beside it."""
    before = tuple(run for run in runs if run.last < number - 1)
    after = tuple(run for run in runs if run.first > number + 1)
    beside = runs[len(before) : len(runs) - len(after)]
    first = min([number, *(run.first for run in beside)])
    last = max([number, *(run.last for run in beside)])
    return (*before, Run(first, last), *after)


def evolve(pool: Pool, event: PoolEvent) -> Pool:
    if isinstance(event, CodeReturned):
        return replace(pool, returned=with_returned(pool.returned, event.number))
    if event.number == pool.free:
        run, *others = pool.returned
        rest = () if run.first == run.last else (Run(run.first + 1, run.last),)
        return replace(pool, returned=(*rest, *others))
    return replace(pool, next=event.number + 1)
