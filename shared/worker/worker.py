"""One loop: fetch what is wished, load what is known, decide, commit everything at once, and only then tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

import structlog

from shared.bus.port import Bus, Incoming, OffsetLost, Slot, Topic
from shared.clock import Clock
from shared.definitions import DefinitionStore
from shared.eventlog.port import Blamed, EventLog, Fenced, OutcomeUnknown, Unavailable
from shared.eventlog.rows import Commit
from shared.shapes import Service
from shared.telemetry import Metrics, Step
from shared.worker.batch import Batch, Outside
from shared.worker.chores import Chores
from shared.worker.claiming import catch_up, claim, recognises
from shared.worker.counting import count
from shared.worker.intake import read_streamed
from shared.worker.items import Ask, Item, Poison, Ready, part_of, portions, read
from shared.worker.loading import Loader, Memory
from shared.worker.partition import Owned
from shared.worker.patience import LettingGo, Patience
from shared.worker.places import placed
from shared.worker.points import PassBy, Points
from shared.worker.publishing import publish
from shared.worker.ranks import RankWriter
from shared.worker.rulebook import MustWait, Rulebook
from shared.worker.timers import Timers
from shared.worker.topics import Topics

FETCH_WAIT_S: Final = 0.5
TOPICS_EVERY_S: Final = 5.0
"""How soon a new tenant's stream is read."""
NEXT_CLAIM: Final = "the next claim"

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class Limits:
    """What an operator may set about a worker."""

    reply_retention: timedelta = timedelta(days=40)
    """How long a final answer can be repeated; longer than any Send is told again or lies in a command topic."""
    adopt: bool = False
    """Begin where the broker begins if an offset belongs to another cluster or topic, or if the broker lost it."""


class Worker:
    """Decides for the partitions it owns of one service. It is the keeper of its bus member."""

    def __init__(
        self,
        service: Service,
        bus: Bus,
        log_: EventLog,
        outside: Outside,
        *,
        clock: Clock,
        metrics: Metrics,
        name: str,
        points: Points | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.name = name
        self.owned: dict[int, Owned] = {}
        self.rung = asyncio.Event()
        """Set when a Send to the outside stands; whoever leases those clears it."""
        self._rulebook = Rulebook(service)
        self._bus, self._log, self._outside = bus, log_, outside
        self._clock, self._metrics = clock, metrics
        self._points = points or PassBy()
        self._limits = limits or Limits()
        self._memory = Memory()
        self._loader = Loader(log_, self._rulebook, self._memory, self._points)
        self._topics = Topics(service, bus, log_, outside)
        self._member = bus.member(f"fairground.{service.name}", name, [self._topics.own])
        self._floor = asyncio.Lock()
        """Held by a turn of the loop, and by the group while partitions change hands."""
        self._subscribed: dict[str, Topic] = {}
        """What the member reads, and must be told where to read on; `_topics` may know better already."""
        self._patiently = Patience(service.name, NEXT_CLAIM)
        self._ranks = RankWriter(service, outside.ranks, clock, metrics)
        self._timers = Timers(log_, self._member, clock, self._rulebook, self._topics.own)
        self._chores = Chores(
            service, log_, bus, self._member, clock=clock, metrics=metrics, retention=self._limits.reply_retention
        )

    async def run(self) -> None:
        """Work until stopped.

        Raises:
            BusError, LogError: something that only people can mend; the text says what.
        """
        await self._topics.begin()
        self._subscribed = dict(self._topics.known)
        with suppress(LettingGo):
            await self._patiently(self._find_topics)
        await self._member.start(self)
        try:
            while not self._patiently.stopping.is_set():
                await self._turn()
        finally:
            await self._member.stop()
            self._patiently.waiting_for = "nothing: it is stopped"

    def stop(self) -> None:
        """End after the turn that is under way."""
        self._patiently.stopping.set()

    @property
    def definitions(self) -> DefinitionStore:
        """What it has heard of everything that is configured; others of its process may look into it."""
        return self._outside.definitions

    @property
    def trouble(self) -> str | None:
        """Why this worker is not ready, if it is not."""
        halted = next((owned.halted for owned in self.owned.values() if owned.halted), None)
        return halted or (f"waiting for {self._patiently.waiting_for}" if self._patiently.waiting_for else None)

    def lags(self) -> Mapping[Slot, int]:
        """How many commands wait in each owned partition; streams may lag behind without keeping anybody waiting."""
        return {slot: lag for slot, lag in self._member.lags().items() if slot.topic == self._topics.own}

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        """Claim these partitions and tell again whatever was not answered, before anything new."""
        async with self._floor:
            self._patiently.letting_go = False
            self._points.reach("claiming")
            claimed = await self._patiently(lambda: self._claimed(parts, {}))
            streams, adopt = self._subscribed.keys() - {self._topics.own}, self._limits.adopt
            await self._patiently(lambda: placed(self._log, self._member, claimed, adopt=adopt, streams=streams))
            self._points.reach("claimed")
            for one in claimed:
                await self._patiently(partial(self._catch_up, one))
                self.owned[one.part] = one
            self._points.reach("caught_up")
            self._patiently.waiting_for = None
        log.info("partitions gained", service=self._rulebook.service.name, parts=sorted(parts))
        return {Slot(topic, one.part): offset for one in claimed for topic, offset in one.offsets.items()}

    async def _claimed(self, parts: frozenset[int], epochs: Mapping[int, int]) -> list[Owned]:
        topics, adopt = self._subscribed, self._limits.adopt or self._bus.forgetful
        streams = topics.keys() - {self._topics.own}
        return await claim(self._log, parts, self.name, topics, adopt=adopt, epochs=epochs, streams=streams)

    async def _catch_up(self, one: Owned) -> None:
        now, retention = self._clock.now(), self._limits.reply_retention
        await catch_up(self._log, self._bus, self._rulebook, one, now=now, retention=retention)

    async def lost(self, parts: frozenset[int]) -> None:
        """Drop all that is held of these partitions; the loop stands still until the next claim."""
        self._patiently.letting_go = True
        async with self._floor:
            self._patiently.letting_go = False
            self._memory.clear()
            for part in parts:
                self.owned.pop(part, None)
            self._patiently.waiting_for = NEXT_CLAIM
        log.info("partitions lost", service=self._rulebook.service.name, parts=sorted(parts))

    async def _turn(self) -> None:
        try:
            async with self._floor:
                messages = await self._timed("fetch", self._member.fetch(self._timers.wait_s(self.owned, FETCH_WAIT_S)))
                await self._step(messages)
                await self._chores.do(self.owned, self._patiently)
                if self._chores.due("topics", TOPICS_EVERY_S):
                    await self._patiently(self._find_topics)
        except LettingGo:
            log.info("a step was dropped because its partitions are going", service=self._rulebook.service.name)
        except OffsetLost as error:  # the next claim tells whether that may begin anew
            log.warning("an offset is lost", service=self._rulebook.service.name, error=str(error))
            await self._member.rejoin()
        except Fenced as error:
            await self._retire(error)

    async def _find_topics(self) -> None:
        """Read the topics there are now. One that was made anew under its name is claimed anew."""
        await self._topics.find()
        if self._topics.known != self._subscribed:
            again = self._topics.known.keys() == self._subscribed.keys()
            await (self._member.rejoin() if again else self._member.subscribe(list(self._topics.known)))
            self._subscribed = dict(self._topics.known)

    async def _retire(self, error: Fenced) -> None:
        """Somebody else holds what we thought was ours: we are a zombie, and let everything go."""
        self._metrics.fenced.of(self._rulebook.service.name).inc()
        log.warning("fenced", service=self._rulebook.service.name, error=str(error))
        self._memory.clear()
        self.owned.clear()
        self._patiently.waiting_for = NEXT_CLAIM
        await self._member.rejoin()

    async def _step(self, messages: Sequence[Incoming]) -> None:
        waiting: set[int] = set()
        items = await self._with_timers(self._read(messages), waiting)
        if items:
            self._metrics.batch_messages.of(self._rulebook.service.name).observe(len(items))
            self._points.reach("fetched")
            for some in portions(items, self._rulebook.asking):
                await self._handle(some, waiting)

    async def _with_timers(self, items: list[Item], waiting: set[int]) -> list[Item]:
        while True:
            try:
                return await self._patiently(partial(self._timers.among, items, self.owned))
            except MustWait as error:
                self._halt(error)
                waiting.add(error.part)
                items = [item for item in items if part_of(item) != error.part]

    def _read(self, messages: Sequence[Incoming]) -> list[Item]:
        items: list[Item] = []
        for message in messages:
            owned = self.owned.get(message.part)
            if owned is None or owned.halted or message.offset < owned.offsets[message.topic]:
                continue
            try:
                items.append(self._read_one(message))
            except MustWait as error:
                self._halt(error)
        return items

    def _read_one(self, message: Incoming) -> Item:
        intake = self._rulebook.service.intake
        if intake is None or message.topic == self._topics.own:
            return read(message, self._rulebook, self._outside.partitions)
        return read_streamed(message, intake, self._outside.partitions)

    def _halt(self, error: MustWait) -> None:
        self.owned[error.part].halted = str(error)
        self._member.halt(error.part)
        log.error("partition halted", service=self._rulebook.service.name, part=error.part, reason=str(error))

    async def _handle(self, items: list[Item], waiting: set[int]) -> None:
        """Decide and commit them, finding by halving the one that the tables will not take.

        Args:
            items: in order.
            waiting: partitions that turned out to hold what this version cannot read; nothing more of them is handled.
        """
        try:
            await self._attempt(items, waiting)
        except Blamed as error:
            if len(items) == 1:
                await self._attempt([_poisoned(items[0], str(error))], waiting)
                return
            middle = len(items) // 2
            await self._handle(items[:middle], waiting)
            await self._handle(items[middle:], waiting)

    async def _attempt(self, items: list[Item], waiting: set[int]) -> None:
        """One batch through load, decide, commit and tell; again for as long as the log cannot be reached."""
        while ready := [item for item in items if part_of(item) not in waiting]:
            try:
                batch = await self._patiently(partial(self._committed, ready))
            except MustWait as error:
                self._halt(error)
                waiting.add(error.part)
                continue
            self._points.reach("committed")
            self._accept(batch)
            await self._ranks.write(batch.folding.tables, self.owned)
            await self._tell(batch)
            self._points.reach("told")
            return

    async def _committed(self, items: list[Item]) -> Batch:
        """What was decided, once it stands.

        Raises:
            Unavailable: it does not; the same messages have to be decided anew.
            Fenced, Blamed, MustWait, LettingGo
        """
        batch, commit = await self._decided(items)
        try:
            await self._timed("commit", self._log.commit(commit))
        except OutcomeUnknown as error:
            log.warning("commit outcome unknown", service=self._rulebook.service.name, error=str(error))
            if not await self._applied(commit):
                raise Unavailable("the connection was lost before the commit was applied") from error
        return batch

    async def _decided(self, items: list[Item]) -> tuple[Batch, Commit]:
        store = self._outside.definitions
        ready, knowledge = await self._timed("load", self._loader.load(items, (self._topics.home, store.seq)))
        self._points.reach("loaded")
        started = self._clock.monotonic()
        store.learn(knowledge.loaded.definitions)
        batch = Batch(self._rulebook, self._outside, self.owned, knowledge.loaded, knowledge.state, self._clock.now())
        ready = await self._looked_up(batch, ready)
        batch.run(ready)
        commit = batch.commit()
        self._metrics.step(self._rulebook.service.name, "decide").observe(self._clock.monotonic() - started)
        self._points.reach("decided")
        return batch, commit

    async def _looked_up(self, batch: Batch, items: list[Ready]) -> list[Ready]:
        """Give the batch what its only wish asks of the views; a wish that cannot say what goes to the dead letters."""
        match items:
            case [Ask() as ask] if ask.command.wire in self._rulebook.asking and not batch.answers.knows(ask):
                try:
                    need = batch.need(ask)
                except Exception as error:  # noqa: BLE001 - whatever a decider raises, its neighbours go on
                    return [_poisoned(ask, f"{type(error).__name__}: {error}")]
                if need is not None:
                    batch.rows = tuple(await self._log.look(ask.part, ask.tenant, need))
        return items

    async def _applied(self, commit: Commit) -> bool:
        """Claim anew, and tell by the chain whether our own commit stands."""
        self._memory.clear()
        epochs = {move.part: self.owned[move.part].epoch for move in commit.positions}
        claimed = await self._patiently(lambda: self._claimed(frozenset(epochs), epochs))
        applied = recognises(commit, claimed)
        for one in claimed:
            if not applied:
                one.relayed_pos, one.halted = self.owned[one.part].relayed_pos, self.owned[one.part].halted
                self.owned[one.part] = one
            else:
                self.owned[one.part].epoch = one.epoch
        return applied

    def _accept(self, batch: Batch) -> None:
        """The commit stands: the drafts are the truth now."""
        for part, draft in batch.owned.items():
            draft.epoch = self.owned[part].epoch
            draft.stored_relayed_pos = draft.relayed_pos
            self.owned[part] = draft
        for key, folded in batch.folding.states().items():
            self._memory.states.put(key, folded)
        for send, row in batch.kept_sends.items():
            self._memory.sends.put(send, row)
        for send in batch.answered_sends:
            self._memory.sends.forget(send)
        for timer in batch.set_timers:
            owned = self.owned[timer.part]
            owned.next_timer_at = min(owned.next_timer_at or timer.due_at, timer.due_at)
        if batch.goes_outside:
            self.rung.set()
        count(self._metrics, self._rulebook.service.name, batch)

    async def _tell(self, batch: Batch) -> None:
        messages = batch.messages()
        if messages:
            await self._patiently(
                lambda: self._timed("tell", publish(self._bus, messages, self._rulebook.service.name))
            )
        for part in batch.owned:
            owned = self.owned[part]
            owned.relayed_pos = owned.event_pos

    async def _timed(self, step: Step, work: Awaitable[T]) -> T:
        started = self._clock.monotonic()
        try:
            return await work
        finally:
            self._metrics.step(self._rulebook.service.name, step).observe(self._clock.monotonic() - started)


def _poisoned(item: Item, reason: str) -> Poison:
    """The message that the tables will not take, on its way to the dead letters."""
    return Poison(item.source, reason, item if isinstance(item, Ask) else None)
