"""The bus as the rest of the house sees it: partitioned topics, fetched in order, told until acknowledged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

LARGEST_FETCH_BYTES: Final = 8 * 1024 * 1024
MOST_FETCHED: Final = 500
"""Of a member's own topic, or of a tail."""
MOST_STREAMED: Final = 500
"""A fetch that has fewer messages of the own topic is filled up to here from the streams."""
LARGEST_MESSAGE_BYTES: Final = 1_000_000
"""Of key, value and headers together; Kafka's own default limit is a little above it."""

Headers = tuple[tuple[str, bytes], ...]


class Slot(NamedTuple):
    """One partition of one topic."""

    topic: str
    part: int


class Span(NamedTuple):
    """What the broker has of one partition: messages `first` to `end - 1`, and it gives `end` to the next."""

    first: int
    end: int


class Topic(NamedTuple):
    """Which topic this is: the same name in another cluster, or made anew, is another topic."""

    cluster: str
    topic_id: str
    partitions: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be appended to a stated partition."""

    topic: str
    part: int
    key: bytes | None
    value: bytes
    headers: Headers = ()


class Incoming(NamedTuple):
    """A message as the broker holds it."""

    topic: str
    part: int
    offset: int
    key: bytes | None
    value: bytes
    headers: Headers
    appended_at: datetime
    """The broker's clock, UTC."""


class BusError(Exception):
    """The bus cannot do what was asked; the text says what and what to do."""


class NoSuchPlace(BusError):
    """There is no such topic, or it has no such partition; asking again does not help."""

    def __init__(self, text: str, topic: str, part: int | None = None) -> None:
        super().__init__(text)
        self.topic = topic
        self.part = part
        """None if there is no such topic at all."""

    def meant(self, message: Outgoing) -> bool:
        """Whether this message was to go there."""
        return message.topic == self.topic and self.part in (None, message.part)


class OffsetLost(BusError):
    """The broker no longer has, or never had, the offset that the log stands at."""


class MemberFenced(BusError):
    """Another process took this member's name; this one must stop."""


class Keeper(Protocol):
    """Who owns partitions on behalf of a member. The bus fetches nothing while one of these runs."""

    async def gained(self, parts: frozenset[int]) -> Mapping[Slot, int]:
        """These partitions of the own topic are yours now: claim them and say where to read on in each topic.

        The answer may name more topics than are read. A member of a group with more members than partitions may be
        dealt none; that it loses none is not told.

        It is cancelled if the group takes the partitions back before it is done; `lost` follows. What it raises is
        raised from every `fetch`, until the partitions are dealt anew.
        """
        ...

    async def lost(self, parts: frozenset[int]) -> None:
        """These partitions are no longer yours: drop what you hold of them."""
        ...


class Member(Protocol):
    """One consumer of a group, which reads its own topic first, and streams with what room is left.

    The first of its topics is its own: whoever is dealt a partition of that one owns the partition, and its keeper
    hears of no other. The others are streams. Of each it reads the partitions with the numbers that it owns, and
    no other: while the members of a group know different topics, some partitions of a stream may be read by nobody.
    """

    async def start(self, keeper: Keeper) -> None:
        """Join the group; partitions arrive through the keeper.

        Raises:
            BusError: a topic is missing, or two of them have different numbers of partitions.
        """
        ...

    async def stop(self) -> None:
        """Leave. The keeper is told of the loss."""
        ...

    async def rejoin(self) -> None:
        """Let every partition go and ask the group again; returns before that is done."""
        ...

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Read these topics from now on, the first as before; every partition goes, as if by `rejoin`.

        Returns before that is done. Nothing happens if these topics are read already. Before the start it asks nobody:
        `start` will.

        Raises:
            BusError: a topic is missing or has another number of partitions, or the broker does not say; nothing has
                changed then.
        """
        ...

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """At most MOST_FETCHED messages of the own topic, and behind them those of streams, if there is room.

        Streams have no room beside MOST_FETCHED messages, else as many as make it MOST_STREAMED with the own ones. It
        is LARGEST_FETCH_BYTES over all, or one message. Each partition comes in order, and none waits for ever for
        another of its kind.

        Raises:
            OffsetLost: the sought offset is outside what the broker has.
            MemberFenced: another process joined under this member's name.
        """
        ...

    def halt(self, part: int) -> None:
        """Fetch no more from this partition of any topic until it is gained again."""
        ...

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        """The next offset the broker will give in each, asked of it now."""
        ...

    async def spans(self, slots: Sequence[Slot]) -> Mapping[Slot, Span]:
        """Which offsets the broker has of each, asked of it now. Raises BusError if it does not answer."""
        ...

    def lags(self) -> Mapping[Slot, int]:
        """How many messages are known to wait in each owned partition."""
        ...

    async def report(self, offsets: Mapping[Slot, int]) -> None:
        """Tell the broker how far the log stands, for lag metrics only. Never raises."""
        ...


class Tail(Protocol):
    """A few partitions of one topic read from their ends by whoever likes, outside any group."""

    async def start(self) -> None:
        """Stand at the ends: everything appended after this returns will be fetched.

        Raises:
            BusError: there is no such partition.
        """
        ...

    async def stop(self) -> None: ...

    async def fetch(self, wait_s: float) -> Sequence[Incoming]:
        """At most MOST_FETCHED messages, and LARGEST_FETCH_BYTES or one message.

        Each partition comes in order, and none waits for ever for another.
        """
        ...


class Bus(Protocol):
    """Topics with partitions."""

    forgetful: bool
    """Whether a restart forgets every message; its offsets then begin anew with each boot."""

    async def start(self) -> None:
        """Connect.

        Raises:
            BusError: nothing answers; the text names the address.
        """
        ...

    async def stop(self) -> None: ...

    async def ensure(self, topics: Mapping[str, int], retention_ms: Mapping[str, int] | None = None) -> None:
        """Create what is missing, with so many partitions each.

        Raises:
            BusError: a topic exists with another number of partitions.
        """
        ...

    async def topic(self, name: str) -> Topic:
        """Raises BusError if there is none."""
        ...

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append, in order per partition; returns when the broker has acknowledged every one.

        Raises:
            NoSuchPlace: one of them names a topic or partition that is not there; none was appended.
            BusError: some of them, or all, may not have been appended; they may be published again.
        """
        ...

    def member(self, group: str, name: str, topics: Sequence[str]) -> Member:
        """One of a group. The first topic is its own, any others are streams; see Member."""
        ...

    def tail(self, topic: str, *parts: int) -> Tail:
        """These partitions of a topic, at least one, read from their ends by one reader."""
        ...
