"""Games whose bet is a whole round: chance decides it at once, and there is nothing to go on with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, TypeVar

from services.rgs.games.game import Chance, Game, Settlement, Terms, rounded
from shared.messages.base import Message
from shared.messages.game import Slug
from shared.shapes import Refused

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Ended(Generic[Outcome]):
    """A round that its bet was all of, and what came up."""

    bet: Any
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Rules(Generic[Outcome]):
    """What one such game has of its own."""

    draw: Callable[[Any, Chance, Terms], Outcome | Refused]
    """What comes up for a bet; refused is a bet that says what no single field can forbid."""
    pays: Callable[[Any, Outcome, Terms], Fraction]
    """What one unit of the bet comes to."""
    most: Callable[[Any, Terms], Fraction]
    """The most that one unit can come to."""
    shown: Callable[[Any, Outcome | None], Message]
    """What the player may see; without an outcome, of the bet alone."""
    verify: Callable[[Any, Chance, Terms], Message]


def whole_round(slug: Slug, bet: type[Message], rules: Rules[Outcome]) -> Game[Ended[Outcome]]:
    """The game of these rules, whose only opening is this bet."""

    def open_(opening: Any, chance: Chance, terms: Terms) -> Ended[Outcome] | Refused:
        outcome = rules.draw(opening, chance, terms)
        return outcome if isinstance(outcome, Refused) else Ended(opening, outcome)

    def settled(state: Ended[Outcome], terms: Terms) -> Settlement:
        multiplier = rules.pays(state.bet, state.outcome, terms)
        return Settlement(rounded(state.bet.amount, multiplier), multiplier)

    def shown(state: Ended[Outcome], terms: Terms) -> Message:
        return rules.shown(state.bet, state.outcome)

    return Game(
        slug=slug,
        openings=(bet,),
        moves=(),
        open_=open_,
        move=_no_move,
        staked=lambda state: int(state.bet.amount),
        settled=settled,
        worth=_no_worth,
        cashed=lambda state: state,
        shown=shown,
        covered=lambda opening: rules.shown(opening, None),
        best=lambda opening, terms: rounded(opening.amount, rules.most(opening, terms)),
        verify=rules.verify,
    )


def _no_move(state: Ended[Any], move: Any, chance: Chance, terms: Terms) -> Refused:
    return Refused("invalid_request_type")


def _no_worth(state: Ended[Any], terms: Terms) -> None:
    return None
