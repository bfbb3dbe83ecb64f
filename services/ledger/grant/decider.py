"""What a player was given is given once and arrives once; a crate shows beforehand what its draw is bound to."""

from __future__ import annotations

from typing import Any

from services.ledger.grant.claiming import claim, expire
from services.ledger.grant.giving import give, give_one
from services.ledger.grant.opening import open_
from services.ledger.grant.state import Given, NotGiven, Standing, grant_of
from services.ledger.player.state import player_of
from services.ledger.wallet.state import wallet_of
from shared.messages.base import Event
from shared.messages.grant import (
    AckGrant,
    ClaimGrant,
    CrateOpened,
    ExpireGrant,
    GiveGrant,
    GiveGrants,
    GrantClaimed,
    GrantCommand,
    GrantEvent,
    GrantExpired,
    GrantGiven,
    OpenCrate,
    contents_of,
)
from shared.shapes import Decider, Facts, Outcome, States
from shared.streams import Stream


def streams(command: GrantCommand) -> tuple[Stream[Any], ...]:
    player = command.player
    whose = (player_of(player), wallet_of(player))
    match command:
        case GiveGrants():
            own = dict.fromkeys(grant_of(player, gift.grant_id) for gift in command.gifts)
            return (*own, *whose)
        case GiveGrant():
            return (grant_of(player, command.gift.grant_id), *whose)
        case OpenCrate():
            inside = grant_of(player, contents_of(command.grant_id))
            return (grant_of(player, command.grant_id), inside, *whose)
        case ClaimGrant() | AckGrant():
            return (grant_of(player, command.grant_id), *whose)
        case ExpireGrant():
            return (grant_of(player, command.grant_id),)


def decide(command: GrantCommand, states: States, facts: Facts) -> Outcome[Event]:
    match command:
        case GiveGrants():
            return give(command, states, facts)
        case GiveGrant():
            return give_one(command, states, facts)
        case ClaimGrant() | AckGrant():
            return claim(command, states, facts)
        case OpenCrate():
            return open_(command, states, facts)
        case ExpireGrant():
            return expire(command, states)


def evolve(standing: Standing, event: GrantEvent) -> Standing:
    return Given(event.grant)


decider: Decider[GrantCommand, Standing, GrantEvent] = Decider(
    noun="grant",
    initial=NotGiven(),
    situations=(NotGiven, Given),
    commands=(GiveGrants, GiveGrant, ClaimGrant, AckGrant, OpenCrate, ExpireGrant),
    events=(GrantGiven, GrantClaimed, GrantExpired, CrateOpened),
    streams=streams,
    decide=decide,
    evolve=evolve,
)
