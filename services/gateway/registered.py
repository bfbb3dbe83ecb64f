"""Whether a secret is a player's own, as far as this gateway has heard in the last second."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from typing import Final, NamedTuple

from shared.clock import Clock
from shared.gathering import Gathering
from shared.ids import PlayerId, TenantId
from shared.messages.access import hash_of
from shared.readmodels.sdk_players import SdkPlayerViews

MOST_KEPT: Final = 100_000
FRESH_S: Final = 1.0
"""So long a ban or another secret may go unnoticed here."""
LOOK_AGAIN_S: Final = 0.05
"""A secret that does not fit is looked for again at most this often a player, however many are tried."""


class Registration(NamedTuple):
    """A player with a secret."""

    secret_hash: str
    blocked: bool
    """Whether the player may write nothing: banned, or shut out by their status."""


class _Seen(NamedTuple):
    at: float
    found: Registration | None


class Registered:
    """Remembers for a second what the ledger knows of a player; beyond `most` it forgets who was looked up first.

    Players who are looked for while others are, are looked up together.
    """

    def __init__(self, players: SdkPlayerViews, clock: Clock, most: int = MOST_KEPT) -> None:
        self._clock, self._most = clock, most
        self._looks = Gathering(players.players)
        self._seen: OrderedDict[tuple[TenantId, PlayerId], _Seen] = OrderedDict()

    async def standing(self, tenant: TenantId, player: PlayerId) -> str | None:
        """How the player stands at this moment, such as `active`; None if there is none. Raises DatabaseError."""
        row = await self._looks.ask((tenant, player))
        return None if row is None else row.standing

    async def recognise(self, tenant: TenantId, player: PlayerId, secret: str) -> Registration | None:
        """The player's registration, if this is their secret. Raises DatabaseError."""
        hashed = hash_of(secret)
        for fresh_s in (FRESH_S, LOOK_AGAIN_S):  # a secret that does not fit may be newer than what is remembered
            found = await self._known(tenant, player, fresh_s)
            if found is not None and hmac.compare_digest(found.secret_hash, hashed):
                return found
        return None

    def forget(self, tenant: TenantId, player: PlayerId) -> None:
        """Look again next time: something has just been decided about this player."""
        self._seen.pop((tenant, player), None)

    async def _known(self, tenant: TenantId, player: PlayerId, fresh_s: float) -> Registration | None:
        who, now = (tenant, player), self._clock.monotonic()
        seen = self._seen.get(who)
        if seen is not None and now - seen.at < fresh_s:
            return seen.found
        found = await self._look(tenant, player)
        self._seen.pop(who, None)
        self._seen[who] = _Seen(now, found)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return found

    async def _look(self, tenant: TenantId, player: PlayerId) -> Registration | None:
        row = await self._looks.ask((tenant, player))
        if row is None or row.secret_hash is None:
            return None
        return Registration(row.secret_hash, blocked=row.standing != "active")
