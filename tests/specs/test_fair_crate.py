"""Everything that came out of a crate can be drawn again from its proof alone, with code that shares nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.grant.rolling import unpacked
from shared.cli import draws
from shared.fair import checker
from shared.fair.draw import Draws
from shared.fair.seeds import commitment
from shared.messages.reward_table import (
    CrateEntry,
    CurrencyEntry,
    Fixed,
    ItemEntry,
    Quantity,
    Range,
    RewardTableSpec,
    WeightedEntry,
    quantity_of,
    thing_of,
)
from shared.settings import WrongSettings

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final[list[dict[str, Any]]] = json.loads(
    (ROOT / "docs" / "vectors" / "crate.json").read_text(encoding="utf-8")
)["crates"]
RICH: Final = VECTORS[3]
NAMES: Final = {"currency": "currencyKey", "item": "itemKey", "crate": "crateItemKey"}
"""The key's name in the proof, by the type of an entry."""
OURS: Final = {"currency": CurrencyEntry, "item": ItemEntry, "crate": CrateEntry}


class Counting(Draws):
    """Tells how many counters were used up."""

    @property
    def used(self) -> int:
        return self._counter


def quantity_in(said: Any) -> Quantity:
    return said if isinstance(said, int) else Range(**said)


def ours(proof: dict[str, Any]) -> RewardTableSpec:
    """The table of a proof as an operator writes it."""
    rows = []
    for row in proof["weightedEntries"]:
        entry = row["entry"]
        names = {"currency": ("asset", "amount"), "item": ("item", "quantity"), "crate": ("crate", "quantity")}
        key, number = names[entry["type"]]
        made = OURS[entry["type"]](**{key: entry[NAMES[entry["type"]]], number: quantity_in(entry[number])})
        rows.append(WeightedEntry(weight=row["weight"], entry=made))
    return RewardTableSpec(weighted_entries=tuple(rows), rolls=quantity_in(proof["rolls"]))


def told(entry: Any) -> dict[str, Any]:
    """An entry as the proof has it."""
    type_, key = thing_of(entry)
    number = quantity_of(entry)
    said = number if isinstance(number, int) else number.model_dump()
    return {"type": type_, NAMES[type_]: key, "amount" if type_ == "currency" else "quantity": said}


def proof_of(table: RewardTableSpec, crates: int, seed: str, contents: tuple[Fixed, ...] | None) -> dict[str, Any]:
    return {
        "kind": "crate",
        "crateItemKey": "box",
        "quantity": crates,
        "serverSeed": seed,
        "serverSeedHash": commitment(seed),
        "rolls": table.rolls if isinstance(table.rolls, int) else table.rolls.model_dump(),
        "weightedEntries": [{"weight": row.weight, "entry": told(row.entry)} for row in table.weighted_entries],
        "contents": None if contents is None else {"entries": [told(entry) for entry in contents]},
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['crateItemKey']}-{vector['counters']}")
def test_our_published_crates_come_out_of_the_engine_and_of_the_checker(vector: dict[str, Any]) -> None:
    rolling = Counting(vector["serverSeed"], "crate", vector["crateItemKey"])
    found = unpacked(vector["quantity"], ours(vector), rolling)
    assert [told(entry) for entry in found] == vector["contents"]["entries"]
    assert rolling.used == vector["counters"]
    assert commitment(vector["serverSeed"]) == vector["serverSeedHash"]
    checked = checker.check_file(vector)
    assert (checked.problems, checked.row) == ((), vector["contents"])


def test_both_codes_go_on_after_a_number_that_was_rejected() -> None:
    seed = "1cc34fd6dd63f3c72bbcd4a2b4705ac09fa9b6aac347c2af3b6b9948bafdf992"
    rows = tuple(
        WeightedEntry(weight=2**53, entry=CurrencyEntry.model_validate({"asset": f"c{n % 3}", "amount": n + 1}))
        for n in range(683)
    )
    table = RewardTableSpec(weighted_entries=rows, rolls=2)
    rolling = Counting(seed, "crate", "huge")
    found = unpacked(1, table, rolling)
    assert rolling.used == 4, "two numbers were accepted and two rejected"
    proof = proof_of(table, 1, seed, found) | {"crateItemKey": "huge"}
    checked = checker.check_file(proof)
    assert (checked.problems, checked.counter) == ((), 3)


seeds = st.binary(min_size=32, max_size=32).map(bytes.hex)
quantities = st.one_of(
    st.integers(1, 9),
    st.builds(lambda low, more, step: Range(min=low, max=low + more, step=step), *[st.integers(1, 9)] * 3),
)
rows = st.lists(
    st.builds(
        WeightedEntry,
        weight=st.integers(0, 9),
        entry=st.one_of(
            st.builds(CurrencyEntry, asset=st.sampled_from("ab"), amount=quantities),
            st.builds(ItemEntry, item=st.sampled_from("ab"), quantity=quantities),
        ),
    ),
    min_size=1,
    max_size=5,
).filter(lambda found: any(row.weight for row in found))


@given(rows, quantities, st.integers(1, 10), seeds)
def test_both_codes_agree_on_every_crate(weighted: Any, rolls: Quantity, crates: int, seed: str) -> None:
    table = RewardTableSpec(weighted_entries=tuple(weighted), rolls=rolls)
    found = unpacked(crates, table, Draws(seed, "crate", "box"))
    checked = checker.check_file(proof_of(table, crates, seed, found))
    assert checked.problems == ()
    bare = checker.check_file(proof_of(table, crates, seed, None))
    assert bare.row == checked.row


def rich(**fields: Any) -> dict[str, Any]:
    return {**RICH, **fields}


def row(place: int, **fields: Any) -> list[dict[str, Any]]:
    """The rich table with one row changed."""
    table: list[dict[str, Any]] = RICH["weightedEntries"]
    return [{**old, **(fields if at == place else {})} for at, old in enumerate(table)]


COINS: Final = RICH["weightedEntries"][0]["entry"]


@pytest.mark.parametrize(
    ("proof", "problem"),
    [
        (rich(contents={"entries": RICH["contents"]["entries"][1:]}),       "entries should be"),
        (rich(contents={"entries": None}),                                  "entries should be"),
        (rich(contents=["a car"]),                                          "entries should be"),
        (rich(quantity=2),                                                  "entries should be"),
        (rich(crateItemKey="another"),                                      "entries should be"),
        (rich(rolls=2),                                                     "entries should be"),
        (rich(weightedEntries=row(0, weight=50)),                           "entries should be"),
        (rich(serverSeed="ab" * 32),                                        "was published"),
        (rich(serverSeedHash="ab" * 32),                                    "was published"),
        (rich(serverSeed=None),                                             "not 64 lower-case hex"),
        (rich(weightedEntries=None),                                        "not a list of rows"),
        (rich(weightedEntries=[]),                                          "no row"),
        (rich(weightedEntries=row(1, weight=-1)),                           "the weight of row 1"),
        (rich(weightedEntries=row(1, entry=None)),                          "row 1 has no entry"),
        (rich(weightedEntries=row(1, entry={"type": "car"})),               "row 1 has no entry"),
        (rich(weightedEntries=row(0, entry={**COINS, "amount": 0})),        "the amount of row 0"),
        (rich(weightedEntries=row(0, entry={**COINS, "amount": "5"})),      "the amount of row 0"),
        (rich(weightedEntries=row(0, entry={**COINS, "amount": {"min": 2, "max": 1}})), "the amount of row 0"),
        (rich(weightedEntries=row(0, entry={**COINS, "amount": {"min": 1, "max": 2, "step": -1}})), "the amount"),
        (rich(weightedEntries=row(1, entry={"type": "item", "amount": 1})), "the quantity of row 1"),
        (rich(quantity=0),                                                  "quantity is not a whole number"),
        (rich(quantity=11),                                                 "quantity is not a whole number"),
        (rich(quantity=True),                                               "quantity is not a whole number"),
        (rich(rolls=0),                                                     "rolls is neither"),
        (rich(rolls=101),                                                   "rolls is neither"),
        (rich(rolls={"min": 1.0, "max": 2}),                                "rolls is neither"),
    ],
)  # fmt: skip
def test_the_checker_names_what_does_not_agree(proof: dict[str, Any], problem: str) -> None:
    found = checker.check_file(proof)
    assert not found.ok
    assert problem in " ".join(found.problems)


def test_a_step_may_be_left_out() -> None:
    unwritten = [{**old, "entry": {**old["entry"]}} for old in RICH["weightedEntries"]]
    for step in ({}, {"step": None}):
        unwritten[1]["entry"]["quantity"] = {"min": 1, "max": 3, **step}
        assert checker.check_file(rich(weightedEntries=unwritten)).ok


@pytest.mark.parametrize("wrapped", [False, True], ids=["the proof", "the gateway's answer"])
def test_the_checker_and_the_command_read_the_proof_as_it_is_answered(
    wrapped: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"data": RICH} if wrapped else RICH
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(answer), encoding="utf-8")
    assert checker.main([str(file)]) == 0
    assert '{"entries": [' in capsys.readouterr().out
    for completed in (answer, draws.completed(answer, "crate", None, "http://nobody", "no key")):
        result = draws.verified(completed)
        assert draws.verdict(result)[0].startswith("hash matches")
    bent = rich(contents={"entries": []}, committed_hash="00" * 32)
    assert len(draws.verified(bent).problems) == 2


def test_a_crate_that_is_not_opened_cannot_be_checked() -> None:
    unopened = draws.verified(rich(serverSeed=None, contents=None))
    assert draws.verdict(unopened) == ["does NOT match: the server seed is not 64 lower-case hex characters"]
    with pytest.raises(WrongSettings, match="lacks key, server_seed, server_seed_hash, weightedEntries"):
        draws.verified(draws.completed({}, "crate", None, "http://nobody", "no key"))
