"""Everything that can be said about journeys: what a player does moves them on, and the last step pays a reward."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from shared.ids import AssetId, JourneyId, PlayerId, WheelId, is_id
from shared.messages.base import LARGEST_AMOUNT, Command, Event, FollowUp, Message, Reference, Reply, Spec
from shared.messages.wheel_spec import MOST_BONUS_SPINS
from shared.streams import Stream, key_of

MOST_STEPS: Final = 100
MOST_TRIGGERS: Final = 100
"""Names in one wish."""
MOST_TOLD: Final = 500
"""Players in one wish."""
SIGNUP: Final = "signup"
DORMANT: Final = "dormant_7d"
PLATFORM: Final = frozenset({SIGNUP, "first_deposit", "wager", "big_win", "level_up", DORMANT})
"""The triggers that fire by themselves; every other name is the operator's own."""

Action = Literal["started", "advanced", "completed"]


def _is_trigger(name: str) -> str:
    if not is_id(name):
        raise ValueError("a trigger is 1 to 128 printable characters without slashes")
    return name


Trigger = Annotated[str, AfterValidator(_is_trigger)]
Count = Annotated[int, Field(ge=1, le=LARGEST_AMOUNT)]


class JourneyStep(Message):
    """What must happen, and how often, before the next step."""

    trigger: Trigger
    count: Count = 1


class SpinReward(Message):
    """Spins of a wheel that cost nothing and last until they are used."""

    wheel: WheelId
    count: int = Field(ge=1, le=MOST_BONUS_SPINS)


class JourneySpec(Spec, kind="journey"):
    """A journey that every player may go once. `trigger` and `steps: n` is short for n steps of that trigger."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    """Nobody moves on in a paused journey."""
    steps: tuple[JourneyStep, ...] = Field(min_length=1, max_length=MOST_STEPS)
    reward_winz: int = Field(ge=0, le=LARGEST_AMOUNT)
    """In the asset's smallest unit; 0 pays nothing."""
    asset: AssetId = AssetId("WINZ")
    reward_spins: SpinReward | None = None
    """Given beside the amount."""

    @classmethod
    def sealed(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        trigger, steps = raw.get("trigger"), raw.get("steps")
        if not isinstance(trigger, str) or type(steps) is not int or not 1 <= steps <= MOST_STEPS:
            return raw
        rest = {name: value for name, value in raw.items() if name != "trigger"}
        return {**rest, "steps": [{"trigger": trigger}] * steps}

    def references(self) -> tuple[Reference, ...]:
        asset = Reference("asset", self.asset, "asset")
        if self.reward_spins is None:
            return (asset,)
        return (asset, Reference("wheel", self.reward_spins.wheel, "reward_spins.wheel"))


class TriggerJourneys(Command, wire="journey.trigger"):
    """Something happened to a player, says the operator."""

    player: PlayerId
    trigger: Trigger
    count: Count = 1


class Fired(Message):
    """What happened to one player."""

    player: PlayerId
    triggers: dict[Trigger, Count] = Field(min_length=1, max_length=MOST_TRIGGERS)
    at: AwareDatetime
    """When the last of it happened; what is older than seven days does not show that the player is still there."""


class TriggerJourneysTogether(Command, wire="journey.trigger_many"):
    """All that happened to some players, says another part of the platform. It is never refused.

    They are players of one partition, and the message is routed by any of them.
    """

    fired: tuple[Fired, ...] = Field(min_length=1, max_length=MOST_TOLD)

    @model_validator(mode="after")
    def _each_player_once(self) -> TriggerJourneysTogether:
        if len({one.player for one in self.fired}) < len(self.fired):
            raise ValueError("a player is told of twice; put the triggers together")
        return self


class RingDormancy(Command, wire="journey.ring_dormancy"):
    """Nothing has happened to a player for seven days."""

    player: PlayerId


class MoveJourneys(FollowUp, wire="journey.move"):
    """The ledger has said whether the player may play; if so, the journeys move on."""

    player: PlayerId
    trigger: Trigger
    count: Count


def mark_of(current: Iterable[tuple[str, int]]) -> str:
    """The mark of the journeys with these keys and versions."""
    text = "\n".join(f"{key}@{version}" for key, version in sorted(current))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Moved(Message):
    """What became of one journey."""

    journey: JourneyId
    journey_name: str
    action: Action
    current_step: int
    """How many steps are done."""
    reward: int
    """What the last step has earned, in the asset's smallest unit; 0 before it."""


class Owed(Message):
    """What one completed journey has earned."""

    journey: JourneyId
    asset: AssetId
    reward: int


class OwedSpins(Message):
    """The spins that one completed journey has earned."""

    journey: JourneyId
    wheel: WheelId
    count: int


class GoOnPaying(FollowUp, wire="journey.go_on_paying"):
    """The first of these rewards is answered for; the next is paid, or the asker is told."""

    player: PlayerId
    affected: tuple[Moved, ...]
    owed: tuple[Owed | OwedSpins, ...]
    asked: bool
    """Whether somebody waits for the answer."""


class JourneyEvent(Event):
    """A fact about one player's journeys."""

    player: PlayerId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("journeys", key_of(self.player))


class JourneysTriggered(JourneyEvent, wire="journey.triggered"):
    """The operator says that something happened; of a stranger, the ledger is asked whether the player may play."""

    trigger: str
    count: int


class JourneysDenied(JourneyEvent, wire="journey.denied"):
    """The player may not play; nothing moved."""

    trigger: str
    code: str


class PlayerDormant(JourneyEvent, wire="journey.player_dormant"):
    """Nothing has happened to the player for seven days."""

    times: int
    """How often that has been so."""


class JourneyMoved(JourneyEvent):
    """A player has come this far in one journey."""

    journey: JourneyId
    definition_version: int
    """The player finishes the journey under this version."""
    step: int
    """How many steps are done."""
    counted: int
    """How often the trigger of the step after them has fired."""
    journey_name: str


class JourneyStarted(JourneyMoved, wire="journey.started"):
    """The first trigger of a journey has fired."""


class JourneyAdvanced(JourneyMoved, wire="journey.advanced"):
    """A journey under way has moved on."""


class JourneyCompleted(JourneyMoved, wire="journey.completed"):
    """The last step is done. The reward is owed from now on, and the journey never starts again."""

    asset: AssetId
    reward: int
    """In the asset's smallest unit."""
    reward_spins: SpinReward | None = None


class JourneyRewarded(JourneyEvent, wire="journey.rewarded"):
    """The ledger has answered for a reward."""

    journey: JourneyId
    asset: AssetId
    reward: int
    paid: bool
    """False if people gave the payment up."""


class JourneySpinsGiven(JourneyEvent, wire="journey.spins_given"):
    """The wheel has answered for spins that were earned."""

    journey: JourneyId
    wheel: WheelId
    count: int
    given: bool
    """False if the wheel is no more, or people gave the grant up."""


class JourneysAnswer(Reply):
    """The journeys that moved, once every reward among them has been paid."""

    affected: tuple[Moved, ...]


class JourneysTold(Reply):
    """What the journeys may still need to hear, so that nobody need be told where nobody listens."""

    mark: str
    """Of what is configured now; under another one everything may be needed again."""
    waiting: dict[PlayerId, tuple[Trigger, ...]]
    """The platform's own triggers that some step which lies ahead of the player counts."""


JourneyCommand = TriggerJourneys | TriggerJourneysTogether | RingDormancy | MoveJourneys | GoOnPaying

_player = PlayerId("rocket")
_far: dict[str, Any] = {
    "player": "rocket",
    "journey": "welcome",
    "journey_name": "Welcome 3-step",
    "definition_version": 1,
    "counted": 0,
}
_moved = Moved(
    journey=JourneyId("welcome"),
    journey_name="Welcome 3-step",
    action="completed",
    current_step=3,
    reward=500,
)
_owed = Owed(journey=JourneyId("welcome"), asset=AssetId("WINZ"), reward=500)

SAMPLES = (
    JourneySpec(
        name="Welcome 3-step",
        steps=(JourneyStep(trigger="signup"), JourneyStep(trigger="first_deposit"), JourneyStep(trigger="wager")),
        reward_winz=500,
    ),
    TriggerJourneys(player=_player, trigger="first_deposit"),
    TriggerJourneysTogether(
        fired=(
            Fired(player=_player, triggers={"wager": 12, "big_win": 1}, at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC)),
        )
    ),
    RingDormancy(player=_player),
    MoveJourneys(player=_player, trigger="first_deposit", count=1),
    GoOnPaying(player=_player, affected=(_moved,), owed=(_owed,), asked=True),
    JourneysTriggered(player=_player, trigger="first_deposit", count=1),
    JourneysDenied(player=_player, trigger="first_deposit", code="player_blocked"),
    PlayerDormant(player=_player, times=1),
    JourneyStarted(**_far, step=1),
    JourneyAdvanced(**_far, step=2),
    JourneyCompleted(**_far, step=3, asset=_owed.asset, reward=_owed.reward),
    JourneyRewarded(player=_player, **dict(_owed), paid=True),
    JourneySpinsGiven(player=_player, journey=_owed.journey, wheel=WheelId("daily-spin"), count=3, given=True),
    JourneysAnswer(affected=(_moved,)),
    JourneysTold(mark="9f86d081884c7d65", waiting={_player: ("wager",)}),
)
