"""A bet is a whole round: what comes up is decided with it, paid to the unit, and shown only once it is decided."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.rgs.games.bet import Ended
from services.rgs.games.game import Chance, Terms, fraction_text, rounded
from services.rgs.games.registry import GAMES, game_of
from shared.messages.game import Slug
from shared.messages.games.mines import MinesCashout
from shared.messages.play import Shown
from shared.shapes import Refused
from tests.specs.bet_words import ALPHA, BETS, CODES, question_of

OUTCOMES: Final = {
    "dice": ("roll",),
    "limbo": ("outcome",),
    "wheel": ("outcome",),
    "plinko": ("path", "slot"),
    "keno": ("drawn",),
}
"""What a game hides until the stake is taken."""

SHOWN: Final[TypeAdapter[Any]] = TypeAdapter(Shown)

bets = st.sampled_from(sorted(BETS)).flatmap(lambda slug: st.tuples(st.just(slug), BETS[slug]))
chances = st.builds(
    Chance, st.text("0123456789abcdef", min_size=64, max_size=64), st.just("client"), st.integers(0, 99)
)
codes = st.sampled_from(sorted(CODES.values())).map(Terms)


def ended(slug: Slug, bet: Any, chance: Chance, terms: Terms = ALPHA) -> Ended[Any]:
    state = game_of(slug).open_(bet, chance, terms)
    assert isinstance(state, Ended)
    return state


def test_every_game_is_found_by_what_it_is_called() -> None:
    assert all(game_of(slug) is game and game.slug == slug for slug, game in GAMES.items())
    assert set(BETS) <= set(GAMES)


@for_all(bets, chances, codes)
def test_a_bet_is_settled_at_once_to_the_unit_and_never_above_its_best_case(
    placed: tuple[Slug, Any], chance: Chance, terms: Terms
) -> None:
    slug, bet = placed
    game = game_of(slug)
    state = ended(slug, bet, chance, terms)
    settlement, best = game.settled(state, terms), game.best(bet, terms)
    assert settlement is not None
    assert best is not None
    assert settlement.payout == rounded(bet.amount, settlement.multiplier)
    assert 0 <= settlement.payout <= best
    assert game.staked(state) == bet.amount


@for_all(bets, chances, codes)
def test_the_same_seeds_come_to_the_same_and_whoever_asks_what_they_come_to_is_told_it(
    placed: tuple[Slug, Any], chance: Chance, terms: Terms
) -> None:
    slug, bet = placed
    game = game_of(slug)
    state = ended(slug, bet, chance, terms)
    assert ended(slug, bet, chance, terms) == state
    verified = game.verify(question_of(bet), chance, terms)
    assert not isinstance(verified, Refused)
    told = verified.model_dump()
    shown = game.shown(state, terms).model_dump()
    assert {name: told[name] for name in told if name in shown} == {name: shown[name] for name in told if name in shown}
    assert set(OUTCOMES[slug]) <= set(told)
    settlement = game.settled(state, terms)
    assert settlement is not None
    assert told.get("multiplier", fraction_text(settlement.multiplier)) == fraction_text(settlement.multiplier)


@for_all(bets, chances)
def test_of_a_bet_whose_stake_is_not_taken_nothing_is_seen_that_came_up(
    placed: tuple[Slug, Any], chance: Chance
) -> None:
    slug, bet = placed
    game = game_of(slug)
    covered = game.covered(bet)
    after = game.shown(ended(slug, bet, chance), ALPHA)
    assert not set(OUTCOMES[slug]) & set(covered.model_dump(exclude_defaults=True))
    assert set(OUTCOMES[slug]) <= set(after.model_dump(exclude_defaults=True))
    assert covered.model_dump(exclude=set(OUTCOMES[slug])) == after.model_dump(exclude=set(OUTCOMES[slug]))


@for_all(bets, chances)
def test_what_is_shown_can_stand_in_a_round(placed: tuple[Slug, Any], chance: Chance) -> None:
    slug, bet = placed
    shown = game_of(slug).shown(ended(slug, bet, chance), ALPHA)
    assert SHOWN.validate_json(shown.model_dump_json()) == shown


@for_all(bets, chances)
def test_nobody_goes_on_with_a_bet_or_cashes_it_out(placed: tuple[Slug, Any], chance: Chance) -> None:
    slug, bet = placed
    game = game_of(slug)
    state = ended(slug, bet, chance)
    assert game.moves == ()
    assert game.move(state, MinesCashout(), chance, ALPHA) == Refused("invalid_request_type")
    assert game.worth(state, ALPHA) is None
    assert game.cashed(state) == state


@pytest.mark.parametrize(
    ("amount", "multiplier", "payout"),
    [
        (  1, "1.5",      2),
        (  3, "1.5",      4),
        (  5, "0.5",      2),
        (  7, "0.5",      4),
        (100, "9900/4999", 198),
        (  1, "0.4999",   0),
        (  0, "1000",     0),
    ],
)  # fmt: skip
def test_a_payout_is_rounded_half_to_even(amount: int, multiplier: str, payout: int) -> None:
    assert rounded(amount, Fraction(multiplier)) == payout
