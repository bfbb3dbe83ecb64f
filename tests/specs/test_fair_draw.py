"""A weighted draw: every roll wins exactly one prize, each with exactly the chance that its weight promises."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fair import checker
from shared.fair.draw import LARGEST_WEIGHT, MOST_ROWS, below, pick, roll
from shared.fair.seeds import commitment

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final[dict[str, Any]] = json.loads((ROOT / "docs" / "vectors" / "draw.json").read_text(encoding="utf-8"))
HUGE_TABLE: Final = [LARGEST_WEIGHT] * 683
"""Adds up to a little more than a third of 2**64, so that about one x in three is rejected."""

seeds = st.binary(min_size=32, max_size=32).map(bytes.hex)
names = st.text(st.characters(codec="utf-8", exclude_characters=":"), min_size=1, max_size=20)
tables = st.lists(
    st.one_of(st.integers(0, 10), st.integers(0, LARGEST_WEIGHT)), min_size=1, max_size=MOST_ROWS // 10
).filter(any)


def seed_of(number: int) -> str:
    return hashlib.sha256(f"frequency {number}".encode()).hexdigest()


def public(kind: str, key: str, seed: str, weights: list[int]) -> dict[str, Any]:
    """What the world is told about a draw from this table."""
    table = [{"segment_label": f"row {i}", "asset": "WINZ", "amount": i, "weight": w} for i, w in enumerate(weights)]
    told = {"kind": kind, "key": key, "server_seed": seed, "server_seed_hash": commitment(seed)}
    return {**told, "prize_table": table}


@pytest.mark.parametrize("vector", VECTORS["draws"], ids=lambda v: f"{v['kind']}-{v['index']}-{v['server_seed'][:4]}")
def test_our_published_draws_come_out_of_the_engine_and_of_the_checker(vector: dict[str, Any]) -> None:
    kind, key, seed = vector["kind"], vector["key"], vector["server_seed"]
    weights = [int(weight) for weight in vector["weights"]]
    assert commitment(seed) == vector["server_seed_hash"]
    assert roll(seed, kind, key, int(vector["total"])) == (int(vector["roll"]), vector["counter"])
    assert pick(seed, kind, key, weights) == vector["index"]
    found = checker.check(**public(kind, key, seed, weights))
    assert found.ok
    assert (found.counter, str(found.roll), found.winner) == (vector["counter"], vector["roll"], vector["index"])
    assert str(found.total_weight) == vector["total"]


@pytest.mark.parametrize("vector", VECTORS["rolls"], ids=lambda v: f"{v['bound']}-after-{v['counter']}")
def test_our_published_rolls_come_out_also_after_rejections(vector: dict[str, Any]) -> None:
    found = roll(vector["server_seed"], vector["kind"], vector["key"], int(vector["bound"]))
    assert (found.value, found.counter) == (int(vector["roll"]), vector["counter"])
    assert below(vector["server_seed"], vector["kind"], vector["key"], int(vector["bound"])) == found.value
    if int(vector["bound"]) == sum(HUGE_TABLE):
        checked = checker.check(**public(vector["kind"], vector["key"], vector["server_seed"], HUGE_TABLE))
        assert (checked.roll, checked.counter) == found


def test_the_published_vectors_hold_rejections() -> None:
    assert {vector["counter"] for vector in VECTORS["rolls"]} == {0, 1, 2, 3}


@given(seeds, names, names, tables)
def test_every_roll_wins_exactly_one_prize_and_both_codes_agree_on_it(
    seed: str, kind: str, key: str, weights: list[int]
) -> None:
    index = pick(seed, kind, key, weights)
    drawn = below(seed, kind, key, sum(weights))
    winners = [i for i in range(len(weights)) if sum(weights[:i]) <= drawn < sum(weights[: i + 1])]
    assert winners == [index]
    assert weights[index] > 0, "a row of weight 0 never wins"
    assert 0 <= drawn < sum(weights)
    assert checker.check(**public(kind, key, seed, weights)).winner == index


@pytest.mark.parametrize(
    ("first_x", "bound", "expected"),
    [  # 2**64 mod 10 is 6, so the highest six values of x are rejected
        (2**64 - 7, 10, ((2**64 - 7) % 10, 0)),
        (2**64 - 6, 10, (4, 1)),
        (2**64 - 1, 10, (4, 1)),
        (2**64 - 1, 2**64, (2**64 - 1, 0)),
        (2**64 - 1, 2, (1, 0)),
        (2**63, 2**63 + 1, (2**63, 0)),
        (2**63 + 1, 2**63 + 1, (4, 1)),
    ],
)
def test_an_x_is_rejected_from_the_first_value_that_would_favour_somebody(
    monkeypatch: pytest.MonkeyPatch, first_x: int, bound: int, expected: tuple[int, int]
) -> None:
    numbers = {b"lootbox:box:0": first_x, b"lootbox:box:1": 4}
    monkeypatch.setattr("hmac.digest", lambda key, message, name: numbers[message].to_bytes(8, "big") + bytes(24))
    assert roll("ab" * 32, "lootbox", "box", bound) == expected


@pytest.mark.parametrize("bound", [1, 2, 3, 7, 10, 100])
def test_without_the_rejected_values_every_remainder_has_as_many_x(bound: int) -> None:
    span = 2**8  # the same rule on a span small enough to count
    accepted = Counter(x % bound for x in range(span - span % bound))
    assert set(accepted.values()) == {span // bound}


@pytest.mark.parametrize(
    ("weights", "largest"),
    [  # chi-square at 0.999 for one degree of freedom less than rows that can win
        ([60, 30, 10], Fraction("13.82")),
        ([1, 1, 1, 1, 1, 1], Fraction("20.52")),
        ([5, 0, 3, 0, 2], Fraction("13.82")),
        ([2**53, 2**52, 2**52], Fraction("13.82")),
    ],
)
def test_prizes_come_as_often_as_their_weights_say(weights: list[int], largest: Fraction) -> None:
    draws = 6_000
    won = Counter(pick(seed_of(i), "lootbox", "box", weights) for i in range(draws))
    expected = {i: Fraction(draws * weight, sum(weights)) for i, weight in enumerate(weights) if weight}
    assert set(won) == set(expected)
    assert sum((won[i] - often) ** 2 / often for i, often in expected.items()) < largest


def test_the_entity_and_the_kind_change_the_draw() -> None:
    rolls = {below("ab" * 32, kind, key, 2**53) for kind in ("lootbox", "crate") for key in ("a", "b")}
    assert len(rolls) == 4


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([], "has 0"),
        ([1] * (MOST_ROWS + 1), "has 1001"),
        ([1, -1], "row 1 is -1"),
        ([LARGEST_WEIGHT + 1], "row 0 is 9007199254740993"),
        ([0, 0], "every row has weight 0"),
    ],
)
def test_a_table_that_cannot_be_drawn_from_says_why(weights: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        pick("ab" * 32, "lootbox", "box", weights)


@pytest.mark.parametrize("bound", [0, -1, 2**64 + 1])
def test_nothing_is_drawn_below_an_impossible_bound(bound: int) -> None:
    with pytest.raises(ValueError, match="cannot draw below"):
        below("ab" * 32, "lootbox", "box", bound)


def test_a_kind_with_a_colon_could_be_another_kinds_key() -> None:
    with pytest.raises(ValueError, match="colon"):
        below("ab" * 32, "loot:box", "a", 2)


def changed(**fields: Any) -> dict[str, Any]:
    return {**public("lootbox", "starter-box", "ab" * 32, [60, 30, 10]), **fields}


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (changed(server_seed="AB" * 32), "not 64 lower-case hex"),
        (changed(server_seed="ab" * 31), "not 64 lower-case hex"),
        (changed(server_seed=None), "not 64 lower-case hex"),
        (changed(server_seed_hash="00" * 32), "was published"),
        (changed(prize_table={}), "not a list of rows"),
        (changed(prize_table=["row"]), "not a list of rows"),
        (changed(prize_table=[]), "no row"),
        (changed(prize_table=[{"weight": 0}]), "no row"),
        (changed(prize_table=[{"weight": 1}, {"weight": -1}]), "weight of row 1"),
        (changed(prize_table=[{"weight": 1.5}]), "weight of row 0"),
        (changed(prize_table=[{"weight": True}]), "weight of row 0"),
        (changed(prize_table=[{}]), "weight of row 0"),
        (changed(reward={"asset": "WINZ", "amount": 999_999}), "amount should be"),
        (changed(reward={"prize": "?"}), "cannot be compared"),
    ],
)
def test_the_checker_names_what_does_not_agree(told: dict[str, Any], problem: str) -> None:
    found = checker.check(**told)
    assert not found.ok
    assert problem in found.problems[0]


def test_the_checker_agrees_with_a_true_reward() -> None:
    told = changed()
    row = told["prize_table"][pick("ab" * 32, "lootbox", "starter-box", [60, 30, 10])]
    reward = {name: row[name] for name in ("asset", "amount", "segment_label")}
    assert checker.check(**told, reward=reward).ok


def run_checker(argument: Path) -> subprocess.CompletedProcess[str]:
    """By itself: isolated from everything installed and from this repository."""
    command = [sys.executable, "-I", "-S", checker.__file__, str(argument)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_checker_runs_alone_on_a_file(tmp_path: Path) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(changed()), encoding="utf-8")
    good = run_checker(file)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("roll ")
    file.write_text(json.dumps(changed(committed_hash="00" * 32)), encoding="utf-8")
    bad = run_checker(file)
    assert bad.returncode == 1
    assert "DIFFERS: the hash seen before" in bad.stdout
    file.write_text("[]", encoding="utf-8")
    assert run_checker(file).returncode == 2
    assert run_checker(tmp_path / "none.json").returncode == 2


def test_the_checker_wants_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert checker.main([]) == 2
    assert "usage" in capsys.readouterr().err
