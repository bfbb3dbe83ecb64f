"""One turn at a wheel: whose it is, under which terms, what it will be spent on, and whether it comes too soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from services.engines.guest import guest_of
from services.engines.promise import Chain
from services.engines.wheel.state import Allowance, DrySpin, Spinner, allowance_of, dry_spin_of, spinner_of
from shared.ids import PlayerId, ProjectId, WheelId
from shared.messages.project import ProjectSpec
from shared.messages.wheel import AdmitSpin, DrawPaidSpin, DrySpinWheel, SpinWheel
from shared.messages.wheel_spec import SpinKind, WheelSpec, misconfigured
from shared.periods import day_of
from shared.shapes import Definition, Facts, Refused
from shared.streams import Stream

UNKNOWN: Final = "wheel_not_found_or_inactive"
"""The refusal at what is no active wheel of an active project."""
_MS: Final = timedelta(milliseconds=1)

SpinCommand = SpinWheel | DrySpinWheel | AdmitSpin | DrawPaidSpin


class Turn(NamedTuple):
    """Who spins what; `token_hash` is of a dry spin."""

    player: PlayerId
    wheel: WheelId
    project: ProjectId
    token_hash: str | None

    @classmethod
    def of(cls, command: SpinCommand) -> Turn:
        """What a wish to spin, or what goes on with one, is about."""
        token_hash = None if isinstance(command, SpinWheel) else command.token_hash
        return cls(command.player, command.wheel, command.project, token_hash)

    @property
    def chain(self) -> Chain:
        """The seeds of this player at this wheel."""
        return Chain("wheel", self.player, self.wheel)

    @property
    def allowance(self) -> Stream[Allowance]:
        return allowance_of(self.player, self.wheel)

    @property
    def spinner(self) -> Stream[Spinner]:
        return spinner_of(self.player, self.project)

    @property
    def dry_spin(self) -> Stream[DrySpin] | None:
        return None if self.token_hash is None else dry_spin_of(self.player, self.token_hash)

    @property
    def streams(self) -> tuple[Stream[Any], ...]:
        """Every history that the turn reads."""
        own = (self.allowance, guest_of(self.player), self.spinner)
        return own if self.dry_spin is None else (*own, self.dry_spin)


class Terms(NamedTuple):
    """What the operator said of the wheel and its project when the turn was begun."""

    wheel: Definition[WheelSpec]
    project: Definition[ProjectSpec]


def terms_now(turn: Turn, facts: Facts) -> Terms | Refused:
    """The terms of a turn that is begun now; a wheel that nothing can be drawn from is refused."""
    wheel = facts.definitions.current(WheelSpec, turn.wheel)
    project = facts.definitions.current(ProjectSpec, turn.project)
    if wheel is None or project is None or wheel.spec.project != turn.project:
        return Refused(UNKNOWN)
    if wheel.spec.status != "active" or project.spec.status != "active":
        return Refused(UNKNOWN)
    if not wheel.spec.segments:
        return Refused("wheel_has_no_segments")
    if misconfigured(wheel.spec) is not None:
        return Refused("wheel_probability_misconfigured")
    return Terms(wheel, project)


def terms_of(command: DrawPaidSpin, facts: Facts) -> Terms:
    """The terms that a paid spin was begun under. Raises LookupError if they are not known any more."""
    wheel = facts.definitions.at(WheelSpec, command.wheel, command.definition_version)
    project = facts.definitions.at(ProjectSpec, command.project, command.project_version)
    if wheel is None or project is None:
        versions = f"{command.definition_version} of it or {command.project_version} of its project"
        raise LookupError(f"wheel {command.wheel}: there is no version {versions}")
    return Terms(wheel, project)


def today(allowance: Allowance, spec: WheelSpec, now: datetime) -> Allowance:
    """The allowance as it stands now: a new day has its free spins, and no day comes a second time."""
    day = day_of(now, spec.timezone)
    return allowance if day <= allowance.day else replace(allowance, day=day, free_used=0)


def for_nothing(allowance: Allowance, spec: WheelSpec) -> SpinKind | None:
    """What today's next spin is spent on, free before bonus; None if the player must pay for it."""
    if allowance.free_used < spec.daily_free_spins:
        return "free"
    return "bonus" if allowance.bonus_left else None


def spent(allowance: Allowance, kind: SpinKind) -> Allowance:
    """What is left after a spin of this kind."""
    if kind == "free":
        return replace(allowance, free_used=allowance.free_used + 1)
    return replace(allowance, bonus_left=allowance.bonus_left - 1) if kind == "bonus" else allowance


def too_soon(spinner: Spinner, spec: ProjectSpec, now: datetime) -> Refused | None:
    """The refusal of a player who has just spun a wheel of the project."""
    if spinner.at is None:
        return None
    left = spinner.at + timedelta(seconds=spec.cooldown_seconds) - now
    return Refused("cooldown_active", {"retry_after_ms": -(-left // _MS)}) if left > timedelta(0) else None
