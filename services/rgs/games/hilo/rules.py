"""Each right guess about the next card makes a round worth more; a wrong one ends it, and so does cashing out.

The rate of return counts once, from the first card on: whoever cashes out at once gets it back of the stake. A skip
turns a card and costs nothing. After so many cards as a check of the deck shows, a round can only be cashed out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from services.rgs.games.cards import card, cards, rank_of
from services.rgs.games.game import NOTHING, Chance, Game, Settlement, Terms, fraction_text, rounded
from services.rgs.games.hilo.odds import Side, chance_of, right
from shared.messages.games.hilo import (
    MOST_SHOWN,
    HiloNext,
    HiloOffer,
    HiloShown,
    HiloStart,
    HiloTurn,
    HiloVerified,
    HiloVerify,
)
from shared.shapes import Refused

FAIR: Final = Fraction(1)


@dataclass(frozen=True, slots=True)
class Turned:
    """A card that has been turned, what was guessed of it, and what it makes of one unit, before the rate of return."""

    card: str
    action: Literal["START", "HIGHER", "LOWER", "SKIP"]
    fair: Fraction


@dataclass(frozen=True, slots=True)
class Run:
    """A round as it stands; a card that has not been turned is not in it."""

    amount: int
    drawn: int
    """Cards of the deck that have been turned: the start card may have been named."""
    turned: tuple[Turned, ...]
    cashed_out: bool = False

    @property
    def last(self) -> Turned:
        return self.turned[-1]

    @property
    def lost(self) -> bool:
        return self.last.fair == 0

    @property
    def active(self) -> bool:
        return not self.cashed_out and not self.lost


def open_(opening: HiloStart, chance: Chance, terms: Terms) -> Run | Refused:
    named = opening.start_card
    first = card(chance, 0) if named is None else named
    return Run(opening.amount, int(named is None), (Turned(first, "START", FAIR),))


def move(run: Run, wish: HiloNext, chance: Chance, terms: Terms) -> Run | Refused:
    if wish.action == "CASHOUT":
        return cashed(run)
    if len(run.turned) == MOST_SHOWN:
        problem = f"after {MOST_SHOWN} cards a round can only be cashed out"
        return Refused("invalid_request_type", {"path": "action", "problem": problem})
    next_ = card(chance, run.drawn)
    fair = run.last.fair
    if wish.action != "SKIP":
        fair = _after(run, wish.action) if rank_of(next_) in right(rank_of(run.last.card), wish.action) else Fraction(0)
    return replace(run, drawn=run.drawn + 1, turned=(*run.turned, Turned(next_, wish.action, fair)))


def staked(run: Run) -> int:
    return run.amount


def settled(run: Run, terms: Terms) -> Settlement | None:
    if run.active:
        return None
    return NOTHING if run.lost else _value(run, run.last.fair, terms)


def worth(run: Run, terms: Terms) -> Settlement | None:
    return _value(run, run.last.fair, terms) if run.active else None


def cashed(run: Run) -> Run:
    return replace(run, cashed_out=True)


def shown(run: Run, terms: Terms) -> HiloShown:
    turns = tuple(_turn(turned, terms) for turned in run.turned)
    seen = HiloShown(active=run.active, rounds=turns, current_card=run.last.card, cashed_out=run.cashed_out)
    if not run.active:
        return seen
    current = _offer(run, run.last.fair, terms)
    if len(run.turned) == MOST_SHOWN:
        return seen.model_copy(update={"current": current})
    higher, lower = (_offer(run, _after(run, side), terms) for side in ("HIGHER", "LOWER"))
    return seen.model_copy(update={"current": current, "higher": higher, "lower": lower})


def covered(opening: HiloStart) -> HiloShown:
    return HiloShown(active=False, current_card=opening.start_card or "")


def best(opening: HiloStart, terms: Terms) -> int | None:
    return None


def verify(query: HiloVerify, chance: Chance, terms: Terms) -> HiloVerified:
    return HiloVerified(deck=cards(chance, MOST_SHOWN))


def _after(run: Run, side: Side) -> Fraction:
    """What one unit is worth after this guess is right, before the rate of return."""
    return run.last.fair / chance_of(rank_of(run.last.card), side)


def _value(run: Run, fair: Fraction, terms: Terms) -> Settlement:
    exact = terms.rtp * fair
    return Settlement(rounded(run.amount, exact), exact)


def _turn(turned: Turned, terms: Terms) -> HiloTurn:
    return HiloTurn(card=turned.card, action=turned.action, multiplier=fraction_text(terms.rtp * turned.fair))


def _offer(run: Run, fair: Fraction, terms: Terms) -> HiloOffer:
    value = _value(run, fair, terms)
    return HiloOffer(multiplier=fraction_text(value.multiplier), payout=value.payout)


game: Final[Game[Run]] = Game(
    slug="hilo",
    openings=(HiloStart,),
    moves=(HiloNext,),
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
