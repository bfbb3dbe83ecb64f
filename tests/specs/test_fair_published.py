"""Every published figure of the scheme comes out of our code: bytes, floats, commitments, and games made from them."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from shared.fair.floats import FLOATS_A_BLOCK, UNIT, block_of, floats, numerators, scaled
from shared.fair.seeds import commitment

FILE: Final = Path(__file__).parents[1] / "data" / "fairness_vectors.json"
RANKS: Final = ("2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A")
SUITS: Final = ("diamond", "heart", "spade", "club")
GEMS: Final = ("green", "purple", "yellow", "red", "cyan", "pink", "blue")
MOST_CARDS: Final = 52
PUBLISHED: Final = 675
"""Figures in the file; each counts once, a row of cards or mines too."""


@cache
def published() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)
    return found


class Round:
    """One round of the published scheme, and the formulas that the file states for its games."""

    def __init__(self, server_seed: str, client_seed: str, nonce: int) -> None:
        self._seeds = (server_seed, client_seed, nonce)
        self.nonce = nonce

    def draws(self, count: int) -> list[int]:
        return list(islice(numerators(*self._seeds), count))

    def evenly(self, outcomes: int, count: int = 1) -> list[int]:
        return [scaled(numerator, outcomes) for numerator in self.draws(count)]

    def without_replacement(self, size: int, count: int, first: int = 0) -> list[int]:
        left = list(range(first, first + size))
        return [left.pop(scaled(numerator, len(left))) for numerator in self.draws(count)]

    def dice(self) -> Decimal:
        return Decimal(self.evenly(10_001)[0]) / 100

    def limbo(self) -> Decimal:
        return Decimal(max(99 * UNIT // self.draws(1)[0], 100)) / 100

    def plinko(self, rows: int = 16) -> list[str]:
        return ["LR"[side] for side in self.evenly(2, rows)]


def card(index: int) -> str:
    return f"{RANKS[index // 4]}-{SUITS[index % 4]}"


def cards(round_: Round, count: int, like: list[Any]) -> list[Any]:
    """So many cards of an endless deck, told as `like` tells them: by index or by name."""
    dealt = round_.evenly(52, count)[: len(like)]
    return dealt if isinstance(like[0], int) else [card(index) for index in dealt]


def plinko(round_: Round, told: Any) -> Any:
    if isinstance(told, list):
        return round_.plinko()
    rows, risk = told["rows"], told["risk"]
    half = published()["_stake_plinko_paytable_half"]["table"][str(rows)][risk]
    from_middle = abs(2 * round_.plinko(rows).count("R") - rows) // 2
    return {"risk": risk, "rows": rows, "multiplier": half[from_middle]}


def keno(round_: Round, told: list[int]) -> list[int]:
    drawn = round_.without_replacement(40, 10)
    return drawn if told == drawn else sorted(number + 1 for number in drawn)


def mines(round_: Round, told: list[int]) -> list[int]:
    drawn = round_.without_replacement(25, 24)
    return drawn if len(told) == 24 and told == drawn else sorted(drawn[: round_.nonce + 1])


def video_poker(round_: Round, told: list[Any]) -> list[Any]:
    dealt = round_.without_replacement(52, 10)
    return dealt if isinstance(told[0], int) else [card(index) for index in dealt]


GAMES: Final[dict[str, Callable[[Round, Any], Any]]] = {
    "dice": lambda round_, told: round_.dice(),
    "primedice": lambda round_, told: round_.dice(),
    "limbo": lambda round_, told: round_.limbo(),
    "roulette": lambda round_, told: round_.evenly(37)[0],
    "wheel": lambda round_, told: {"segments": told["segments"], "result": round_.evenly(told["segments"])[0]},
    "plinko": plinko,
    "mines": mines,
    "keno": keno,
    "blackjack": lambda round_, told: cards(round_, MOST_CARDS, told),
    "hilo": lambda round_, told: cards(round_, MOST_CARDS, told),
    "baccarat": lambda round_, told: cards(round_, 6, told),
    "video_poker": video_poker,
    "flip": lambda round_, told: "".join("TH"[side] for side in round_.evenly(2, 20)),
    "diamonds": lambda round_, told: [GEMS[gem] for gem in round_.evenly(7, 5)],
}


def of_games(vectors: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    nonces = range(vectors["nonce_from"], vectors["nonce_to"] + 1)
    for nonce, told in zip(nonces, vectors["outcomes"], strict=True):
        round_ = Round(vectors["server_seed"], vectors["client_seed"], nonce)
        figure = Decimal(told) if vectors["game"] in ("dice", "primedice", "limbo") else told
        yield GAMES[vectors["game"]](round_, figure), figure


def of_crash(vectors: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Crash and slide draw from a hash chain, not from floats; the key is text here too."""
    percent = 98 if vectors["game"] == "slide" else 99
    for told in vectors["outcomes"]:
        message = told.get("seed") or vectors["seed"]
        x = int(hmac.new(told["hash"].encode(), message.encode(), hashlib.sha256).hexdigest()[:8], 16)
        yield Decimal(max(100, UNIT * percent // (x + 1))) / 100, Decimal(told.get("result") or told["stoppage"])
    for link in vectors.get("chain", ()):
        yield commitment(link["hash"]), link["previousGameHash"]


def of_commitments(vectors: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for told in vectors["outcomes"]:
        yield commitment(told["serverSeed"]), told["serverSeedHash"]


def of_bytes_and_floats(vectors: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    seeds = (vectors["server_seed"], vectors["client_seed"], vectors["nonce"])
    digests = block_of(*seeds, 0) + block_of(*seeds, 1)
    yield list(digests[: len(vectors["bytes"])]), vectors["bytes"]
    for cursor, told in enumerate(vectors["floats"]):
        yield round(Decimal(next(numerators(*seeds, cursor))) / UNIT, 12), told


def of_many_games(vectors: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for told in vectors["outcomes"]:
        seeds = (told["serverSeed"], told["clientSeed"], told["nonce"])
        round_ = Round(*seeds)
        yield [block_of(*seeds, block).hex() for block in range(3)], told["hmacs"]
        yield round_.dice(), told["dice"]
        yield round_.limbo(), told["limbo"]
        yield round_.evenly(37)[0], told["roulette"]
        yield round_.without_replacement(40, 10, first=1), told["keno"]
        yield "".join(round_.plinko()), told["plinko16"]
        for rows, slot in told["plinko_slots"].items():
            yield round_.plinko(int(rows)).count("R"), slot
        mined = round_.without_replacement(25, 24, first=1)
        yield set(range(1, 26)) - set(mined), {told["safe_tile_of_24_mines_1based"]}
        for name in (name for name in told if name.startswith("wheel")):
            yield round_.evenly(int(name.removeprefix("wheel")))[0], told[name]


def of_units(vectors: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for i, nonce in enumerate(range(vectors["nonce_from"], vectors["nonce_to"] + 1)):
        round_ = Round(vectors["server_seed"], vectors["client_seed"], nonce)
        yield round_.dice(), vectors["dice"][i]
        yield round_.limbo(), vectors["limbo"][i]
        mined = sorted(round_.without_replacement(25, 11, first=1))
        yield mined, vectors["mines11_1based_sorted"][i]


READERS: Final[dict[str, Callable[[dict[str, Any]], Iterator[tuple[Any, Any]]]]] = {
    "crash": of_crash,
    "slide": of_crash,
    "commitment": of_commitments,
    "bytes_and_floats": of_bytes_and_floats,
    "multi": of_many_games,
    "multi2": of_units,
}


def pairs(vectors: dict[str, Any]) -> list[tuple[Any, Any]]:
    """What we compute beside what was published."""
    found = list(READERS.get(vectors["game"], of_games)(vectors))
    if "server_seed_hash" in vectors:
        found.append((commitment(vectors["server_seed"]), vectors["server_seed_hash"]))
    return found


def test_every_published_vector_reproduces(
    capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    sets = published()["sets"]
    reproduced = 0
    for vectors in sets:
        compared = pairs(vectors)
        assert compared
        for ours, told in compared:
            assert ours == told, f"{vectors['game']} of {vectors['source']}"
        reproduced += len(compared)
    record_property("published_vectors", reproduced)
    with capsys.disabled():
        sys.stdout.write(f"\n{reproduced} published vectors reproduce, in {len(sets)} sets\n")
    assert (len(sets), reproduced) == (33, PUBLISHED)


def test_the_floats_that_shuffle_prints_are_ours_bit_for_bit() -> None:
    printed = [
        0.8320531346835196, 0.8531235849950463, 0.18227359023876488, 0.774284637067467,
        0.18627392360940576, 0.6012540922965854, 0.608081541955471, 0.46018488449044526,
    ]  # fmt: skip
    assert [float(found) for found in islice(floats("def", "abc", 0), FLOATS_A_BLOCK)] == printed


@pytest.mark.parametrize("cursor", [0, 1, 7, 8, 9, 16, 23])
def test_a_cursor_goes_on_where_an_earlier_reading_stopped(cursor: int) -> None:
    whole = list(islice(numerators("seed", "client", 5), 40))
    assert list(islice(numerators("seed", "client", 5, cursor), 40 - cursor)) == whole[cursor:]


def test_there_is_no_float_before_the_first() -> None:
    with pytest.raises(ValueError, match="count from 0"):
        next(numerators("seed", "client", 0, -1))


def test_a_float_never_falls_beside_the_outcomes() -> None:
    assert [scaled(n, 37) for n in (0, UNIT - 1)] == [0, 36]
    assert [scaled(n, 10_000) for n in (0, UNIT - 1)] == [0, 9_999]
