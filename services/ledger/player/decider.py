"""A player exists once per tenant, and only an active player may move money or play."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.ledger.player import account
from services.ledger.player.introducing import create, set_limits, set_password
from services.ledger.player.standing import finish_status, set_status
from services.ledger.player.state import Known, Player, Unknown, changes_of, player_of, why_not
from services.ledger.wallet.state import wallet_of
from shared.messages.base import Event
from shared.messages.player import (
    AdmitPlayer,
    Admitted,
    CreatePlayer,
    FinishPlayerStatus,
    PlayerCommand,
    PlayerCreated,
    PlayerEvent,
    PlayerLimitsSet,
    PlayerPasswordSet,
    PlayerStatusChanged,
    PlayerStatusConfirmed,
    PlayerUpdated,
    SetPlayerLimits,
    SetPlayerPassword,
    SetPlayerStatus,
)
from shared.messages.registration import (
    AccountCommand,
    BanPlayer,
    ErasePlayer,
    FinishBan,
    FinishErasure,
    PlayerBanned,
    PlayerErased,
    PlayerIdentitySet,
    PlayerRegistered,
    PlayerUnbanned,
    RegisterPlayer,
    SetIdentity,
    UnbanPlayer,
)
from shared.shapes import Decider, Decision, Facts, Outcome, States
from shared.streams import Stream

CHANGES: Final = (PlayerStatusChanged, PlayerBanned, PlayerUnbanned, PlayerErased)
"""Facts after which the engines are told of another standing."""


def admit(command: AdmitPlayer, player: Player) -> Outcome[Event]:
    return why_not(player) or Decision((), reply=Admitted(player=command.player, changes=changes_of(player)))


def streams(command: PlayerCommand | AccountCommand) -> tuple[Stream[Any], ...]:
    if isinstance(command, CreatePlayer) and command.opening:
        return (player_of(command.player), wallet_of(command.player))
    return (player_of(command.player),)


def decide(command: PlayerCommand | AccountCommand, states: States, facts: Facts) -> Outcome[Event]:
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
        case _:
            return account.decide(command, player, facts)


def evolve(player: Player, event: PlayerEvent) -> Player:
    registered_at, rotated_at = _registration(player)
    if isinstance(event, PlayerRegistered):
        registered_at, rotated_at = event.registered_at, event.rotated_at
    elif isinstance(event, PlayerErased):
        registered_at = rotated_at = None
    return Known(event.profile, changes_of(player) + isinstance(event, CHANGES), registered_at, rotated_at)


def _registration(player: Player) -> tuple[datetime | None, datetime | None]:
    return (player.registered_at, player.rotated_at) if isinstance(player, Known) else (None, None)


decider: Decider[PlayerCommand | AccountCommand, Player, PlayerEvent] = Decider(
    noun="player",
    initial=Unknown(),
    situations=(Unknown, Known),
    commands=(
        CreatePlayer,
        SetPlayerStatus,
        SetPlayerLimits,
        SetPlayerPassword,
        AdmitPlayer,
        FinishPlayerStatus,
        RegisterPlayer,
        SetIdentity,
        BanPlayer,
        UnbanPlayer,
        ErasePlayer,
        FinishBan,
        FinishErasure,
    ),
    events=(
        PlayerCreated,
        PlayerUpdated,
        PlayerStatusChanged,
        PlayerStatusConfirmed,
        PlayerPasswordSet,
        PlayerLimitsSet,
        PlayerRegistered,
        PlayerIdentitySet,
        PlayerBanned,
        PlayerUnbanned,
        PlayerErased,
    ),
    streams=streams,
    decide=decide,
    evolve=evolve,
    shape=3,
)
