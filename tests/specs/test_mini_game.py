"""A player who may play plays a mini-game: one seed, promised before, picks how it ends, and the prize is paid.

It is drawn as a lootbox is, by the same rule; what is told here is that it goes by its own names.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.engines.promise import Chain, Promised, Unpromised, view
from services.engines.registry import service
from shared.fair.checker import check, check_file
from shared.fair.draw import pick
from shared.ids import AssetId, MessageId, MiniGameId, PlayerId
from shared.messages.base import Command
from shared.messages.mini_game import (
    CommitMiniGameSeed,
    DrawMiniGame,
    FinishMiniGame,
    MiniGameAnswer,
    MiniGameDenied,
    MiniGamePlay,
    MiniGamePlayed,
    MiniGameRequested,
    MiniGameSpec,
    PlayMiniGame,
)
from shared.messages.player import AdmitPlayer, Admitted
from shared.messages.prize import REWARDS, Prize, Reward
from shared.messages.seed import SeedAnswer, SeedCommitted
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Put, Refused, Seed, Send
from shared.testing.grammar import Consequence, Story, given, seeds, shown

ROCKET, SCRATCH = PlayerId("rocket"), MiniGameId("scratch")
WINZ: Final = AssetId("WINZ")
CHAIN: Final = Chain("mini_game", ROCKET, SCRATCH)


def table(*rows: tuple[str, int, int], status: Any = "active") -> MiniGameSpec:
    prizes = (Prize(segment_label=label, asset=WINZ, amount=amount, weight=weight) for label, amount, weight in rows)
    return MiniGameSpec(name="Scratch card", status=status, prizes=tuple(prizes))


scratch = table(("100 WINZ", 100, 50), ("500 WINZ", 500, 10), ("Better luck", 0, 40))
sure = table(("100 WINZ", 100, 1))
blank = table(("Better luck", 0, 1))
arcade = given(service).defined(SCRATCH, scratch)

admitted = Admitted(player=ROCKET)
"""From a ledger that did not count changes yet, so that the player stays a stranger; see test_prize_draw.py."""
paid = WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={WINZ: 100})
plays = PlayMiniGame(player=ROCKET, mini_game=SCRATCH)
asks = CommitMiniGameSeed(player=ROCKET, mini_game=SCRATCH)


def seed(number: int) -> Seed:
    return seeds().of(CHAIN.stream, number)


def promised(number: int) -> SeedCommitted:
    drawn = seed(number)
    return SeedCommitted(
        engine="mini_game",
        player=ROCKET,
        entity=SCRATCH,
        number=number,
        key_id=drawn.key_id,
        server_seed_hash=drawn.hash,
    )


def play(step: int, number: int, spec: MiniGameSpec = scratch) -> MiniGamePlay:
    drawn = seed(number)
    row = spec.prizes[pick(drawn.value, "mini-game", SCRATCH, [prize.weight for prize in spec.prizes])]
    return MiniGamePlay(
        play_id=MessageId(f"command-{step}"),
        outcome=Reward(asset=row.asset, amount=row.amount, segment_label=row.segment_label),
        server_seed=drawn.value,
        server_seed_hash=drawn.hash,
        definition_version=1,
    )


def played(step: int, number: int, spec: MiniGameSpec = scratch) -> MiniGamePlayed:
    return MiniGamePlayed(
        player=ROCKET, mini_game=SCRATCH, **dict(play(step, number, spec)), seed_number=number, seed_key_id="k1"
    )


def drawn(story: Story) -> Consequence:
    return story.when(plays).answered(admitted)


def test_a_play_first_asks_the_ledger_whether_the_player_may_play() -> None:
    turn: dict[str, Any] = {"player": ROCKET, "mini_game": SCRATCH, "play_id": "command-1", "definition_version": 1}
    asked = arcade.when(plays).then(MiniGameRequested(**turn)).waits()
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=DrawMiniGame(**turn)))


def test_an_admitted_player_gets_one_outcome_which_is_paid_before_it_is_told() -> None:
    story = given(service).defined(SCRATCH, sure)
    first = story.when(plays)
    won = play(1, 0, sure)
    owed = first.answered(admitted).then(promised(0), played(1, 0, sure), promised(1)).waits()
    pay = PayWallet(player=ROCKET, asset=WINZ, amount=100, account=REWARDS, reason="mini_game scratch command-1")
    owed.asked(Send("ledger", ROCKET, pay, then=FinishMiniGame(player=ROCKET, mini_game=SCRATCH, play=won)))
    owed.answered(paid).then().asked().finished(first.wish).replied(MiniGameAnswer(play=won))


def test_better_luck_next_time_is_told_at_once_and_asks_for_no_payment() -> None:
    first = given(service).defined(SCRATCH, blank).when(plays)
    told = first.answered(admitted).then(promised(0), played(1, 0, blank), promised(1)).asked()
    told.finished(first.wish).replied(MiniGameAnswer(play=play(1, 0, blank)))


def test_the_draw_is_bound_to_the_hash_that_was_promised_before() -> None:
    told = arcade.when(asks).then(promised(0)).replied(SeedAnswer(server_seed_hash=seed(0).hash))
    told.when(asks).then().replied(SeedAnswer(server_seed_hash=seed(0).hash))
    after = drawn(told.story).then(played(2, 0), promised(1))
    assert after.story.state(CHAIN.stream) == Promised(1, "k1", seed(1).hash)


def test_a_game_and_a_box_of_one_name_have_chains_of_their_own() -> None:
    assert seeds().of(Chain("lootbox", ROCKET, SCRATCH).stream, 0).hash != seed(0).hash


@pytest.mark.parametrize("code", ["no_player", "player_blocked"])
def test_a_player_who_may_not_play_is_told_why_and_no_chance_is_spent(code: str) -> None:
    first = arcade.when(plays)
    refused = first.answered(Refused(code, {"status": "closed"}))
    refused.then(MiniGameDenied(player=ROCKET, mini_game=SCRATCH, play_id=MessageId("command-1"), code=code))
    refused.asked().refused(code, status="closed").finished(first.wish)
    assert refused.story.state(CHAIN.stream) == Unpromised(0)


@pytest.mark.parametrize(
    ("story",                                            "wish", "code"),
    [
        (given(service),                                 plays,  "no_mini_game"),
        (given(service),                                 asks,   "no_mini_game"),
        (arcade.removed(MiniGameSpec, SCRATCH),          plays,  "no_mini_game"),
        (arcade.defined(SCRATCH, table(("x", 1, 1), status="paused"), 2), plays, "not_active"),
    ],
)  # fmt: skip
def test_this_is_refused_and_nothing_changes(story: Story, wish: Command, code: str) -> None:
    story.when(wish).then().refused(code).when(wish).then().refused(code)


def test_anybody_can_recompute_a_play_from_what_was_told() -> None:
    story = arcade
    for number in range(20):
        step = drawn(story)
        (told,) = (event for event in getattr(step.outcome, "events", ()) if isinstance(event, MiniGamePlayed))
        assert told.seed_number == number
        rows = [row.model_dump() for row in scratch.prizes]
        result = check("mini-game", SCRATCH, told.server_seed, told.server_seed_hash, rows, told.outcome.model_dump())
        assert result.ok, result.problems
        reply = {"kind": "mini-game", "key": SCRATCH, **told.model_dump(mode="json"), "prize_table": rows}
        assert check_file(reply).ok
        wrong = check_file({**reply, "outcome": {**reply["outcome"], "amount": 7}})
        assert wrong.problems == (f"amount should be {told.outcome.amount}, but 7 was told",)
        story = step.story


def test_the_next_hash_is_shown_beside_those_of_other_engines() -> None:
    assert shown(view, promised(3)) == (Put(key=("mini_game", ROCKET, SCRATCH), values=(3, seed(3).hash)),)
