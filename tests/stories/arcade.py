"""The demo world's games, a clock that can be put forward, and players as a published client speaks for them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

import httpx

from shared.bus.memory import MemoryBus
from tests.stories.house import Ahead, gateway
from tests.stories.pages import settle_demo
from tests.stories.town import Town, eventually

CLIENT: Final = "demoClnt." + "c" * 43
SERVER: Final = "demoServ." + "s" * 43
SLOW: Final = "slowClnt." + "c" * 43
MOON: Final = "moonClnt." + "m" * 43
FIGURES: Final = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "X-Kraty-SDK": "@kraty/sdk/0.0.1"}


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and code; nothing else stands beside the error."""
    body = answer.json()
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "details"}
    return answer.status_code, body["error"]["code"]


def data(answer: httpx.Response, status: int = 200) -> Any:
    """What a good answer brings."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"data"}
    return body["data"]


class Gamer:
    """A player at a game's client, which shows their secret on everything once it has one."""

    def __init__(self, arcade: Arcade, player: str, key: str = CLIENT, secret: str | None = None) -> None:
        self.arcade, self.player, self.key, self.secret = arcade, player, key, secret

    @property
    def path(self) -> str:
        return f"/sdk/v1/players/{quote(self.player, safe='')}"

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.key) | ({"x-player-secret": self.secret} if self.secret is not None else {})

    async def get(self, path: str, **query: Any) -> httpx.Response:
        """A path of their own, or one from the root."""
        return await self.arcade.get(self._full(path), self.headers, **query)

    async def post(self, path: str, key: str | None = None, **body: Any) -> httpx.Response:
        """With an idempotency key on everything, as clients do."""
        whole = {"idempotencyKey": key or str(uuid.uuid4()), **body}
        return await self.arcade.town.nobody.post(self._full(path), json=whole, headers=self.headers)

    async def register(self, key: str | None = None, **query: Any) -> httpx.Response:
        whole = {"idempotencyKey": key or str(uuid.uuid4())}
        path = f"{self.path}/register"
        return await self.arcade.town.nobody.post(path, json=whole, headers=self.headers, params=query)

    async def start(self, event: str = "daily-run", key: str | None = None, **context: Any) -> httpx.Response:
        body = {"playerContext": context} if context else {}
        return await self.post(f"events/{event}/start", key, **body)

    async def progress(self, attempt: Any, key: str | None = None, **body: Any) -> httpx.Response:
        """Of an attempt as it was told; adds to it unless `mode` says otherwise."""
        path = f"events/{attempt['eventId']}/attempts/{attempt['id']}/progress"
        return await self.post(path, key, **{"mode": "increment", **body})

    async def finish(self, attempt: Any, key: str | None = None) -> httpx.Response:
        return await self.post(f"events/{attempt['eventId']}/attempts/{attempt['id']}/finish", key)

    async def pending(self, **query: Any) -> list[Any]:
        found: list[Any] = data(await self.get("pending-grants", **query))
        return found

    async def wallet(self) -> dict[str, int]:
        rows = data(await self.get("wallet"))["wallet"]
        return {row["economyKey"]: row["balance"] for row in rows}

    async def inventory(self) -> dict[str, int]:
        rows = data(await self.get("inventory"))["items"]
        return {row["itemKey"]: row["quantity"] for row in rows}

    def _full(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.path}/{path}"


class Arcade:
    """A town with the games of the demo world."""

    def __init__(self, town: Town, clock: Ahead) -> None:
        self.town, self.clock = town, clock

    def wait(self, by: timedelta) -> None:
        """Put the clock forward."""
        self.clock.by += by

    async def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """With a client's key unless `headers` say otherwise."""
        return await self.town.nobody.get(path, headers=bearer(CLIENT) if headers is None else headers, params=query)

    async def gamer(self, player: str = "rocket", key: str = CLIENT) -> Gamer:
        """A registered player."""
        gamer = Gamer(self, player, key)
        gamer.secret = data(await gamer.register(), 201)["secret"]
        return gamer

    async def put(self, kind: str, key: str, spec: dict[str, Any], tenant: str = "starlight") -> None:
        """Configure something."""
        answer = await self.town.put(kind, key, spec, tenant)
        assert answer.status_code == 200, answer.text

    async def event(self, key: str, **fields: Any) -> None:
        """Configure an event that is on all day and measures a distance."""
        spec = {"name": key, "metrics": [{"key": "distance"}], "windows": {"mode": "recurring", "cron": "0 0 * * *"}}
        await self.put("event", key, spec | fields)


@contextlib.asynccontextmanager
async def arcade_over(dsn: str) -> AsyncIterator[Arcade]:
    """Every service over this database, and the demo world, at noon of tomorrow: no test is overtaken by midnight."""
    async with gateway(dsn) as town:
        town.parts.clock = clock = Ahead()
        noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
        clock.by = noon + timedelta(days=1) - clock.now()
        assert isinstance(town.parts.bus, MemoryBus)
        town.parts.bus._now = clock.now  # or every message would be older than its time-to-live
        async with town.workers():
            await eventually("the town is ready", town.ready)
            await settle_demo(town)
            yield Arcade(town, clock)
