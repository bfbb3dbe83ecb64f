"""Baccarat: two hands by fixed rules; a bet on either gets even money, the banker's less 5 %, and a tie pays 8 to 1."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.rgs.games.baccarat import odds
from services.rgs.games.baccarat.hands import dealt
from services.rgs.games.baccarat.rules import game
from services.rgs.games.cards import RANKS
from services.rgs.games.game import Chance, Settlement
from shared.messages.games.baccarat import BaccaratBet, BaccaratShown, BaccaratVerify, Side
from tests.specs.deck_words import ALPHA, amounts, chances, deck

SIDES: Final[tuple[Side, ...]] = ("PLAYER", "BANKER", "TIE")

DRAWS: Final = {
    #  the player's third card: 0 1 2 3 4 5 6 7 8 9, and none
    0: "D D D D D D D D D D  D",
    1: "D D D D D D D D D D  D",
    2: "D D D D D D D D D D  D",
    3: "D D D D D D D D S D  D",
    4: "S S D D D D D D S S  D",
    5: "S S S S D D D D S S  D",
    6: "S S S S S S D D S S  S",
    7: "S S S S S S S S S S  S",
}
"""Whether a banker with so many points draws or stands, as every casino prints it."""


def winner_by_the_book(player: int, banker: int, next_: tuple[int, int]) -> Side:
    """Who wins, by the printed table alone."""
    if max(player, banker) < 8:
        third, left = (next_[0], next_[1]) if player <= 5 else (None, next_[0])
        if DRAWS[banker].split()[10 if third is None else third] == "D":
            banker = (banker + left) % 10
        player = (player + (third or 0)) % 10
    return "TIE" if player == banker else "PLAYER" if player > banker else "BANKER"


def paid(cards: str, on: Side, amount: int = 100) -> tuple[Settlement | None, BaccaratShown]:
    state = game.open_(BaccaratBet(amount=amount, on=on), deck(cards), ALPHA)
    shown = game.shown(state, ALPHA)  # type: ignore[arg-type]
    assert isinstance(shown, BaccaratShown)
    return game.settled(state, ALPHA), shown  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cards", "player", "banker", "winner"),
    [
        # player, banker, player, banker, then third cards; the stacked ones that are not needed stay in the deck
        ("9 2 K 6 5 5",  "9 K",   "2 6",   "PLAYER"),
        ("2 9 K 10 5 5", "2 K",   "9 10",  "BANKER"),
        ("3 4 4 3 5 5",  "3 4",   "4 3",   "TIE"),
        ("3 4 3 K 5 5",  "3 3",   "4 K 5", "BANKER"),
        ("3 4 2 3 9 5",  "3 2 9", "4 3",   "BANKER"),
        ("2 3 3 K 8 5",  "2 3 8", "3 K",   "TIE"),
        ("2 3 3 K 9 5",  "2 3 9", "3 K 5", "BANKER"),
        ("2 4 3 K A 5",  "2 3 A", "4 K",   "PLAYER"),
        ("2 4 3 K 2 5",  "2 3 2", "4 K 5", "BANKER"),
        ("2 5 3 K 3 5",  "2 3 3", "5 K",   "PLAYER"),
        ("2 5 3 K 4 4",  "2 3 4", "5 K 4", "TIE"),
        ("2 6 3 K 5 4",  "2 3 5", "6 K",   "BANKER"),
        ("2 6 3 K 6 A",  "2 3 6", "6 K A", "BANKER"),
        ("A 6 A K 4 A",  "A A 4", "6 K",   "TIE"),
    ],
)  # fmt: skip
def test_hands_are_dealt_by_the_book(cards: str, player: str, banker: str, winner: Side) -> None:
    _, shown = paid(cards, "TIE")
    assert [card[1:] for card in shown.player] == player.split()
    assert [card[1:] for card in shown.banker] == banker.split()
    assert shown.winner == winner


@pytest.mark.parametrize(
    ("cards", "points"),
    [
        ("9 2 K 6 5 5", (9, 8)),
        ("J Q K 10 5 A", (5, 1)),
    ],
)  # fmt: skip
def test_points_leave_the_tens_out(cards: str, points: tuple[int, int]) -> None:
    _, shown = paid(cards, "TIE")
    assert (shown.player_points, shown.banker_points) == points


@pytest.mark.parametrize(
    ("winner", "on", "amount", "payout", "multiplier"),
    [
        ("PLAYER", "PLAYER", 100, 200, "2"),
        ("PLAYER", "BANKER", 100,   0, "0"),
        ("PLAYER", "TIE",    100,   0, "0"),
        ("BANKER", "PLAYER", 100,   0, "0"),
        ("BANKER", "BANKER", 100, 195, "39/20"),
        ("BANKER", "BANKER",  10,  20, "39/20"),
        ("BANKER", "BANKER",  30,  58, "39/20"),
        ("BANKER", "TIE",    100,   0, "0"),
        ("TIE",    "PLAYER", 100, 100, "1"),
        ("TIE",    "BANKER", 100, 100, "1"),
        ("TIE",    "TIE",    100, 900, "9"),
    ],
)  # fmt: skip
def test_what_each_bet_pays(winner: Side, on: Side, amount: int, payout: int, multiplier: str) -> None:
    cards = {"PLAYER": "9 2 K 6 5 5", "BANKER": "2 9 K 10 5 5", "TIE": "3 4 4 3 5 5"}[winner]
    assert paid(cards, on, amount)[0] == Settlement(payout, Fraction(multiplier))


def test_over_all_hands_the_bets_give_back_exactly_these() -> None:
    assert {side: odds.rtp(side) for side in SIDES} == {
        "PLAYER": Fraction(366_733, 371_293),
        "BANKER": Fraction(23_877_259, 24_134_045),
        "TIE": Fraction(4_145_409, 4_826_809),
    }
    assert [f"{float(odds.rtp(side)):.4%}" for side in SIDES] == ["98.7719%", "98.9360%", "85.8830%"]


def test_the_chances_are_those_of_the_printed_table_counted_over_all_six_cards() -> None:
    """Of 13 ranks four are worth nothing, so that a million deals by points stand for all deals by ranks."""
    weights = {0: 4} | dict.fromkeys(range(1, 10), 1)
    two = Counter[int]()
    for first, second in product(weights, repeat=2):
        two[(first + second) % 10] += weights[first] * weights[second]
    counted = Counter[Side]()
    for player, banker, third, fourth in product(two, two, weights, weights):
        ways = two[player] * two[banker] * weights[third] * weights[fourth]
        counted[winner_by_the_book(player, banker, (third, fourth))] += ways
    assert {side: Fraction(counted[side], 13**6) for side in SIDES} == odds.chances()


@for_all(st.lists(st.sampled_from(RANKS), min_size=6, max_size=6))
def test_every_deal_ends_as_the_printed_table_says(ranks: list[str]) -> None:
    points = [1 if rank == "A" else int(rank) if rank in "23456789" else 0 for rank in ranks]
    hands = dealt([f"♠{rank}" for rank in ranks])
    book = winner_by_the_book((points[0] + points[2]) % 10, (points[1] + points[3]) % 10, (points[4], points[5]))
    assert hands.winner == book
    assert {len(hands.player), len(hands.banker)} <= {2, 3}


@for_all(amounts, st.sampled_from(SIDES), chances)
def test_a_bet_is_settled_at_once_as_a_check_of_the_seeds_tells(amount: int, on: Side, chance: Chance) -> None:
    bet = BaccaratBet(amount=amount, on=on)
    state: Any = game.open_(bet, chance, ALPHA)
    settlement, best = game.settled(state, ALPHA), game.best(bet, ALPHA)
    told: Any = game.verify(BaccaratVerify(), chance, ALPHA)
    shown: Any = game.shown(state, ALPHA)
    assert settlement is not None
    assert best is not None
    assert 0 <= settlement.payout <= best
    assert game.staked(state) == amount
    assert (told.player, told.banker, told.winner) == (shown.player, shown.banker, shown.winner)


def test_before_the_stake_is_taken_only_the_bet_is_seen() -> None:
    assert game.covered(BaccaratBet(amount=100, on="TIE")) == BaccaratShown(on="TIE")
