"""`verify-round` and `simulate` as an operator meets them: rounds of a real town, checked from outside."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.casino import Casino, client_of, open_casino, token_in

BETS: dict[str, dict[str, Any]] = {
    "dice-beta": {"bet": {"amount": "1.00", "under": 5000}},
    "limbo-alpha": {"bet": {"amount": "1.00", "target": "1.50"}},
    "plinko-alpha": {"bet": {"amount": "1.00", "rows": 16, "risk": "RISK_HIGH"}},
    "keno-delta": {"bet": {"amount": "1.00", "tiles": [1, 2, 3, 4], "difficulty": "low"}},
    "wheel-alpha": {"bet": {"amount": "1.00", "segments": 50, "difficulty": 2}},
    "baccarat-alpha": {"bet": {"amount": "1.00", "on": "banker"}},
    "mines-alpha": {"instant": {"amount": "1.00", "mineCount": 3, "gridSize": 25, "fields": [1, 2, 3]}},
    "towers-gamma-leo": {"instant": {"amount": "1.00", "difficulty": "EASY", "fields": [1, 2]}},
}


@pytest.fixture(scope="module")
def casino() -> Iterator[Casino]:
    with open_casino() as found:
        yield found


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said."""
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("fairground: ")
    return line


def play(casino: Casino, player: str, code: str) -> tuple[str, str]:
    """A launch URL, and a round that was played from it and can be checked."""
    url = casino.launch(player, code)
    with client_of(url) as session:
        played = session.post("/game/play", json={"message": BETS[code]})
        assert played.status_code == 200, played.text
        assert session.post("/seed/rotate", json={}).status_code == 200
    return url, played.json()["roundId"]


@pytest.mark.parametrize("code", BETS)
def test_a_round_is_checked_from_the_log(casino: Casino, code: str) -> None:
    _, round_id = play(casino, "rocket", code)
    done = casino.run("verify-round", round_id)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("everything matches: the seeds give ")


def test_a_round_is_checked_from_what_the_gateway_tells_and_from_a_file(casino: Casino, tmp_path: Path) -> None:
    url, round_id = play(casino, "gamora", "dice-beta")
    with client_of(url) as session:
        answer = session.get(f"/game/round/{round_id}").json()
    place = tmp_path / "round.json"
    place.write_text(json.dumps(answer))
    for words in ((round_id, "--token", token_in(url)), (str(place),)):
        done = casino.run("verify-round", *words)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    answer["round"]["result"]["payout"] = "77.77"
    done = casino.run("verify-round", "-", given=json.dumps(answer))
    assert done.returncode == 1
    assert "does NOT match: payout was told as 77.77" in done.stdout


def test_a_round_whose_seed_is_still_secret_cannot_be_checked_yet(casino: Casino) -> None:
    url = casino.launch("mantis", "dice-alpha")
    with client_of(url) as session:
        told = session.post("/game/play", json={"message": BETS["dice-beta"]}).json()
    for words in ((), ("--token", token_in(url))):
        assert "not revealed yet" in one_line(casino.run("verify-round", told["roundId"], *words))


def test_a_game_in_steps_is_checked_too(casino: Casino) -> None:
    with client_of(casino.launch("groot", "hilo-alpha")) as session:
        told = session.post("/game/play", json={"message": {"start": {"amount": "1.00"}}}).json()
        for action in ("skip", "higher", "cashout"):
            session.post("/game/play", json={"message": {"next": {"action": action, "roundId": told["roundId"]}}})
        assert session.post("/seed/rotate", json={}).status_code == 200
    done = casino.run("verify-round", told["roundId"])
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_round_that_is_not_there_and_a_gateway_that_is_not_are_said_plainly(casino: Casino) -> None:
    nobody = "0192f0c1-0000-7000-8000-000000000008"
    assert "there is no round" in one_line(casino.run("verify-round", nobody))
    assert "does not show this round" in one_line(casino.run("verify-round", nobody, "--token", "x" * 43))
    away = casino.run("verify-round", nobody, "--token", "x", "--gateway", "http://127.0.0.1:9")
    assert "cannot be reached" in one_line(away)
    assert "cannot be read" in one_line(casino.run("verify-round", "no-such-file.json"))
    assert "cannot be checked" in one_line(casino.run("verify-round", "-", given='{"round": 1}'))


def test_simulate_tells_the_rate_beside_the_exact_one_and_the_same_seed_tells_the_same(casino: Casino) -> None:
    words = ("simulate", "plinko-delta", "--rounds", "6e4", "--strategy", "rows=8,risk=low", "--seed", "def")
    alone = casino.run(*words, "--processes", "1")
    assert (alone.returncode, alone.stderr) == (0, "")
    for told in (
        "rounds",
        "60,000",
        "exact RTP",
        "96.000000%",
        "hit rate",
        "variance",
        "chi-square",
        "p = ",
        "holds it",
    ):
        assert told in alone.stdout
    assert casino.run(*words, "--processes", "2").stdout == alone.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dice-omega",),                                  "there is no game dice-omega in this world; it has"),
        (("dice-alpha", "--rounds", "many"),               "is not a number of rounds such as 1e7"),
        (("dice-alpha", "--rounds", "0"),                  "rounds must be from 1"),
        (("dice-alpha", "--strategy", "line=10000"),       "line must be a whole number from 0 to 9998"),
        (("dice-alpha", "--file", "no-such-world.yaml"),   "no-such-world.yaml cannot be read"),
    ],
)  # fmt: skip
def test_a_simulation_that_makes_no_sense_is_said_plainly(casino: Casino, words: tuple[str, ...], says: str) -> None:
    assert says in one_line(casino.run("simulate", *words))
