"""A game's own server, as a published client of this API speaks."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import quote

import httpx

from tests.stories.arcade import SERVER, Arcade, bearer

GAME: Final = "starlight"
NEVER: Final = "0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"
"""Nothing is called so."""


class GameServer:
    """Speaks for every player of its game; it has no secrets of theirs."""

    def __init__(self, arcade: Arcade, key: str = SERVER) -> None:
        self.arcade, self.key = arcade, key

    async def get(self, path: str) -> httpx.Response:
        return await self.arcade.town.nobody.get(f"/server/v1/{path}", headers=bearer(self.key))

    async def post(self, path: str, once: str | None = None, **body: Any) -> httpx.Response:
        """With an idempotency key on everything, as clients do."""
        return await self._send("POST", path, {"idempotencyKey": once or str(uuid.uuid4()), **body})

    async def put(self, path: str, **body: Any) -> httpx.Response:
        return await self._send("PUT", path, {"idempotencyKey": str(uuid.uuid4()), **body})

    async def _send(self, method: str, path: str, body: Any) -> httpx.Response:
        town = self.arcade.town
        return await town.nobody.request(method, f"/server/v1/{path}", json=body, headers=bearer(self.key))


def of(player: str, path: str = "") -> str:
    """A path of a player's."""
    return f"players/{quote(player, safe='')}{'/' if path else ''}{path}"
