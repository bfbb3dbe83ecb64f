"""The log as the worker sees it: claim partitions, load what a batch needs, commit everything in one step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.bus.port import Topic
from shared.eventlog.rows import Claimed, Commit, EventRow, Loaded, OutboxRow, Wanted
from shared.ids import TenantId
from shared.shapes import Need, Values


class LogError(Exception):
    """The log cannot do what was asked; the text says what and what to do."""


class Fenced(LogError):
    """Another worker holds one of these partitions under a newer epoch, or has written what we wanted to write."""


class Blamed(LogError):
    """One message of the batch asks for what the tables forbid (SQLSTATE classes 22 and 23). Nothing was written."""


class Unavailable(LogError):
    """The log cannot be reached or is out of resources; nothing was written. The same batch may be tried again."""


class OutcomeUnknown(LogError):
    """The connection was lost while a commit was under way: it may or may not have been applied."""


class WrongOffsets(LogError):
    """The stored offsets belong to another cluster, topic or partition count."""


class EventLog(Protocol):
    """One service's log."""

    partitions: int

    async def claim(
        self,
        parts: Sequence[int],
        owner: str,
        topics: Mapping[str, Topic],
        *,
        adopt: bool,
        epochs: Mapping[int, int],
        streams: Collection[str] = (),
    ) -> list[Claimed]:
        """Take these partitions: the epoch is raised and committed first, only then is anything read.

        Args:
            parts: which partitions.
            owner: who takes them, for people to read.
            topics: the topics read by this service; their stored offsets must belong to these very topics.
            adopt: take offsets of another topic over by starting at 0 (a forgetful bus, or the operator's word).
            streams: of these, offsets of another topic are always taken over: what is read again leaves no second mark.
            epochs: partitions that must still be at this epoch, else somebody else has taken them.

        Raises:
            WrongOffsets: the stored offsets belong to something else, and `adopt` is false.
            Fenced: a partition of `epochs` has moved on.
            Unavailable: try again.
        """
        ...

    async def load(self, wanted: Wanted) -> Loaded:
        """All of it in one round trip (more only to catch up with many definitions).

        Raises:
            Blamed: a key can stand in no table, such as one with a NUL character.
            Unavailable: try again.
        """
        ...

    async def commit(self, commit: Commit) -> None:
        """All of it in one statement, or nothing.

        Raises:
            Fenced, Blamed, Unavailable, OutcomeUnknown
        """
        ...

    async def look(self, part: int, tenant: TenantId, need: Need) -> list[Values]:
        """What the service's views answer to a need, from what is committed; at most MOST_ROWS rows.

        Raises:
            LogError: the service has no such lookup, or it answers with more rows.
            Blamed: an argument can stand in no column.
            Unavailable: try again.
        """
        ...

    def history(self, part: int, stream: str) -> AsyncIterator[Sequence[EventRow]]:
        """Every fact of one stream, oldest first, in pages, for folding a state anew."""
        ...

    def read(self, part: int, after: int, upto: int) -> AsyncIterator[Sequence[EventRow]]:
        """The facts of a partition at positions `after` < pos <= `upto`, in pages, without gaps."""
        ...

    async def unanswered(self, part: int, after: tuple[int, int], most: int) -> list[OutboxRow]:
        """Sends still kept, by (pos, n) above `after`."""
        ...

    async def overdue(self, parts: Sequence[int], now: datetime, most: int) -> list[OutboxRow]:
        """Sends that were told and not answered in time; their next telling is put off, doubling up to an hour."""
        ...

    async def oldest_unanswered(self, parts: Sequence[int]) -> datetime | None:
        """Since when the oldest Send still kept has waited; None if every one is answered."""
        ...

    async def prune(self, parts: Sequence[int], replies_before: datetime, most: int) -> int:
        """Forget at most so many old final replies and fired timers; how many were forgotten."""
        ...

    async def forget(self, parts: Sequence[int], before: datetime, most: int) -> int:
        """Forget at most so many marks of the intake that are older; how many were forgotten."""
        ...
