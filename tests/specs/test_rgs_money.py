"""Whatever a player does and however a wallet fails, stake, payout, state and money say the same in the end."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from shared.messages.game import Slug
from shared.messages.operator import BetLimits
from tests.specs.rounds_of_games import OPENINGS
from tests.specs.table_walk import Walk, nonces_of
from tests.specs.table_words import HOUSE, operator, seated, seed_of, table_in

choices = some.lists(some.integers(0, 10**6), min_size=1, max_size=60)
free = operator.model_copy(update={"limits": BetLimits()})
capped = operator.model_copy(update={"limits": BetLimits(max_win="20000000")})


@pytest.mark.parametrize("callback", [False, True], ids=["internal", "callback"])
@pytest.mark.parametrize("slug", get_args(Slug))
@settings(max_examples=30)
@for_all(data=some.data())
def test_every_round_adds_up(slug: Slug, callback: bool, data: some.DataObject) -> None:
    opening = data.draw(OPENINGS[slug])
    limits = data.draw(some.sampled_from([free, capped]))
    story = seated(slug, "callback" if callback else "internal").defined(HOUSE, limits, 2)
    walk = Walk(story, slug, opening, callback=callback)  # type: ignore[arg-type]
    for choice in data.draw(choices):
        walk.step(choice)
    walk.settle()
    for round_ in walk.rounds.values():
        assert round_.status in ("settled", "voided", "open"), "nothing waits for ever"
        assert walk.book.taken[round_.round_id] == round_.stake
        assert walk.book.given[round_.round_id] == round_.payout
        assert round_.status == "settled" or round_.payout == 0
        assert round_.max_win is None or round_.payout <= round_.max_win
    for spent in nonces_of(list(walk.rounds.values())).values():
        assert spent == list(range(len(spent))), "a nonce is spent once, and none is left out"
    assert all(count == 1 for count in walk.answers.values()), "every wish has one answer"
    if walk.rounds:
        _no_seed_was_told_too_early(walk, slug)


def _no_seed_was_told_too_early(walk: Walk, slug: str) -> None:
    number = table_in(walk.story, slug).active.number
    for unrevealed in (seed_of(slug, number).value, seed_of(slug, number + 1).value):
        assert not any(unrevealed in text for text in walk.texts)
