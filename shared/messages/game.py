"""What a game code is: one of the ten games, at a rate of return, with pay tables of its own where it has any."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from shared.messages.base import Amiss, Spec
from shared.pay_tables import unfit

Slug = Literal["dice", "limbo", "plinko", "keno", "wheel", "baccarat", "mines", "hilo", "towers", "blackjack"]
Multiplier = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,4})?$")]
"""What is paid for one unit staked, as exact decimal text."""


class GameSpec(Spec, kind="game"):
    """A game code such as `dice-alpha`."""

    lasting = ("slug",)

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


SAMPLES = (GameSpec(title="Dice", slug="dice", rtp="0.99"),)
