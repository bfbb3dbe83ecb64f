"""What blackjack gives back is reckoned over every card that can come, and the rules, played so, come to the same."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product
from typing import Final

import pytest

from services.rgs.games.blackjack import odds, sides
from services.rgs.games.blackjack.hand import ACE, TEN, value_of
from services.rgs.games.blackjack.round import Deal
from services.rgs.games.blackjack.rules import game
from services.rgs.games.cards import DECK
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, Step
from tests.specs.deck_words import ALPHA, OutOfCards, Stacked

CARDS: Final = {value: f"♠{'A' if value == ACE else value}" for value in range(ACE, TEN + 1)}
WORTH: Final = 10_000_000

HARD: Final = {
    #     2 3 4 5 6 7 8 9 T A
    8:  "H H H H H H H H H H",
    9:  "H D D D D H H H H H",
    10: "D D D D D D D D H H",
    11: "D D D D D D D D D H",
    12: "H H S S S H H H H H",
    13: "S S S S S H H H H H",
    16: "S S S S S H H H H H",
    17: "S S S S S S S S S S",
}  # fmt: skip
PAIRS: Final = {
    4:  "H H H P P H H H H H",
    5:  "D D D D D D D D H H",
    8:  "P P P P P P P P P P",
    9:  "P P P P P S P P S S",
    10: "S S S S S S S S S S",
    1:  "P P P P P P P P P P",
}  # fmt: skip
"""What every book says is best where the dealer stands on all 17 and has looked for a blackjack."""
SHORT: Final[dict[str, Step]] = {"H": "HIT", "S": "STAND", "D": "DOUBLE", "P": "SPLIT"}
UPS: Final = (2, 3, 4, 5, 6, 7, 8, 9, TEN, ACE)


def best(cards: tuple[int, ...], up: int, offered: tuple[Step, ...]) -> Step:
    values = odds.values(cards, up, offered)
    return max(values, key=values.__getitem__)


def won(cards: list[int], steps: tuple[Step, ...]) -> Fraction:
    """What the rules come to, less all that was staked, in first wagers."""
    chance = Stacked([CARDS[value] for value in cards])
    deal = game.open_(BlackjackStart(amount=WORTH), chance, ALPHA)
    for step in steps:
        assert isinstance(deal, Deal)
        deal = game.move(deal, BlackjackNext(action=step), chance, ALPHA)
    assert isinstance(deal, Deal)
    settlement = game.settled(deal, ALPHA)
    if settlement is not None:
        return settlement.multiplier - Fraction(game.staked(deal), WORTH)
    return _on(cards, steps, deal)


def _on(cards: list[int], steps: tuple[Step, ...], deal: Deal) -> Fraction:
    """An open round: the best step is taken, whatever the second hand of a split will do."""
    hand = tuple(value_of(card) for card in deal.hands[deal.current].cards)
    offered: tuple[Step, ...] = tuple(step for step in deal.offers if step != "SPLIT")
    return mean(cards, (*steps, best(hand, value_of(deal.dealer[0]), offered)))


def mean(cards: list[int], steps: tuple[Step, ...]) -> Fraction:
    """Over every card that is wanted next."""
    try:
        return won(cards, steps)
    except OutOfCards:
        return sum((odds.CHANCES[value] * mean([*cards, value], steps) for value in CARDS), Fraction(0))


def over_holes(first: int, second: int, up: int, *steps: Step) -> Fraction:
    """Over every hidden card that makes no blackjack; under an ace, insurance has been declined."""
    declined: tuple[Step, ...] = ("NO_INSURANCE",) if up == ACE else ()
    holes = {hole: odds.CHANCES[hole] for hole in CARDS if {up, hole} != {ACE, TEN}}
    found = (chance * mean([first, second, up, hole], (*declined, *steps)) for hole, chance in holes.items())
    return sum(found, Fraction(0)) / sum(holes.values())


def test_whoever_always_does_the_best_gets_back_exactly_this() -> None:
    assert odds.rtp() == Fraction(7_016_161_098_045_143_337_706_614_398, 7_056_410_014_866_816_666_030_739_693)
    assert f"{float(odds.rtp()):.4%}" == "99.4296%"


def test_what_comes_back_is_what_the_code_leo_says() -> None:
    """A code tells the edge, rounded to half a percent."""
    edge = 1 - odds.rtp()
    assert round(2 * 100 * edge) == 1


def test_cards_are_worth_what_they_are_as_often_as_they_come() -> None:
    assert {value: 13 * chance for value, chance in odds.CHANCES.items()} == dict.fromkeys(range(1, 10), 1) | {TEN: 4}


@pytest.mark.parametrize("total", HARD)
def test_the_best_step_on_a_hard_hand_is_what_the_books_say(total: int) -> None:
    cards = (total - TEN, TEN) if total > 11 else (total - 3, 3)
    found = [best(cards, up, ("HIT", "STAND", "DOUBLE")) for up in UPS]
    assert found == [SHORT[letter] for letter in HARD[total].split()]


@pytest.mark.parametrize("value", PAIRS)
def test_the_best_step_on_a_pair_is_what_the_books_say(value: int) -> None:
    found = [best((value, value), up, ("HIT", "STAND", "DOUBLE", "SPLIT")) for up in UPS]
    assert found == [SHORT[letter] for letter in PAIRS[value].split()]


@pytest.mark.parametrize(
    ("first", "second", "up", "step"),
    [
        (10, 10,  6, "STAND"),
        (10,  7,  1, "STAND"),
        (10,  9, 10, "STAND"),
        ( 6,  5,  6, "DOUBLE"),
        ( 1,  7,  6, "DOUBLE"),
        (10,  6, 10, "HIT"),
        (10,  5,  9, "HIT"),
        ( 1,  1, 10, "SPLIT"),
    ],
)  # fmt: skip
def test_the_rules_played_over_every_card_come_to_what_is_reckoned(
    first: int, second: int, up: int, step: Step
) -> None:
    assert over_holes(first, second, up, step) == odds.values((first, second), up, (step,))[step]


def test_insurance_gives_back_twelve_thirteenths() -> None:
    assert odds.INSURED * odds.blackjack_under(ACE) == Fraction(12, 13)


def test_over_every_pair_the_side_bet_gives_back_exactly_this() -> None:
    counted = Counter(sides.pair_of(*cards) for cards in product(DECK, repeat=2))
    assert {name: ways // 52 for name, ways in counted.items()} == {"PERFECT": 1, "COLOURED": 1, "MIXED": 2, "NONE": 48}
    rtp = sum((sides.PAIRS[name] * ways for name, ways in counted.items()), Fraction(0)) / 52**2
    assert rtp == Fraction(49, 52)
    assert f"{float(rtp):.2%}" == "94.23%"


def test_over_every_three_cards_the_side_bet_gives_back_exactly_this() -> None:
    counted = Counter(sides.poker_of(cards) for cards in product(DECK, DECK, DECK))
    assert counted == {
        "SUITED_TRIPS": 52,
        "STRAIGHT_FLUSH": 288,
        "TRIPS": 780,
        "STRAIGHT": 4_320,
        "FLUSH": 8_448,
        "NONE": 126_720,
    }
    rtp = sum((sides.POKER[name] * ways for name, ways in counted.items()), Fraction(0)) / 52**3
    assert rtp == Fraction(33_887, 35_152)
    assert f"{float(rtp):.2%}" == "96.40%"
