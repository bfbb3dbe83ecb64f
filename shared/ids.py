"""The names that things go by; each kind of name is its own type, so that they cannot be mixed up."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Final, NewType

TenantId = NewType("TenantId", str)
PlayerId = NewType("PlayerId", str)
"""The tenant's own name for a player; every dialect's user_id, externalId, playerId or participant."""
AssetId = NewType("AssetId", str)
AccountId = NewType("AccountId", str)
"""A house account, such as `rewards`; the player's own side of a posting is `player`."""
LootboxId = NewType("LootboxId", str)
MiniGameId = NewType("MiniGameId", str)
JourneyId = NewType("JourneyId", str)
JackpotId = NewType("JackpotId", str)
RaffleId = NewType("RaffleId", str)
TournamentId = NewType("TournamentId", str)
ProjectId = NewType("ProjectId", str)
WheelId = NewType("WheelId", str)
EngagementId = NewType("EngagementId", str)
ActivityId = NewType("ActivityId", str)
RewardId = NewType("RewardId", str)
EventId = NewType("EventId", str)
"""An event that players attempt, such as `daily-run`; not a fact of the log."""
BoardId = NewType("BoardId", str)
"""A board of one window, segment, group or lobby: a uuid."""
LobbyId = NewType("LobbyId", str)
AttemptId = NewType("AttemptId", str)
GrantId = NewType("GrantId", str)
SeasonId = NewType("SeasonId", str)
"""A board across events, such as `season`."""
OperatorId = NewType("OperatorId", str)
GameCode = NewType("GameCode", str)
RoundId = NewType("RoundId", str)
MessageId = NewType("MessageId", str)

LONGEST_ID: Final = 128
MOST_KEPT: Final = 65_536
"""Players whose uuid is remembered."""
_FORBIDDEN: Final = frozenset("/\\")
_NAMESPACE: Final = uuid.UUID("0d3c9c4e-5a51-5c1f-8a0e-2f7c3f1f9f60")
_USER_NAMESPACE: Final = uuid.UUID("6f1d1a52-7c0a-5d0c-9a55-6d5f0a3c1c11")


def is_id(text: str) -> bool:
    """Whether `text` may name a thing: 1 to 128 printable characters without slashes and controls."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and _FORBIDDEN.isdisjoint(text)


def user_id_of(tenant: TenantId, player: PlayerId) -> str:
    """The player's uuid, the same in every dialect: UUIDv5 (RFC 4122) of `tenant/player` in our namespace."""
    return _user_id_of(f"{tenant}/{player}")


@lru_cache(maxsize=MOST_KEPT)
def _user_id_of(name: str) -> str:
    return str(uuid.uuid5(_USER_NAMESPACE, name))


def uuid_of(*names: str) -> str:
    """The uuid of something that these names tell apart from everything else: UUIDv5 of them in our namespace.

    Args:
        names: such as tenant, `board` and window; ids, so that no two lists of names are one text.
    """
    return str(uuid.uuid5(_NAMESPACE, "/".join(names)))
