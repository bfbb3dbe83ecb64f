"""A tenant introduces a player, who exists from then on, and says later what else it knows of them."""

from __future__ import annotations

from services.ledger.player.limits import limits_after
from services.ledger.player.personal import PASSWORD, written
from services.ledger.player.state import Known, Player, Unknown, newcomer, why_gone
from services.ledger.wallet.asset import is_known
from shared.ids import AccountId
from shared.messages.base import LARGEST_AMOUNT, Event
from shared.messages.player import (
    CreatePlayer,
    PlayerAnswer,
    PlayerCreated,
    PlayerLimitsSet,
    PlayerPasswordSet,
    PlayerUpdated,
    SetPlayerLimits,
    SetPlayerPassword,
)
from shared.messages.wallet import PLAYER, Posting, WalletPosted
from shared.shapes import Decision, Facts, Outcome, Private, Refused

OPENING = AccountId("opening")
"""The house account that first balances come from."""


def create(command: CreatePlayer, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Known):
        return update(command, player, facts)
    for asset, amount in command.opening.items():
        if not is_known(asset, facts.definitions):
            return Refused("unknown_asset", {"asset": asset, "path": f"opening_balances.{asset}"})
        if not 0 <= amount <= LARGEST_AMOUNT:
            return Refused("invalid_amount", {"asset": asset, "path": f"opening_balances.{asset}"})
    told = {"external_ref": command.external_ref, "country_code": command.country_code}
    profile = newcomer(facts.tenant, command.player, facts.now).model_copy(update=told)
    created = PlayerCreated(profile=profile)
    return Decision(
        (created, *_opening(command)),
        reply=PlayerAnswer(profile=profile, at=facts.now, created=True),
        private=_person(command),
    )


def _opening(command: CreatePlayer) -> tuple[WalletPosted, ...]:
    if not command.opening:
        return ()
    postings: list[Posting] = []
    for asset, amount in command.opening.items():
        postings.append(Posting(account=PLAYER, asset=asset, amount=amount, balance=amount))
        postings.append(Posting(account=OPENING, asset=asset, amount=-amount))
    return (WalletPosted(player=command.player, operation="opening", postings=tuple(postings)),)


def _person(command: CreatePlayer) -> tuple[Private, ...]:
    if command.person is None:
        return ()
    given = command.person.model_dump(exclude_none=True)
    return tuple(written(command.player, field, value) for field, value in given.items())


def update(command: CreatePlayer, known: Known, facts: Facts) -> Outcome[Event]:
    was = known.profile
    if was.erased_at is not None:  # nothing is ever kept of them again
        return Decision((), reply=PlayerAnswer(profile=was, at=facts.now))
    profile = was.model_copy(
        update={
            "external_ref": command.external_ref or was.external_ref,
            "country_code": command.country_code or was.country_code,
        }
    )
    events = () if profile == was else (PlayerUpdated(profile=profile),)
    return Decision(events, reply=PlayerAnswer(profile=profile, at=facts.now), private=_person(command))


def set_password(command: SetPlayerPassword, player: Player, facts: Facts) -> Outcome[Event]:
    if refused := why_gone(player):
        return refused
    assert isinstance(player, Known)
    return Decision(
        (PlayerPasswordSet(profile=player.profile),),
        reply=PlayerAnswer(profile=player.profile, at=facts.now),
        private=(written(command.player, PASSWORD, command.password_hash),),
    )


def set_limits(command: SetPlayerLimits, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    was = player.profile
    profile = was.model_copy(update={"limits": limits_after(was.limits, command.limits, facts.now)})
    events = () if profile == was else (PlayerLimitsSet(profile=profile),)
    return Decision(events, reply=PlayerAnswer(profile=profile, at=facts.now))
