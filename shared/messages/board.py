"""Everything that can be said about a board whose window is over: who stood where for good, and what that wins."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from shared.ids import BoardId, EventId
from shared.messages.base import Command, Event, FollowUp, Message
from shared.streams import Stream, key_of

PAGE: Final = 500
"""Entries that are made final at once."""
MOST_STANDINGS: Final = 100
"""Entries that everybody is told of when a board is final."""

Participant = Literal["player", "bot"]


class FinalEntry(Message):
    """One participant's place on a board that does not change any more."""

    rank: int = Field(ge=1)
    participant: str
    """A uuid: the player's own in every dialect, or a bot's."""
    kind: Participant
    player: str
    """The tenant's own name for a player; a bot's name."""
    score: int
    """In millionths."""


class Cursor(Message):
    """How far a board has been read: the entry after which the next page begins."""

    rank: int
    score: int
    """In millionths."""
    reached_pos: int
    participant: str


class CloseBoard(Command, wire="board.close"):
    """The window of this board is over: it is to be made final, and its reward policy paid."""

    event: EventId
    board_id: BoardId
    definition_version: int
    """Of the event, as it holds for the window."""
    window_id: str | None = None
    """What its grants say that they are for."""


class PayBoard(Command, wire="board.pay"):
    """The next page of a board is to be made final."""

    event: EventId
    board_id: BoardId
    after: Cursor | None = None
    """The last entry of the page before; None at the top."""


class CountGrants(FollowUp, wire="board.count_grants"):
    """The ledger has taken down what one place wins."""

    event: EventId
    board_id: BoardId
    rank: int


class FinalizeBoard(Command, wire="board.finalize"):
    """Every place has what it won; whoever watches is to be told."""

    event: EventId
    board_id: BoardId


class BoardFact(Event):
    """A fact about the end of one board."""

    event: EventId
    board_id: BoardId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("board", key_of(self.event, self.board_id))


class BoardClosing(BoardFact, wire="board.closing"):
    """Nothing counts any more; places are being made final."""

    definition_version: int
    participants: int
    """Entries on it, bots among them."""
    total: str
    """What players above zero have scored together, in millionths, as decimal text: it may be very large."""
    window_id: str | None = None
    bundles: dict[str, int] = Field(default_factory=dict)
    """The version of every bundle that is paid, by key; it holds to the last page."""


class BoardPlaced(BoardFact, wire="board.placed"):
    """These places are final, and what they win is owed from now on."""

    entries: tuple[FinalEntry, ...]
    owed: int
    """To how many participants grants are being made since this page."""
    given: int = 0
    """Of a shared pool, what the players of this page get, but for the best of the board: that one is paid last."""
    more: bool
    """Whether there are further entries."""


class BoardGrantsMade(BoardFact, wire="board.grants_made"):
    """The ledger has answered for this place."""

    rank: int
    made: bool = True
    """False if people gave the grants up."""


class BoardFinalized(BoardFact, wire="board.finalized"):
    """Every place is final and has what it won."""

    participants: int
    standings: tuple[FinalEntry, ...] = Field(max_length=MOST_STANDINGS)
    """The best."""


BoardCommand = CloseBoard | PayBoard | CountGrants | FinalizeBoard
BoardEvent = BoardClosing | BoardPlaced | BoardGrantsMade | BoardFinalized

_board: dict[str, Any] = {"event": "daily-run", "board_id": "0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"}
_first = FinalEntry(
    rank=1, participant="7b0f7c6e-3a49-5d2c-9d5b-0d8f7c1f2a33", kind="player", player="rocket", score=1_000_000_000
)

SAMPLES = (
    CloseBoard(**_board, definition_version=1),
    PayBoard(**_board, after=Cursor(rank=1, score=_first.score, reached_pos=7, participant=_first.participant)),
    CountGrants(**_board, rank=1),
    FinalizeBoard(**_board),
    BoardClosing(**_board, definition_version=1, participants=1, total="1000000000", bundles={"top": 1}),
    BoardPlaced(**_board, entries=(_first,), owed=1, more=False),
    BoardGrantsMade(**_board, rank=1),
    BoardFinalized(**_board, participants=1, standings=(_first,)),
)
