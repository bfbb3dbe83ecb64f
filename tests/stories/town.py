"""What a story does: speaks to the doors as a caller would, and looks into the log afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Self, TypeVar

import httpx

from services.gateway.wiring import Doors
from shared.database import Connection, Target
from shared.running import WORKERS, Parts, wire

T = TypeVar("T")

PARTITIONS: Final = 4
ADMIN: Final = {"Authorization": "Bearer fairground-demo-admin"}
SECRET: Final = "wsk_test_" + "c0ffee" * 8
KEY: Final = {"Authorization": f"Bearer {SECRET}"}
BOX: Final = [
    {"segment_label": "small", "asset": "WINZ", "amount": 100, "weight": 60},
    {"segment_label": "medium", "asset": "WINZ", "amount": 500, "weight": 30},
    {"segment_label": "big", "asset": "WINZ", "amount": 1500, "weight": 10},
]
FAST: Final = {"burst": 100_000, "per_second": 100_000}
UNVERSIONED: Final = ("/wheels", "/client", "/operator", "/game", "/seed", "/session")
"""How paths of doors begin that have no version in them."""
PATIENCE_S: Final = 30.0
PAUSE_S: Final = 0.01


async def eventually(what: str, check: Callable[[], Awaitable[bool]]) -> None:
    """Return once `check` is true; fail with `what` if it does not become so."""
    deadline = time.monotonic() + PATIENCE_S
    while not await check():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        await asyncio.sleep(PAUSE_S)


class Town:
    """Two callers of one gateway: an operator's program and the platform's admin."""

    def __init__(self, parts: Parts, log: Connection, *clients: httpx.AsyncClient) -> None:
        self.parts = parts
        self.key, self.admin, self.nobody = clients
        self._log = log

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, doors: Doors, parts: Parts) -> AsyncIterator[Self]:
        log = Connection(Target(parts.dsn, as_service=False))
        async with contextlib.AsyncExitStack() as stack:
            documented = Documented(doors)
            clients = [await stack.enter_async_context(documented.client(more)) for more in (KEY, ADMIN, {})]
            stack.push_async_callback(log.close)
            yield cls(parts, log, *clients)

    @contextlib.asynccontextmanager
    async def workers(self) -> AsyncIterator[None]:
        """Somebody decides, for as long as the block lasts."""
        workers = [await wire(name, self.parts) for name in WORKERS]
        tasks = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for worker in workers:
                worker.stop()
            await asyncio.gather(*tasks)

    async def ready(self) -> bool:
        return (await self.nobody.get("/readyz")).status_code == 200

    async def put(self, kind: str, key: str, spec: dict[str, Any], tenant: str = "starlight") -> httpx.Response:
        """Configure something."""
        path = f"/admin/v1/definitions/{kind}/{key}"
        return await self.admin.put(path, json={"spec": spec}, headers={"X-Tenant": tenant})

    async def settle(self) -> None:
        """A small world: one tenant with a key, three assets, a lootbox and a player."""
        for kind, key, spec in (
            ("tenant", "starlight", {"slug": "starlight", "brand": "starlight", "environment": "test"}),
            ("api_key", "console", {"secret": SECRET, "demo": True, **FAST}),
            ("asset", "WINZ", {"name": "Winz"}),
            ("asset", "USD", {"name": "US dollar", "scale": 2}),
            ("lootbox", "starter-box", {"name": "Starter box", "prizes": BOX}),
            ("player", "rocket", {"opening_balances": {"WINZ": 10_000, "USD": 10_000}}),
        ):
            answer = await self.put(kind, key, spec)
            assert answer.status_code == 200, answer.text

    async def open_box(self, key: str | None = None, player: str = "rocket") -> httpx.Response:
        body = {"user_id": player} | ({"idempotency_key": key} if key else {})
        return await self.key.post("/v1/lootbox/starter-box/open", json=body)

    async def balance(self, asset: str = "WINZ", player: str = "rocket") -> int:
        answer = await self.key.get(f"/v1/players/{player}/wallet")
        assert answer.status_code == 200, answer.text
        return next(int(row["balance"]) for row in answer.json()["balances"] if row["asset"] == asset)

    async def events(self, pattern: str = "%") -> int:
        """How many facts of such types stand in all logs."""
        counts = [
            await self._log.fetch(f"select count(*) from {service}.events where type like $1", pattern)
            for service in WORKERS
        ]
        return sum(rows[0][0] for rows in counts)

    async def sql(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._log.fetch(query)]


class Documented:
    """Makes clients that hold every answer against the OpenAPI document."""

    def __init__(self, doors: Doors) -> None:
        self._app = doors.app
        self._paths: list[tuple[re.Pattern[str], dict[str, Any]]] = []

    def client(self, headers: dict[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self._app, raise_app_exceptions=True),
            base_url="http://fairground.test",
            headers=headers,
            event_hooks={"response": [self._check]},
            timeout=PATIENCE_S,
        )

    async def _check(self, response: httpx.Response) -> None:
        request = response.request
        path = request.url.raw_path.decode().partition("?")[0]
        if not self._paths:
            await self._read()
        for pattern, operations in self._paths:
            operation = operations.get(request.method.lower())
            if operation is not None and pattern.fullmatch(path):
                told = f"{request.method} {path} answered {response.status_code}, which its document does not know"
                assert str(response.status_code) in operation["responses"], told
                return
        outside = not ("/v1/" in path or path.startswith(UNVERSIONED))
        outside |= path.endswith(("/openapi.json", "/reference"))
        assert outside or response.status_code in {404, 405}, f"{request.method} {path} is not documented"

    async def _read(self) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self._app), base_url="http://x") as client:
            document = (await client.get("/openapi.json")).json()
        self._paths = [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))), operations)
            for template, operations in document["paths"].items()
        ]


@contextlib.contextmanager
def run_in_own_loop(manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """An async context for a plain fixture, which outlives every test's own loop."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        value = asyncio.run_coroutine_threadsafe(manager.__aenter__(), loop).result()
        try:
            yield value
        finally:
            asyncio.run_coroutine_threadsafe(manager.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
