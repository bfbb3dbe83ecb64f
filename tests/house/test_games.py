"""Every game stands in every list that has all of them: whoever adds one is told what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, get_args

import pytest

from services.gateway.rgs.games.registry import MANNERS
from services.rgs.games.registry import GAMES
from services.rgs.trial.known import TRIALS
from shared.fair.round_checker import check
from shared.messages import play
from shared.messages.game import Slug
from tests.tree import ROOT

SLUGS: Final = set(get_args(Slug))


def slugs_in(union: Any) -> set[str]:
    """Whose messages these are: an act is called `dice.bet`, everything else says its game."""
    models = get_args(get_args(union)[0])
    named = (model.model_fields.get("game") or model.model_fields["act"] for model in models)
    return {field.default.partition(".")[0] for field in named}


@pytest.mark.parametrize(
    ("where", "known"),
    [
        ("services/rgs/games/registry.py",            GAMES),
        ("services/gateway/rgs/games/registry.py",    MANNERS),
        ("services/rgs/trial/known.py",               TRIALS),
        ("shared/fair/round_checker/check.py",        check.GAMES),
        ("shared/messages/play.py, Opening",          slugs_in(play.Opening)),
        ("shared/messages/play.py, Shown",            slugs_in(play.Shown)),
        ("shared/messages/play.py, Verify",           slugs_in(play.Verify)),
        ("shared/messages/play.py, Verified",         slugs_in(play.Verified)),
    ],
)  # fmt: skip
def test_a_list_of_games_has_all_of_them(where: str, known: Iterable[str]) -> None:
    assert set(known) == SLUGS, where


@pytest.mark.parametrize("slug", sorted(SLUGS))
def test_a_game_is_explained_and_can_be_checked_in_a_browser(slug: str) -> None:
    fairness = (ROOT / "docs/fairness.md").read_text(encoding="utf-8")
    page = ROOT / "services/gateway/pages"
    assert f"\n| {slug} | " in fairness, "docs/fairness.md says what comes up"
    assert f"\n  {slug}(" in (page / "round_checker.js").read_text(encoding="utf-8")
    assert (page / "verify.js").read_text(encoding="utf-8").count(f" {slug}: [") == 2, "its codes, and its fields"
