"""Calls over HTTP to operators' wallets; a connection that was used is kept for the next call, though not for long."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import httpx

from shared.operator_wallet.port import LARGEST_ANSWER_BYTES, HttpAnswer, NoAnswer, NotConnected

CONNECT_WITHIN_S: Final = 2.0
"""Less than an answer may take, so that what was never connected is told from what was never answered."""
KEPT_ALIVE_S: Final = 2.0
"""Shorter than any server's, so that none hangs up on a call that is just being made."""
MOST_AT_ONCE: Final = 512
"""Calls under way; others wait for their turn."""
MOST_KEPT: Final = 128
MOST_URLS: Final = 4_096
"""That are remembered as understood."""
LARGEST_PORT: Final = 65_535
_TIMEOUTS: Final = {"connect": CONNECT_WITHIN_S, "pool": CONNECT_WITHIN_S}
"""Whoever calls says how long the whole may take."""
_PLAIN: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class HttpTransport:
    """Connections to operators, kept for the next call; nothing is sent twice, and no redirect is followed.

    The library's transport alone, without its client: cookies, redirects and proxies are not wanted here. An answer is
    believed only by the request id in it, so that a server which says too much cannot answer for another call.
    """

    def __init__(self) -> None:
        self._pool = httpx.AsyncHTTPTransport(
            trust_env=False,
            limits=httpx.Limits(
                max_connections=MOST_AT_ONCE, max_keepalive_connections=MOST_KEPT, keepalive_expiry=KEPT_ALIVE_S
            ),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """See Transport."""
        extensions = {"timeout": _TIMEOUTS}
        request = httpx.Request(
            "POST", _target(url), headers={**_PLAIN, **headers}, content=body, extensions=extensions
        )
        try:
            response = await self._pool.handle_async_request(request)
            try:
                return HttpAnswer(response.status_code, await _bounded(response))
            finally:
                await response.aclose()
        except _NEVER_SENT as error:
            raise NotConnected(f"not connected: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise NoAnswer(f"no answer: {type(error).__name__}") from error

    async def close(self) -> None:
        """See Transport."""
        await self._pool.aclose()


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > LARGEST_ANSWER_BYTES:
            raise NoAnswer(f"no answer: more than {LARGEST_ANSWER_BYTES} bytes")
    return bytes(body)


@lru_cache(maxsize=MOST_URLS)
def _target(url: str) -> httpx.URL:
    """Raises NotConnected."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise NotConnected("the callback URL cannot be called") from error
    if target.userinfo or not target.host or not 0 < (target.port or 1) <= LARGEST_PORT:
        raise NotConnected("the callback URL cannot be called")
    return target
