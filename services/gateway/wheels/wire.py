"""What is sent to the wheels' door and what it answers, field by field as the document has it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from services.gateway.route import Shown, Strict
from services.gateway.strict import check_id
from services.gateway.wheel_book import Wheel
from shared.ids import AssetId
from shared.messages.player import LONGEST_PASSWORD
from shared.messages.wheel import Spin
from shared.messages.wheel_spec import (
    BonusSpinReward,
    CurrencyReward,
    ItemReward,
    NoReward,
    SegmentReward,
    SpinKind,
    weights_of,
)

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Reason = Annotated[str, Field(description="Why, in one word for programs, such as `no_spins_available`.")]


class WheelsErrorBody(Shown):
    """What the door answers where a request is not granted."""

    detail: Reason


class WheelRow(Shown):
    id: int
    name: str


class Wheels(Shown):
    """Every wheel of the project that can be spun."""

    wheels: list[WheelRow]
    cooldown_seconds: int = Field(description="How long a player waits between two spins, over all of these.")


class WheelState(Shown):
    """What the player may spin, and until when that is so."""

    wheel_config_id: int
    cooldown_seconds: int
    period_ends_at: datetime = Field(description="The last second of the day, where the wheel stands.")
    daily_free_spins: int
    free_spins_used: int
    free_spins_remaining: int
    bonus_spins_remaining: int
    paid_spin_available: bool = Field(description="Whether paid spins are sold, affordable or not.")
    paid_spin_currency_key: AssetId | None
    paid_spin_currency_amount: int | None
    next_server_seed_hash: Hash = Field(description="SHA-256 of the seed that this player's next spin is bound to.")


class CurrencyShown(Shown):
    type: Literal["currency"] = "currency"
    amount: int


class SegmentShown(Shown):
    """A slice to draw on the screen."""

    sort_order: int
    segment_id: int
    label: str
    reward: CurrencyShown | ItemReward | BonusSpinReward | NoReward


class Odds(Shown):
    """What is needed to check a spin beside its own proof."""

    definition_version: int
    weights: list[int] = Field(description="Of the segments in their order: what a spin draws from.")


class WheelDetail(WheelState):
    """The same as state, and the wheel itself."""

    segments: list[SegmentShown]
    proof: Odds


class CurrencyWon(Shown):
    amount: int = Field(description="In the currency's smallest unit.")
    currency: AssetId


class ItemWon(Shown):
    item: AssetId
    quantity: int


class BonusSpinsWon(Shown):
    count: int


class NothingWon(Shown):
    """A blank."""


class Won(Shown):
    """What a segment is worth."""

    reward_type: Literal["currency", "item", "bonus_spin", "none"]
    payload: CurrencyWon | ItemWon | BonusSpinsWon | NothingWon

    @classmethod
    def of(cls, reward: SegmentReward) -> Self:
        payload: CurrencyWon | ItemWon | BonusSpinsWon | NothingWon
        match reward:
            case CurrencyReward(amount=amount, currency=currency):
                payload = CurrencyWon(amount=amount, currency=currency)
            case ItemReward(item=item, quantity=quantity):
                payload = ItemWon(item=item, quantity=quantity)
            case BonusSpinReward(count=count):
                payload = BonusSpinsWon(count=count)
            case NoReward():
                payload = NothingWon()
        return cls(reward_type=reward.type, payload=payload)


class SpinProof(Shown):
    """What is needed to check the draw, beside the weights of that version."""

    server_seed: Hash
    server_seed_hash: Hash
    definition_version: int


class Spun(Shown):
    """What came up."""

    segment_id: int
    label: str
    reward: Won
    spin_kind: SpinKind
    proof: SpinProof

    @classmethod
    def of(cls, spin: Spin, **more: object) -> Self:
        return cls(
            segment_id=spin.segment_id,
            label=spin.label,
            reward=Won.of(spin.reward),
            spin_kind=spin.spin_kind,
            proof=SpinProof(
                server_seed=spin.server_seed,
                server_seed_hash=spin.server_seed_hash,
                definition_version=spin.definition_version,
            ),
            **more,
        )


class Token(Shown):
    claim_token: str = Field(description="For `claim-spin-reward`; never shown, the reward is credited by itself.")


class DrySpun(Spun, Token):
    """What came up, and the token that it waits for."""


class ClaimBody(Strict):
    claim_token: Annotated[str, Field(min_length=1, max_length=256)]


class LoginBody(Strict):
    username: Id
    password: Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class LoggedIn(Shown):
    success: Literal[True] = True
    access_token: str
    refresh_token: None = Field(default=None, description="There is none: log in again.")
    message: str = "Logged in."


def shown(wheel: Wheel) -> tuple[list[SegmentShown], Odds]:
    """The slices of a wheel, and how often each comes up."""
    spec = wheel.spec
    segments = [
        SegmentShown(
            sort_order=place,
            segment_id=segment.segment_id,
            label=segment.label,
            reward=_worth(segment.reward),
        )
        for place, segment in enumerate(spec.segments)
    ]
    return segments, Odds(definition_version=wheel.definition.version, weights=weights_of(spec))


def _worth(reward: SegmentReward) -> CurrencyShown | ItemReward | BonusSpinReward | NoReward:
    return CurrencyShown(amount=reward.amount) if isinstance(reward, CurrencyReward) else reward
