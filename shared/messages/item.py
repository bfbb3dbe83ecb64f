"""Everything that can be said about an item: a sword or a potion that players hold beside their money, or a crate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from shared.ids import AccountId
from shared.messages.base import LARGEST_AMOUNT, Reference, Spec

INVENTORY: Final = AccountId("inventory")
"""The house account that items are given from and taken to when a game's own server moves them."""
MOST_TAGS: Final = 20
MOST_ATTRIBUTES: Final = 50
LONGEST_LIFE_SECONDS: Final = 3_650 * 86_400

Tag = Annotated[str, Field(min_length=1, max_length=64)]
AttributeName = Annotated[str, Field(min_length=1, max_length=64)]
AttributeText = Annotated[str, Field(max_length=512)]
AttributeNumber = Annotated[int, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)]


class ItemSpec(Spec, kind="item"):
    """Something that players hold in whole pieces, in the same wallet as their money. With a `table` it is a crate."""

    unlike = ("asset",)

    name: str = Field(min_length=1, max_length=128)
    icon_url: str | None = Field(default=None, max_length=2_048)
    description: str = Field(default="", max_length=2_000)
    item_type: str = Field(default="item", min_length=1, max_length=64)
    """What games sort it by."""
    tags: tuple[Tag, ...] = Field(default=(), max_length=MOST_TAGS)
    rarity: str | None = Field(default=None, min_length=1, max_length=64)
    attributes: dict[AttributeName, bool | AttributeNumber | AttributeText] = Field(
        default_factory=dict, max_length=MOST_ATTRIBUTES
    )
    """Whatever else games want to know of it."""
    table: str | None = None
    """The reward table that is rolled when it is opened; only a crate has one."""
    expires_after_seconds: int | None = Field(default=None, ge=1, le=LONGEST_LIFE_SECONDS)
    """How long a crate that was given can be opened; None is for ever."""

    def references(self) -> Iterator[Reference]:
        if self.table is not None:
            yield Reference("reward_table", self.table, "table")


SAMPLES = (
    ItemSpec(
        name="Sword", tags=("weapon",), rarity="rare", attributes={"damage": 12, "cursed": False, "hand": "right"}
    ),
)
