"""One page of a board: who stands on it for good, what the ledger is asked to give, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.leaderboards.board.prizes import Prizes, given_to, page_prizes
from services.leaderboards.board.state import Closing, spec_at
from shared.ids import PlayerId
from shared.messages.board import (
    PAGE,
    BoardPlaced,
    CountGrants,
    Cursor,
    FinalEntry,
    FinalizeBoard,
    PayBoard,
)
from shared.messages.event_spec import EventSpec, SharedPool
from shared.messages.grant import GiveGrants, gifts_of
from shared.shapes import Facts, Send, Timer, Values

_POS: Final = 4
"""In a row of a page: the position at which the score was reached."""
_COMPLETED: Final = 5
"""There, too: whether the participant has completed an attempt."""


class Page(NamedTuple):
    """What is decided about one page."""

    placed: BoardPlaced
    prizes: Mapping[FinalEntry, Prizes]
    next: PayBoard | None


def page_of(command: PayBoard, closing: Closing, facts: Facts) -> Page:
    spec = spec_at(command.event, closing.definition_version, facts)
    before = 0 if command.after is None else command.after.rank
    ranked = list(enumerate(facts.rows, start=before + 1))
    entries = tuple(entry_of((rank, *row[:_POS])) for rank, row in ranked)
    completed = {str(row[0]) for row in facts.rows if row[_COMPLETED]}
    more = len(entries) == PAGE and entries[-1].rank < closing.participants
    prizes = page_prizes(entries, spec, closing, facts, completed, last=not more)
    placed = BoardPlaced(
        event=command.event,
        board_id=command.board_id,
        entries=entries,
        owed=len(prizes),
        given=_given(entries, spec, closing),
        more=more,
    )
    return Page(placed, prizes, _after(command, entries[-1], facts.rows[-1]) if more else None)


def entry_of(row: Values) -> FinalEntry:
    """A row as the lookups answer it: rank, participant, kind, player and score."""
    rank, participant, kind, player, score = row
    return FinalEntry(
        rank=int(str(rank)),
        participant=str(participant),
        kind="player" if kind == "player" else "bot",
        player=str(player),
        score=int(str(score)),
    )


def _after(command: PayBoard, last: FinalEntry, row: Values) -> PayBoard:
    cursor = Cursor(rank=last.rank, score=last.score, reached_pos=int(str(row[_POS])), participant=last.participant)
    return PayBoard(event=command.event, board_id=command.board_id, after=cursor)


def _given(entries: tuple[FinalEntry, ...], spec: EventSpec, closing: Closing) -> int:
    policy = spec.reward_policy
    return sum(given_to(entries, policy, closing)[0].values()) if isinstance(policy, SharedPool) else 0


def requests_of(page: Page, closing: Closing, facts: Facts) -> tuple[Send, ...]:
    """What the ledger is asked to give, one Send a participant."""
    placed = page.placed
    return tuple(
        Send(
            "ledger",
            entry.player,
            GiveGrants(
                player=PlayerId(entry.player),
                gifts=gifts_of(
                    facts.tenant,
                    (placed.board_id, entry.participant),
                    prizes.entries,
                    "event",
                    closing.window_id or placed.board_id,
                    expires_at=prizes.expires_at,
                ),
            ),
            then=CountGrants(event=placed.event, board_id=placed.board_id, rank=entry.rank),
        )
        for entry, prizes in page.prizes.items()
    )


def next_step(command: PayBoard | FinalizeBoard, facts: Facts) -> tuple[Timer, ...]:
    """Go on at once, in a decision of its own."""
    step = "final" if isinstance(command, FinalizeBoard) else str(command.after.rank if command.after else 0)
    name = f"board/{facts.tenant}/{command.event}/{command.board_id}/{step}"
    return (Timer(name, facts.now, command.event, command),)
