"""Every door has words for everything that can stand in the way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from services.gateway.activities.errors import WORDS as ACTIVITIES_WORDS
from services.gateway.admin.errors import DIALECT as ADMIN
from services.gateway.admin.errors import WORDS as ADMIN_WORDS
from services.gateway.engagement.errors import DIALECT as ENGAGEMENT
from services.gateway.engagement.errors import WORDS as ENGAGEMENT_WORDS
from services.gateway.problem import OWN, Dialect, Problem, Words
from services.gateway.rgs.errors import WORDS as RGS_WORDS
from services.gateway.sdk.errors import WORDS as GAMES_WORDS
from tests.tree import ROOT, python_files

NOT_SAID_HERE = {
    "engagement": {"invalid_definition", "no_definition"},
    # What is refused to another engine, and an attempt whose answer the door looks up itself.
    "activities": {"attempt_closed", "invalid_amount", "not_given", "too_many_returned", "unknown_asset"},
    "admin": {"limit_exceeded"},
    "games": set(),
    "rgs": {"balance_limit", "unknown_asset"},
}
"""What a door never hears, since it never asks for it. A new refusal is placed here, or given words."""
ENGINES = Path("services/engines")
OF_ACTIVITIES = ("activity", "activity_session", "reward")
OF_WHEELS = ("wheel",)
OF_GAMES = (
    *(f"services/leaderboards/{noun}" for noun in ("board", "entrant", "event", "lobby", "season")),
    *(f"services/ledger/{noun}" for noun in ("entry", "grant", "player/account.py")),
)
RGS = "services/rgs"
NOT_ASKED = {
    "engagement": (RGS, *OF_GAMES, *(str(ENGINES / noun) for noun in (*OF_ACTIVITIES, *OF_WHEELS))),
    "activities": (
        RGS,
        *OF_GAMES,
        "services/leaderboards",
        "services/ledger/definition",
        "services/ledger/wallet",
        *(
            str(ENGINES / one.name)
            for one in (ROOT / ENGINES).iterdir()
            if one.name not in (*OF_ACTIVITIES, "guest.py")
        ),
    ),
    "admin": (RGS, *OF_GAMES, "services/engines", "services/leaderboards"),
    "games": (RGS, "services/engines", "services/leaderboards/tournament", "services/ledger/definition"),
    "rgs": (*OF_GAMES, "services/engines", "services/leaderboards", "services/ledger/definition"),
}
"""The services, or nouns of them, that a door says nothing to."""


def refusals(*without: str) -> Iterator[tuple[str, Path]]:
    """Every code that a decider or a worker refuses with, but for what stands in these folders."""
    for path in python_files("services", "shared"):
        if str(path.relative_to(ROOT)).startswith(without):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for code in codes(node.func.id, node):
                    assert isinstance(code.value, str)
                    yield code.value, path


def codes(called: str, node: ast.Call) -> list[ast.Constant]:
    """The refusals that this call names: as `Refused(code)`, or as the terms of a draw."""
    named = [word.value for word in node.keywords if called == "Terms" and word.arg == "unknown"]
    return [
        code for code in (*node.args[:1], *named) if isinstance(code, ast.Constant) and called in ("Refused", "Terms")
    ]


def test_the_refusals_were_found() -> None:
    found = {code for code, _ in refusals()}
    assert {"no_player", "insufficient_balance", "idempotency_conflict", "deadline_passed", "no_lootbox"} <= found


@pytest.mark.parametrize(
    ("door", "words"),
    [
        ("engagement", ENGAGEMENT_WORDS),
        ("activities", ACTIVITIES_WORDS),
        ("admin", ADMIN_WORDS),
        ("games", GAMES_WORDS),
        ("rgs", RGS_WORDS),
    ],
)
def test_a_door_has_words_for_every_refusal_that_it_can_hear(door: str, words: dict[str, Words]) -> None:
    speechless = {code: path.relative_to(ROOT) for code, path in refusals(*NOT_ASKED[door]) if code not in words}
    assert speechless.keys() == NOT_SAID_HERE[door], speechless


def test_a_code_without_words_is_an_inner_error_and_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    status, body = ENGAGEMENT.answer(Problem("something_new", details={"a": 1}))
    assert (status, orjson.loads(body)["code"]) == (500, "INTERNAL")
    assert "something_new" in capsys.readouterr().out


def test_a_door_that_cannot_say_what_the_gateway_says_is_not_built() -> None:
    for missing in OWN:
        words = {code: said for code, said in ENGAGEMENT_WORDS.items() if code != missing}
        with pytest.raises(ValueError, match=missing):
            Dialect("half", words, lambda code, text, _: {"code": code, "error": text})


def test_details_stand_in_the_text_and_a_missing_one_breaks_nothing() -> None:
    status, body = ENGAGEMENT.answer(Problem("player_blocked", details={"status": "closed"}))
    assert (status, orjson.loads(body)["error"]) == (409, "the player's status does not allow this: closed")
    assert ENGAGEMENT.answer(Problem("player_blocked"))[0] == 409


def test_a_text_is_never_read_as_a_pattern() -> None:
    body = orjson.loads(ADMIN.answer(Problem("invalid", "spec.{kind}: no", path="spec.{kind}"))[1])
    assert body == {"error": "spec.{kind}: no", "code": "VALIDATION", "path": "spec.{kind}"}
