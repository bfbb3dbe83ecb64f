"""Who may come in at the games' doors: a game's key, so often a minute, and for a player only with their secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from services.gateway.counting import Counter, a_minute
from services.gateway.feed import DefinitionFeed
from services.gateway.here import Knock
from services.gateway.keys import Caller, KeyRing
from services.gateway.problem import Problem
from services.gateway.registered import Registered
from shared.ids import PlayerId, TenantId, is_id, uuid_of
from shared.messages.access import ApiKeySpec, Bucket, TenantSpec

Kind = Literal["sdk_client", "sdk_server"]

PLAYER: Final = "player"
"""A scope: the player's secret is needed, and to write, that the player is not banned."""
EXTERNAL_ID: Final = "externalId"
"""What a path calls the player."""
USUAL: Final[Mapping[Bucket, int]] = {"sdk_read": 600, "sdk_write": 300, "server_api": 6_000}
"""Requests a minute: of the first two per player and key, of the last per key."""
LONGEST_SECRET: Final = 256

_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9_-]{1,16}\.[A-Za-z0-9_-]{16,128}) *", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Game(Caller):
    """A program with a game's key."""

    id: str
    """The key's own, which is no secret."""
    prefix: str
    per_minute: Mapping[Bucket, int]


class GameKeys(KeyRing):
    """The keys of one kind."""

    def caller(self, tenant: TenantId, key: str, spec: ApiKeySpec, owner: TenantSpec) -> Game:
        return Game(
            tenant=tenant,
            actor=f"key:{key}",
            scopes=frozenset(spec.scopes),
            suspended=owner.status == "suspended",
            id=uuid_of(tenant, "api_key", key),
            prefix=spec.prefix or "",
            per_minute=spec.per_minute,
        )


class GameGuard:
    """A bearer key of the right kind, its game's standing, its bucket, and then the player's secret."""

    def __init__(
        self, kind: Kind, feed: DefinitionFeed, counter: Counter, registered: Registered, *, demo: bool
    ) -> None:
        self._kind, self._counter, self._registered = kind, counter, registered
        self._rings = {known: GameKeys(known, feed, demo=demo) for known in get_args(Kind)}

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Game:
        """See Guard; the first scope is the bucket that it counts in."""
        game = await self._known(knock.sent.get(b"authorization"))
        if game.suspended:
            raise Problem("tenant_suspended")
        bucket, *more = scopes
        await self._count(knock, game, _bucket(bucket))
        if PLAYER in more:
            await self._check_player(knock, game, writes=bucket == "sdk_write")
        return game

    async def _known(self, authorization: bytes | None) -> Game:
        if authorization is None:
            raise Problem("auth_required")
        found = _BEARER.fullmatch(authorization)
        if found is None:
            raise Problem("auth_invalid")
        secret = found[1].decode("ascii")
        game = await self._rings[self._kind].find(secret)
        if isinstance(game, Game):
            return game
        others = [await ring.find(secret) for kind, ring in self._rings.items() if kind != self._kind]
        raise Problem("scope_denied" if any(others) else "auth_invalid")

    async def _count(self, knock: Knock, game: Game, bucket: Bucket) -> None:
        """A player's requests count for themselves; those that name none, by where they come from."""
        player = knock.named.get(EXTERNAL_ID, "")
        whose = f"player/{player}" if is_id(player) else f"address/{knock.address}"
        name = f"games/{game.tenant}/{game.id}/{bucket}"
        most = game.per_minute.get(bucket, USUAL[bucket])
        await self._counter.count(knock, name if bucket == "server_api" else f"{name}/{whose}", a_minute(most))

    async def _check_player(self, knock: Knock, game: Game, *, writes: bool) -> None:
        player = knock.named[EXTERNAL_ID]
        if not is_id(player):
            return  # the door itself says what is wrong with such a name
        secret = knock.sent.get(b"x-player-secret", b"")
        if len(secret) > LONGEST_SECRET:
            raise Problem("player_secret_invalid")
        known = await self._registered.recognise(game.tenant, PlayerId(player), secret.decode("latin-1"))
        if known is None:
            raise Problem("player_secret_invalid")
        if writes and known.blocked:
            raise Problem("player_blocked")


def _bucket(name: str) -> Bucket:
    for bucket in USUAL:
        if bucket == name:
            return bucket
    raise ValueError(f"a route's first scope is a bucket, not {name!r}")
