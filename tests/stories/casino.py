"""The demo world's games: an operator's program that signs, players' clients, and a clock to put forward."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from shared.bus.memory import MemoryBus
from shared.demo_operator.app import DemoOperator
from shared.operator_wallet.signature import signature_of
from tests.stories.house import Ahead, gateway
from tests.stories.pages import settle_demo
from tests.stories.town import Town, eventually

HOUSE: Final = "11111111-2222-4333-8444-555555555555"
HOUSE_SECRET: Final = "demo-operator-secret"
ABROAD: Final = "66666666-7777-4888-8999-000000000000"
ABROAD_SECRET: Final = "demo-callback-secret"
DICE: Final = {"bet": {"amount": "1.00", "over": 5000}}
MINES: Final = {"start": {"amount": "1.00", "mineCount": 3, "gridSize": 25}}


class OperatorProgram:
    """An operator's program, which signs."""

    def __init__(self, casino: Casino, operator: str = HOUSE, secret: str = HOUSE_SECRET) -> None:
        self._casino, self.operator, self.secret = casino, operator, secret

    def signed(self, path: str, body: bytes = b"", *, late_s: int = 0, **changed: str) -> dict[str, str]:
        """The headers of a request; `changed` goes out in place of what was signed."""
        timestamp = str(self._casino.second() - late_s)
        signature = signature_of(self.secret, timestamp, path, body)
        headers = {"X-Operator-ID": self.operator, "X-Timestamp": timestamp, "X-HMAC-SHA256": signature}
        return headers | {"Content-Type": "application/json"} | changed

    async def post(self, path: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        compact = json.dumps(body, separators=(",", ":")).encode()
        return await self._casino.town.nobody.post(path, content=compact, headers=self.signed(path, compact, **more))

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self._casino.town.nobody.get(path, headers=self.signed(path, **more))

    async def launch(self, game: str = "dice-alpha", player: str | None = "rocket", **more: Any) -> httpx.Response:
        """Ask for the address of a client."""
        body = {"currency": "USD", "gameCode": game, "countryCode": "US", **more}
        return await self.post("/operator/launch", body | ({} if player is None else {"playerId": player}))

    async def let_in(self, game: str = "dice-alpha", player: str | None = "rocket", **more: Any) -> Client:
        """A client with a session."""
        answer = await self.launch(game, player, **more)
        assert answer.status_code == 200, answer.text
        return Client(self._casino, token_in(answer.json()["launchUrl"]))


def token_in(url: str) -> str:
    """The session token of a launch URL."""
    return parse_qs(urlsplit(url).query)["sessionToken"][0]


class Client:
    """A player's client, which knows its token alone."""

    def __init__(self, casino: Casino, token: str) -> None:
        self._casino, self.token = casino, token

    async def ask(self, method: str, path: str, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | ({} if key is None else {"Idempotency-Key": key})
        return await self._casino.town.nobody.request(method, path, headers=headers, **more)

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.ask("GET", path, params=query)

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        return await self.ask("POST", path, key, **({} if body is None else {"json": body}))

    async def play(self, message: dict[str, Any] | None = None, key: str | None = None) -> httpx.Response:
        return await self.post("/game/play", {"message": message or DICE}, key)

    async def played(self, message: dict[str, Any] | None = None, key: str | None = None) -> dict[str, Any]:
        """What came of it."""
        answer = await self.play(message, key)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told(self, path: str, body: Any = None) -> dict[str, Any]:
        """What is answered to a post."""
        answer = await self.post(path, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def shown(self, path: str, **query: Any) -> dict[str, Any]:
        """What is answered to a get."""
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class Casino:
    """A town with the games of the demo world."""

    def __init__(self, town: Town, clock: Ahead) -> None:
        self.town, self.clock = town, clock
        self.house = OperatorProgram(self)
        self.abroad = OperatorProgram(self, ABROAD, ABROAD_SECRET)
        self._second = 0

    def wait(self, by: timedelta) -> None:
        """Put the clock forward."""
        self.clock.by += by

    def second(self) -> int:
        """The time, never the same twice, since a signature counts once."""
        self._second = max(self._second + 1, int(self.clock.now().timestamp()) - 25)
        return self._second

    async def put(self, kind: str, key: str, **changed: Any) -> None:
        """Configure something otherwise than it is."""
        path = f"/admin/v1/definitions/{kind}/{key}"
        spec = (await self.town.admin.get(path)).json()["spec"] | changed
        answer = await self.town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text


@contextlib.asynccontextmanager
async def casino_over(tables: str) -> AsyncIterator[Casino]:
    """Every service over this database, in the demo world."""
    async with gateway(tables) as town:
        town.parts.clock = clock = Ahead()
        assert isinstance(town.parts.bus, MemoryBus)
        town.parts.bus._now = clock.now  # or every message would be older than its time-to-live
        async with town.workers():
            await eventually("the town is ready", town.ready)
            await settle_demo(town)
            yield Casino(town, clock)


@contextlib.asynccontextmanager
async def operator_at(casino: Casino) -> AsyncIterator[DemoOperator]:
    """The other operator's wallet, on a port of its own."""
    wallet = DemoOperator(ABROAD_SECRET, now_s=lambda: casino.clock.now().timestamp())
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(wallet, lifespan="off", log_level="error", ws="none"))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        port = listening.getsockname()[1]
        await casino.put("operator", ABROAD, callback_url=f"http://127.0.0.1:{port}/callback")
        yield wallet
    finally:
        server.should_exit = True
        await serving
        listening.close()


def said(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert set(answer.json()) == {"category", "code", "message"}, answer.text
    return answer.status_code, answer.json()["code"]
