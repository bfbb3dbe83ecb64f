"""An operator's own pay tables stand if the game knows them, they are whole, and they give back the code's rate."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import pytest

from services.rgs.games.keno.odds import HOUSE as KENO
from services.rgs.games.plinko.odds import HOUSE as PLINKO
from services.rgs.games.wheel.odds import HOUSE as WHEEL
from shared.definitions import InvalidDefinition, parse_spec
from shared.messages import know_all
from shared.messages.base import Amiss, Message
from shared.messages.game import GameSpec
from shared.messages.games.dice import DiceBet
from shared.messages.games.keno import KenoBet
from shared.messages.games.plinko import PlinkoBet
from shared.messages.games.wheel import WheelBet
from shared.pay_tables import WAYS, board_of, returned, unfit
from tests.specs.bet_words import CODES

know_all()

HOUSES = {"wheel": WHEEL, "plinko": PLINKO, "keno": KENO}
CALM = ("0.99",) * 10


def spec(slug: str, tables: Any, rtp: str = "0.99") -> GameSpec:
    return GameSpec.model_validate({"title": "Own", "slug": slug, "rtp": rtp, "tables": tables})


@pytest.mark.parametrize("game", HOUSES)
def test_the_house_has_every_table_of_a_game_and_each_stands_at_every_code(game: str) -> None:
    fair = HOUSES[game].fair
    assert set(fair) == set(WAYS[game])
    for rtp in CODES.values():
        assert unfit(game, rtp, {name: tuple(rtp * pays for pays in table) for name, table in fair.items()}) is None


def test_ways_are_all_the_outcomes_there_are() -> None:
    assert {sum(ways) for name, ways in WAYS["keno"].items()} == {comb(40, 10)}
    assert all(sum(ways) == 2 ** (len(ways) - 1) for ways in WAYS["plinko"].values())
    assert all(set(ways) == {1} for ways in WAYS["wheel"].values())
    assert [len(WAYS[game]) for game in ("wheel", "plinko", "keno")] == [15, 27, 40]


@pytest.mark.parametrize(
    ("opening", "board"),
    [
        (WheelBet(amount=1, segments=10, difficulty="LOW"),         "10/LOW"),
        (PlinkoBet(amount=1, rows=16, risk="HIGH"),                 "16/HIGH"),
        (KenoBet(amount=1, tiles=(4, 8), difficulty="CLASSIC"),     "2/CLASSIC"),
        (DiceBet(amount=1, over=1),                                 None),
    ],
)  # fmt: skip
def test_an_opening_says_on_which_board_it_is_played(opening: Message, board: str | None) -> None:
    assert board_of(opening) == board


def test_what_a_table_gives_back_is_the_mean_of_what_all_outcomes_pay() -> None:
    assert returned((1, 2, 1), (Fraction(4), Fraction(0), Fraction(2))) == Fraction(3, 2)
    with pytest.raises(ValueError, match="argument 2"):
        returned((1, 1), (Fraction(1),))


@pytest.mark.parametrize(
    ("slug", "tables", "amiss"),
    [
        ("wheel", {}, None),
        ("dice", {}, None),
        ("wheel", {"10/LOW": CALM}, None),
        ("wheel", {"10/LOW": ("0.9905",) * 10}, None),
        ("wheel", {"10/LOW": ("0.9895",) * 10}, None),
        ("plinko", {"8/LOW": ("0.992",) * 9}, None),
        ("keno", {"1/HIGH": ("0", "3.96")}, None),
        ("keno", {"1/HIGH": ("0", "3.968")}, None),
        ("dice", {"10/LOW": CALM}, Amiss("tables.10/LOW", "this game has no pay tables")),
        ("wheel", {"15/LOW": CALM},
         Amiss("tables.15/LOW", "is no table of this game; they are called 10/LOW … 50/HIGH")),
        ("keno", {"11/LOW": CALM},
         Amiss("tables.11/LOW", "is no table of this game; they are called 1/CLASSIC … 10/HIGH")),
        ("wheel", {"10/LOW": CALM[1:]}, Amiss("tables.10/LOW", "must have 10 entries, this one has 9")),
        ("wheel", {"10/LOW": ()}, Amiss("tables.10/LOW", "must have 10 entries, this one has 0")),
        ("wheel", {"10/LOW": ("0.9906",) * 10},
         Amiss("tables.10/LOW", "gives back 99.0600 % of what is staked, must be within 0.0500 % of 99.0000 %")),
        ("wheel", {"10/LOW": ("0.9894",) * 10},
         Amiss("tables.10/LOW", "gives back 98.9400 % of what is staked, must be within 0.0500 % of 99.0000 %")),
        ("plinko", {"8/LOW": ("0.9921",) * 9},
         Amiss("tables.8/LOW", "gives back 99.2100 % of what is staked, must be within 0.2000 % of 99.0000 %")),
        ("keno", {"1/HIGH": ("0", "3.9681")},
         Amiss("tables.1/HIGH", "gives back 99.2025 % of what is staked, must be within 0.2000 % of 99.0000 %")),
        ("wheel", {"10/LOW": CALM, "10/HIGH": ("1",) * 10},
         Amiss("tables.10/HIGH", "gives back 100.0000 % of what is staked, must be within 0.0500 % of 99.0000 %")),
    ],
)  # fmt: skip
def test_own_tables_are_known_whole_and_give_back_the_rate(slug: str, tables: Any, amiss: Amiss | None) -> None:
    assert spec(slug, tables).amiss() == amiss


def test_a_game_gives_something_back() -> None:
    assert spec("dice", {}, rtp="0.0").amiss() == Amiss("rtp", "must be more than 0")


def test_whoever_applies_such_a_table_is_told_where_it_is_wrong() -> None:
    with pytest.raises(InvalidDefinition, match="this one has 9"):
        parse_spec("game", {"title": "Own", "slug": "wheel", "rtp": "0.99", "tables": {"10/LOW": list(CALM[1:])}})
