"""The words that specs of cards and of rounds with moves are told in: stacked decks, and any round there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from hypothesis import strategies as st

from services.rgs.games.cards import DECK
from services.rgs.games.game import Chance, Terms
from shared.messages.game import Slug
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, SideBets
from shared.messages.games.hilo import HiloNext, HiloStart
from shared.messages.games.mines import MinesCashout, MinesInstant, MinesReveal, MinesStart
from shared.messages.games.towers import TowersCashout, TowersInstant, TowersReveal, TowersStart
from tests.specs.bet_words import falls_on

ALPHA: Final = Terms(Fraction("0.99"))
SUITS: Final = "♦♥♠♣"
LARGEST: Final = 10**9


class OutOfCards(LookupError):
    """More cards are wanted than were stacked."""


class Stacked(Chance):
    """A deck whose cards are known, and that has no others."""

    def __init__(self, cards: Sequence[str]) -> None:
        self._known = [falls_on(DECK.index(card), len(DECK)) for card in cards]

    def numerator(self, place: int) -> int:
        if place >= len(self._known):
            raise OutOfCards
        return self._known[place]


def deck(text: str) -> Stacked:
    """A deck such as `♠A ♦10`; a card without a suit is a diamond."""
    return Stacked([card if card[0] in SUITS else f"♦{card}" for card in text.split()])


chances: Final = st.builds(
    Chance, st.text("0123456789abcdef", min_size=64, max_size=64), st.just("client"), st.integers(0, 99)
)
rates: Final = st.sampled_from([Fraction(rate) for rate in ("0.99", "0.98", "0.96", "0.955")]).map(Terms)
amounts: Final = st.integers(1, LARGEST)
difficulties: Final = st.sampled_from(("EASY", "MEDIUM", "HARD", "EXPERT", "MASTER"))
sides: Final = st.sampled_from((0, 0, 1, 7, LARGEST))

OPENINGS: Final[Mapping[Slug, st.SearchStrategy[Any]]] = {
    "mines": st.sampled_from((25, 36, 49, 64)).flatmap(
        lambda size: st.builds(MinesStart, amount=amounts, mine_count=st.integers(1, size - 1), grid_size=st.just(size))
    ),
    "towers": st.builds(TowersStart, amount=amounts, difficulty=difficulties),
    "hilo": st.builds(HiloStart, amount=amounts, start_card=st.one_of(st.none(), st.sampled_from(DECK))),
    "blackjack": st.builds(
        BlackjackStart,
        amount=amounts,
        side_bets=st.builds(SideBets, perfect_pairs=sides, three_card_poker=sides),
    ),
}
"""Anything that opens a round with moves."""

MOVES: Final[Mapping[Slug, st.SearchStrategy[Any]]] = {
    "mines": st.one_of(st.builds(MinesReveal, field=st.integers(0, 63)), st.just(MinesCashout())),
    "towers": st.one_of(st.builds(TowersReveal, field=st.integers(0, 3)), st.just(TowersCashout())),
    "hilo": st.builds(HiloNext, action=st.sampled_from(("HIGHER", "LOWER", "SKIP", "SKIP", "CASHOUT"))),
    "blackjack": st.builds(
        BlackjackNext,
        action=st.sampled_from(("HIT", "HIT", "STAND", "DOUBLE", "SPLIT", "SPLIT", "INSURANCE", "NO_INSURANCE")),
    ),
}
"""Anything that may be wished for in one; not all of it is possible."""


def instants() -> st.SearchStrategy[tuple[Slug, Any]]:
    """Any whole round in one."""
    mines = st.tuples(st.integers(1, 24), st.permutations(range(25))).flatmap(
        lambda drawn: st.builds(
            MinesInstant,
            amount=amounts,
            mine_count=st.just(drawn[0]),
            fields=st.integers(1, 25 - drawn[0]).map(lambda most: tuple(drawn[1][:most])),
        )
    )
    towers = st.builds(
        TowersInstant,
        amount=amounts,
        difficulty=difficulties,
        fields=st.lists(st.integers(0, 1), min_size=1, max_size=9).map(tuple),
    )
    return st.one_of(st.tuples(st.just("mines"), mines), st.tuples(st.just("towers"), towers))
