"""What a reward may hold: currencies, items and crates, in whole numbers or in a range that chance decides on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.ids import AssetId
from shared.messages.base import LARGEST_AMOUNT, Amount, Message, Reference, Spec
from shared.messages.prize import Weight

MOST_ENTRIES: Final = 20
"""Of one bundle, milestone or grant, as an operator writes it."""
MOST_WEIGHTED: Final = 1_000
MOST_THINGS: Final = 100
"""Different currencies, items and crates in one table, so that all that comes out of a crate fits into one grant."""
MOST_ROLLS: Final = 100
"""Of one table, for one crate."""
MOST_CRATES: Final = 10
"""That one entry gives; they are opened together."""
LARGEST_IN_TABLE: Final = LARGEST_AMOUNT // (MOST_ROLLS * MOST_CRATES)
"""So that whatever comes out of a crate adds up to an amount."""
LONGEST_WAIT_S: Final = 10 * 365 * 86_400


class Range(Message):
    """Any of the numbers `min`, `min + step`, `min + 2 step` and so on, as likely as each other; the last is `max`."""

    min: Amount
    max: Amount
    step: Amount = 1

    @model_validator(mode="after")
    def _has_a_number(self) -> Range:
        if self.min > self.max:
            raise ValueError("min is above max")
        return self

    @property
    def numbers(self) -> int:
        """How many different ones there are."""
        return -((self.min - self.max) // self.step) + 1

    def number(self, index: int) -> int:
        """The one at this place, from 0."""
        return min(self.min + index * self.step, self.max)


Quantity = Amount | Range


def most(quantity: Quantity) -> int:
    """The largest number that it can be."""
    return quantity if isinstance(quantity, int) else quantity.max


def _of_crates(quantity: Quantity) -> Quantity:
    if most(quantity) > MOST_CRATES:
        raise ValueError(f"an entry gives at most {MOST_CRATES} crates")
    return quantity


def _rolls(rolls: Quantity) -> Quantity:
    if most(rolls) > MOST_ROLLS:
        raise ValueError(f"a table is rolled at most {MOST_ROLLS} times")
    return rolls


class CurrencyEntry(Message):
    """So much of a currency."""

    type: Literal["currency"] = "currency"
    asset: AssetId
    amount: Quantity
    """In its smallest unit."""


class ItemEntry(Message):
    """So many of an item."""

    type: Literal["item"] = "item"
    item: AssetId
    quantity: Quantity


class CrateEntry(Message):
    """So many of an item that is a crate, to be opened together."""

    type: Literal["crate"] = "crate"
    crate: AssetId
    quantity: Annotated[Quantity, AfterValidator(_of_crates)]


Entry = Annotated[CurrencyEntry | ItemEntry | CrateEntry, Field(discriminator="type")]
"""As an operator writes it."""
Entries = Annotated[tuple[Entry, ...], Field(min_length=1, max_length=MOST_ENTRIES)]


class FixedCurrency(CurrencyEntry):
    """So much of a currency, decided."""

    amount: Amount


class FixedItem(ItemEntry):
    """So many of an item, decided."""

    quantity: Amount


class FixedCrate(CrateEntry):
    """So many crates, decided; out of other crates more may come than one entry gives."""

    quantity: Amount


Fixed = Annotated[FixedCurrency | FixedItem | FixedCrate, Field(discriminator="type")]
"""As a player has it."""


def thing_of(entry: CurrencyEntry | ItemEntry | CrateEntry) -> tuple[str, AssetId]:
    """What it is of: its type and the key."""
    match entry:
        case CurrencyEntry():
            return entry.type, entry.asset
        case ItemEntry():
            return entry.type, entry.item
        case CrateEntry():
            return entry.type, entry.crate


def quantity_of(entry: CurrencyEntry | ItemEntry | CrateEntry) -> Quantity:
    """How much or how many it is of it."""
    return entry.amount if isinstance(entry, CurrencyEntry) else entry.quantity


def fixed(type_: str, key: AssetId, quantity: int) -> FixedCurrency | FixedItem | FixedCrate:
    """The entry of this type with this many, decided."""
    if type_ == "currency":
        return FixedCurrency(asset=key, amount=quantity)
    return FixedItem(item=key, quantity=quantity) if type_ == "item" else FixedCrate(crate=key, quantity=quantity)


def named_by(entries: Iterable[CurrencyEntry | ItemEntry | CrateEntry], path: str) -> Iterator[Reference]:
    """What must be defined for these entries to make sense; `path` is where they stand."""
    for index, entry in enumerate(entries):
        match entry:
            case CurrencyEntry():
                yield Reference("asset", entry.asset, f"{path}[{index}].asset")
            case ItemEntry():
                yield Reference("item", entry.item, f"{path}[{index}].item")
            case CrateEntry():
                yield Reference("item", entry.crate, f"{path}[{index}].crate")


class BundleSpec(Spec, kind="bundle"):
    """Entries that are given together."""

    name: str = Field(min_length=1, max_length=128)
    entries: Entries
    expires_after_seconds: int | None = Field(default=None, ge=1, le=LONGEST_WAIT_S)
    """How long a grant of it can be claimed; None is for ever."""

    def references(self) -> Iterator[Reference]:
        return named_by(self.entries, "entries")


class WeightedEntry(Message):
    """One row of a table; it comes up `weight` times in the sum of all weights."""

    weight: Weight
    entry: Entry


class RewardTableSpec(Spec, kind="reward_table"):
    """What can be in a crate. The order of the rows is part of the draw."""

    name: str = Field(default="", max_length=128)
    weighted_entries: tuple[WeightedEntry, ...] = Field(min_length=1, max_length=MOST_WEIGHTED)
    rolls: Annotated[Quantity, AfterValidator(_rolls)] = 1
    """How many rows are drawn, each from the whole table."""

    @property
    def entries(self) -> tuple[CurrencyEntry | ItemEntry | CrateEntry, ...]:
        """What each row brings."""
        return tuple(row.entry for row in self.weighted_entries)

    @property
    def weights(self) -> tuple[int, ...]:
        """Of each row."""
        return tuple(row.weight for row in self.weighted_entries)

    @model_validator(mode="after")
    def _makes_sense(self) -> RewardTableSpec:
        if not any(self.weights):
            raise ValueError("every row has weight 0, so nothing can be drawn; give one a positive weight")
        if len({thing_of(entry) for entry in self.entries}) > MOST_THINGS:
            raise ValueError(f"a table has at most {MOST_THINGS} different currencies, items and crates")
        if max(most(quantity_of(entry)) for entry in self.entries) > LARGEST_IN_TABLE:
            raise ValueError(f"a row brings at most {LARGEST_IN_TABLE}")
        crates = [most(entry.quantity) for entry in self.entries if isinstance(entry, CrateEntry)]
        if crates and max(crates) * most(self.rolls) > MOST_CRATES:
            raise ValueError(f"a crate holds at most {MOST_CRATES} crates: ask for fewer of them, or fewer rolls")
        return self

    def references(self) -> Iterator[Reference]:
        for index, entry in enumerate(self.entries):
            for named in named_by((entry,), "entries"):
                yield named._replace(path=named.path.replace("entries[0]", f"weighted_entries[{index}].entry"))


SAMPLES = (
    BundleSpec(
        name="First place",
        entries=(
            CurrencyEntry(asset=AssetId("coins"), amount=500),
            CrateEntry(crate=AssetId("crate_basic"), quantity=1),
        ),
        expires_after_seconds=604_800,
    ),
    RewardTableSpec(
        name="Basic crate",
        weighted_entries=(
            WeightedEntry(
                weight=70, entry=CurrencyEntry(asset=AssetId("coins"), amount=Range(min=50, max=150, step=50))
            ),
            WeightedEntry(weight=30, entry=ItemEntry(item=AssetId("sword"), quantity=1)),
        ),
    ),
)
