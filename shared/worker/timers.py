"""What was put off rings in its turn: after everything that was wished before it was due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from shared.bus.port import Incoming, Member, Slot
from shared.clock import Clock
from shared.eventlog.port import EventLog
from shared.eventlog.rows import TimerRow, Wanted
from shared.worker.items import Item, Poison, is_streamed, part_of, rung
from shared.worker.partition import Owned
from shared.worker.rulebook import Rulebook

MOST_TIMERS: Final = 500
"""How many may fire in one batch."""
_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class Timers:
    """Puts due timers among the messages of their partitions."""

    def __init__(self, log: EventLog, member: Member, clock: Clock, rulebook: Rulebook, topic: str) -> None:
        self._log, self._member, self._clock = log, member, clock
        self._rulebook, self._topic = rulebook, topic

    def wait_s(self, owned: Mapping[int, Owned], most_s: float) -> float:
        """How long messages may be waited for without being late for the next timer."""
        due = [one.next_timer_at for one in owned.values() if one.next_timer_at is not None and not one.halted]
        if not due:
            return most_s
        return min(most_s, max(0.0, (min(due) - self._clock.now()).total_seconds()))

    async def among(self, items: list[Item], owned: Mapping[int, Owned]) -> list[Item]:
        """The messages with every timer that is due in its place.

        A timer due at t runs after all messages appended before t. Where messages from before may still wait at the
        broker, the timer waits too.

        Raises:
            MustWait: a timer's type is unknown to this version.
        """
        # In their own order to the last, bad ones too: what is committed in part must leave none behind that is unread.
        streamed = [item for item in items if is_streamed(item, self._topic)]
        items = [item for item in items if not is_streamed(item, self._topic)]
        ringing, next_at = await self._due(owned, {part_of(item) for item in items})
        slots = [Slot(self._topic, part) for part in sorted({row.part for row in ringing})]
        ends = await self._member.ends(slots) if slots else {}
        parts = {slot.part for slot in slots}
        merged = [item for item in items if part_of(item) not in parts]
        for slot in slots:
            own = [item for item in items if part_of(item) == slot.part]
            due = [row for row in ringing if row.part == slot.part]
            merged.extend(self._merge(own, due))
            if _next_offset(slot, own, owned[slot.part]) >= ends[slot]:
                merged.extend(self._ring(row) for row in due)
            elif due:
                next_at[slot.part] = due[0].due_at
        for part, at in next_at.items():  # only now: whatever failed above, they would have to ring again
            owned[part].next_timer_at = at
        return [*merged, *streamed]

    async def _due(
        self, owned: Mapping[int, Owned], at_hand: Collection[int]
    ) -> tuple[list[TimerRow], dict[int, datetime | None]]:
        """The timers to ring, and when the next one of each partition is due.

        A halted partition may have messages `at_hand` from before the one that halted it, and timers before those.
        """
        now = self._clock.now()
        ticking = [p for p, one in owned.items() if one.next_timer_at and one.next_timer_at <= now]
        parts = [p for p in ticking if not owned[p].halted or p in at_hand]
        if not parts:
            return [], {}
        rows = (await self._log.load(Wanted(timers_due=(parts, _EVER, MOST_TIMERS)))).timers
        # Of what a full page leaves out, nothing is due before the last that is on it.
        left_out = rows[-1].due_at if len(rows) == MOST_TIMERS else None
        later = {
            part: min((row.due_at for row in rows if row.part == part and row.due_at > now), default=left_out)
            for part in parts
        }
        return [row for row in rows if row.due_at <= now], later

    def _merge(self, messages: Sequence[Item], due: list[TimerRow]) -> list[Item]:
        """Timers before the first message appended when they were due; those are taken out of `due`."""
        merged: list[Item] = []
        for item in messages:
            while due and isinstance(item.source, Incoming) and item.source.appended_at >= due[0].due_at:
                merged.append(self._ring(due.pop(0)))
            merged.append(item)
        return merged

    def _ring(self, row: TimerRow) -> Item:
        try:
            return rung(row, self._rulebook)
        except ValueError as error:
            return Poison(row, f"the timer {row.id} cannot be read: {error}")


def _next_offset(slot: Slot, items: Sequence[Item], owned: Owned) -> int:
    sources = (item.source for item in items)
    offsets = [one.offset + 1 for one in sources if isinstance(one, Incoming) and one.topic == slot.topic]
    return max(offsets, default=owned.offsets[slot.topic])
