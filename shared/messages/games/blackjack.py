"""Blackjack: closer to 21 than the dealer, with doubles, one split, insurance and side bets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.messages.base import Amount, Message

Step = Literal["HIT", "STAND", "DOUBLE", "SPLIT", "INSURANCE", "NO_INSURANCE"]
Result = Literal["WIN", "LOSE", "PUSH", "BLACKJACK", "BUST"]


class SideBets(Message):
    """Beside the main bet, on the first cards alone; each in the smallest unit, 0 is none."""

    perfect_pairs: int = Field(default=0, ge=0, le=2**53)
    three_card_poker: int = Field(default=0, ge=0, le=2**53)


class BlackjackStart(Message):
    """The cards are dealt."""

    act: Literal["blackjack.start"] = "blackjack.start"
    amount: Amount
    side_bets: SideBets = Field(default_factory=SideBets)


class BlackjackNext(Message):
    """What the player does with the hand whose turn it is."""

    act: Literal["blackjack.next"] = "blackjack.next"
    action: Step


class BlackjackHand(Message):
    """A hand of the player's; its result once everything has ended."""

    cards: tuple[str, ...]
    value: int
    soft: bool
    wager: int
    doubled: bool = False
    result: Result | None = None
    payout: int = 0


class BlackjackDealer(Message):
    """The dealer's hand; the second card is hidden while the round is active."""

    cards: tuple[str, ...]
    value: int
    """Of what is shown."""


class SidePayouts(Message):
    """What each side bet pays, in the smallest unit, and its multiplier as a fraction."""

    perfect_pairs: int = 0
    perfect_pairs_multiplier: str = "0"
    three_card_poker: int = 0
    three_card_poker_multiplier: str = "0"


class BlackjackShown(Message):
    """What is to be seen of a round; nothing that has not been dealt to the player, or shown by the dealer."""

    game: Literal["blackjack"] = "blackjack"
    active: bool
    current_hand: int = 0
    next_actions: tuple[Step, ...] = ()
    player: tuple[BlackjackHand, ...]
    dealer: BlackjackDealer
    total_wagered: int
    insurance: int = 0
    """What insurance was bought for."""
    insurance_payout: int = 0
    side_payouts: SidePayouts | None = None
    """Of a round that was begun with side bets, once everything has ended."""


class BlackjackVerify(Message):
    """The deck under given seeds."""

    game: Literal["blackjack"] = "blackjack"


class BlackjackVerified(Message):
    """The first cards, in the order of the deal: two of the player, two of the dealer, then as drawn."""

    game: Literal["blackjack"] = "blackjack"
    deck: tuple[str, ...]
