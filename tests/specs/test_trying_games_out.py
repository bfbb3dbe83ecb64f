"""A game tried out very often comes to what was counted exactly; and the test of that sees a game that does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import erfc, exp, sqrt

import pytest

from services.rgs.games.game import Chance, Terms
from services.rgs.simulation import SHARE, Job, simulate
from services.rgs.trial.chi_square import chance_above, chi_square
from services.rgs.trial.known import TRIALS, plan_of
from services.rgs.trial.plan import STAKE, BadStrategy
from services.rgs.trial.tally import summary
from shared.messages.game import GameSpec, Slug

TERMS = Terms(Fraction(99, 100))
SEED = "def"
STRATEGIES: list[tuple[Slug, str]] = [
    ("dice",      "side=under,line=100"),
    ("limbo",     "hundredths=1000"),
    ("plinko",    "rows=8,risk=high"),
    ("keno",      "picks=10,difficulty=high"),
    ("wheel",     "segments=10,difficulty=low"),
    ("baccarat",  "on=tie"),
    ("mines",     "grid=64,mines=10,open=54"),
    ("hilo",      "guesses=12"),
    ("towers",    "difficulty=master,rows=9"),
    ("blackjack", "play=dealer"),
]  # fmt: skip


def job(slug: Slug, strategy: str = "") -> Job:
    return Job.of(GameSpec(title="Game", slug=slug, rtp="0.99"), strategy, SEED)


@pytest.mark.parametrize("slug", TRIALS)
def test_every_game_comes_to_what_was_counted(slug: Slug) -> None:
    heard: list[int] = []
    result = simulate(job(slug), 4_000, 1, heard.append)
    figures = result.figures
    assert sum(heard) == figures.rounds == 4_000
    assert figures.fit.p > 0.001
    assert result.rtp is not None
    assert abs(figures.rtp - result.rtp) < 2.5 * (figures.high - figures.low) / 2


@pytest.mark.parametrize("slug", TRIALS)
def test_what_should_come_up_adds_up_to_one(slug: Slug) -> None:
    strategies = ["", *(strategy for one, strategy in STRATEGIES if one == slug)]
    for strategy in strategies:
        assert sum(plan_of(slug, strategy, TERMS).expected.values()) == 1


@pytest.mark.parametrize(("slug", "strategy"), STRATEGIES)
def test_every_game_can_be_played_otherwise(slug: Slug, strategy: str) -> None:
    result = simulate(job(slug, strategy), 300, 1, lambda _: None)
    assert result.strategy == strategy
    assert (result.rtp is None) is (slug == "blackjack")
    assert result.figures.fit.p > 0.0001


def test_several_processes_come_to_the_same_as_one() -> None:
    rounds = SHARE + 1_000
    alone = simulate(job("dice"), rounds, 1, lambda _: None)
    assert simulate(job("dice"), rounds, 2, lambda _: None) == alone


def test_a_game_that_pays_what_it_should_not_is_seen() -> None:
    plan = plan_of("dice", "", TERMS)
    counted = Counter(plan.play(SEED, nonce) for nonce in range(4_000))
    generous = Counter({(label, staked, paid * 11 // 10): n for (label, staked, paid), n in counted.items()})
    assert summary(counted, plan.expected, STAKE).holds(TERMS.rtp)
    assert not summary(generous, plan.expected, STAKE).holds(TERMS.rtp)


def test_chance_that_leans_to_one_side_is_seen() -> None:
    plan = plan_of("wheel", "segments=10", TERMS)
    leaning = replace(plan, label=lambda state: min(9, state.outcome + (state.outcome % 3 == 0)))
    counted = Counter(leaning.play(SEED, nonce) for nonce in range(4_000))
    assert summary(counted, plan.expected, STAKE).fit.p < 1e-6


def test_what_can_never_come_up_and_does_is_seen_at_once() -> None:
    expected: dict[Hashable, Fraction] = {"heads": Fraction(1), "edge": Fraction(0)}
    assert chi_square({"heads": 9, "edge": 1}, expected).p == 0
    assert chi_square({"heads": 9, "tails": 1}, expected).p == 0


def test_what_should_come_up_too_seldom_is_counted_together() -> None:
    expected: dict[Hashable, Fraction] = {"often": Fraction(97, 100), "a": Fraction(1, 100), "b": Fraction(2, 100)}
    assert chi_square({"often": 97, "a": 3}, expected) == (0.0, 0, 1.0)
    assert chi_square({"often": 960, "a": 20, "b": 20}, expected).freedom == 2
    assert chi_square({"often": 1}, {"often": Fraction(1)}) == (0.0, 0, 1.0)


@pytest.mark.parametrize(("statistic", "freedom"), list(product((0.0, 0.1, 1.0, 3.0, 9.0, 40.0, 400.0), (1, 2, 4))))
def test_the_chance_of_straying_so_far_is_that_of_the_books(statistic: float, freedom: int) -> None:
    """In closed form: erfc for one degree of freedom, e^(-x/2) for two, and (1 + x/2) e^(-x/2) for four."""
    half = statistic / 2
    closed = {1: erfc(sqrt(half)), 2: exp(-half), 4: (1 + half) * exp(-half)}[freedom]
    assert chance_above(statistic, freedom) == pytest.approx(closed, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("slug", "strategy", "says"),
    [
        ("dice",   "over",            "is not understood"),
        ("dice",   "above=5",         "is not understood"),
        ("dice",   "line=9999",       "from 0 to 9998"),
        ("dice",   "side=beside",     "must be one of OVER, UNDER"),
        ("dice",   "line=-1",         "whole number"),
        ("wheel",  "segments=11",     "must be one of 10, 20"),
        ("mines",  "mines=25",        "from 1 to 24"),
        ("mines",  "open=23",         "from 1 to 22"),
    ],
)  # fmt: skip
def test_a_strategy_that_makes_no_sense_is_said_plainly(slug: Slug, strategy: str, says: str) -> None:
    with pytest.raises(BadStrategy, match=says):
        plan_of(slug, strategy, TERMS)


def test_an_opening_that_the_game_refuses_is_no_strategy() -> None:
    plan = plan_of("mines", "", TERMS)
    with pytest.raises(BadStrategy, match="refuses"):
        replace(plan, opening=plan.opening.model_copy(update={"fields": (1, 1)})).check()
    assert Chance(SEED, "", 0).numerator(0) >= 0


def test_insurance_is_never_bought_when_blackjack_is_tried_out() -> None:
    for play in ("best", "dealer"):
        plan = plan_of("blackjack", f"play={play}", TERMS)
        seen = {label for label, staked, _ in (plan.play(SEED, nonce) for nonce in range(400)) if staked % STAKE}
        assert not seen
