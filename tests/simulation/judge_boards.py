"""What is remembered of one event while it is followed: windows, boards, attempts, and the bots of its lobbies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from shared.event_ids import bot_id_of
from shared.ids import BoardId
from shared.messages.board import BoardClosing, BoardFinalized, BoardPlaced, FinalEntry
from shared.messages.lobby import BotScore, BotsRetired
from shared.money import MICRO
from tests.simulation.contests import PACE
from tests.simulation.told_games import expect

_MS = timedelta(milliseconds=1)
_MINUTE_MS = 60_000


class Standing(NamedTuple):
    """Where one participant stands."""

    score: int
    pos: int
    kind: str
    player: str


@dataclass
class Board:
    """One board of one window."""

    window_id: str
    standings: dict[str, Standing] = field(default_factory=dict)
    """By participant."""
    completed: set[str] = field(default_factory=set)
    """Who has completed an attempt on it."""
    closing: bool = False
    placed: list[FinalEntry] = field(default_factory=list)
    final: BoardFinalized | None = None

    def order(self) -> list[FinalEntry]:
        """Everybody, sorted by hand: the higher score, who was there earlier, the participant's name."""
        rows = sorted((-one.score, one.pos, who) for who, one in self.standings.items())
        return [
            FinalEntry(rank=rank, participant=who, kind=one.kind, player=one.player, score=one.score)  # type: ignore[arg-type]
            for rank, (who, one) in enumerate(((who, self.standings[who]) for _, _, who in rows), start=1)
        ]

    def take(self, event: BoardClosing | BoardPlaced | BoardFinalized, *, over: bool) -> None:
        """It ends, a step at a time; `over` is whether its window has been closed."""
        match event:
            case BoardClosing():
                right = over and not self.closing and event.participants == len(self.standings)
                expect(right, f"{event}, but {self}")
                self.closing = True
            case BoardPlaced():
                expect(self.closing and self.final is None, f"{event}, but {self}")
                self.placed.extend(event.entries)
            case BoardFinalized():
                expect(self.final is None, f"{event} again")
                expect(self.placed == self.order(), f"{event} with {self.placed}, due was {self.order()}")
                due = (len(self.standings), self.order()[:100])
                expect((event.participants, list(event.standings)) == due, f"{event} should be {due}")
                self.final = event


@dataclass
class Window:
    """One time that the event is on."""

    starts_at: datetime
    ends_at: datetime
    closed: bool = False
    groups: list[list[str]] = field(default_factory=list)
    lobbies: int = 0
    """That players found together in, and that have begun."""
    waiting: list[str] = field(default_factory=list)
    """Who is in the one that is forming."""


@dataclass
class Attempt:
    """One attempt, as it must stand."""

    player: str
    window_id: str
    board_id: str
    raw: dict[str, int]
    fired: set[str] = field(default_factory=set)
    over: bool = False


class Milestone(NamedTuple):
    """A grant that is due for something that was reached on the way."""

    player: str
    attempt_id: str
    key: str


@dataclass
class Bots:
    """The bots of one lobby."""

    board_id: str
    count: int
    started_at: datetime
    ends_at: datetime
    seed_hash: str
    paces: dict[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    """The least and the most that each one's pace can be, after what was seen of it."""
    retired: bool = False

    def move(self, at: datetime, entry: BotScore, target: int) -> None:
        """Each keeps its pace, within what is allowed, until the target; who was down begins late, with nothing."""
        expect(at < self.ends_at or entry.score == 0, f"{entry} came at {at}, too late for {self}")
        named = entry.bot == bot_id_of(BoardId(self.board_id), entry.number) and 1 <= entry.number <= self.count
        expect(named, f"{entry} is none of {self}")
        played = Fraction((at - self.started_at) // _MS, _MINUTE_MS)
        if played and entry.score < target:
            low, high = self.paces.get(entry.bot, (Fraction(PACE[0] * MICRO), Fraction(PACE[1] * MICRO + 1)))
            low, high = max(low, entry.score / played), min(high, (entry.score + 1) / played)
            expect(low < high, f"{entry} after {played} minutes has another pace than before: {low} to {high}")
            self.paces[entry.bot] = (low, high)

    def retire(self, at: datetime, event: BotsRetired) -> None:
        """The window is over, and what their paces were drawn from is shown."""
        hash_ = hashlib.sha256(event.server_seed.encode()).hexdigest()
        right = hash_ == self.seed_hash and at >= self.ends_at and not self.retired
        expect(right, f"{event} at {at}, but {self}")
        self.retired = True
