"""How a game speaks to its client: what may be said to it, and how what came of that is told.

Messages are protobuf-JSON: names in camelCase, read also in snake_case; whole numbers read also as text; enumerations
read by number, by full name or by short name, in any case, and told by number, or in words where the documents print
those; amounts are decimal text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.gateway.problem import Problem
from shared.messages.game import Slug
from shared.messages.play import Move, Opening, Verify
from shared.messages.round import Round
from shared.money import BadAmount, parse, render

MULTIPLIER_DECIMALS: Final = 2
LONGEST_DECIMALS: Final = 40
LONGEST_ROUND_ID: Final = 64
SETTLED: Final = ("paying", "settled")
"""Statuses of rounds whose result is told."""
_DIGITS: Final = re.compile(r"-?[0-9]{1,16}")


class Asked(BaseModel):
    """What a client sends: every field known."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Said(BaseModel):
    """What a client is told. What is None is left out."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class Query(Asked):
    """Everything that can be said to one game; exactly one of the fields is."""


class MoveAsked(Asked):
    """What goes on with a round."""

    round_id: str = Field(min_length=1, max_length=LONGEST_ROUND_ID)


class ResultTold(Said):
    """What a round came to."""

    payout: str
    multiplier: str = Field(description="Rounded down to two decimals; the payout is computed from the exact one.")


class Metadata(Said):
    """What stands beside every result."""

    balance: str = Field(description="Of the player afterwards; `0` where the operator's wallet is not asked.")
    round_id: str


class Result(Said):
    """What is told of a play: the field of the query again, and the state where the game has one."""

    metadata: Metadata


class Acted(Said):
    """What is told of a move or a start: a result once the round has settled."""

    result: ResultTold | None = None


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


Decimals = Annotated[str, Field(max_length=LONGEST_DECIMALS, description="Decimal text, in the session's currency.")]
"""An amount as it is written; `Money.units` reads it."""
Whole = Annotated[int, BeforeValidator(_whole, json_schema_input_type=int | str)]


class Enumeration(NamedTuple):
    """The numbers and names of an enumeration.

    As a field: `Risk = Annotated[str, BeforeValidator(RISKS.read, json_schema_input_type=int | str)]`.
    """

    prefix: str
    """Of the full names, such as `RISK`."""
    numbers: Mapping[str, int]
    """By the short name, as messages of ours have it."""

    def read(self, value: Any) -> str:
        """The short name. Raises ValueError."""
        for name, number in self.numbers.items():
            if type(value) is int and value == number:
                return name
            if isinstance(value, str) and _plain(value) in (_plain(name), _plain(self.prefix + name)):
                return name
        known = ", ".join(f"{self.prefix}_{name} ({number})" for name, number in self.numbers.items())
        raise ValueError(f"must be one of {known}")


def _plain(name: str) -> str:
    return name.replace("_", "").upper()


class Money(NamedTuple):
    """Reads and writes amounts of one currency."""

    scale: int
    """How many decimals the currency has."""

    def units(self, text: str, path: str = "amount") -> int:
        """The amount in the smallest unit. Raises Problem `invalid_amount`."""
        try:
            return parse(text, self.scale)
        except BadAmount as bad:
            raise Problem("invalid_amount", f"{path}: {bad}", path=path) from None

    def text(self, units: int) -> str:
        """With all the currency's decimals."""
        return render(units, self.scale)


def hundredths(text: str, path: str) -> int:
    """A multiplier such as `2.00` in hundredths. Raises Problem `invalid_param`."""
    try:
        return parse(text, MULTIPLIER_DECIMALS)
    except BadAmount as bad:
        raise Problem("invalid_param", f"{path}: {bad}", path=path) from None


def times(multiplier: str | Fraction) -> str:
    """An exact multiplier such as `9900/4999` as it is shown, rounded down: `1.98`."""
    exact = Fraction(multiplier)
    return render(exact.numerator * 10**MULTIPLIER_DECIMALS // exact.denominator, MULTIPLIER_DECIMALS)


def result_of(round_: Round, money: Money) -> ResultTold | None:
    """What a round came to; None while it is open."""
    if round_.status not in SETTLED:
        return None
    return ResultTold(payout=money.text(round_.payout), multiplier=times(round_.multiplier))


def acted(round_: Round, money: Money) -> Acted:
    """What is told of a start, a move or an instant round of most games."""
    return Acted(result=result_of(round_, money))


@dataclass(frozen=True, slots=True)
class Manner:
    """How one game speaks. Whatever a reader raises as ValidationError or Problem refuses the request."""

    slug: Slug
    query: type[Query]
    result: type[Result]
    """Has the fields of `query` again, and `state`."""
    verify: type[Asked]
    """The question that `/game/verify` takes."""
    read: Mapping[str, Callable[[Any, Money], Opening | Move]]
    """By field of `query`: what was asked, in our words. What is a MoveAsked becomes a Move."""
    tell: Mapping[str, Callable[[Round, Money], Said]]
    """By the same fields: what is told of the round under that name."""
    state: Callable[[Round, Money], Said]
    """The round as its player may see it: from `round_.shown`."""
    data: Callable[[Round, Money], Said]
    """What the round was begun with: from `round_.opening`."""
    ask: Callable[[Any], Verify]
    """The question in our words."""
    verified: Callable[[Any], Said]
    """And the answer, a Verified of this game, in the client's."""
    in_steps: bool = False
    """Whether a round is several requests: then no answer tells the balance that an operator keeps."""

    def __post_init__(self) -> None:
        said, told = set(self.query.model_fields), {"state", "metadata"}
        assert said == set(self.read) == set(self.tell) == set(self.result.model_fields) - told, self.slug
