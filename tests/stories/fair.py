"""The demo world's wheels, a clock that can be put forward, and players at a project's client."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

import httpx

from shared.bus.memory import MemoryBus
from shared.messages.project import SPIN_WHEEL
from shared.running import WORKERS
from tests.stories.house import Ahead, gateway
from tests.stories.pages import settle_demo
from tests.stories.town import Town, eventually

CLIENT: Final = {"x-client-id": "demo-client", "x-client-secret": "demo-client-secret"}
PASSWORD: Final = "i-am-groot"
DAILY: Final = "/wheels/by-key/daily-spin"
COINS: Final = {"type": "currency", "currency": "coins", "amount": 100}
COOLDOWN: Final = timedelta(seconds=2)


class Fair:
    """A town with the wheels of the demo world."""

    def __init__(self, town: Town, clock: Ahead) -> None:
        self.town, self.clock = town, clock

    async def stored(self) -> list[str]:
        """Every row of every table of every service, as text; bytes are in hex."""
        tables = await self.town.sql(
            "select table_schema, table_name from information_schema.tables"
            f" where table_schema in {WORKERS} and table_type = 'BASE TABLE'"
        )
        assert len(tables) > len(WORKERS)
        rows = [await self.town.sql(f"select t::text from {schema}.{table} t") for schema, table in tables]
        return [row[0] for found in rows for row in found]

    def wait(self, by: timedelta = COOLDOWN) -> None:
        """Put the clock forward."""
        self.clock.by += by

    async def token(self, player: str = "rocket", permissions: Sequence[str] = (SPIN_WHEEL,), **more: Any) -> str:
        """An access token from the platform."""
        body = {"permissions": list(permissions), "project": "demo", **more}
        answer = await self.town.admin.post(f"/admin/v1/players/{player}/access-token", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def at(self, player: str = "rocket", **more: Any) -> Spinner:
        """This player at the demo project's client."""
        token = await self.token(player, **more)
        return Spinner(self, {**CLIENT, "Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    async def project(self, key: str = "calm", **fields: Any) -> None:
        """Configure a project without cooldown."""
        spec = {"name": key, "client_id": key, "client_secret": f"{key}-secret", "cooldown_seconds": 0, **fields}
        answer = await self.town.put("project", key, spec)
        assert answer.status_code == 200, answer.text

    async def put(self, key: str, *rewards: dict[str, Any], **fields: Any) -> str:
        """Configure a wheel of that project, whose segments 1, 2 … are all alike in weight; answers its path."""
        segments = [
            {"segment_id": n, "label": f"prize {n}", "weight": 1, "reward": reward}
            for n, reward in enumerate(rewards, 1)
        ]
        answer = await self.town.put("wheel", key, {"project": "calm", "name": key, "segments": segments, **fields})
        assert answer.status_code == 200, answer.text
        return f"/wheels/by-key/{key}"

    async def calm(self, player: str = "rocket", project: str = "calm") -> Spinner:
        """This player at the client of a project without cooldown."""
        token = await self.token(player, project=project)
        credentials = {"x-client-id": project, "x-client-secret": f"{project}-secret"}
        return Spinner(self, {**credentials, "Authorization": f"Bearer {token}"})

    async def grant(
        self, count: int, player: str = "rocket", wheel: str = "daily-spin", key: str = ""
    ) -> httpx.Response:
        """Bonus spins from the platform."""
        body = {"player": player, "count": count} | ({"idempotency_key": key} if key else {})
        return await self.town.admin.post(f"/admin/v1/wheels/{wheel}/bonus-spins", json=body)


class Spinner:
    """A player at a client."""

    def __init__(self, fair: Fair, headers: dict[str, str]) -> None:
        self._fair, self.headers = fair, headers

    async def get(self, path: str) -> httpx.Response:
        return await self._fair.town.nobody.get(path, headers=self.headers)

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return await self._fair.town.nobody.post(path, headers=headers, json=body)

    async def spin(self, wheel: str = DAILY, key: str | None = None) -> httpx.Response:
        return await self.post(f"{wheel}/spin", key=key)

    async def dry_spin(self, wheel: str = DAILY, key: str | None = None) -> httpx.Response:
        return await self.post(f"{wheel}/dry-spin", key=key)

    async def claim(self, token: str, wheel: str = DAILY, key: str | None = None) -> httpx.Response:
        return await self.post(f"{wheel}/claim-spin-reward", {"claim_token": token}, key)


@contextlib.asynccontextmanager
async def fair_over(dsn: str) -> AsyncIterator[Fair]:
    """Every service over this database, and what the demo world has of wheels."""
    async with gateway(dsn) as town:
        town.parts.clock = clock = Ahead()
        noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0)
        clock.by = noon + timedelta(days=1) - clock.now()  # no test is overtaken by midnight
        assert isinstance(town.parts.bus, MemoryBus)
        town.parts.bus._now = clock.now  # or every message would be older than its time-to-live
        async with town.workers():
            await eventually("the town is ready", town.ready)
            await settle_demo(town)
            yield Fair(town, clock)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Status and reason."""
    return answer.status_code, answer.json()["detail"]
