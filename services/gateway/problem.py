"""Why a request is not granted, said once inside the house and then in each door's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import orjson
import structlog

Headers = tuple[tuple[bytes, bytes], ...]

INTERNAL: Final = "internal_error"
LONGEST_TEXT: Final = 400
_MS_A_SECOND: Final = 1_000

log = structlog.get_logger(__name__)


class Problem(Exception):
    """A request that is not granted. `code` is a service's refusal or one of OWN; a door's table tells the rest."""

    def __init__(
        self,
        code: str,
        text: str | None = None,
        *,
        path: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Headers = (),
    ) -> None:
        super().__init__(text or code)
        self.code = code
        self.text = text
        self.path = path
        self.details = details or {}
        self.headers = headers


def again_after(ms: int) -> Headers:
    """`Retry-After`, in whole seconds and never too soon."""
    return ((b"retry-after", b"%d" % -(-ms // _MS_A_SECOND)),)


OWN: Final = frozenset(
    {
        "auth_required",
        "auth_invalid",
        "scope_denied",
        "tenant_suspended",
        "rate_limited",
        "invalid",
        "too_large",
        "no_route",
        "no_method",
        "unavailable",
        "no_answer",
        INTERNAL,
    }
)
"""What the gateway itself can have against a request; every door has words for each."""


class Words(NamedTuple):
    """What a door says to one problem. The text may name details, such as `{asset}`."""

    status: int
    code: str
    text: str


class Dialect:
    """One door's words for every problem, and the form it puts them in."""

    def __init__(
        self, door: str, words: Mapping[str, Words], body: Callable[[str, str, Problem], Mapping[str, Any]]
    ) -> None:
        """Take the words by problem code; `body` makes the answer's body of (code, text, problem)."""
        missing = OWN - words.keys()
        if missing:
            raise ValueError(f"the door {door!r} has no words for {', '.join(sorted(missing))}")
        self._door, self._words, self._body = door, words, body

    def answer(self, problem: Problem) -> tuple[int, bytes]:
        """Status and body. A code without words is a defect: it is logged, and the caller hears of an inner error."""
        words = self._words.get(problem.code)
        if words is None:
            log.error("a refusal without words", door=self._door, code=problem.code, details=dict(problem.details))
            problem, words = Problem(INTERNAL), self._words[INTERNAL]
        text = problem.text or words.text.format_map(_Details(problem.details))
        return words.status, orjson.dumps(self._body(words.code, text[:LONGEST_TEXT], problem))


class _Details(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return name
