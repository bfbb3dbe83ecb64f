"""What the wheels' door offers: look at the wheels of a project, spin them, claim, by number and by key, and log in."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute

from services.gateway.wheels import login, play
from services.gateway.wheels.common import (
    CLAIM,
    LOGIN,
    READ,
    REPEATABLE,
    STATE,
    WRITE,
    Logs,
    Spins,
    WheelKey,
    WheelNumber,
)
from services.gateway.wheels.wire import (
    ClaimBody,
    DrySpun,
    LoggedIn,
    LoginBody,
    Spun,
    WheelDetail,
    WheelRow,
    Wheels,
    WheelState,
)

BY_NUMBER: Final = "/{wheel_config_id}"
BY_KEY: Final = "/by-key/{key_slug}"

wheels = APIRouter()


@wheels.get("", response_model=Wheels, responses=READ)
async def list_wheels(here: Spins) -> Wheels:
    """Every wheel of the project that can be spun."""
    rows = [WheelRow(id=wheel.number, name=wheel.spec.name) for wheel in play.shelf_of(here).active.values()]
    return Wheels(wheels=rows, cooldown_seconds=play.spinner_of(here).project.spec.cooldown_seconds)


@wheels.get(f"{BY_NUMBER}/state", response_model=WheelState, responses=STATE)
async def show_state(here: Spins, wheel_config_id: WheelNumber) -> WheelState:
    """What the player may spin, and until when that is so."""
    return await play.state(here, play.key_of(here, wheel_config_id))


@wheels.get(f"{BY_KEY}/state", response_model=WheelState, responses=STATE)
async def show_state_by_key(here: Spins, key_slug: WheelKey) -> WheelState:
    """The same, by the wheel's key."""
    return await play.state(here, key_slug)


@wheels.get(BY_NUMBER, response_model=WheelDetail, responses=STATE)
async def show_wheel(here: Spins, wheel_config_id: WheelNumber) -> WheelDetail:
    """The same as state, and the segments to draw on the screen."""
    return await play.detail(here, play.key_of(here, wheel_config_id))


@wheels.get(BY_KEY, response_model=WheelDetail, responses=STATE)
async def show_wheel_by_key(here: Spins, key_slug: WheelKey) -> WheelDetail:
    """The same, by the wheel's key."""
    return await play.detail(here, key_slug)


@wheels.post(f"{BY_NUMBER}/spin", response_model=Spun, responses=WRITE, dependencies=[REPEATABLE])
async def spin(here: Spins, wheel_config_id: WheelNumber) -> Spun:
    """Spin: free before bonus before paid. What comes up is credited before this answers."""
    return await play.spin(here, play.key_of(here, wheel_config_id))


@wheels.post(f"{BY_KEY}/spin", response_model=Spun, responses=WRITE, dependencies=[REPEATABLE])
async def spin_by_key(here: Spins, key_slug: WheelKey) -> Spun:
    """The same, by the wheel's key."""
    return await play.spin(here, key_slug)


@wheels.post(f"{BY_NUMBER}/dry-spin", response_model=DrySpun, responses=WRITE, dependencies=[REPEATABLE])
async def dry_spin(here: Spins, wheel_config_id: WheelNumber) -> DrySpun:
    """Spin now and claim later, when an animation has ended; unclaimed rewards are credited by themselves."""
    return await play.dry_spin(here, play.key_of(here, wheel_config_id))


@wheels.post(f"{BY_KEY}/dry-spin", response_model=DrySpun, responses=WRITE, dependencies=[REPEATABLE])
async def dry_spin_by_key(here: Spins, key_slug: WheelKey) -> DrySpun:
    """The same, by the wheel's key."""
    return await play.dry_spin(here, key_slug)


@wheels.post(f"{BY_NUMBER}/claim-spin-reward", response_model=Spun, responses=CLAIM, dependencies=[REPEATABLE])
async def claim(here: Spins, wheel_config_id: WheelNumber, body: ClaimBody) -> Spun:
    """Have the reward of a dry spin credited, once."""
    return await play.claim(here, play.key_of(here, wheel_config_id), body.claim_token)


@wheels.post(f"{BY_KEY}/claim-spin-reward", response_model=Spun, responses=CLAIM, dependencies=[REPEATABLE])
async def claim_by_key(here: Spins, key_slug: WheelKey, body: ClaimBody) -> Spun:
    """The same, by the wheel's key."""
    return await play.claim(here, key_slug, body.claim_token)


client = APIRouter(prefix="/client", tags=["wheels"])


@client.post("/auth/login", response_model=LoggedIn, responses=LOGIN)
async def log_in(here: Logs, body: LoginBody) -> LoggedIn:
    """An access token for a player of the platform, by name and password."""
    return await login.log_in(here, body)


def _offer(router: APIRouter, under: str = "") -> None:
    """Everything about wheels at this router, too; one that includes another has no routes of its own to look at."""
    for route in wheels.routes:
        assert isinstance(route, APIRoute)
        router.add_api_route(
            under + route.path,
            route.endpoint,
            methods=sorted(route.methods or ()),
            response_model=route.response_model,
            responses=route.responses,
            dependencies=route.dependencies,
        )


router = APIRouter(prefix="/wheels", tags=["wheels"])
_offer(router)
_offer(client, "/wheels")
