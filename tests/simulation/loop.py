"""Time that only passes when everybody waits, so that an hour of a town takes a second and repeats exactly."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

T = TypeVar("T")

FIRST_MORNING: Final = datetime(2026, 11, 21, 11, 59, 40, tzinfo=UTC)
"""So that somewhere in the east a new day begins amid the trouble."""
_FINEST_S: Final = 1e-7


class Standstill(Exception):
    """Nobody can go on, and nobody waits for the clock."""


class VirtualLoop(asyncio.base_events.BaseEventLoop):
    """An event loop without sockets: where another would sleep until the next timer, this one moves its clock."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._clock_resolution = _FINEST_S
        self._selector = self

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now_s

    def select(self, timeout: float | None) -> Sequence[Any]:
        """What the loop calls to wait: nothing ever arrives from outside, so the time is simply over.

        Raises:
            Standstill: every task waits for another.
        """
        if timeout is None:
            raise Standstill("every task waits for another, and no timer is set")
        self._now_s += max(0.0, timeout)
        return ()

    def jump(self, seconds: float) -> None:
        """Let so much time pass at once, as if every machine had slept; whatever was due meanwhile happens next."""
        self._now_s += seconds

    def _process_events(self, event_list: Sequence[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody else is there to be woken by."""


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run this in a loop of its own, from the first morning on.

    Raises:
        RuntimeError: something failed where nobody was waiting for it.
    """
    unheard: list[dict[str, Any]] = []

    def hear(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if isinstance(context.get("exception", Exception()), Exception):  # what kills a process is no failure
            unheard.append(context)

    loop = VirtualLoop()
    loop.set_exception_handler(hear)
    try:
        done = loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    if unheard:
        raise RuntimeError(f"nobody heard of {unheard}")
    return done


def now_s() -> float:
    """Virtual seconds since the first morning."""
    return asyncio.get_running_loop().time()


def jump(span: timedelta) -> None:
    """Let so much time pass at once."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop), "time can only jump where it is virtual"
    loop.jump(span.total_seconds())


class VirtualClock:
    """One machine's clock, which may go wrong by `skew_s`; its chance is drawn from the seed."""

    def __init__(self, chance: Random, skew_s: float = 0.0) -> None:
        self._chance, self._skew_s = chance, skew_s
        self._ids = 0

    def now(self) -> datetime:
        """See shared.clock.Clock."""
        return FIRST_MORNING + timedelta(seconds=now_s() + self._skew_s)

    def monotonic(self) -> float:
        """See shared.clock.Clock."""
        return now_s()

    def random_bytes(self, count: int) -> bytes:
        """See shared.clock.Clock."""
        return self._chance.randbytes(count)

    def new_id(self) -> str:
        """See shared.clock.Clock."""
        self._ids += 1
        return f"{self._chance.getrandbits(48):012x}-{self._ids}"
