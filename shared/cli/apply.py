"""Makes the world as a file describes it, through the admin door, and tells what that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx

from shared.cli.world import Document, place_of
from shared.settings import WrongSettings

TIMEOUT_S: Final = 30.0
MOST_TRIES: Final = 4
AGAIN: Final = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
"""The outcome is unknown or nothing happened; the same definition again is safe."""
LONGEST_CHANGES: Final = 20
_ABSENT: Final = object()


class Refused(WrongSettings):
    """The admin door did not take a document; the text says which, where and why."""


class Applied(NamedTuple):
    """What became of one document."""

    document: Document
    result: str
    """`created`, `changed` or `unchanged`."""
    version: int
    changes: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """For people."""
        if self.result == "unchanged":
            return f"{self.document.title} unchanged"
        line = f"{self.document.title} {self.result} (version {self.version})"
        more = len(self.changes) - LONGEST_CHANGES
        shown = [*self.changes[:LONGEST_CHANGES], *([f"and {more} more"] if more > 0 else [])]
        return f"{line}: {'; '.join(shown)}" if shown else line


async def apply(
    documents: Sequence[Document], gateway: str, key: str, tell: Callable[[Applied], None]
) -> list[Applied]:
    """Put every document, in the given order, until one is refused.

    Args:
        documents: checked, in an order in which they can be applied.
        gateway: such as `http://127.0.0.1:8080`.
        key: the admin door's bearer.
        tell: called after each.

    Raises:
        Refused: a document was refused; those before it stand, those after it were not sent.
        WrongSettings: the gateway cannot be reached.
    """
    done = []
    try:
        async with httpx.AsyncClient(base_url=gateway, timeout=TIMEOUT_S, trust_env=False) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            for document in documents:
                done.append(await _put(client, document))
                tell(done[-1])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise WrongSettings(
            f"the gateway at {gateway} cannot be reached: {why}; start it or correct --gateway"
        ) from None
    return done


async def _put(client: httpx.AsyncClient, document: Document) -> Applied:
    path = f"/admin/v1/definitions/{quote(document.kind, safe='')}/{quote(document.key, safe='')}"
    headers = {"X-Tenant": document.tenant} if document.tenant else {}
    before = await _asked(client, document, "GET", path, headers)
    after = await _asked(client, document, "PUT", path, headers, {"spec": document.spec})
    assert after is not None
    if not after["changed"]:
        return Applied(document, "unchanged", after["version"])
    if before is None:
        return Applied(document, "created", after["version"])
    return Applied(document, "changed", after["version"], tuple(changes(before["spec"], after["spec"])))


async def _asked(
    client: httpx.AsyncClient, document: Document, method: str, path: str, headers: dict[str, str], body: Any = None
) -> dict[str, Any] | None:
    for tried in range(1, MOST_TRIES + 1):
        answer = await client.request(method, path, headers=headers, json=body)
        if answer.status_code not in AGAIN or tried == MOST_TRIES:
            break
    if method == "GET" and answer.status_code == HTTPStatus.NOT_FOUND:
        return None
    if answer.is_success:
        shown: dict[str, Any] = answer.json()
        return shown
    raise Refused(_refusal(document, answer))


def _refusal(document: Document, answer: httpx.Response) -> str:
    try:
        told = answer.json()
        why, path = str(told["error"]), told.get("path")
    except (ValueError, KeyError, TypeError):
        why, path = answer.text[:200] or answer.reason_phrase, None
    return f"{place_of(document, path)}: {document.title} was refused ({answer.status_code}): {why}"


def changes(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Every field that differs, as `prizes[0].weight: 60 → 70`."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            step = f"{path}.{name}" if path else str(name)
            yield from changes(before.get(name, _ABSENT), after.get(name, _ABSENT), step)
    elif isinstance(before, list) and isinstance(after, list):
        for place in range(max(len(before), len(after))):
            was, now = (side[place] if place < len(side) else _ABSENT for side in (before, after))
            yield from changes(was, now, f"{path}[{place}]")
    elif before is _ABSENT:
        yield f"{path}: added {after!r}"
    elif after is _ABSENT:
        yield f"{path}: removed"
    elif before != after:
        yield f"{path}: {before!r} → {after!r}"
