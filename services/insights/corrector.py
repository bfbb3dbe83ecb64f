"""Corrects the figures again and again: hourly beside a stream, every minute where there is none."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from services.insights.correction import Correction
from services.insights.figures import minute_of
from shared.bus.port import BusError
from shared.database import DatabaseError
from shared.running import Parts

LIVE_EVERY_S: Final = 60.0
AGAIN_S: Final = 5.0
"""After a trouble."""
MINUTE: Final = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Gate(Protocol):
    """What a correction waits for."""

    async def passed(self) -> bool:
        """Whether the logs hold everything that the streams held when this was asked. Raises BusError."""
        ...


class Corrector:
    """A part of a process."""

    def __init__(self, parts: Parts, gate: Gate | None) -> None:
        """Wait for `gate` before each correction; without one there is no stream, and open minutes are made, too."""
        self._parts, self._gate = parts, gate
        self._correction = Correction(parts.dsn, parts.partitions)
        self._stopping = asyncio.Event()
        self.trouble: str | None = None

    async def run(self) -> None:
        """Correct, wait, and correct again, until stopped."""
        settings = self._parts.settings
        every_s = LIVE_EVERY_S if self._gate is None else settings.insights_correct_every_s
        try:
            while not self._stopping.is_set():
                done = await self._once()
                await self._pause(every_s if done else AGAIN_S)
        finally:
            await self._correction.close()

    def stop(self) -> None:
        """End soon: a window under way stays as it was."""
        self._stopping.set()

    async def _once(self) -> bool:
        now = self._parts.clock.now()
        try:
            windows = await self._corrected(now)
            if windows is None:
                log.warning("nothing is corrected: the engines have not read yet what operators have sent")
                return False
            await self._correction.forget(now - timedelta(days=self._parts.settings.insights_keep_days))
        except (DatabaseError, BusError) as error:
            self.trouble = str(error)
            log.warning("the figures are not corrected", error=self.trouble)
            return False
        self.trouble = None
        log.info("figures were corrected", windows=windows)
        return True

    async def _corrected(self, now: datetime) -> int | None:
        """How many windows were made anew; None if the engines are behind."""
        if self._gate is None:
            return await self._correction.run(self._closed(now), minute_of(now) + MINUTE)
        asked = await self._correction.moment()  # what is heard later may be sent later than what the gate looks at
        return await self._correction.run(self._closed(now), read_to=asked) if await self._gate.passed() else None

    def _closed(self, now: datetime) -> datetime:
        return minute_of(now - timedelta(seconds=self._parts.settings.insights_closed_after_s))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
