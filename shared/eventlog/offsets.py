"""Where to read on: a stored offset counts only for the very topic it was stored for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from shared.bus.port import Topic
from shared.eventlog.port import WrongOffsets


class Stored(NamedTuple):
    """How far a topic's partition was read, and which topic that was."""

    cluster: str
    topic_id: str
    next_offset: int


class Adopted(NamedTuple):
    """An offset that begins at 0 for this topic."""

    part: int
    topic: str
    cluster: str
    topic_id: str


def check_partitions(topics: Mapping[str, Topic], partitions: int) -> None:
    """Refuse a topic with another number of partitions than the log; nobody can adopt that.

    Raises:
        WrongOffsets: names the topic and both numbers.
    """
    for name, topic in topics.items():
        if topic.partitions != partitions:
            raise WrongOffsets(
                f"topic {name} has {topic.partitions} partitions, the log was made for {partitions}: the same key "
                "would land elsewhere. Give the topic the log's number of partitions; --adopt does not help here"
            )


def offsets_of(
    parts: Sequence[int],
    topics: Mapping[str, Topic],
    stored: Mapping[tuple[int, str], Stored],
    *,
    adopt: Collection[str],
) -> tuple[dict[int, dict[str, int]], list[Adopted]]:
    """Where to read on in each partition of each topic, and which offsets must be stored anew, at 0.

    Raises:
        WrongOffsets: a stored offset belongs to another topic than the one of this name, and `adopt` does not name it.
    """
    offsets: dict[int, dict[str, int]] = {part: {} for part in parts}
    adopted = []
    for part in parts:
        for name, topic in topics.items():
            known = stored.get((part, name))
            if known is not None and known[:2] == (topic.cluster, topic.topic_id):
                offsets[part][name] = known.next_offset
                continue
            if known is not None and name not in adopt:
                raise WrongOffsets(_another(part, name, topic, known))
            offsets[part][name] = 0
            adopted.append(Adopted(part, name, topic.cluster, topic.topic_id))
    return offsets, adopted


def _another(part: int, name: str, topic: Topic, known: Stored) -> str:
    return (
        f"topic {name}, partition {part}: the log has read up to offset {known.next_offset} of topic id "
        f"{known.topic_id} in cluster {known.cluster}, but the broker has topic id {topic.topic_id} in cluster "
        f"{topic.cluster}. Connect the right cluster, or start once with --adopt to read this topic from offset 0"
    )
