"""Boards kept inside one process: the twin of Redis, for a town that is one process, and for tests."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.clock import Clock
from shared.ranks.port import (
    FILL_LEASE_S,
    KEPT_S,
    Asked,
    Kept,
    KeptRanks,
    Place,
    Ranked,
    Turn,
    Write,
    entry_of,
    member_of,
)


@dataclass(slots=True)
class _Board:
    generation: int
    filling: str
    lease_until_s: float
    kept_until_s: float
    filled: bool = False
    pos: int = 0
    members: list[str] = field(default_factory=list)
    """In their order."""
    found: dict[str, str] = field(default_factory=dict)
    """The member of each participant."""

    def apply(self, entries: Sequence[Ranked]) -> None:
        for entry in entries:
            was = self.found.get(entry.participant)
            if was is not None:
                if entry_of(was).pos >= entry.pos:
                    continue
                del self.members[bisect_left(self.members, was)]
            self.found[entry.participant] = member = member_of(entry)
            insort(self.members, member)

    def rank(self, member: str) -> int:
        return bisect_left(self.members, member) + 1

    def ranks(self, participants: Sequence[str]) -> KeptRanks:
        stand = [one for one in participants if one in self.found]
        return KeptRanks(self.pos, {one: self.rank(self.found[one]) for one in stand})


@dataclass(slots=True)
class _Partition:
    turn: Turn | None = None
    generation: int = 0
    """Of the boards that are whole."""


class MemoryRanks:
    """Every board that somebody has asked for within KEPT_S."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._partitions: dict[int, _Partition] = {}
        self._boards: dict[Place, _Board] = {}
        self._fillings = 0

    async def write(self, writes: Sequence[Write]) -> None:
        """See Ranks."""
        for part, turn, changes in writes:
            if not self._admitted(part, turn):
                continue
            for change in changes:
                board = self._whole(Place(part, change.tenant, change.board))
                if board is not None:
                    board.apply(change.entries)
                    board.pos = max(board.pos, change.pos)

    def _admitted(self, part: int, turn: Turn) -> bool:
        known = self._partitions.setdefault(part, _Partition())
        was = known.turn
        if was is not None and turn <= was:
            return False
        if was is None or turn != was._replace(number=was.number + 1):
            known.generation += 1
        known.turn = turn
        return True

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        """See Ranks."""
        board = self._readable(place)
        if board is None:
            return None
        own = board.found.get(participant) if participant is not None else None
        own_entry = None if own is None else (board.rank(own), entry_of(own))
        return Kept(board.pos, len(board.members), [entry_of(one) for one in board.members[:most]], own_entry)

    async def ranks(self, asked: Sequence[Asked]) -> list[KeptRanks | None]:
        """See Ranks."""
        boards = [(self._readable(one.place), one.participants) for one in asked]
        return [None if board is None else board.ranks(participants) for board, participants in boards]

    async def begin_fill(self, place: Place) -> str | None:
        """See Ranks."""
        now_s = self._clock.monotonic()
        self._boards = {key: one for key, one in self._boards.items() if one.kept_until_s > now_s}
        board = self._whole(place)
        if board is not None and not board.filled and board.lease_until_s > now_s:
            return None
        self._fillings += 1
        generation = self._partitions.setdefault(place.part, _Partition()).generation
        made = _Board(generation, str(self._fillings), now_s + FILL_LEASE_S, now_s + KEPT_S)
        self._boards[place] = made
        return made.filling

    async def fill(self, place: Place, filling: str, entries: Sequence[Ranked]) -> bool:
        """See Ranks."""
        board = self._filled_by(place, filling)
        if board is None:
            return False
        board.apply(entries)
        board.lease_until_s = self._clock.monotonic() + FILL_LEASE_S
        return True

    async def end_fill(self, place: Place, filling: str, pos: int) -> bool:
        """See Ranks."""
        board = self._filled_by(place, filling)
        if board is None:
            return False
        board.filled, board.pos = True, max(board.pos, pos)
        return True

    async def close(self) -> None:
        """See Ranks."""
        self._boards.clear()

    def __len__(self) -> int:
        """How many boards are kept."""
        return len(self._boards)

    def _whole(self, place: Place) -> _Board | None:
        """The board, unless a write has been lost since it was emptied."""
        board = self._boards.get(place)
        if board is None or board.kept_until_s <= self._clock.monotonic():
            return None
        return board if board.generation == self._partitions[place.part].generation else None

    def _readable(self, place: Place) -> _Board | None:
        board = self._whole(place)
        return board if board is not None and board.filled else None

    def _filled_by(self, place: Place, filling: str) -> _Board | None:
        board = self._whole(place)
        return board if board is not None and board.filling == filling and not board.filled else None
