"""Whether a player may take part now, by the rules that the operator has made."""

from __future__ import annotations

from typing import NamedTuple

from services.engines.activity.state import MOST_KEPT, Part
from shared.ids import ActivityId
from shared.messages.activity import ActivityWish, Attempt
from shared.messages.activity_spec import ActivitySpec, eligibility
from shared.messages.engagement import EngagementSpec
from shared.shapes import Definition, Facts, Refused


class Rules(NamedTuple):
    """What the operator says of an activity."""

    now: ActivitySpec
    """The newest version: how often and when one may take part."""
    activity: Definition[ActivitySpec]
    """The version that the attempt is judged by: what it was opened under, if it is open."""
    engagement: EngagementSpec

    @property
    def spec(self) -> ActivitySpec:
        """What the attempt is judged by."""
        return self.activity.spec


def rules_of(wish: ActivityWish, open_: Attempt | None, facts: Facts) -> Rules | Refused:
    """The rules of an attempt that is open, or of a new one."""
    activity = facts.definitions.current(ActivitySpec, wish.activity)
    engagement = facts.definitions.current(EngagementSpec, wish.engagement)
    if activity is None or engagement is None or activity.spec.engagement != wish.engagement:
        return Refused("no_activity")
    if engagement.spec.status != "active":
        return Refused("not_active")
    judging = activity if open_ is None else rules_at(wish.activity, open_, facts)
    return Rules(activity.spec, judging, engagement.spec)


def rules_at(activity: ActivityId, attempt: Attempt, facts: Facts) -> Definition[ActivitySpec]:
    """The rules that an attempt was made under. Raises LookupError if there are none."""
    definition = facts.definitions.at(ActivitySpec, activity, attempt.definition_version)
    if definition is None:
        raise LookupError(f"activity {activity} has no version {attempt.definition_version}")
    return definition


def not_now(spec: ActivitySpec, part: Part, facts: Facts) -> Refused | None:
    """Why nothing can be completed now, if it cannot."""
    standing = eligibility(spec, part.taken, facts.now)
    if not standing.eligible:
        return Refused("not_eligible", standing.model_dump())
    return Refused("attempt_in_progress") if spec.cooldown_seconds and part.busy else None


def not_new(spec: ActivitySpec) -> Refused | None:
    """Why no new attempt can be made, if it cannot."""
    return None if spec.status == "active" else Refused("not_active")


def full(part: Part) -> Refused | None:
    """Why no other attempt can be kept, if it cannot: each would be open again if it were denied."""
    return Refused("attempt_in_progress") if len(part.kept) >= MOST_KEPT else None
