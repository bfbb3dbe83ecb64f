"""How a game is played a million times over: one opening, one way to go on, and what should come of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeVar

from services.rgs.games.game import Chance, Game, Terms
from shared.messages.base import Message
from shared.shapes import Refused

STAKE: Final = 1_000_000_000
"""Units of every opening; so many that rounding to a whole one counts for nothing."""
CLIENT_SEED: Final = "simulation"

Options = Mapping[str, str]
Of = TypeVar("Of")


class BadStrategy(ValueError):
    """A game cannot be played so; the text says why, and is fit to be shown to whoever asked."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One game under one strategy."""

    game: Game[Any]
    terms: Terms
    opening: Message
    strategy: str
    """In words, with what was not said filled in."""
    label: Callable[[Any], Hashable]
    """What of a round is counted."""
    expected: Mapping[Hashable, Fraction]
    """How likely each of these is; together they are 1."""
    rtp: Fraction | None
    """What comes back of all that is staked under this strategy, exactly; None where nobody has counted it."""
    go_on: Callable[[Any], Message] | None = None
    """The next move of a round that is open; None for games whose opening is all."""

    def play(self, server_seed: str, nonce: int) -> tuple[Hashable, int, int]:
        """One round: what is counted of it, what was staked, and what it paid."""
        chance = Chance(server_seed, CLIENT_SEED, nonce)
        state = _taken(self.game.open_(self.opening, chance, self.terms))
        while (settlement := self.game.settled(state, self.terms)) is None:
            assert self.go_on is not None, "a bet is a whole round"
            state = _taken(self.game.move(state, self.go_on(state), chance, self.terms))
        return self.label(state), self.game.staked(state), settlement.payout

    def check(self) -> None:
        """Raises BadStrategy if the game does not take this opening."""
        _taken(self.game.open_(self.opening, Chance("0" * 64, CLIENT_SEED, 0), self.terms))


def _taken(state: Any) -> Any:
    if isinstance(state, Refused):
        raise BadStrategy(f"the game refuses this: {state.code} {dict(state.details)}")
    return state


def read_options(text: str, defaults: Options) -> dict[str, str]:
    """`over=5000,…` with what is not said taken from the defaults.

    Raises:
        BadStrategy: it is not of this form, or names something that the game does not know.
    """
    options = dict(defaults)
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or name not in defaults:
            known = ", ".join(f"{one}={value}" for one, value in defaults.items())
            raise BadStrategy(f"{part!r} is not understood; write it such as {known}")
        options[name] = value
    return options


def number(options: Options, name: str, low: int, high: int) -> int:
    """A whole number within bounds. Raises BadStrategy."""
    text = options[name]
    if not text.isdecimal() or not low <= int(text) <= high:
        raise BadStrategy(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def one_of(options: Options, name: str, known: Iterable[Of]) -> Of:
    """One of these, whatever its case. Raises BadStrategy."""
    choices = {str(one): one for one in known}
    if options[name].upper() not in choices:
        raise BadStrategy(f"{name} must be one of {', '.join(choices)}, not {options[name]!r}")
    return choices[options[name].upper()]


def told(options: Options) -> str:
    """The strategy as it can be asked for again."""
    return ",".join(f"{name}={value}" for name, value in options.items())


def uniform(labels: Iterable[Hashable]) -> dict[Hashable, Fraction]:
    """Each as likely as the others."""
    each = list(labels)
    return dict.fromkeys(each, Fraction(1, len(each)))


def weighted(ways: Iterable[int]) -> dict[Hashable, Fraction]:
    """From 0 on, each as likely as so many ways of all make it."""
    counts = list(ways)
    return {place: Fraction(count, sum(counts)) for place, count in enumerate(counts) if count}
