"""How far a tournament has come, what a player has scored in it, and which of its wagers have counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.ids import PlayerId, TournamentId
from shared.messages.tournament import TournamentSpec
from shared.messages.tournament_score import Played
from shared.shapes import Definition, Facts
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unbegun:
    """Nobody has scored yet, so it is what its definition says now."""


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody has scored: this version of the definition holds to the end."""

    definition_version: int


@dataclass(frozen=True, slots=True)
class Closing:
    """Nothing counts any more; places are being paid."""

    definition_version: int
    called: bool
    """Whether somebody waits to hear that it is closed."""
    places: int = 0
    """How many have won something so far."""
    unpaid: int = 0
    """How many of these the ledger has not yet paid."""
    total_paid: int = 0
    more: bool = True
    """Whether there are places still to be looked at."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Every place is paid."""

    places: int
    total_paid: int


Standing = Unbegun | Open | Closing | Completed


@dataclass(frozen=True, slots=True)
class Scoreless:
    """This player has not scored here yet."""


@dataclass(frozen=True, slots=True)
class Score:
    """What a player has, and since when."""

    micro_points: int
    reached_at: datetime
    reached_by: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """This wager has not counted yet."""


@dataclass(frozen=True, slots=True)
class Counted:
    """This wager has counted, as this, and brought its player to this total."""

    played: Played
    total: int


def tournament_of(tournament: TournamentId) -> Stream[Standing]:
    """The history of one tournament as a whole."""
    return Stream("tournament", key_of(tournament))


def score_of(tournament: TournamentId, player: PlayerId) -> Stream[Scoreless | Score]:
    """The history of one player's score in one tournament."""
    return Stream("tournament_score", key_of(tournament, player))


def wager_of(tournament: TournamentId, source_wager_id: str) -> Stream[Fresh | Counted]:
    """The history of one wager that a score named: that it counted, or nothing."""
    return Stream("tournament_wager", key_of(tournament, source_wager_id))


def version_at(tournament: TournamentId, version: int, facts: Facts) -> Definition[TournamentSpec]:
    """The version that a tournament was begun under, also after others were put or it was removed."""
    found = facts.definitions.at(TournamentSpec, tournament, version)
    if found is None:
        raise LookupError(f"tournament {tournament} has no version {version}")
    return found
