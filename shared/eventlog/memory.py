"""The log's twin in memory, for tests and simulations: the same rules, and it can lose answers when told to."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Literal, NamedTuple, TypeVar

from shared.bus.port import Topic
from shared.eventlog.chain import GENESIS
from shared.eventlog.lookups import checked_rows, lookups_of
from shared.eventlog.memory_tables import MemoryTables, storable
from shared.eventlog.offsets import Stored, check_partitions, offsets_of
from shared.eventlog.port import Blamed, Fenced, LogError, OutcomeUnknown, Unavailable
from shared.eventlog.rows import (
    PENDING,
    Claimed,
    Commit,
    DeadLetter,
    EventRow,
    Loaded,
    OutboxRow,
    ReplyRow,
    StoredDefinition,
    StreamRow,
    TimerRow,
    Wanted,
)
from shared.ids import TenantId
from shared.shapes import Need, Service, Value, Values

PAGE_EVENTS: Final = 500
FIRST_PUT_OFF: Final = timedelta(seconds=30)
LONGEST_PUT_OFF: Final = timedelta(hours=1)

Pause = Callable[[str], Awaitable[None]]
"""Awaited with the name of the point: `commit.before`, `commit.after`, and in a claim also `claim.raised`."""

Trouble = Literal["lost_after", "lost_before", "unavailable"]
"""What happens to a commit: applied but its answer lost, lost without being applied, or turned away."""

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
Key = TypeVar("Key")
Found = TypeVar("Found")


class Position(NamedTuple):
    """Where a partition stands, and who holds it."""

    epoch: int = 0
    owner: str = ""
    event_pos: int = 0
    relayed_pos: int = 0
    chain: bytes = GENESIS
    last_at: datetime = _BEGINNING


class MemoryEventLog:
    """One service's log in memory. It outlives the workers of a simulation; whoever holds it may look inside."""

    def __init__(
        self, service: Service, partitions: int = 8, *, ledger: MemoryEventLog | None = None, pause: Pause | None = None
    ) -> None:
        """An empty log.

        Args:
            service: whose tables may be written.
            partitions: how many.
            ledger: the log whose table `definitions` everybody reads; this one itself if left out.
            pause: awaited before and after each operation; may delay it, or raise to crash the caller there.
        """
        self.partitions = partitions
        self.pause: Pause = pause or _at_once
        self.troubles: deque[Trouble] = deque()
        """What happens to the next commits, one each."""
        self.positions = {part: Position() for part in range(partitions)}
        self.offsets: dict[tuple[int, str], Stored] = {}
        self.events: dict[int, list[EventRow]] = {part: [] for part in range(partitions)}
        self.streams: dict[tuple[int, str], StreamRow] = {}
        self.replies: dict[tuple[int, str, str], ReplyRow] = {}
        self.outbox: dict[tuple[int, int, int], OutboxRow] = {}
        self.timers: dict[tuple[int, str], TimerRow] = {}
        self.fired: set[tuple[int, str]] = set()
        self.dead_letters: dict[tuple[int, int], DeadLetter] = {}
        self._ledger = ledger or self
        self._tables = MemoryTables(service)
        lookups_of(service)
        self._twins = {lookup.name: lookup.twin for lookup in service.lookups}
        self._versions: set[tuple[int, str, int]] = set()

    def table(self, name: str) -> dict[tuple[Value, ...], tuple[Value, ...]]:
        """The rows of a view or private table by their keys, which begin with part and tenant.

        Raises:
            KeyError: the service declares no such table.
        """
        return self._tables.rows[name]

    async def claim(
        self,
        parts: Sequence[int],
        owner: str,
        topics: Mapping[str, Topic],
        *,
        adopt: bool,
        epochs: Mapping[int, int],
        streams: Collection[str] = (),
    ) -> list[Claimed]:
        """As the port says."""
        await self.pause("claim.before")
        check_partitions(topics, self.partitions)
        wanted = sorted(set(parts))
        raised = self._raise_epochs(wanted, owner, epochs)
        await self.pause("claim.raised")
        offsets, adopted = offsets_of(wanted, topics, self.offsets, adopt=topics if adopt else streams)
        for part, topic, cluster, topic_id in adopted:
            self.offsets[part, topic] = Stored(cluster, topic_id, 0)
        claimed = [self._claimed(part, raised[part], offsets[part]) for part in wanted]
        await self.pause("claim.after")
        return claimed

    async def load(self, wanted: Wanted) -> Loaded:
        """As the port says."""
        await self.pause("load.before")
        if not all(storable(text) for key in (*wanted.replies, *wanted.streams, *wanted.marks) for text in key):
            raise Blamed("a key that cannot be looked up: it has a NUL character")
        loaded = Loaded(
            replies=_found(self.replies, wanted.replies),
            streams=_found(self.streams, wanted.streams),
            outbox=_found(self.outbox, wanted.outbox),
        )
        if wanted.timers_due is not None:
            parts, due_at, most = wanted.timers_due
            due = [row for row in self._waiting_timers() if row.part in parts and row.due_at <= due_at]
            loaded.timers = due[:most]
        for part, tenant, id_ in wanted.marks:
            if found := self._tables.marks_of(part, tenant, id_):
                loaded.marks[part, tenant, id_] = found
        if wanted.definitions_after is not None:
            loaded.definitions = self._ledger.definitions(*wanted.definitions_after)
        await self.pause("load.after")
        return loaded

    async def commit(self, commit: Commit) -> None:
        """As the port says; `troubles` says what happens to it."""
        await self.pause("commit.before")
        trouble = self.troubles.popleft() if self.troubles else None
        if trouble == "unavailable":
            raise Unavailable("told to be unavailable")
        if trouble != "lost_before":
            self._check(commit)
            self._apply(commit)
        await self.pause("commit.after")
        if trouble is not None:
            raise OutcomeUnknown(f"told to lose the answer: {trouble}")

    async def look(self, part: int, tenant: TenantId, need: Need) -> list[Values]:
        """As the port says."""
        await self.pause("look.before")
        twin = self._twins.get(need.lookup)
        if twin is None:
            raise LogError(f"the service has no lookup {need.lookup}")
        if not all(map(storable, need.args)):
            raise Blamed("a key that cannot be looked up: it has a NUL character")
        rows = checked_rows(need, list(twin(self._tables.rows, part, tenant, need.args)))
        await self.pause("look.after")
        return rows

    async def history(self, part: int, stream: str) -> AsyncIterator[Sequence[EventRow]]:
        """As the port says."""
        version = 0
        while True:
            await self.pause("history.before")
            rows = (row for row in self.events[part] if row.stream == stream and row.version > version)
            page = list(islice(rows, PAGE_EVENTS))
            await self.pause("history.after")
            if page:
                yield page
            if len(page) < PAGE_EVENTS:
                return
            version = page[-1].version

    async def read(self, part: int, after: int, upto: int) -> AsyncIterator[Sequence[EventRow]]:
        """As the port says."""
        while after < upto:
            await self.pause("read.before")
            page = [row for row in self.events[part][max(after, 0) : max(after, 0) + PAGE_EVENTS] if row.pos <= upto]
            await self.pause("read.after")
            if not page:
                return
            yield page
            after = page[-1].pos

    async def unanswered(self, part: int, after: tuple[int, int], most: int) -> list[OutboxRow]:
        """As the port says."""
        await self.pause("unanswered.before")
        rows = [self.outbox[key] for key in sorted(self.outbox) if key[0] == part and key[1:] > after][:most]
        await self.pause("unanswered.after")
        return rows

    async def overdue(self, parts: Sequence[int], now: datetime, most: int) -> list[OutboxRow]:
        """As the port says."""
        await self.pause("overdue.before")
        waiting = sorted((row.next_at, key) for key, row in self.outbox.items() if key[0] in parts)
        late = sorted(key for next_at, key in waiting[:most] if next_at <= now)
        for key in late:
            row = self.outbox[key]
            put_off = min(FIRST_PUT_OFF * 2 ** min(row.tries, 20), LONGEST_PUT_OFF)
            self.outbox[key] = row._replace(tries=row.tries + 1, next_at=now + put_off)
        told = [self.outbox[key] for key in late]
        await self.pause("overdue.after")
        return told

    async def oldest_unanswered(self, parts: Sequence[int]) -> datetime | None:
        """As the port says."""
        await self.pause("oldest_unanswered.before")
        oldest = min((row.at for row in self.outbox.values() if row.part in parts), default=None)
        await self.pause("oldest_unanswered.after")
        return oldest

    async def prune(self, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        """As the port says."""
        await self.pause("prune.before")
        old = [row for row in self.replies.values() if row.status != PENDING and row.at < replies_before]
        replies = sorted((row for row in old if row.part in parts), key=lambda row: row.at)[:most]
        for reply in replies:
            del self.replies[reply[:3]]
        spent = [self.timers[key] for key in self.fired if key[0] in parts]
        timers = sorted((row for row in spent if row.due_at < replies_before), key=lambda row: row.due_at)
        timers = timers[: most - len(replies)]
        for timer in timers:
            del self.timers[timer[:2]]
            self.fired.remove(timer[:2])
        await self.pause("prune.after")
        return len(replies) + len(timers)

    async def forget(self, parts: Sequence[int], before: datetime, most: int) -> int:
        """As the port says."""
        await self.pause("forget.before")
        forgotten = self._tables.forget(parts, before, most)
        await self.pause("forget.after")
        return forgotten

    def definitions(self, part: int, after: int) -> list[StoredDefinition]:
        """What the table `definitions` of this log holds above `after`, in order; nothing if it has none."""
        rows = []
        for key, values in self._tables.rows.get("definitions", {}).items():
            row = self._tables.named("definitions", key, values)
            if row.pop("part") == part:
                rows.append(StoredDefinition(**row))
        return sorted(row for row in rows if row.seq > after)

    def _raise_epochs(self, parts: Sequence[int], owner: str, epochs: Mapping[int, int]) -> dict[int, int]:
        for part in parts:
            position = self.positions.get(part)
            if position is None or epochs.get(part, position.epoch) != position.epoch:
                raise Fenced(f"partition {part} is not at epoch {epochs.get(part)} any more")
        for part in parts:
            position = self.positions[part]
            self.positions[part] = position._replace(epoch=position.epoch + 1, owner=owner)
        return {part: self.positions[part].epoch for part in parts}

    def _claimed(self, part: int, epoch: int, offsets: Mapping[str, int]) -> Claimed:
        at = self.positions[part]
        due = (row.due_at for row in self._waiting_timers() if row.part == part)
        return Claimed(part, epoch, at.event_pos, at.relayed_pos, at.chain, at.last_at, offsets, next(due, None))

    def _waiting_timers(self) -> list[TimerRow]:
        waiting = (row for key, row in self.timers.items() if key not in self.fired)
        return sorted(waiting, key=lambda row: (row.due_at, row.part, row.id))

    def _check(self, commit: Commit) -> None:
        """Raise whatever PostgreSQL would, before anything is written."""
        for move in commit.positions:
            stands = self.positions.get(move.part)
            if stands is None or (stands.epoch, stands.event_pos) != (move.epoch, move.was_pos):
                raise Fenced(f"partition {move.part} does not stand where this worker left it: {stands}")
        for step in commit.offsets:
            stored = self.offsets.get((step.part, step.topic))
            if stored is None or stored.next_offset != step.was_offset:
                raise Fenced(f"topic {step.topic}, partition {step.part}: the stored offset is not {step.was_offset}")
        self._check_events(commit.events)
        if any(row[:3] in self.outbox for row in commit.outbox):
            raise Blamed("outbox_pkey of outbox: a Send is there already")
        self._tables.check(commit.tables)
        self._tables.check_marks(commit.tables)

    def _check_events(self, events: Sequence[EventRow]) -> None:
        taken = {(row.part, row.stream, row.version) for row in events}
        places = {(row.part, row.pos) for row in events}
        known = any(row.pos <= len(self.events[row.part]) for row in events)
        if known or len(taken) < len(events) or len(places) < len(events) or not taken.isdisjoint(self._versions):
            raise Fenced("somebody has written this already: an event's place or version is taken")

    def _apply(self, commit: Commit) -> None:
        for move in commit.positions:
            at = self.positions[move.part]
            self.positions[move.part] = Position(at.epoch, at.owner, *move[3:])
        for step in commit.offsets:
            stored = self.offsets[step.part, step.topic]
            self.offsets[step.part, step.topic] = stored._replace(next_offset=step.next_offset)
        for event in commit.events:
            self.events[event.part].append(event)
            self._versions.add((event.part, event.stream, event.version))
        self.streams.update({row[:2]: row for row in commit.streams})
        self._apply_conversations(commit)
        self._tables.apply(commit.tables)

    def _apply_conversations(self, commit: Commit) -> None:
        self.replies.update({row[:3]: row for row in commit.replies})
        for reply in commit.freed:
            self.replies.pop(reply, None)
        self.outbox.update({row[:3]: row for row in commit.outbox})
        for send in commit.answered:
            self.outbox.pop(send, None)
        spent = self.fired.union(commit.fired)  # setting again a timer that fires in this very commit does nothing
        self.timers.update({row[:2]: row for row in commit.timers if row[:2] not in spent})
        self.fired.update(key for key in commit.fired if key in self.timers)
        for dead in commit.dead_letters:
            number = 1 + max((known for part, known in self.dead_letters if part == dead.part), default=0)
            self.dead_letters[dead.part, number] = DeadLetter(dead, "open")


def _found(rows: Mapping[Key, Found], keys: Sequence[Key]) -> dict[Key, Found]:
    return {key: rows[key] for key in keys if key in rows}


async def _at_once(_: str) -> None:
    """Outside a simulation nothing is waited for."""
