"""A door: finds the route, asks who is there, reads what is sent, and answers everything in its own dialect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

import structlog
from prometheus_client import Histogram

from services.gateway.here import Answer, Here, Knock, Town
from services.gateway.keys import Caller
from services.gateway.problem import INTERNAL, Dialect, Headers, Problem
from services.gateway.route import Lean, NoBody
from services.gateway.streamed import Streamed, tell
from services.gateway.strict import read_body, read_query
from shared.bus.port import BusError
from shared.clock import Clock
from shared.database import DatabaseError
from shared.ids import is_id

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Sent = Mapping[bytes, bytes]
Said = tuple[int, bytes | Streamed, Headers]
"""Status, body and headers of an answer."""

LARGEST_BODY: Final = 64 * 1024
LARGEST_ADMIN_BODY: Final = 4 * 1024 * 1024
LONGEST_REQUEST_ID: Final = 128
LONGEST_LENGTH: Final = 18
"""Digits of a `Content-Length`."""
OUR_FAULT: Final = 500
"""Statuses from here on are not about what was asked."""
POST: Final = "POST"
UNMATCHED: Final = "unmatched"
_JSON: Final = (b"content-type", b"application/json")

log = structlog.get_logger(__name__)


class Gone(Exception):
    """The caller hung up before everything was sent."""


class Guard(Protocol):
    """Who may come in."""

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Caller:
        """Whose request this is. Raises Problem if nobody's, or not theirs to make."""
        ...


class Meter(Protocol):
    """Tells with every answer how much more may be asked."""

    async def complete(self, knock: Knock) -> None:
        """Count a request that was not counted for anything in particular. Raises Problem if it is one too many."""
        ...


class Served(NamedTuple):
    """A route with its clock."""

    lean: Lean
    seconds: Histogram


@dataclass(slots=True)
class Node:
    """One step of the path: what may come next, and what is served here, by method."""

    plain: dict[str, Node] = field(default_factory=dict)
    named: dict[str, Node] = field(default_factory=dict)
    """At most one, by the parameter's name."""
    served: dict[str, Served] = field(default_factory=dict)


class Door:
    """One public API under one prefix. An ASGI application."""

    def __init__(
        self,
        name: str,
        routes: Iterable[Lean],
        *,
        town: Town,
        guard: Guard,
        dialect: Dialect,
        largest_body: int = LARGEST_BODY,
        larger: Mapping[str, int] | None = None,
        meter: Meter | None = None,
    ) -> None:
        """`larger` says which routes, by template, take a larger body than the others."""
        self._name, self._town, self._guard, self._dialect = name, town, guard, dialect
        self._largest_body, self._larger, self._meter = largest_body, larger or {}, meter
        self._metrics = town.parts.metrics
        self._unmatched = self._metrics.http_seconds.of(name, UNMATCHED)
        self._root = Node()
        self._pages: set[str] = set()
        for route in routes:
            self._add(route)

    def _add(self, route: Lean) -> None:
        node = self._root
        for step in route.template.strip("/").split("/"):
            if step.startswith("{"):
                name = step.strip("{}")
                if node.named and name not in node.named:
                    raise ValueError(f"{route.template}: another route calls {step} {next(iter(node.named))!r}")
                node = node.named.setdefault(name, Node())
            else:
                node = node.plain.setdefault(step, Node())
        node.served[route.method] = Served(route, self._metrics.http_seconds.of(self._name, route.template))

    def stands_beside(self, page: str) -> None:
        """A page is shown at this path, by somebody else; whatever does not want to read it is refused here."""
        self._pages.add(page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        clock = self._town.clock
        started = clock.monotonic()
        knock = _knock(scope, clock)
        template, seconds = UNMATCHED, self._unmatched
        headers: Headers = ()
        body: bytes | Streamed
        try:
            served, named = self._find(scope)
            template, seconds = served.lean.template, served.seconds
            knock.named.update(named)
            status, body, headers = await self._serve(served.lean, named, scope, receive, knock)
        except Problem as problem:
            status, body = self._dialect.answer(problem)
            headers = problem.headers
        except Gone:
            return
        except (DatabaseError, BusError) as error:
            log.warning("what was asked did not answer", error=str(error), request_id=knock.id)
            status, body = self._dialect.answer(Problem("unavailable"))
        except Exception:
            log.exception("a request failed", door=self._name, route=template, request_id=knock.id)
            status, body = self._dialect.answer(Problem(INTERNAL))
        if self._meter is not None:
            status, body, headers = await self._metered(self._meter, knock, (status, body, headers))
        self._metrics.http_requests.of(self._name, template, str(status)).inc()
        seconds.observe(clock.monotonic() - started)
        more = ((b"x-request-id", knock.id.encode()), *headers, *knock.headers)
        if isinstance(body, Streamed):
            await tell(body, receive, send, status, more)
        else:
            await _send(send, status, body, more)

    async def _metered(self, meter: Meter, knock: Knock, said: Said) -> Said:
        try:
            await meter.complete(knock)
        except Problem as problem:
            if said[0] < OUR_FAULT:  # whoever asks too much still hears that we are in trouble
                if isinstance(said[1], Streamed):
                    said[1].end()
                return *self._dialect.answer(problem), problem.headers
        return said

    def _find(self, scope: Scope) -> tuple[Served, dict[str, str]]:
        if scope["path"] in self._pages:
            raise Problem("no_method", headers=((b"allow", b"GET, HEAD"),))
        named: dict[str, str] = {}
        node: Node | None = self._root
        for step in _steps(scope):
            assert node is not None
            follows = node.plain.get(step)
            if follows is None and step:
                for name, follows in node.named.items():  # noqa: B007 - at most one
                    named[name] = step
            node = follows
            if node is None:
                raise Problem("no_route")
        assert node is not None
        served = node.served.get(scope["method"])
        if served is None:
            if not node.served:
                raise Problem("no_route")
            allow = ", ".join(sorted(node.served)).encode()
            raise Problem("no_method", headers=((b"allow", allow),))
        return served, named

    async def _serve(self, lean: Lean, named: dict[str, str], scope: Scope, receive: Receive, knock: Knock) -> Said:
        if self._town.trouble is not None:
            raise Problem("unavailable")
        caller = await self._guard.admit(knock, lean.asking.scopes)
        values = await self._asked(lean, named, scope, receive, knock)
        result = await lean.endpoint(Here(self._town, caller, knock), **values)
        if isinstance(result, bytes | Streamed):
            return lean.status, result, ()
        answer = result if isinstance(result, Answer) else Answer(result, lean.status)
        return answer.status, answer.body.model_dump_json().encode(), answer.headers

    async def _asked(
        self, lean: Lean, named: dict[str, str], scope: Scope, receive: Receive, knock: Knock
    ) -> dict[str, Any]:
        """What the endpoint is to be called with. Raises Problem or Gone."""
        asking = lean.asking
        values: dict[str, Any] = {}
        for name, value in named.items():
            if not is_id(value):
                raise Problem("invalid", f"{name}: must be 1 to 128 printable characters without slashes", path=name)
            values[asking.paths[name]] = value
        query_name, query_model = asking.query
        if scope["query_string"] or query_name is not None:
            query = read_query(query_model, scope["query_string"])
            if query_name is not None:
                values[query_name] = query
        if asking.body is not None:
            body_name, body_model = asking.body
            largest = self._larger.get(lean.template, self._largest_body)
            values[body_name] = read_body(body_model, await _checked_body(receive, knock, largest))
        elif lean.method == POST:
            read_body(NoBody, await _checked_body(receive, knock, self._largest_body))
        else:
            await _check(knock, b"")
        return values


def _steps(scope: Scope) -> list[str]:
    """The path's segments, percent-decoded once, so that an encoded slash stays inside its segment."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    raw = raw.partition(b"?")[0]
    try:
        if b"%" not in raw:
            return raw.decode("ascii").lstrip("/").split("/")
        return [unquote_to_bytes(step).decode("utf-8") for step in raw.lstrip(b"/").split(b"/")]
    except UnicodeDecodeError:
        raise Problem("invalid", "the path is not UTF-8") from None


def _knock(scope: Scope, clock: Clock) -> Knock:
    sent: dict[bytes, bytes] = dict(scope["headers"])
    client = scope.get("client")
    id_ = _request_id(sent.get(b"x-request-id")) or clock.new_id()
    return Knock(id_, sent, client[0] if client else "", path=scope["path"])


def _request_id(given: bytes | None) -> str | None:
    if given is None or not 0 < len(given) <= LONGEST_REQUEST_ID:
        return None
    text = given.decode("latin-1")
    return text if text.isascii() and text.isprintable() else None


async def _checked_body(receive: Receive, knock: Knock, most: int) -> bytes:
    body = await _body(receive, knock.sent, most)
    await _check(knock, body)
    return body


async def _check(knock: Knock, body: bytes) -> None:
    for check in knock.checks:
        await check(body)


async def _body(receive: Receive, sent: Sent, most: int) -> bytes:
    """All that is sent, up to `most` bytes. Raises Problem or Gone."""
    announced = sent.get(b"content-length", b"0")
    if len(announced) > LONGEST_LENGTH or (announced.isdigit() and int(announced) > most):
        raise Problem("too_large", details={"limit": most})
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise Problem("too_large", details={"limit": most})
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks) if len(chunks) > 1 else chunk


async def _send(send: Send, status: int, body: bytes, more: Headers) -> None:
    headers = [_JSON, (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
