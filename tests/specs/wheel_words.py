"""What the specs of wheels have in common: a project, its wheels, the players and what is said of them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from services.engines.promise import Chain
from services.engines.registry import service
from services.engines.wheel.state import Allowance, Spinner, allowance_of, spinner_of
from shared.fair.draw import pick
from shared.ids import AssetId, MessageId, PlayerId, ProjectId, WheelId
from shared.messages.base import Event
from shared.messages.guest import GuestNoted
from shared.messages.player import Admitted, Status
from shared.messages.prize import REWARDS
from shared.messages.project import ProjectSpec
from shared.messages.seed import SeedCommitted
from shared.messages.wallet import DebitWallet, PayWallet, WalletAnswer
from shared.messages.wheel import (
    SPINS,
    ClaimSpin,
    CooldownBegun,
    CooldownGivenBack,
    DrawPaidSpin,
    DrySpinWheel,
    FinishSpin,
    GrantBonusSpins,
    Spin,
    SpinWheel,
    WheelPaidSpinBegun,
    WheelSpun,
)
from shared.messages.wheel_spec import (
    BonusSpinReward,
    CurrencyReward,
    NoReward,
    PaidSpin,
    SegmentReward,
    SpinKind,
    WheelSegment,
    WheelSpec,
    weights_of,
)
from shared.shapes import Send
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story, given, seeds

ROCKET, GROOT = PlayerId("rocket"), PlayerId("groot")
DEMO, OTHER = ProjectId("demo"), ProjectId("other")
DAILY, SECOND = WheelId("daily-spin"), WheelId("second-wheel")
COINS, GEMS, SWORD = AssetId("coins"), AssetId("gems"), AssetId("sword")
TOKEN: Final = hashlib.sha256(b"a claim token").hexdigest()
ANOTHER: Final = hashlib.sha256(b"another claim token").hexdigest()
TODAY: Final = "2026-11-21"
COOLDOWN: Final = timedelta(seconds=2)
DAY: Final = timedelta(days=1)
NEXT_DAY: Final = NOON + DAY

coins, gems = CurrencyReward(currency=COINS, amount=100), CurrencyReward(currency=GEMS, amount=10)


def segment(segment_id: int, label: str, reward: SegmentReward, probability: str | None = None) -> WheelSegment:
    """A slice; one without a probability has weight 1."""
    weight = 1 if probability is None else None
    return WheelSegment(segment_id=segment_id, label=label, reward=reward, probability=probability, weight=weight)


def always(reward: SegmentReward, **other: Any) -> WheelSpec:
    """A wheel on which nothing else can come up."""
    return wheel(segments=(segment(7, "Only", reward),), **other)


def wheel(**other: Any) -> WheelSpec:
    return WheelSpec(**{**dict(DAILY_SPIN), **other})


DAILY_SPIN: Final = WheelSpec(
    project=DEMO,
    name="Daily Spin",
    daily_free_spins=1,
    paid_spin=PaidSpin(asset=GEMS, amount=50),
    segments=(
        segment(101, "100 Coins", coins, "0.5"),
        segment(102, "500 Coins", CurrencyReward(currency=COINS, amount=500), "0.2"),
        segment(103, "10 Gems", gems, "0.2"),
        segment(104, "Bonus spin", BonusSpinReward(count=1), "0.1"),
    ),
)
PROJECT: Final = ProjectSpec(name="Demo", client_id="demo-client", client_secret_hash="5c" * 32, cooldown_seconds=2)
HASTY: Final = PROJECT.model_copy(update={"cooldown_seconds": 0})


def known(player: PlayerId = ROCKET, status: Status = "active", changes: int = 0) -> GuestNoted:
    return GuestNoted(player=player, status=status, changes=changes)


def arcade(spec: WheelSpec = DAILY_SPIN, project: ProjectSpec = PROJECT) -> Story:
    """A wheel of a project, and nobody knows any player."""
    return given(service).defined(DEMO, project).defined(DAILY, spec)


def open_(spec: WheelSpec = DAILY_SPIN, project: ProjectSpec = PROJECT) -> Story:
    """A wheel of a project, and a player who may play."""
    return arcade(spec, project).and_then(known())


spins = SpinWheel(player=ROCKET, wheel=DAILY, project=DEMO)
dries = DrySpinWheel(player=ROCKET, wheel=DAILY, project=DEMO, token_hash=TOKEN)
claims = ClaimSpin(player=ROCKET, wheel=DAILY, token_hash=TOKEN)
admitted = Admitted(player=ROCKET, changes=0)
paid = WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={GEMS: 450})


def promised(number: int, player: PlayerId = ROCKET) -> SeedCommitted:
    return Chain("wheel", player, DAILY).promise(number, _Seeds())  # type: ignore[arg-type]


class _Seeds:
    """The facts that a promise needs."""

    seeds = seeds()


def drawn(number: int, spec: WheelSpec = DAILY_SPIN) -> WheelSegment:
    """The segment that seed `number` picks."""
    seed = seeds().of(allowance_of(ROCKET, DAILY), number)
    return spec.segments[pick(seed.value, "wheel", DAILY, weights_of(spec))]


def spin(step: int, number: int, kind: SpinKind = "free", spec: WheelSpec = DAILY_SPIN, version: int = 1) -> Spin:
    """The spin that wish `step` began, drawn from seed `number`."""
    won, seed = drawn(number, spec), seeds().of(allowance_of(ROCKET, DAILY), number)
    return Spin(
        spin_id=MessageId(f"command-{step}"),
        spin_kind=kind,
        segment_id=won.segment_id,
        label=won.label,
        reward=won.reward,
        server_seed=seed.value,
        server_seed_hash=seed.hash,
        definition_version=version,
    )


def spun(of: Spin, number: int, *, used: int, bonus: int = 0, day: str = TODAY, dry: bool = False) -> WheelSpun:
    return WheelSpun(
        player=ROCKET,
        wheel=DAILY,
        day=day,
        free_used=used,
        bonus_left=bonus,
        spin=of,
        dry=dry,
        price=PaidSpin(asset=GEMS, amount=50) if of.spin_kind == "paid" else None,
        seed_number=number,
        seed_key_id="k1",
    )


def rests(step: int, at: datetime = NOON, before: datetime | None = None) -> CooldownBegun:
    return CooldownBegun(player=ROCKET, project=DEMO, spin_id=MessageId(f"command-{step}"), at=at, before=before)


def given_back(step: int, at: datetime | None = None) -> CooldownGivenBack:
    return CooldownGivenBack(player=ROCKET, project=DEMO, spin_id=MessageId(f"command-{step}"), at=at)


def begun(step: int, version: int = 1) -> WheelPaidSpinBegun:
    spin_id = MessageId(f"command-{step}")
    return WheelPaidSpinBegun(
        player=ROCKET, wheel=DAILY, spin_id=spin_id, definition_version=version, asset=GEMS, amount=50
    )


def price(step: int, token_hash: str | None = None) -> Send:
    """The ledger is asked for the price of a spin."""
    debit = DebitWallet(
        player=ROCKET, asset=GEMS, amount=50, account=SPINS, reason=f"wheel daily-spin command-{step}", play=True
    )
    go_on = DrawPaidSpin(
        player=ROCKET,
        wheel=DAILY,
        project=DEMO,
        spin_id=MessageId(f"command-{step}"),
        definition_version=1,
        project_version=1,
        token_hash=token_hash,
    )
    return Send("ledger", ROCKET, debit, then=go_on)


def pays(of: Spin, asset: AssetId, amount: int, *, told: bool = True) -> Send:
    """The ledger is asked to pay a reward; the player is told when it has, if anybody waits."""
    pay = PayWallet(
        player=ROCKET,
        asset=asset,
        amount=amount,
        account=REWARDS,
        reason=f"wheel daily-spin {of.spin_id}",
        play=of.spin_kind == "paid",
    )
    return Send("ledger", ROCKET, pay, then=FinishSpin(player=ROCKET, wheel=DAILY, spin=of) if told else None)


def grants(count: int) -> GrantBonusSpins:
    return GrantBonusSpins(player=ROCKET, wheel=DAILY, count=count)


def allowance(story: Story) -> Allowance:
    return story.state(allowance_of(ROCKET, DAILY))


def spinner(story: Story) -> Spinner:
    return story.state(spinner_of(ROCKET, DEMO))


def events_in(consequence: Consequence) -> tuple[Event, ...]:
    found: tuple[Event, ...] = getattr(consequence.outcome, "events", ())
    return found


def spin_in(consequence: Consequence) -> Spin:
    """The spin that was just drawn."""
    (event,) = (event for event in events_in(consequence) if isinstance(event, WheelSpun))
    return event.spin


nothing = NoReward()
