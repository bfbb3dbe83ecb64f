"""A definition has versions without gaps; a bad one, or one that names what does not exist, changes nothing."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.ledger.definition.decider import Absent, Defined, definition_of, digest_of
from services.ledger.definition.view import view
from services.ledger.registry import service
from shared.definitions import parse_spec
from shared.messages.access import hash_of
from shared.messages.definition import (
    DefinitionAnswer,
    DefinitionChanged,
    DefinitionRemoved,
    PutDefinition,
    RemoveDefinition,
)
from shared.shapes import Append, Refused
from shared.streams import Stream
from shared.testing.grammar import given, shown

WINZ: Final = {"name": "Winz", "scale": 0, "icon_url": None, "description": "", "asset_kind": "currency"}
SWORD: Final = {"name": "Sword"}
SMALL: Final = {"segment_label": "small", "asset": "WINZ", "amount": 100, "weight": 60}
BOX: Final = {"name": "Starter box", "status": "active", "prizes": [SMALL]}

nothing = given(service)
winz = DefinitionChanged(kind="asset", key="WINZ", version=1, spec=WINZ)


def put(spec: dict[str, Any], kind: str = "asset", key: str = "WINZ") -> PutDefinition:
    return PutDefinition(kind=kind, key=key, spec=spec)


def answer(version: int, *, changed: bool) -> DefinitionAnswer:
    return DefinitionAnswer(kind="asset", key="WINZ", version=version, changed=changed)


def test_the_first_definition_is_version_1() -> None:
    nothing.when(put(WINZ)).then(winz).replied(answer(1, changed=True))


def test_a_fact_holds_every_field_also_those_left_to_their_defaults() -> None:
    nothing.when(put({"name": "Winz"})).then(winz)


@pytest.mark.parametrize("same", [WINZ, {"scale": 0, "name": "Winz"}, {"name": "Winz"}])
def test_the_same_definition_again_changes_nothing(same: dict[str, Any]) -> None:
    nothing.when(put(WINZ)).when(put(same)).then().replied(answer(1, changed=False))


def test_another_definition_is_the_next_version() -> None:
    other = {**WINZ, "name": "Wins"}
    changed = DefinitionChanged(kind="asset", key="WINZ", version=2, spec=other)
    given(service, winz).when(put(other)).then(changed).replied(answer(2, changed=True))


def test_the_decimals_of_an_asset_never_change_since_amounts_were_written_under_them() -> None:
    problem = "is 0 and stays so, since what exists already counts on it; define another asset"
    known = given(service, winz)
    removed = known.when(RemoveDefinition(kind="asset", key="WINZ")).story
    for story in (known, removed):
        story.when(put({"name": "Winz", "scale": 2})).refused("invalid_definition", path="spec.scale", problem=problem)
    removed.when(put(WINZ)).then(DefinitionChanged(kind="asset", key="WINZ", version=3, spec=WINZ))


def test_what_was_before_the_last_change_is_a_change_again() -> None:
    back = DefinitionChanged(kind="asset", key="WINZ", version=3, spec=WINZ)
    given(service, winz).when(put({"name": "W"})).when(put(WINZ)).then(back)


def test_removing_counts_as_a_version_and_so_does_putting_it_again() -> None:
    removed = given(service, winz).when(RemoveDefinition(kind="asset", key="WINZ"))
    removed.then(DefinitionRemoved(kind="asset", key="WINZ", version=2)).replied(answer(2, changed=True))
    again = DefinitionChanged(kind="asset", key="WINZ", version=3, spec=WINZ)
    removed.when(put(WINZ)).then(again).replied(answer(3, changed=True))


def test_what_is_not_there_cannot_be_removed() -> None:
    wish = RemoveDefinition(kind="asset", key="WINZ")
    nothing.when(wish).then().refused("no_definition", kind="asset", key="WINZ")
    given(service, winz).when(wish).when(wish).then().refused("no_definition", kind="asset", key="WINZ")


def test_keys_of_different_kinds_are_different_things() -> None:
    given(service, winz).when(put(BOX, "lootbox", "WINZ")).then(
        DefinitionChanged(kind="lootbox", key="WINZ", version=1, spec=BOX)
    )


def test_an_item_never_has_the_key_of_an_asset_or_the_reverse_since_both_are_held_in_one_wallet() -> None:
    sword = nothing.when(put(SWORD, "item", "sword")).story
    refusal = {"path": "key", "problem": "'sword' is or was an item's key"}
    sword.when(put(WINZ, key="sword")).then().refused("invalid_definition", **refusal)
    gone = sword.when(RemoveDefinition(kind="item", key="sword")).story
    gone.when(put(WINZ, key="sword")).then().refused("invalid_definition", **refusal)
    refusal = {"path": "key", "problem": "'WINZ' is or was an asset's key"}
    given(service, winz).when(put(SWORD, "item", "WINZ")).then().refused("invalid_definition", **refusal)
    sword.when(put(SWORD, "item", "sword")).then().replied(
        DefinitionAnswer(kind="item", key="sword", version=1, changed=False)
    )


@pytest.mark.parametrize("kind", ["item", "asset"])
def test_a_wheel_may_give_an_item_or_an_asset_in_its_place(kind: str) -> None:
    segment = {"segment_id": 1, "label": "S", "weight": 1, "reward": {"type": "item", "item": "sword"}}
    wheel = {"project": "demo", "name": "W", "segments": [segment]}
    project = DefinitionChanged(kind="project", key="demo", version=1, spec={})
    sword = DefinitionChanged(kind=kind, key="sword", version=1, spec=SWORD)
    whole = parse_spec("wheel", wheel).model_dump(mode="json")
    given(service, project, sword).when(put(wheel, "wheel", "w")).then(
        DefinitionChanged(kind="wheel", key="w", version=1, spec=whole)
    )
    given(service, project).when(put(wheel, "wheel", "w")).then().refused(
        "invalid_definition",
        path="spec.segments[0].reward.item",
        problem="unknown item 'sword'; define it first",
    )


def test_a_crate_names_the_reward_table_that_it_is_opened_by() -> None:
    problem = "unknown reward_table 'loot'; define it first"
    crate = put({**SWORD, "table": "loot"}, "item", "crate")
    nothing.when(crate).refused("invalid_definition", path="spec.table", problem=problem)


def test_a_lootbox_may_name_an_asset_that_is_defined() -> None:
    given(service, winz).when(put(BOX, "lootbox", "starter-box")).then(
        DefinitionChanged(kind="lootbox", key="starter-box", version=1, spec=BOX)
    )


@pytest.mark.parametrize("asset", ["rocks", "WINZ2", "", "a/b", "\\", "x" * 200, "new\nline"])
def test_a_lootbox_that_names_an_asset_nobody_knows_is_refused(asset: str) -> None:
    box = {**BOX, "prizes": [SMALL, {**SMALL, "asset": asset}]}
    given(service, winz).when(put(box, "lootbox", "starter-box")).then().refused(
        "invalid_definition", path="spec.prizes[1].asset", problem=f"unknown asset {asset!r}; define it first"
    )


def test_an_asset_that_was_removed_cannot_be_named_any_more() -> None:
    story = given(service, winz, DefinitionRemoved(kind="asset", key="WINZ", version=2))
    story.when(put(BOX, "lootbox", "starter-box")).refused(
        "invalid_definition", path="spec.prizes[0].asset", problem="unknown asset 'WINZ'; define it first"
    )


def test_a_player_may_only_begin_with_assets_that_are_defined() -> None:
    player = {"opening_balances": {"rocks": 1}}
    given(service, winz).when(put(player, "player", "rocket")).refused(
        "invalid_definition", path="spec.opening_balances.rocks", problem="unknown asset 'rocks'; define it first"
    )


def test_a_secret_is_hashed_before_it_becomes_a_fact() -> None:
    secret = "wsk_test_" + "0" * 48
    kept = nothing.when(put({"secret": secret}, "api_key", "demo"))
    assert secret not in repr(kept.outcome)
    assert hash_of(secret) in repr(kept.outcome)
    kept.when(put({"secret_hash": hash_of(secret)}, "api_key", "demo")).then()


def box(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "Starter box", "prizes": list(prizes), **more}


def small(**other: Any) -> dict[str, Any]:
    return {**SMALL, **other}


@pytest.mark.parametrize(
    ("kind",    "spec",                                    "path",                          "problem"),
    [
        ("ghost",   {},                                    "kind",                          "unknown kind 'ghost'"),
        ("asset",   {},                                    "spec.name",                     "required"),
        ("asset",   {"name": ""},                          "spec.name",                     "at least 1"),
        ("asset",   {"name": "W", "scale": 9},             "spec.scale",                    "less than or equal"),
        ("asset",   {"name": "W", "scale": "2"},           "spec.scale",                    "valid integer"),
        ("asset",   {"name": "W", "scale": 2**70},         "spec",                          "64-bit"),
        ("asset",   {"name": "W", "colour": "red"},        "spec.colour",                   "not permitted"),
        ("lootbox", box(),                                 "spec.prizes",                   "at least 1"),
        ("lootbox", box(small(weight=0)),                  "spec",                          "every prize has weight 0"),
        ("lootbox", box(small(weight=-1)),                 "spec.prizes[0].weight",         "greater than or equal"),
        ("lootbox", box(small(weight=0.5)),                "spec.prizes[0].weight",         "valid integer"),
        ("lootbox", box(small(weight=2**53 + 1)),          "spec.prizes[0].weight",         "less than or equal"),
        ("lootbox", box(small(), {"weight": 1}),           "spec.prizes[1].segment_label",  "required"),
        ("lootbox", box(small(amount=-1)),                 "spec.prizes[0].amount",         "greater than or equal"),
        ("lootbox", box(small(), status="open"),           "spec.status",                   "'active' or 'paused'"),
        ("player",  {"opening_balances": {"WINZ": -1}},    "spec.opening_balances.WINZ",    "greater than or equal"),
        ("player",  {"opening_balances": {"WINZ": 2**60}}, "spec.opening_balances.WINZ",    "less than or equal"),
        ("player",  {"country_code": "malta"},             "spec.country_code",             "match pattern"),
        ("api_key", {"secret_hash": "x"},                  "spec.secret_hash",              "match pattern"),
        ("api_key", {"secret": 7},                         "spec.secret_hash",              "required"),
        ("tenant",  {"slug": "Star Light", "brand": "x"},  "spec.slug",                     "match pattern"),
    ],
)  # fmt: skip
def test_a_bad_definition_is_refused_with_the_path_of_its_first_wrong_field(
    kind: str, spec: dict[str, Any], path: str, problem: str
) -> None:
    outcome = given(service, winz).when(put(spec, kind, "it")).then().outcome
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.details["path"]) == ("invalid_definition", path)
    assert problem in outcome.details["problem"]


wishes = st.lists(
    st.one_of(
        st.builds(put, st.fixed_dictionaries({"name": st.sampled_from("WXY")}), key=st.sampled_from(["WINZ", "USD"])),
        st.builds(RemoveDefinition, kind=st.just("asset"), key=st.sampled_from(["WINZ", "USD"])),
        st.builds(lambda: put(BOX, "lootbox", "starter-box")),
    ),
    max_size=12,
)


@for_all(wishes)
def test_versions_have_no_gaps_whatever_is_put_and_removed(wishes: list[PutDefinition | RemoveDefinition]) -> None:
    story, seen = nothing, dict[Stream[Any], list[int]]()
    for wish in wishes:
        after = story.when(wish)
        for event in getattr(after.outcome, "events", ()):
            seen.setdefault(event.stream, []).append(event.version)
            standing = after.story.state(definition_of(event.kind, event.key))
            assert isinstance(standing, Absent | Defined)
            assert standing.version == event.version
        story = after.story
    assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())


def test_a_digest_tells_two_definitions_apart_and_the_order_of_fields_does_not_matter() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})


def test_every_version_stands_in_the_table_of_definitions_and_so_does_its_removal() -> None:
    (row,) = shown(view, winz, pos=41)
    assert row == Append(key=(41,), values=("asset", "WINZ", 1, json.dumps(WINZ), False))
    gone = DefinitionRemoved(kind="asset", key="WINZ", version=2)
    assert shown(view, gone, pos=42) == (Append(key=(42,), values=("asset", "WINZ", 2, "{}", True)),)
