"""A player's account with a game: it gets a secret and a name, and one day everything that says who it is goes."""

from __future__ import annotations

from datetime import datetime

from services.ledger.player.personal import AVATAR, DISPLAY_NAME, forgotten, registered, written
from services.ledger.player.standing import ban, told, told_again, unban
from services.ledger.player.state import Known, Player, Unknown, newcomer, why_gone, why_not
from shared.messages.base import Event
from shared.messages.player import PlayerCreated, Profile
from shared.messages.registration import (
    AccountCommand,
    BanPlayer,
    ErasedAnswer,
    ErasePlayer,
    FinishBan,
    FinishErasure,
    IdentityAnswer,
    PlayerErased,
    PlayerIdentitySet,
    PlayerRegistered,
    RegisteredAnswer,
    RegisterPlayer,
    SetIdentity,
    UnbanPlayer,
)
from shared.shapes import Decision, Facts, Outcome, Refused


def register(command: RegisterPlayer, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Unknown):
        profile = newcomer(facts.tenant, command.player, facts.now)
        return _registered(command, profile, facts, before=(PlayerCreated(profile=profile),))
    if refused := why_not(player):
        return refused
    if player.registered_at is None:
        return _registered(command, player.profile, facts)
    if not command.force:
        return Refused("player_already_registered")
    return _registered(command, player.profile, facts, since=player.registered_at)


def _registered(
    command: RegisterPlayer,
    profile: Profile,
    facts: Facts,
    *,
    since: datetime | None = None,
    before: tuple[Event, ...] = (),
) -> Decision[Event]:
    """`since` is when the first secret came, if this one takes the place of another."""
    registered_at = facts.now if since is None else since
    rotated_at = None if since is None else facts.now
    event = PlayerRegistered(profile=profile, registered_at=registered_at, rotated_at=rotated_at)
    return Decision(
        (*before, event),
        reply=RegisteredAnswer(profile=profile, registered_at=registered_at, rotated=since is not None),
        private=(registered(command, registered_at, rotated_at),),
    )


def set_identity(command: SetIdentity, player: Player) -> Outcome[Event]:
    if refused := why_gone(player):
        return refused
    assert isinstance(player, Known)
    return Decision(
        (PlayerIdentitySet(profile=player.profile),),
        reply=IdentityAnswer(profile=player.profile),
        private=(
            written(command.player, DISPLAY_NAME, command.name),
            written(command.player, AVATAR, command.avatar),
        ),
    )


def erase(command: ErasePlayer, player: Player, facts: Facts) -> Outcome[Event]:
    who = command.player
    if isinstance(player, Unknown):
        return Decision((), reply=ErasedAnswer(player=who, status="no_op_never_existed"))
    was = player.profile
    if was.erased_at is not None:
        again = ErasedAnswer(player=who, status="no_op_already_erased", deleted_at=was.erased_at)
        return told_again(player, FinishErasure(player=who, told=again))
    nobody = {"external_ref": None, "country_code": None, "banned": True, "erased_at": facts.now}
    erased = PlayerErased(profile=was.model_copy(update=nobody), reason=command.reason)
    finish = FinishErasure(player=who, told=ErasedAnswer(player=who, status="erased", deleted_at=facts.now))
    return told(erased, player.changes + 1, finish, forgotten(who))


def decide(command: AccountCommand, player: Player, facts: Facts) -> Outcome[Event]:
    match command:
        case RegisterPlayer():
            return register(command, player, facts)
        case SetIdentity():
            return set_identity(command, player)
        case BanPlayer():
            return ban(command, player)
        case UnbanPlayer():
            return unban(command, player)
        case ErasePlayer():
            return erase(command, player, facts)
        case FinishBan() | FinishErasure():
            return Decision((), reply=command.told, finishes=facts.wish)
