"""What an event asks of a player before they may enter: so much in the wallet, such an item, so many attempts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag

from shared.ids import AssetId
from shared.messages.base import LARGEST_AMOUNT, Amount, Message, Reference

MOST_LEAVES: Final = 50
DEEPEST: Final = 5
MOST_ATTEMPTS: Final = 1_000_000_000


class AllHold(Message):
    """Every one of these holds."""

    all: tuple[Condition, ...] = Field(min_length=1, max_length=MOST_LEAVES)


class AnyHolds(Message):
    """At least one of these holds."""

    any: tuple[Condition, ...] = Field(min_length=1, max_length=MOST_LEAVES)


class DoesNotHold(Message):
    """This does not hold."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    not_: Condition = Field(alias="not")


class WalletHolds(Message):
    """The player has so much of an asset."""

    wallet: AssetId = Field(min_length=1, max_length=128)
    at_least: Amount
    """In the asset's smallest unit."""


class InventoryHolds(Message):
    """The player has so many pieces of an item."""

    inventory: AssetId = Field(min_length=1, max_length=128)
    at_least: int = Field(default=1, gt=0, le=LARGEST_AMOUNT)


class AttemptsMade(Message):
    """The player has made so many attempts of this event, in this window and all before."""

    attempts: int = Field(ge=0, le=MOST_ATTEMPTS)


def _kind_of(condition: Any) -> str | None:
    """Which of the conditions it is meant to be, by the field that only that one has."""
    if isinstance(condition, Mapping):
        return next((kind for kind in KINDS if kind in condition), None)
    return next((kind for kind, cls in KINDS.items() if isinstance(condition, cls)), None)


KINDS: Final[Mapping[str, type[Message]]] = {
    "all": AllHold,
    "any": AnyHolds,
    "not": DoesNotHold,
    "wallet": WalletHolds,
    "inventory": InventoryHolds,
    "attempts": AttemptsMade,
}

Condition = Annotated[
    Annotated[AllHold, Tag("all")]
    | Annotated[AnyHolds, Tag("any")]
    | Annotated[DoesNotHold, Tag("not")]
    | Annotated[WalletHolds, Tag("wallet")]
    | Annotated[InventoryHolds, Tag("inventory")]
    | Annotated[AttemptsMade, Tag("attempts")],
    Discriminator(
        _kind_of,
        custom_error_type="no_condition",
        custom_error_message="a condition is one of all, any, not, wallet, inventory and attempts",
    ),
]
"""One condition; the first three are made of others."""


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that this one is made of; a leaf has none."""
    match condition:
        case AllHold(all=parts) | AnyHolds(any=parts):
            return parts
        case DoesNotHold(not_=part):
            return (part,)
        case _:
            return ()


def _depth(condition: Condition) -> int:
    return 1 + max(map(_depth, parts_of(condition)), default=0)


def leaves_of(condition: Condition) -> Iterator[Condition]:
    """The conditions that are made of no others, in order."""
    parts = parts_of(condition)
    if not parts:
        yield condition
    for part in parts:
        yield from leaves_of(part)


def _small(condition: Condition) -> Condition:
    if _depth(condition) > DEEPEST:
        raise ValueError(f"conditions stand in each other at most {DEEPEST} deep")
    if sum(1 for _ in leaves_of(condition)) > MOST_LEAVES:
        raise ValueError(f"there are more than {MOST_LEAVES} conditions")
    return condition


Requirement = Annotated[Condition, AfterValidator(_small)]
"""A whole condition, of bounded size."""


def named_by(condition: Condition | None, path: str) -> Iterator[Reference]:
    """The assets and items that a condition names; `path` is the field it stands in."""
    for leaf in leaves_of(condition) if condition is not None else ():
        match leaf:
            case WalletHolds(wallet=asset):
                yield Reference("asset", asset, path)
            case InventoryHolds(inventory=item):
                yield Reference("item", item, path)
            case _:
                pass


for _made_of_others in (AllHold, AnyHolds, DoesNotHold):
    _made_of_others.model_rebuild()
