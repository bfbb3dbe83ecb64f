"""A player who may play opens a lootbox: one seed, promised before, picks one prize, and the prize is paid."""

from __future__ import annotations

from services.engines.prize_draw import Terms, prize_decider
from shared.messages.lootbox import (
    CommitLootboxSeed,
    DrawLootbox,
    FinishLootbox,
    LootboxDenied,
    LootboxOpened,
    LootboxOpening,
    LootboxRequested,
    LootboxSpec,
    OpenLootbox,
)

terms = Terms(
    noun="lootbox",
    kind="lootbox",
    unknown="no_lootbox",
    number="open_id",
    prize="reward",
    play="opening",
    spec=LootboxSpec,
    begin=OpenLootbox,
    commit=CommitLootboxSeed,
    draw=DrawLootbox,
    finish=FinishLootbox,
    requested=LootboxRequested,
    denied=LootboxDenied,
    drawn=LootboxOpened,
    complete=LootboxOpening,
)

decider = prize_decider(terms)
