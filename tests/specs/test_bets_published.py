"""Every published figure of limbo, wheel, plinko and keno comes out of our games; of dice, its floats do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from services.rgs.games.game import Chance
from services.rgs.games.registry import game_of
from shared.messages.game import Slug
from shared.messages.games.dice import DiceVerify
from shared.messages.games.keno import KenoVerify
from shared.messages.games.limbo import LimboVerify
from shared.messages.games.plinko import PlinkoVerify
from shared.messages.games.wheel import WheelVerify
from tests.specs.bet_words import ALPHA

FILE: Final = Path(__file__).parents[1] / "data" / "fairness_vectors.json"


@cache
def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
    return found


def answer(slug: Slug, query: Any, chance: Chance) -> Any:
    return game_of(slug).verify(query, chance, ALPHA)


def limbo(told: Any, chance: Chance) -> bool:
    return bool(answer("limbo", LimboVerify(), chance).outcome == Decimal(told) * 100)


def wheel(told: Any, chance: Chance) -> bool:
    query = WheelVerify(segments=told["segments"], difficulty="LOW")
    return bool(answer("wheel", query, chance).outcome == told["result"])


def plinko(told: Any, chance: Chance) -> bool:
    if isinstance(told, list):
        path = answer("plinko", PlinkoVerify(rows=16, risk="LOW"), chance).path
        return bool(["LR"[side] for side in path] == told)
    rows = told["rows"]
    slot = answer("plinko", PlinkoVerify(rows=rows, risk="LOW"), chance).slot
    theirs = published()["_stake_plinko_paytable_half"]["table"][str(rows)][told["risk"]]
    return bool(theirs[abs(2 * slot - rows) // 2] == told["multiplier"])


def keno(told: Any, chance: Chance) -> bool:
    drawn = answer("keno", KenoVerify(difficulty="LOW"), chance).drawn
    return told in (list(drawn), [tile - 1 for tile in drawn], sorted(drawn))


def dice(told: Any, chance: Chance) -> bool:
    """They have 10,001 outcomes and we 10,000, so the same float falls on theirs, or on the one below."""
    theirs, ours = Decimal(told) * 100, answer("dice", DiceVerify(), chance).roll
    return bool(theirs - 1 <= ours <= theirs)


GAMES: Final[dict[str, Callable[[Any, Chance], bool]]] = {
    "limbo": limbo,
    "wheel": wheel,
    "plinko": plinko,
    "keno": keno,
    "dice": dice,
}


def of_one_game(game: str) -> Iterator[tuple[Any, Chance]]:
    """What sets of one game tell, and the chance that it came from."""
    for vectors in published()["sets"]:
        if vectors["game"] == game:
            nonces = range(vectors["nonce_from"], vectors["nonce_to"] + 1)
            for nonce, told in zip(nonces, vectors["outcomes"], strict=True):
                yield told, Chance(vectors["server_seed"], vectors["client_seed"], nonce)


def of_many_games() -> Iterator[tuple[dict[str, Any], Chance]]:
    for vectors in published()["sets"]:
        if vectors["game"] == "multi":
            for told in vectors["outcomes"]:
                yield told, Chance(told["serverSeed"], told["clientSeed"], told["nonce"])


@pytest.mark.parametrize(
    ("game", "figures"), [("limbo", 59), ("wheel", 37), ("plinko", 85), ("keno", 59), ("dice", 59)]
)
def test_every_published_round_of_a_game_comes_out_of_ours(game: str, figures: int) -> None:
    compared = [GAMES[game](told, chance) for told, chance in of_one_game(game)]
    assert all(compared)
    assert len(compared) == figures


def test_every_published_round_of_many_games_comes_out_of_ours() -> None:
    compared = 0
    for told, chance in of_many_games():
        assert dice(told["dice"], chance)
        assert limbo(told["limbo"], chance)
        assert keno(told["keno"], chance)
        assert plinko(list(told["plinko16"]), chance)
        for rows, slot in told["plinko_slots"].items():
            assert answer("plinko", PlinkoVerify(rows=int(rows), risk="LOW"), chance).slot == slot
        sizes = [int(name.removeprefix("wheel")) for name in told if name.startswith("wheel")]
        for size in sizes:
            assert wheel({"segments": size, "result": told[f"wheel{size}"]}, chance)
        compared += 4 + len(told["plinko_slots"]) + len(sizes)
    assert compared == 25


def test_the_ball_that_shuffle_prints_falls_as_ours_does() -> None:
    told = answer("plinko", PlinkoVerify(rows=8, risk="LOW"), Chance("def", "abc", 0))
    assert (told.path, told.slot) == ((1, 1, 0, 1, 0, 1, 1, 0), 5)
