"""Everything that a game says of a player's account: that it has a secret and a name, is banned, or is to be erased."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import Field

from shared.ids import PlayerId
from shared.messages.base import Command, FollowUp, Reply
from shared.messages.player import PlayerEvent, Profile

LONGEST_NAME: Final = 64
LONGEST_AVATAR: Final = 2_048
LONGEST_REASON: Final = 500

ErasureReason = Literal["gdpr_erasure", "studio_request", "test"]
ErasureStatus = Literal["erased", "no_op_already_erased", "no_op_never_existed"]


class RegisterPlayer(Command, wire="player.register"):
    """The player's game is to prove by a secret who it speaks for; a player who is not known yet begins to exist.

    Refused if there is a secret already, unless another is to take its place by `force`.
    """

    player: PlayerId
    secret_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the secret, in hex; it stands in no event, reply or view."""
    secret_prefix: str = Field(max_length=16)
    """What of the secret may be shown."""
    force: bool = False


class SetIdentity(Command, wire="player.set_identity"):
    """Boards are to call the player by this name and show this picture; whatever they showed before is forgotten."""

    player: PlayerId
    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    avatar: str | None = Field(default=None, max_length=LONGEST_AVATAR)
    """The address of a picture."""


class BanPlayer(Command, wire="player.ban"):
    """A game shuts the player out, whatever their status. The reason of a second ban takes the place of the first's."""

    player: PlayerId
    reason: str = Field(max_length=LONGEST_REASON)
    """It may speak of a person, so it stands in no event, reply or view."""


class UnbanPlayer(Command, wire="player.unban"):
    """The player is not shut out by a ban any more; a status that shuts them out still does."""

    player: PlayerId


class ErasePlayer(Command, wire="player.erase"):
    """Everything that says who the player is goes for good; what they did and owned stays in the books, nameless.

    Never refused. The player is banned for ever and cannot be registered again.
    """

    player: PlayerId
    reason: ErasureReason


class RegisteredAnswer(Reply):
    """The player has a secret."""

    profile: Profile
    registered_at: datetime
    """When the player had a secret for the first time."""
    rotated: bool
    """Whether this one took the place of another."""


class IdentityAnswer(Reply):
    """Boards call the player by another name."""

    profile: Profile


class BanAnswer(Reply):
    """Whether the player is banned now."""

    player: PlayerId
    banned: bool
    applied: bool
    """Whether the wish changed anything: a reason does; taking back a ban that there is not, or an erased player's,
    does not."""


class ErasedAnswer(Reply):
    """What has become of the player."""

    player: PlayerId
    status: ErasureStatus
    deleted_at: datetime | None = None
    """When it happened; None if there was nobody to erase."""


class FinishBan(FollowUp, wire="player.finish_ban"):
    """The engines know of the ban, or of its end; whoever wished it is told."""

    player: PlayerId
    told: BanAnswer


class FinishErasure(FollowUp, wire="player.finish_erasure"):
    """The engines know that the player is gone and have erased what they wrote; whoever wished it is told."""

    player: PlayerId
    told: ErasedAnswer


class PlayerRegistered(PlayerEvent, wire="player.registered"):
    """The player has a secret. What is kept of it stands beside the log."""

    registered_at: datetime
    rotated_at: datetime | None = None
    """When the latest secret took the place of another."""


class PlayerIdentitySet(PlayerEvent, wire="player.identity_set"):
    """Boards call the player by another name. The name stands beside the log."""


class PlayerBanned(PlayerEvent, wire="player.banned"):
    """The player is shut out, or is so for another reason. The reason stands beside the log."""


class PlayerUnbanned(PlayerEvent, wire="player.unbanned"):
    """The player's ban has been taken back."""


class PlayerErased(PlayerEvent, wire="player.erased"):
    """Everything that said who the player is has gone, for good."""

    reason: ErasureReason


AccountCommand = RegisterPlayer | SetIdentity | BanPlayer | UnbanPlayer | ErasePlayer | FinishBan | FinishErasure

_noon = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_profile: dict[str, Any] = {
    "player": "rocket",
    "user_id": "0b0c2f1e-54c3-5a0e-9d3c-7f3b6f0f6a11",
    "status": "active",
    "created_at": _noon,
}
_rocket, _banned = Profile(**_profile), Profile(**_profile, banned=True)
_player = _rocket.player
_ban = BanAnswer(player=_player, banned=True, applied=True)
_erased = ErasedAnswer(player=_player, status="erased", deleted_at=_noon)

SAMPLES = (
    RegisterPlayer(player=_player, secret_hash="5c" * 32, secret_prefix="Zk3vW0aQ"),  # noqa: S106 - what may be shown
    SetIdentity(player=_player, name="Rocket", avatar="https://example.com/rocket.png"),
    BanPlayer(player=_player, reason="plays with two accounts"),
    UnbanPlayer(player=_player),
    ErasePlayer(player=_player, reason="gdpr_erasure"),
    RegisteredAnswer(profile=_rocket, registered_at=_noon, rotated=False),
    IdentityAnswer(profile=_rocket),
    _ban,
    _erased,
    FinishBan(player=_player, told=_ban),
    FinishErasure(player=_player, told=_erased),
    PlayerRegistered(profile=_rocket, registered_at=_noon),
    PlayerIdentitySet(profile=_rocket),
    PlayerBanned(profile=_banned),
    PlayerUnbanned(profile=_rocket),
    PlayerErased(profile=_banned.model_copy(update={"erased_at": _noon}), reason="gdpr_erasure"),
)
