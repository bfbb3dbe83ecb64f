"""How a wheel is looked at, spun and claimed, whichever way it was named."""

from __future__ import annotations

from typing import Final, TypeVar

from services.gateway.here import Here
from services.gateway.problem import Problem, again_after
from services.gateway.wheel_book import Shelf, Wheel
from services.gateway.wheels.common import LONGEST_KEY
from services.gateway.wheels.guard import Spinner
from services.gateway.wheels.wire import DrySpun, Spun, WheelDetail, WheelState, shown
from shared.ids import ProjectId, WheelId
from shared.messages.access import hash_of
from shared.messages.base import Command, Reply
from shared.messages.seed import SeedAnswer
from shared.messages.wheel import ClaimSpin, CommitWheelSeed, DrySpinWheel, SpinAnswer, SpinWheel
from shared.periods import day_of, ends_at

Said = TypeVar("Said", bound=Reply)

PURPOSE: Final = "claim-token"
_LONGEST_NUMBER: Final = 9


def spinner_of(here: Here) -> Spinner:
    """Whoever stands at the wheel."""
    assert isinstance(here.caller, Spinner), "the guard lets nobody else in here"
    return here.caller


async def known(here: Here) -> Spinner:
    """The same, for wishes that would leave a trace of a stranger. Raises Problem `no_player`."""
    spinner = spinner_of(here)
    if not await here.town.acquaintances.has(spinner.tenant, spinner.player):
        raise Problem("no_player")
    return spinner


def shelf_of(here: Here) -> Shelf:
    """The wheels of the caller's project."""
    return here.town.wheel_book.of(here.caller.tenant, spinner_of(here).project.key)


def key_of(here: Here, number: str) -> WheelId:
    """The key of the wheel with this number, active or not. Raises Problem."""
    plain = number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER and number[0] != "0"
    key = shelf_of(here).keys.get(int(number)) if plain else None
    if key is None:
        raise Problem("wheel_not_found_or_inactive")
    return key


def ever(here: Here, key: str) -> WheelId:
    """The key itself, if the project ever had such a wheel. Raises Problem.

    What was answered once is answered again, whatever became of the wheel; the engine says if it can be spun.
    """
    if key not in shelf_of(here).ever:
        raise Problem("wheel_not_found_or_inactive")
    return WheelId(key)


def active(here: Here, key: str) -> Wheel:
    """The wheel of this key, if it can be spun. Raises Problem."""
    wheel = shelf_of(here).active.get(key)
    if wheel is None:
        raise Problem("wheel_not_found_or_inactive")
    return wheel


async def state(here: Here, key: str) -> WheelState:
    """What the player may spin here, and until when that is so."""
    wheel, spinner, town = active(here, key), await known(here), here.town
    spec, paid = wheel.spec, wheel.spec.paid_spin
    allowance = await town.wheels.allowance(spinner.tenant, spinner.player, wheel.key)
    today = allowance.on(day_of(town.clock.now(), spec.timezone))
    return WheelState(
        wheel_config_id=wheel.number,
        cooldown_seconds=spinner.project.spec.cooldown_seconds,
        period_ends_at=ends_at(today.day, spec.timezone),
        daily_free_spins=spec.daily_free_spins,
        free_spins_used=today.free_used,
        free_spins_remaining=max(0, spec.daily_free_spins - today.free_used),
        bonus_spins_remaining=today.bonus_left,
        paid_spin_available=paid is not None,
        paid_spin_currency_key=paid.asset if paid else None,
        paid_spin_currency_amount=paid.amount if paid else None,
        next_server_seed_hash=await _promised(here, wheel.key),
    )


async def detail(here: Here, key: str) -> WheelDetail:
    """The same, and the wheel itself."""
    segments, odds = shown(active(here, key))
    return WheelDetail(**dict(await state(here, key)), segments=segments, proof=odds)


async def spin(here: Here, key: str) -> Spun:
    """Spin now; what comes up is credited before this answers."""
    wheel, spinner = ever(here, key), await known(here)
    wish = SpinWheel(player=spinner.player, wheel=wheel, project=ProjectId(spinner.project.key))
    return Spun.of((await _said(here, wish, SpinAnswer, here.idempotency_key(LONGEST_KEY))).spin)


async def dry_spin(here: Here, key: str) -> DrySpun:
    """Spin now, and have what comes up credited later.

    The token is made from what makes this wish the same again, so that a repeat shows it again and nothing keeps it.
    """
    wheel, spinner = ever(here, key), await known(here)
    repeatable = here.idempotency_key(LONGEST_KEY)
    same = ("key", repeatable) if repeatable else ("once", here.town.clock.new_id())
    token = here.town.pepper.token(PURPOSE, spinner.tenant, spinner.player, wheel, *same)
    wish = DrySpinWheel(
        player=spinner.player,
        wheel=wheel,
        project=ProjectId(spinner.project.key),
        token_hash=hash_of(token),
    )
    return DrySpun.of((await _said(here, wish, SpinAnswer, repeatable)).spin, claim_token=token)


async def claim(here: Here, key: str, token: str) -> Spun:
    """Have credited what a dry spin came up with, also of a wheel that can no longer be spun."""
    wish = ClaimSpin(player=spinner_of(here).player, wheel=ever(here, key), token_hash=hash_of(token))
    return Spun.of((await _said(here, wish, SpinAnswer, here.idempotency_key(LONGEST_KEY))).spin)


async def _promised(here: Here, wheel: WheelId) -> str:
    """The hash that the player's next spin is bound to; if none was told yet, the engine is asked to."""
    spinner = spinner_of(here)
    known = await here.town.engines.promise(spinner.tenant, "wheel", spinner.player, wheel)
    if known is not None:
        return known
    wish = CommitWheelSeed(player=spinner.player, wheel=wheel)
    return (await _said(here, wish, SeedAnswer, None)).server_seed_hash


async def _said(here: Here, wish: Command, answer: type[Said], key: str | None) -> Said:
    try:
        told = await here.say("engines", wish, answer, key=spinner_of(here).player, idempotency_key=key)
    except Problem as problem:
        wait_ms = problem.details.get("retry_after_ms")
        if wait_ms is None:
            raise
        raise Problem(problem.code, details=problem.details, headers=again_after(wait_ms)) from None
    return told.answer
