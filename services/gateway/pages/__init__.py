"""Pages for people, to play at and to check what was played; each is a single file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, get_args

from shared.fair.round_checker.terms import PUBLISHED
from shared.messages.game import Slug

FOLDER: Final = Path(__file__).parent
CLIENTS: Final = {"dice": "Dice", "mines": "Mines", "plinko": "Plinko"}
"""Games that have a client here, and their titles."""
WITHOUT: Final = tuple(slug for slug in get_args(Slug) if slug not in CLIENTS)
"""Games that an operator's own client plays."""


class Still(NamedTuple):
    """A page as it is served."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def pages() -> Mapping[str, Still]:
    """Every page by its path."""
    found = {"/verify": _page("verify.html", ("page.css", "verify.css"), ("round_checker.js", "verify.js"), {})}
    for slug, title in CLIENTS.items():
        named = {"slug": slug, "title": title}
        found[f"/play/{slug}"] = _page("play.html", ("page.css", "play.css"), (f"play_{slug}.js", "play.js"), named)
    for slug in WITHOUT:
        found[f"/play/{slug}"] = _page("no_client.html", ("page.css",), (), {"slug": slug}, status=404)
    return found


def _page(
    file: str, styles: tuple[str, ...], scripts: tuple[str, ...], named: Mapping[str, str], status: int = 200
) -> Still:
    """One file, and the rules under which a browser runs what is in it and nothing else."""
    style, script = _joined(styles), _joined(scripts)
    parts = {**named, "style": style, "script": script, "tables": PUBLISHED.read_text(encoding="utf-8")}
    body = (FOLDER / file).read_text(encoding="utf-8")
    for name, text in parts.items():
        body = body.replace("{{" + name + "}}", text)
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; connect-src 'self'; "
        f"style-src {_hash(style)}; script-src {_hash(script)}"
    )
    headers = (
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    )
    return Still(status, body.encode(), headers)


def _joined(files: tuple[str, ...]) -> str:
    return "".join((FOLDER / file).read_text(encoding="utf-8") for file in files)


def _hash(text: str) -> str:
    """How a policy names one text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
