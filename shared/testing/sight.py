"""What a decision in a story may look at: the histories and the ids that its decider named, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.shapes import Append, Values
from shared.streams import State, Stream
from shared.worker.rulebook import Rulebook

Remembered = Mapping[str, tuple[Values, ...]]
"""What has streamed in before, by id."""


class Named:
    """Only the histories that the decider said it reads: the worker has no others at hand."""

    def __init__(self, rulebook: Rulebook, states: Mapping[Stream[Any], Any], named: Sequence[Stream[Any]]) -> None:
        self._rulebook, self._states, self._named = rulebook, states, named

    def __getitem__(self, stream: Stream[State]) -> State:
        assert stream in self._named, f"{stream} is read, but streams() does not name it"
        state: State = self._states.get(stream, self._rulebook.nouns[stream.noun].initial)
        return state


class SeenIn:
    """Only the ids that the intake said it asks for."""

    def __init__(self, remembered: Remembered, ids: Iterable[str]) -> None:
        self._remembered, self._ids = remembered, set(ids)

    def of(self, id_: str) -> Sequence[Values]:
        """See Seen. Raises AssertionError if nobody asked for it."""
        assert id_ in self._ids, f"{id_} is looked up, but no message of the command has it"
        return self._remembered.get(id_, ())


def remember(rulebook: Rulebook, before: Remembered, marks: Iterable[Append]) -> Remembered:
    """What has streamed in after these marks were left.

    Raises:
        AssertionError: a mark is there already or twice, or does not fit the table that the intake declares.
    """
    after = dict(before)
    for mark in marks:
        intake = rulebook.service.intake
        assert intake is not None, f"{mark} is marked, but nothing streams into {rulebook.service.name}"
        table, width = intake.marks, len(mark.key)
        assert (width, len(mark.values)) == (len(table.key), len(table.columns)), f"{mark} does not fit {table.table}"
        id_ = str(mark.key[0])
        known = after.get(id_, ())
        assert all(row[:width] != mark.key for row in known), f"{mark.key} is marked already"
        after[id_] = (*known, (*mark.key, *mark.values))
    return after
