"""What a game code is: one of the ten games, at a rate of return, with pay tables of its own where it has any."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.messages.base import Amiss, Spec
from shared.money import render
from shared.pay_tables import unfit

Slug = Literal["dice", "limbo", "plinko", "keno", "wheel", "baccarat", "mines", "hilo", "towers", "blackjack"]
Multiplier = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,4})?$")]
"""What is paid for one unit staked, as exact decimal text."""
LETTERS: Final[Mapping[str | None, int]] = {None: 0, "alpha": 1, "beta": 2, "gamma": 3, "delta": 4, "epsilon": 5}
"""What of a hundred the house keeps of a code that ends so; `leo` behind it, or alone, is a half more."""
STEP: Final = Fraction(1, 400)
"""A name tells halves of a hundredth, so a rate is at most half of that away from its name's."""
_NAMED = re.compile(r".+?(?:-(alpha|beta|gamma|delta|epsilon))?(-leo)?")


class GameSpec(Spec, kind="game"):
    """A game code such as `dice-alpha`."""

    lasting = ("slug", "rtp", "tables")
    """Players were promised them; another rate is another code."""

    title: str = Field(min_length=1, max_length=128)
    slug: Slug
    rtp: str = Field(pattern=r"^0\.[0-9]{1,4}$")
    """What comes back of all that is staked, in the long run: `0.99`."""
    status: Literal["active", "inactive"] = "active"
    tables: dict[str, tuple[Multiplier, ...]] = Field(default_factory=dict, max_length=64)
    """Pay tables in place of the house's, by the game's own names for them, such as `16/HIGH`."""

    def amiss(self) -> Amiss | None:
        rtp = Fraction(self.rtp)
        if not rtp:
            return Amiss("rtp", "must be more than 0")
        tables = {name: tuple(map(Fraction, table)) for name, table in self.tables.items()}
        found = unfit(self.slug, rtp, tables)
        return None if found is None else Amiss(f"tables.{found.table}", found.problem)

    def amiss_under(self, key: str) -> Amiss | None:
        named = rate_named(key)
        if named is None or abs(Fraction(self.rtp) - named) <= STEP:
            return None
        low, high = (render(int(bound * 10**4), 4) for bound in (named - STEP, named + STEP))
        return Amiss("rtp", f"must be {low} to {high} under a key that ends so, this is {self.rtp}")


def rate_named(key: str) -> Fraction | None:
    """The rate of return that a code's name tells, to half a step: 0.985 of `towers-alpha-leo`, nothing of `dice`."""
    found = _NAMED.fullmatch(key)
    if found is None or found.lastindex is None:
        return None
    return 1 - Fraction(2 * LETTERS[found[1]] + bool(found[2]), 200)


SAMPLES = (GameSpec(title="Dice", slug="dice", rtp="0.99"),)
