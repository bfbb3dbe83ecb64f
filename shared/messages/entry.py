"""Everything that can be said about entering an event: what it costs, and that it has been taken or given back."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from shared.ids import AccountId, AssetId, EventId, PlayerId
from shared.messages.base import Amount, Command, Message, Reply
from shared.messages.entry_condition import (
    MOST_ATTEMPTS,
    AllHold,
    AttemptsMade,
    DoesNotHold,
    InventoryHolds,
    Requirement,
    WalletHolds,
)
from shared.messages.wallet import Reason

ENTRIES: Final = AccountId("entries")
"""The house account that entry costs go to."""
MOST_COSTS: Final = 10


class Cost(Message):
    """What entering takes of one asset or item."""

    asset: AssetId = Field(min_length=1, max_length=128)
    amount: Amount
    """In its smallest unit."""


Costs = Annotated[tuple[Cost, ...], Field(max_length=MOST_COSTS)]


class TakeEntry(Command, wire="entry.take"):
    """The player enters an event: everything that it costs is taken at once, or nothing is.

    Refused for a player who is unknown or blocked, who does not meet the requirement, or who has not got the costs.
    """

    player: PlayerId
    event: EventId
    requirement: Requirement | None = None
    costs: Costs = ()
    attempts: int = Field(default=0, ge=0, le=MOST_ATTEMPTS)
    """How many attempts of the event the player has made before this one."""


class RefundEntry(Command, wire="entry.give_back"):
    """The player did not get into the event after all. It cannot be refused: what does not fit is kept as unclaimed."""

    player: PlayerId
    costs: Costs
    """As they were taken."""
    reason: Reason = ""


class EnteredAnswer(Reply):
    """The player has met what was asked and has paid."""

    player: PlayerId


class EntryReturnedAnswer(Reply):
    """What entering cost has been given back."""

    player: PlayerId
    unclaimed: bool = False
    """Whether some of it was kept because the player cannot receive it."""


EntryCommand = TakeEntry | RefundEntry

_costs = (Cost(asset=AssetId("gems"), amount=50),)
_who: dict[str, Any] = {"player": "rocket"}

SAMPLES = (
    TakeEntry(
        **_who,
        event=EventId("high-roller"),
        requirement=AllHold(
            all=(
                WalletHolds(wallet=AssetId("gems"), at_least=100),
                DoesNotHold(not_=InventoryHolds(inventory=AssetId("sword"))),
                AttemptsMade(attempts=1),
            )
        ),
        costs=_costs,
        attempts=3,
    ),
    RefundEntry(**_who, costs=_costs, reason="the window had closed"),
    EnteredAnswer(**_who),
    EntryReturnedAnswer(**_who),
)
