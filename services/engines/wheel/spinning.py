"""A player spins: free before bonus before paid, decided and spent with the draw; a paid spin draws once it is paid."""

from __future__ import annotations

from typing import Final

from services.engines.guest import Stranger, acquainted, afterwards, asked_of_ledger, denied, guest_of, turned_away
from services.engines.wheel.drawing import Granted, drawn, told
from services.engines.wheel.state import Unused
from services.engines.wheel.turn import Terms, Turn, for_nothing, terms_now, terms_of, today, too_soon
from shared.ids import MessageId
from shared.messages.base import Event
from shared.messages.wallet import DebitWallet
from shared.messages.wheel import (
    SPINS,
    AdmitSpin,
    CooldownBegun,
    CooldownGivenBack,
    DrawPaidSpin,
    DrySpinBegun,
    DrySpinDenied,
    DrySpinWheel,
    SpinWheel,
    WheelPaidSpinBegun,
    WheelSpinDenied,
    WheelSpinRequested,
)
from shared.messages.wheel_spec import PaidSpin
from shared.shapes import Facts, Outcome, Pending, Refused, Send, States

CALLED_HERE: Final = {"insufficient_balance": "insufficient_currency_for_spin"}
"""What the ledger's refusals are called at a wheel, where they have a name of their own."""


def spin(command: SpinWheel | DrySpinWheel, states: States, facts: Facts) -> Outcome[Event]:
    turn, guest = Turn.of(command), states[guest_of(command.player)]
    terms = terms_now(turn, facts)
    if isinstance(terms, Refused):
        return terms
    away = turned_away(guest)
    if away is not None:
        return away
    if isinstance(guest, Stranger):
        requested = WheelSpinRequested(player=turn.player, wheel=turn.wheel, spin_id=facts.command_id)
        go_on = AdmitSpin(**turn._asdict(), spin_id=facts.command_id)
        return Pending((requested,), sends=(asked_of_ledger(turn.player, then=go_on),))
    return decided(turn, terms, facts.command_id, states, facts)


def admitted(command: AdmitSpin, states: States, facts: Facts) -> Granted:
    """The ledger has answered for a stranger. Everything is decided afresh, since it may have changed meanwhile."""
    turn, guest = Turn.of(command), states[guest_of(command.player)]
    refused = denied(guest, command.answer)
    if refused is not None:
        return finishing(turn, command.spin_id, refused, (), facts)
    learnt = acquainted(command.player, guest, command.answer)
    terms = terms_now(turn, facts)
    outcome = terms if isinstance(terms, Refused) else decided(turn, terms, command.spin_id, states, facts)
    return finishing(turn, command.spin_id, outcome, learnt, facts)


def finishing(
    turn: Turn, spin_id: MessageId, outcome: Outcome[Event], before: tuple[Event, ...], facts: Facts
) -> Granted:
    """The same outcome, as an answer to the wish that waits."""
    if isinstance(outcome, Refused):
        stays = WheelSpinDenied(player=turn.player, wheel=turn.wheel, spin_id=spin_id, code=outcome.code)
        before = (*before, stays)
    return afterwards(outcome, before, facts.wish)


def decided(turn: Turn, terms: Terms, spin_id: MessageId, states: States, facts: Facts) -> Outcome[Event]:
    """Of a player who may play."""
    if turn.dry_spin is not None and not isinstance(states[turn.dry_spin], Unused):
        return Refused("idempotency_conflict")
    refused = too_soon(states[turn.spinner], terms.project.spec, facts.now)
    if refused is not None:
        return refused
    allowance = today(states[turn.allowance], terms.wheel.spec, facts.now)
    kind, price = for_nothing(allowance, terms.wheel.spec), terms.wheel.spec.paid_spin
    if kind is not None:
        won, events = drawn(turn, terms, kind, spin_id, allowance, facts)
        return told(turn, terms, won, (*events, *cooldown(turn, terms, spin_id, states, facts)), facts)
    if price is None:
        return Refused("no_spins_available")
    return paying(turn, terms, price, spin_id, cooldown(turn, terms, spin_id, states, facts))


def cooldown(turn: Turn, terms: Terms, spin_id: MessageId, states: States, facts: Facts) -> tuple[CooldownBegun, ...]:
    if not terms.project.spec.cooldown_seconds:
        return ()
    before = states[turn.spinner].at
    return (CooldownBegun(player=turn.player, project=turn.project, spin_id=spin_id, at=facts.now, before=before),)


def paying(
    turn: Turn, terms: Terms, price: PaidSpin, spin_id: MessageId, reserved: tuple[Event, ...]
) -> Pending[Event]:
    """The cooldown and the token are kept, and the ledger is asked for the price."""
    version = terms.wheel.version
    begun = WheelPaidSpinBegun(
        player=turn.player,
        wheel=turn.wheel,
        spin_id=spin_id,
        definition_version=version,
        asset=price.asset,
        amount=price.amount,
    )
    debit = DebitWallet(
        player=turn.player,
        asset=price.asset,
        amount=price.amount,
        account=SPINS,
        reason=f"wheel {turn.wheel} {spin_id}",
        play=True,
    )
    go_on = DrawPaidSpin(
        **turn._asdict(), spin_id=spin_id, definition_version=version, project_version=terms.project.version
    )
    events = (begun, *reserved, *_token(turn, spin_id, DrySpinBegun))
    return Pending(events, sends=(Send("ledger", turn.player, debit, then=go_on),))


def paid(command: DrawPaidSpin, states: States, facts: Facts) -> Granted:
    """The ledger has answered. What is paid for is drawn, whatever has been changed or closed meanwhile."""
    turn = Turn.of(command)
    if not command.answer.granted:
        code = command.answer.code or "refused"
        back = (*_given_back(command, states), *_token(turn, command.spin_id, DrySpinDenied))
        refused = Refused(CALLED_HERE.get(code, code), command.answer.details)
        return finishing(turn, command.spin_id, refused, back, facts)
    terms = terms_of(command, facts)
    won, events = drawn(turn, terms, "paid", command.spin_id, states[turn.allowance], facts)
    return finishing(turn, command.spin_id, told(turn, terms, won, events, facts), (), facts)


def _given_back(command: DrawPaidSpin, states: States) -> tuple[CooldownGivenBack, ...]:
    spinner = states[Turn.of(command).spinner]
    if spinner.spin_id != command.spin_id:  # a newer spin has taken it, or there is none
        return ()
    return (
        CooldownGivenBack(player=command.player, project=command.project, spin_id=command.spin_id, at=spinner.before),
    )


def _token(
    turn: Turn, spin_id: MessageId, fact: type[DrySpinBegun | DrySpinDenied]
) -> tuple[DrySpinBegun | DrySpinDenied, ...]:
    if turn.token_hash is None:
        return ()
    return (fact(player=turn.player, token_hash=turn.token_hash, wheel=turn.wheel, spin_id=spin_id),)
