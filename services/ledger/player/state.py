"""What the ledger remembers of a player: nothing, or who it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.ids import PlayerId
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
    """How often the status has changed."""


Player = Unknown | Known


def player_of(player: PlayerId) -> Stream[Player]:
    """The history of one player."""
    return Stream("player", key_of(player))


def why_not(player: Player) -> Refused | None:
    """The clause that refuses this player money and play, if one does. Reads are never refused."""
    if isinstance(player, Unknown):
        return Refused("no_player")
    if player.profile.status != "active":
        return Refused("player_blocked", {"status": player.profile.status})
    return None


def can_receive(player: Player) -> bool:
    """Whether a payout may reach the wallet: held players are paid, those who left or never were are not."""
    return isinstance(player, Known) and player.profile.status not in ("closed", "self_excluded")


def limits_of(player: Player) -> Mapping[LimitName, Limit]:
    """The player's daily limits; of nobody there are none."""
    return player.profile.limits if isinstance(player, Known) else {}


def changes_of(player: Player) -> int:
    """How often the player's status has changed; nobody's ever has."""
    return player.changes if isinstance(player, Known) else 0
