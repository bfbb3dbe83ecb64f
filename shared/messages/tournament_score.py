"""Everything that can be said about a score in a tournament: a wager is reported, and its points count once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field, model_validator

from shared.ids import MessageId, PlayerId, TournamentId
from shared.messages.base import LARGEST_AMOUNT, Amount, Command, Event, FollowUp, Message, Reply
from shared.messages.wager_entry import MOST_ENTRIES, Entry
from shared.money import MICRO
from shared.streams import Stream, key_of

LARGEST_POINTS: Final = LARGEST_AMOUNT
"""Of one player in one tournament, in millionths; as far below zero, too."""

SomeId = Annotated[str, Field(min_length=1, max_length=128)]


class Played(Message):
    """What a player did, as the operator reports it."""

    tournament: TournamentId
    player: PlayerId
    wagered: Amount | None = None
    """In millionths of a USD; it scores `points_per_usd` each."""
    points: Amount | None = None
    """In millionths of a point; they count instead of what was wagered."""
    source_wager_id: SomeId | None = None
    """The operator's own id of the wager, which counts once."""

    @model_validator(mode="after")
    def _something_was_done(self) -> Played:
        if self.wagered is None and self.points is None:
            raise ValueError("one of wagered and points is needed")
        return self


class ScoreTournament(Command, Played, wire="tournament.score"):
    """A settled wager of a player scores points."""


class CountScore(FollowUp, Played, wire="tournament.count_score"):
    """The ledger has said whether the player may play; if so, the points count."""

    score_id: MessageId
    definition_version: int
    """That the score was taken under."""
    at: datetime
    """When it was taken: it belongs to the tournament by this."""


class ScoreMany(Command, wire="tournament.score_many"):
    """Wagers of the stream score points by what was staked. Never refused: what cannot count is not counted.

    Whether a wager belongs, and what it is worth, is said by the version that the tournament was begun under, for a
    wager and its void alike: a void never takes what was not given.
    """

    tournament: TournamentId
    definition_version: int
    """That the tournament is begun under if these are its first points."""
    entries: tuple[Entry, ...] = Field(min_length=1, max_length=MOST_ENTRIES)


class ScoreEvent(Event):
    """A fact about one player's score in one tournament."""

    tournament: TournamentId
    player: PlayerId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("tournament_score", key_of(self.tournament, self.player))


class TournamentScoreRequested(ScoreEvent, wire="tournament.score_requested"):
    """A score was reported; the ledger is asked whether the player may play."""

    score_id: MessageId


class TournamentScoreDenied(ScoreEvent, wire="tournament.score_denied"):
    """It does not count."""

    score_id: MessageId
    code: str


class TournamentScored(ScoreEvent, wire="tournament.scored"):
    """Points were added to a player's score."""

    source: str
    """The wager that brought them, the latest of several; without one, the score's own id."""
    micro_points: int
    """What was added, in millionths."""
    total: int
    """What the player has now, in millionths."""
    reached_at: datetime
    reached_by: str
    """When and by what this total was reached: the latest of all that counted, in whatever order they came."""


class TournamentWagerCounted(Event, wire="tournament.wager_counted"):
    """A wager that a score named has counted, and cannot count again."""

    played: Played
    total: int
    """The player's points afterwards, in millionths."""

    @property
    def stream(self) -> Stream[Any]:
        return Stream("tournament_wager", key_of(self.played.tournament, self.played.source_wager_id or ""))


class TournamentScoreAnswer(Reply):
    """Where the player stands after the score."""

    tournament: TournamentId
    player: PlayerId
    total: int
    """In millionths of a point."""
    repeated: bool = False
    """Whether this very wager had counted before."""


class TournamentTally(Reply):
    """How many entries counted; the others belong to no time that it was open, or are worth nothing."""

    tournament: TournamentId
    counted: int


ScoreCommand = ScoreTournament | CountScore | ScoreMany

_who: dict[str, Any] = {"tournament": "weekend-race", "player": "rocket"}
_at: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_id: Final = MessageId("0192f0c1-0000-7000-8000-000000000003")
_points: Final = 500 * MICRO
_played: dict[str, Any] = {**_who, "wagered": 50 * MICRO, "source_wager_id": "wager-1"}
_entry = Entry(player=PlayerId("rocket"), micros=50 * MICRO, at=_at, wager_id="wager-1")
_reached: dict[str, Any] = {"reached_at": _at, "reached_by": "wager-1"}

SAMPLES = (
    ScoreTournament(**_played),
    CountScore(**_played, score_id=_id, definition_version=1, at=_at),
    ScoreMany(tournament=TournamentId("weekend-race"), definition_version=1, entries=(_entry,)),
    TournamentScoreRequested(**_who, score_id=_id),
    TournamentScoreDenied(**_who, score_id=_id, code="player_blocked"),
    TournamentScored(**_who, source="wager-1", micro_points=_points, total=_points, **_reached),
    TournamentWagerCounted(played=Played(**_played), total=_points),
    TournamentScoreAnswer(**_who, total=_points),
    TournamentTally(tournament=TournamentId("weekend-race"), counted=1),
)
