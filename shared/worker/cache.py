"""What was used last is remembered, up to a limit."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST_STATES: Final = 100_000
MOST_SENDS: Final = 20_000


class Recent(Generic[K, V]):
    """A least-recently-used cache. What it forgets is loaded again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: K) -> V | None:
        """What is remembered, which counts as use."""
        value = self._known.get(key)
        if value is not None:
            self._known.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Remember this, and forget what was used longest ago if there is too much."""
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def forget(self, key: K) -> None:
        """Forget one."""
        self._known.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
