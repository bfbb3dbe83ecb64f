"""Everything that can be said about a lootbox: a player opens it, chance picks a prize, the prize is paid."""

from __future__ import annotations

from typing import Any

from shared.ids import AssetId, LootboxId, MessageId, PlayerId
from shared.messages.base import Event, Reply
from shared.messages.prize import (
    BeginDraw,
    CommitSeed,
    DrawDenied,
    DrawPrize,
    DrawRequested,
    FinishDraw,
    Prize,
    PrizeDrawn,
    PrizeTable,
    Proof,
    Reward,
)
from shared.streams import Stream, key_of


class LootboxSpec(PrizeTable, kind="lootbox"):
    """What a lootbox holds. The order of the prizes is part of the draw."""


class OpenLootbox(BeginDraw, wire="lootbox.open"):
    """A player opens a lootbox."""

    lootbox: LootboxId


class CommitLootboxSeed(CommitSeed, wire="lootbox.commit_seed"):
    """Somebody wants to see the hash that the player's next opening is bound to."""

    lootbox: LootboxId


class DrawLootbox(DrawPrize, wire="lootbox.draw"):
    """The ledger has said whether the player may play; if so, chance decides."""

    lootbox: LootboxId
    open_id: MessageId


class LootboxOpening(Proof):
    """One opening, complete: what was won, and all that is needed to check it."""

    open_id: MessageId
    reward: Reward


class LootboxAnswer(Reply):
    """The opening, once its prize has reached the wallet."""

    opening: LootboxOpening


class FinishLootbox(FinishDraw, wire="lootbox.finish"):
    """The ledger has paid; the player is told."""

    lootbox: LootboxId
    opening: LootboxOpening

    @property
    def told(self) -> LootboxAnswer:
        return LootboxAnswer(opening=self.opening)


class LootboxEvent(Event):
    """A fact about one player's openings of one lootbox."""

    player: PlayerId
    lootbox: LootboxId
    open_id: MessageId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("lootbox", key_of(self.player, self.lootbox))


class LootboxRequested(LootboxEvent, DrawRequested, wire="lootbox.requested"):
    """A player asked for an opening; the ledger is asked whether the player may play."""


class LootboxDenied(LootboxEvent, DrawDenied, wire="lootbox.denied"):
    """The player may not play; no chance was spent."""


class LootboxOpened(LootboxEvent, PrizeDrawn, wire="lootbox.opened"):
    """Chance has picked a prize and its seed is revealed. The prize is owed from now on."""

    reward: Reward


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
    LootboxOpened(**_wish, **dict(_opening), seed_number=7, seed_key_id="k1"),
    LootboxAnswer(opening=_opening),
    LootboxSpec(
        name="Starter box", prizes=(Prize(segment_label="small", asset=AssetId("WINZ"), amount=100, weight=60),)
    ),
)
