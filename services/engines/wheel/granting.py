"""Bonus spins are given to every player who exists: one who is blocked keeps them for later. And hashes are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.engines.guest import Stranger, acquainted, asked_of_ledger, guest_of
from services.engines.promise import Chain, shown
from services.engines.wheel.drawing import granted
from services.engines.wheel.state import allowance_of
from services.engines.wheel.turn import UNKNOWN
from shared.messages.base import Event
from shared.messages.wheel import (
    AdmitBonusSpins,
    BonusSpinsAnswer,
    BonusSpinsDenied,
    BonusSpinsRequested,
    CommitWheelSeed,
    GrantBonusSpins,
)
from shared.messages.wheel_spec import WheelSpec
from shared.shapes import Decision, Facts, Outcome, Pending, Refused, States
from shared.streams import Stream


def grant(command: GrantBonusSpins, states: States, facts: Facts) -> Outcome[Event]:
    if facts.definitions.current(WheelSpec, command.wheel) is None:
        return Refused(UNKNOWN)
    if isinstance(states[guest_of(command.player)], Stranger):
        said = dict(command)
        ask = asked_of_ledger(command.player, then=AdmitBonusSpins(**said))
        return Pending((BonusSpinsRequested(**said),), sends=(ask,))
    return _given(command, states)


def admitted(command: AdmitBonusSpins, states: States, facts: Facts) -> Decision[Event]:
    player, answer = command.player, command.answer
    if not answer.granted and answer.code != "player_blocked":
        code = answer.code or "refused"
        stays = BonusSpinsDenied(player=player, wheel=command.wheel, count=command.count, code=code)
        return Decision((stays,), reply=Refused(code, answer.details), finishes=facts.wish)
    learnt = acquainted(player, states[guest_of(player)], answer) if answer.granted else ()
    given = _given(command, states)
    return replace(given, events=(*learnt, *given.events), finishes=facts.wish)


def _given(command: GrantBonusSpins | AdmitBonusSpins, states: States) -> Decision[Event]:
    allowance = states[allowance_of(command.player, command.wheel)]
    (more,) = granted(command.player, command.wheel, command.count, allowance)
    return Decision((more,), reply=BonusSpinsAnswer(bonus_spins_remaining=more.bonus_left))


def commit_seed(command: CommitWheelSeed, states: States, facts: Facts) -> Outcome[Event]:
    promise = states[allowance_of(command.player, command.wheel)].promise
    unknown = UNKNOWN if facts.definitions.current(WheelSpec, command.wheel) is None else None
    return shown(Chain("wheel", command.player, command.wheel), promise, unknown, facts)


def streams(command: GrantBonusSpins | AdmitBonusSpins | CommitWheelSeed) -> tuple[Stream[Any], ...]:
    own = allowance_of(command.player, command.wheel)
    return (own,) if isinstance(command, CommitWheelSeed) else (own, guest_of(command.player))
