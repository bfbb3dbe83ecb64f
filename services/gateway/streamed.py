"""An answer that goes on for as long as there is something to tell and somebody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple

import structlog

from services.gateway.problem import Headers

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

EVENT_STREAM: Final = b"text/event-stream"

log = structlog.get_logger(__name__)


class Streamed(NamedTuple):
    """What an endpoint answers that has more to tell than it knows yet."""

    parts: AsyncIterator[bytes]
    """What is told; it ends soon after `end` was called."""
    end: Callable[[], None]
    """Nobody listens any more; may be called twice, and before anything was told."""
    content_type: bytes = EVENT_STREAM


async def tell(streamed: Streamed, receive: Receive, send: Send, status: int, headers: Headers) -> None:
    """Tell all of it, until it ends or the caller hangs up. What goes wrong under way is logged, and ends it."""
    leaving = asyncio.create_task(_left(receive, streamed.end))
    head = [(b"content-type", streamed.content_type), (b"cache-control", b"no-store"), *headers]
    try:
        await send({"type": "http.response.start", "status": status, "headers": head})
        try:
            async for part in streamed.parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except Exception:
            log.exception("a stream broke off")
        await send({"type": "http.response.body", "body": b""})
    finally:
        streamed.end()
        leaving.cancel()


async def _left(receive: Receive, end: Callable[[], None]) -> None:
    """Return once the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
    end()
