"""What both buses agree on: how large a message is, how much is handed over at once, and from where on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.bus.port import (
    LARGEST_FETCH_BYTES,
    LARGEST_MESSAGE_BYTES,
    MOST_FETCHED,
    MOST_STREAMED,
    BusError,
    Incoming,
    OffsetLost,
    Outgoing,
    Slot,
)


def check_sizes(messages: Sequence[Outgoing]) -> None:
    """Raises BusError if a message is larger than a broker takes; nothing has been published then."""
    for message in messages:
        size = len(message.value) + len(message.key or b"") + sum(len(k) + len(v) for k, v in message.headers)
        if size > LARGEST_MESSAGE_BYTES:
            raise BusError(
                f"a message to {message.topic}[{message.part}] has {size} bytes, at most {LARGEST_MESSAGE_BYTES} fit"
            )


def portion(messages: Sequence[Incoming]) -> int:
    """How many of these messages, from the first on, have the bytes of one fetch: always one, if there is one."""
    size = 0
    for count, message in enumerate(messages):
        size += len(message.value) + len(message.key or b"")
        if size > LARGEST_FETCH_BYTES:
            return max(count, 1)
    return len(messages)


def room_for_streams(own: int) -> int:
    """How many messages of streams a fetch may hand over behind so many of the member's own topic."""
    return max(0, MOST_STREAMED - own) if own < MOST_FETCHED else 0


def check_partitions(counts: Mapping[str, int]) -> int:
    """How many partitions every one of these topics has.

    Raises:
        BusError: two of them have different numbers.
    """
    if len(different := set(counts.values())) != 1:
        each = ", ".join(f"{topic} ({count})" for topic, count in counts.items())
        raise BusError(f"the topics of a member must have equal numbers of partitions: {each}")
    return different.pop()


def place_of(slot: Slot, offsets: Mapping[Slot, int]) -> int:
    """Where a keeper wants to read on in this partition of a topic.

    Raises:
        BusError: the keeper named no offset for it.
    """
    if slot not in offsets:
        raise BusError(f"nobody says where to read on in {slot.topic}[{slot.part}]")
    return offsets[slot]


def lost(slot: Slot, offset: int, why: str) -> OffsetLost:
    """What is raised when a place to read from is not there.

    Args:
        slot: which partition.
        offset: where somebody wanted to read.
        why: for people, such as what is there instead.
    """
    return OffsetLost(
        f"{slot.topic}[{slot.part}] has no offset {offset}: {why}; "
        "start once with --adopt to read on from the first message that is left"
    )
