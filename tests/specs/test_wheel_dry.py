"""A dry spin is drawn and told at once, and credited once: when its token is shown, or when nobody has in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.engines.wheel.state import Unused, dry_spin_of
from shared.ids import MessageId, PlayerId
from shared.messages.project import ProjectSpec
from shared.messages.wheel import (
    BonusSpinsGranted,
    ClaimSpin,
    DrySpinClaimed,
    DrySpinExpired,
    DrySpun,
    ExpireDrySpin,
    Spin,
    SpinAnswer,
)
from shared.messages.wheel_spec import BonusSpinReward, WheelSpec
from shared.shapes import Timer
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Story
from tests.specs.wheel_words import (
    ANOTHER,
    COINS,
    DAILY,
    DEMO,
    GROOT,
    HASTY,
    PROJECT,
    ROCKET,
    SECOND,
    TODAY,
    TOKEN,
    admitted,
    allowance,
    always,
    arcade,
    claims,
    coins,
    dries,
    grants,
    known,
    nothing,
    open_,
    paid,
    pays,
    promised,
    rests,
    spin,
    spin_in,
    spins,
    spun,
    wheel,
)

rich, blank, lucky = always(coins), always(nothing), always(BonusSpinReward(count=2))
TTL = timedelta(days=1)
expires = ExpireDrySpin(player=ROCKET, wheel=DAILY, token_hash=TOKEN)
whose: dict[str, Any] = {"player": ROCKET, "token_hash": TOKEN, "wheel": DAILY, "spin_id": MessageId("command-1")}


def waits(of: Spin, until: timedelta = TTL) -> DrySpun:
    return DrySpun(**whose, spin=of, expires_at=NOON + until)


def bell(until: timedelta = TTL) -> Timer:
    return Timer(f"dry_spin/{TENANT}/rocket/{TOKEN}", NOON + until, ROCKET, expires)


def more(count: int, left: int, used: int = 1) -> BonusSpinsGranted:
    return BonusSpinsGranted(player=ROCKET, wheel=DAILY, day=TODAY, free_used=used, bonus_left=left, count=count)


def dry(spec: WheelSpec = rich, project: ProjectSpec = PROJECT) -> Story:
    """A dry spin waits for its token."""
    return open_(spec, project).when(dries).story


def test_a_dry_spin_is_told_at_once_and_what_came_up_waits_with_a_bell() -> None:
    won = spin(1, 0, spec=rich)
    told = open_(rich).when(dries).asked().set(bell()).replied(SpinAnswer(spin=won))
    told.then(promised(0), spun(won, 0, used=1, dry=True), promised(1), rests(1), waits(won))


def test_how_long_it_waits_is_the_projects_to_say() -> None:
    project = PROJECT.model_copy(update={"dry_spin_ttl_seconds": 60})
    open_(rich, project).when(dries).set(bell(timedelta(seconds=60)))


def test_a_dry_spin_of_a_stranger_waits_for_the_ledgers_word_alone() -> None:
    asked = arcade(rich).when(dries).waits().set()
    asked.answered(admitted).finished(asked.wish).set(bell()).replied(SpinAnswer(spin=spin(1, 0, spec=rich)))


def test_a_paid_dry_spin_waits_from_the_moment_that_it_is_paid_under_the_terms_that_it_was_begun_under() -> None:
    first = open_(always(coins, daily_free_spins=0)).when(dries).set()
    later = first.story.at(NOON + timedelta(hours=1)).defined(
        DEMO, PROJECT.model_copy(update={"dry_spin_ttl_seconds": 60}), version=2
    )
    drew = first.answered(paid, by=later).finished(first.wish).set(bell(TTL + timedelta(hours=1)))
    assert spin_in(drew).spin_kind == "paid"
    claim = drew.when(claims).waits()
    claim.asked(pays(spin_in(drew), COINS, 100))


def test_a_token_that_is_shown_has_its_reward_credited_and_is_answered_when_it_is() -> None:
    won = spin(1, 0, spec=rich)
    claim = dry().when(claims).then(DrySpinClaimed(**whose)).waits().asked(pays(won, COINS, 100))
    claim.answered(paid).then().finished(claim.wish).replied(SpinAnswer(spin=won))


def test_a_blank_is_claimed_at_once() -> None:
    dry(blank).when(claims).then(DrySpinClaimed(**whose)).asked().replied(SpinAnswer(spin=spin(1, 0, spec=blank)))


def test_bonus_spins_that_wait_are_there_when_they_are_claimed_and_not_before() -> None:
    story = dry(lucky)
    assert allowance(story).bonus_left == 0
    claimed = story.when(grants(1)).when(claims).asked().replied(SpinAnswer(spin=spin(1, 0, spec=lucky)))
    claimed.then(DrySpinClaimed(**whose), more(2, left=3))


def test_a_token_counts_once() -> None:
    dry().when(claims).when(claims).refused("pending_spin_already_claimed")


def test_a_token_counts_at_its_own_wheel() -> None:
    elsewhere = ClaimSpin(player=ROCKET, wheel=SECOND, token_hash=TOKEN)
    story = dry().defined(SECOND, rich)
    story.when(elsewhere).refused("pending_spin_not_found")
    story.when(claims).when(elsewhere).refused("pending_spin_not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        ClaimSpin(player=ROCKET, wheel=DAILY, token_hash=ANOTHER),
        ClaimSpin(player=GROOT, wheel=DAILY, token_hash=TOKEN),
    ],
    ids=["another token", "another player"],
)
def test_nobody_claims_what_is_not_theirs(wrong: ClaimSpin) -> None:
    dry().when(wrong).refused("pending_spin_not_found")


def test_a_dry_spin_that_is_not_paid_for_yet_cannot_be_claimed() -> None:
    open_(always(coins, daily_free_spins=0)).when(dries).when(claims).refused("pending_spin_not_found")


def test_a_claim_needs_no_wheel_that_is_still_there() -> None:
    dry().defined(DAILY, wheel(status="inactive"), version=2).when(claims).waits()
    dry().removed(WheelSpec, DAILY).when(claims).waits()


def test_a_blocked_player_claims_nothing_and_loses_nothing() -> None:
    first = open_(rich).when(dries)
    blocked = first.story.and_then(known(status="self_excluded", changes=1))
    blocked.when(claims).refused("player_blocked", status="self_excluded")
    first.rang(by=blocked).asked(pays(spin(1, 0, spec=rich), COINS, 100, told=False))


def test_what_nobody_claims_is_credited_by_itself() -> None:
    rang = open_(rich).when(dries).rang().then(DrySpinExpired(**whose))
    rang.asked(pays(spin(1, 0, spec=rich), COINS, 100, told=False))
    rang.when(claims).refused("pending_spin_not_found")


def test_a_blank_that_nobody_claims_just_ends() -> None:
    open_(blank).when(dries).rang().then(DrySpinExpired(**whose)).asked()


def test_bonus_spins_that_nobody_claims_are_there_when_time_is_up() -> None:
    open_(lucky).when(dries).rang().then(DrySpinExpired(**whose), more(2, left=2)).asked()


def test_a_bell_that_rings_after_the_claim_does_nothing() -> None:
    first = open_(rich).when(dries)
    first.rang(by=first.when(claims).story).then().asked()


def test_a_claim_that_came_in_time_counts_however_late_it_is_decided() -> None:
    late = dry().at(NOON + 2 * TTL)
    late.said(NOON + TTL - timedelta(microseconds=1)).when(claims).waits()
    late.said(NOON + TTL).when(claims).refused("pending_spin_not_found")


def test_a_token_that_was_ever_used_stands_for_no_second_spin() -> None:
    story = dry(blank, HASTY)
    for used in (story, story.when(claims).story, open_(blank, HASTY).when(dries).rang().story):
        used.when(dries).refused("idempotency_conflict")


def test_a_token_of_another_player_is_another_token() -> None:
    story = dry(blank).and_then(known(PlayerId("groot")))
    assert story.state(dry_spin_of(GROOT, TOKEN)) == Unused()
    assert spin_in(story.when(dries.model_copy(update={"player": GROOT}))).spin_kind == "free"


def test_a_dry_spin_spends_the_allowance_and_the_cooldown_like_any_other() -> None:
    dry().when(spins).refused("cooldown_active", retry_after_ms=2000)
    dry(rich, HASTY).when(spins).waits()
    assert allowance(dry()).free_used == 1
