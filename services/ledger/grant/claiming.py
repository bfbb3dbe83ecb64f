"""A grant arrives once, in the commit that says so, as long as its time is not over; a crate is opened instead."""

from __future__ import annotations

from services.ledger.grant.deposit import deposited
from services.ledger.grant.state import Given, grant_of
from services.ledger.player.state import player_of, why_not
from shared.messages.base import Event
from shared.messages.grant import (
    AckGrant,
    ClaimedAnswer,
    ClaimGrant,
    ExpireGrant,
    Grant,
    GrantClaimed,
    GrantExpired,
)
from shared.shapes import Decision, Facts, Outcome, Refused, States


def claim(command: ClaimGrant | AckGrant, states: States, facts: Facts) -> Outcome[Event]:
    refused = why_not(states[player_of(command.player)], despite_ban=isinstance(command, AckGrant))
    standing = states[grant_of(command.player, command.grant_id)]
    if refused is not None or not isinstance(standing, Given):
        return refused or Refused("no_grant")
    grant = standing.grant
    if grant.kind == "crate":
        return Refused("grant_is_crate")
    if grant.status == "claimed":
        return Decision((), reply=ClaimedAnswer(grant=grant))
    if too_late(grant, facts):
        return Refused("grant_expired")
    by = "server_api" if isinstance(command, AckGrant) else command.by
    claimed = grant.model_copy(update={"status": "claimed", "claimed_at": facts.now, "acked_by": by})
    arrived = deposited(command.player, (claimed,), states, facts)
    return Decision((GrantClaimed(grant=claimed), *arrived), reply=ClaimedAnswer(grant=claimed))


def expire(command: ExpireGrant, states: States) -> Decision[Event]:
    standing = states[grant_of(command.player, command.grant_id)]
    if not isinstance(standing, Given) or standing.grant.status != "pending":
        return Decision((), reply=None)
    expired = standing.grant.model_copy(update={"status": "expired"})
    return Decision((GrantExpired(grant=expired),), reply=None)


def too_late(grant: Grant, facts: Facts) -> bool:
    """Whether its time was over when this was asked, also if nobody has rung yet."""
    return grant.status == "expired" or (grant.expires_at is not None and facts.asked_at >= grant.expires_at)
