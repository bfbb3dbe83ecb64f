"""A wheel is what its operator says if that is fair and whole; a project keeps the hash of its secret alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.definitions import DefinitionStore, InvalidDefinition, StoredDefinition, parse_spec
from shared.messages import know_all
from shared.messages.access import hash_of
from shared.messages.base import Reference
from shared.messages.project import ProjectSpec
from shared.messages.wheel_spec import CERTAIN, PROBABILITY_SCALE, WheelSpec, misconfigured, weights_of
from shared.money import parse, render
from tests.specs.wheel_words import DAILY_SPIN

know_all()

A_SEGMENT: Final = {"segment_id": 1, "label": "one", "reward": {"type": "none"}}
CLIENT: Final = {"name": "Demo", "client_id": "demo-client", "client_secret": "demo-client-secret"}
PUBLIC_KEY: Final = "A" * 43


def written(*segments: dict[str, Any], **other: Any) -> WheelSpec:
    told = [{**A_SEGMENT, "segment_id": place, **segment} for place, segment in enumerate(segments)]
    spec = parse_spec("wheel", {"project": "demo", "name": "Wheel", "segments": told, **other})
    assert isinstance(spec, WheelSpec)
    return spec


def project(**other: Any) -> ProjectSpec:
    spec = parse_spec("project", {**CLIENT, **other})
    assert isinstance(spec, ProjectSpec)
    return spec


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        ([{"probability": "0.5"}, {"probability": "0.4"}], "spec.segments: the probabilities must sum to exactly 1"),
        ([{"probability": "0.999999999999"}], "must sum to exactly 1"),
        ([{"probability": "0.5"}, {"probability": "0.500000000001"}], "must sum to exactly 1"),
        ([{"probability": "1"}, {"weight": 1}], "either every segment has a probability or every segment has a weight"),
        ([{"probability": "1", "weight": 1}], "either every segment"),
        ([{}], "either every segment"),
        ([{"weight": 0}, {"weight": 0}], "every segment has weight 0"),
        ([{"probability": "1.5"}], r"spec.segments\[0\].probability: .*at most 1"),
        ([{"probability": "0.0000000000001"}], r"spec.segments\[0\].probability"),
        ([{"probability": "1e0"}], r"spec.segments\[0\].probability"),
        ([{"probability": "-1"}], r"spec.segments\[0\].probability"),
        ([{"probability": 1.0}], r"spec.segments\[0\].probability"),
        ([{"weight": -1}], r"spec.segments\[0\].weight"),
        ([{"weight": 1, "segment_id": 5}, {"weight": 1, "segment_id": 5}], "two segments have the same segment_id"),
        ([{"weight": 1, "reward": {"type": "cash"}}], r"spec.segments\[0\].reward"),
        ([{"weight": 1, "reward": {"type": "currency", "currency": "coins", "amount": 0}}], "amount"),
        ([{"weight": 1}] * 101, "spec.segments"),
    ],
)
def test_segments_that_make_no_fair_wheel_are_refused_with_the_place(
    segments: list[dict[str, Any]], problem: str
) -> None:
    with pytest.raises(InvalidDefinition, match=problem):
        written(*segments)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "localtime"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(InvalidDefinition, match=r"spec.timezone: .*unknown time zone"):
        written(timezone=zone)


def test_a_wheel_may_be_configured_before_its_segments_are() -> None:
    assert written().segments == ()
    assert misconfigured(written()) is None
    assert weights_of(written()) == []


def test_probabilities_become_whole_by_the_most_decimals_that_one_of_them_has() -> None:
    assert weights_of(DAILY_SPIN) == [5, 2, 2, 1]
    halves = written({"probability": "0.5"}, {"probability": "0.50"}, {"probability": "0"})
    assert weights_of(halves) == [50, 50, 0]
    assert weights_of(written({"probability": "1"})) == [1]
    assert weights_of(written({"weight": 7}, {"weight": 0})) == [7, 0]


@for_all(st.lists(st.integers(0, CERTAIN), max_size=20))
def test_probabilities_that_were_accepted_sum_to_one_and_their_weights_to_a_power_of_ten(cuts: list[int]) -> None:
    marks = [0, *sorted(cuts), CERTAIN]
    texts = [render(high - low, PROBABILITY_SCALE) for low, high in pairwise(marks)]
    spec = written(*({"probability": text} for text in texts))
    assert sum(parse(text, PROBABILITY_SCALE) for text in texts) == CERTAIN
    assert sum(weights_of(spec)) == CERTAIN
    assert weights_of(spec) == [parse(text, PROBABILITY_SCALE) for text in texts]


def test_what_a_wheel_names_must_exist() -> None:
    rewards = [
        {"type": "currency", "currency": "coins", "amount": 5},
        {"type": "item", "item": "sword"},
        {"type": "bonus_spin"},
        {"type": "none"},
    ]
    spec = written(*({"weight": 1, "reward": reward} for reward in rewards), paid_spin={"asset": "gems", "amount": 50})
    assert tuple(spec.references()) == (
        Reference("project", "demo", "project"),
        Reference("asset", "gems", "paid_spin.asset"),
        Reference("asset", "coins", "segments[0].reward.currency"),
        Reference("item", "sword", "segments[1].reward.item", or_kind="asset"),
    )
    assert tuple(written().references()) == (Reference("project", "demo", "project"),)


def test_what_was_told_of_a_wheel_can_be_told_of_another() -> None:
    assert parse_spec("wheel", DAILY_SPIN.model_dump(mode="json")) == DAILY_SPIN
    assert parse_spec("project", project().model_dump(mode="json")) == project()


def test_a_wheel_that_is_stored_is_read_though_it_would_not_be_accepted_now() -> None:
    unfair = DAILY_SPIN.model_copy(update={"segments": DAILY_SPIN.segments[:2]})
    store = DefinitionStore()
    store.learn([StoredDefinition(1, "starlight", "wheel", "old", 1, unfair.model_dump_json(), removed=False)])
    found = store.current("starlight", WheelSpec, "old")
    assert found is not None
    assert misconfigured(found.spec) == "the probabilities must sum to exactly 1"


def test_a_project_keeps_the_hash_of_its_secret_alone() -> None:
    assert project().client_secret_hash == hash_of("demo-client-secret")
    assert "demo-client-secret" not in project().model_dump_json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_secret", 5),
        ("client_id", ""),
        ("client_id", "ünique"),
        ("cooldown_seconds", -1),
        ("cooldown_seconds", 86_401),
        ("dry_spin_ttl_seconds", 59),
        ("token_ttl_seconds", 8 * 86_400),
        ("token_algorithm", "none"),
        ("public_keys", [PUBLIC_KEY]),
        ("public_keys", ["short"]),
        ("login_permissions", ["Client Spin"]),
        ("burst", 0),
    ],
)
def test_a_project_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(InvalidDefinition):
        project(**{field: value})


def test_keys_of_other_issuers_go_with_signatures_that_need_no_shared_secret() -> None:
    assert project(token_algorithm="EdDSA", public_keys=[PUBLIC_KEY]).public_keys == (PUBLIC_KEY,)
