"""What the admin door gives to players: a password, a token for a project's client, and bonus spins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.admin.here import READ, TENANT, WRITE, Admin, checked
from services.gateway.admin.players import give_password
from services.gateway.admin.routes import FIRST, REPEATED, PlayerPath
from services.gateway.admin.wire import (
    Access,
    AccessBody,
    AdminErrorBody,
    BonusSpinsBody,
    BonusSpinsGranted,
    PasswordBody,
    PasswordSet,
)
from services.gateway.here import Answer, Here
from services.gateway.problem import Problem
from services.gateway.projects import Project
from services.gateway.route import refusals
from shared.ids import WheelId
from shared.messages.project import ProjectSpec
from shared.messages.wheel import BonusSpinsAnswer, GrantBonusSpins

WheelPath = Annotated[WheelId, Path(min_length=1, max_length=128, description="The wheel's key.")]

router = APIRouter(prefix="/admin/v1", tags=["admin"], dependencies=[TENANT])


@router.put("/players/{player}/password", response_model=PasswordSet, responses=refusals(AdminErrorBody, *WRITE, 404))
async def set_password(here: Admin, player: PlayerPath, body: PasswordBody) -> PasswordSet:
    """Let a player log in with this password; tokens that were given before stay good until they expire."""
    await checked(here)
    name = await here.existing_player(player)
    return PasswordSet(player=name, changed=await give_password(here, name, body.password))


@router.post(
    "/players/{player}/access-token",
    response_model=Access,
    responses=refusals(AdminErrorBody, *READ, 413),
)
async def issue_token(here: Admin, player: PlayerPath, body: AccessBody) -> Access:
    """A token for a player whom the operator knows by other means."""
    await checked(here)
    project, name = _project(here, body.project), await here.existing_player(player)
    token = here.town.tokens.issue(project, name, body.permissions, here.town.clock.now())
    return Access(access_token=token, expires_in=project.spec.token_ttl_seconds)


def _project(here: Here, named: str | None) -> Project:
    tenant, definitions = here.caller.tenant, here.town.definitions
    if named is None:
        found = definitions.every_of(tenant, ProjectSpec)
        if len(found) > 1:
            raise Problem("which_project", details={"known": ", ".join(one.key for one in found), "path": "project"})
    else:
        known = definitions.current(tenant, ProjectSpec, named)
        found = [known] if known else []
    if not found:
        raise Problem("no_project")
    return Project(tenant, found[0], suspended=False)


@router.post(
    "/wheels/{wheel}/bonus-spins",
    status_code=FIRST,
    response_model=BonusSpinsGranted,
    responses={REPEATED: {"model": BonusSpinsGranted}, **refusals(AdminErrorBody, *WRITE, 404)},
)
async def grant_bonus_spins(here: Admin, wheel: WheelPath, body: BonusSpinsBody) -> Answer[BonusSpinsGranted]:
    """Give a player spins of a wheel that cost nothing and last until they are used."""
    await checked(here)
    player = await here.existing_player(body.player)
    wish = GrantBonusSpins(player=player, wheel=wheel, count=body.count)
    told = await here.say("engines", wish, BonusSpinsAnswer, key=player, idempotency_key=body.idempotency_key)
    given = BonusSpinsGranted(
        player=player,
        wheel=wheel,
        bonus_spins_remaining=told.answer.bonus_spins_remaining,
        deduped=told.repeated,
    )
    return Answer(given, REPEATED if told.repeated else FIRST)
