"""A player exists once per tenant, and only an active player may move money or play."""

from __future__ import annotations

from typing import Any, Final

from services.ledger.player.limits import limits_after
from services.ledger.player.state import Known, Player, Unknown, changes_of, player_of, why_not
from services.ledger.wallet.state import wallet_of
from shared.ids import AccountId, user_id_of
from shared.messages.base import LARGEST_AMOUNT, Event
from shared.messages.guest import NoteGuest
from shared.messages.player import (
    AdmitPlayer,
    Admitted,
    CreatePlayer,
    FinishPlayerStatus,
    PlayerAnswer,
    PlayerCommand,
    PlayerCreated,
    PlayerEvent,
    PlayerLimitsSet,
    PlayerPasswordSet,
    PlayerStatusChanged,
    PlayerStatusConfirmed,
    PlayerUpdated,
    Profile,
    SetPlayerLimits,
    SetPlayerPassword,
    SetPlayerStatus,
)
from shared.messages.wallet import PLAYER, AssetSpec, Posting, WalletPosted
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Private, Refused, Send, States
from shared.streams import Stream

OPENING = AccountId("opening")
"""The house account that first balances come from."""
PASSWORD: Final = "password"  # noqa: S105 - the name of a field
"""The personal row that holds what is kept of a password."""


def create(command: CreatePlayer, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Known):
        return update(command, player, facts)
    for asset, amount in command.opening.items():
        if facts.definitions.current(AssetSpec, asset) is None:
            return Refused("unknown_asset", {"asset": asset, "path": f"opening_balances.{asset}"})
        if not 0 <= amount <= LARGEST_AMOUNT:
            return Refused("invalid_amount", {"asset": asset, "path": f"opening_balances.{asset}"})
    profile = Profile(
        player=command.player,
        user_id=user_id_of(facts.tenant, command.player),
        status="active",
        external_ref=command.external_ref,
        country_code=command.country_code,
        created_at=facts.now,
    )
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
    return tuple(Private("personal", (command.player, field), {"value": value}) for field, value in given.items())


def update(command: CreatePlayer, known: Known, facts: Facts) -> Outcome[Event]:
    was = known.profile
    profile = was.model_copy(
        update={
            "external_ref": command.external_ref or was.external_ref,
            "country_code": command.country_code or was.country_code,
        }
    )
    events = () if profile == was else (PlayerUpdated(profile=profile),)
    return Decision(events, reply=PlayerAnswer(profile=profile, at=facts.now), private=_person(command))


def set_status(command: SetPlayerStatus, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    was = player.profile
    if was.status != command.status:
        profile = was.model_copy(update={"status": command.status})
        changed = PlayerStatusChanged(profile=profile, was=was.status, reason=command.reason)
        return told_engines(changed, player.changes + 1, facts)
    if player.changes == 0:
        return Decision((), reply=PlayerAnswer(profile=was, at=facts.now))
    # The engines may not have heard yet of the change that made it so; this wish is not answered before they have.
    return told_engines(PlayerStatusConfirmed(profile=was, reason=command.reason), player.changes, facts)


def told_engines(event: PlayerStatusChanged | PlayerStatusConfirmed, changes: int, facts: Facts) -> Outcome[Event]:
    """Nobody is told of a status before the engines know it, or a play decided after that could still be granted."""
    who = event.profile
    finish = FinishPlayerStatus(player=who.player, profile=who, at=facts.now)
    note = NoteGuest(player=who.player, status=who.status, changes=changes)
    return Pending((event,), sends=(Send("engines", who.player, note, then=finish),))


def finish_status(command: FinishPlayerStatus, facts: Facts) -> Outcome[Event]:
    return Decision((), reply=PlayerAnswer(profile=command.profile, at=command.at), finishes=facts.wish)


def set_password(command: SetPlayerPassword, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    return Decision(
        (PlayerPasswordSet(profile=player.profile),),
        reply=PlayerAnswer(profile=player.profile, at=facts.now),
        private=(Private("personal", (command.player, PASSWORD), {"value": command.password_hash}),),
    )


def set_limits(command: SetPlayerLimits, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    was = player.profile
    profile = was.model_copy(update={"limits": limits_after(was.limits, command.limits, facts.now)})
    events = () if profile == was else (PlayerLimitsSet(profile=profile),)
    return Decision(events, reply=PlayerAnswer(profile=profile, at=facts.now))


def admit(command: AdmitPlayer, player: Player) -> Outcome[Event]:
    return why_not(player) or Decision((), reply=Admitted(player=command.player, changes=changes_of(player)))


def streams(command: PlayerCommand) -> tuple[Stream[Any], ...]:
    if isinstance(command, CreatePlayer) and command.opening:
        return (player_of(command.player), wallet_of(command.player))
    return (player_of(command.player),)


def decide(command: PlayerCommand, states: States, facts: Facts) -> Outcome[Event]:
    player = states[player_of(command.player)]
    match command:
        case CreatePlayer():
            return create(command, player, facts)
        case SetPlayerStatus():
            return set_status(command, player, facts)
        case SetPlayerLimits():
            return set_limits(command, player, facts)
        case SetPlayerPassword():
            return set_password(command, player, facts)
        case AdmitPlayer():
            return admit(command, player)
        case FinishPlayerStatus():
            return finish_status(command, facts)


def evolve(player: Player, event: PlayerEvent) -> Player:
    return Known(event.profile, changes_of(player) + isinstance(event, PlayerStatusChanged))


decider: Decider[PlayerCommand, Player, PlayerEvent] = Decider(
    noun="player",
    initial=Unknown(),
    situations=(Unknown, Known),
    commands=(CreatePlayer, SetPlayerStatus, SetPlayerLimits, SetPlayerPassword, AdmitPlayer, FinishPlayerStatus),
    events=(
        PlayerCreated,
        PlayerUpdated,
        PlayerStatusChanged,
        PlayerStatusConfirmed,
        PlayerPasswordSet,
        PlayerLimitsSet,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
    shape=2,
)
