"""A player who may play opens a lootbox: one seed, promised before, picks one prize, and the prize is paid."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.promise import Chain, Promise, Promised, Unpromised
from services.engines.registry import service
from shared.fair.checker import check
from shared.fair.draw import pick
from shared.fair.seeds import commitment
from shared.ids import AssetId, LootboxId, MessageId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Answer, Command
from shared.messages.guest import NoteGuest
from shared.messages.lootbox import (
    CommitLootboxSeed,
    DrawLootbox,
    FinishLootbox,
    LootboxAnswer,
    LootboxDenied,
    LootboxOpened,
    LootboxOpening,
    LootboxRequested,
    LootboxSpec,
    OpenLootbox,
)
from shared.messages.player import AdmitPlayer, Admitted, Status
from shared.messages.prize import REWARDS, Prize, Reward
from shared.messages.seed import SeedAnswer, SeedCommitted
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Refused, Seed, Send
from shared.streams import Stream
from shared.testing.grammar import MASTERS, Consequence, Story, given, seeds

ROCKET, GROOT, BOX = PlayerId("rocket"), PlayerId("groot"), LootboxId("starter-box")
WINZ: Final = AssetId("WINZ")


def prize(label: str, amount: int, weight: int) -> Prize:
    return Prize(segment_label=label, asset=WINZ, amount=amount, weight=weight)


def table(*prizes: Prize, status: Any = "active") -> LootboxSpec:
    return LootboxSpec(name="Starter box", status=status, prizes=prizes)


starter = table(prize("small", 100, 60), prize("medium", 500, 30), prize("big", 1_500, 10))
blank = table(prize("better luck", 0, 1))
shop = given(service).defined(BOX, starter)

admitted = Admitted(player=ROCKET)
"""From a ledger that did not count changes yet, so that the player stays a stranger; see test_prize_draw.py."""
paid = WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={WINZ: 100})
opens = OpenLootbox(player=ROCKET, lootbox=BOX)
asks = CommitLootboxSeed(player=ROCKET, lootbox=BOX)


def box_of(player: PlayerId, lootbox: LootboxId) -> Stream[Promise]:
    return Chain("lootbox", player, lootbox).stream


def prize_of(spec: LootboxSpec, lootbox: LootboxId, server_seed: str) -> Prize:
    return spec.prizes[pick(server_seed, "lootbox", lootbox, [prize.weight for prize in spec.prizes])]


def seed(number: int, key_id: str = "k1", player: PlayerId = ROCKET) -> Seed:
    return seeds().of(box_of(player, BOX), number, key_id)


def promised(number: int, key_id: str = "k1", player: PlayerId = ROCKET) -> SeedCommitted:
    return SeedCommitted(
        engine="lootbox",
        player=player,
        entity=BOX,
        number=number,
        key_id=key_id,
        server_seed_hash=seed(number, key_id, player).hash,
    )


def requested(step: int, version: int = 1) -> LootboxRequested:
    return LootboxRequested(
        player=ROCKET, lootbox=BOX, open_id=MessageId(f"command-{step}"), definition_version=version
    )


def opened(step: int, number: int, key_id: str = "k1", spec: LootboxSpec = starter, version: int = 1) -> LootboxOpened:
    drawn = seed(number, key_id)
    won = prize_of(spec, BOX, drawn.value)
    return LootboxOpened(
        player=ROCKET,
        lootbox=BOX,
        open_id=MessageId(f"command-{step}"),
        definition_version=version,
        reward=Reward(asset=won.asset, amount=won.amount, segment_label=won.segment_label),
        seed_number=number,
        seed_key_id=key_id,
        server_seed=drawn.value,
        server_seed_hash=drawn.hash,
    )


def opening_of(event: LootboxOpened) -> LootboxOpening:
    return LootboxOpening(
        open_id=event.open_id,
        reward=event.reward,
        server_seed=event.server_seed,
        server_seed_hash=event.server_seed_hash,
        definition_version=event.definition_version,
    )


def drawn_of(drawn: Consequence) -> LootboxOpened:
    (event,) = (event for event in getattr(drawn.outcome, "events", ()) if isinstance(event, LootboxOpened))
    return event


def opened_once(story: Story) -> Consequence:
    """From the wish to the draw, the prize not yet paid."""
    return story.when(opens).answered(admitted)


def box_in(story: Story) -> Promise:
    return story.state(box_of(ROCKET, BOX))


def test_an_opening_first_asks_the_ledger_whether_the_player_may_play() -> None:
    draw = DrawLootbox(player=ROCKET, lootbox=BOX, open_id=MessageId("command-1"), definition_version=1)
    asked = shop.when(opens).then(requested(1)).waits()
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=draw))


def test_an_admitted_player_gets_one_prize_from_a_seed_that_is_revealed_and_the_next_is_promised() -> None:
    won = opened(1, number=0)
    drawn = opened_once(shop).then(promised(0), won, promised(1)).waits()
    finish = FinishLootbox(player=ROCKET, lootbox=BOX, opening=opening_of(won))
    pay = PayWallet(
        player=ROCKET, asset=WINZ, amount=won.reward.amount, account=REWARDS, reason="lootbox starter-box command-1"
    )
    drawn.asked(Send("ledger", ROCKET, pay, then=finish))


def test_the_player_is_told_once_the_prize_is_in_the_wallet() -> None:
    first = shop.when(opens)
    told = first.answered(admitted).answered(paid).then().asked().finished(first.wish)
    told.replied(LootboxAnswer(opening=opening_of(opened(1, number=0))))


def test_a_payment_that_people_gave_up_still_tells_what_was_drawn_so_that_nothing_is_drawn_twice() -> None:
    first = shop.when(opens)
    given_up = first.answered(admitted).answered(Refused("given_up")).then().finished(first.wish)
    given_up.replied(LootboxAnswer(opening=opening_of(opened(1, number=0))))


def test_the_draw_is_bound_to_the_hash_that_was_promised_before() -> None:
    told = shop.when(asks).then(promised(0)).replied(SeedAnswer(server_seed_hash=seed(0).hash))
    drawn = opened_once(told.story).then(opened(2, number=0), promised(1))
    assert commitment(drawn_of(drawn).server_seed) == seed(0).hash


def test_asking_for_the_promise_again_gives_the_same_promise() -> None:
    answer = SeedAnswer(server_seed_hash=seed(0).hash)
    shop.when(asks).when(asks).then().replied(answer)
    after = opened_once(shop)
    after.when(asks).then().replied(SeedAnswer(server_seed_hash=seed(1).hash))


def test_a_second_opening_is_another_draw_with_the_next_seed() -> None:
    second = opened_once(opened_once(shop).answered(paid).story)
    second.then(opened(4, number=1), promised(2))


def test_two_openings_under_way_at_once_spend_two_seeds_and_are_answered_each() -> None:
    first = shop.when(opens)
    second = first.when(opens)
    one = first.answered(admitted, by=second.story).then(promised(0), opened(1, number=0), promised(1))
    two = second.answered(admitted, by=one.story).then(opened(2, number=1), promised(2))
    one.answered(paid, by=two.story).finished(first.wish)
    two.answered(paid).finished(second.wish)


def test_every_player_has_a_chain_of_their_own() -> None:
    drawn = opened_once(shop)
    groots = CommitLootboxSeed(player=GROOT, lootbox=BOX)
    drawn.when(groots).then(promised(0, player=GROOT)).replied(SeedAnswer(server_seed_hash=seed(0, player=GROOT).hash))
    assert seed(0, player=GROOT).hash != seed(0).hash


@pytest.mark.parametrize("code", ["no_player", "player_blocked"])
def test_a_player_who_may_not_play_is_told_why_and_no_chance_is_spent(code: str) -> None:
    first = shop.when(opens)
    denied = (
        first.answered(Refused(code, {"status": "closed"})).asked().refused(code, status="closed").finished(first.wish)
    )
    denied.then(LootboxDenied(player=ROCKET, lootbox=BOX, open_id=MessageId("command-1"), code=code))
    assert box_in(denied.story) == Unpromised(0)


def test_a_refusal_without_a_word_is_a_refusal_too() -> None:
    draw = DrawLootbox(player=ROCKET, lootbox=BOX, open_id=MessageId("command-9"), definition_version=1)
    silent = draw.model_copy(update={"answer": draw.answer.model_copy(update={"code": None})})
    shop.when(silent).refused("refused").finished()


def test_a_promise_outlives_a_denied_opening() -> None:
    told = shop.when(asks)
    denied = told.when(opens).answered(Refused("player_blocked"))
    assert box_in(denied.story) == box_in(told.story) == Promised(0, "k1", seed(0).hash)


def test_a_blank_is_an_answer_at_once_and_asks_for_no_payment() -> None:
    story = given(service).defined(BOX, blank)
    won = opened(1, number=0, spec=blank)
    first = story.when(opens)
    first.answered(admitted).then(promised(0), won, promised(1)).asked().finished(first.wish).replied(
        LootboxAnswer(opening=opening_of(won))
    )


@pytest.mark.parametrize(
    ("story",                                       "wish", "code"),
    [
        (given(service),                            opens,  "no_lootbox"),
        (given(service),                            asks,   "no_lootbox"),
        (shop.removed(LootboxSpec, BOX),            opens,  "no_lootbox"),
        (shop.removed(LootboxSpec, BOX),            asks,   "no_lootbox"),
        (shop.defined(BOX, table(*starter.prizes, status="paused"), 2), opens, "not_active"),
    ],
)  # fmt: skip
def test_this_is_refused_and_nothing_changes(story: Story, wish: Command, code: str) -> None:
    story.when(wish).then().refused(code).when(wish).then().refused(code)


def test_a_paused_lootbox_still_shows_its_promise() -> None:
    paused = shop.defined(BOX, table(*starter.prizes, status="paused"), 2)
    paused.when(asks).then(promised(0))


def test_a_promise_is_kept_in_sight_when_the_lootbox_is_gone() -> None:
    gone = shop.when(asks).story.removed(LootboxSpec, BOX)
    gone.when(asks).then().replied(SeedAnswer(server_seed_hash=seed(0).hash))


@pytest.mark.parametrize(
    "later",
    [
        shop.removed(LootboxSpec, BOX),
        shop.defined(BOX, blank, 2),
        shop.defined(BOX, table(*starter.prizes, status="paused"), 2),
        shop.removed(LootboxSpec, BOX).defined(BOX, blank, 3),
    ],
    ids=["removed", "changed", "paused", "removed and put again"],
)
def test_an_opening_under_way_is_finished_under_the_version_it_began_with(later: Story) -> None:
    first = shop.when(opens)
    drawn = first.answered(admitted, by=later).then(promised(0), opened(1, number=0), promised(1))
    drawn.answered(paid).finished(first.wish)


def test_a_new_version_draws_from_its_own_table() -> None:
    second = shop.defined(BOX, blank, 2)
    second.when(opens).then(requested(1, version=2))
    opened_once(second).then(promised(0), opened(1, number=0, spec=blank, version=2), promised(1))


def test_a_version_that_never_was_is_never_drawn() -> None:
    draw = DrawLootbox(player=ROCKET, lootbox=BOX, open_id=MessageId("x"), definition_version=7)
    granted = draw.model_copy(update={"answer": Answer(granted=True, body={"player": ROCKET})})
    with pytest.raises(LookupError, match="starter-box has no version 7"):
        shop.when(granted)


def test_after_a_new_seed_secret_the_old_promise_is_kept_and_the_next_is_made_from_the_new_one() -> None:
    rotated = shop.when(asks).story.drawing_from(seeds("k2"))
    drawn = opened_once(rotated).then(opened(2, number=0, key_id="k1"), promised(1, "k2"))
    opened_once(drawn.story).then(opened(4, number=1, key_id="k2"), promised(2, "k2"))


def test_a_promise_that_cannot_be_kept_is_not_broken_in_silence() -> None:
    """Somebody put another secret under the same key id: better no draw than one that differs from its hash."""
    other = seeds(masters={**MASTERS, "k1": b"not the secret that was promised from"})
    with pytest.raises(LookupError, match="'k1' is not the one that was promised from"):
        opened_once(shop.when(asks).story.drawing_from(other))


def test_a_seed_secret_that_is_missing_stops_the_draw() -> None:
    forgotten = seeds("k2", {"k2": MASTERS["k2"]})
    with pytest.raises(ValueError, match="no seed secret 'k1'"):
        opened_once(shop.when(asks).story.drawing_from(forgotten))


def test_a_box_whose_last_draw_is_known_but_whose_next_promise_is_not_goes_on_counting() -> None:
    story = shop.and_then(promised(0), opened(1, number=0))
    assert box_in(story) == Unpromised(1)
    story.when(asks).then(promised(1))


def test_the_largest_prize_can_be_paid() -> None:
    story = given(service).defined(BOX, table(prize("all", LARGEST_AMOUNT, 1)))
    assert opened_once(story).sends[0].command.model_dump()["amount"] == LARGEST_AMOUNT


weights = st.lists(st.integers(0, 2**53), min_size=1, max_size=12).filter(any)


@for_all(weights, st.integers(0, 10_000))
def test_every_opening_wins_exactly_one_prize_with_a_positive_weight(table_of: list[int], number: int) -> None:
    spec = table(*(prize(f"row-{i}", i + 1, weight) for i, weight in enumerate(table_of)))
    won = prize_of(spec, BOX, seed(number).value)
    assert [row for row in spec.prizes if row == won] == [won]
    assert won.weight > 0


@for_all(weights, st.integers(1, 4))
def test_anybody_can_recompute_an_opening_from_what_was_told(table_of: list[int], times: int) -> None:
    """The checker shares no code with the engine; each opening also shows the hash that was promised before it."""
    spec = table(*(prize(f"row-{i}", i + 1, weight) for i, weight in enumerate(table_of)))
    story = given(service).defined(BOX, spec)
    for _ in range(times):
        asked = story.when(asks)
        promise = box_in(asked.story)
        drawn = opened_once(asked.story)
        told = drawn_of(drawn)
        assert isinstance(promise, Promised)
        assert told.server_seed_hash == promise.server_seed_hash
        rows = [row.model_dump() for row in spec.prizes]
        result = check("lootbox", BOX, told.server_seed, told.server_seed_hash, rows, told.reward.model_dump())
        assert result.ok, result.problems
        story = drawn.answered(paid).story


class Town:
    """Several openings at once: what is under way, and what the ledger answers, in any order."""

    def __init__(self) -> None:
        self.story, self.under_way, self.revealed = shop, list[Consequence](), list[LootboxOpened]()
        self.status: Status = "active"
        self.changes = 0

    def step(self, move: tuple[str, int]) -> None:
        kind, choice = move
        if kind == "open":
            self._keep(self.story.when(opens))
        elif kind == "ask":
            self.story = self.story.when(asks).story
        elif kind == "rotate":
            self.story = self.story.drawing_from(seeds(f"k{1 + choice % 2}"))
        elif kind == "note":
            self.status, self.changes = "active" if self.status == "closed" else "closed", self.changes + 1
            note = NoteGuest(player=ROCKET, status=self.status, changes=self.changes)
            self.story = self.story.when(note).story
        elif self.under_way:
            waiting = self.under_way.pop(choice % len(self.under_way))
            refuse = kind == "refuse" and isinstance(waiting.sends[0].command, AdmitPlayer)
            told = Admitted(player=ROCKET, changes=choice % 3)
            self._keep(waiting.answered(Refused("player_blocked") if refuse else told, by=self.story))

    def _keep(self, after: Consequence) -> None:
        self.story = after.story
        self.revealed += (e for e in getattr(after.outcome, "events", ()) if isinstance(e, LootboxOpened))
        if after.sends:
            self.under_way.append(after)


moves = st.tuples(st.sampled_from(["open", "ask", "rotate", "note", "grant", "grant", "refuse"]), st.integers(0, 9))


@for_all(st.lists(moves, max_size=25))
def test_whatever_happens_every_seed_is_spent_once_and_in_turn(sequence: list[tuple[str, int]]) -> None:
    town = Town()
    for move in sequence:
        town.step(move)
    assert [draw.seed_number for draw in town.revealed] == list(range(len(town.revealed)))
    assert len({draw.server_seed for draw in town.revealed}) == len(town.revealed)
    box = box_in(town.story)
    assert box.number == len(town.revealed)
    assert isinstance(box, Promised) or not town.revealed
    unrevealed = seeds().of(box_of(ROCKET, BOX), box.number, getattr(box, "key_id", None))
    assert unrevealed.value not in {draw.server_seed for draw in town.revealed}
