"""Closer to 21 than the dealer: the player plays every hand, then the dealer draws to 17, and what was won is paid.

Under an ace or a ten the dealer looks for a blackjack before the player does anything; under an ace insurance is
offered first. Any two cards may be doubled, one pair may be split, and split aces get one card each.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

from services.rgs.games.blackjack.hand import MOST, is_blackjack, total_of
from services.rgs.games.blackjack.odds import INSURED, NATURAL
from services.rgs.games.blackjack.round import Deal, Hand, dealt, taken
from services.rgs.games.blackjack.sides import PAIRS, POKER, perfect_pairs, three_card_poker
from services.rgs.games.cards import cards
from services.rgs.games.game import Chance, Game, Settlement, Terms, fraction_text, rounded
from shared.messages.games.blackjack import (
    BlackjackDealer,
    BlackjackHand,
    BlackjackNext,
    BlackjackShown,
    BlackjackStart,
    BlackjackVerified,
    BlackjackVerify,
    Result,
    SidePayouts,
)
from shared.shapes import Refused

DECK_SHOWN: Final = 64
"""More than any round can draw: two hands and the dealer's, each of fewer than 21 cards."""
MOST_WAGERS: Final = 4
"""Both hands of a split, doubled."""
PAYS: Final[dict[Result, Fraction]] = {
    "BLACKJACK": NATURAL,
    "WIN": Fraction(2),
    "PUSH": Fraction(1),
    "LOSE": Fraction(0),
    "BUST": Fraction(0),
}


class Part(NamedTuple):
    """One bet of a round that has ended."""

    wager: int
    multiplier: Fraction

    @property
    def payout(self) -> int:
        return rounded(self.wager, self.multiplier)


def open_(opening: BlackjackStart, chance: Chance, terms: Terms) -> Deal | Refused:
    return dealt(opening, chance)


def move(deal: Deal, wish: BlackjackNext, chance: Chance, terms: Terms) -> Deal | Refused:
    if wish.action not in deal.offers:
        offered = ", ".join(deal.offers)
        return Refused("invalid_request_type", {"path": "action", "problem": f"what may be done now is {offered}"})
    return taken(deal, wish.action, chance)


def staked(deal: Deal) -> int:
    sides = deal.side_bets.perfect_pairs + deal.side_bets.three_card_poker
    return sum(hand.wager for hand in deal.hands) + deal.insurance + sides


def settled(deal: Deal, terms: Terms) -> Settlement | None:
    if not deal.ended:
        return None
    parts = [*(_of_hand(deal, hand) for hand in deal.hands), _of_insurance(deal), *_of_sides(deal)]
    made = [part for part in parts if part.wager]
    exact = sum((part.wager * part.multiplier for part in made), Fraction(0))
    return Settlement(sum(part.payout for part in made), exact / deal.amount)


def worth(deal: Deal, terms: Terms) -> Settlement | None:
    return None


def cashed(deal: Deal) -> Deal:
    return deal


def shown(deal: Deal, terms: Terms) -> BlackjackShown:
    open_cards = deal.dealer if deal.ended else deal.dealer[:1]
    return BlackjackShown(
        active=not deal.ended,
        current_hand=deal.current,
        next_actions=deal.offers,
        player=tuple(_shown_hand(deal, hand) for hand in deal.hands),
        dealer=BlackjackDealer(cards=open_cards, value=total_of(open_cards).value),
        total_wagered=staked(deal),
        insurance=deal.insurance,
        insurance_payout=_of_insurance(deal).payout,
        side_payouts=_shown_sides(deal),
    )


def covered(opening: BlackjackStart) -> BlackjackShown:
    sides = opening.side_bets.perfect_pairs + opening.side_bets.three_card_poker
    nobody = BlackjackDealer(cards=(), value=0)
    return BlackjackShown(active=False, player=(), dealer=nobody, total_wagered=opening.amount + sides)


def best(opening: BlackjackStart, terms: Terms) -> int | None:
    sides = opening.side_bets
    pairs = rounded(sides.perfect_pairs, max(PAIRS.values()))
    poker = rounded(sides.three_card_poker, max(POKER.values()))
    return rounded(opening.amount, MOST_WAGERS * PAYS["WIN"]) + pairs + poker


def verify(query: BlackjackVerify, chance: Chance, terms: Terms) -> BlackjackVerified:
    return BlackjackVerified(deck=cards(chance, DECK_SHOWN))


def _result(deal: Deal, hand: Hand) -> Result:
    """How a hand of a round that has ended did."""
    mine, dealers = hand.total.value, total_of(deal.dealer).value
    natural = is_blackjack(hand.cards) and not deal.split
    if natural != is_blackjack(deal.dealer):
        return "BLACKJACK" if natural else "LOSE"
    if mine > MOST:
        return "BUST"
    if mine == dealers:
        return "PUSH"
    return "WIN" if dealers > MOST or mine > dealers else "LOSE"


def _of_hand(deal: Deal, hand: Hand) -> Part:
    return Part(hand.wager, PAYS[_result(deal, hand)])


def _of_insurance(deal: Deal) -> Part:
    return Part(deal.insurance, INSURED if is_blackjack(deal.dealer) else Fraction(0))


def _of_sides(deal: Deal) -> tuple[Part, Part]:
    """The first cards are still the first of the hands: a split leaves each in its place."""
    first, second = deal.hands[0].cards[0], (deal.hands[1].cards[0] if deal.split else deal.hands[0].cards[1])
    pairs = Part(deal.side_bets.perfect_pairs, perfect_pairs(first, second))
    return pairs, Part(deal.side_bets.three_card_poker, three_card_poker(first, second, deal.dealer[0]))


def _shown_hand(deal: Deal, hand: Hand) -> BlackjackHand:
    seen = BlackjackHand(
        cards=hand.cards, value=hand.total.value, soft=hand.total.soft, wager=hand.wager, doubled=hand.doubled
    )
    if not deal.ended:
        return seen
    return seen.model_copy(update={"result": _result(deal, hand), "payout": _of_hand(deal, hand).payout})


def _shown_sides(deal: Deal) -> SidePayouts | None:
    if not deal.ended or not (deal.side_bets.perfect_pairs or deal.side_bets.three_card_poker):
        return None
    pairs, poker = (_told(part) for part in _of_sides(deal))
    return SidePayouts(
        perfect_pairs=pairs.payout,
        perfect_pairs_multiplier=fraction_text(pairs.multiplier),
        three_card_poker=poker.payout,
        three_card_poker_multiplier=fraction_text(poker.multiplier),
    )


def _told(part: Part) -> Part:
    """A bet that was not made came to nothing."""
    return part if part.wager else Part(0, Fraction(0))


game: Final[Game[Deal]] = Game(
    slug="blackjack",
    openings=(BlackjackStart,),
    moves=(BlackjackNext,),
    open_=open_,
    move=move,
    staked=staked,
    settled=settled,
    worth=worth,
    cashed=cashed,
    shown=shown,
    covered=covered,
    best=best,
    verify=verify,
)
