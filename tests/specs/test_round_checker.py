"""What the games play, the checker finds again, though the two share no code; and it sees whatever was changed."""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as some

from services.rgs.games.baccarat.hands import dealt
from services.rgs.games.blackjack import sides
from services.rgs.games.cards import DECK
from services.rgs.games.game import Terms
from services.rgs.games.hilo import odds as hilo_odds
from services.rgs.games.keno import odds as keno_odds
from services.rgs.games.plinko import odds as plinko_odds
from services.rgs.games.registry import GAMES
from services.rgs.games.wheel import odds as wheel_odds
from shared.fair.round_checker import baccarat, blackjack, hilo, logged
from shared.fair.round_checker.answer import question
from shared.fair.round_checker.asked import Unreadable
from shared.fair.round_checker.check import GAMES as CHECKED
from shared.fair.round_checker.check import check
from shared.fair.round_checker.terms import rate_of, tables_of
from shared.fair.round_checker.verdict import verdict
from tests.specs.rounds_of_games import CODES, RATES, baccarat_decks, opened_otherwise, rounds
from tests.tree import ROOT

FOLDER = ROOT / "shared/fair/round_checker"
DICE: dict[str, Any] = {
    "game": "dice-alpha",
    "serverSeed": "def",
    "serverHash": "cb8379ac2098aa165029e3938a51da0bcecfc008fd6795f401178647f96c5b34",
    "clientSeed": "abc",
    "nonce": 0,
    "bet": {"amount": "1.00", "over": 5000},
    "state": {"roll": 8320},
    "payout": "1.98",
    "multiplier": "1.98",
}
"""The first of the floats that others published for these seeds is 0.83205…"""


def changed(round_: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The same round with one thing changed, each in turn."""
    found = []
    for name, value in (
        ("server_hash", "0" * 64),
        ("payout", round_["payout"] + 1),
        ("multiplier", str(Fraction(round_["multiplier"]) + 1)),
    ):
        found.append((name, {**copy.deepcopy(round_), name: value}))
    return found


def test_every_game_is_checked() -> None:
    assert CHECKED.keys() == GAMES.keys() == CODES.keys()


@pytest.mark.parametrize("slug", CODES)
def test_the_rounds_that_are_checked_are_begun_in_every_way_and_are_won_and_lost(slug: Any) -> None:
    """Otherwise what is found of them says less than it seems to."""
    wanted = set(product((opening.model_fields["act"].default for opening in GAMES[slug].openings), (True, False)))

    def is_the_last(round_: dict[str, Any]) -> bool:
        wanted.discard((round_["opening"]["act"], round_["payout"] > 0))
        return not wanted

    find(rounds(slug), is_the_last, settings=settings(max_examples=1_000, phases=[Phase.generate], derandomize=True))


@pytest.mark.parametrize("slug", CODES)
@settings(max_examples=150)
@given(data=some.data())
def test_the_checker_finds_what_was_played(slug: str, data: some.DataObject) -> None:
    round_ = data.draw(rounds(slug))
    result = check(logged.question(round_, round_["server_seed"]))
    assert result.problems == ()
    assert result.multiplier == Fraction(round_["multiplier"])
    for name, wrong in changed(round_):
        assert check(logged.question(wrong, wrong["server_seed"])).problems, name


@pytest.mark.parametrize("slug", CODES)
@settings(max_examples=25)
@given(data=some.data())
def test_the_checker_sees_other_seeds_and_other_outcomes(slug: str, data: some.DataObject) -> None:
    round_ = data.draw(rounds(slug))
    said = logged.question(round_, round_["server_seed"])
    assert not check({**said, "serverSeed": said["serverSeed"][::-1] + "0"}).ok
    outcome = {
        "dice": "roll", "limbo": "outcome", "plinko": "path", "keno": "resultTiles", "wheel": "outcome",
        "hilo": "rounds", "baccarat": "player", "blackjack": "player", "mines": "mines", "towers": "board",
    }[slug]  # fmt: skip
    told = said["state"][outcome]
    other = told + 1 if isinstance(told, int) else told + "1" if isinstance(told, str) else told[:-1]
    said["state"] = {**said["state"], outcome: other}
    try:
        assert not check(said).ok
    except Unreadable:
        assert slug == "blackjack"


@pytest.mark.parametrize("slug", ["mines", "towers"])
@settings(max_examples=50)
@given(data=some.data())
def test_a_round_at_once_opens_what_its_bet_says_and_nothing_else(slug: str, data: some.DataObject) -> None:
    round_ = data.draw(rounds(slug).filter(lambda one: "fields" in one["opening"]))
    asked = logged.question(round_, round_["server_seed"])
    assert check({**asked, "state": {}}).multiplier == Fraction(round_["multiplier"]), "the bet alone is enough"
    assert any(problem.startswith("rounds was told") for problem in check(opened_otherwise(asked)).problems)


@pytest.mark.parametrize("slug", ["mines", "towers", "hilo", "dice", "blackjack"])
@settings(max_examples=50)
@given(data=some.data())
def test_a_round_that_reached_the_most_that_can_be_won_is_checked_too(slug: str, data: some.DataObject) -> None:
    """As the service settles it: paid the most, and the multiplier is what that makes of the stake."""
    round_ = data.draw(rounds(slug))
    most = data.draw(some.integers(1, max(1, round_["payout"])))
    capped = {**round_, "max_win": most}
    if round_["payout"] > most:
        capped |= {"payout": most, "multiplier": str(Fraction(most, round_["opening"]["amount"]))}
        assert check(logged.question({**round_, "max_win": most}, round_["server_seed"])).problems
    assert check(logged.question(capped, round_["server_seed"])).problems == ()


def test_every_hand_of_baccarat_is_dealt_alike() -> None:
    """All first totals of both, and all third cards of the player; the banker's third card is always a five."""
    for deck in baccarat_decks():
        hands = dealt(deck)
        assert baccarat.hands(deck) == (list(hands.player), list(hands.banker))


def test_every_guess_of_hilo_wins_alike() -> None:
    for rank in hilo_odds.RANKS:
        for side in ("HIGHER", "LOWER"):
            mine = {hilo.RANKS[one] for one in hilo.winning(rank, higher=side == "HIGHER")}
            assert mine == hilo_odds.right(rank, side)


def test_every_side_bet_of_blackjack_pays_alike() -> None:
    for first, second, up in product(DECK, repeat=3):
        assert blackjack.poker([first, second, up]) == sides.three_card_poker(first, second, up)
    for first, second in product(DECK, repeat=2):
        assert blackjack.pair(first, second) == sides.perfect_pairs(first, second)


@pytest.mark.parametrize("code", [f"{slug}-{kind}" for slug, kinds in CODES.items() for kind in kinds])
def test_a_code_says_its_own_rate(code: str) -> None:
    assert rate_of(code) == Fraction(RATES[code.partition("-")[2]])


@pytest.mark.parametrize(("slug", "odds"), [("wheel", wheel_odds), ("plinko", plinko_odds), ("keno", keno_odds)])
def test_the_checkers_own_pay_tables_are_those_of_the_house(slug: str, odds: Any) -> None:
    rate = Fraction(98, 100)
    own = {name: tuple(table) for name, table in tables_of(slug, rate).items()}
    assert own == {name: odds.HOUSE.table(name, Terms(rate)) for name in odds.HOUSE.fair}


def test_the_rounds_to_try_it_on_hold_one_of_every_game() -> None:
    vectors = json.loads((ROOT / "docs/vectors/round.json").read_text(encoding="utf-8"))["rounds"]
    assert {one["game"].partition("-")[0] for one in vectors} == set(CODES)
    for one in vectors:
        assert check(one).ok, one["game"]
        assert not check({**one, "nonce": one["nonce"] + 1}).ok


def test_an_operators_own_tables_stand_in_place_of_the_published_ones() -> None:
    said = {
        "game": "wheel-alpha", "serverSeed": "def", "clientSeed": "abc", "nonce": 0,
        "bet": {"amount": "1", "segments": "SEGMENTS_10", "difficulty": 1},
        "tables": {"10/LOW": ["0"] * 8 + ["7.5", "0"]},
    }  # fmt: skip
    result = check(said)
    assert (result.shown["outcome"], result.multiplier, result.payout) == (8, Fraction(15, 2), "8")


def test_what_was_told_of_a_code_counts_before_its_name_and_the_published_tables() -> None:
    told = {**DICE, "game": "midnight", "slug": "dice", "rtp": "0.9725"}
    assert check({**told, "payout": "1.95", "multiplier": "1.94"}).multiplier == Fraction(9725, 4999)
    assert check({**DICE, "rtp": None, "table": None, "slug": None}).ok
    assert check({**DICE, "rtp": "0.9925", "payout": "1.99", "multiplier": "1.98"}).ok


def test_a_saved_answer_is_enough_where_a_code_has_a_table_of_its_own() -> None:
    answer: dict[str, Any] = {
        "gameId": "fortune",
        "round": {
            "slug": "wheel", "rtp": "0.97", "table": ["0.97"] * 8 + ["1.94", "0"],
            "result": {"payout": "1.94", "exactMultiplier": "97/50"},
        },
        "seed": {name: DICE[name] for name in ("serverSeed", "serverHash", "clientSeed", "nonce")},
        "roundData": {"amount": "1.00", "segments": 10, "difficulty": 1},
        "state": {"outcome": 8, "segments": 10, "difficulty": 1},
    }  # fmt: skip
    assert check(question(answer)).problems == ()
    bare = {**answer, "round": {**answer["round"], "table": None}}
    assert not check(question(bare)).ok
    assert check(question({**bare, "table": answer["round"]["table"]})).ok


def test_published_seeds_come_to_the_published_roll_and_a_multiplier_may_be_cut() -> None:
    assert check(DICE).ok
    assert verdict(check(DICE)) == [
        'everything matches: the seeds give {"roll": 8320}, multiplier 9900/4999, payout 1.98'
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"committedHash": "00"},           "but 00 was noted before the bet"),
        ({"serverHash": "00"},              "but 00 was published"),
        ({"state": {"roll": 8321}},         "roll was told as 8321, but it is 8320"),
        ({"payout": "1.99"},                "payout was told as 1.99, but it is 1.98"),
        ({"multiplier": "1.99"},            "multiplier was told as 1.99, but it is 9900/4999"),
        ({"multiplier": "nothing"},         "multiplier was told as nothing"),
        ({"exactMultiplier": "9900/5000"},  "exactMultiplier was told as 9900/5000"),
        ({"nonce": 1},                      "roll was told as 8320, but it is 4305"),
        ({"rtp": "0.9874"},                 "but the name of dice-alpha says 99/100"),
        ({"rtp": "0.9926"},                 "rtp was told as 4963/5000, but the name of dice-alpha says 99/100"),
        ({"rtp": "0.5", "game": "dice-vip"}, "payout was told as 1.98, but it is 1.00"),
        ({"maxWin": "1.50"},                "payout was told as 1.98, but it is 1.50"),
        ({"maxWin": "1.50"},                "multiplier was told as 1.98, but it is 3/2"),
    ],
)  # fmt: skip
def test_whatever_was_told_wrong_is_said(change: dict[str, Any], says: str) -> None:
    told = verdict(check({**DICE, **change}))
    assert any(says in line for line in told), told
    assert not check({**DICE, **change}).ok


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"game": "dice"},                                   "not a game code"),
        ({"game": "dice-vip"},                               "so its rtp must be said"),
        ({"slug": "roulette"},                               "none of the games"),
        ({"rtp": "much"},                                    "rtp is not decimal text"),
        ({"table": "0.99"},                                  "table is not a list of decimal text"),
        ({"table": [1]},                                     "table is not a list of decimal text"),
        ({"game": "wheel-alpha", "table": ["1"], "bet": {"segments": 10, "difficulty": 1}}, "10/LOW of 10 multipliers"),
        ({"game": "roulette-alpha"},                         "none of the games"),
        ({"nonce": -1},                                      "nonce"),
        ({"nonce": True},                                    "nonce"),
        ({"serverSeed": ""},                                 "serverSeed is missing"),
        ({"bet": {"amount": "1", "over": 1, "under": 2}},    "one of the two"),
        ({"bet": {"amount": "1"}},                           "one of the two"),
        ({"bet": {"amount": "1e3", "over": 5}},              "amount is not decimal text"),
        ({"bet": {"amount": "1", "over": 9_999}},            "over is not a whole number"),
        ({"bet": None},                                      "bet is not an object"),
        ({"game": "wheel-alpha", "tables": []},              "segments"),
        ({"game": "wheel-alpha", "tables": [1]},             "tables"),
        ({"game": "wheel-alpha", "tables": {"a": [1]}},      "tables"),
        ({"game": "limbo-alpha", "bet": {"target": "1.00"}}, "target"),
        ({"game": "keno-alpha", "bet": {"tiles": [1, 1]}},   "tiles"),
        ({"game": "keno-alpha", "bet": {"tiles": [41]}},     "tiles"),
        ({"game": "hilo-alpha", "bet": {"startCard": "7"}},  "startCard"),
        ({"game": "blackjack-leo"},                          "player"),
        ({"game": "mines-alpha", "bet": {"mineCount": 25}},  "mineCount"),
        ({"game": "plinko-alpha", "bet": {"rows": 8}},       "risk is none of LOW, MEDIUM, HIGH"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_said_plainly(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        check({**DICE, **change})


def test_an_answer_of_the_door_is_read() -> None:
    answer = {
        "gameId": "dice-alpha",
        "round": {"id": "r", "amount": "1.00", "result": {"payout": "1.98", "multiplier": "1.98"}},
        "seed": {name: DICE[name] for name in ("serverSeed", "serverHash", "clientSeed", "nonce")},
        "roundData": DICE["bet"],
        "state": {"over": 5000, "result": 8320},
    }
    assert check(question(answer)).ok
    wrong = {**answer, "state": {"over": 5000, "result": 8321}}
    assert not check(question(wrong)).ok
    void = {**answer, "round": {"id": "r", "amount": "1.00", "status": "voided"}}
    with pytest.raises(Unreadable, match="is void"):
        question(void)
    hidden = {**answer, "seed": {**answer["seed"], "serverSeed": None}}
    with pytest.raises(Unreadable, match="not revealed"):
        question(hidden)
    with pytest.raises(Unreadable, match="not a JSON object"):
        question([])


def test_the_checker_shares_no_code_with_the_engine_and_needs_nothing_but_python() -> None:
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                top = name.partition(".")[0]
                assert top in sys.stdlib_module_names or name.startswith("shared.fair.round_checker"), (file, name)


@pytest.mark.parametrize(
    ("file", "code", "says"),
    [
        (DICE, 0, "everything matches"),
        ({**DICE, "nonce": 1}, 1, "does NOT match"),
        ({}, 2, "cannot be checked"),
        (None, 2, "usage"),
    ],
)
def test_the_checker_is_a_command_of_its_own(tmp_path: Path, file: Any, code: int, says: str) -> None:
    place = tmp_path / "round.json"
    place.write_text(json.dumps(file), encoding="utf-8")
    words = [sys.executable, "-S", "-m", "shared.fair.round_checker", *([] if file is None else [str(place)])]
    bare = {"PATH": os.environ["PATH"]}
    done = subprocess.run(words, cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr
