"""The whole town in one thread: every service twice, over logs that outlive them and a broker that does not."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from datetime import timedelta
from random import Random
from typing import Any, Final

from services.leaderboards.registry import service as leaderboards
from services.ledger.registry import service as ledger
from services.rgs.leases import MemoryLeases
from services.rgs.registry import service as rgs
from shared.bus.port import Outgoing
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import OutboxRow, TimerRow
from shared.messages.tournament import TellClosed
from shared.messages.wager import WAGERS
from shared.ranks.memory import MemoryRanks
from shared.shapes import Service
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.tell import commands_of, events_of, is_leased, send_id_of
from shared.worker.worker import Limits, Worker
from tests.simulation.bank import Bank
from tests.simulation.calling import Office, office_of
from tests.simulation.chaos_bus import REPLIES, Broker, ChaosBus
from tests.simulation.chaos_log import ChaosLog
from tests.simulation.clients import Died, Door, Violation
from tests.simulation.engines import engines
from tests.simulation.faults import Faults, Killed, Life
from tests.simulation.follower import Follower
from tests.simulation.judge import Judge
from tests.simulation.loop import VirtualClock
from tests.simulation.operators import Operator
from tests.simulation.parlour import service as parlour
from tests.simulation.ranked import ChaosRanks, Onlookers
from tests.simulation.reading import Reading
from tests.simulation.seed_chain import seeds_of as seeds_of
from tests.simulation.tournaments import stalled

SERVICES: Final = (ledger, engines, leaderboards, parlour)
ALL: Final = (*SERVICES, rgs)
"""With the tables, at which only some towns play."""
PARTITIONS: Final = 4
WORKERS_EACH: Final = 2
SESSION_S: Final = 3.0
LONGEST_FREEZE_S: Final = 10.0
MOST_SKEW_S: Final = 1.5
FAR: Final = timedelta(hours=1)
"""Nobody stays up for a timer that is due so late."""


class Process:
    """One worker's process: it can die, and be started again under its name."""

    def __init__(self, town: Town, service: Service, name: str) -> None:
        self.name = name
        self.life = Life(name, town.faults)
        self.worker: Worker | None = None
        self._town, self._service = town, service
        self._bus: ChaosBus | None = None
        self._runs: Worker | Office | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs and nothing is wrong with it, as far as itself can tell."""
        return self._task is not None and not self._task.done() and not self.life.dead

    def start(self) -> None:
        """Start it."""
        town = self._town
        self.life = Life(self.name, town.faults)
        if self in town.victims:
            self.life.on_death = lambda: town.spawn(self.revive())
            self.life.on_freeze = lambda: town.spawn(self.freeze(town.chance.uniform(0.3, LONGEST_FREEZE_S)))
        self._bus = ChaosBus(town.broker, self.life, town.judge.saw)
        clock = VirtualClock(town.chance, town.skew_s())
        log = ChaosLog(town.logs[self._service.name], self.life)
        self._runs = self.worker = Worker(
            self._service,
            self._bus,
            log,
            Outside(PARTITIONS, DefinitionStore(), seeds_of, ChaosRanks(town.ranks, self.life)),
            clock=clock,
            metrics=town.metrics,
            name=self.name,
            limits=town.limits,
        )
        if town.bank is not None and self._service is rgs:
            leases, metrics = town.leases, town.metrics
            self._runs = office_of(self.worker, log, self._bus, self.life, leases, town.bank, clock, metrics)
        self._task = asyncio.get_running_loop().create_task(self._run(self._runs))

    async def _run(self, runs: Worker | Office) -> None:
        try:
            await runs.run()
        except Killed:
            pass
        except Violation as violation:
            self._town.judge.condemn(violation)
        except Exception as error:  # noqa: BLE001 - whatever ends a worker that nobody killed is a finding
            self._town.judge.condemn(Died(f"{self.name} ended: {error!r}"))

    async def kill(self) -> None:
        """At whatever it awaits, it dies; what it had sent off may still arrive."""
        self.life.kill()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def revive(self) -> None:
        """Start a dead one again, before or after its group has given it up."""
        life, out_s = self.life, self._town.chance.uniform(0.1, 2 * SESSION_S)
        await asyncio.sleep(min(out_s, SESSION_S))
        if out_s > SESSION_S and self._town.standing and self.life is life:
            await self.expire()
            await asyncio.sleep(out_s - SESSION_S)
        if self.life is life and self._town.standing:
            await self.kill()
            self.start()

    async def expire(self) -> None:
        """The group no longer waits for it."""
        if self._bus is not None and self._bus.joined is not None:
            await self._bus.joined.evict()

    async def freeze(self, for_s: float) -> None:
        """It stands still; if that takes longer than its session, others take over, and it does not know."""
        life, member = self.life, self._bus.joined if self._bus else None
        life.freeze()
        self._town.faults.counts["freezes"] += 1
        await asyncio.sleep(min(for_s, SESSION_S))
        evicted = for_s > SESSION_S and not life.dead
        if evicted and member is not None:
            self._town.faults.counts["zombies"] += 1
            self._town.spawn(member.evict())
            await asyncio.sleep(for_s - SESSION_S)
        life.thaw()
        if evicted and member is not None:
            await asyncio.sleep(self._town.chance.uniform(0.0, 1.5))
            if not life.dead:
                await member.return_()

    async def stop(self) -> None:
        """It ends in peace."""
        if self._runs is not None and self._task is not None:
            self._runs.stop()
            await asyncio.wait([self._task])


class Town:
    """Everything there is."""

    def __init__(self, chance: Random, faults: Faults, *, skewed: bool, limits: Limits, gambling: bool = False) -> None:
        self.services = ALL if gambling else SERVICES
        self.bank = Bank(faults) if gambling else None
        self.chance, self.faults, self.skewed, self.limits = chance, faults, skewed, limits
        self.metrics = Metrics()
        self.logs = self._new_logs()
        self.door = Door(PARTITIONS, faults)
        self.operator = Operator(PARTITIONS, chance)
        readings = {s.name: Reading(s, self.logs[s.name]) for s in ALL}
        self.judge = Judge(readings, self.door, PARTITIONS, self.operator.said, self.bank)
        if self.bank is not None:
            self.bank.overhears = self.judge.overheard
        self.follower = Follower()
        self.clock = VirtualClock(chance)
        self.leases = MemoryLeases(self.logs[rgs.name], self.clock)
        self.ranks = MemoryRanks(self.clock)
        self.onlookers = Onlookers(self.ranks, self.logs[leaderboards.name], faults)
        self.processes = [Process(self, s, f"{s.name}-{n}") for s in self.services for n in range(WORKERS_EACH)]
        self.victims = self._some_services()
        """Only these ever die or stand still by themselves: what a death breaks shows best to who lives on."""
        self.standing = False
        self._brokers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self.broker = self._new_broker()

    def _new_logs(self) -> dict[str, MemoryEventLog]:
        books = MemoryEventLog(ledger, PARTITIONS, pause=self._pause)
        others = {s.name: MemoryEventLog(s, PARTITIONS, ledger=books, pause=self._pause) for s in ALL[1:]}
        return {ledger.name: books, **others}

    def _some_services(self) -> list[Process]:
        all_ = self.services
        names = [service.name for service in self.chance.sample(all_, self.chance.randint(1, len(all_)))]
        return [process for process in self.processes if process.name.partition("-")[0] in names]

    async def _pause(self, point: str) -> None:
        if point == "claim.raised":
            await asyncio.sleep(self.chance.uniform(0.0, 0.5))

    def _new_broker(self) -> Broker:
        self._brokers += 1
        return Broker(self.clock.now, self._brokers, self._appended)

    def _appended(self, message: Outgoing) -> None:
        self.follower.saw(message)
        self.judge.appended(message)

    def skew_s(self) -> float:
        """How wrong a machine's clock is."""
        return self.chance.uniform(-MOST_SKEW_S, MOST_SKEW_S) if self.skewed else 0.0

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let this go on by itself until the town is gone."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def rise(self) -> None:
        """A broker without memory, and everybody started on it."""
        names = [topic for s in self.services for topic in (commands_of(s.name), events_of(s.name))]
        await self.broker.ensure({**dict.fromkeys(names, PARTITIONS), REPLIES: 1})
        tail = self.broker.tail(REPLIES, 0)
        await tail.start()
        self._listening = asyncio.get_running_loop().create_task(self.door.listen(tail))
        self.door.connect(ChaosBus(self.broker, Life("door", self.faults), lambda _: None))
        self.operator.connect(ChaosBus(self.broker, Life("operator", self.faults), lambda _: None))
        for process in self.processes:
            process.start()
        self.standing = True

    async def fall(self) -> None:
        """Everybody dies, and the broker with everything that was said."""
        self.standing = False
        self.door.connect(None)
        self.operator.connect(None)
        for process in self.processes:
            await process.kill()
        if self._listening is not None:
            self._listening.cancel()
        self.judge.forget(self.broker)
        await self.broker.stop()
        self.broker = self._new_broker()

    async def end(self) -> None:
        """Stop everybody, and leave nothing behind."""
        self.standing = False  # who died a moment ago is not started again
        for process in self.processes:
            if process.alive:
                await process.stop()
            else:
                await process.kill()
        await self.broker.stop()
        self.judge.forget(self.broker)
        left = [*self._tasks, *self.faults.ghosts, *([self._listening] if self._listening else [])]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def stuck(self) -> dict[str, OutboxRow]:
        """The Sends, by their ids, that by any clock are too old to be told again: they are left to people."""
        before = self.clock.now() - self.limits.reply_retention / 2 - timedelta(seconds=2 * MOST_SKEW_S)
        return {
            send_id_of(name, *send): row
            for name, log in self.logs.items()
            for send, row in log.outbox.items()
            if row.at < before and not is_leased(row)
        }

    def may_wait(self, timer: TimerRow, late: Collection[str]) -> bool:
        """Whether this timer may still wait when the town is at rest.

        It is due on another day, or it looks whether one of the tournaments has closed that are `late`, because they
        wait for people.
        """
        looks = timer.type == TellClosed.wire and timer.key in late
        return looks or timer.due_at > self.clock.now() + FAR

    @property
    def restless(self) -> str | None:
        """What has not come to rest yet, if anything."""
        if unread := self._unread():
            return unread
        stuck = self.stuck()
        late = stalled(stuck.values())
        for name, log in self.logs.items():
            for (part, topic), stored in log.offsets.items():
                if stored.next_offset < self.broker.ends[part, topic]:
                    return f"{topic}[{part}] is read up to {stored}"
            sends = [send for send in log.outbox if send_id_of(name, *send) not in stuck]
            ticking = [row for key, row in log.timers.items() if key not in log.fired and not self.may_wait(row, late)]
            if sends or ticking:
                return f"{name} has Sends {sends} and timers {ticking}"
            for part, stands in log.positions.items():
                if not stands.relayed_pos == stands.event_pos == self.follower.seen[name, part]:
                    return f"{name}/{part} stands at {stands}, its follower at {self.follower.seen[name, part]}"
        return None

    def _unread(self) -> str | None:
        """What of the stream has not been written or not been read."""
        if self.operator.behind:
            return "the operator still writes"
        for (part, topic), end in self.broker.ends.items():
            stored = self.logs[engines.name].offsets.get((part, topic))
            reached = stored is not None and stored[1:] == (self.broker.id_of(topic), end)
            if topic.startswith(WAGERS) and end and not reached:
                return f"{topic}[{part}] is read up to {stored} of {end}"
        return None
