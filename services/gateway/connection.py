"""A caller's connection, on which the head and the body of an answer leave together."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HELD: Final = 64 * 1024
"""Bytes; more are sent at once, so that whoever reads slowly is noticed."""


class Outlet:
    """Holds what is written until the loop's turn ends, and hands it to the system in one call."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Send this soon, after everything that was written before."""
        if not self._held:
            self._loop.call_soon(self._send)
        self._held.append(data)
        self._size += len(data)
        if self._size >= MOST_HELD:
            self._send()

    def close(self) -> None:
        """Hang up once everything is sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        held, self._held, self._size = self._held, [], 0
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """HTTP as the server speaks it, over an outlet."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has called."""
        super().connection_made(cast(asyncio.Transport, Outlet(transport)))
