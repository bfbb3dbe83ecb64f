"""Every service in one process, over the memory bus and a database that is there, and a clock to be put forward."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from services.gateway.wiring import Doors
from shared.clock import SystemClock
from shared.running import open_parts
from shared.settings import Settings
from tests.stories.town import PARTITIONS, Town, eventually


class Ahead(SystemClock):
    """A clock that can be put forward."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


@contextlib.asynccontextmanager
async def running(dsn: str, **settings: object) -> AsyncIterator[Town]:
    """Every service over this database."""
    async with gateway(dsn, **settings) as town, town.workers():
        await eventually("the town is ready", town.ready)
        yield town


@contextlib.asynccontextmanager
async def gateway(dsn: str, **settings: object) -> AsyncIterator[Town]:
    """The gateway alone: nobody decides."""
    wanted = Settings(environment="test", postgres=dsn, partitions=PARTITIONS, instance="story")
    parts = await open_parts(wanted.model_copy(update=settings), dsn, PARTITIONS)
    doors = Doors(parts)
    try:
        async with doors.behind(), Town.open(doors, parts) as town:
            yield town
    finally:
        await parts.close()
