"""What shuts a player out: a status or a ban. Nobody is told of it before the engines know.

A play that is decided after the answer could still be granted otherwise.
"""

from __future__ import annotations

from services.ledger.player.personal import BAN_REASON, written
from services.ledger.player.state import Known, Player, Unknown
from shared.messages.base import Event, FollowUp
from shared.messages.guest import ForgetGuest, NoteGuest
from shared.messages.player import (
    FinishPlayerStatus,
    PlayerAnswer,
    PlayerEvent,
    PlayerStatusChanged,
    PlayerStatusConfirmed,
    SetPlayerStatus,
)
from shared.messages.registration import BanAnswer, BanPlayer, FinishBan, PlayerBanned, PlayerUnbanned, UnbanPlayer
from shared.shapes import Decision, Facts, Outcome, Pending, Private, Refused, Send


def set_status(command: SetPlayerStatus, player: Player, facts: Facts) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    was = player.profile
    profile = was.model_copy(update={"status": command.status})
    finish = FinishPlayerStatus(player=was.player, profile=profile, at=facts.now)
    if was.status != command.status:
        changed = PlayerStatusChanged(profile=profile, was=was.status, reason=command.reason)
        return told(changed, player.changes + 1, finish)
    if player.changes == 0:
        return Decision((), reply=PlayerAnswer(profile=was, at=facts.now))
    return told_again(player, finish, command.reason)


def finish_status(command: FinishPlayerStatus, facts: Facts) -> Outcome[Event]:
    return Decision((), reply=PlayerAnswer(profile=command.profile, at=command.at), finishes=facts.wish)


def ban(command: BanPlayer, player: Player) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    if player.profile.erased_at is not None:  # a reason would say again who they are
        return told_again(player, _finish(player, applied=False))
    banned = PlayerBanned(profile=player.profile.model_copy(update={"banned": True}))
    finish = FinishBan(player=command.player, told=BanAnswer(player=command.player, banned=True, applied=True))
    return told(banned, player.changes + 1, finish, (written(command.player, BAN_REASON, command.reason),))


def unban(command: UnbanPlayer, player: Player) -> Outcome[Event]:
    if isinstance(player, Unknown):
        return Refused("no_player")
    was = player.profile
    if not was.banned and player.changes == 0:
        return Decision((), reply=_finish(player, applied=False).told)
    if not was.banned or was.erased_at is not None:
        return told_again(player, _finish(player, applied=False))
    unbanned = PlayerUnbanned(profile=was.model_copy(update={"banned": False}))
    finish = FinishBan(player=command.player, told=BanAnswer(player=command.player, banned=False, applied=True))
    return told(unbanned, player.changes + 1, finish, (written(command.player, BAN_REASON, None),))


def _finish(known: Known, *, applied: bool) -> FinishBan:
    who = known.profile
    return FinishBan(player=who.player, told=BanAnswer(player=who.player, banned=who.banned, applied=applied))


def told(event: PlayerEvent, changes: int, finish: FollowUp, private: tuple[Private, ...] = ()) -> Pending[Event]:
    """This happened, and whoever wished it hears of it by `finish` once the engines know.

    Of an erased player they erase what they have kept before they say so, however often they are told.
    """
    who = event.profile
    kind = NoteGuest if who.erased_at is None else ForgetGuest
    note = kind(player=who.player, status=who.standing, changes=changes)
    return Pending((event,), sends=(Send("engines", who.player, note, then=finish),), private=private)


def told_again(known: Known, finish: FollowUp, reason: str = "") -> Pending[Event]:
    """It is so already, but the engines may not have heard yet of the change that made it so."""
    return told(PlayerStatusConfirmed(profile=known.profile, reason=reason), known.changes, finish)
