"""How far some triggers bring a player in every journey that waits for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from services.engines.journey.state import MOST_JOURNEYS, Journeys, Progress
from shared.ids import JourneyId, PlayerId
from shared.messages.journey import (
    DORMANT,
    PLATFORM,
    JourneyAdvanced,
    JourneyCompleted,
    JourneyMoved,
    JourneySpec,
    JourneyStarted,
    JourneyStep,
    mark_of,
)
from shared.shapes import Facts


class Going(NamedTuple):
    """One journey that a player may go on with, under the version it was begun under."""

    journey: JourneyId
    spec: JourneySpec
    progress: Progress
    new: bool


def going(journeys: Journeys, facts: Facts) -> Iterator[Going]:
    """Every journey that is active, and those taken out of use that are still under way, by key."""
    current = {JourneyId(one.key): one for one in facts.definitions.every(JourneySpec)}
    for key in sorted(current.keys() | journeys.progress.keys()):
        known, now = journeys.progress.get(key), current.get(key)
        if now is not None and now.spec.status != "active":
            continue
        if known is None and now is not None:
            yield Going(key, now.spec, Progress(now.version), new=True)
        elif known is not None and not known.completed:
            yield Going(key, begun_under(key, known.version, facts), known, new=False)


def begun_under(key: JourneyId, version: int, facts: Facts) -> JourneySpec:
    definition = facts.definitions.at(JourneySpec, key, version)
    if definition is None:
        raise LookupError(f"journey {key} has no version {version}")
    return definition.spec


def moves(player: PlayerId, triggers: Mapping[str, int], journeys: Journeys, facts: Facts) -> list[JourneyMoved]:
    """What the triggers bring about; a journey that does not wait for any of them is left alone."""
    room, found = MOST_JOURNEYS - len(journeys.progress), list[JourneyMoved]()
    for one in going(journeys, facts):
        step, counted = walked(one.spec.steps, one.progress, triggers)
        if (step, counted) == (one.progress.step, one.progress.counted) or room < one.new:
            continue
        room -= one.new
        found.append(_moved(player, one, step, counted))
    return found


def _moved(player: PlayerId, one: Going, step: int, counted: int) -> JourneyMoved:
    far: dict[str, Any] = {
        "player": player,
        "journey": one.journey,
        "journey_name": one.spec.name,
        "definition_version": one.progress.version,
        "step": step,
        "counted": counted,
    }
    if step == len(one.spec.steps):
        spec = one.spec
        return JourneyCompleted(**far, asset=spec.asset, reward=spec.reward_winz, reward_spins=spec.reward_spins)
    return JourneyStarted(**far) if one.new else JourneyAdvanced(**far)


def walked(steps: Sequence[JourneyStep], progress: Progress, triggers: Mapping[str, int]) -> tuple[int, int]:
    """(steps done, counted for the next): each firing counts once, and what a step does not need is left for the next.

    In which order several triggers of one wish fired is not known, so any order that brings the player on will do.
    """
    step, counted, left = progress.step, progress.counted, dict(triggers)
    while step < len(steps) and left.get(steps[step].trigger, 0) > 0:
        wanted = steps[step]
        used = min(wanted.count - counted, left[wanted.trigger])
        left[wanted.trigger] -= used
        counted += used
        if counted == wanted.count:
            step, counted = step + 1, 0
    return step, counted


def mark_now(facts: Facts) -> str:
    """The mark of the journeys as they are configured now."""
    return mark_of((one.key, one.version) for one in facts.definitions.every(JourneySpec))


def waiting(journeys: Journeys, facts: Facts) -> tuple[str, ...]:
    """The platform's triggers that may still matter to the player; all of them where silence is watched for."""
    ahead: set[str] = set()
    for one in going(journeys, facts):
        if any(step.trigger == DORMANT for step in one.spec.steps):
            return tuple(sorted(PLATFORM))
        ahead.update(step.trigger for step in one.spec.steps[one.progress.step :])
    return tuple(sorted(PLATFORM & ahead))
