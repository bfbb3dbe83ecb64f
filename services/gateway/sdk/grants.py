"""What a player was given: what waits to be claimed, crates to be opened, and the proof of what was in them."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Strict
from services.gateway.sdk.common import (
    OK,
    PREFIX,
    READ,
    TAGS,
    WRITE,
    ExternalId,
    GrantPath,
    PlayerLooks,
    PlayerWrites,
    answers,
    once,
)
from services.gateway.sdk.proof import Proof, proof_of
from services.gateway.sdk.shown import grant_of
from services.gateway.sdk.wire import Grant, Plain, Told
from shared.messages import grant as granted
from shared.messages.grant import ClaimedAnswer, ClaimGrant, OpenCrate, OpenedAnswer
from shared.messages.reward_table import RewardTableSpec

USUAL: Final = 50
MOST: Final = 200

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}", tags=list(TAGS))


class LimitQuery(Strict):
    limit: int = Field(default=USUAL, ge=1, le=MOST)


class PendingGrantsResponse(Told):
    """Grants that wait to be claimed, the newest first."""

    data: list[Grant]


class ClaimGrantResponse(Told):
    """The grant, claimed."""

    data: Grant


class Opened(Told):
    crate: Grant
    contents: Grant


class OpenCrateResponse(Told):
    """The crate, claimed, and the grant of what was in it."""

    data: Opened


class CrateProofResponse(Told):
    """What is needed to check what was in a crate."""

    data: Proof


@router.get("/pending-grants", response_model=PendingGrantsResponse, responses=answers(OK, *READ))
async def list_pending(
    here: PlayerLooks, external_id: ExternalId, query: Annotated[LimitQuery, Query()]
) -> PendingGrantsResponse:
    """What waits to be claimed, the newest first."""
    rows = await here.town.grants.pending(here.caller.tenant, external_id, query.limit)
    return PendingGrantsResponse(data=[grant_of(row) for row in rows])


@router.post("/grants/{grantId}/claim", response_model=ClaimGrantResponse, responses=answers(OK, *WRITE))
async def claim(here: PlayerWrites, external_id: ExternalId, grant_id: GrantPath, body: Plain) -> ClaimGrantResponse:
    """Take a grant into the wallet and the inventory, once."""
    wish = ClaimGrant(player=external_id, grant_id=grant_id)
    key = once("claim", body.idempotency_key, external_id, grant_id)
    told = await here.say("ledger", wish, ClaimedAnswer, key=external_id, idempotency_key=key)
    return ClaimGrantResponse(data=grant_of(told.answer.grant))


@router.post("/crates/{grantId}/open", response_model=OpenCrateResponse, responses=answers(OK, *WRITE))
async def open_crate(
    here: PlayerWrites, external_id: ExternalId, grant_id: GrantPath, body: Plain
) -> OpenCrateResponse:
    """Open a crate: what is in it is a grant of its own, which is claimed by itself."""
    wish = OpenCrate(player=external_id, grant_id=grant_id)
    key = once("open", body.idempotency_key, external_id, grant_id)
    told = await here.say("ledger", wish, OpenedAnswer, key=external_id, idempotency_key=key)
    opened = Opened(crate=grant_of(told.answer.crate), contents=grant_of(told.answer.contents))
    return OpenCrateResponse(data=opened)


@router.get("/grants/{grantId}/proof", response_model=CrateProofResponse, responses=answers(OK, *READ, 404))
async def show_proof(here: PlayerLooks, external_id: ExternalId, grant_id: GrantPath) -> CrateProofResponse:
    """What a crate is bound to, and once it is opened all that is needed to draw it again."""
    crate = await _grant(here, external_id, grant_id)
    proof = crate.proof
    if proof is None:
        raise Problem("no_grant")
    table = None
    if proof.table is not None and proof.definition_version is not None:
        known = here.town.definitions
        table = known.at(here.caller.tenant, RewardTableSpec, proof.table, proof.definition_version)
    contents = None if proof.contents is None else await _grant(here, external_id, proof.contents)
    return CrateProofResponse(data=proof_of(crate, proof, None if table is None else table.spec, contents))


async def _grant(here: Here, player: ExternalId, grant_id: GrantPath) -> granted.Grant:
    found = await here.town.grants.one(here.caller.tenant, player, grant_id)
    if found is None:
        raise Problem("no_grant")
    return found
