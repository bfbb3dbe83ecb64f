"""A player spins a wheel: free before bonus before paid, spent with the draw, and what comes up is credited once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.engines.promise import Unpromised
from services.engines.registry import service
from services.engines.wheel.view import view
from shared.fair.checker import check_wheel
from shared.ids import MessageId
from shared.messages.base import Command
from shared.messages.player import AdmitPlayer, Admitted
from shared.messages.project import ProjectSpec
from shared.messages.seed import SeedAnswer
from shared.messages.wallet import WalletAnswer
from shared.messages.wheel import (
    AdmitSpin,
    CommitWheelSeed,
    SpinAnswer,
    SpinWheel,
    WheelSpinDenied,
    WheelSpinRequested,
    WheelSpun,
)
from shared.messages.wheel_spec import BonusSpinReward, ItemReward, WheelSpec
from shared.shapes import Put, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import given, shown
from tests.specs.wheel_words import (
    COINS,
    COOLDOWN,
    DAILY,
    DAILY_SPIN,
    DEMO,
    HASTY,
    OTHER,
    PROJECT,
    ROCKET,
    SECOND,
    SWORD,
    admitted,
    allowance,
    always,
    arcade,
    coins,
    dries,
    events_in,
    grants,
    known,
    nothing,
    open_,
    paid,
    pays,
    promised,
    rests,
    segment,
    spin,
    spin_in,
    spinner,
    spins,
    spun,
    wheel,
)

asks = CommitWheelSeed(player=ROCKET, wheel=DAILY)
requested = WheelSpinRequested(player=ROCKET, wheel=DAILY, spin_id=MessageId("command-1"))
suspended = Refused("player_blocked", {"status": "suspended"})


def denied(code: str, step: int = 1) -> WheelSpinDenied:
    return WheelSpinDenied(player=ROCKET, wheel=DAILY, spin_id=MessageId(f"command-{step}"), code=code)


def test_a_player_who_may_play_gets_a_segment_at_once_and_is_told_when_it_is_credited() -> None:
    won = spin(1, number=0, spec=always(coins))
    first = open_(always(coins)).when(spins).waits()
    first.then(promised(0), spun(won, 0, used=1), promised(1), rests(1)).asked(pays(won, COINS, 100))
    first.answered(paid).then().finished(first.wish).replied(SpinAnswer(spin=won))


def test_an_item_is_credited_like_any_other_asset() -> None:
    sword = always(ItemReward(item=SWORD, quantity=2))
    open_(sword).when(spins).waits().asked(pays(spin(1, 0, spec=sword), SWORD, 2))


def test_a_blank_is_told_at_once() -> None:
    won = spin(1, number=0, spec=always(nothing))
    blank = open_(always(nothing)).when(spins).asked()
    blank.then(promised(0), spun(won, 0, used=1), promised(1), rests(1)).replied(SpinAnswer(spin=won))


def test_bonus_spins_that_come_up_are_there_with_the_draw_itself() -> None:
    spec = always(BonusSpinReward(count=3))
    won = spin(1, number=0, spec=spec)
    told = open_(spec).when(spins).asked().replied(SpinAnswer(spin=won))
    told.then(promised(0), spun(won, 0, used=1, bonus=3), promised(1), rests(1))


def test_free_spins_go_before_bonus_spins_and_these_before_paid_ones() -> None:
    story = open_(always(nothing, daily_free_spins=2), HASTY).when(grants(1)).story
    kinds = []
    for _ in range(3):
        turn = story.when(spins)
        kinds.append(spin_in(turn).spin_kind)
        story = turn.story
    assert kinds == ["free", "free", "bonus"]
    assert (allowance(story).free_used, allowance(story).bonus_left) == (2, 0)
    story.when(spins).waits()


def test_without_free_and_bonus_spins_and_without_paid_ones_there_is_none_to_be_had() -> None:
    story = open_(always(nothing, paid_spin=None), HASTY).when(spins).story
    story.when(spins).refused("no_spins_available")


def test_a_new_day_has_its_free_spins_again_and_keeps_the_bonus_spins() -> None:
    story = open_(always(nothing), HASTY).when(grants(2)).when(spins).story
    midnight = story.at(NOON + timedelta(hours=12))
    assert spin_in(story.at(NOON + timedelta(hours=11, minutes=59)).when(spins)).spin_kind == "bonus"
    again = midnight.when(spins)
    assert spin_in(again).spin_kind == "free"
    assert (allowance(again.story).day, allowance(again.story).bonus_left) == ("2026-11-22", 2)


def test_the_day_is_the_one_in_the_wheels_time_zone() -> None:
    story = open_(always(nothing, timezone="Pacific/Auckland"), HASTY).when(spins).story
    assert allowance(story).day == "2026-11-22"
    story.at(NOON + timedelta(hours=23, microseconds=-1)).when(spins).waits()
    assert spin_in(story.at(NOON + timedelta(hours=23)).when(spins)).spin_kind == "free"


def test_a_changed_time_zone_gives_no_day_a_second_time() -> None:
    east = always(nothing, timezone="Pacific/Auckland", paid_spin=None)
    story = open_(east, HASTY).when(spins).story.defined(DAILY, always(nothing, paid_spin=None), version=2)
    story.when(spins).refused("no_spins_available")
    story.at(NOON + timedelta(hours=12)).when(spins).refused("no_spins_available")
    assert spin_in(story.at(NOON + timedelta(hours=36)).when(spins)).spin_kind == "free"


def test_no_two_spins_within_the_cooldown_of_a_project_whatever_the_wheel() -> None:
    story = open_(always(nothing)).defined(SECOND, always(nothing)).when(spins).story
    second = SpinWheel(player=ROCKET, wheel=SECOND, project=DEMO)
    soon = story.at(NOON + timedelta(seconds=1, microseconds=500))
    soon.when(second).refused("cooldown_active", retry_after_ms=1000)
    soon.when(spins).refused("cooldown_active", retry_after_ms=1000)
    assert spinner(story.at(NOON + COOLDOWN).when(second).story).before == NOON


def test_a_player_of_another_project_has_a_cooldown_there() -> None:
    apart = open_(always(nothing)).defined(OTHER, PROJECT).defined(SECOND, always(nothing, project=OTHER))
    elsewhere = SpinWheel(player=ROCKET, wheel=SECOND, project=OTHER)
    assert spin_in(apart.when(spins).when(elsewhere)).spin_kind == "free"


def test_a_project_without_a_cooldown_writes_none_down() -> None:
    turn = open_(always(nothing), HASTY).when(spins)
    won = spin(1, number=0, spec=always(nothing))
    turn.then(promised(0), spun(won, 0, used=1), promised(1))


def test_a_stranger_is_asked_for_once_and_then_known() -> None:
    go_on = AdmitSpin(player=ROCKET, wheel=DAILY, project=DEMO, spin_id=MessageId("command-1"))
    asked = arcade(always(nothing)).when(spins).then(requested).waits()
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=go_on))
    won = spin(1, number=0, spec=always(nothing))
    told = asked.answered(admitted).finished(asked.wish).replied(SpinAnswer(spin=won))
    told.then(known(), promised(0), spun(won, 0, used=1), promised(1), rests(1))
    told.story.at(NOON + COOLDOWN).when(grants(1)).when(spins).asked()


def test_what_a_stranger_won_is_told_when_it_is_credited() -> None:
    asked = arcade(always(coins)).when(spins)
    won = spin(1, number=0, spec=always(coins))
    drew = asked.answered(admitted).waits().asked(pays(won, COINS, 100))
    drew.answered(paid).finished(asked.wish).replied(SpinAnswer(spin=won))


def test_a_strangers_spin_is_decided_afresh_when_the_ledger_has_answered() -> None:
    first = arcade(always(nothing, paid_spin=None), HASTY).when(spins)
    second = first.when(spins)
    story = first.answered(admitted, by=second.story).story
    late = second.answered(admitted, by=story).finished(second.wish)
    late.then(denied("no_spins_available", 2)).refused("no_spins_available")


def test_a_wheel_that_was_closed_meanwhile_turns_a_stranger_away_and_the_player_is_known_all_the_same() -> None:
    asked = arcade().when(spins)
    closed = asked.story.defined(DAILY, wheel(status="inactive"), version=2)
    code = "wheel_not_found_or_inactive"
    asked.answered(admitted, by=closed).then(known(), denied(code)).refused(code).finished(asked.wish)


@pytest.mark.parametrize("refusal", [Refused("no_player"), suspended])
def test_whom_the_ledger_does_not_admit_spends_nothing(refusal: Refused) -> None:
    asked = arcade().when(spins)
    told = asked.answered(refusal).then(denied(refusal.code)).finished(asked.wish)
    told.refused(refusal.code, **refusal.details)
    assert allowance(told.story) == allowance(arcade())


def test_a_note_that_overtakes_the_ledgers_answer_counts() -> None:
    asked = arcade().when(spins)
    blocked = asked.story.and_then(known(status="suspended", changes=1))
    asked.answered(admitted, by=blocked).then(denied("player_blocked")).refused("player_blocked", status="suspended")


def test_an_answer_from_before_the_engines_were_told_of_changes_admits_for_this_once() -> None:
    asked = arcade(always(nothing)).when(spins)
    told = asked.answered(Admitted(player=ROCKET))
    assert known() not in events_in(told)
    assert spin_in(told).spin_kind == "free"


def test_a_player_who_is_known_to_be_blocked_is_turned_away_without_a_question() -> None:
    arcade().and_then(known(status="suspended", changes=1)).when(spins).refused("player_blocked", status="suspended")


def project(**other: Any) -> ProjectSpec:
    return PROJECT.model_copy(update=other)


NOWHERE = [
    ("an unknown wheel", given(service).defined(DEMO, PROJECT)),
    ("a removed wheel", open_().removed(WheelSpec, DAILY)),
    ("an inactive wheel", open_(wheel(status="inactive"))),
    ("a wheel of another project", open_(wheel(project=OTHER))),
    ("an inactive project", open_(project=project(status="inactive"))),
    ("an unknown project", given(service).defined(DAILY, DAILY_SPIN)),
    ("a removed project", open_().removed(ProjectSpec, DEMO)),
]


@pytest.mark.parametrize("wish", [spins, dries], ids=["spin", "dry spin"])
@pytest.mark.parametrize("story", [story for _, story in NOWHERE], ids=[name for name, _ in NOWHERE])
def test_only_an_active_wheel_of_the_active_project_can_be_spun(story: Any, wish: Command) -> None:
    story.when(wish).refused("wheel_not_found_or_inactive")


def test_a_wheel_without_segments_cannot_be_spun() -> None:
    open_(wheel(segments=())).when(spins).refused("wheel_has_no_segments")


@pytest.mark.parametrize(
    "segments",
    [
        (segment(1, "half", nothing, "0.5"), segment(2, "less", nothing, "0.499999999999")),
        (segment(1, "half", nothing, "0.5"), segment(2, "weighed", nothing)),
        (segment(1, "never", nothing).model_copy(update={"weight": 0}),),
    ],
    ids=["not 1", "mixed", "nothing possible"],
)
def test_a_wheel_that_adds_up_to_nothing_fair_is_not_drawn_from(segments: Any) -> None:
    open_(wheel(segments=segments)).when(spins).refused("wheel_probability_misconfigured")


def test_anybody_can_check_a_spin_with_what_it_tells() -> None:
    story = open_(project=HASTY).when(grants(20)).story
    for _ in range(20):
        turn = story.when(spins)
        won = spin_in(turn)
        shown_ = won.model_dump(mode="json")
        reward = {"reward_type": shown_["reward"].pop("type"), "payload": shown_["reward"]}
        rows = DAILY_SPIN.model_dump(mode="json")["segments"]
        found = check_wheel("wheel", DAILY, won.server_seed, won.server_seed_hash, rows, {**shown_, "reward": reward})
        assert found.ok, found.problems
        story = turn.story
    assert allowance(story).promise.number == 20


def test_the_next_hash_is_told_to_whoever_asks_and_the_spin_is_bound_to_it() -> None:
    asked = open_(always(nothing)).when(asks)
    asked.then(promised(0)).replied(SeedAnswer(server_seed_hash=promised(0).server_seed_hash))
    asked.when(asks).then().replied(SeedAnswer(server_seed_hash=promised(0).server_seed_hash))
    assert spin_in(asked.when(spins)).server_seed_hash == promised(0).server_seed_hash


def test_a_seed_is_spent_by_the_spin_itself_though_the_next_were_not_promised_yet() -> None:
    assert allowance(arcade().and_then(spun(spin(1, 4), 4, used=1))).promise == Unpromised(5)


def test_there_is_no_hash_of_what_is_no_wheel() -> None:
    given(service).when(asks).refused("wheel_not_found_or_inactive")


def test_the_view_shows_what_is_left() -> None:
    (event,) = (event for event in events_in(open_().when(spins)) if isinstance(event, WheelSpun))
    bonus = int(isinstance(event.spin.reward, BonusSpinReward))
    assert shown(view, event) == (Put(key=(ROCKET, DAILY), values=("2026-11-21", 1, bonus)),)
    (more,) = events_in(open_().when(grants(4)))
    assert shown(view, more) == (Put(key=(ROCKET, DAILY), values=("", 0, 4)),)


def test_an_unclaimed_payment_is_told_like_any_other() -> None:
    kept = WalletAnswer(transaction_id="t", player=ROCKET, balances={}, unclaimed=True)
    first = open_(always(coins)).when(spins)
    first.answered(kept).replied(SpinAnswer(spin=spin(1, 0, spec=always(coins))))
