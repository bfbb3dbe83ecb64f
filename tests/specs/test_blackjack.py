"""Blackjack: the player plays every hand, then the dealer draws to 17; whoever is closer to 21 wins."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.rgs.games.blackjack.hand import is_blackjack
from services.rgs.games.blackjack.round import Deal
from services.rgs.games.blackjack.rules import DECK_SHOWN, MOST_WAGERS, game
from services.rgs.games.cards import DECK
from services.rgs.games.game import Chance, Settlement
from shared.messages.games.blackjack import (
    BlackjackNext,
    BlackjackShown,
    BlackjackStart,
    BlackjackVerified,
    BlackjackVerify,
    SideBets,
    Step,
)
from shared.shapes import Refused
from tests.specs.deck_words import ALPHA, MOVES, Stacked, chances, deck

SHORT: dict[str, Step] = {
    "H": "HIT",
    "S": "STAND",
    "D": "DOUBLE",
    "P": "SPLIT",
    "I": "INSURANCE",
    "N": "NO_INSURANCE",
}


def deal_of(cards: str, steps: str = "", amount: int = 100, **sides: int) -> Deal:
    """A round from a stacked deck: two cards of the player, two of the dealer, then as drawn."""
    chance = deck(cards)
    opening = BlackjackStart(amount=amount, side_bets=SideBets(**sides))
    deal = game.open_(opening, chance, ALPHA)
    for step in steps:
        assert isinstance(deal, Deal)
        deal = game.move(deal, BlackjackNext(action=SHORT[step]), chance, ALPHA)
    assert isinstance(deal, Deal)
    return deal


def seen(deal: Deal) -> BlackjackShown:
    shown = game.shown(deal, ALPHA)
    assert isinstance(shown, BlackjackShown)
    return shown


def payout(deal: Deal) -> int:
    settlement = game.settled(deal, ALPHA)
    assert settlement is not None
    return settlement.payout


@pytest.mark.parametrize(
    ("cards", "steps", "results", "staked", "payout"),
    [
        # player  dealer, then as drawn
        ("10 9    8 10",            "S",    "WIN",       100, 200),
        ("10 8    8 10",            "S",    "PUSH",      100, 100),
        ("10 7    8 10",            "S",    "LOSE",      100,   0),
        ("10 6    8 10 10",         "H",    "BUST",      100,   0),
        ("10 6    8 10 5",          "H",    "WIN",       100, 200),
        ("10 2    8 10 3 4",        "HS",   "LOSE",      100,   0),
        ("10 2    6 10 K",          "S",    "WIN",       100, 200),
        ("10 8    6 A",             "S",    "WIN",       100, 200),
        ("10 8    2 A 3 A",         "S",    "WIN",       100, 200),
        ("A 6     10 8 10 4",       "HS",   "LOSE",      100,   0),
        ("A 6     10 8 10 4",       "HH",   "WIN",       100, 200),
        ("5 6     10 8 10",         "D",    "WIN",       200, 400),
        ("5 6     10 8 2",          "D",    "LOSE",      200,   0),
        ("10 4    10 8 10",         "D",    "BUST",      200,   0),
        ("A K     9 10",            "",     "BLACKJACK", 100, 250),
        ("A K     A 10",            "N",    "PUSH",      100, 100),
        ("A K     10 A",            "",     "PUSH",      100, 100),
        ("A K     A 9",             "N",    "BLACKJACK", 100, 250),
        ("10 10   10 A",            "",     "LOSE",      100,   0),
        ("10 10   A K",             "N",    "LOSE",      100,   0),
        ("10 10   A K",             "I",    "LOSE",      150, 150),
        ("A K     A K",             "I",    "PUSH",      150, 250),
        ("A K     A 9",             "I",    "BLACKJACK", 150, 250),
        ("10 10   A 7",             "IS",   "WIN",       150, 200),
        ("8 8     10 7 10 3 9",     "PSHS", "WIN WIN",   200, 400),
        ("8 8     10 7 10 3 10",    "PSD",  "WIN WIN",   300, 600),
        ("8 8     10 7 10 10",      "PSS",  "WIN WIN",   200, 400),
        ("8 8     10 8 10 6 10",    "PSH",  "PUSH BUST", 200, 100),
        ("10 K    10 8 A A",        "P",    "WIN WIN",   200, 400),
        ("A A     10 9 K 5",        "P",    "WIN LOSE",  200, 200),
        ("A A     6 10 K 9 10",     "P",    "WIN WIN",   200, 400),
        ("8 8     6 10 10 10 K",    "PSS",  "WIN WIN",   200, 400),
        ("2 2     10 7 9 9 10 10",  "PDD",  "WIN WIN",   400, 800),
    ],
)  # fmt: skip
def test_what_a_round_comes_to(cards: str, steps: str, results: str, staked: int, payout: int) -> None:
    deal = deal_of(cards, steps)
    settlement = game.settled(deal, ALPHA)
    shown = seen(deal)
    assert settlement == Settlement(payout, Fraction(payout, 100))
    assert [hand.result for hand in shown.player] == results.split()
    assert game.staked(deal) == shown.total_wagered == staked
    assert sum(hand.payout for hand in shown.player) + shown.insurance_payout == payout
    assert (shown.active, shown.next_actions) == (False, ())


@pytest.mark.parametrize(
    ("cards", "steps", "offers"),
    [
        ("10 9   8 10",          "",     "HIT STAND DOUBLE"),
        ("9 9    8 10",          "",     "HIT STAND DOUBLE SPLIT"),
        ("10 K   8 10",          "",     "HIT STAND DOUBLE SPLIT"),
        ("2 3    8 10 4",        "H",    "HIT STAND"),
        ("2 3    A 9",           "",     "INSURANCE NO_INSURANCE"),
        ("A K    A 9",           "",     "INSURANCE NO_INSURANCE"),
        ("2 2    A 9",           "N",    "HIT STAND DOUBLE SPLIT"),
        ("2 2    A 9",           "I",    "HIT STAND DOUBLE SPLIT"),
        ("8 8    10 7 8 3",      "P",    "HIT STAND DOUBLE"),
        ("8 8    10 7 8 3",      "PS",   "HIT STAND DOUBLE"),
        ("8 8    10 7 8 3 2",    "PH",   "HIT STAND"),
    ],
)  # fmt: skip
def test_what_may_be_done_now_is_offered_and_nothing_else(cards: str, steps: str, offers: str) -> None:
    deal = deal_of(cards, steps)
    assert seen(deal).next_actions == tuple(offers.split())
    for step in SHORT.values():
        after = game.move(deal, BlackjackNext(action=step), deck(cards + " 2 2 2 2 2 2 2 2"), ALPHA)
        assert isinstance(after, Refused) is (step not in offers.split())
        if isinstance(after, Refused):
            assert (after.code, after.details["path"]) == ("invalid_request_type", "action")


@pytest.mark.parametrize(
    ("cards", "steps", "current", "player"),
    [
        ("8 8   10 7 10 3",         "P",   0, "8 10 / 8 3"),
        ("8 8   10 7 10 3",         "PS",  1, "8 10 / 8 3"),
        ("8 8   10 7 10 3 3",       "PH",  1, "8 10 3 / 8 3"),
        ("K K   10 7 A 3",          "P",   1, "K A / K 3"),
        ("8 8   10 7 10 3 10",      "PH",  1, "8 10 10 / 8 3"),
        ("8 8   10 7 3 10 10",      "PD",  1, "8 3 10 / 8 10"),
    ],
)  # fmt: skip
def test_a_split_gives_each_hand_a_card_and_plays_the_first_one_out(
    cards: str, steps: str, current: int, player: str
) -> None:
    shown = seen(deal_of(cards, steps))
    assert shown.current_hand == current
    assert [" ".join(card[1:] for card in hand.cards) for hand in shown.player] == player.split(" / ")


def test_an_ace_counts_eleven_while_it_can() -> None:
    soft, hard = seen(deal_of("A 6 10 7")).player[0], seen(deal_of("A 6 10 7 10", "H")).player[0]
    assert (soft.value, soft.soft) == (17, True)
    assert (hard.value, hard.soft) == (17, False)


def test_the_dealer_stands_on_a_soft_seventeen_too() -> None:
    shown = seen(deal_of("10 8 6 A", "S"))
    assert (len(shown.dealer.cards), shown.dealer.value) == (2, 17)


def test_the_dealer_draws_for_nobody_who_has_gone_over() -> None:
    shown = seen(deal_of("10 6 2 2 10", "H"))
    assert [card[1:] for card in shown.dealer.cards] == ["2", "2"]


def test_the_second_card_of_the_dealer_is_hidden_until_the_end() -> None:
    active, ended = seen(deal_of("10 9 8 10")), seen(deal_of("10 9 8 10", "S"))
    assert ([*active.dealer.cards], active.dealer.value) == (["♦8"], 8)
    assert ([*ended.dealer.cards], ended.dealer.value) == (["♦8", "♦10"], 18)
    assert active.player[0].result is None


@for_all(st.sampled_from(DECK), st.sampled_from(DECK), st.sampled_from("259KA"), st.data())
def test_while_it_is_active_a_round_looks_the_same_whatever_is_hidden(
    first: str, second: str, up: str, data: st.DataObject
) -> None:
    """The cards that come to the player are the same; the hidden one, and those that are still to come, are not."""
    drawn = data.draw(st.lists(st.sampled_from(DECK), min_size=8, max_size=8))
    wishes = data.draw(st.lists(MOVES["blackjack"], max_size=4))
    looks = []
    for _ in range(2):
        chance = Stacked([first, second, f"♠{up}", data.draw(st.sampled_from(DECK)), *drawn])
        deal = game.open_(BlackjackStart(amount=100), chance, ALPHA)
        look = []
        for wish in wishes:
            assert isinstance(deal, Deal)
            look.append(None if deal.ended else (seen(deal), game.worth(deal, ALPHA)))
            after = deal if deal.ended else game.move(deal, wish, chance, ALPHA)
            deal = deal if isinstance(after, Refused) else after
        looks.append(look)
    for one, other in zip(*looks, strict=True):
        assert one is None or other is None or one == other


@pytest.mark.parametrize(("amount", "offered", "price"), [(1, False, 0), (2, True, 1), (3, True, 1), (101, True, 50)])
def test_insurance_is_half_the_wager_rounded_down_and_not_offered_for_nothing(
    amount: int, offered: bool, price: int
) -> None:
    deal = deal_of("2 3 A 9", amount=amount)
    assert ("INSURANCE" in seen(deal).next_actions) is offered
    if offered:
        insured = deal_of("2 3 A 9", "I", amount=amount)
        assert seen(insured).insurance == price
        assert game.staked(insured) - game.staked(deal) == price
        assert payout(deal_of("2 3 A K", "I", amount=amount)) == 3 * price


def test_a_dealer_with_an_ace_looks_for_a_blackjack_only_after_insurance() -> None:
    assert seen(deal_of("2 3 A K")).active
    assert not seen(deal_of("2 3 A K", "N")).active
    assert not seen(deal_of("2 3 A K", amount=1)).active


@pytest.mark.parametrize(("amount", "won"), [(1, 2), (3, 8), (5, 12), (7, 18)])
def test_three_to_two_is_rounded_half_to_even(amount: int, won: int) -> None:
    assert game.settled(deal_of("A K 9 10", amount=amount), ALPHA) == Settlement(won, Fraction(5, 2))


@pytest.mark.parametrize(
    ("cards", "pairs", "poker"),
    [
        ("♦8 ♦8 ♦2 ♠10 10 10",  "26", "6"),
        ("♦8 ♥8 ♠8 ♠10 10 10",  "11", "26"),
        ("♦8 ♣8 ♠3 ♠10 10 10",  "6",  "0"),
        ("♦8 ♦9 ♦10 ♠10",       "0",  "41"),
        ("♦7 ♠8 ♦9 ♠10",        "0",  "11"),
        ("♦8 ♦8 ♦8 ♠10 10 10",  "26", "101"),
        ("♦2 ♠3 ♠4 ♠10",        "0",  "11"),
        ("♦3 ♠2 ♦A ♠9",         "0",  "11"),
        ("♦K ♠Q ♦A ♠9",         "0",  "11"),
        ("♦K ♠2 ♦A ♠9",         "0",  "0"),
        ("♦2 ♦4 ♦9 ♠10",        "0",  "6"),
        ("♠10 ♠K ♦9 ♠10",       "0",  "0"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("split", [False, True], ids=["stood", "split"])
def test_side_bets_are_paid_on_the_first_cards_alone(cards: str, pairs: str, poker: str, split: bool) -> None:
    steps = ("N" if "A" in cards else "") + ("PSS" if split and pairs != "0" else "S")
    deal = deal_of(cards + " 6 6", steps, perfect_pairs=10, three_card_poker=7)
    shown, plain = seen(deal), deal_of(cards + " 6 6", steps)
    assert shown.side_payouts is not None
    told = shown.side_payouts
    assert (told.perfect_pairs_multiplier, told.three_card_poker_multiplier) == (pairs, poker)
    assert (told.perfect_pairs, told.three_card_poker) == (10 * int(pairs), 7 * int(poker))
    assert payout(deal) == payout(plain) + told.perfect_pairs + told.three_card_poker
    assert game.staked(deal) == game.staked(plain) + 17


def test_side_bets_are_paid_also_where_a_blackjack_ends_the_round_at_once() -> None:
    assert payout(deal_of("♦A ♦K ♦Q ♠9", three_card_poker=10)) == 250 + 410


def test_a_side_bet_that_was_not_made_comes_to_nothing() -> None:
    told = seen(deal_of("♦8 ♦8 ♦8 ♠10", "S", perfect_pairs=10)).side_payouts
    assert told is not None
    assert (told.perfect_pairs, told.perfect_pairs_multiplier) == (260, "26")
    assert (told.three_card_poker, told.three_card_poker_multiplier) == (0, "0")
    assert seen(deal_of("♦8 ♦8 ♦8 ♠10", "S")).side_payouts is None
    assert seen(deal_of("♦8 ♦8 ♦8 ♠10", perfect_pairs=10)).side_payouts is None


def test_the_best_case_is_both_hands_of_a_split_doubled_and_every_side_bet_won() -> None:
    best = game.best(BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=10, three_card_poker=1)), ALPHA)
    assert best == 2 * MOST_WAGERS * 100 + 260 + 101


def test_nobody_can_cash_out() -> None:
    deal = deal_of("10 9 8 10")
    assert game.worth(deal, ALPHA) is None
    assert game.cashed(deal) == deal


def test_a_check_shows_more_cards_than_the_longest_round_draws() -> None:
    """The slowest way to 21 or over is by aces alone, for both hands and the dealer."""
    told = game.verify(BlackjackVerify(), Chance("seed", "client", 0), ALPHA)
    assert isinstance(told, BlackjackVerified)
    assert len(told.deck) == DECK_SHOWN
    chance = Stacked(["♠2", "♥2", *["♦A"] * 2, *["♣A"] * DECK_SHOWN])
    deal = game.open_(BlackjackStart(amount=1), chance, ALPHA)
    for step in ("SPLIT", *["HIT"] * 100):
        assert isinstance(deal, Deal)
        deal = deal if deal.ended else game.move(deal, BlackjackNext(action=step), chance, ALPHA)  # type: ignore[arg-type]
    assert isinstance(deal, Deal)
    assert deal.ended
    assert deal.drawn < DECK_SHOWN


@for_all(chances)
def test_a_round_of_two_cards_is_over_if_either_side_has_a_blackjack(chance: Chance) -> None:
    deal = game.open_(BlackjackStart(amount=1), chance, ALPHA)
    assert isinstance(deal, Deal)
    assert deal.ended is (is_blackjack(deal.hands[0].cards) or is_blackjack(deal.dealer))
