"""A call of an operator's wallet over real sockets: what was never connected is told from what was never answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.operator_wallet.http import HttpTransport
from shared.operator_wallet.port import LARGEST_ANSWER_BYTES, HttpAnswer, NoAnswer, NotConnected

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
LARGE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LARGEST_ANSWER_BYTES + 1)


class Server:
    """Answers every request with the same bytes, and keeps what it was sent, one text a connection."""

    def __init__(self, answer: bytes, *, hangs_up: bool) -> None:
        self.answer, self.hangs_up = answer, hangs_up
        self.heard: list[bytes] = []
        self.gone = asyncio.Event()
        """A connection has ended."""
        self.url = ""


class Served(asyncio.Protocol):
    """One connection of it."""

    def __init__(self, server: Server) -> None:
        self._server, self._place = server, len(server.heard)
        server.heard.append(b"")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._server.heard[self._place] += data
        self._transport.write(self._server.answer)
        if self._server.hangs_up:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.gone.set()


@asynccontextmanager
async def serving(answer: bytes, *, hangs_up: bool = False) -> AsyncIterator[Server]:
    server = Server(answer, hangs_up=hangs_up)
    listening = await asyncio.get_running_loop().create_server(lambda: Served(server), "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/callback/debit"
    try:
        yield server
    finally:
        listening.close()


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    made = HttpTransport()
    yield made
    await made.close()


async def ask(transport: HttpTransport, url: str) -> HttpAnswer:
    return await transport.post(url, {"Content-Type": "application/json", "X-One": "1"}, b'{"a":1}')


async def test_a_request_goes_out_whole_and_its_connection_is_used_again(transport: HttpTransport) -> None:
    async with serving(OK) as server:
        for _ in range(3):
            assert await ask(transport, server.url) == HttpAnswer(200, b"{}")
        (heard,) = server.heard
        host = server.url.split("/")[2]
        assert heard.split(b"POST ")[1:] == 3 * [
            b"/callback/debit HTTP/1.1\r\nHost: " + host.encode() + b"\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
            b'Content-Type: application/json\r\nX-One: 1\r\nContent-Length: 7\r\n\r\n{"a":1}'
        ]


async def test_two_calls_at_once_have_a_connection_each(transport: HttpTransport) -> None:
    async with serving(OK) as server:
        await asyncio.gather(ask(transport, server.url), ask(transport, server.url))
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (CHUNKED, HttpAnswer(201, b"{}")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", HttpAnswer(204, b"")),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, HttpAnswer(200, b"{}")),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + CHUNKED, HttpAnswer(201, b"{}")),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", HttpAnswer(302, b"")),
    ],
)
async def test_an_answer_ends_where_it_says(transport: HttpTransport, answer: bytes, said: HttpAnswer) -> None:
    async with serving(answer) as server:
        assert await ask(transport, server.url) == said
        assert await ask(transport, server.url) == said
        assert len(server.heard) == 1


@pytest.mark.parametrize(
    "answer", [UNTIL_CLOSED, OK, b"HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n" + UNTIL_CLOSED]
)
async def test_a_server_that_hangs_up_after_its_answer_is_called_anew(transport: HttpTransport, answer: bytes) -> None:
    async with serving(answer, hangs_up=True) as server:
        assert await ask(transport, server.url) == HttpAnswer(200, b"{}")
        await server.gone.wait()
        assert await ask(transport, server.url) == HttpAnswer(200, b"{}")
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r\nC", b"\r\nConnection: close\r\nC"),
        OK.replace(b"1.1", b"1.0"),
    ],
)
async def test_a_connection_that_the_server_ends_with_its_answer_is_not_used_again(
    transport: HttpTransport, answer: bytes
) -> None:
    async with serving(answer) as server:
        assert await ask(transport, server.url) == HttpAnswer(200, b"{}")
        assert await ask(transport, server.url) == HttpAnswer(200, b"{}")
        assert len(server.heard) == 2


@pytest.mark.parametrize("more", [b"HTTP/1.1 2", b"more"])
async def test_what_a_server_says_behind_its_answer_leaves_the_next_call_without_one(
    transport: HttpTransport, more: bytes
) -> None:
    async with serving(OK + more) as server:
        assert await ask(transport, server.url) == HttpAnswer(200, b"{}")
        with pytest.raises(NoAnswer):
            await ask(transport, server.url)


@pytest.mark.parametrize(
    "answer",
    [
        CUT,
        b"",
        b"HTTP/1.1 200 OK\r\nConte",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"<html>OK</html>",
        LARGE + b"x" * (LARGEST_ANSWER_BYTES + 1),
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 200_000,
    ],
)
async def test_what_is_no_whole_answer_is_none(transport: HttpTransport, answer: bytes) -> None:
    async with serving(answer, hangs_up=True) as server:
        with pytest.raises(NoAnswer):
            await ask(transport, server.url)
        assert len(server.heard) == 1


async def test_a_call_that_is_given_up_leaves_no_answer_for_the_next(transport: HttpTransport) -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Le") as server:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await ask(transport, server.url)
        assert len(server.heard) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/callback",
        "http://nobody.invalid/callback",
        "http://127.0.0.1:99999/callback",
        "http://" + "x" * 80 + "/callback",
    ],
)
async def test_a_wallet_that_nobody_can_be_connected_to_was_never_called(transport: HttpTransport, url: str) -> None:
    with pytest.raises(NotConnected):
        await ask(transport, url)


@pytest.mark.parametrize("scheme", ["https://", "ftp://", "http://user:secret@"])
async def test_a_url_that_cannot_be_called_as_it_is_was_never_called(transport: HttpTransport, scheme: str) -> None:
    async with serving(OK) as server:
        with pytest.raises(NotConnected):
            await ask(transport, server.url.replace("http://", scheme))
        assert not any(b"POST" in heard for heard in server.heard)


async def test_a_path_and_a_header_are_sent_as_bytes_that_http_knows(transport: HttpTransport) -> None:
    async with serving(OK) as server:
        await ask(transport, server.url + "/größe a")
        assert server.heard[0].startswith(b"POST /callback/debit/gr%C3%B6%C3%9Fe%20a HTTP/1.1\r\n")
