"""Chance picks a segment, its allowance is spent in the same decision, and what it won is on its way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.engines.chance import draw
from services.engines.wheel.state import Allowance
from services.engines.wheel.turn import Terms, Turn, spent
from shared.ids import MessageId, PlayerId, WheelId
from shared.messages.base import Event
from shared.messages.prize import REWARDS
from shared.messages.wallet import PayWallet
from shared.messages.wheel import (
    BonusSpinsGranted,
    DrySpun,
    ExpireDrySpin,
    FinishSpin,
    Spin,
    SpinAnswer,
    WheelSpun,
)
from shared.messages.wheel_spec import (
    BonusSpinReward,
    CurrencyReward,
    ItemReward,
    NoReward,
    SegmentReward,
    SpinKind,
    weights_of,
)
from shared.shapes import Decision, Facts, Pending, Send, Timer

Granted = Decision[Event] | Pending[Event]


def drawn(
    turn: Turn, terms: Terms, kind: SpinKind, spin_id: MessageId, allowance: Allowance, facts: Facts
) -> tuple[Spin, tuple[Event, ...]]:
    """One spin of this kind, and what had to happen for it."""
    spec, version = terms.wheel.spec, terms.wheel.version
    found = draw(turn.chain, allowance.promise, "wheel", weights_of(spec), version, facts)
    segment = spec.segments[found.index]
    spin = Spin(
        **dict(found.proof),
        spin_id=spin_id,
        spin_kind=kind,
        segment_id=segment.segment_id,
        label=segment.label,
        reward=segment.reward,
    )
    dry = turn.token_hash is not None
    left = spent(allowance, kind)
    spun = WheelSpun(
        player=turn.player,
        wheel=turn.wheel,
        day=left.day,
        free_used=left.free_used,
        bonus_left=left.bonus_left + (0 if dry else bonus_in(spin.reward)),
        spin=spin,
        dry=dry,
        price=spec.paid_spin if kind == "paid" else None,
        seed_number=found.number,
        seed_key_id=found.key_id,
    )
    return spin, (*found.before, spun, found.after)


def told(turn: Turn, terms: Terms, spin: Spin, events: tuple[Event, ...], facts: Facts) -> Granted:
    """The player is told once the reward is credited; of a dry spin at once, and the reward waits for its token."""
    if turn.token_hash is not None:
        return kept(turn, turn.token_hash, terms, spin, events, facts)
    return credited(turn.player, turn.wheel, spin, events)


def kept(
    turn: Turn, token_hash: str, terms: Terms, spin: Spin, events: tuple[Event, ...], facts: Facts
) -> Decision[Event]:
    expires_at = facts.now + timedelta(seconds=terms.project.spec.dry_spin_ttl_seconds)
    waits = DrySpun(
        player=turn.player,
        token_hash=token_hash,
        wheel=turn.wheel,
        spin_id=spin.spin_id,
        spin=spin,
        expires_at=expires_at,
    )
    expire = ExpireDrySpin(player=turn.player, wheel=turn.wheel, token_hash=token_hash)
    bell = Timer(f"dry_spin/{facts.tenant}/{turn.player}/{token_hash}", expires_at, turn.player, expire)
    return Decision((*events, waits), reply=SpinAnswer(spin=spin), timers=(bell,))


def credited(player: PlayerId, wheel: WheelId, spin: Spin, events: tuple[Event, ...]) -> Granted:
    """These events, and the answer when the ledger has paid; at once if it has nothing to pay."""
    pay = payment(player, wheel, spin)
    if pay is None:
        return Decision(events, reply=SpinAnswer(spin=spin))
    return Pending(events, sends=(replace(pay, then=FinishSpin(player=player, wheel=wheel, spin=spin)),))


def payment(player: PlayerId, wheel: WheelId, spin: Spin) -> Send | None:
    """What the ledger owes for a spin, if it owes anything. It is part of a game if the spin was paid for."""
    match spin.reward:
        case CurrencyReward(currency=asset, amount=amount) | ItemReward(item=asset, quantity=amount):
            pay = PayWallet(
                player=player,
                asset=asset,
                amount=amount,
                account=REWARDS,
                reason=f"wheel {wheel} {spin.spin_id}",
                play=spin.spin_kind == "paid",
            )
            return Send("ledger", player, pay)
        case BonusSpinReward() | NoReward():
            return None


def bonus_in(reward: SegmentReward) -> int:
    """How many bonus spins a reward is."""
    return reward.count if isinstance(reward, BonusSpinReward) else 0


def granted(player: PlayerId, wheel: WheelId, count: int, allowance: Allowance) -> tuple[BonusSpinsGranted, ...]:
    """So many bonus spins more, if any."""
    if not count:
        return ()
    more = BonusSpinsGranted(
        player=player,
        wheel=wheel,
        day=allowance.day,
        free_used=allowance.free_used,
        bonus_left=allowance.bonus_left + count,
        count=count,
    )
    return (more,)
