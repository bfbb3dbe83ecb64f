"""An attempt comes further, fires milestones once each, and is completed when all its targets are reached.

Only the metrics that the event has count, and whatever was reported is kept beside what counts. Milestones look at what
was reported. An attempt whose window is over, or that was ended, takes nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.leaderboards.entrant.attempts import Whose, finished, raw_of, told
from services.leaderboards.entrant.milestones import Fired, fired_by, sends_of
from services.leaderboards.entrant.scoring import after, completed, newly_reached
from services.leaderboards.entrant.state import Entrant, InProgress, entrant_of
from services.leaderboards.event.opening import version_at
from shared.event_ids import attempt_number_of
from shared.messages.attempt import (
    Attempt,
    AttemptProgressed,
    FinishAnswer,
    FinishAttempt,
    MilestoneFired,
    ProgressAnswer,
    ProgressAttempt,
)
from shared.messages.base import Event
from shared.messages.event_spec import LARGEST_MICROS, EventSpec
from shared.shapes import Decision, Facts, Outcome, Pending, Refused, States


class _Turn(NamedTuple):
    """An attempt that is in progress, and everything it rests on."""

    one: InProgress
    entrant: Entrant
    spec: EventSpec
    whose: Whose


def _turn(command: ProgressAttempt | FinishAttempt, states: States, facts: Facts) -> _Turn | Refused:
    entrant = states[entrant_of(command.event, command.player)]
    whose = Whose(facts.tenant, command.event, command.player)
    number = attempt_number_of(*whose, command.attempt_id)
    if number is None or not 1 <= number <= entrant.attempts:
        return Refused("no_attempt")
    one = next((one for one in entrant.in_progress if one.number == number), None)
    if one is None or (entrant.ends_at is not None and facts.now >= entrant.ends_at):
        return Refused("attempt_finished")
    return _Turn(one, entrant, version_at(command.event, entrant.definition_version, facts).spec, whose)


def progress(command: ProgressAttempt, states: States, facts: Facts) -> Outcome[Event]:
    turn = _turn(command, states, facts)
    if isinstance(turn, Refused):
        return turn
    given = _given(command, turn.spec)
    if isinstance(given, Refused):
        return given
    raw = after(turn.spec, raw_of(turn.one, turn.spec), command.mode, given)
    attempt = told(turn.one, turn.entrant, turn.spec, turn.whose, raw)
    if max(abs(attempt.score), *map(abs, raw.values())) > LARGEST_MICROS:
        return Refused("score_out_of_range")
    if completed(turn.spec, raw):
        attempt = attempt.model_copy(update={"status": "completed", "completed_at": facts.now})
    return _come_further(command, turn, attempt, facts)


def _given(command: ProgressAttempt, spec: EventSpec) -> Mapping[str, int] | Refused:
    first = {} if command.value is None else {spec.metrics[0].key: command.value}
    given = {**first, **(command.metrics or {})}
    known = {metric.key for metric in spec.metrics}
    unknown = next((key for key in given if key not in known), None)
    if unknown is not None:
        return Refused("invalid_metric", {"metric": unknown})
    return given or Refused("invalid_metric")


def _come_further(command: ProgressAttempt, turn: _Turn, attempt: Attempt, facts: Facts) -> Outcome[Event]:
    places = newly_reached(turn.spec, attempt.metrics_raw, turn.one.reached)
    best = max(turn.entrant.best, attempt.score)
    progressed = AttemptProgressed(
        attempt=attempt,
        mode=command.mode,
        best=best,
        improved=best > turn.entrant.best,
        fired=tuple(turn.spec.milestones[place].key for place in places),
        reached=turn.one.reached | sum(1 << place for place in places),
        occurred_at=command.occurred_at,
    )
    fired = [fired_by(attempt, turn.spec, place, facts) for place in places]
    if any(one.gifts for one in fired):
        return Pending((progressed,), sends=sends_of(attempt, fired))
    return Decision((progressed,), reply=ProgressAnswer(attempt=attempt, milestones=_plain(fired)))


def _plain(fired: list[Fired]) -> tuple[MilestoneFired, ...]:
    return tuple(MilestoneFired(key=one.key) for one in fired)


def finish(command: FinishAttempt, states: States, facts: Facts) -> Outcome[Event]:
    turn = _turn(command, states, facts)
    if isinstance(turn, Refused):
        return turn
    # Whoever has come further is completed already; a target of 0 or less is reached by doing nothing.
    missed = turn.spec.has_targets and not completed(turn.spec, raw_of(turn.one, turn.spec))
    status: Any = "expired" if missed else "completed"
    over = finished(turn.one, turn.entrant, turn.spec, turn.whose, status, facts.now)
    return Decision((over,), reply=FinishAnswer(attempt=over.attempt, outcome=status))
