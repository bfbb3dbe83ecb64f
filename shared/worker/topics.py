"""Which topics a worker reads: its service's own and, where it has an intake, one of every tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from shared.bus.partition import partition_of_key
from shared.bus.port import Bus, BusError, Topic
from shared.eventlog.port import EventLog
from shared.eventlog.rows import Wanted
from shared.messages.envelope import DEFINITIONS
from shared.shapes import Service
from shared.worker.batch import Outside
from shared.worker.intake import topics_of
from shared.worker.tell import commands_of

RETENTION_MS: Final = 30 * 24 * 3600 * 1000
"""Of the topics that commands and streams come on."""

log = structlog.get_logger(__name__)


class Topics:
    """The topics there are to read, by name. What is wrong with one tenant's is said, and keeps nobody else waiting."""

    def __init__(self, service: Service, bus: Bus, log_: EventLog, outside: Outside) -> None:
        self.own = commands_of(service.name)
        self.home = partition_of_key(DEFINITIONS.encode(), outside.partitions)
        """The partition whose log says what is configured."""
        self.known: dict[str, Topic] = {}
        self._service, self._bus, self._log, self._outside = service, bus, log_, outside
        self._refused: dict[str, str] = {}
        self._looks = 0

    async def begin(self) -> None:
        """Know the service's own topic. Raises BusError if there is none."""
        self.known[self.own] = await self._bus.topic(self.own)

    async def find(self) -> None:
        """Know the streams of the tenants there are now, as the broker has them; what is missing is made.

        Raises:
            Unavailable: the log cannot be reached.
        """
        wanted = await self._wanted()
        unknown = [name for name in wanted if name not in self.known]
        for name in dict.fromkeys([*unknown, *self._next_of(wanted)]):
            await self._add(name)
        for name in self.known.keys() - {self.own, *wanted}:
            del self.known[name]

    def _next_of(self, wanted: Sequence[str]) -> Sequence[str]:
        """One after the other is looked at again, since everybody waits meanwhile."""
        self._looks += 1
        return wanted[self._looks % len(wanted) :][:1] if wanted else ()

    async def _wanted(self) -> list[str]:
        intake, store = self._service.intake, self._outside.definitions
        if intake is None:
            return []
        store.learn((await self._log.load(Wanted(definitions_after=(self.home, store.seq)))).definitions)
        return topics_of(intake, {tenant for tenant, _ in store.every(intake.owners)})

    async def _add(self, name: str) -> None:
        """One that was made anew under its name is another one; one with other partitions cannot be read.

        A broker that does not answer once is no reason to deal everything out anew: what was known stays until the
        second time.
        """
        try:
            await self._bus.ensure({name: self._outside.partitions}, {name: RETENTION_MS})
            self.known[name] = await self._bus.topic(name)
        except BusError as error:
            if name in self._refused:
                self.known.pop(name, None)
            if self._refused.get(name) != str(error):
                self._refused[name] = str(error)
                log.warning("a stream cannot be read", service=self._service.name, topic=name, error=str(error))
        else:
            self._refused.pop(name, None)
