"""Everything that can be said about wheels: what stands on one, who spins it, what comes up, and when that is paid."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field

from shared.ids import AccountId, AssetId, MessageId, PlayerId, ProjectId, WheelId
from shared.messages.base import Command, Event, FollowUp, Reply
from shared.messages.prize import Proof
from shared.messages.wheel_spec import (
    MOST_BONUS_SPINS,
    CurrencyReward,
    PaidSpin,
    SegmentReward,
    SpinKind,
    WheelSegment,
    WheelSpec,
)
from shared.streams import Stream, key_of

SPINS: Final = AccountId("spins")
"""The house account that paid spins are paid to."""

TokenHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a claim token, in hex. The token itself is nobody's here."""


class WheelCommand(Command):
    """A wish about one player at one wheel."""

    player: PlayerId
    wheel: WheelId


class SpinWheel(WheelCommand, wire="wheel.spin"):
    """A player spins a wheel of this project; what comes up is credited before the player is told."""

    project: ProjectId


class DrySpinWheel(WheelCommand, wire="wheel.dry_spin"):
    """A player spins a wheel of this project; what comes up waits until the token is shown, or time is up."""

    project: ProjectId
    token_hash: TokenHash


class ClaimSpin(WheelCommand, wire="wheel.claim"):
    """A player shows the token of a dry spin of this wheel."""

    token_hash: TokenHash


class GrantBonusSpins(WheelCommand, wire="wheel.grant_bonus_spins"):
    """Somebody with the right to do so gives a player spins that last until they are used."""

    count: int = Field(ge=1, le=MOST_BONUS_SPINS)


class CommitWheelSeed(WheelCommand, wire="wheel.commit_seed"):
    """Somebody wants to see the hash that the player's next spin is bound to."""


class ExpireDrySpin(WheelCommand, wire="wheel.expire_dry_spin"):
    """Nobody has shown the token in time: the reward is credited by itself."""

    token_hash: TokenHash


class AdmitSpin(FollowUp, wire="wheel.admit_spin"):
    """The ledger has said whether a stranger may play; if so, the spin is decided."""

    player: PlayerId
    wheel: WheelId
    project: ProjectId
    spin_id: MessageId
    token_hash: TokenHash | None = None
    """Of a dry spin."""


class DrawPaidSpin(FollowUp, wire="wheel.draw_paid_spin"):
    """The ledger has taken the price of a spin, or refused to; if it has, chance decides."""

    player: PlayerId
    wheel: WheelId
    project: ProjectId
    spin_id: MessageId
    definition_version: int
    project_version: int
    """What was begun under these versions is finished under them."""
    token_hash: TokenHash | None = None
    """Of a dry spin."""


class AdmitBonusSpins(FollowUp, wire="wheel.admit_bonus_spins"):
    """The ledger has said whether there is such a player; if so, the spins are given."""

    player: PlayerId
    wheel: WheelId
    count: int


class Spin(Proof):
    """One spin, complete: what came up, and all that is needed to check it."""

    spin_id: MessageId
    spin_kind: SpinKind
    segment_id: int
    label: str
    reward: SegmentReward


class SpinAnswer(Reply):
    """What came up, once it has been credited, or once it waits for its token."""

    spin: Spin


class BonusSpinsAnswer(Reply):
    """How many bonus spins the player has now at this wheel."""

    bonus_spins_remaining: int


class FinishSpin(FollowUp, wire="wheel.finish"):
    """The ledger has paid; the player is told."""

    player: PlayerId
    wheel: WheelId
    spin: Spin


class WheelEvent(Event):
    """A fact about one player at one wheel."""

    player: PlayerId
    wheel: WheelId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("wheel", key_of(self.player, self.wheel))


class AllowanceChanged(WheelEvent):
    """What the player may still spin for nothing is this from now on."""

    day: str
    """The last day that counted, in the wheel's time zone, as 2026-11-21; empty before the first. Never goes back."""
    free_used: int
    """Free spins used on that day."""
    bonus_left: int


class WheelSpun(AllowanceChanged, wire="wheel.spun"):
    """Chance has picked a segment and its seed is revealed. The reward is owed from now on."""

    spin: Spin
    dry: bool
    """Whether it waits for its token; of a bonus spin that does not wait, `bonus_left` has it already."""
    price: PaidSpin | None = None
    """What the player has paid for it, if anything."""
    seed_number: int
    seed_key_id: str


class BonusSpinsGranted(AllowanceChanged, wire="wheel.bonus_spins_granted"):
    """The player has been given bonus spins, or a dry spin that won some was claimed or ran out."""

    count: int


class WheelSpinRequested(WheelEvent, wire="wheel.spin_requested"):
    """A stranger wants to spin; the ledger is asked whether the player may play."""

    spin_id: MessageId


class WheelPaidSpinBegun(WheelEvent, wire="wheel.paid_spin_begun"):
    """Nothing was free; the ledger is asked for the price of a spin."""

    spin_id: MessageId
    definition_version: int
    asset: AssetId
    amount: int
    """In the asset's smallest unit."""


class WheelSpinDenied(WheelEvent, wire="wheel.spin_denied"):
    """The player may not play, or the ledger would not take the price; no chance was spent."""

    spin_id: MessageId
    code: str


class BonusSpinsRequested(WheelEvent, wire="wheel.bonus_spins_requested"):
    """A stranger is to have bonus spins; the ledger is asked whether there is such a player."""

    count: int


class BonusSpinsDenied(WheelEvent, wire="wheel.bonus_spins_denied"):
    """There is no such player."""

    count: int
    code: str


class SpinnerEvent(Event):
    """A fact about how soon a player may spin again, over all wheels of a project."""

    player: PlayerId
    project: ProjectId
    spin_id: MessageId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("spinner", key_of(self.player, self.project))


class CooldownBegun(SpinnerEvent, wire="spinner.cooldown_begun"):
    """The player has spun, or is paying for a spin, and waits before the next."""

    at: AwareDatetime
    before: AwareDatetime | None
    """When the player had spun before that."""


class CooldownGivenBack(SpinnerEvent, wire="spinner.cooldown_given_back"):
    """That spin was not paid for, so the player need not wait for it."""

    at: AwareDatetime | None
    """When the player had spun before it."""


class DrySpinEvent(Event):
    """A fact about one dry spin, by the hash of its token."""

    player: PlayerId
    token_hash: TokenHash
    wheel: WheelId
    spin_id: MessageId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("dry_spin", key_of(self.player, self.token_hash))


class DrySpinBegun(DrySpinEvent, wire="dry_spin.begun"):
    """A dry spin is being paid for; its token stands for nothing else any more."""


class DrySpinDenied(DrySpinEvent, wire="dry_spin.denied"):
    """It was not paid for; its token stands for nothing."""


class DrySpun(DrySpinEvent, wire="dry_spin.spun"):
    """What came up waits for its token."""

    spin: Spin
    expires_at: AwareDatetime


class DrySpinClaimed(DrySpinEvent, wire="dry_spin.claimed"):
    """The token was shown. The reward is on its way, and the token counts no more."""


class DrySpinExpired(DrySpinEvent, wire="dry_spin.expired"):
    """The token was not shown in time. The reward is on its way, and the token counts no more."""


_at: dict[str, Any] = {"player": "rocket", "wheel": "daily-spin"}
_hash = "5c" * 32
_spin_id = MessageId("0192f0c1-0000-7000-8000-000000000004")
_spin = Spin(
    spin_id=_spin_id,
    spin_kind="free",
    segment_id=101,
    label="100 Coins",
    reward=CurrencyReward(currency=AssetId("coins"), amount=100),
    server_seed="3b" * 32,
    server_seed_hash="9f" * 32,
    definition_version=1,
)
_left: dict[str, Any] = {"day": "2026-11-21", "free_used": 1, "bonus_left": 0}
_dry: dict[str, Any] = {**_at, "token_hash": _hash, "spin_id": _spin_id}
_noon = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

SAMPLES = (
    SpinWheel(**_at, project=ProjectId("demo")),
    DrySpinWheel(**_at, project=ProjectId("demo"), token_hash=_hash),
    ClaimSpin(**_at, token_hash=_hash),
    GrantBonusSpins(**_at, count=3),
    CommitWheelSeed(**_at),
    ExpireDrySpin(**_at, token_hash=_hash),
    AdmitSpin(**_at, project=ProjectId("demo"), spin_id=_spin_id),
    DrawPaidSpin(**_at, project=ProjectId("demo"), spin_id=_spin_id, definition_version=1, project_version=1),
    AdmitBonusSpins(**_at, count=3),
    FinishSpin(**_at, spin=_spin),
    WheelSpun(**_at, **_left, spin=_spin, dry=False, seed_number=7, seed_key_id="k1"),
    BonusSpinsGranted(**_at, **_left | {"bonus_left": 3}, count=3),
    WheelSpinRequested(**_at, spin_id=_spin_id),
    WheelPaidSpinBegun(**_at, spin_id=_spin_id, definition_version=1, asset=AssetId("gems"), amount=50),
    WheelSpinDenied(**_at, spin_id=_spin_id, code="insufficient_balance"),
    BonusSpinsRequested(**_at, count=3),
    BonusSpinsDenied(**_at, count=3, code="no_player"),
    CooldownBegun(player=PlayerId("rocket"), project=ProjectId("demo"), spin_id=_spin_id, at=_noon, before=None),
    CooldownGivenBack(player=PlayerId("rocket"), project=ProjectId("demo"), spin_id=_spin_id, at=None),
    DrySpinBegun(**_dry),
    DrySpinDenied(**_dry),
    DrySpun(**_dry, spin=_spin, expires_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC)),
    DrySpinClaimed(**_dry),
    DrySpinExpired(**_dry),
    SpinAnswer(spin=_spin),
    BonusSpinsAnswer(bonus_spins_remaining=3),
    WheelSpec(
        project=ProjectId("demo"),
        name="Daily Spin",
        daily_free_spins=1,
        paid_spin=PaidSpin(asset=AssetId("gems"), amount=50),
        segments=(WheelSegment(segment_id=101, label="100 Coins", probability="1", reward=_spin.reward),),
    ),
)
