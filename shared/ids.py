"""The names that things go by; each kind of name is its own type, so that they cannot be mixed up."""

from __future__ import annotations

import uuid
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
MessageId = NewType("MessageId", str)

LONGEST_ID: Final = 128
_FORBIDDEN: Final = frozenset("/\\")
_USER_NAMESPACE: Final = uuid.UUID("6f1d1a52-7c0a-5d0c-9a55-6d5f0a3c1c11")


def is_id(text: str) -> bool:
    """Whether `text` may name a thing: 1 to 128 printable characters without slashes and controls."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable() and _FORBIDDEN.isdisjoint(text)


def user_id_of(tenant: TenantId, player: PlayerId) -> str:
    """The player's uuid, the same in every dialect: UUIDv5 (RFC 4122) of `tenant/player` in our namespace."""
    return str(uuid.uuid5(_USER_NAMESPACE, f"{tenant}/{player}"))
