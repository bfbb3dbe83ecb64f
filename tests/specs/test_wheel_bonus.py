"""Bonus spins are given to every player who exists, last until they are used, and wait for one who is blocked."""

from __future__ import annotations

from shared.messages.player import AdmitPlayer, Admitted
from shared.messages.wheel import (
    AdmitBonusSpins,
    BonusSpinsAnswer,
    BonusSpinsDenied,
    BonusSpinsGranted,
    BonusSpinsRequested,
)
from shared.messages.wheel_spec import WheelSpec
from shared.shapes import Refused, Send
from tests.specs.wheel_words import (
    DAILY,
    HASTY,
    ROCKET,
    admitted,
    allowance,
    always,
    arcade,
    grants,
    known,
    nothing,
    open_,
    spin_in,
    spins,
)

requested = BonusSpinsRequested(player=ROCKET, wheel=DAILY, count=3)


def given_(left: int, count: int = 3) -> BonusSpinsGranted:
    return BonusSpinsGranted(player=ROCKET, wheel=DAILY, day="", free_used=0, bonus_left=left, count=count)


def test_bonus_spins_add_up() -> None:
    first = open_().when(grants(3)).then(given_(3)).replied(BonusSpinsAnswer(bonus_spins_remaining=3))
    first.when(grants(2)).then(given_(5, count=2)).replied(BonusSpinsAnswer(bonus_spins_remaining=5))


def test_a_stranger_is_asked_for_and_then_known() -> None:
    asked = arcade().when(grants(3)).then(requested).waits()
    go_on = AdmitBonusSpins(player=ROCKET, wheel=DAILY, count=3)
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=go_on))
    told = asked.answered(admitted).then(known(), given_(3)).finished(asked.wish)
    told.replied(BonusSpinsAnswer(bonus_spins_remaining=3))


def test_there_are_none_for_nobody() -> None:
    asked = arcade().when(grants(3))
    denied = BonusSpinsDenied(player=ROCKET, wheel=DAILY, count=3, code="no_player")
    told = asked.answered(Refused("no_player")).then(denied).refused("no_player").finished(asked.wish)
    assert allowance(told.story).bonus_left == 0


def test_a_blocked_player_is_given_them_for_later() -> None:
    blocked = known(status="suspended", changes=1)
    story = arcade().and_then(blocked).when(grants(3)).then(given_(3)).story
    story.when(spins).refused("player_blocked", status="suspended")
    asked = arcade().when(grants(3))
    told = asked.answered(Refused("player_blocked", {"status": "suspended"})).then(given_(3)).finished(asked.wish)
    told.replied(BonusSpinsAnswer(bonus_spins_remaining=3))


def test_an_answer_from_before_the_engines_were_told_of_changes_will_do() -> None:
    arcade().when(grants(3)).answered(Admitted(player=ROCKET)).then(given_(3))


def test_a_closed_wheel_keeps_them_until_it_is_open_again() -> None:
    blank = always(nothing, daily_free_spins=0, status="inactive")
    story = open_(blank, HASTY).when(grants(1)).story
    opened = story.defined(DAILY, always(nothing, daily_free_spins=0), version=2)
    assert spin_in(opened.when(spins)).spin_kind == "bonus"


def test_there_are_none_at_a_wheel_that_is_not_there() -> None:
    open_().removed(WheelSpec, DAILY).when(grants(1)).refused("wheel_not_found_or_inactive")
