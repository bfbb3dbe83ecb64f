"""What a game is made of: pure rules over one round's chance. A table knows nothing else of what is played at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Generic, NamedTuple, TypeVar

from shared.fair.floats import numerators, scaled
from shared.messages.base import Message
from shared.messages.game import Slug
from shared.shapes import Refused

State = TypeVar("State")


class Chance:
    """The floats of one round by their number, made when first asked for; the same seeds give the same floats."""

    def __init__(self, server_seed: str, client_seed: str, nonce: int) -> None:
        self._source: Iterator[int] = numerators(server_seed, client_seed, nonce)
        self._known: list[int] = []

    def numerator(self, place: int) -> int:
        """Float number `place` (from 0), as 0 … 2**32 - 1 over 2**32."""
        while len(self._known) <= place:
            self._known.append(next(self._source))
        return self._known[place]

    def below(self, place: int, outcomes: int) -> int:
        """Which of so many outcomes float number `place` falls on: floor(float × outcomes), exactly."""
        return scaled(self.numerator(place), outcomes)

    def picks(self, most: int, among: Iterable[int], first: int = 0) -> tuple[int, ...]:
        """The first `most` of a pick without replacement: index floor(float × remaining), then it is removed."""
        left = list(among)
        return tuple(left.pop(self.below(first + place, len(left))) for place in range(most))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a round was begun under."""

    rtp: Fraction
    """What comes back of all that is staked, in the long run."""
    tables: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    """Pay tables of the operator's own, by the game's names for them."""
    max_win: int | None = None
    """In the smallest unit."""


class Settlement(NamedTuple):
    """What a round has come to."""

    payout: int
    """In the smallest unit; each part of it is rounded half to even (`rounded`)."""
    multiplier: Fraction
    """What one unit of the opening amount came to, exactly."""


NOTHING: Final = Settlement(0, Fraction(0))
"""What a lost round has come to."""


@dataclass(frozen=True, slots=True)
class Game(Generic[State]):
    """One game. Every function is pure and total over what the ones before it accept; refusals change nothing.

    Refusal codes: `invalid_param` (details: `path`, `problem`), `param_out_of_range` (the same),
    `invalid_request_type` (this is no move of this game, or not now).
    """

    slug: Slug
    openings: tuple[type[Message], ...]
    moves: tuple[type[Message], ...]
    """Empty where a bet is a whole round."""
    open_: Callable[[Any, Chance, Terms], State | Refused]
    """The round after its opening; of a bet and an instant round, the round as it ended."""
    move: Callable[[State, Any, Chance, Terms], State | Refused]
    """The round after a move. A move that costs is known by `staked`; it is decided as if it were paid."""
    staked: Callable[[State], int]
    """All that has been staked so far, in the smallest unit: the opening amount, side bets, doubles, splits."""
    settled: Callable[[State, Terms], Settlement | None]
    """What it pays; None while it is open."""
    worth: Callable[[State, Terms], Settlement | None]
    """What cashing out now would pay; None where nobody can. A round whose worth reaches max win settles by itself."""
    cashed: Callable[[State], State]
    """The same round, cashed out, for the settling by itself. Never called where `worth` is None."""
    shown: Callable[[State, Terms], Message]
    """What the player may see: all of a round that has ended, and of an open one nothing that is hidden."""
    covered: Callable[[Any], Message]
    """What may be seen of an opening alone, before its stake was taken: nothing of what came up."""
    best: Callable[[Any, Terms], int | None]
    """The highest payout that an opening can come to, in the smallest unit; None where `worth` bounds it."""
    verify: Callable[[Any, Chance, Terms], Message | Refused]
    """The answer to a question about given seeds, or why it is none: `mine_count` beyond the grid."""


def rounded(amount: int, multiplier: Fraction) -> int:
    """amount × multiplier in the smallest unit, half to even."""
    whole, rest = divmod(amount * multiplier.numerator, multiplier.denominator)
    over = 2 * rest - multiplier.denominator
    return whole + (over > 0 or (over == 0 and whole % 2 == 1))


def fraction_text(value: Fraction) -> str:
    """`99/50`, or `2` where it is whole: how messages write exact multipliers."""
    return str(value)
