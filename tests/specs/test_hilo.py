"""Hilo: each right guess multiplies by the chance it had; the rate of return counts once, a wrong guess ends it all."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any, Final

import pytest

from services.rgs.games.cards import DECK
from services.rgs.games.game import Chance, Settlement, Terms
from services.rgs.games.hilo.odds import RANKS, Side, chance_of
from services.rgs.games.hilo.rules import Run, game
from shared.messages.games.hilo import MOST_SHOWN, Guess, HiloNext, HiloStart, HiloVerified, HiloVerify
from shared.shapes import Refused
from tests.specs.bet_words import CODES
from tests.specs.deck_words import ALPHA, OutOfCards, Stacked, deck

SIDES: Final[tuple[Side, ...]] = ("HIGHER", "LOWER")
MOST_BYTES: Final = 32 * 1024


def run_of(cards: Stacked, *actions: Guess, start_card: str | None = None, terms: Terms = ALPHA) -> Run:
    run: Any = game.open_(HiloStart(amount=100, start_card=start_card), cards, terms)
    for action in actions:
        run = game.move(run, HiloNext(action=action), cards, terms)
    assert isinstance(run, Run)
    return run


@pytest.mark.parametrize(
    ("rank", "higher", "lower"),
    [
        ("A",  12,  1),
        ("2",  12,  2),
        ("7",   7,  7),
        ("10",  4, 10),
        ("Q",   2, 12),
        ("K",   1, 12),
    ],
)  # fmt: skip
def test_equal_counts_both_ways_except_at_the_ends(rank: str, higher: int, lower: int) -> None:
    assert [chance_of(rank, side) for side in SIDES] == [Fraction(higher, 13), Fraction(lower, 13)]


@pytest.mark.parametrize(
    ("cards", "action", "right"),
    [
        ("♦7 ♠7", "HIGHER", True),
        ("♦7 ♠7", "LOWER",  True),
        ("♦7 ♠6", "HIGHER", False),
        ("♦7 ♠8", "LOWER",  False),
        ("♦A ♠A", "HIGHER", False),
        ("♦A ♠A", "LOWER",  True),
        ("♦A ♠2", "HIGHER", True),
        ("♦A ♠2", "LOWER",  False),
        ("♦K ♠K", "HIGHER", True),
        ("♦K ♠K", "LOWER",  False),
        ("♦K ♠Q", "HIGHER", False),
        ("♦K ♠A", "LOWER",  True),
    ],
)  # fmt: skip
def test_a_guess_is_right_or_the_round_is_lost(cards: str, action: Guess, right: bool) -> None:
    run = run_of(deck(cards), action)
    assert run.active is right
    assert game.settled(run, ALPHA) == (None if right else Settlement(0, Fraction(0)))


@pytest.mark.parametrize("rtp", CODES.values(), ids=CODES)
@pytest.mark.parametrize("named", [False, True], ids=["drawn", "named"])
def test_over_every_card_that_can_come_each_guess_gives_back_exactly_the_rate(rtp: Fraction, named: bool) -> None:
    terms = Terms(rtp)
    for first, side in product(RANKS, SIDES):
        start = f"♠{first}"
        worth = Fraction(0)
        for card in DECK:
            cards = Stacked([card]) if named else Stacked([start, card])
            run = run_of(cards, side, start_card=start if named else None, terms=terms)
            value = game.worth(run, terms)
            worth += value.multiplier if value is not None else 0
        assert worth == rtp * len(DECK)


@pytest.mark.parametrize("rtp", CODES.values(), ids=CODES)
def test_a_second_guess_gives_back_what_the_first_had_come_to(rtp: Fraction) -> None:
    terms = Terms(rtp)
    for first, second in product(RANKS, SIDES):
        run = run_of(deck(f"♠2 ♠{first}"), "HIGHER", terms=terms) if first != "A" else run_of(deck("♠A"), terms=terms)
        before = game.worth(run, terms)
        assert before is not None
        stacked = ["♠2", f"♠{first}"] if first != "A" else ["♠A"]
        after = [
            game.worth(game.move(run, HiloNext(action=second), Stacked([*stacked, card]), terms), terms)  # type: ignore[arg-type]
            for card in DECK
        ]
        paid = sum((value.multiplier for value in after if value is not None), Fraction(0))
        assert paid == before.multiplier * len(DECK)


def test_the_rate_counts_once_and_chances_multiply() -> None:
    run = run_of(deck("♦7 ♠7 ♥Q"), "HIGHER", "LOWER")
    assert not run.active
    run = run_of(deck("♦7 ♠7 ♥6 ♣K"), "HIGHER", "LOWER", "SKIP")
    shown: Any = game.shown(run, ALPHA)
    assert [(turn.card, turn.action, turn.multiplier) for turn in shown.rounds] == [
        ("♦7", "START", "99/100"),
        ("♠7", "HIGHER", "1287/700"),
        ("♥6", "LOWER", str(Fraction("0.99") * Fraction(13, 7) ** 2)),
        ("♣K", "SKIP", str(Fraction("0.99") * Fraction(13, 7) ** 2)),
    ]


def test_an_active_round_says_what_each_choice_would_come_to() -> None:
    shown: Any = game.shown(run_of(deck("♦2")), ALPHA)
    assert (shown.current.multiplier, shown.current.payout) == ("99/100", 99)
    assert (shown.higher.multiplier, shown.higher.payout) == ("429/400", 107)
    assert (shown.lower.multiplier, shown.lower.payout) == ("1287/200", 644)


def test_cashing_out_pays_what_it_says() -> None:
    run = run_of(deck("♦2 ♦9"), "HIGHER", "CASHOUT")
    shown: Any = game.shown(run, ALPHA)
    assert game.settled(run, ALPHA) == Settlement(107, Fraction(429, 400))
    assert (shown.active, shown.cashed_out) == (False, True)
    assert (shown.current, shown.higher, shown.lower) == (None, None, None)


def test_a_named_start_card_is_turned_first_and_the_deck_follows_from_its_beginning() -> None:
    run = run_of(deck("♦9 ♦5"), "HIGHER", "SKIP", start_card="♣3")
    assert [turned.card for turned in run.turned] == ["♣3", "♦9", "♦5"]


def test_no_card_is_looked_at_before_it_is_turned() -> None:
    with pytest.raises(OutOfCards):
        run_of(deck("♦2"), "SKIP")
    assert game.shown(run_of(deck("♦2")), ALPHA) == game.shown(run_of(deck("♦2 ♦9")), ALPHA)


def test_after_as_many_cards_as_a_check_shows_a_round_can_only_be_cashed_out_and_is_never_too_long_to_write() -> None:
    cards = Stacked(["♦2"] * MOST_SHOWN)
    run = run_of(cards, *["HIGHER"] * (MOST_SHOWN - 1))  # type: ignore[arg-type]
    for action in ("HIGHER", "LOWER", "SKIP"):
        found = game.move(run, HiloNext(action=action), cards, ALPHA)
        assert isinstance(found, Refused)
        assert (found.code, found.details["path"]) == ("invalid_request_type", "action")
    shown: Any = game.shown(run, ALPHA)
    assert (shown.higher, shown.lower) == (None, None)
    assert len(shown.model_dump_json().encode()) < MOST_BYTES
    over = game.move(run, HiloNext(action="CASHOUT"), cards, ALPHA)
    assert isinstance(over, Run)
    assert game.settled(over, ALPHA) == game.worth(run, ALPHA)


def test_a_check_shows_every_card_that_a_round_can_turn() -> None:
    told = game.verify(HiloVerify(), Chance("seed", "client", 0), ALPHA)
    assert isinstance(told, HiloVerified)
    assert len(told.deck) == MOST_SHOWN
