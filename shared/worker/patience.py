"""Waits for what cannot be reached, ever longer, until it answers or nobody needs it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from shared.bus.port import BusError
from shared.eventlog.port import Blamed, Unavailable
from shared.worker.rulebook import MustWait

FIRST_BACKOFF_S: Final = 0.1
LONGEST_BACKOFF_S: Final = 5.0

log = structlog.get_logger(__name__)
T = TypeVar("T")


class LettingGo(Exception):
    """The group takes our partitions while a step cannot go on; the step is dropped, nothing of it was committed."""


class Patience:
    """Tries until it works; meanwhile the worker is not ready, and it lets go as soon as it is asked to."""

    def __init__(self, service: str, waiting_for: str) -> None:
        self.waiting_for: str | None = waiting_for
        """Why the worker is not ready, if it is not."""
        self.letting_go = False
        """Whether the group wants the partitions back."""
        self.stopping = asyncio.Event()
        """Whether the worker was told to stop."""
        self._service = service

    async def __call__(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, once it gives it.

        Raises:
            LettingGo: nobody waits for it any more.
        """
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                done = await work()
            except (Blamed, MustWait):
                self._reached(backoff_s)
                raise
            except (Unavailable, BusError) as error:
                if self.letting_go or self.stopping.is_set():
                    raise LettingGo from error
                self.waiting_for = str(error)
                log.warning("waiting", service=self._service, error=str(error), again_in_s=backoff_s)
                await asyncio.sleep(backoff_s)
                backoff_s = min(2 * backoff_s, LONGEST_BACKOFF_S)
            else:
                self._reached(backoff_s)
                return done

    def _reached(self, backoff_s: float) -> None:
        """What was waited for has answered, if it was waited for."""
        if backoff_s > FIRST_BACKOFF_S:
            self.waiting_for = None
