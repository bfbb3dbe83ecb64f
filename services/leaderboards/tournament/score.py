"""A wager's points count once, while the tournament is on: by its own time, for a player who may play.

A score that a door reports is taken if the tournament is on at that moment; the ledger is asked to admit the player,
and then the points count unless the tournament was closed meanwhile. Wagers of the stream come many at once, from
players whom the operator has let play, and belong to the tournament by the time they bear; whatever does not belong
is not counted, and nothing of it is refused. The first points begin the tournament.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.leaderboards.tournament.counting import Points, add, begin, belongs, fits, taking
from services.leaderboards.tournament.many import score_many
from services.leaderboards.tournament.split import points_of
from services.leaderboards.tournament.state import (
    Closing,
    Completed,
    Counted,
    Fresh,
    Open,
    Score,
    Scoreless,
    Standing,
    score_of,
    tournament_of,
    version_at,
    wager_of,
)
from shared.messages.base import Event
from shared.messages.player import AdmitPlayer
from shared.messages.tournament import TournamentSpec
from shared.messages.tournament_score import (
    LARGEST_POINTS,
    CountScore,
    Played,
    ScoreCommand,
    ScoreEvent,
    ScoreMany,
    ScoreTournament,
    TournamentScoreAnswer,
    TournamentScored,
    TournamentScoreDenied,
    TournamentScoreRequested,
    TournamentWagerCounted,
)
from shared.shapes import Decider, Decision, Definition, Facts, Outcome, Pending, Refused, Send, States
from shared.streams import Stream


def score(command: ScoreTournament, states: States, facts: Facts) -> Outcome[Event]:
    known = _counted_before(command, states)
    if isinstance(known, Refused):
        return known
    if known is not None:
        return Decision((), reply=known)
    definition = taking(command.tournament, states[tournament_of(command.tournament)], facts)
    if isinstance(definition, Refused):
        return definition
    if not belongs(definition.spec, facts.asked_at):
        return Refused("not_active")
    who = command.player
    asked = TournamentScoreRequested(tournament=command.tournament, player=who, score_id=facts.command_id)
    count_ = CountScore(
        **dict(_played(command)), score_id=facts.command_id, definition_version=definition.version, at=facts.asked_at
    )
    return Pending((asked,), sends=(Send("ledger", who, AdmitPlayer(player=who), then=count_),))


def _counted_before(command: ScoreTournament | CountScore, states: States) -> TournamentScoreAnswer | Refused | None:
    if command.source_wager_id is None:
        return None
    earlier = states[wager_of(command.tournament, command.source_wager_id)]
    if isinstance(earlier, Fresh):
        return None
    if earlier.played != _played(command):
        return Refused("wager_conflict")
    return TournamentScoreAnswer(
        tournament=command.tournament, player=command.player, total=earlier.total, repeated=True
    )


def _played(command: ScoreTournament | CountScore) -> Played:
    return Played(**{name: getattr(command, name) for name in Played.model_fields})


def count(command: CountScore, states: States, facts: Facts) -> Outcome[Event]:
    if not command.answer.granted:
        return _denied(command, command.answer.code or "refused", command.answer.details, facts)
    known = _counted_before(command, states)
    if isinstance(known, Refused):
        return _denied(command, known.code, {}, facts)
    if known is not None:  # two reports of one wager were under way at once
        return Decision((), reply=known, finishes=facts.wish)
    standing = states[tournament_of(command.tournament)]
    if isinstance(standing, Closing | Completed):
        return _denied(command, "not_active", {}, facts)
    version = standing.definition_version if isinstance(standing, Open) else command.definition_version
    definition = version_at(command.tournament, version, facts)
    before = states[score_of(command.tournament, command.player)]
    points = points_of(command, definition.spec)
    if points > LARGEST_POINTS or not fits(points, before):
        return _denied(command, "points_limit", {}, facts)
    scored = add(command.tournament, command.player, Points(points, command.at, command.score_id), before)
    return _counted(command, definition, standing, scored, facts)


def _denied(command: CountScore, code: str, details: Mapping[str, Any], facts: Facts) -> Outcome[Event]:
    denied = TournamentScoreDenied(
        tournament=command.tournament, player=command.player, score_id=command.score_id, code=code
    )
    return Decision((denied,), reply=Refused(code, details), finishes=facts.wish)


def _counted(
    command: CountScore,
    definition: Definition[TournamentSpec],
    standing: Standing,
    scored: TournamentScored,
    facts: Facts,
) -> Outcome[Event]:
    begun, timers = begin(definition, standing, facts)
    once = (
        ()
        if command.source_wager_id is None
        else (TournamentWagerCounted(played=_played(command), total=scored.total),)
    )
    answer = TournamentScoreAnswer(tournament=command.tournament, player=command.player, total=scored.total)
    return Decision((*begun, scored, *once), reply=answer, timers=timers, finishes=facts.wish)


def streams(command: ScoreCommand) -> tuple[Stream[Any], ...]:
    whole = tournament_of(command.tournament)
    match command:
        case ScoreMany():
            players = dict.fromkeys(entry.player for entry in command.entries)
            return (whole, *(score_of(command.tournament, player) for player in players))
        case ScoreTournament() | CountScore():
            named = command.source_wager_id
            once = () if named is None else (wager_of(command.tournament, named),)
            return (score_of(command.tournament, command.player), whole, *once)


def decide(command: ScoreCommand, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case ScoreTournament():
            return score(command, states, facts)
        case CountScore():
            return count(command, states, facts)
        case ScoreMany():
            return score_many(command, states, facts)


def evolve(before: Scoreless | Score, event: ScoreEvent) -> Scoreless | Score:
    if isinstance(event, TournamentScored):
        return Score(event.total, event.reached_at, event.reached_by)
    return before


def evolve_wager(before: Fresh | Counted, event: TournamentWagerCounted) -> Fresh | Counted:
    return Counted(event.played, event.total)


decider: Decider[ScoreCommand, Scoreless | Score, ScoreEvent] = Decider(
    noun="tournament_score",
    initial=Scoreless(),
    situations=(Scoreless, Score),
    commands=(ScoreTournament, CountScore, ScoreMany),
    events=(TournamentScoreRequested, TournamentScoreDenied, TournamentScored),
    streams=streams,
    decide=decide,
    evolve=evolve,
)

wagers: Decider[ScoreCommand, Fresh | Counted, TournamentWagerCounted] = Decider(
    noun="tournament_wager",
    initial=Fresh(),
    situations=(Fresh, Counted),
    commands=(),
    events=(TournamentWagerCounted,),
    streams=streams,
    decide=decide,
    evolve=evolve_wager,
)
"""What a score has used up; scores alone write it."""
