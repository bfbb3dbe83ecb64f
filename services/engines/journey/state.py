"""What is remembered of a player's journeys: how far each has come, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from shared.ids import JourneyId, PlayerId
from shared.messages.journey import JourneyCompleted, JourneyEvent, JourneyMoved, PlayerDormant
from shared.streams import Stream, key_of

MOST_JOURNEYS: Final = 100
"""That one player may ever begin; more would not fit into one state."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a player has come in one journey."""

    version: int
    """Of the definition that the journey is gone under."""
    step: int = 0
    """How many steps are done."""
    counted: int = 0
    """How often the trigger of the next step has fired."""
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Journeys:
    """Everything that a player ever began; what is completed stays, since it never starts again."""

    progress: Mapping[JourneyId, Progress] = field(default_factory=dict)
    dormant: int = 0
    """How often nothing happened for seven days."""


def journeys_of(player: PlayerId) -> Stream[Journeys]:
    """The history of one player's journeys."""
    return Stream("journeys", key_of(player))


def evolve(journeys: Journeys, event: JourneyEvent) -> Journeys:
    match event:
        case JourneyMoved():
            done = isinstance(event, JourneyCompleted)
            progress = Progress(event.definition_version, event.step, event.counted, done)
            return replace(journeys, progress={**journeys.progress, event.journey: progress})
        case PlayerDormant():
            return replace(journeys, dormant=event.times)
        case _:
            return journeys
