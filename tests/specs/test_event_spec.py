"""What an operator says of an event makes sense, or is refused with what is wrong about it."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given as having
from hypothesis import strategies as some
from pydantic import ValidationError

from services.leaderboards.entrant.scoring import score_of
from shared.messages.base import Reference
from shared.messages.event_spec import LARGEST_NUMBER, EventSpec, Metric, micros_of
from shared.money import MICRO
from tests.specs.event_words import MICRO as UNIT
from tests.specs.event_words import metric, run

DAILY: dict[str, Any] = {"mode": "recurring", "cron": "0 0 * * *"}
ONE: dict[str, Any] = {"name": "Run", "metrics": [{"key": "distance"}], "windows": DAILY}
COINS: dict[str, Any] = {"type": "currency", "asset": "coins", "amount": 5}


def read(**other: Any) -> EventSpec:
    return EventSpec.model_validate_json(json.dumps({**ONE, **other}))


def two(**other: Any) -> dict[str, Any]:
    return {"metrics": [{"key": "kills"}, {"key": "deaths", **other}]}


# (number as it is written, as it is kept)
NUMBERS = [
    (10, "10"),
    ("10.0", "10"),
    (1.5, "1.5"),
    ("-0.50", "-0.5"),
    ("0.000001", "0.000001"),
    ("-0", "0"),
    (-0.0, "0"),
    (10**12, "1000000000000"),
    (1e12, "1000000000000"),
    ("999999999999.999999", "999999999999.999999"),
    ("1E+3", "1000"),
]


@pytest.mark.parametrize(("written", "kept"), NUMBERS)
def test_numbers_are_kept_exactly_in_their_shortest_form(written: object, kept: str) -> None:
    target = read(metrics=[{"key": "distance", "target": written}]).metrics[0].target
    assert str(target) == kept


# (what is written, what is wrong about it)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"metrics": []}, "at least 1"),
    ({"metrics": [{"key": "a b"}]}, "pattern"),
    ({"metrics": [{"key": "a", "target": "1.0000001"}]}, "more than 6 decimals"),
    ({"metrics": [{"key": "a", "target": LARGEST_NUMBER + 1}]}, "must be a number between"),
    ({"metrics": [{"key": "a", "target": "Infinity"}]}, "finite"),
    ({"metrics": [{"key": "a", "target": 1234567890.5}]}, "as text"),
    ({"metrics": [{"key": "a", "target": "many"}]}, "decimal number"),
    ({"metrics": [{"key": "a", "target": True}]}, "Decimal"),
    ({"metrics": [{"key": "a"}, {"key": "a"}]}, "same key"),
    (two(reset_on="lives"), "'lives', which is none of the metrics"),
    (two(reset_on="deaths"), "'itself'"),
    ({**two(), "type": "single_metric"}, "one metric"),
    ({**two(), "formula": "kills / lives"}, "formula names 'lives'"),
    ({"formula": "distance **"}, "cannot be read"),
    ({"windows": {"mode": "fixed", "starts_at": "2026-11-21T00:00:00Z", "ends_at": "2026-11-21T00:00:00Z"}}, "after"),
    ({"windows": {**DAILY, "cron": "0 0 * *"}}, "five cron fields"),
    ({"windows": {**DAILY, "cron": "0 0 * * * *"}}, "five cron fields"),
    ({"windows": {**DAILY, "cron": "@daily"}}, "five cron fields"),
    ({"windows": {**DAILY, "cron": "61 0 * * *"}}, "five cron fields"),
    ({"windows": {**DAILY, "cron": "R 0 * * *"}}, "five cron fields"),
    ({"windows": {**DAILY, "cron": "H 0 * * *"}}, "five cron fields"),
    ({"windows": {**DAILY, "cron": "0 0 30 2 *"}}, "never comes"),
    ({"windows": {**DAILY, "timezone": "Mars/Base"}}, "time zone"),
    ({"windows": {**DAILY, "duration_seconds": 0}}, "greater than or equal to 1"),
    ({"milestones": [{"key": "m", "metric": "height", "threshold": 1, "bundle": "b"}]}, "milestone m names 'height'"),
    ({"milestones": [{"key": "m", "metric": "distance", "threshold": 1}]}, "`entries` or a `bundle`"),
    (
        {"milestones": [{"key": "m", "metric": "distance", "threshold": 1, "bundle": "b", "entries": [COINS]}]},
        "`entries` or a `bundle`",
    ),
    ({"milestones": [{"key": "m/n", "metric": "distance", "threshold": 1, "bundle": "b"}]}, "pattern"),
    ({"milestones": [{"key": "m", "metric": "distance", "threshold": 1, "bundle": "b"}] * 2}, "same key"),
    ({"bots": {"metric": "height"}}, "bots.metric names 'height'"),
    ({"bots": {"per_minute": {"min": 2, "max": 1}}}, "min must not"),
    ({"bots": {"per_minute": {"min": -1, "max": 1}}}, "min must not"),
    ({"entry_cost": {"currencies": [{"key": "gems", "amount": 1}, {"key": "gems", "amount": 2}]}}, "twice"),
    ({"entry_cost": {"currencies": [{"key": f"c{n}", "amount": 1} for n in range(11)]}}, "at most 10"),
    (
        {"reward_policy": {"type": "rank_scaled", "tiers": [{"from_rank": 2, "to_rank": 1, "bundle": "b"}]}},
        "tiers must rise",
    ),
    (
        {"reward_policy": {"type": "rank_scaled", "tiers": [{"from_rank": 1, "to_rank": 1, "bundle": "b"}] * 2}},
        "tiers must rise",
    ),
    ({"leaderboard": {"mode": "lobby_matched", "capacity": 101}}, "less than or equal to 100"),
    ({"name": {}}, "name"),
]


@pytest.mark.parametrize(("written", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_makes_no_sense_is_refused(written: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        read(**written)


def test_the_type_follows_from_the_number_of_metrics_unless_it_is_given() -> None:
    assert read().metric_type == "single_metric"
    assert read(**two()).metric_type == "multi_metric"
    assert read(type="multi_metric").metric_type == "multi_metric"


def test_everything_that_it_names_must_exist() -> None:
    spec = read(
        entry_requirement={"any": [{"wallet": "gems", "at_least": 1}, {"inventory": "key"}]},
        entry_cost={"currencies": [{"key": "gems", "amount": 1}], "items": [{"key": "ticket", "quantity": 1}]},
        milestones=[
            {"key": "a", "metric": "distance", "threshold": 1, "bundle": "pack"},
            {
                "key": "b",
                "metric": "distance",
                "threshold": 1,
                "entries": [{"type": "item", "item": "sword", "quantity": 1}],
            },
        ],
        reward_policy={"type": "fixed_bundle", "bundle": "best"},
    )
    assert list(spec.references()) == [
        Reference("asset", "gems", "entry_cost.currencies[0].key"),
        Reference("item", "ticket", "entry_cost.items[0].key"),
        Reference("asset", "gems", "entry_requirement"),
        Reference("item", "key", "entry_requirement"),
        Reference("bundle", "pack", "milestones[0].bundle"),
        Reference("item", "sword", "milestones[1].entries[0].item"),
        Reference("bundle", "best", "reward_policy.bundle"),
    ]
    assert [cost.amount for cost in spec.costs] == [1, 1]
    assert (list(read().references()), read().costs) == ([], ())


# (policy, what it names)
POLICIES: list[tuple[dict[str, Any], list[Reference]]] = [
    ({"type": "none"}, []),
    ({"type": "fixed_bundle", "bundle": [COINS]}, [Reference("asset", "coins", "reward_policy.bundle[0].asset")]),
    (
        {"type": "rank_scaled", "tiers": [{"from_rank": 1, "to_rank": 3, "bundle": "b"}]},
        [Reference("bundle", "b", "reward_policy.tiers[0].bundle")],
    ),
    ({"type": "shared_pool", "pool": 9, "currency": "gems"}, [Reference("asset", "gems", "reward_policy.currency")]),
]


@pytest.mark.parametrize(("policy", "named"), POLICIES)
def test_a_policy_names_what_it_pays(policy: dict[str, Any], named: list[Reference]) -> None:
    assert list(read(reward_policy=policy).references()) == named


# (spec, raw metrics in whole units, score in millionths)
SCORES: list[tuple[EventSpec, dict[str, int], int]] = [
    (run(), {"distance": 3}, 3 * MICRO),
    (run(metrics=(metric(score_weight="2.5"),)), {"distance": 3}, 7_500_000),
    (run(metrics=(metric(score_weight="-1"),)), {"distance": 3}, -3 * MICRO),
    (run(metrics=(metric(cap=2, score_weight=10), metric("kills"))), {"distance": 3, "kills": 4}, 24 * MICRO),
    (run(formula="distance / 3"), {"distance": 1}, 333_333),
    (run(formula="distance * 2 / 3"), {"distance": 1}, 666_667),
    (run(formula="distance / 2000000"), {"distance": 1}, 0),
    (run(formula="distance / 2000000"), {"distance": 3}, 2),
    (run(metrics=(metric(cap=2),), formula="distance * 3"), {"distance": 9}, 6 * MICRO),
]


@pytest.mark.parametrize(("spec", "raw", "score"), SCORES)
def test_a_score_is_exact_to_the_millionth_and_a_half_goes_to_the_even_one(
    spec: EventSpec, raw: dict[str, int], score: int
) -> None:
    assert score_of(spec, {key: value * UNIT for key, value in raw.items()}) == score


@having(
    some.lists(
        some.tuples(some.decimals(-100, 100, places=6), some.integers(-(10**12), 10**12)), min_size=1, max_size=5
    )
)
def test_weights_and_the_formula_that_says_the_same_come_to_the_same_score(told: list[tuple[Decimal, int]]) -> None:
    metrics = tuple(Metric(key=f"m{place}", score_weight=weight) for place, (weight, _) in enumerate(told))
    raw = {f"m{place}": value for place, (_, value) in enumerate(told)}
    formula = " + ".join(f"({one.score_weight:f}) * {one.key}" for one in metrics)
    exact = sum(Fraction(micros_of(weight) * value, MICRO) for weight, value in told)
    assert score_of(run(metrics=metrics), raw) == score_of(run(metrics=metrics, formula=formula), raw) == round(exact)
