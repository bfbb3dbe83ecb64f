"""Follows the operators' streams and the published facts by Faust, and adds every batch to the figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import faust
import structlog

from services.insights.correction import SCHEMA, SERVICES
from services.insights.figures import Fact, Figure, of_fact, of_streamed, read_published, summed
from services.insights.known import Book
from services.insights.streams import Streams
from services.insights.table import add
from shared.bus.port import BusError
from shared.database import DatabaseError, Pool, Target
from shared.messages.wager import WAGERS
from shared.running import Parts
from shared.worker.tell import events_of

GROUP: Final = "fairground-insights"
MOST_TAKEN: Final = 2_000
WITHIN_S: Final = 0.5
LOOK_S: Final = 5.0
"""Between two looks for streams of new tenants."""
POLL_S: Final = 0.1
AGAIN_S: Final = 1.0
HEARTBEATS_A_SESSION: Final = 10

log = structlog.get_logger(__name__)


class Follower:
    """A part of a process: one Faust app after another, each over the topics that there are."""

    def __init__(self, parts: Parts, book: Book, streams: Streams) -> None:
        self._parts, self._book, self._streams = parts, book, streams
        self._pool = Pool(Target(parts.dsn, SCHEMA, "fairground insights"), most=2)
        self._stopping = asyncio.Event()
        self.trouble: str | None = "nothing is followed yet"
        for name in ("faust", "mode"):
            logging.getLogger(name).setLevel(logging.WARNING)

    async def run(self) -> None:
        """Follow until stopped; what a failing broker or database held up is taken once they are back."""
        try:
            while not self._stopping.is_set():
                topics = await self._topics()
                if topics is not None:
                    await self._follow(topics)
        finally:
            await self._pool.close()

    def stop(self) -> None:
        """End soon: a batch under way is taken again after the next start."""
        self._stopping.set()

    async def _topics(self) -> list[str] | None:
        try:
            streams = await self._streams.slots()
        except (BusError, DatabaseError) as error:
            await self._stumble(error)
            return None
        return sorted({*map(events_of, SERVICES), *(slot.topic for slot in streams)})

    async def _follow(self, topics: list[str]) -> None:
        """Run one app until it ends, or until there are other topics: an app's subscription is fixed by its start."""
        app = self._app(topics)
        try:
            await app.start()
            self.trouble = None
            while not self._stopping.is_set() and not app.should_stop:
                await self._look_around()
                found = await self._topics()
                if found is None:
                    continue
                self.trouble = None
                if found != topics:
                    return
        except Exception as error:  # noqa: BLE001 - whatever Faust raises, the next app begins where this one was
            await self._stumble(error)
        finally:
            await app.stop()

    async def _look_around(self) -> None:
        """Wait until it is time to look for new streams, or to stop."""
        try:
            async with asyncio.timeout(LOOK_S):
                await self._stopping.wait()
        except TimeoutError:
            return

    def _app(self, topics: Sequence[str]) -> Any:
        settings = self._parts.settings
        session_s = settings.session_timeout_ms / 1000
        app = faust.App(
            GROUP,
            broker=";".join(f"kafka://{one}" for one in (settings.kafka or "").split(",")),
            autodiscover=False,
            broker_session_timeout=session_s,
            broker_heartbeat_interval=session_s / HEARTBEATS_A_SESSION,
            consumer_auto_offset_reset="earliest",
            set_as_current=False,
            store="memory://",
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
        )
        for name in topics:
            topic = app.topic(name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
            app.agent(topic, name=f"{SCHEMA}.{name}")(self._agent(name))
        return app

    def _agent(self, topic: str) -> Callable[[Any], Awaitable[None]]:
        async def follow(stream: Any) -> None:
            batches: AsyncIterator[Sequence[bytes]] = stream.take(MOST_TAKEN, within=WITHIN_S)
            async for batch in batches:
                await self._take(topic, batch)

        return follow

    async def _take(self, topic: str, batch: Sequence[bytes]) -> None:
        """Add one batch, however often that has to be tried. Faust counts it as read only afterwards.

        A stop while PostgreSQL is away loses it; the correction finds it in the log.
        """
        while True:
            try:
                await add(self._pool, summed(await self._figures(topic, batch)))
            except DatabaseError as error:
                await self._stumble(error)
                if self._stopping.is_set():
                    return
            else:
                self.trouble = None
                return

    async def _figures(self, topic: str, batch: Sequence[bytes]) -> list[Figure]:
        if topic.startswith(WAGERS):
            now, tenant = self._parts.clock.now(), topic.removeprefix(WAGERS)
            return self._each(topic, batch, lambda raw: of_streamed(raw, tenant, now))
        facts: list[Fact] = self._each(topic, batch, lambda raw: [fact] if (fact := read_published(raw)) else [])
        await self._book.prepare(facts)
        return [figure for fact in facts for figure in of_fact(fact, self._book)]

    def _each(self, topic: str, batch: Sequence[bytes], read: Callable[[bytes], list[Any]]) -> list[Any]:
        """What all messages tell; those that tell nothing are counted, and dead letters of the engines."""
        found: list[Any] = []
        unfit = 0
        for raw in batch:
            try:
                found += read(raw)
            except (ValueError, TypeError):
                unfit += 1
        messages = self._parts.metrics.insights_messages
        messages.of(topic, "unfit").inc(unfit)
        messages.of(topic, "read").inc(len(batch) - unfit)
        return found

    async def _stumble(self, error: Exception) -> None:
        self.trouble = str(error) or type(error).__name__
        log.warning("figures are not followed", error=self.trouble)
        await asyncio.sleep(AGAIN_S)
