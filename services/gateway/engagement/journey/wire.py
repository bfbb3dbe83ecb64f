"""What is sent to the journeys' routes and what they answer, field by field as the document has it."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field

from services.gateway.engagement.common import Id, IdempotencyKey, PlayerKey
from services.gateway.route import Shown, Strict
from shared.ids import AssetId
from shared.messages.journey import Action, JourneySpec, JourneyStep, Moved
from shared.shapes import Definition


class JourneyRow(Shown):
    """A journey that every player may go once."""

    id: str
    name: str
    status: Literal["active", "paused"]
    definition_version: int
    steps: list[JourneyStep]
    asset: AssetId
    reward_winz: int = Field(description="What the last step pays, in the asset's smallest unit.")

    @classmethod
    def of(cls, definition: Definition[JourneySpec]) -> Self:
        spec = definition.spec
        return cls(
            id=definition.key,
            name=spec.name,
            status=spec.status,
            definition_version=definition.version,
            steps=list(spec.steps),
            asset=spec.asset,
            reward_winz=spec.reward_winz,
        )


class Journeys(Shown):
    journeys: list[JourneyRow]


class TriggerBody(Strict):
    user_id: PlayerKey
    trigger: Id = Field(description="A platform trigger, or a name that a journey's definition waits for.")
    idempotency_key: IdempotencyKey | None = None


class Affected(Shown):
    """One journey that the trigger moved."""

    journey_id: str
    journey_name: str
    action: Action
    current_step: int = Field(description="How many steps are done.")
    reward_winz_granted: int = Field(description="0 unless completed; it is in the wallet by now.")

    @classmethod
    def of(cls, moved: Moved) -> Self:
        return cls(
            journey_id=moved.journey,
            journey_name=moved.journey_name,
            action=moved.action,
            current_step=moved.current_step,
            reward_winz_granted=moved.reward,
        )


class Triggered(Shown):
    """Every journey that the trigger moved, and no other."""

    affected: list[Affected]
    deduped: bool = Field(description="Whether this repeats an earlier answer.")
