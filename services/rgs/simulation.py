"""Plays a game very often, on several processors, and says what it came to."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

from services.rgs.games.game import Terms
from services.rgs.trial.known import plan_of
from services.rgs.trial.plan import STAKE, BadStrategy, Plan
from services.rgs.trial.tally import Counted, Summary, summary
from shared.messages.game import GameSpec, Slug

__all__ = ["BadStrategy", "Job", "Result", "simulate"]

SHARE: Final = 25_000
"""Rounds that a process plays before it tells what they came to."""
AHEAD: Final = 4
"""Shares that wait for each process, so that none is idle."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be played. Round n has nonce n, so how many processes share it changes nothing."""

    slug: Slug
    rtp: str
    tables: tuple[tuple[str, tuple[str, ...]], ...]
    strategy: str
    server_seed: str

    @classmethod
    def of(cls, spec: GameSpec, strategy: str, server_seed: str) -> Job:
        """The job of a game code."""
        return cls(spec.slug, spec.rtp, tuple(spec.tables.items()), strategy, server_seed)

    @property
    def terms(self) -> Terms:
        """What its rounds are begun under."""
        return Terms(Fraction(self.rtp), {name: tuple(map(Fraction, row)) for name, row in self.tables})


@dataclass(frozen=True, slots=True)
class Result:
    """What it came to, beside what it should come to."""

    strategy: str
    figures: Summary
    rtp: Fraction | None


def simulate(job: Job, rounds: int, processes: int, played: Callable[[int], None]) -> Result:
    """Play so many rounds; `played` hears of every few more.

    Raises:
        BadStrategy: the game cannot be played so.
    """
    plan = plan_of(job.slug, job.strategy, job.terms)
    counted: Counted = Counter()
    for share in _here(job, rounds) if processes == 1 else _beside(job, rounds, processes):
        counted.update(share)
        played(share.total())
    return Result(plan.strategy, summary(counted, plan.expected, STAKE), plan.rtp)


def _shares(rounds: int) -> Iterator[range]:
    return (range(first, min(first + SHARE, rounds)) for first in range(0, rounds, SHARE))


def _here(job: Job, rounds: int) -> Iterator[Counted]:
    return (_play(job, share) for share in _shares(rounds))


def _beside(job: Job, rounds: int, processes: int) -> Iterator[Counted]:
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        left, waiting = _shares(rounds), set[Future[Counted]]()
        while True:
            while len(waiting) < processes * AHEAD and (share := next(left, None)) is not None:
                waiting.add(pool.submit(_play, job, share))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)


def _play(job: Job, nonces: range) -> Counted:
    plan = _plan(job)
    return Counter(plan.play(job.server_seed, nonce) for nonce in nonces)


@cache
def _plan(job: Job) -> Plan:
    return plan_of(job.slug, job.strategy, job.terms)
