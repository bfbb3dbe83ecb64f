"""Whom the engines know, they decide on at once; a stranger is asked for first, and a blocked player is turned away.

The same holds of every engine that draws from a prize table, so each thing is told of a lootbox and of a mini-game.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from services.engines.guest import Acquainted, guest_of
from services.engines.registry import service
from shared.ids import AssetId, LootboxId, MiniGameId, PlayerId
from shared.messages.base import Event
from shared.messages.guest import GuestNoted
from shared.messages.lootbox import LootboxDenied, LootboxOpened, LootboxRequested, LootboxSpec, OpenLootbox
from shared.messages.mini_game import MiniGameDenied, MiniGamePlayed, MiniGameRequested, MiniGameSpec, PlayMiniGame
from shared.messages.player import AdmitPlayer, Admitted, Status
from shared.messages.prize import BeginDraw, Prize, PrizeTable
from shared.messages.seed import SeedCommitted
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Refused
from shared.testing.grammar import Consequence, Story, given

ROCKET: Final = PlayerId("rocket")
WINZ: Final = AssetId("WINZ")
KEY: Final = "daily"

paid = WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={WINZ: 100})


@dataclass(frozen=True)
class Engine:
    spec: type[PrizeTable]
    plays: BeginDraw
    requested: type[Event]
    denied: type[Event]
    drawn: type[Event]

    def with_prize(self, amount: int) -> Story:
        prize = Prize(segment_label="sure", asset=WINZ, amount=amount, weight=1)
        return given(service).defined(KEY, self.spec(name="Daily", prizes=(prize,)))


LOOTBOX: Final = Engine(
    LootboxSpec, OpenLootbox(player=ROCKET, lootbox=LootboxId(KEY)), LootboxRequested, LootboxDenied, LootboxOpened
)
MINI_GAME: Final = Engine(
    MiniGameSpec, PlayMiniGame(player=ROCKET, mini_game=MiniGameId(KEY)), MiniGameRequested, MiniGameDenied,
    MiniGamePlayed,
)  # fmt: skip

each_engine: Final[Callable[..., Any]] = pytest.mark.parametrize(
    "engine", [LOOTBOX, MINI_GAME], ids=["lootbox", "mini-game"]
)


def known(status: Status, changes: int = 0) -> GuestNoted:
    return GuestNoted(player=ROCKET, status=status, changes=changes)


def admitted(changes: int) -> Admitted:
    return Admitted(player=ROCKET, changes=changes)


def happened(after: Consequence) -> list[type[Event]]:
    return [type(event) for event in getattr(after.outcome, "events", ())]


@each_engine
def test_a_play_of_a_known_player_is_drawn_at_once_and_told_once_it_is_paid(engine: Engine) -> None:
    story = engine.with_prize(100).and_then(known("active"))
    first = story.when(engine.plays).waits()
    assert happened(first) == [SeedCommitted, engine.drawn, SeedCommitted]
    (pay,) = first.sends
    assert isinstance(pay.command, PayWallet)
    told = first.answered(paid).then().asked().finished(first.wish)
    assert told.outcome.reply.model_dump_json().count('"sure"') == 1  # type: ignore[union-attr]
    assert happened(told.when(engine.plays)) == [engine.drawn, SeedCommitted]


@each_engine
def test_a_known_player_who_wins_nothing_is_told_in_the_very_same_decision(engine: Engine) -> None:
    told = engine.with_prize(0).and_then(known("active")).when(engine.plays).asked()
    assert happened(told) == [SeedCommitted, engine.drawn, SeedCommitted]
    assert '"server_seed"' in told.outcome.reply.model_dump_json()  # type: ignore[union-attr]


@each_engine
def test_a_known_blocked_player_is_turned_away_and_nothing_happens(engine: Engine) -> None:
    story = engine.with_prize(100).and_then(known("self_excluded", 1))
    story.when(engine.plays).then().asked().refused("player_blocked", status="self_excluded")


@each_engine
def test_what_cannot_be_played_is_said_before_who_may_play(engine: Engine) -> None:
    gone = engine.with_prize(100).and_then(known("closed", 1)).removed(engine.spec, KEY)
    gone.when(engine.plays).refused(f"no_{engine.drawn.wire.partition('.')[0]}")


@each_engine
def test_a_stranger_is_asked_for_once_and_known_from_then_on(engine: Engine) -> None:
    asked = engine.with_prize(100).when(engine.plays).waits()
    assert happened(asked) == [engine.requested]
    assert asked.sends[0].command == AdmitPlayer(player=ROCKET)
    drawn = asked.answered(admitted(3)).waits()
    assert happened(drawn) == [GuestNoted, SeedCommitted, engine.drawn, SeedCommitted]
    assert drawn.story.state(guest_of(ROCKET)) == Acquainted("active", 3)
    assert happened(drawn.when(engine.plays)) == [engine.drawn, SeedCommitted]


@each_engine
def test_a_stranger_whom_the_ledger_refuses_stays_a_stranger_and_is_asked_for_again(engine: Engine) -> None:
    asked = engine.with_prize(100).when(engine.plays)
    denied = asked.answered(Refused("player_blocked", {"status": "closed"}))
    assert happened(denied) == [engine.denied]
    denied.asked().refused("player_blocked", status="closed").finished(asked.wish)
    assert happened(denied.when(engine.plays)) == [engine.requested]


@each_engine
def test_a_block_that_overtakes_the_ledgers_answer_is_heeded(engine: Engine) -> None:
    asked = engine.with_prize(100).when(engine.plays)
    blocked = asked.story.and_then(known("closed", 1))
    denied = asked.answered(admitted(0), by=blocked)
    assert happened(denied) == [engine.denied]
    denied.asked().refused("player_blocked", status="closed").finished(asked.wish)


@each_engine
def test_an_answer_that_is_newer_than_a_block_is_heeded_too(engine: Engine) -> None:
    asked = engine.with_prize(100).when(engine.plays)
    drawn = asked.answered(admitted(2), by=asked.story.and_then(known("closed", 1)))
    assert happened(drawn) == [GuestNoted, SeedCommitted, engine.drawn, SeedCommitted]


@each_engine
def test_an_answer_from_before_changes_were_counted_lets_play_but_makes_nobody_known(engine: Engine) -> None:
    asked = engine.with_prize(100).when(engine.plays)
    drawn = asked.answered(Admitted(player=ROCKET))
    assert happened(drawn) == [SeedCommitted, engine.drawn, SeedCommitted]
    assert happened(drawn.when(engine.plays)) == [engine.requested]
