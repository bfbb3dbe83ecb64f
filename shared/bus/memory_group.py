"""Who shares the partitions of the bus in memory, and how they are dealt out when somebody comes or goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from shared.bus.custody import Custody
from shared.bus.memory_log import Log, Reader, Shelf, heard
from shared.bus.port import MOST_FETCHED, Incoming, Keeper, MemberFenced, Slot, Span
from shared.bus.portion import check_partitions, place_of, portion, room_for_streams


class Group:
    """Who shares the partitions of some topics; whenever somebody comes or goes, everything is dealt out anew."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[str, MemoryMember] = {}
        self._dealing: asyncio.Task[None] | None = None
        self._again = False

    async def admit(self, member: MemoryMember) -> None:
        """Returns when the member has been dealt its partitions; who bore its name before is fenced."""
        former = self.members.get(member.name)
        if former is not None and former is not member:
            former.fence()
        self.members[member.name] = member
        await self._dealt()

    def dismiss(self, member: MemoryMember) -> None:
        """Deal what this member held to the others; it need not wait for them."""
        if self.members.get(member.name) is member:
            del self.members[member.name]
            self._call()

    def readmit(self, member: MemoryMember) -> None:
        """Deal anew for a member that let its partitions go, unless somebody else bears its name by now."""
        if self.members.setdefault(member.name, member) is member:
            self._call()

    async def bury(self, name: str) -> None:
        """Deal what the member of this name held to the others, without a word to it."""
        if (member := self.members.pop(name, None)) is not None:
            member.forget()
            await self._dealt()

    def _call(self) -> None:
        """Have everything dealt out anew; if that is under way, once more after it."""
        self._again = True
        if self._dealing is None or self._dealing.done():
            self._dealing = asyncio.get_running_loop().create_task(self._deal_out())

    async def _dealt(self) -> None:
        self._call()
        if self._dealing is not None:
            await asyncio.shield(self._dealing)

    async def stop(self) -> None:
        """End a dealing that is under way."""
        if self._dealing is not None:
            self._dealing.cancel()
            with suppress(asyncio.CancelledError):
                await self._dealing

    async def _deal_out(self) -> None:
        while self._again:
            self._again = False
            for member in list(self.members.values()):
                member.shut()
            for _, member in sorted(self.members.items()):
                await member.take_back()
            if not self._again:
                for name, parts in self._shares().items():
                    self.members[name].hand_over(parts)

    def _shares(self) -> dict[str, frozenset[int]]:
        """The range assignor's: neighbours go to one member, the first members get what does not divide."""
        staying = sorted(name for name, member in self.members.items() if not member.leaving)
        count = max((member.partitions for member in self.members.values()), default=0)
        shares, start = {}, 0
        for index, name in enumerate(staying):
            size = count // len(staying) + (index < count % len(staying))
            shares[name] = frozenset(range(start, start + size))
            start += size
        return shares


class MemoryMember:
    """One consumer of a group, in this process."""

    def __init__(self, shelf: Shelf, group: Group, name: str, topics: Sequence[str]) -> None:
        self.name = name
        self.leaving = False
        self.partitions = 0
        self._shelf, self._group, self._topics = shelf, group, topics
        self._reader = Reader()
        self._custody: Custody | None = None
        self._halted: set[int] = set()
        self._turns = 0

    async def start(self, keeper: Keeper) -> None:
        """Join the group; returns when partitions have been dealt, which the keeper may still be claiming.

        Raises:
            BusError: a topic is missing, or two of them have different numbers of partitions.
        """
        self.partitions = self._counted(self._topics)
        self._custody = Custody(keeper, self._reader.news.set)
        await self._group.admit(self)

    async def stop(self) -> None:
        """See Member."""
        if self._custody is not None:
            self.leaving = True
            await self.take_back()
            self._group.dismiss(self)

    async def rejoin(self) -> None:
        """See Member; returns at once, since the keeper may have to finish before it can hear of the loss."""
        self._own().let_go()
        self._group.readmit(self)

    async def subscribe(self, topics: Sequence[str]) -> None:
        """See Member."""
        assert topics[0] == self._topics[0], "a member's own topic stays the same"
        if self._custody is None:  # `start` will ask for them
            self._topics = topics
            return
        self._counted(topics)
        if set(topics) != set(self._topics):
            self.forget()
            self._topics = topics
            await self.rejoin()

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """See Member."""
        custody = self._own()
        await asyncio.sleep(0)  # a loop that always finds something must not keep the others from running
        if not await custody.admitted(wait_s):
            return []
        self._reader.news.clear()
        found = self._take()
        if not found and await heard(self._reader, wait_s) and custody.open:
            found = self._take()
        return found

    def halt(self, part: int) -> None:
        """See Member."""
        self._halted.add(part)

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        """See Member."""
        return {slot: self._shelf.log(slot).end for slot in slots}

    async def spans(self, slots: Sequence[Slot]) -> Mapping[Slot, Span]:
        """See Member."""
        return {slot: self._shelf.log(slot).span for slot in slots}

    def lags(self) -> Mapping[Slot, int]:
        """See Member."""
        return {slot: self._shelf.log(slot).end - place for slot, place in self._reader.places.items()}

    async def report(self, offsets: Mapping[Slot, int]) -> None:
        """Nobody watches the lag of a bus in memory."""

    def shut(self) -> None:
        """Let nothing more be fetched until partitions are handed over again."""
        self._own().shut()

    async def take_back(self) -> None:
        """Tell the keeper of the loss and stop reading."""
        await self._own().take_back()
        self.forget()
        self._reader.places.clear()

    def hand_over(self, parts: frozenset[int]) -> None:
        """Let the keeper claim these partitions."""
        self._own().hand_over(parts, lambda offsets: self._seek(parts, offsets))

    def fence(self) -> None:
        """Somebody else bears this name now."""
        self._own().fence(MemberFenced(f"another member of {self._group.name} was started under the name {self.name}"))
        self.forget()

    def forget(self) -> None:
        """Let nothing be kept for this member any more."""
        for log in self._logs():
            log.readers.pop(self._reader, None)

    def _own(self) -> Custody:
        assert self._custody is not None, "start the member first"
        return self._custody

    def _counted(self, topics: Sequence[str]) -> int:
        return check_partitions({topic: len(self._shelf.logs(topic)) for topic in topics})

    def _logs(self) -> Iterable[Log]:
        return (log for topic in self._topics for log in self._shelf.logs(topic))

    def _seek(self, parts: frozenset[int], offsets: Mapping[Slot, int]) -> None:
        self._halted.clear()
        wanted = [Slot(topic, part) for part in sorted(parts) for topic in self._topics]
        self._reader.places = {slot: place_of(slot, offsets) for slot in wanted}
        for slot, place in self._reader.places.items():
            log = self._shelf.log(slot)
            log.places[self._group.name] = place
            log.readers[self._reader] = None

    def _take(self) -> list[Incoming]:
        """What there is of the own topic, and of the streams if there is room."""
        self._turns += 1
        slots = [slot for slot in self._reader.places if slot.part not in self._halted]
        found = self._read([slot for slot in slots if slot.topic == self._topics[0]], MOST_FETCHED)
        found += self._read([slot for slot in slots if slot.topic != self._topics[0]], room_for_streams(len(found)))
        del found[portion(found) :]
        for message in found:
            self._reader.places[Slot(message.topic, message.part)] = message.offset + 1
        for slot in slots:
            self._shelf.log(slot).places[self._group.name] = self._reader.places[slot]
        return found

    def _read(self, slots: Sequence[Slot], most: int) -> list[Incoming]:
        """At most so many, beginning with another partition every time, so that none waits for ever."""
        found: list[Incoming] = []
        for index in range(len(slots)):
            slot = slots[(index + self._turns) % len(slots)]
            found += self._shelf.log(slot).read(self._reader.places[slot], most - len(found))
        return found
