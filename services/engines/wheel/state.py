"""What is remembered of a player's spins: what is still free at a wheel, how soon the next may be, what waits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from services.engines.promise import Promise, Unpromised, promised
from shared.ids import MessageId, PlayerId, ProjectId, WheelId
from shared.messages.seed import SeedCommitted
from shared.messages.wheel import (
    AllowanceChanged,
    CooldownBegun,
    CooldownGivenBack,
    DrySpinBegun,
    DrySpinClaimed,
    DrySpinDenied,
    DrySpinExpired,
    DrySpun,
    Spin,
    WheelEvent,
    WheelSpun,
)
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one player may still spin for nothing at one wheel, and the seed that the next spin is bound to."""

    promise: Promise = field(default_factory=Unpromised)
    day: str = ""
    """The last day that counted; it never goes back."""
    free_used: int = 0
    """On that day."""
    bonus_left: int = 0


@dataclass(frozen=True, slots=True)
class Spinner:
    """When a player last spun any wheel of a project."""

    at: datetime | None = None
    spin_id: MessageId | None = None
    """The spin that was, unless its turn was given back."""
    before: datetime | None = None
    """When the player had spun before that."""


@dataclass(frozen=True, slots=True)
class Unused:
    """This token stands for nothing."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The dry spin of this token is being paid for."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whoever shows this token in time has the reward credited."""

    wheel: WheelId
    spin: Spin
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """This token was shown."""

    wheel: WheelId


@dataclass(frozen=True, slots=True)
class Expired:
    """This token was not shown in time."""


DrySpinFact = DrySpinBegun | DrySpinDenied | DrySpun | DrySpinClaimed | DrySpinExpired
DrySpin = Unused | Begun | Waiting | Claimed | Expired


def allowance_of(player: PlayerId, wheel: WheelId) -> Stream[Allowance]:
    """The history of one player at one wheel."""
    return Stream("wheel", key_of(player, wheel))


def spinner_of(player: PlayerId, project: ProjectId) -> Stream[Spinner]:
    """The history of one player's cooldown in one project."""
    return Stream("spinner", key_of(player, project))


def dry_spin_of(player: PlayerId, token_hash: str) -> Stream[DrySpin]:
    """The history of one token."""
    return Stream("dry_spin", key_of(player, token_hash))


def evolve_allowance(allowance: Allowance, event: WheelEvent | SeedCommitted) -> Allowance:
    match event:
        case SeedCommitted():
            return replace(allowance, promise=promised(event))
        case WheelSpun():
            drawn = Unpromised(event.seed_number + 1)
            return Allowance(drawn, event.day, event.free_used, event.bonus_left)
        case AllowanceChanged():
            return Allowance(allowance.promise, event.day, event.free_used, event.bonus_left)
        case _:
            return allowance


def evolve_spinner(spinner: Spinner, event: CooldownBegun | CooldownGivenBack) -> Spinner:
    match event:
        case CooldownBegun():
            return Spinner(event.at, event.spin_id, event.before)
        case CooldownGivenBack():
            return Spinner(event.at)


def evolve_dry_spin(dry_spin: DrySpin, event: DrySpinFact) -> DrySpin:
    match event:
        case DrySpinBegun():
            return Begun()
        case DrySpun():
            return Waiting(event.wheel, event.spin, event.expires_at)
        case DrySpinClaimed():
            return Claimed(event.wheel)
        case DrySpinExpired():
            return Expired()
        case DrySpinDenied():
            return Unused()
