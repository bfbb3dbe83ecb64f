"""The demo operator over HTTP: signed calls under `/callback`, its book, and the switches for its faults."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import orjson

from shared.demo_operator.book import KINDS, Book, Kind
from shared.demo_operator.faults import SPOILED, Fault, Faults, NoSuchFault
from shared.operator_wallet.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of

PREFIX: Final = "/callback/"
WINDOW_S: Final = 30
LARGEST_BODY_BYTES: Final = 64 * 1024
SLOW_S: Final = 2.0
"""Late, but in time."""
SILENT_S: Final = 4.0
"""Longer than anybody waits."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Respond = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Cut(Exception):
    """The connection ends in the midst of an answer."""


class DemoOperator:
    """An ASGI application."""

    def __init__(
        self,
        secret: str,
        book: Book | None = None,
        faults: Faults | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """An operator with an empty book and no faults, unless they are given.

        Args:
            secret: what calls are signed with.
            book: what its players hold.
            faults: what goes wrong at first.
            now_s: unix seconds, which timestamps are held against.
        """
        self.book, self.faults = book or Book(), faults or Faults()
        self._secret, self._now_s = secret, now_s

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Respond) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        body, path = await _body_of(receive), scope["path"]
        kind = next((kind for kind in KINDS if path == PREFIX + kind), None)
        if scope["method"] == "POST" and kind is not None:
            await self._call(kind, scope, body, send)
        elif (scope["method"], path) == ("GET", "/transactions"):
            lines = b"".join(orjson.dumps(row) + b"\n" for row in self.book.statement())
            await _respond(send, 200, lines, b"application/x-ndjson")
        elif (scope["method"], path) == ("POST", "/faults"):
            await self._switch(body, send)
        elif (scope["method"], path) == ("GET", "/faults"):
            await _respond(send, 200, orjson.dumps(self.faults.left()))
        else:
            await _respond(send, 404, b'{"error": "there is nothing here"}')

    async def _call(self, kind: Kind, scope: Mapping[str, Any], body: bytes, send: Respond) -> None:
        wrong = self._unsigned(scope, body)
        asked = _object(body)
        if wrong or asked is None:
            await _respond(send, 401 if wrong else 400, orjson.dumps({"error": wrong or "a JSON object is needed"}))
            return
        fault = self.faults.next(kind, str(asked.get("playerId", "")))
        if fault in {"refuse", "timeout_before"}:
            await asyncio.sleep(SILENT_S if fault == "timeout_before" else 0)
            said = {"requestId": asked.get("requestId"), "status": "LIMIT_REACHED", "customUserError": "Not today."}
            await _respond(send, 200, orjson.dumps(said))
            return
        said = self.book.answer(kind, asked)
        if fault == "duplicate":
            said = self.book.answer(kind, asked)
        if fault == "slow":
            await asyncio.sleep(SLOW_S)
        await (_spoil(fault, said, send) if fault in SPOILED else _respond(send, 200, orjson.dumps(said)))

    def _unsigned(self, scope: Mapping[str, Any], body: bytes) -> str | None:
        """What is wrong with the signature, if anything."""
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        timestamp, signed = headers.get(TIMESTAMP_HEADER.lower(), ""), headers.get(SIGNATURE_HEADER.lower(), "")
        if not (timestamp.isascii() and timestamp.isdecimal()) or abs(self._now_s() - int(timestamp)) > WINDOW_S:
            return f"{TIMESTAMP_HEADER} must be unix seconds, and not older than {WINDOW_S} s"
        expected = signature_of(self._secret, timestamp, scope["path"], body)
        return None if hmac.compare_digest(signed.encode(), expected.encode()) else f"{SIGNATURE_HEADER} is wrong"

    async def _switch(self, body: bytes, send: Respond) -> None:
        wanted = _object(body) or {}
        times, player = wanted.pop("times", 1), wanted.pop("player", None)
        try:
            for call, fault in wanted.items():
                self.faults.switch(call, str(fault), times if type(times) is int else -1, player and str(player))
        except NoSuchFault as error:
            await _respond(send, 400, orjson.dumps({"error": str(error)}))
        else:
            await _respond(send, 200, orjson.dumps(self.faults.left()))


async def _spoil(fault: Fault | None, said: dict[str, Any], send: Respond) -> None:
    """The call has counted, but whoever asked does not hear it."""
    match fault:
        case "timeout_after":
            await asyncio.sleep(SILENT_S)
            await _respond(send, 200, orjson.dumps(said))
        case "500":
            await _respond(send, 500, b'{"error": "out of order"}')
        case "garbage":
            await _respond(send, 200, b"<html>OK</html>", b"text/html")
        case "wrong_request_id":
            await _respond(send, 200, orjson.dumps(said | {"requestId": "somebody-else"}))
        case _:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})
            await send({"type": "http.response.body", "body": b'{"requestId":', "more_body": True})
            raise Cut("the connection was cut, as it was told to be")


async def _respond(send: Respond, status: int, body: bytes, type_: bytes = b"application/json") -> None:
    headers = [(b"content-type", type_), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body_of(receive: Receive) -> bytes:
    body, more = b"", True
    while more and len(body) <= LARGEST_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
