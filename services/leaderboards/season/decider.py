"""A value that a player has reached counts on the board across events: the best, the latest, or the sum of a period.

With every period everybody begins anew. Where the board has segments, a value counts in the one it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from shared.ids import PlayerId, SeasonId, user_id_of
from shared.messages.base import Event
from shared.messages.season import (
    LARGEST_SCORE,
    BoardScored,
    BoardScoredAnswer,
    BoardSpec,
    ScoreBoard,
    season_key,
)
from shared.seasons import period_of, season_board_id
from shared.shapes import Decider, Decision, Facts, Outcome, Refused, States
from shared.streams import Stream


@dataclass(frozen=True, slots=True)
class Unscored:
    """Nothing has counted for this player yet."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the player had in the period that was scored in last."""

    period_started_at: datetime
    score: int
    """In millionths."""


Standing = Unscored | Scored


def season_of(board: SeasonId, player: PlayerId, segment: str | None) -> Stream[Standing]:
    """The history of one player's score on one board, or in one segment of it."""
    return Stream("season", season_key(board, player, segment))


def score(command: ScoreBoard, states: States, facts: Facts) -> Outcome[Event]:
    definition = facts.definitions.current(BoardSpec, command.board)
    if definition is None:
        return Refused("no_board")
    spec, segment = definition.spec, command.segment
    if (segment is None) != (spec.segments is None) or (spec.segments is not None and segment not in spec.segments):
        return Refused("unknown_segment", {"segment": segment, "segments": list(spec.segments or ())})
    period = period_of(spec, facts.now)
    standing = states[season_of(command.board, command.player, segment)]
    same = isinstance(standing, Scored) and standing.period_started_at == period.started_at
    before = standing.score if isinstance(standing, Scored) and same else None
    after = aggregated(spec, before, command.value)
    if abs(after) > LARGEST_SCORE:
        return Refused("score_out_of_range")
    scored = BoardScored(
        board=command.board,
        board_id=season_board_id(facts.tenant, command.board, period.started_at, segment),
        segment=segment,
        period_started_at=period.started_at,
        period_ended_at=period.ended_at,
        player=command.player,
        participant=user_id_of(facts.tenant, command.player),
        value=command.value,
        score=after,
        improved=after != before,
        definition_version=definition.version,
    )
    return Decision((scored,), reply=BoardScoredAnswer(board_id=scored.board_id, score=after))


def aggregated(spec: BoardSpec, before: int | None, value: int) -> int:
    """The score after one more value."""
    if before is None:
        return value
    match spec.aggregation:
        case "best":
            return max(before, value)
        case "latest":
            return value
        case "sum":
            return before + value
    assert_never(spec.aggregation)


def streams(command: ScoreBoard) -> tuple[Stream[Any], ...]:
    return (season_of(command.board, command.player, command.segment),)


def decide(command: ScoreBoard, states: States, facts: Facts) -> Outcome[Event]:
    return score(command, states, facts)


def evolve(standing: Standing, event: BoardScored) -> Standing:
    return Scored(event.period_started_at, event.score)


decider: Decider[ScoreBoard, Standing, BoardScored] = Decider(
    noun="season",
    initial=Unscored(),
    situations=(Unscored, Scored),
    commands=(ScoreBoard,),
    events=(BoardScored,),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
