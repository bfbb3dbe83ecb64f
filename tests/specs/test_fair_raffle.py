"""A raffle's draw can be recomputed from its reply alone, and the list of tickets from the list of entries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from services.engines.raffle.tickets import chained, winning_ticket
from shared.cli import draws
from shared.fair import checker
from shared.fair.draw import roll
from shared.fair.seeds import commitment
from shared.messages.raffle import NO_TICKETS_HASH
from shared.settings import WrongSettings

ROOT: Final = Path(__file__).parents[2]
VECTORS: Final[list[dict[str, Any]]] = json.loads(
    (ROOT / "docs" / "vectors" / "raffle.json").read_text(encoding="utf-8")
)["raffles"]
TOLD: Final = {name: value for name, value in VECTORS[0].items() if name not in {"kind", "key", "counter", "entries"}}
"""A reply, as the door gives it."""


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['key']}-{vector['total_tickets']}")
def test_our_published_raffles_come_out_of_the_engine_and_of_the_checker(vector: dict[str, Any]) -> None:
    key, seed, total = vector["key"], vector["server_seed"], vector["total_tickets"]
    assert commitment(seed) == vector["server_seed_hash"]
    assert roll(seed, "raffle", key, total) == (vector["winning_ticket_idx"], vector["counter"])
    assert winning_ticket(seed, key, total) == vector["winning_ticket_idx"]
    hash_ = NO_TICKETS_HASH
    for entry in vector["entries"]:
        hash_ = chained(hash_, entry["first_ticket"], entry["last_ticket"], entry["username"])
        assert hash_ == entry["tickets_hash"]
    assert hash_ == vector["tickets_hash"]
    found = checker.check_file(vector)
    assert (found.problems, found.winner) == ((), vector["winning_ticket_idx"])
    assert (found.counter, found.total_weight) == (vector["counter"], total)


def changed(**fields: Any) -> dict[str, Any]:
    return {**VECTORS[0], **fields}


def entries(*ranges: tuple[Any, Any, str]) -> list[dict[str, Any]]:
    return [{"first_ticket": first, "last_ticket": last, "username": who} for first, last, who in ranges]


ROCKET: Final = "rocket"


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (changed(server_seed="AB" * 32),                         "not 64 lower-case hex"),
        (changed(server_seed_hash="00" * 32),                    "was published"),
        (changed(total_tickets=0),                               "total_tickets is not a whole number"),
        (changed(total_tickets=10.0),                            "total_tickets is not a whole number"),
        (changed(total_tickets=True),                            "total_tickets is not a whole number"),
        (changed(winning_ticket_idx=9),                          "winning_ticket_idx should be 0, but 9"),
        (changed(winning_ticket_idx=None),                       "winning_ticket_idx should be 0, but None"),
        (changed(winner_username=ROCKET),                        "winner_username should be 'StarlordV7'"),
        (changed(tickets_hash="00" * 32),                        "tickets_hash should be"),
        (changed(entries=VECTORS[0]["entries"][:1]),             "total_tickets should be 3, but 10"),
        (changed(entries=VECTORS[0]["entries"][1:]),             "ticket 0 is not where the next entry begins"),
        (changed(entries=entries((0, 5, ROCKET), (5, 9, ROCKET))), "ticket 6 is not where the next entry begins"),
        (changed(entries=entries((0, -1, ROCKET))),              "ticket 0 is not where the next entry begins"),
        (changed(entries=entries((0, "9", ROCKET))),             "ticket 0 is not where the next entry begins"),
        (changed(entries=[{"first_ticket": 0}]),                 "not a list of first_ticket"),
        (changed(entries={}),                                    "not a list of first_ticket"),
        (changed(entries=entries((0, 9, "\ud800"))),             "winner_username should be"),
    ],
)  # fmt: skip
def test_the_checker_names_what_does_not_agree(told: dict[str, Any], problem: str) -> None:
    found = checker.check_file(told)
    assert not found.ok
    assert problem in " ".join(found.problems)


def test_the_checker_runs_on_a_raffles_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(VECTORS[0]), encoding="utf-8")
    assert checker.main([str(file)]) == 0
    assert "roll 0 of 10 (counter 0) wins ticket 0" in capsys.readouterr().out
    file.write_text(json.dumps(changed(winning_ticket_idx=9)), encoding="utf-8")
    assert checker.main([str(file)]) == 1
    assert "DIFFERS: winning_ticket_idx should be 0" in capsys.readouterr().out


def test_a_raffles_reply_is_checked_without_asking_anybody() -> None:
    draw = draws.completed(TOLD, "raffle", "weekly-raffle", "http://127.0.0.1:9", "no key")
    result = draws.verified(draw)
    assert result.ok
    assert draws.verdict(result)[1].startswith("prize matches: roll 0 of 10")
    assert not draws.verified(draws.completed(TOLD, "raffle", "other-raffle", "http://127.0.0.1:9", "no key")).ok
    late = draws.verified({**draw, "committed_hash": "00" * 32})
    assert late.problems == ("the hash seen before the draw is not the one that was told with it",)


@pytest.mark.parametrize(
    ("kind", "told", "problem"),
    [
        ("castle", TOLD,                                       "nothing of kind 'castle' draws"),
        ("raffle", {"server_seed": TOLD["server_seed"]},       "lacks server_seed_hash, total_tickets"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_says_why(kind: str, told: dict[str, Any], problem: str) -> None:
    with pytest.raises(WrongSettings, match=problem):
        draws.verified(draws.completed(told, kind, "weekly-raffle", "http://127.0.0.1:9", "no key"))
