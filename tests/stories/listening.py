"""A client that listens to a board: it reads what comes, and can hang up and come back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import orjson

from tests.stories.town import PATIENCE_S, Town

Asgi = Any


def app_of(town: Town) -> Asgi:
    """What answers the town's callers."""
    return town.nobody._transport.app  # type: ignore[attr-defined]


class Listener:
    """One connection to a stream."""

    def __init__(self, app: Asgi, path: str, headers: Mapping[str, str]) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.events: list[tuple[str, str | None, Any]] = []
        """Name, id and data of each."""
        self.comments: list[str] = []
        self.body = b""
        self._hung_up = asyncio.Event()
        self._news = asyncio.Event()
        self._asked = False
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "client": ("127.0.0.1", 1),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        self._answering = asyncio.create_task(app(scope, self._receive, self._send))
        self._answering.add_done_callback(lambda _: self._news.set())

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.events]

    @property
    def updates(self) -> list[Any]:
        return [data for name, _, data in self.events if name == "score_update"]

    @property
    def last_id(self) -> str:
        ids = [id_ for _, id_, _ in self.events if id_ is not None]
        return ids[-1]

    @property
    def over(self) -> bool:
        return self._answering.done()

    async def hears(self, count: int) -> None:
        """Return once so many events have come."""
        await self._until(lambda: len(self.events) >= count, f"{count} events")

    async def ends(self) -> None:
        """Return once the door has nothing more to say."""
        await self._until(lambda: self.over, "an end")

    async def hang_up(self) -> None:
        self._hung_up.set()
        async with asyncio.timeout(PATIENCE_S):
            await self._answering

    async def _until(self, true: Any, what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {PATIENCE_S} s: {what}; heard {self.status} {self.events}") from None

    async def _receive(self) -> MutableMapping[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b""}
        await self._hung_up.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self._read(message.get("body", b""))
        self._news.set()

    def _read(self, text: bytes) -> None:
        if self.headers["content-type"] != "text/event-stream":
            self.body += text
            return
        for block in filter(None, text.split(b"\n\n")):
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n"))
            if "event" not in fields:
                self.comments.append(fields[""] if "" in fields else block.decode())
                continue
            assert set(fields) <= {"event", "id", "data"}
            self.events.append((fields["event"], fields.get("id"), orjson.loads(fields["data"])))


PATH: Final = "/sdk/v1/leaderboards/{}/stream"
