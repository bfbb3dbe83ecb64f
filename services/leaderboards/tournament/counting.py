"""Whether points count, for which tournament, and what they make of a score, whoever reports them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from services.leaderboards.tournament.state import (
    Closing,
    Completed,
    Open,
    Score,
    Scoreless,
    Standing,
    Unbegun,
    version_at,
)
from shared.ids import PlayerId, TournamentId
from shared.messages.tournament import EndTournament, TournamentBegun, TournamentSpec
from shared.messages.tournament_score import LARGEST_POINTS, TournamentScored
from shared.shapes import Definition, Facts, Refused, Timer


def taking(tournament: TournamentId, standing: Standing, facts: Facts) -> Definition[TournamentSpec] | Refused:
    """The definition that holds, if the tournament takes scores at all. Whether it is paused is said by the newest."""
    newest = facts.definitions.current(TournamentSpec, tournament)
    if newest is None:
        return Refused("no_tournament")
    match standing:
        case Closing() | Completed():
            return Refused("not_active")
        case _ if newest.spec.status != "active":
            return Refused("not_active")
        case Open(definition_version=version):
            return version_at(tournament, version, facts)
        case Unbegun():
            return newest


def belongs(spec: TournamentSpec, at: datetime) -> bool:
    """Whether a wager of this moment is one of the tournament's."""
    return (spec.starts_at is None or spec.starts_at <= at) and (spec.ends_at is None or at < spec.ends_at)


def too_late(spec: TournamentSpec, now: datetime) -> bool:
    """Whether a tournament that nobody has scored in is over for good; one that has begun is closed by its timer."""
    return spec.closes_at is not None and now >= spec.closes_at


def begin(
    definition: Definition[TournamentSpec], standing: Standing, facts: Facts
) -> tuple[tuple[TournamentBegun, ...], tuple[Timer, ...]]:
    """The first points bind the tournament to this version, and set the clock for its end."""
    if isinstance(standing, Open):
        return (), ()
    tournament = TournamentId(definition.key)
    begun = (TournamentBegun(tournament=tournament, definition_version=definition.version),)
    if definition.spec.closes_at is None:
        return begun, ()
    end = EndTournament(tournament=tournament)
    return begun, (Timer(f"tournament/{facts.tenant}/{tournament}/end", definition.spec.closes_at, tournament, end),)


class Points(NamedTuple):
    """What one player has scored, with the latest of the wagers that it came of."""

    micros: int
    at: datetime
    source: str

    def and_(self, more: Points) -> Points:
        """Both together."""
        return Points(self.micros + more.micros, *max(self[1:], more[1:]))


def fits(micros: int, before: Scoreless | Score) -> bool:
    """Whether a score with so many points more can be counted exactly."""
    return abs(micros + (before.micro_points if isinstance(before, Score) else 0)) <= LARGEST_POINTS


def add(tournament: TournamentId, who: PlayerId, points: Points, before: Scoreless | Score) -> TournamentScored:
    """The score with these points, which must fit.

    The latest of all that counted has reached it, so that it does not matter in which order and portions they came.
    """
    total, reach = points.micros, points[1:]
    if isinstance(before, Score):
        total, reach = total + before.micro_points, max(reach, (before.reached_at, before.reached_by))
    return TournamentScored(
        tournament=tournament,
        player=who,
        source=points.source,
        micro_points=points.micros,
        total=total,
        reached_at=reach[0],
        reached_by=reach[1],
    )
