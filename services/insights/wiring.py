"""How insights are put together: a Faust app and hourly corrections; beside the engines corrections alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.insights.corrector import Corrector
from services.insights.known import Book
from shared.running import Parts, Runnable, run_until_stopped
from shared.settings import WrongSettings

if TYPE_CHECKING:
    from services.insights.streams import Streams


class Insights:
    """Both parts as one."""

    def __init__(self, runnables: Sequence[Runnable], closing: Sequence[Book | Streams]) -> None:
        self._runnables, self._closing = runnables, closing
        self._stopping = asyncio.Event()

    @property
    def trouble(self) -> str | None:
        """Why it is not ready, if it is not."""
        return next((one.trouble for one in self._runnables if one.trouble is not None), None)

    async def run(self) -> None:
        """Follow and correct until stopped."""
        try:
            await run_until_stopped(self._runnables, self._stopping)
        finally:
            for one in self._closing:
                await one.close()

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()


async def wire(parts: Parts) -> Runnable:
    """Insights, ready to run.

    Raises:
        WrongSettings: Faust is not installed.
    """
    if parts.settings.kafka is None or parts.workers:  # a whole town in one process has no environment for Faust
        return Corrector(parts, None)
    try:
        from services.insights.app import Follower
    except ModuleNotFoundError as error:
        raise WrongSettings(
            f"{error.name} is not installed; run insights where `fairground[insights]` is: deploy/setup.sh insights"
        ) from error
    from services.insights.streams import Streams
    from shared.bus.kafka import KafkaBus

    bus = parts.bus
    if not isinstance(bus, KafkaBus):
        raise WrongSettings("FAIRGROUND_KAFKA is set, and the bus is another")
    book = Book(parts.dsn, parts.partitions)
    streams = Streams(bus, parts.dsn, book)
    return Insights((Follower(parts, book, streams), Corrector(parts, streams)), (streams, book))
