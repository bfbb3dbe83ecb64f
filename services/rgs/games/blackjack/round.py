"""A round of blackjack as it stands, and what is dealt into it: cards come in the order in which they are needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.rgs.games.blackjack.hand import ACE, DEALER_STANDS_ON, MOST, Total, is_blackjack, total_of, value_of
from services.rgs.games.cards import card, cards
from services.rgs.games.game import Chance
from shared.messages.games.blackjack import BlackjackStart, SideBets, Step

FIRST_CARDS: Final = 4
PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand of the player's."""

    cards: tuple[str, ...]
    wager: int
    doubled: bool = False
    stands: bool = False
    """Nothing more is drawn to it."""

    @property
    def total(self) -> Total:
        return total_of(self.cards)

    def with_card(self, card_: str) -> Hand:
        """With one more card; at 21 or over there is nothing more to choose."""
        drawn = replace(self, cards=(*self.cards, card_))
        return replace(drawn, stands=self.stands or drawn.total.value >= MOST)


@dataclass(frozen=True, slots=True)
class Deal:
    """A round as it stands, with what is hidden of it."""

    amount: int
    side_bets: SideBets
    hands: tuple[Hand, ...]
    dealer: tuple[str, ...]
    """The second one is hidden until the end."""
    drawn: int = FIRST_CARDS
    """Cards of the deck that are out."""
    asks_insurance: bool = False
    insurance: int = 0
    ended: bool = False

    @property
    def current(self) -> int:
        """Whose turn it is; of a round that has ended, the last."""
        return next((place for place, hand in enumerate(self.hands) if not hand.stands), len(self.hands) - 1)

    @property
    def split(self) -> bool:
        return len(self.hands) > 1

    @property
    def offers(self) -> tuple[Step, ...]:
        """What the player may do now."""
        if self.ended:
            return ()
        if self.asks_insurance:
            return ("INSURANCE", "NO_INSURANCE")
        hand = self.hands[self.current]
        if len(hand.cards) > PAIR:
            return ("HIT", "STAND")
        pair = not self.split and len({value_of(card_) for card_ in hand.cards}) == 1
        return ("HIT", "STAND", "DOUBLE", "SPLIT") if pair else ("HIT", "STAND", "DOUBLE")


def dealt(opening: BlackjackStart, chance: Chance) -> Deal:
    """The first cards: two of the player, then two of the dealer, of which the first is open."""
    first = cards(chance, FIRST_CARDS)
    hand = Hand(first[:PAIR], opening.amount)
    deal = Deal(opening.amount, opening.side_bets, (hand,), first[PAIR:])
    half_is_something = opening.amount >= 2
    insurable = value_of(deal.dealer[0]) == ACE and half_is_something
    return replace(deal, asks_insurance=True) if insurable else looked(deal)


def taken(deal: Deal, step: Step, chance: Chance) -> Deal:
    """After a step that is offered."""
    if step in ("INSURANCE", "NO_INSURANCE"):
        insurance = deal.amount // 2 if step == "INSURANCE" else 0
        return looked(replace(deal, asks_insurance=False, insurance=insurance))
    if step == "SPLIT":
        return _finished(_split(deal, chance), chance)
    hand = deal.hands[deal.current]
    if step == "STAND":
        return _finished(_with(deal, replace(hand, stands=True), deal.drawn), chance)
    if step == "DOUBLE":
        hand = replace(hand, wager=2 * hand.wager, doubled=True, stands=True)
    return _finished(_with(deal, hand.with_card(card(chance, deal.drawn)), deal.drawn + 1), chance)


def looked(deal: Deal) -> Deal:
    """The dealer has looked at the hidden card: with a blackjack on either side, the round has ended."""
    over = is_blackjack(deal.dealer) or is_blackjack(deal.hands[0].cards)
    return replace(deal, ended=over)


def _split(deal: Deal, chance: Chance) -> Deal:
    """Each of the two cards gets another; aces get no more than that."""
    (whole,) = deal.hands
    aces = value_of(whole.cards[0]) == ACE
    hands = tuple(
        Hand((card_,), whole.wager, stands=aces).with_card(card(chance, deal.drawn + place))
        for place, card_ in enumerate(whole.cards)
    )
    return replace(deal, hands=hands, drawn=deal.drawn + PAIR)


def _with(deal: Deal, hand: Hand, drawn: int) -> Deal:
    place = deal.current
    return replace(deal, hands=(*deal.hands[:place], hand, *deal.hands[place + 1 :]), drawn=drawn)


def _finished(deal: Deal, chance: Chance) -> Deal:
    """When every hand stands, the dealer draws, unless all of them went over: then there is nothing to draw for."""
    if not all(hand.stands for hand in deal.hands):
        return deal
    dealer, drawn = deal.dealer, deal.drawn
    if any(hand.total.value <= MOST for hand in deal.hands):
        while total_of(dealer).value < DEALER_STANDS_ON:
            dealer, drawn = (*dealer, card(chance, drawn)), drawn + 1
    return replace(deal, dealer=dealer, drawn=drawn, ended=True)
