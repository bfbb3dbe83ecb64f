"""What one decision may look at: the histories it named, and what has streamed in before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.ids import TenantId
from shared.shapes import Values
from shared.streams import State, Stream
from shared.worker.folding import Folding

Marked = Mapping[tuple[int, str, str], Sequence[Values]]
"""Marks by (part, tenant, id)."""


class StatesOf:
    """The states that one decision may read."""

    __slots__ = ("_folding", "_part", "_tenant")

    def __init__(self, folding: Folding, part: int, tenant: TenantId) -> None:
        self._folding, self._part, self._tenant = folding, part, tenant

    def __getitem__(self, stream: Stream[State]) -> State:
        state: State = self._folding.state(self._part, stream.named(self._tenant))[1]
        return state


class SeenBy:
    """What streamed in before this decision: what the log knew, and what this batch has marked."""

    __slots__ = ("_loaded", "_marked", "_owner")

    def __init__(self, loaded: Marked, marked: Marked, owner: tuple[int, str]) -> None:
        self._loaded, self._marked, self._owner = loaded, marked, owner

    def of(self, id_: str) -> Sequence[Values]:
        """See Seen."""
        key = (*self._owner, id_)
        return (*self._loaded.get(key, ()), *self._marked.get(key, ()))
