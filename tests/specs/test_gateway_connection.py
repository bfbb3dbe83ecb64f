"""An answer leaves in one piece, in the order of the requests, and whole even if the connection is closed at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from services.gateway import connection
from services.gateway.connection import Connection, Outlet

REQUEST = b"GET /%d HTTP/1.1\r\nhost: fairground\r\n%s\r\n"


class Wire:
    """A transport that notes what it is handed."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "nothing is written after the end"
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return name


def outlet() -> tuple[Any, Wire]:
    wire = Wire()
    return Outlet(wire), wire  # type: ignore[arg-type]


async def test_what_is_written_in_one_turn_leaves_in_one_piece_at_its_end() -> None:
    out, wire = outlet()
    out.write(b"head ")
    out.write(b"body")
    assert wire.sent == []
    await asyncio.sleep(0)
    assert wire.sent == [b"head body"]
    out.write(b"more")
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"more"]
    assert out.get_extra_info("peername") == "peername"


async def test_what_is_written_before_the_end_is_sent_and_nothing_after_it() -> None:
    out, wire = outlet()
    out.write(b"last")
    out.close()
    assert (wire.sent, wire.closed) == ([b"last"], True)
    out.write(b"too late")
    out.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"last"]


async def test_very_much_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_HELD", 10)
    out, wire = outlet()
    for data in (b"12345", b"67890", b"1"):
        out.write(data)
    assert wire.sent == [b"1234567890"]
    await asyncio.sleep(0)
    assert wire.sent == [b"1234567890", b"1"]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the path."""
    body = scope["path"].encode()
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def caller() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that echoes."""
    config = uvicorn.Config(echo, http=Connection, ws="none", lifespan="off", log_config=None, server_header=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server._serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            server.should_exit = True
            await serving


async def answer(reader: asyncio.StreamReader) -> bytes:
    """The body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))
    return await reader.readexactly(int(length.partition(b":")[2]))


async def test_requests_one_after_another_and_all_at_once_are_answered_in_their_order() -> None:
    async with caller() as (reader, writer), asyncio.timeout(10):
        for number in range(3):
            writer.write(REQUEST % (number, b""))
            assert await answer(reader) == b"/%d" % number
        writer.write(b"".join(REQUEST % (number, b"") for number in range(50)))
        assert [await answer(reader) for _ in range(50)] == [b"/%d" % number for number in range(50)]


async def test_who_wants_no_more_is_answered_before_the_connection_is_closed() -> None:
    async with caller() as (reader, writer), asyncio.timeout(10):
        writer.write(REQUEST % (1, b"connection: close\r\n"))
        assert await answer(reader) == b"/1"
        assert await reader.read() == b""


async def test_what_is_no_request_is_answered_too() -> None:
    async with caller() as (reader, writer), asyncio.timeout(10):
        writer.write(b"what?\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
