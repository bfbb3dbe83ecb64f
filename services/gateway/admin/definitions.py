"""What the admin door offers to operators who configure: put, get, list and remove definitions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path

from services.gateway.admin.here import READ, TENANT, WRITE, Admin, checked
from services.gateway.admin.players import put_player, show_player_spec
from services.gateway.admin.sealing import sealed_here, sealer
from services.gateway.admin.wire import (
    AdminErrorBody,
    DefinitionBody,
    DefinitionPut,
    DefinitionRemoved,
    Definitions,
    DefinitionShown,
)
from services.gateway.here import Here
from services.gateway.keys import Caller
from services.gateway.problem import Problem
from services.gateway.route import refusals
from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import TenantId
from shared.messages.access import TenantSpec
from shared.messages.base import SPECS, Spec
from shared.messages.definition import DefinitionAnswer, PutDefinition, RemoveDefinition
from shared.messages.envelope import DEFINITIONS
from shared.messages.player import PlayerSpec
from shared.shapes import Definition

KindPath = Annotated[str, Path(min_length=1, max_length=32)]
KeyPath = Annotated[str, Path(min_length=1, max_length=128)]
PLAYER: Final = PlayerSpec.kind

router = APIRouter(prefix="/admin/v1/definitions", tags=["definitions"], dependencies=[TENANT])


@router.put("/{kind}/{key}", response_model=DefinitionPut, responses=refusals(AdminErrorBody, *WRITE, 404))
async def put_definition(here: Admin, kind: KindPath, key: KeyPath, body: DefinitionBody) -> DefinitionPut:
    """Configure something, or change it; the same spec again changes nothing."""
    if body.kind not in (None, kind):
        raise Problem("invalid", f"kind: this is a {body.kind}, put under {kind}", path="kind")
    town, tenant = here.town, here.caller.tenant
    try:
        spec = parse_spec(kind, body.spec, sealer(town, tenant, kind, key))
        spec = sealed_here(town, tenant, key, spec)
    except InvalidDefinition as error:
        raise Problem("invalid_definition", details={"path": error.path, "problem": error.problem}) from None
    here = await _for(here, kind, key)
    if isinstance(spec, PlayerSpec):
        return await put_player(here, key, spec)
    plain = spec.model_dump(mode="json")
    told = await here.say("ledger", PutDefinition(kind=kind, key=key, spec=plain), DefinitionAnswer, key=DEFINITIONS)
    await here.town.feed.refresh()
    answer = told.answer
    return DefinitionPut(kind=kind, key=key, version=answer.version, spec=plain, changed=answer.changed)


@router.get("/{kind}/{key}", response_model=DefinitionShown, responses=refusals(AdminErrorBody, *READ))
async def show_definition(here: Admin, kind: KindPath, key: KeyPath) -> DefinitionShown:
    """What stands now; it can be put under another key as it is."""
    model = _kind(kind)
    here = await _for(here, kind, key)
    if kind == PLAYER:
        return await show_player_spec(here, key)
    found = here.town.definitions.current(here.caller.tenant, model, key)
    if found is None:
        raise Problem("no_definition", details={"kind": kind, "key": key})
    return _shown(kind, found)


@router.get("/{kind}", response_model=Definitions, responses=refusals(AdminErrorBody, *READ))
async def list_definitions(here: Admin, kind: KindPath) -> Definitions:
    """Everything of one kind that stands now; of the kind `tenant`, every tenant."""
    model = _kind(kind)
    if kind == PLAYER:
        raise Problem("invalid", "kind: players are not listed; look one up by name", path="kind")
    tenant = None if kind == TenantSpec.kind else await checked(here)
    found = here.town.definitions.every(model, tenant)
    return Definitions(definitions=[_shown(kind, definition) for _, definition in found])


@router.delete("/{kind}/{key}", response_model=DefinitionRemoved, responses=refusals(AdminErrorBody, *READ, 409, 504))
async def remove_definition(here: Admin, kind: KindPath, key: KeyPath) -> DefinitionRemoved:
    """Take something out of use; what was opened under it is still finished under it."""
    _kind(kind)
    if kind == PLAYER:
        raise Problem("invalid", "kind: players are not removed; set the status to closed", path="kind")
    here = await _for(here, kind, key)
    told = await here.say("ledger", RemoveDefinition(kind=kind, key=key), DefinitionAnswer, key=DEFINITIONS)
    await here.town.feed.refresh()
    return DefinitionRemoved(kind=kind, key=key, version=told.answer.version, changed=told.answer.changed)


async def _for(here: Here, kind: str, key: str) -> Here:
    """The request on behalf of the tenant that is meant: a tenant's own definition belongs to itself."""
    if kind != TenantSpec.kind:
        await checked(here)
        return here
    return here.on_behalf_of(Caller(tenant=TenantId(key), actor=here.caller.actor))


def _kind(kind: str) -> type[Spec]:
    model = SPECS.get(kind)
    if model is None:
        raise Problem("invalid", f"kind: unknown kind {kind!r}; known are {', '.join(sorted(SPECS))}", path="kind")
    return model


def _shown(kind: str, definition: Definition[Spec]) -> DefinitionShown:
    spec = definition.spec.model_dump(mode="json")
    return DefinitionShown(kind=kind, key=definition.key, version=definition.version, spec=spec)
