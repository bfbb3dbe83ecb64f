"""Everything that can be said about a player: who exists, under which status, and who may play."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr

from shared.ids import AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Command, Event, FollowUp, Message, Reference, Reply, Spec
from shared.streams import Stream, key_of

Status = Literal[
    "active",
    "suspended",
    "self_excluded",
    "fraud_hold",
    "aml_hold",
    "withdrawal_hold",
    "affordability_review",
    "closed",
]

Standing = Literal[Status, "banned"]
"""What shuts a player out, or does not: a game's ban before the status."""

LimitName = Literal["deposit_daily_limit", "loss_daily_limit", "wager_daily_limit"]

MOST_OPENING_ASSETS: Final = 50
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 256


class Person(Message):
    """What identifies a human being. It is never part of an event; erasing it erases it everywhere."""

    email: str | None = Field(default=None, max_length=320)
    date_of_birth: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}-\d{2}$")


class Limit(Message):
    """What a player may deposit, stake or lose a day, of each asset, in its smallest unit; None is no limit."""

    amount: int | None
    rises_to: int | None = None
    rises_at: datetime | None = None
    """When `rises_to` takes the place of `amount`, if a higher limit was wished."""

    def in_force(self, now: datetime) -> int | None:
        """What counts now."""
        return self.rises_to if self.rises_at is not None and now >= self.rises_at else self.amount


class Profile(Message):
    """What the system knows of a player without knowing the person."""

    player: PlayerId
    user_id: str
    """The player's uuid, the same in every dialect."""
    status: Status
    external_ref: str | None = None
    country_code: str | None = None
    created_at: datetime
    limits: dict[LimitName, Limit] = Field(default_factory=dict)
    banned: bool = False
    """Whether a game has shut the player out, whatever the status."""
    erased_at: datetime | None = None
    """When everything that says who the player is was erased."""

    @property
    def standing(self) -> Standing:
        """What shuts the player out, or `active`."""
        return "banned" if self.banned else self.status


class CreatePlayer(Command, wire="player.create"):
    """The tenant introduces a player, or brings the profile of a known one up to date.

    `opening` fills the new wallet; of a known player it is ignored.
    """

    player: PlayerId
    external_ref: str | None = Field(default=None, max_length=128)
    country_code: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    person: Person | None = None
    opening: dict[AssetId, int] = Field(default_factory=dict, max_length=MOST_OPENING_ASSETS)
    """Amounts in each asset's smallest unit, not negative."""


class SetPlayerStatus(Command, wire="player.set_status"):
    """Somebody with the right to do so opens or closes the gates for a player."""

    player: PlayerId
    status: Status
    reason: str = Field(max_length=500)


class SetPlayerLimits(Command, wire="player.set_limits"):
    """The player's daily limits are to be these; those that are not named stay. A higher one counts after a day."""

    player: PlayerId
    limits: dict[LimitName, Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)] | None]


class SetPlayerPassword(Command, wire="player.set_password"):
    """The player logs in with another password from now on."""

    player: PlayerId
    password_hash: str = Field(min_length=1, max_length=256)
    """What may be kept of the password; it stands in no event, reply or view."""


class FinishPlayerStatus(FollowUp, wire="player.finish_status"):
    """The engines know of the status; whoever wished it is told."""

    player: PlayerId
    profile: Profile
    at: datetime
    """When it became so."""


class AdmitPlayer(Command, wire="player.admit"):
    """May this player play now? Refused if unknown or blocked; nothing changes."""

    player: PlayerId


class PlayerEvent(Event):
    """A fact about one player; it carries the whole resulting profile."""

    profile: Profile

    @property
    def stream(self) -> Stream[Any]:
        return Stream("player", key_of(self.profile.player))


class PlayerCreated(PlayerEvent, wire="player.created"):
    """The tenant has a new player."""


class PlayerUpdated(PlayerEvent, wire="player.updated"):
    """The profile of a known player changed."""


class PlayerStatusChanged(PlayerEvent, wire="player.status_changed"):
    """The gates were opened or closed for a player."""

    was: Status
    reason: str


class PlayerStatusConfirmed(PlayerEvent, wire="player.status_confirmed"):
    """Somebody wished for the status that the player has already; the engines are told of it again."""

    reason: str


class PlayerPasswordSet(PlayerEvent, wire="player.password_set"):
    """The player has another password. What is kept of it stands beside the log."""


class PlayerLimitsSet(PlayerEvent, wire="player.limits_set"):
    """The player's daily limits changed, or will."""


class PlayerAnswer(Reply):
    """The player as it is now."""

    profile: Profile
    at: datetime
    """When it was so; a repeated answer tells the same limits."""
    created: bool = False


class Admitted(Reply):
    """The player may play."""

    player: PlayerId
    changes: int | None = None
    """How often the player's status has changed by now; None if that was not counted yet when it was said."""


class PlayerSpec(Spec, kind="player"):
    """A player in a world file: created with these balances, and left alone once it exists."""

    opening_balances: dict[AssetId, Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]] = Field(
        default_factory=dict, max_length=MOST_OPENING_ASSETS
    )
    """In each asset's smallest unit."""
    external_ref: str | None = Field(default=None, max_length=128)
    country_code: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    password: SecretStr | None = Field(default=None, min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)
    """What the player logs in with; hashed before it leaves the gateway, and never shown again."""

    def references(self) -> tuple[Reference, ...]:
        return tuple(Reference("asset", asset, f"opening_balances.{asset}") for asset in self.opening_balances)


PlayerCommand = CreatePlayer | SetPlayerStatus | SetPlayerLimits | SetPlayerPassword | AdmitPlayer | FinishPlayerStatus

_rocket = Profile(
    player=PlayerId("rocket"),
    user_id="0b0c2f1e-54c3-5a0e-9d3c-7f3b6f0f6a11",
    status="active",
    external_ref="crm-89",
    country_code="MT",
    created_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
)

_HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"

SAMPLES = (
    CreatePlayer(
        player=PlayerId("rocket"), external_ref="crm-89", country_code="MT", opening={AssetId("WINZ"): 10_000}
    ),
    SetPlayerStatus(player=PlayerId("rocket"), status="suspended", reason="asked by support"),
    SetPlayerLimits(player=PlayerId("rocket"), limits={"wager_daily_limit": 5_000, "loss_daily_limit": None}),
    SetPlayerPassword(player=PlayerId("rocket"), password_hash=_HASH),
    AdmitPlayer(player=PlayerId("rocket")),
    FinishPlayerStatus(player=PlayerId("rocket"), profile=_rocket, at=_rocket.created_at),
    PlayerCreated(profile=_rocket),
    PlayerUpdated(profile=_rocket),
    PlayerStatusChanged(profile=_rocket, was="suspended", reason="cleared"),
    PlayerStatusConfirmed(profile=_rocket, reason="asked again"),
    PlayerPasswordSet(profile=_rocket),
    PlayerLimitsSet(
        profile=_rocket.model_copy(
            update={
                "limits": {
                    "wager_daily_limit": Limit(
                        amount=5_000, rises_to=9_000, rises_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
                    )
                }
            }
        )
    ),
    PlayerAnswer(profile=_rocket, at=_rocket.created_at, created=True),
    Admitted(player=PlayerId("rocket"), changes=2),
    PlayerSpec(opening_balances={AssetId("WINZ"): 10_000}),
)
