"""Everything that can be said about a board across events, which the game's own server writes to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.ids import BoardId, PlayerId, SeasonId, is_id
from shared.messages.base import Command, Event, Reply, Spec
from shared.periods import zone
from shared.streams import Stream, key_of

LARGEST_SCORE: Final = 10**18
"""In millionths, either way."""
MOST_SEGMENTS: Final = 100


def _known(name: str) -> str:
    zone(name)
    return name


def _named(segment: str) -> str:
    if not is_id(segment):
        raise ValueError("must be 1 to 128 printable characters without slashes")
    return segment


Micro = Annotated[int, Field(ge=-LARGEST_SCORE, le=LARGEST_SCORE)]
"""A score in millionths."""
Segment = Annotated[str, AfterValidator(_named)]
Period = Literal["never", "weekly", "monthly"]


def season_key(board: SeasonId, player: PlayerId, segment: str | None) -> str:
    """The name of the history of one player's score, in one segment where the board has such."""
    return key_of(board, player) if segment is None else key_of(board, segment, player)


class BoardSpec(Spec, kind="board"):
    """A board that outlives events: how its scores come about, and how often it begins anew."""

    lasting = ("aggregation", "period", "timezone")

    name: str = Field(min_length=1, max_length=128)
    aggregation: Literal["best", "latest", "sum"] = "best"
    """Which of a player's values counts."""
    period: Period = "never"
    """How often it begins anew: on Mondays, or on the first of a month, at midnight in its time zone."""
    timezone: Annotated[str, AfterValidator(_known)] = "UTC"
    segments: tuple[Segment, ...] | None = Field(default=None, min_length=1, max_length=MOST_SEGMENTS)
    """Boards of their own beside one another; then every score names one of them."""

    @model_validator(mode="after")
    def _makes_sense(self) -> BoardSpec:
        if self.segments is not None and len(set(self.segments)) < len(self.segments):
            raise ValueError("segments has one twice")
        return self


class ScoreBoard(Command, wire="board.score"):
    """A player has reached a value; the board says what becomes of it."""

    board: SeasonId
    player: PlayerId
    value: Micro
    segment: Segment | None = None


class BoardScored(Event, wire="board.scored"):
    """A value has counted for a player."""

    board: SeasonId
    board_id: BoardId
    """Of this period and segment."""
    segment: Segment | None
    period_started_at: datetime
    period_ended_at: datetime | None
    """None: it never begins anew."""
    player: PlayerId
    participant: str
    """The player's uuid."""
    value: Micro
    score: Micro
    """After it."""
    improved: bool
    """Whether the score is another than before, or the player's first of the period."""
    definition_version: int

    @property
    def stream(self) -> Stream[Any]:
        return Stream("season", season_key(self.board, self.player, self.segment))


class BoardScoredAnswer(Reply):
    """The player's score as it now stands on the board."""

    board_id: BoardId
    score: Micro


_season: dict[str, Any] = {"board": "season", "player": "rocket"}
_board = BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f12")

SAMPLES = (
    BoardSpec(name="Season", period="monthly"),
    ScoreBoard(**_season, value=1_500_000),
    BoardScored(
        **_season,
        board_id=_board,
        segment=None,
        period_started_at=datetime(2026, 11, 1, tzinfo=UTC),
        period_ended_at=datetime(2026, 12, 1, tzinfo=UTC),
        participant="7b0f7c6e-3a49-5d2c-9d5b-0d8f7c1f2a33",
        value=1_500_000,
        score=1_500_000,
        improved=True,
        definition_version=1,
    ),
    BoardScoredAnswer(board_id=_board, score=1_500_000),
)
