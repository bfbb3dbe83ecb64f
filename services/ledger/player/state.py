"""What the ledger remembers of a player: nothing, or who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.ids import PlayerId, TenantId, user_id_of
from shared.messages.player import Limit, LimitName, Profile
from shared.shapes import Refused
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody by this name."""


@dataclass(frozen=True, slots=True)
class Known:
    """A player, whatever their status."""

    profile: Profile
    changes: int = 0
    """How often the status or the ban has changed."""
    registered_at: datetime | None = None
    """When the player had a secret for the first time."""
    rotated_at: datetime | None = None
    """When another secret took its place."""


Player = Unknown | Known


def player_of(player: PlayerId) -> Stream[Player]:
    """The history of one player."""
    return Stream("player", key_of(player))


def newcomer(tenant: TenantId, player: PlayerId, now: datetime) -> Profile:
    """Who somebody is that nothing was known of."""
    return Profile(player=player, user_id=user_id_of(tenant, player), status="active", created_at=now)


def why_not(player: Player, *, despite_ban: bool = False) -> Refused | None:
    """The clause that refuses this player money and play, if one does. Reads are never refused.

    Despite a ban alone a game's own server may still move things; nobody may for a player who was erased.
    """
    if isinstance(player, Unknown):
        return Refused("no_player")
    who = player.profile
    standing = who.status if despite_ban and who.erased_at is None else who.standing
    return None if standing == "active" else Refused("player_blocked", {"status": standing})


def why_gone(player: Player) -> Refused | None:
    """The clause that refuses to keep anything of who this player is: there is nobody, or nobody any more."""
    if isinstance(player, Known) and player.profile.erased_at is not None:
        return Refused("player_blocked", {"status": player.profile.standing})
    return Refused("no_player") if isinstance(player, Unknown) else None


def can_receive(player: Player) -> bool:
    """Whether a payout may reach the wallet: held players are paid, those who left or never were are not."""
    if isinstance(player, Unknown) or player.profile.erased_at is not None:
        return False
    return player.profile.status not in ("closed", "self_excluded")


def limits_of(player: Player) -> Mapping[LimitName, Limit]:
    """The player's daily limits; of nobody there are none."""
    return player.profile.limits if isinstance(player, Known) else {}


def changes_of(player: Player) -> int:
    """How often the player's status or ban has changed; nobody's ever has."""
    return player.changes if isinstance(player, Known) else 0
