"""What a batch needs to know is asked for in one round trip, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from shared.eventlog.port import EventLog
from shared.eventlog.rows import EventRow, Loaded, OutboxRow, StreamRow, Wanted
from shared.shapes import Decider
from shared.streams import Stream
from shared.worker.cache import MOST_SENDS, MOST_STATES, Recent
from shared.worker.folding import Folded
from shared.worker.intake import gathered
from shared.worker.items import Answered, Ask, Bulk, Item, Poison, Ready, follow_up
from shared.worker.points import RELOAD_POINT, Points
from shared.worker.rulebook import MustWait, Rulebook

Name = tuple[int, str]
T = TypeVar("T")


class Memory:
    """States and Sends that this worker used lately. As the only writer of its partitions it may trust them."""

    def __init__(self) -> None:
        self.states: Recent[Name, Folded] = Recent(MOST_STATES)
        self.sends: Recent[tuple[int, int, int], OutboxRow] = Recent(MOST_SENDS)

    def clear(self) -> None:
        """Forget everything: somebody else may have written."""
        self.states.clear()
        self.sends.clear()


class Knowledge:
    """What one batch knows. A stream that was not asked for is an error, never a guess."""

    def __init__(self) -> None:
        self.loaded = Loaded()
        self.states: dict[Name, Folded] = {}

    def state(self, part: int, name: str) -> Folded:
        """The stream's version and state. Raises LookupError if nobody asked for it."""
        try:
            return self.states[part, name]
        except KeyError:
            raise LookupError(f"{name} was not named by the decider's streams()") from None


class Loader:
    """Fills a batch's knowledge from memory and, for the rest, from the log."""

    def __init__(self, log: EventLog, rulebook: Rulebook, memory: Memory, points: Points) -> None:
        self._log, self._rulebook, self._memory, self._points = log, rulebook, memory, points

    async def load(self, items: list[Item], definitions_after: tuple[int, int]) -> tuple[list[Ready], Knowledge]:
        """What is to be decided, and what is known of it.

        Answers have become the wishes that waited for them, and what streamed in has been put together.

        One round trip; a second one if an answer's Send has left the memory.

        Raises:
            MustWait: a stored follow-up, state or fact is of a kind that this version does not know.
            Unavailable: the log cannot be reached.
        """
        knowledge, sends = Knowledge(), self._remembered(items)
        missing = {i.send for i in items if isinstance(i, Answered)} - sends.keys()
        put_together = gathered(items, self._rulebook.service.intake)
        ready = self._resolved(put_together, sends)
        wanted = self._wanted(ready, knowledge)
        wanted.outbox, wanted.definitions_after = sorted(missing), definitions_after
        await self._ask(wanted, knowledge)
        if knowledge.loaded.outbox:
            sends.update(knowledge.loaded.outbox)
            ready = self._resolved(put_together, sends)
            self._points.reach(RELOAD_POINT)
            await self._ask(self._wanted(ready, knowledge), knowledge)
        knowledge.loaded.outbox.update(sends)
        return ready, knowledge

    def _remembered(self, items: Iterable[Item]) -> dict[tuple[int, int, int], OutboxRow]:
        rows = ((i.send, self._memory.sends.get(i.send)) for i in items if isinstance(i, Answered))
        return {send: row for send, row in rows if row is not None}

    def _resolved(self, items: list[Ready], sends: dict[tuple[int, int, int], OutboxRow]) -> list[Ready]:
        return [self._resolve(item, sends.get(item.send)) if isinstance(item, Answered) else item for item in items]

    def _resolve(self, answered: Answered, row: OutboxRow | None) -> Ready:
        if row is None:
            return answered
        try:
            return follow_up(answered, row, self._rulebook) or answered
        except (TypeError, ValueError) as error:
            return Poison(answered.source, f"the follow-up of {answered.reply.id} cannot be read: {error}")

    def _wanted(self, items: Iterable[Ready], knowledge: Knowledge) -> Wanted:
        replies: dict[tuple[int, str, str], None] = {}
        streams: dict[Name, None] = {}
        marks: dict[tuple[int, str, str], None] = {}
        known = knowledge.loaded.marks
        for item in items:
            if isinstance(item, Ask) and (key := (item.part, *item.wish)) not in knowledge.loaded.replies:
                replies[key] = None
            ask = item.ask if isinstance(item, Bulk) else item
            if isinstance(ask, Ask):
                for stream in self._streams(ask):
                    self._want((ask.part, stream.named(ask.tenant)), knowledge, streams)
                marks.update(((ask.part, ask.tenant, id_), None) for id_ in self._rulebook.ids(ask.command))
        return Wanted(replies=list(replies), streams=list(streams), marks=[id_ for id_ in marks if id_ not in known])

    def _streams(self, ask: Ask) -> tuple[Stream[Any], ...]:
        try:
            return self._rulebook.streams(ask.command)
        except Exception:  # noqa: BLE001 - the decision will raise the same, and there it is blamed on the message
            return ()

    def _want(self, name: Name, knowledge: Knowledge, streams: dict[Name, None]) -> None:
        if name in knowledge.states:
            return
        remembered = self._memory.states.get(name)
        if remembered is None:
            streams[name] = None
        else:
            knowledge.states[name] = remembered

    async def _ask(self, wanted: Wanted, knowledge: Knowledge) -> None:
        loaded = await self._log.load(wanted)
        knowledge.loaded.replies.update(loaded.replies)
        knowledge.loaded.outbox.update(loaded.outbox)
        knowledge.loaded.marks.update(loaded.marks)
        knowledge.loaded.definitions.extend(loaded.definitions)
        for name in wanted.streams:
            row = loaded.streams.get(name)
            knowledge.states[name] = await self._known(row) if row else (0, self._initial(name[1]))

    def _initial(self, name: str) -> Any:
        return self._rulebook.nouns[name.split("/", 1)[0]].initial

    async def _known(self, row: StreamRow) -> Folded:
        noun = row.stream.split("/", 1)[0]
        decider = _read(row, lambda: self._rulebook.nouns[noun])
        if row.shape == decider.shape:
            return row.version, _read(row, lambda: self._rulebook.codecs[noun].decode(row.state))
        version, state = 0, decider.initial
        async for page in self._log.history(row.part, row.stream):
            state = _read(row, partial(self._refolded, decider, state, page))
            version = page[-1].version
        return version, state

    def _refolded(self, decider: Decider[Any, Any, Any], state: Any, page: Sequence[EventRow]) -> Any:
        for event in page:
            state = decider.evolve(state, self._rulebook.decode_event(event.type, event.data))
        return state


def _read(row: StreamRow, reading: Callable[[], T]) -> T:
    """What is read; whatever goes wrong, this version does not understand what another one stored."""
    try:
        return reading()
    except Exception as error:
        raise MustWait(
            row.part, f"{row.stream} cannot be read by this version: {type(error).__name__} {error}"
        ) from error
