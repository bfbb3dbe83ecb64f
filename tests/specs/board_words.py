"""The words that the end of a board is told in."""

from __future__ import annotations

from typing import Any, Final

from services.leaderboards.registry import service
from shared.ids import AssetId, BoardId, EventId
from shared.messages.base import Answer
from shared.messages.board import (
    BoardClosing,
    BoardFinalized,
    BoardGrantsMade,
    BoardPlaced,
    CloseBoard,
    CountGrants,
    Cursor,
    FinalEntry,
    FinalizeBoard,
    PayBoard,
)
from shared.messages.event_spec import EventSpec, Metric, RecurringWindows
from shared.messages.reward_table import CurrencyEntry
from shared.shapes import Timer, Values, Wish
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story, given

EVENT, BOARD, WINDOW = EventId("daily-run"), BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"), "the-window"
COINS: Final = AssetId("coins")
THEIRS: Final = Wish("event.start/starlight/daily-run", "somebody's start")
"""The wish that the window's timer was set by; it has long been answered."""


def who(number: int) -> str:
    return f"7b0f7c6e-3a49-5d2c-9d5b-{number:012d}"


def row(number: int, score: int, *, kind: str = "player", pos: int = 1, completed: bool = False) -> Values:
    """What the views answer of one participant."""
    return (who(number), kind, f"p{number}", score, pos, completed)


def entry(rank: int, number: int, score: int, *, kind: Any = "player") -> FinalEntry:
    return FinalEntry(rank=rank, participant=who(number), kind=kind, player=f"p{number}", score=score)


def coins(amount: int) -> tuple[CurrencyEntry, ...]:
    return (CurrencyEntry(asset=COINS, amount=amount),)


def spec(**fields: Any) -> EventSpec:
    usual: dict[str, Any] = {
        "name": "Daily run",
        "metrics": (Metric(key="distance"),),
        "windows": RecurringWindows(cron="0 0 * * *"),
    }
    return EventSpec(**{**usual, **fields})


def over(**fields: Any) -> Story:
    """An event whose window is over."""
    return given(service).defined(EVENT, spec(**fields))


def closes(version: int = 1) -> CloseBoard:
    return CloseBoard(event=EVENT, board_id=BOARD, definition_version=version, window_id=WINDOW)


def closing(participants: int, total: int, **bundles: int) -> BoardClosing:
    return BoardClosing(
        event=EVENT,
        board_id=BOARD,
        definition_version=1,
        participants=participants,
        total=str(total),
        window_id=WINDOW,
        bundles=bundles,
    )


def pays(after: Cursor | None = None) -> PayBoard:
    return PayBoard(event=EVENT, board_id=BOARD, after=after)


finalizes: Final = FinalizeBoard(event=EVENT, board_id=BOARD)


def placed(*entries: FinalEntry, owed: int = 0, given_: int = 0, more: bool = False) -> BoardPlaced:
    return BoardPlaced(event=EVENT, board_id=BOARD, entries=entries, owed=owed, given=given_, more=more)


def made(rank: int, *, ok: bool = True) -> BoardGrantsMade:
    return BoardGrantsMade(event=EVENT, board_id=BOARD, rank=rank, made=ok)


def final(participants: int, *standings: FinalEntry) -> BoardFinalized:
    return BoardFinalized(event=EVENT, board_id=BOARD, participants=participants, standings=standings)


def at_once(command: PayBoard | FinalizeBoard, step: str) -> Timer:
    return Timer(f"board/starlight/{EVENT}/{BOARD}/{step}", NOON, EVENT, command)


def closed(story: Story, *rows: Values) -> Consequence:
    """The board has begun to close with these entries, and its first page is being made final."""
    sum_ = sum(int(str(one[3])) for one in rows if one[1] == "player" and int(str(one[3])) > 0)
    begun = story.seeing((len(rows), str(sum_))).when(closes(), THEIRS)
    return begun.rang(by=begun.story.seeing(*rows))


def answered(paying: Consequence, *ranks: int) -> Consequence:
    """The ledger answers for these places, one after another; what the last answer brings."""
    after, story = paying, paying.story
    for rank in ranks:
        count = CountGrants(event=EVENT, board_id=BOARD, rank=rank, answer=Answer(granted=True))
        after = story.when(count, THEIRS)
        story = after.story
    return after
