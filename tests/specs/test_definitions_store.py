"""Every version of what operators configured can be looked up, also after it was replaced or removed."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

import shared.definitions
from shared.definitions import DefinitionStore, InvalidDefinition, parse_spec, path_of
from shared.eventlog.rows import StoredDefinition
from shared.ids import TenantId
from shared.messages import know_all
from shared.messages.lootbox import LootboxSpec
from shared.messages.wallet import AssetSpec
from shared.shapes import Definition, Definitions

STARLIGHT, MOONBASE = TenantId("starlight"), TenantId("moonbase")
ODD: Final = 'name", "scale": 8}'

know_all()


def row(
    seq: int,
    version: int = 1,
    *,
    name: str | None = "Winz",
    key: str = "WINZ",
    tenant: str = STARLIGHT,
    kind: str = "asset",
) -> StoredDefinition:
    """One version of an asset; no name says that it was removed."""
    return StoredDefinition(seq, tenant, kind, key, version, json.dumps({"name": name} if name else {}), name is None)


def winz(version: int, name: str = "Winz") -> Definition[AssetSpec]:
    return Definition("WINZ", version, AssetSpec(name=name))


def store_of(*rows: StoredDefinition) -> DefinitionStore:
    store = DefinitionStore()
    store.learn(rows)
    return store


def test_what_nobody_configured_is_not_there() -> None:
    seen: Definitions = store_of().of(STARLIGHT)
    assert seen.current(AssetSpec, "WINZ") is None
    assert seen.at(AssetSpec, "WINZ", 1) is None


def test_the_newest_version_is_the_current_one_and_the_older_stay() -> None:
    seen = store_of(row(1), row(2, 2, name="Wins")).of(STARLIGHT)
    assert seen.current(AssetSpec, "WINZ") == seen.at(AssetSpec, "WINZ", 2) == winz(2, "Wins")
    assert seen.at(AssetSpec, "WINZ", 1) == winz(1)


def test_what_was_removed_is_not_current_but_its_versions_stay() -> None:
    seen = store_of(row(1), row(2, 2, name=None)).of(STARLIGHT)
    assert seen.current(AssetSpec, "WINZ") is None
    assert seen.at(AssetSpec, "WINZ", 1) == winz(1)
    assert seen.at(AssetSpec, "WINZ", 2) is None


def test_what_was_put_again_is_current_again() -> None:
    seen = store_of(row(1), row(2, 2, name=None), row(3, 3)).of(STARLIGHT)
    assert seen.current(AssetSpec, "WINZ") == winz(3)


def test_a_row_that_was_heard_before_is_not_heard_again() -> None:
    store = store_of(row(5, 2, name="Wins"))
    store.learn([row(4, 1), row(5, 2, name="Other")])
    assert store.of(STARLIGHT).current(AssetSpec, "WINZ") == winz(2, "Wins")
    assert store.of(STARLIGHT).at(AssetSpec, "WINZ", 1) is None
    assert store.seq == 5


def test_one_tenant_never_sees_what_another_configured() -> None:
    store = store_of(row(1), row(2, name="Moon", tenant=MOONBASE), row(3, 2, name=None, tenant=MOONBASE))
    assert store.of(STARLIGHT).current(AssetSpec, "WINZ") == winz(1)
    assert store.of(MOONBASE).current(AssetSpec, "WINZ") is None
    assert store.of(MOONBASE).at(AssetSpec, "WINZ", 1) == winz(1, "Moon")


def test_one_kind_is_never_taken_for_another() -> None:
    assert store_of(row(1)).of(STARLIGHT).current(LootboxSpec, "WINZ") is None


def test_all_of_a_kind_are_listed_by_tenant_and_key_without_what_was_removed() -> None:
    store = store_of(
        row(1), row(2, key="USD"), row(3, tenant=MOONBASE), row(4, key="gems"), row(5, 2, key="gems", name=None)
    )
    everyone = [(tenant, definition.key) for tenant, definition in store.every(AssetSpec)]
    assert everyone == [("moonbase", "WINZ"), ("starlight", "USD"), ("starlight", "WINZ")]
    assert [definition.key for _, definition in store.every(AssetSpec, STARLIGHT)] == ["USD", "WINZ"]
    assert store.every(LootboxSpec) == []


def test_a_kind_that_only_a_newer_process_knows_is_passed_over() -> None:
    store = store_of(row(1, kind="ghost"), row(2))
    assert store.seq == 2
    assert store.of(STARLIGHT).current(AssetSpec, "WINZ") == winz(1)


def test_more_versions_than_the_limit_are_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.definitions, "MOST_VERSIONS", 2)
    with pytest.raises(MemoryError, match="raise MOST_VERSIONS"):
        store_of(row(1), row(2, 2), row(3, 3))


def test_each_has_its_number_among_those_of_its_group_in_the_order_of_first_definition() -> None:
    store = store_of(
        row(1, key="z"), row(2, key="other", name="Wins"), row(3, key="a"), row(4, 2, key="z", name="Wins")
    )
    assert store.numbers(STARLIGHT, AssetSpec, "name", "Winz") == {"z": 1, "a": 2}
    assert store.numbers(STARLIGHT, AssetSpec, "name", "Wins") == {"other": 1}
    assert store.numbers(MOONBASE, AssetSpec, "name", "Winz") == {}
    assert store.numbers(STARLIGHT, LootboxSpec, "name", "Winz") == {}


def test_a_number_survives_removal_and_is_never_given_to_another() -> None:
    rows = [row(1, key="z"), row(2, key="a"), row(3, 2, key="z", name=None), row(4, key="new"), row(5, 3, key="z")]
    for heard in range(2, len(rows) + 1):
        numbers = store_of(*rows[:heard]).numbers(STARLIGHT, AssetSpec, "name", "Winz")
        assert numbers == {"z": 1, "a": 2} | ({"new": 3} if heard > 3 else {})


changes = st.lists(st.tuples(st.sampled_from(["WINZ", "USD"]), st.sampled_from(["A", "B", None])), max_size=20)


@for_all(changes, st.lists(st.integers(0, 20), max_size=4))
def test_it_does_not_matter_in_how_many_pages_the_history_is_heard(
    history: list[tuple[str, str | None]], cuts: list[int]
) -> None:
    rows = [row(seq, seq, name=name, key=key) for seq, (key, name) in enumerate(history, 1)]
    whole, paged = store_of(*rows), DefinitionStore()
    for cut in [*sorted(cuts), len(rows)]:
        paged.learn(rows[max(0, paged.seq - 2) : cut])  # pages may overlap
    for key in ("WINZ", "USD"):
        last = next((name for k, name in reversed(history) if k == key), None)
        current = paged.of(STARLIGHT).current(AssetSpec, key)
        assert current == whole.of(STARLIGHT).current(AssetSpec, key)
        assert (current.spec.name if current else None) == last
        for seq, (k, name) in enumerate(history, 1):
            found = paged.of(STARLIGHT).at(AssetSpec, key, seq)
            assert (found.spec.name if found else None) == (name if k == key else None)


@pytest.mark.parametrize(
    ("location",                         "path"),
    [
        ((),                             ""),
        (("spec",),                      "spec"),
        (("spec", "name"),               "spec.name"),
        (("spec", "prizes", 0),          "spec.prizes[0]"),
        (("spec", "prizes", 12, "asset"), "spec.prizes[12].asset"),
    ],
)  # fmt: skip
def test_a_fields_place_is_written_as_people_write_it(location: tuple[int | str, ...], path: str) -> None:
    assert path_of(location) == path


def test_an_invalid_definition_says_where_and_what_and_what_is_known() -> None:
    with pytest.raises(InvalidDefinition, match=r"spec\.scale: Input should be a valid integer") as error:
        parse_spec("asset", {"name": "W", "scale": 1.5})
    assert (error.value.path, error.value.problem) == ("spec.scale", "Input should be a valid integer")
    with pytest.raises(InvalidDefinition, match=r"kind: unknown kind 'ghost'; known are .*asset.*lootbox"):
        parse_spec("ghost", {})


def test_a_name_that_looks_like_json_stays_a_name() -> None:
    assert parse_spec("asset", {"name": ODD}) == AssetSpec(name=ODD)
