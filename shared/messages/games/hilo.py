"""Hilo: is the next card higher or lower? Each right guess pays more, and a wrong one ends the round."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.messages.base import Amount, Message

MOST_SHOWN: Final = 128
"""Cards of a deck without end that a check shows, and that one round can turn."""

Card = Annotated[str, Field(pattern=r"^[♦♥♠♣](?:[2-9]|10|[JQKA])$")]
Guess = Literal["HIGHER", "LOWER", "SKIP", "CASHOUT"]


class HiloStart(Message):
    """A round is opened with this card, or with the first of the deck."""

    act: Literal["hilo.start"] = "hilo.start"
    amount: Amount
    start_card: Card | None = None


class HiloNext(Message):
    """A guess about the next card, or none and another card, or enough."""

    act: Literal["hilo.next"] = "hilo.next"
    action: Guess


class HiloTurn(Message):
    """One turned card, what was guessed of it, and what cashing out afterwards would pay, as a fraction."""

    card: str
    action: Literal["START", "HIGHER", "LOWER", "SKIP"]
    multiplier: str


class HiloOffer(Message):
    """What a right guess would come to."""

    multiplier: str
    payout: int


class HiloShown(Message):
    """What is to be seen of a round; never a card that has not been turned."""

    game: Literal["hilo"] = "hilo"
    active: bool
    rounds: tuple[HiloTurn, ...] = ()
    current_card: str
    current: HiloOffer | None = None
    """What cashing out pays now; like the other two only while it is active."""
    higher: HiloOffer | None = None
    lower: HiloOffer | None = None
    cashed_out: bool = False


class HiloVerify(Message):
    """The deck under given seeds."""

    game: Literal["hilo"] = "hilo"


class HiloVerified(Message):
    """The first cards of the deck."""

    game: Literal["hilo"] = "hilo"
    deck: tuple[str, ...]
