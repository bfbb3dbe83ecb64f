"""What an operator says of an activity: its rules, how often one may take part, and what completing it brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import Field, model_validator

from shared.ids import EngagementId
from shared.messages.action import Action, named_by
from shared.messages.base import Message, Reference, Spec
from shared.messages.prize import Weight
from shared.periods import day_of

MOST_SEGMENTS: Final = 100
MOST_QUESTIONS: Final = 100
MOST_OPTIONS: Final = 100
MOST_FIELDS: Final = 100
MOST_ACTIONS: Final = 8
MOST_ATTEMPTS: Final = 1_000_000_000
LONGEST_COOLDOWN_S: Final = 366 * 86_400
LONGEST_TEXT: Final = 10_000
ZONE: Final = "UTC"
"""Where days begin and end, for attempts that are counted by the day."""

ActivityType = Literal["spin_wheel", "quiz", "form", "poll", "survey"]
FieldType = Literal["text", "number", "boolean", "choice"]
Key = Annotated[str, Field(min_length=1, max_length=64)]


class SpinSegment(Message):
    """One slice of a spin wheel; it wins `weight` times in the sum of all weights."""

    label: str = Field(min_length=1, max_length=64)
    prize_type: Key
    weight: Weight
    action: Action | None = None
    """What it brings; None is a blank."""


class Question(Message):
    """One question of a quiz."""

    id: Key
    options: int = Field(ge=2, le=20)
    """How many there are to choose from."""
    right: int = Field(ge=0, le=19)
    """Which of them is right, from 0."""
    points: int = Field(default=1, ge=0, le=1_000)

    @model_validator(mode="after")
    def _right_is_an_option(self) -> Question:
        if self.right >= self.options:
            raise ValueError("`right` is none of the options")
        return self


class FormField(Message):
    """One field of a form or survey."""

    name: Key
    type: FieldType = "text"
    required: bool = False
    options: tuple[Key, ...] = Field(default=(), max_length=MOST_OPTIONS)
    """Of a choice."""
    max_length: int = Field(default=1_000, ge=1, le=LONGEST_TEXT)
    """Of a text, in characters."""

    @model_validator(mode="after")
    def _a_choice_has_options(self) -> FormField:
        if (self.type == "choice") != bool(self.options):
            raise ValueError("a choice has options, and nothing else has")
        return self


class ActivitySpec(Spec, kind="activity"):
    """An activity of an engagement. The order of its segments is part of the draw."""

    lasting = ("engagement", "type")

    engagement: EngagementId
    type: ActivityType
    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    """A paused activity takes no new attempts; what was validated can be completed."""
    max_attempts: int | None = Field(default=None, ge=1, le=MOST_ATTEMPTS)
    """None is no limit."""
    attempts_per: Literal["total", "day"] = "total"
    """A day is one of UTC."""
    cooldown_seconds: int = Field(default=0, ge=0, le=LONGEST_COOLDOWN_S)
    """From one completed attempt to the next."""
    actions: tuple[Action, ...] = Field(default=(), max_length=MOST_ACTIONS)
    """What completing it brings, in this order, after what the wheel brings."""
    segments: tuple[SpinSegment, ...] = Field(default=(), max_length=MOST_SEGMENTS)
    """Of a spin_wheel."""
    questions: tuple[Question, ...] = Field(default=(), max_length=MOST_QUESTIONS)
    """Of a quiz."""
    pass_at: int = Field(default=0, ge=0, le=100)
    """Of a quiz: the percentage of its points that passes."""
    options: tuple[Key, ...] = Field(default=(), max_length=MOST_OPTIONS)
    """Of a poll."""
    fields: tuple[FormField, ...] = Field(default=(), max_length=MOST_FIELDS)
    """Of a form or survey."""

    @model_validator(mode="after")
    def _has_what_its_type_needs(self) -> ActivitySpec:
        parts = {"segments": self.segments, "questions": self.questions, "options": self.options, "fields": self.fields}
        needed = PART_OF[self.type]
        for name, part in parts.items():
            if bool(part) != (name == needed):
                raise ValueError(f"a {self.type} has {needed}, and nothing else of the kind; see `{name}`")
        if self.segments and not any(segment.weight for segment in self.segments):
            raise ValueError("every segment has weight 0, so nothing can be drawn; give one a positive weight")
        if self.questions and not any(question.points for question in self.questions):
            raise ValueError("no question has points, so nothing can be scored")
        for names in ([q.id for q in self.questions], self.options, [field.name for field in self.fields]):
            _once_each(names)
        return self

    @property
    def weights(self) -> list[int]:
        """Of the segments, as they are drawn from."""
        return [segment.weight for segment in self.segments]

    def references(self) -> Iterator[Reference]:
        drawn = (named_by(one.action, f"segments[{place}].action") for place, one in enumerate(self.segments))
        done = (named_by(one, f"actions[{place}]") for place, one in enumerate(self.actions))
        yield Reference("engagement", self.engagement, "engagement")
        yield from chain.from_iterable((*drawn, *done))


PART_OF: Final = {
    "spin_wheel": "segments", "quiz": "questions", "poll": "options", "form": "fields", "survey": "fields",
}  # fmt: skip
"""What an activity of each type is made of."""


def _once_each(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise ValueError("an id or a name is there twice")


class Taken(NamedTuple):
    """How often a player has taken part in one activity."""

    used: int = 0
    """Ever."""
    day: str = ""
    """The last day on which an attempt was begun, in UTC, as 2026-11-21."""
    today: int = 0
    """On that day."""
    last_at: datetime | None = None
    """When the last attempt was completed."""


class Eligibility(Message):
    """Whether a player may take part now, as the API prints it."""

    eligible: bool
    attempts_used: int
    """Ever or today, as the activity counts them."""
    max_attempts: int | None
    cooldown_remaining_seconds: int


def eligibility(spec: ActivitySpec, taken: Taken, now: datetime) -> Eligibility:
    """Whether somebody who has taken part so often may do so now.

    Args:
        spec: of the activity.
        taken: how often the player has.
        now: in UTC.
    """
    today = taken.today if taken.day == day_of(now, ZONE) else 0
    used = taken.used if spec.attempts_per == "total" else today
    until = None if taken.last_at is None else taken.last_at + timedelta(seconds=spec.cooldown_seconds)
    cooling = 0 if until is None or until <= now else -((now - until) // timedelta(seconds=1))
    return Eligibility(
        eligible=cooling == 0 and (spec.max_attempts is None or used < spec.max_attempts),
        attempts_used=used,
        max_attempts=spec.max_attempts,
        cooldown_remaining_seconds=cooling,
    )


SAMPLES = (
    ActivitySpec(
        engagement=EngagementId("550e8400-e29b-41d4-a716-446655440000"),
        type="spin_wheel",
        name="Spin to win",
        max_attempts=3,
        segments=(
            SpinSegment(label="Try again", prize_type="none", weight=40),
            SpinSegment(label="20% Off", prize_type="coupon", weight=5),
        ),
    ),
)
