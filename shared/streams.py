"""The name of one thing's history, and the type of what it folds into."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from shared.ids import TenantId, is_id

State = TypeVar("State")

MOST_KEYS: Final = 65_536
"""Keys that are remembered as checked."""


class Stream(NamedTuple, Generic[State]):
    """A history inside one tenant, such as `wallet` of `rocket`; `State` is what it folds into."""

    noun: str
    key: str

    def named(self, tenant: TenantId) -> str:
        """The name in the log: `wallet/starlight/rocket`."""
        return f"{self.noun}/{tenant}/{self.key}"


@lru_cache(maxsize=MOST_KEYS)
def key_of(*parts: str) -> str:
    """The key of a stream that several ids name together, such as a player's own lootbox.

    Raises:
        ValueError: if a part is not an id, since a slash in it could name somebody else's stream.
    """
    for part in parts:
        if not is_id(part):
            raise ValueError(f"{part!r} is not an id: 1 to 128 printable characters without slashes")
    return "/".join(parts)
