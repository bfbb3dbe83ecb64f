"""Checks one draw with the code that shares nothing with the code that drew."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from shared.fair.checker import Check, check_file, proven, table_of
from shared.settings import WrongSettings

KINDS: Final = {
    "lootbox": "prizes", "mini_game": "prizes", "wheel": "segments", "activity": "segments", "raffle": None,
    "crate": None,
}  # fmt: skip
"""What draws, and the field of its definition that holds its prize table; None where the reply has all it needs."""
CRATE: Final = "crate"
"""The proof of a crate also says of which crate it is."""
DRAWN_AS: Final = {"mini_game": "mini-game", "activity": "spin-wheel"}
"""What a definition of these kinds is called in the message that the number is made from."""
TIMEOUT_S: Final = 30.0


def read_draw(source: str) -> dict[str, Any]:
    """The JSON of a file, or of standard input for `-`. Raises WrongSettings."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        draw = json.loads(text)
    except OSError as error:
        raise WrongSettings(f"{source} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise WrongSettings(f"{source} is not JSON: {error}") from None
    if not isinstance(draw, dict):
        raise WrongSettings(f"{source} does not hold a draw: it must be a JSON object")
    return draw


def completed(draw: Mapping[str, Any], kind: str, key: str | None, gateway: str, admin_key: str) -> dict[str, Any]:
    """A door's reply, completed with the prize table of the definition that drew, asked at the admin door.

    A raffle has none and a crate's proof has its own, so nobody is asked.

    Raises:
        WrongSettings: the gateway does not answer, or has another version of the definition now.
    """
    if kind == CRATE:
        return {**proven(draw), "kind": CRATE}
    if key is None:
        raise WrongSettings("name what drew with --entity, such as --entity starter-box")
    if kind not in KINDS:
        raise WrongSettings(f"nothing of kind {kind!r} draws; known are {', '.join(KINDS)}")
    table = KINDS[kind]
    named = {**proven(draw), "kind": DRAWN_AS.get(kind, kind), "key": key}
    if table is None:
        return named
    shown = _shown(kind, key, gateway, admin_key)
    if not shown["spec"].get(table):
        raise WrongSettings(f"{kind} {key} has no {table}, so nothing can have been drawn from it")
    version = named.get("definition_version")
    if version not in (None, shown["version"]):
        raise WrongSettings(
            f"{kind} {key} has version {shown['version']} now, but version {version} drew; "
            f"`fairground replay --type definition.changed --stream definition/` shows every version"
        )
    return {**named, table_of(named["kind"]): shown["spec"][table]}


def _shown(kind: str, key: str, gateway: str, admin_key: str) -> dict[str, Any]:
    """What the admin door says of a definition. Raises WrongSettings."""
    url = f"{gateway}/admin/v1/definitions/{quote(kind, safe='')}/{quote(key, safe='')}"
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {admin_key}"}, timeout=TIMEOUT_S, trust_env=False)
        found: dict[str, Any] = answer.raise_for_status().json()
    except httpx.HTTPStatusError as error:
        raise WrongSettings(f"the gateway does not show {kind} {key}: {error.response.text[:200]}") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise WrongSettings(f"the gateway at {gateway} cannot be reached: {error}") from None
    return found


def verified(draw: Mapping[str, Any]) -> Check:
    """Recompute a draw. Raises WrongSettings if something needed is missing."""
    draw = proven(draw)
    needed = ("kind", "key", "server_seed", "server_seed_hash", table_of(str(draw.get("kind"))))
    missing = [name for name in needed if name not in draw]
    if missing:
        raise WrongSettings(f"the draw lacks {', '.join(missing)}; a reply alone needs --reply")
    result = check_file(draw)
    if draw.get("committed_hash") not in (None, draw["server_seed_hash"]):
        promised = "the hash seen before the draw is not the one that was told with it"
        return result._replace(problems=(*result.problems, promised))
    return result


def verdict(result: Check) -> list[str]:
    """What was found, in plain words."""
    if result.row is None:
        return [f"does NOT match: {problem}" for problem in result.problems]
    prize = json.dumps(dict(result.row), ensure_ascii=False)
    rolled = f"roll {result.roll} of {result.total_weight} (counter {result.counter}) wins row {result.winner}: {prize}"
    if result.ok:
        return ["hash matches: the seed is the one that was promised", f"prize matches: {rolled}"]
    return [*(f"does NOT match: {problem}" for problem in result.problems), rolled]
