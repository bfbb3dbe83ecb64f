"""A paid spin keeps its place in the cooldown, takes the price, and draws once it is paid, whatever happened since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.ids import MessageId
from shared.messages.base import Answer
from shared.messages.wheel import (
    DrySpinBegun,
    DrySpinDenied,
    SpinAnswer,
    SpinWheel,
    WheelSpinDenied,
)
from shared.messages.wheel_spec import BonusSpinReward, WheelSpec
from shared.shapes import Refused
from shared.testing.clock import NOON
from tests.specs.wheel_words import (
    COINS,
    COOLDOWN,
    DAILY,
    DAILY_SPIN,
    DEMO,
    HASTY,
    ROCKET,
    SECOND,
    TOKEN,
    allowance,
    always,
    begun,
    coins,
    dries,
    given_back,
    grants,
    nothing,
    open_,
    paid,
    pays,
    price,
    promised,
    rests,
    spin,
    spin_in,
    spinner,
    spins,
    spun,
    wheel,
)

priced = always(coins, daily_free_spins=0)
blank = always(nothing, daily_free_spins=0)
short = Refused("insufficient_balance", {"asset": "gems"})


def denied(code: str, step: int = 1) -> WheelSpinDenied:
    return WheelSpinDenied(player=ROCKET, wheel=DAILY, spin_id=MessageId(f"command-{step}"), code=code)


def test_a_paid_spin_first_takes_its_price() -> None:
    open_(priced).when(spins).then(begun(1), rests(1)).waits().asked(price(1))


def test_a_paid_spin_is_drawn_when_it_is_paid_and_its_reward_is_part_of_the_game() -> None:
    first, won = open_(priced).when(spins), spin(1, 0, "paid", priced)
    drew = first.answered(paid).then(promised(0), spun(won, 0, used=0, day=""), promised(1)).waits()
    drew.asked(pays(won, COINS, 100))
    drew.answered(paid).finished(first.wish).replied(SpinAnswer(spin=won))


def test_a_paid_blank_is_told_as_soon_as_it_is_drawn() -> None:
    first = open_(blank).when(spins)
    first.answered(paid).asked().finished(first.wish).replied(SpinAnswer(spin=spin(1, 0, "paid", blank)))


def test_bonus_spins_of_a_paid_spin_are_there_with_the_draw_and_what_is_free_is_left_alone() -> None:
    lucky = always(BonusSpinReward(count=2), daily_free_spins=0)
    first, won = open_(lucky).when(spins), spin(1, 0, "paid", lucky)
    first.answered(paid).then(promised(0), spun(won, 0, used=0, bonus=2, day=""), promised(1)).finished(first.wish)


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (short, "insufficient_currency_for_spin"),
        (Refused("limit_exceeded", {"limit": "wager_daily_limit"}), "limit_exceeded"),
        (Refused("player_blocked", {"status": "closed"}), "player_blocked"),
    ],
)
def test_a_price_that_is_not_taken_ends_the_spin_spends_no_chance_and_gives_the_cooldown_back(
    refusal: Refused, code: str
) -> None:
    first = open_(blank).when(spins)
    told = first.answered(refusal).then(given_back(1), denied(code)).finished(first.wish)
    told.refused(code, **refusal.details)
    assert allowance(told.story).promise.number == 0
    told.when(spins).waits()


def test_what_is_given_back_is_the_cooldown_of_the_spin_before() -> None:
    story = open_(always(nothing)).when(spins).story.at(NOON + COOLDOWN)
    first = story.when(spins).then(begun(2), rests(2, NOON + COOLDOWN, before=NOON))
    back = first.answered(short).then(given_back(2, NOON), denied("insufficient_currency_for_spin", 2))
    assert spinner(back.story).at == NOON


def test_a_cooldown_that_a_newer_spin_has_taken_is_not_given_back() -> None:
    first = open_(blank).defined(SECOND, always(nothing)).when(spins)
    newer = first.story.at(NOON + COOLDOWN).when(SpinWheel(player=ROCKET, wheel=SECOND, project=DEMO))
    late = first.answered(short, by=newer.story).then(denied("insufficient_currency_for_spin"))
    late.when(spins).refused("cooldown_active", retry_after_ms=2000)


def test_where_there_is_no_cooldown_none_is_given_back_and_several_spins_are_paid_for_at_once() -> None:
    first = open_(blank, HASTY).when(spins)
    second = first.when(spins).waits()
    story = first.answered(short, by=second.story).then(denied("insufficient_currency_for_spin")).story
    assert spin_in(second.answered(paid, by=story)).spin_id == "command-2"


def test_while_a_price_is_being_taken_the_cooldown_counts() -> None:
    open_(blank).when(spins).when(spins).refused("cooldown_active", retry_after_ms=2000)


def test_what_was_begun_under_a_version_is_drawn_under_it_though_the_wheel_was_closed_since() -> None:
    first = open_(priced).when(spins)
    closed = first.story.defined(DAILY, wheel(status="inactive", segments=()), version=2)
    assert spin_in(first.answered(paid, by=closed)) == spin(1, 0, "paid", priced)
    assert spin_in(first.answered(paid, by=first.story.removed(WheelSpec, DAILY))) == spin(1, 0, "paid", priced)


@pytest.mark.parametrize(("wheel_version", "project_version"), [(7, 1), (1, 7)])
def test_a_version_that_never_was_is_never_drawn(wheel_version: int, project_version: int) -> None:
    (asked,) = open_(blank).when(spins).sends
    assert asked.then is not None
    versions = {"definition_version": wheel_version, "project_version": project_version}
    granted = asked.then.model_copy(update={**versions, "answer": Answer(granted=True)})
    with pytest.raises(LookupError, match=f"no version {wheel_version} of it or {project_version} of its project"):
        open_(blank).when(granted)


def test_a_paid_dry_spin_keeps_its_token_while_it_is_paid_for() -> None:
    story = open_(blank, HASTY)
    token: dict[str, Any] = {"player": ROCKET, "token_hash": TOKEN, "wheel": DAILY, "spin_id": MessageId("command-1")}
    first = story.when(dries).then(begun(1), DrySpinBegun(**token)).asked(price(1, TOKEN))
    first.when(dries).refused("idempotency_conflict")
    back = first.answered(short).then(DrySpinDenied(**token), denied("insufficient_currency_for_spin"))
    back.when(dries).waits()


def test_a_bonus_spin_given_meanwhile_does_not_make_a_paid_spin_free() -> None:
    first = open_(blank).when(spins)
    drew = first.answered(paid, by=first.when(grants(1)).story)
    assert spin_in(drew).spin_kind == "paid"
    assert allowance(drew.story).bonus_left == 1


def test_the_documents_wheel_costs_fifty_gems_when_nothing_is_free() -> None:
    story = open_(DAILY_SPIN, HASTY).when(spins).story
    for _ in range(allowance(story).bonus_left):
        story = story.when(spins).story
    story.when(spins).waits().asked(price(story.wishes + 1))


def test_a_day_that_passes_while_the_price_is_taken_changes_nothing_of_the_paid_spin() -> None:
    first = open_(blank).when(spins)
    drew = first.answered(paid, by=first.story.at(NOON + timedelta(days=1)))
    assert allowance(drew.story).day == ""
