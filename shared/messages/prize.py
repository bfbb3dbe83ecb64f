"""What every engine that draws from a prize table says: a player plays, chance picks a prize, the prize is paid.

Each noun adds the names it goes by: what is played (`lootbox`) and the number of one play (`open_id`).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Command, Event, FollowUp, Message, Reference, Reply, Spec

REWARDS: Final = AccountId("rewards")
"""The house account that prizes are paid from."""
MOST_PRIZES: Final = 1_000

Weight = Annotated[int, Field(ge=0, le=2**53)]


class Prize(Message):
    """One row of a prize table; it is won `weight` times in the sum of all weights."""

    segment_label: str = Field(min_length=1, max_length=64)
    asset: AssetId
    amount: int = Field(ge=0, le=LARGEST_AMOUNT)
    """In the asset's smallest unit; 0 is a blank."""
    weight: Weight


class PrizeTable(Spec):
    """What can be won. The order of the prizes is part of the draw."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    prizes: tuple[Prize, ...] = Field(min_length=1, max_length=MOST_PRIZES)

    @model_validator(mode="after")
    def _something_can_be_won(self) -> PrizeTable:
        if not any(prize.weight for prize in self.prizes):
            raise ValueError("every prize has weight 0, so nothing can be drawn; give one a positive weight")
        return self

    def references(self) -> tuple[Reference, ...]:
        return tuple(Reference("asset", prize.asset, f"prizes[{i}].asset") for i, prize in enumerate(self.prizes))


class Reward(Message):
    """What was won."""

    asset: AssetId
    amount: int
    segment_label: str


class Proof(Message):
    """What anybody needs to check one draw, beside the prize table of that version."""

    server_seed: str
    server_seed_hash: str
    definition_version: int


class BeginDraw(Command):
    """A player plays."""

    player: PlayerId


class CommitSeed(Command):
    """Somebody wants to see the hash that the player's next draw is bound to."""

    player: PlayerId


class DrawPrize(FollowUp):
    """The ledger has said whether the player may play; if so, chance decides."""

    player: PlayerId
    definition_version: int


class FinishDraw(FollowUp):
    """The ledger has paid; the player is told."""

    player: PlayerId

    @property
    def told(self) -> Reply:
        """What the player is told."""
        raise NotImplementedError


class DrawRequested(Event):
    """A player asked to play; the ledger is asked whether the player may."""

    player: PlayerId
    definition_version: int


class DrawDenied(Event):
    """The player may not play; no chance was spent."""

    player: PlayerId
    code: str


class PrizeDrawn(Event):
    """Chance has picked a prize and its seed is revealed. The prize is owed from now on."""

    player: PlayerId
    definition_version: int
    seed_number: int
    seed_key_id: str
    server_seed: str
    server_seed_hash: str
