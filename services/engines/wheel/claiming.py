"""A dry spin is paid once: when its token is shown, or when nobody has shown it in time."""

from __future__ import annotations

from typing import Any, Final

from services.engines.guest import guest_of, turned_away
from services.engines.wheel.drawing import bonus_in, credited, granted, payment
from services.engines.wheel.state import Claimed, Waiting, allowance_of, dry_spin_of
from shared.messages.base import Event
from shared.messages.wheel import ClaimSpin, DrySpinClaimed, DrySpinExpired, ExpireDrySpin, FinishSpin, SpinAnswer
from shared.shapes import Decision, Facts, Outcome, Refused, States
from shared.streams import Stream

NOT_FOUND: Final = "pending_spin_not_found"


def claim(command: ClaimSpin, states: States, facts: Facts) -> Outcome[Event]:
    """A token counts at the wheel that it was spun on, and as long as it was shown before its time was up."""
    dry_spin = states[dry_spin_of(command.player, command.token_hash)]
    if not isinstance(dry_spin, Waiting | Claimed) or dry_spin.wheel != command.wheel:
        return Refused(NOT_FOUND)
    if isinstance(dry_spin, Claimed):
        return Refused("pending_spin_already_claimed")
    if facts.asked_at >= dry_spin.expires_at:
        return Refused(NOT_FOUND)
    away = turned_away(states[guest_of(command.player)])
    if away is not None:
        return away
    claimed = DrySpinClaimed(**_whose(command, dry_spin))
    return credited(command.player, command.wheel, dry_spin.spin, (claimed, *_bonus(command, dry_spin, states)))


def expire(command: ExpireDrySpin, states: States) -> Decision[Event]:
    dry_spin = states[dry_spin_of(command.player, command.token_hash)]
    if not isinstance(dry_spin, Waiting):
        return Decision((), reply=None)
    expired = DrySpinExpired(**_whose(command, dry_spin))
    pay = payment(command.player, command.wheel, dry_spin.spin)
    return Decision((expired, *_bonus(command, dry_spin, states)), reply=None, sends=() if pay is None else (pay,))


def finish(command: FinishSpin, facts: Facts) -> Decision[Event]:
    return Decision((), reply=SpinAnswer(spin=command.spin), finishes=facts.wish)


def streams(command: ClaimSpin | ExpireDrySpin) -> tuple[Stream[Any], ...]:
    own = (dry_spin_of(command.player, command.token_hash), allowance_of(command.player, command.wheel))
    return (*own, guest_of(command.player)) if isinstance(command, ClaimSpin) else own


def _whose(command: ClaimSpin | ExpireDrySpin, dry_spin: Waiting) -> dict[str, Any]:
    return {
        "player": command.player,
        "token_hash": command.token_hash,
        "wheel": command.wheel,
        "spin_id": dry_spin.spin.spin_id,
    }


def _bonus(command: ClaimSpin | ExpireDrySpin, dry_spin: Waiting, states: States) -> tuple[Event, ...]:
    allowance = states[allowance_of(command.player, command.wheel)]
    return granted(command.player, command.wheel, bonus_in(dry_spin.spin.reward), allowance)
