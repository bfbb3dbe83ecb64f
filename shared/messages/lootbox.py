"""Everything that can be said about a lootbox: a player opens it, chance picks a prize, the prize is paid."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from shared.ids import AccountId, AssetId, LootboxId, MessageId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Command, Event, FollowUp, Message, Reference, Reply, Spec
from shared.streams import Stream, key_of

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


class LootboxSpec(Spec, kind="lootbox"):
    """What a lootbox holds. The order of the prizes is part of the draw."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    prizes: tuple[Prize, ...] = Field(min_length=1, max_length=MOST_PRIZES)

    @model_validator(mode="after")
    def _something_can_be_won(self) -> LootboxSpec:
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


class LootboxWish(Message):
    """Which player's which lootbox."""

    player: PlayerId
    lootbox: LootboxId


class OpenLootbox(Command, LootboxWish, wire="lootbox.open"):
    """A player opens a lootbox."""


class CommitLootboxSeed(Command, LootboxWish, wire="lootbox.commit_seed"):
    """Somebody wants to see the hash that the player's next opening is bound to."""


class DrawLootbox(FollowUp, LootboxWish, wire="lootbox.draw"):
    """The ledger has said whether the player may play; if so, chance decides."""

    open_id: MessageId
    definition_version: int


class LootboxOpening(Message):
    """One opening, complete: what was won, and all that is needed to check it."""

    open_id: MessageId
    reward: Reward
    server_seed: str
    server_seed_hash: str
    definition_version: int


class FinishLootbox(FollowUp, LootboxWish, wire="lootbox.finish"):
    """The ledger has paid; the player is told."""

    opening: LootboxOpening


class LootboxEvent(Event):
    """A fact about one player's openings of one lootbox."""

    player: PlayerId
    lootbox: LootboxId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("lootbox", key_of(self.player, self.lootbox))


class LootboxRequested(LootboxEvent, wire="lootbox.requested"):
    """A player asked for an opening; the ledger is asked whether the player may play."""

    open_id: MessageId
    definition_version: int


class LootboxDenied(LootboxEvent, wire="lootbox.denied"):
    """The player may not play; no chance was spent."""

    open_id: MessageId
    code: str


class LootboxOpened(LootboxEvent, wire="lootbox.opened"):
    """Chance has picked a prize and its seed is revealed. The prize is owed from now on."""

    open_id: MessageId
    definition_version: int
    reward: Reward
    seed_number: int
    seed_key_id: str
    server_seed: str
    server_seed_hash: str


class LootboxAnswer(Reply):
    """The opening, once its prize has reached the wallet."""

    opening: LootboxOpening


class SeedAnswer(Reply):
    """The hash that the next draw is bound to."""

    server_seed_hash: str


LootboxCommand = OpenLootbox | CommitLootboxSeed | DrawLootbox | FinishLootbox

_wish: dict[str, Any] = {"player": "rocket", "lootbox": "starter-box"}
_opening = LootboxOpening(
    open_id=MessageId("0192f0c1-0000-7000-8000-000000000002"),
    reward=Reward(asset=AssetId("WINZ"), amount=1500, segment_label="big"),
    server_seed="3b" * 32,
    server_seed_hash="9f" * 32,
    definition_version=1,
)

SAMPLES = (
    OpenLootbox(**_wish),
    CommitLootboxSeed(**_wish),
    DrawLootbox(**_wish, open_id=_opening.open_id, definition_version=1),
    FinishLootbox(**_wish, opening=_opening),
    LootboxRequested(**_wish, open_id=_opening.open_id, definition_version=1),
    LootboxDenied(**_wish, open_id=_opening.open_id, code="player_blocked"),
    LootboxOpened(
        **_wish,
        open_id=_opening.open_id,
        definition_version=1,
        reward=_opening.reward,
        seed_number=7,
        seed_key_id="k1",
        server_seed=_opening.server_seed,
        server_seed_hash=_opening.server_seed_hash,
    ),
    LootboxAnswer(opening=_opening),
    SeedAnswer(server_seed_hash="9f" * 32),
    LootboxSpec(
        name="Starter box", prizes=(Prize(segment_label="small", asset=AssetId("WINZ"), amount=100, weight=60),)
    ),
)
