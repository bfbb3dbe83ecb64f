"""A wheel's turn can be recomputed from its reply and its segments, whether they have weights or probabilities."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from shared.cli import draws
from shared.fair import checker
from shared.fair.draw import pick, roll
from shared.fair.seeds import commitment
from shared.messages.wheel_spec import WheelSpec, weights_of
from shared.settings import WrongSettings

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final[dict[str, Any]] = json.loads((ROOT / "docs" / "vectors" / "wheel.json").read_text(encoding="utf-8"))
BOTH: Final[list[dict[str, Any]]] = [*VECTORS["wheel"], *VECTORS["spin-wheel"]]
WHEEL: Final[dict[str, Any]] = VECTORS["wheel"][0]
SPIN: Final[dict[str, Any]] = VECTORS["spin-wheel"][0]
NOT_TOLD: Final = frozenset({"kind", "key", "weights", "roll", "counter", "index", "segments"})


@pytest.mark.parametrize("vector", BOTH, ids=lambda vector: f"{vector['key']}-{vector['index']}")
def test_our_published_turns_come_out_of_the_engine_and_of_the_checker(vector: dict[str, Any]) -> None:
    kind, key, weights, proof = vector["kind"], vector["key"], vector["weights"], vector["proof"]
    assert commitment(proof["server_seed"]) == proof["server_seed_hash"]
    assert roll(proof["server_seed"], kind, key, sum(weights)) == (vector["roll"], vector["counter"])
    assert pick(proof["server_seed"], kind, key, weights) == vector["index"]
    found = checker.check_file(vector)
    assert (found.problems, found.winner, found.roll) == ((), vector["index"], vector["roll"])
    assert (found.counter, found.total_weight) == (vector["counter"], sum(weights))


@pytest.mark.parametrize("vector", VECTORS["wheel"], ids=lambda vector: f"{vector['key']}-{vector['index']}")
def test_the_engine_draws_from_the_weights_that_are_published(vector: dict[str, Any]) -> None:
    said = json.dumps({"project": "demo", "name": vector["key"], "segments": vector["segments"]})
    assert weights_of(WheelSpec.model_validate_json(said)) == vector["weights"]


def test_the_published_turns_are_of_every_segment_of_the_demo_wheels() -> None:
    won = {key: {vector["index"] for vector in BOTH if vector["key"] == key} for key in ("daily-spin", "spin-1")}
    assert won == {"daily-spin": {0, 1, 2, 3}, "spin-1": {0, 1, 2, 3}}


def wheel(**fields: Any) -> dict[str, Any]:
    return {**WHEEL, **fields}


def spin(**fields: Any) -> dict[str, Any]:
    return {**SPIN, **fields}


def with_(place: int, **fields: Any) -> list[dict[str, Any]]:
    """The daily wheel with one segment changed."""
    return [{**segment, **(fields if at == place else {})} for at, segment in enumerate(WHEEL["segments"])]


def told_reward(**payload: Any) -> dict[str, Any]:
    return {**WHEEL["reward"], "payload": {**WHEEL["reward"]["payload"], **payload}}


PROOF: Final = WHEEL["proof"]
OTHER: Final = {"segment_index": 9, "prize_label": "20% Off", "prize_type": "car"}


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (wheel(segment_id=999),                                   "segment_id should be"),
        (wheel(label="A car"),                                    "label should be"),
        (wheel(reward=told_reward(amount=1)),                     "amount should be"),
        (wheel(reward={**WHEEL["reward"], "reward_type": "item"}), "reward_type should be"),
        (wheel(proof={**PROOF, "server_seed": "ab" * 32}),        "was published"),
        (wheel(proof={**PROOF, "server_seed_hash": "ab" * 32}),   "was published"),
        (wheel(proof={**PROOF, "server_seed": "AB" * 32}),        "not 64 lower-case hex"),
        (wheel(key="another-one"),                                "segment_id should be"),
        (wheel(segments=with_(0, probability="0.4")),             "add up to 9/10, not to 1"),
        (wheel(segments=with_(0, probability="5e-1")),            "probability of segment 0 is not decimal text"),
        (wheel(segments=with_(1, probability=0.2)),               "probability of segment 1 is not decimal text"),
        (wheel(segments=with_(1, probability=None)),              "probability of segment 1 is not decimal text"),
        (wheel(segments=with_(1, reward="a car")),                "the reward of a segment is not an object"),
        (wheel(segments={}),                                      "not a list of rows"),
        (wheel(segments=["a car"]),                               "not a list of rows"),
        (wheel(segments=[]),                                      "no row"),
        (wheel(segments=[{"segment_id": 1}]),                     "the weight of row 0"),
        (wheel(kind="spin-wheel", result=None, segments=with_(0, probability="0.6")), "add up to 11/10"),
        (spin(result=OTHER),                                      "segment_index should be"),
        (spin(result=OTHER),                                      "prize_type should be"),
        (spin(result={**SPIN["result"], "prize_label": "A car"}), "prize_label should be"),
        (spin(result={"car": 1}),                                 "cannot be compared"),
        (spin(result="a car"),                                    "cannot be compared"),
        (spin(result=["a car"]),                                  "cannot be compared"),
        (spin(proof={**SPIN["proof"], "server_seed": None}),      "not 64 lower-case hex"),
        (spin(segments=[{"weight": 0}]),                          "no row"),
    ],
)  # fmt: skip
def test_the_checker_names_what_does_not_agree(told: dict[str, Any], problem: str) -> None:
    found = checker.check_file(told)
    assert not found.ok
    assert problem in " ".join(found.problems)


def test_the_same_chances_written_with_more_decimals_are_another_draw() -> None:
    longer = [{**segment, "probability": f"{segment['probability']}00"} for segment in WHEEL["segments"]]
    assert checker.check_file(wheel(segments=longer)).total_weight == 1_000
    assert checker.check_file(WHEEL).total_weight == 10


def test_a_turn_of_which_nothing_was_told_is_recomputed_all_the_same() -> None:
    bare = {name: WHEEL[name] for name in ("kind", "key", "proof", "segments")}
    assert (checker.check_file(bare).ok, checker.check_file(bare).winner) == (True, WHEEL["index"])
    odd = checker.check_file(wheel(reward={"reward_type": WHEEL["reward"]["reward_type"], "payload": None}))
    assert odd.ok


@pytest.mark.parametrize("draw", [WHEEL, SPIN], ids=["a wheel", "an activity"])
def test_the_checker_runs_on_a_reply_with_its_segments(
    draw: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps({**draw, "committed_hash": draw["proof"]["server_seed_hash"]}), encoding="utf-8")
    assert checker.main([str(file)]) == 0
    assert f"wins row {draw['index']}" in capsys.readouterr().out
    file.write_text(json.dumps({**draw, "committed_hash": "00" * 32}), encoding="utf-8")
    assert checker.main([str(file)]) == 1
    assert "DIFFERS: the hash seen before" in capsys.readouterr().out


class Gateway:
    """Answers for the admin door with one definition, and remembers what it was asked."""

    def __init__(self, spec: dict[str, Any], version: int = 1) -> None:
        self.spec, self.version = spec, version
        self.asked: list[str] = []

    def get(self, url: str, **_: object) -> httpx.Response:
        self.asked.append(url)
        return httpx.Response(200, json={"version": self.version, "spec": self.spec}, request=httpx.Request("GET", url))


@pytest.mark.parametrize(
    ("kind", "draw", "wrong"),
    [
        ("wheel", WHEEL, {"segment_id": 999}),
        ("activity", SPIN, {"result": OTHER}),
    ],
    ids=["a wheel", "an activity"],
)
def test_a_reply_is_checked_against_the_segments_that_the_gateway_shows(
    kind: str, draw: dict[str, Any], wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway({"segments": draw["segments"]})
    monkeypatch.setattr(httpx, "get", gateway.get)
    reply = {name: value for name, value in draw.items() if name not in NOT_TOLD}
    result = draws.verified(draws.completed(reply, kind, draw["key"], "http://gateway", "a key"))
    assert gateway.asked == [f"http://gateway/admin/v1/definitions/{kind}/{draw['key']}"]
    assert result.ok
    assert draws.verdict(result)[0].startswith("hash matches")
    bent = draws.verified(draws.completed({**reply, **wrong}, kind, draw["key"], "http://gateway", "a key"))
    assert "does NOT match" in draws.verdict(bent)[0]


@pytest.mark.parametrize(
    ("spec", "version", "problem"),
    [
        ({"segments": []},                1, "has no segments, so nothing can have been drawn"),
        ({"questions": []},               1, "has no segments, so nothing can have been drawn"),
        ({"segments": SPIN["segments"]},  2, "has version 2 now, but version 1 drew"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_says_why(
    spec: dict[str, Any], version: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx, "get", Gateway(spec, version).get)
    with pytest.raises(WrongSettings, match=problem):
        draws.completed({"proof": SPIN["proof"]}, "activity", "spin-1", "http://gateway", "a key")
    with pytest.raises(WrongSettings, match="lacks server_seed, server_seed_hash, segments"):
        draws.verified({"kind": "wheel", "key": "daily-spin"})
