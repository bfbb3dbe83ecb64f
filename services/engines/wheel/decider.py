"""A player spins a wheel: free before bonus before paid, spent with the draw, and what comes up is credited once.

A spin reserves what can be refused, then the price is taken if there is one, then chance is spent, then only what
nobody can refuse is left. A dry spin is told at once and waits for its token; it is credited by itself in the end.
"""

from __future__ import annotations

from typing import Any

from services.engines.wheel import claiming, granting, spinning
from services.engines.wheel.state import (
    Allowance,
    Begun,
    Claimed,
    DrySpin,
    DrySpinFact,
    Expired,
    Spinner,
    Unused,
    Waiting,
    allowance_of,
    evolve_allowance,
    evolve_dry_spin,
    evolve_spinner,
)
from services.engines.wheel.turn import Turn
from shared.messages.base import Event
from shared.messages.seed import SeedCommitted
from shared.messages.wheel import (
    AdmitBonusSpins,
    AdmitSpin,
    BonusSpinsDenied,
    BonusSpinsGranted,
    BonusSpinsRequested,
    ClaimSpin,
    CommitWheelSeed,
    CooldownBegun,
    CooldownGivenBack,
    DrawPaidSpin,
    DrySpinBegun,
    DrySpinClaimed,
    DrySpinDenied,
    DrySpinExpired,
    DrySpinWheel,
    DrySpun,
    ExpireDrySpin,
    FinishSpin,
    GrantBonusSpins,
    SpinWheel,
    WheelEvent,
    WheelPaidSpinBegun,
    WheelSpinDenied,
    WheelSpinRequested,
    WheelSpun,
)
from shared.shapes import Decider, Facts, Outcome, States
from shared.streams import Stream

Spinning = SpinWheel | DrySpinWheel | AdmitSpin | DrawPaidSpin | FinishSpin
Granting = GrantBonusSpins | AdmitBonusSpins | CommitWheelSeed
Claiming = ClaimSpin | ExpireDrySpin


def streams(command: Spinning | Granting) -> tuple[Stream[Any], ...]:
    match command:
        case FinishSpin():
            return (allowance_of(command.player, command.wheel),)
        case GrantBonusSpins() | AdmitBonusSpins() | CommitWheelSeed():
            return granting.streams(command)
        case SpinWheel() | DrySpinWheel() | AdmitSpin() | DrawPaidSpin():
            return Turn.of(command).streams


def decide(command: Spinning | Granting, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case SpinWheel() | DrySpinWheel():
            return spinning.spin(command, states, facts)
        case AdmitSpin():
            return spinning.admitted(command, states, facts)
        case DrawPaidSpin():
            return spinning.paid(command, states, facts)
        case FinishSpin():
            return claiming.finish(command, facts)
        case GrantBonusSpins():
            return granting.grant(command, states, facts)
        case AdmitBonusSpins():
            return granting.admitted(command, states, facts)
        case CommitWheelSeed():
            return granting.commit_seed(command, states, facts)


def decide_claim(command: Claiming, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case ClaimSpin():
            return claiming.claim(command, states, facts)
        case ExpireDrySpin():
            return claiming.expire(command, states)


wheels: Decider[Spinning | Granting, Allowance, WheelEvent | SeedCommitted] = Decider(
    noun="wheel",
    initial=Allowance(),
    situations=(Allowance,),
    commands=(
        SpinWheel,
        DrySpinWheel,
        AdmitSpin,
        DrawPaidSpin,
        FinishSpin,
        GrantBonusSpins,
        AdmitBonusSpins,
        CommitWheelSeed,
    ),
    events=(
        WheelSpinRequested,
        WheelPaidSpinBegun,
        WheelSpinDenied,
        WheelSpun,
        BonusSpinsRequested,
        BonusSpinsDenied,
        BonusSpinsGranted,
        SeedCommitted,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve_allowance,
)

dry_spins: Decider[Claiming, DrySpin, DrySpinFact] = Decider(
    noun="dry_spin",
    initial=Unused(),
    situations=(Unused, Begun, Waiting, Claimed, Expired),
    commands=(ClaimSpin, ExpireDrySpin),
    events=(DrySpinBegun, DrySpinDenied, DrySpun, DrySpinClaimed, DrySpinExpired),
    streams=claiming.streams,
    decide=decide_claim,
    evolve=evolve_dry_spin,
)

spinners: Decider[Spinning, Spinner, CooldownBegun | CooldownGivenBack] = Decider(
    noun="spinner",
    initial=Spinner(),
    situations=(Spinner,),
    commands=(),
    events=(CooldownBegun, CooldownGivenBack),
    streams=streams,
    decide=decide,
    evolve=evolve_spinner,
)
