"""What a round is recomputed from, and what it comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from shared.fair.round_checker.chance import Numbers

Tables = Mapping[str, Sequence[Fraction]]
_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")


class Unreadable(ValueError):
    """The round cannot be recomputed from what was given; the text says what is missing or wrong."""


@dataclass(frozen=True)
class Asked:
    """One round: its chance, its terms, its bet, and what was told of it, by the names that `GET /game/round` has."""

    numbers: Numbers
    rtp: Fraction
    tables: Tables
    bet: Mapping[str, Any]
    state: Mapping[str, Any]
    units: int | None = None
    """What was staked first, in the currency's smallest unit; None if nobody said."""
    stakes: Mapping[str, int] = field(default_factory=dict)
    """What was staked beside that, by the name of the side bet."""
    own: Sequence[Fraction] = ()
    """The pay table that it was played on, if that was told."""


class Found(NamedTuple):
    """What the round must have been."""

    shown: Mapping[str, Any]
    """By the names that its state has."""
    multiplier: Fraction
    """What one unit of the first stake came to."""
    payout: int | None = None
    """In the smallest unit, where it is more than the first stake times the multiplier; else None."""


def whole(said: Mapping[str, Any], name: str, low: int, high: int) -> int:
    """A whole number within bounds. Raises Unreadable."""
    value = said.get(name)
    if type(value) is not int or not low <= value <= high:
        raise Unreadable(f"{name} is not a whole number from {low} to {high}")
    return value


def word(said: Mapping[str, Any], name: str, *known: str) -> str:
    """One of these words, by number from 1 or by name, whatever its case. Raises Unreadable."""
    value = said.get(name)
    text = str(value).upper()
    for number, one in enumerate(known, start=1):
        if text == one or text.endswith(f"_{one}") or (value == number and type(value) is int):
            return one
    raise Unreadable(f"{name} is none of {', '.join(known)}")


def wholes(said: Mapping[str, Any], name: str, low: int, high: int) -> list[int]:
    """A list of whole numbers within bounds. Raises Unreadable."""
    values = said.get(name)
    if not isinstance(values, list) or not all(type(one) is int and low <= one <= high for one in values):
        raise Unreadable(f"{name} is not a list of whole numbers from {low} to {high}")
    return values


def rows(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects; none where nothing is said. Raises Unreadable."""
    values = said.get(name, [])
    if not isinstance(values, list) or not all(isinstance(one, Mapping) for one in values):
        raise Unreadable(f"{name} is not a list of objects")
    return values


def opened(asked: Asked, high: int) -> list[int]:
    """The fields of a board in their order: of a round at once, as the bet names them. Raises Unreadable."""
    if asked.bet.get("fields") is not None:
        return wholes(asked.bet, "fields", 0, high)
    return [whole(row, "field", 0, high) for row in rows(asked.state, "rounds")]


def decimal(text: object, name: str) -> Fraction:
    """Decimal text, exactly. Raises Unreadable."""
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise Unreadable(f"{name} is not decimal text such as 1.50")
    return Fraction(text)


def table(asked: Asked, name: str, length: int) -> Sequence[Fraction]:
    """The pay table that was told, or else that of this name. Raises Unreadable."""
    found = asked.own or asked.tables.get(name, ())
    if len(found) != length:
        raise Unreadable(f"there is no pay table {name} of {length} multipliers")
    return found
