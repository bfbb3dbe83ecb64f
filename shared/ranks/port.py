"""Boards kept in their order beside the log: written after each commit, read by the doors, and never the truth.

The order is everywhere the same: the higher score, then who reached it earlier, then the participant's uuid. It is
written once, in `member_of`, as text that sorts in that order.

What is kept here may be lost or late at any moment. Three things keep a wrong board from being shown. Every write names
its `Turn`: whoever took the partition over, or lost a write, writes under a higher epoch, and a count that does not
follow the last one means that something in between is gone; both make all boards of the partition empty again, to be
filled from the tables. A write under a lower epoch is somebody's who does not know that he was replaced, and does
nothing. And a reader compares the position of a board with the one in the tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

from shared.ids import BoardId, TenantId

LARGEST_SCORE: Final = 10**18
"""In millionths, either way."""
FILL_LEASE_S: Final = 10
"""How long nobody else begins to fill a board after somebody has, or has brought a page of it."""
KEPT_S: Final = 86_400
"""How long a board is kept after it was filled; then it is filled again, if anybody still asks."""
PAGE: Final = 1_000
"""Entries that one call fills in."""

_TOP: Final = 10**19
_SCORE, _POS, _UUID = 20, 20, 36
_KINDS: Final[dict[str, Literal["player", "bot"]]] = {"p": "player", "b": "bot"}


class RanksAway(Exception):
    """What keeps the order cannot be reached; the tables know it, too."""


class Ranked(NamedTuple):
    """One participant's place in the order, without the number of it."""

    participant: str
    """A uuid in lower case."""
    kind: Literal["player", "bot"]
    player: str
    """The tenant's own name for a player; a bot's name."""
    score: int
    """In millionths."""
    pos: int
    """The position in the partition's log at which the score was reached."""


class Place(NamedTuple):
    """A board, and the partition that decides about it."""

    part: int
    tenant: TenantId
    board: BoardId


class Turn(NamedTuple):
    """Under which epoch somebody writes, and the how-manieth time."""

    epoch: int
    """The fencing epoch of the partition."""
    failures: int
    """How many writes under that epoch were lost."""
    number: int
    """From 1, without gaps, under one epoch and number of failures."""


class Change(NamedTuple):
    """What one commit did to one board."""

    tenant: TenantId
    board: BoardId
    pos: int
    """The position of the last fact about it."""
    entries: Sequence[Ranked]
    """As they stand after it, at most one of each participant."""


class Write(NamedTuple):
    """What one commit did to the boards of one partition."""

    part: int
    turn: Turn
    changes: Sequence[Change]


class Kept(NamedTuple):
    """What is kept of a board."""

    pos: int
    """Up to where in the partition's log it is known to be whole."""
    size: int
    """How many participants are on it."""
    top: list[Ranked]
    """The best first."""
    own: tuple[int, Ranked] | None
    """Where the participant that was asked for stands, from 1; None if nowhere, or if nobody was asked for."""


class Asked(NamedTuple):
    """Who is looked for on one board."""

    place: Place
    participants: Sequence[str]


class KeptRanks(NamedTuple):
    """Where those stand who were looked for on one board."""

    pos: int
    """Up to where in the partition's log the board is known to be whole."""
    ranks: dict[str, int]
    """From 1; who is not on the board is left out."""


class Ranks(Protocol):
    """What keeps boards in their order. Every method raises RanksAway if it cannot be reached."""

    async def write(self, writes: Sequence[Write]) -> None:
        """Take in what a commit did. Boards that nobody has filled are left alone; nothing older replaces newer."""
        ...

    async def read(self, place: Place, most: int, participant: str | None = None) -> Kept | None:
        """The best so many, and where one participant stands; None if the board is not filled."""
        ...

    async def ranks(self, asked: Sequence[Asked]) -> list[KeptRanks | None]:
        """Where these stand, for each board in this order; None if the board is not filled."""
        ...

    async def begin_fill(self, place: Place) -> str | None:
        """Empty the board and let changes in from now on; the name of this filling, for the calls below.

        None if somebody else has been filling it within FILL_LEASE_S.
        """
        ...

    async def fill(self, place: Place, filling: str, entries: Sequence[Ranked]) -> bool:
        """Bring at most PAGE entries, as read after `begin_fill`. False: in vain, the board was emptied meanwhile."""
        ...

    async def end_fill(self, place: Place, filling: str, pos: int) -> bool:
        """Everything up to `pos`, which was read after `begin_fill`, has been brought: the board may be read.

        False: in vain, the board was emptied meanwhile.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def member_of(entry: Ranked) -> str:
    """The entry as text that sorts in the order of the board.

    Raises:
        ValueError: the score is beyond LARGEST_SCORE, or the participant no uuid.
    """
    if abs(entry.score) > LARGEST_SCORE:
        raise ValueError(f"a score is at most {LARGEST_SCORE} millionths, not {entry.score}")
    if len(entry.participant) != _UUID:
        raise ValueError(f"{entry.participant!r} is no uuid")
    return f"{_TOP - entry.score:020d}{entry.pos:020d}{entry.participant}{entry.kind[0]}{entry.player}"


def entry_of(member: str) -> Ranked:
    """The opposite of `member_of`."""
    after_score, after_pos = _SCORE, _SCORE + _POS
    kind_at = after_pos + _UUID
    return Ranked(
        participant=member[after_pos:kind_at],
        kind=_KINDS[member[kind_at]],
        player=member[kind_at + 1 :],
        score=_TOP - int(member[:after_score]),
        pos=int(member[after_score:after_pos]),
    )


def order(entry: Ranked) -> tuple[int, int, str]:
    """What boards are sorted by: the same order as that of `member_of`, in numbers."""
    return -entry.score, entry.pos, entry.participant
