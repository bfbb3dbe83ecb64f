"""Reads a round as it is told: by `GET /game/round/{id}` with the revealed seed, by the log, or written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.fair.round_checker.asked import Unreadable
from shared.fair.round_checker.terms import slug_of

OUTCOMES = {"dice": "roll", "plinko": "slot", "keno": "resultTiles"}
"""What the `result` of these games' states is."""
TERMS = ("slug", "rtp", "table", "maxWin")
"""What is told of a round beside what it came to."""
KEPT = (*TERMS, "tables", "committedHash")
"""What may be added to an answer by whoever checks it."""


def question(said: Any) -> dict[str, Any]:
    """What `check` takes, of an answer; what is such a question already stays as it is.

    Raises:
        Unreadable: it is neither.
    """
    if not isinstance(said, Mapping):
        raise Unreadable("it is not a JSON object")
    if "round" not in said:
        return dict(said)
    details, seed, data = (_part(said, name) for name in ("round", "seed", "roundData"))
    code = said.get("gameId") or details.get("gameId")
    if not isinstance(code, str):
        raise Unreadable("gameId is missing: which game code it was, such as dice-alpha")
    if seed.get("serverSeed") is None:
        raise Unreadable("the server seed is not revealed yet: rotate the seeds, then ask for the round again")
    result = details.get("result")
    if not isinstance(result, Mapping):
        raise Unreadable("the round has no result: it is void, or not over yet")
    terms = {name: details[name] for name in TERMS if details.get(name) is not None}
    return {
        "game": code,
        **{name: seed.get(name) for name in ("serverSeed", "serverHash", "clientSeed", "nonce")},
        "bet": data,
        "state": _state(terms.get("slug", slug_of(code)), _part(said, "state")),
        **result,
        **terms,
        **{name: said[name] for name in KEPT if name in said},
    }


def _state(slug: str, state: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(state)
    if slug in OUTCOMES and "result" in told:
        told[OUTCOMES[slug]] = told.pop("result")
    if slug == "blackjack":
        told["insured"] = told.get("insurance") is not None
    return told


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    if not isinstance(part, Mapping):
        raise Unreadable(f"{name} is missing")
    return part
