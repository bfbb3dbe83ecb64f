"""How much is handed over at once, and from where on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.bus.port import LARGEST_FETCH_BYTES, MOST_FETCHED, BusError, Incoming, Slot


def portion(messages: Sequence[Incoming]) -> int:
    """How many of these messages, from the first on, one fetch may hand over: always one, if there is one."""
    size = 0
    for count, message in enumerate(messages[:MOST_FETCHED]):
        size += len(message.value) + len(message.key or b"")
        if size > LARGEST_FETCH_BYTES:
            return max(count, 1)
    return min(len(messages), MOST_FETCHED)


def place_of(slot: Slot, offsets: Mapping[Slot, int]) -> int:
    """Where a keeper wants to read on in this partition of a topic.

    Raises:
        BusError: the keeper named no offset for it.
    """
    if slot not in offsets:
        raise BusError(f"nobody says where to read on in {slot.topic}[{slot.part}]")
    return offsets[slot]
