"""Of a player whom the engines know, what an operator says is decided at once; for a stranger the ledger is asked."""

from __future__ import annotations

import pytest

from services.engines.guest import Acquainted, guest_of
from services.engines.journey.state import journeys_of
from shared.messages.guest import GuestNoted
from shared.messages.journey import JourneysAnswer, JourneysDenied, JourneyStarted, JourneysTriggered
from shared.messages.player import AdmitPlayer, Admitted, Status
from shared.shapes import Refused
from shared.testing.grammar import Story
from tests.specs.journey_words import ROCKET, SPENDER, WELCOME, far, lonely, moved, paid, says, town

triggered = JourneysTriggered(player=ROCKET, trigger="signup", count=1)
started = JourneyStarted(**far(WELCOME, 1))
begun = JourneysAnswer(affected=(moved("started", 1),))


def noted(status: Status, changes: int = 0) -> GuestNoted:
    return GuestNoted(player=ROCKET, status=status, changes=changes)


def known_in(story: Story) -> Story:
    return story.and_then(noted("active"))


def test_what_is_said_of_a_known_player_moves_the_journeys_at_once() -> None:
    known_in(town).when(says("signup")).then(triggered, started).asked().replied(begun)


def test_what_moves_nothing_is_still_written_down() -> None:
    nothing = known_in(town).when(says("signups")).then(JourneysTriggered(player=ROCKET, trigger="signups", count=1))
    nothing.asked().replied(JourneysAnswer(affected=()))


def test_a_reward_of_a_known_player_is_paid_before_anybody_is_told() -> None:
    wish = known_in(town).when(says("big_win")).waits()
    told = wish.answered(paid).finished(wish.wish)
    told.replied(JourneysAnswer(affected=(moved("completed", 1, 250, SPENDER, "Big spender"),)))


def test_the_seven_days_begin_anew_for_a_known_player_too() -> None:
    assert len(known_in(lonely).when(says("level_up")).timers) == 1


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_of_a_known_blocked_player_nothing_is_written_down(status: Status) -> None:
    blocked = town.and_then(noted(status, 1)).when(says("signup"))
    blocked.then().asked().refused("player_blocked", status=status)


def test_a_stranger_is_asked_for_once_and_known_from_then_on() -> None:
    asked = town.when(says("signup")).then(triggered).waits()
    assert asked.sends[0].command == AdmitPlayer(player=ROCKET)
    told = asked.answered(Admitted(player=ROCKET, changes=2)).then(noted("active", 2), started)
    told.finished(asked.wish).replied(begun)
    assert told.story.state(guest_of(ROCKET)) == Acquainted("active", 2)
    told.when(says("wager")).asked()


def test_a_block_that_overtakes_the_ledgers_answer_is_heeded() -> None:
    asked = town.when(says("signup"))
    denied = asked.answered(Admitted(player=ROCKET, changes=0), by=asked.story.and_then(noted("closed", 1)))
    denied.then(JourneysDenied(player=ROCKET, trigger="signup", code="player_blocked"))
    denied.refused("player_blocked", status="closed").finished(asked.wish)
    assert denied.story.state(journeys_of(ROCKET)).progress == {}


def test_a_stranger_whom_the_ledger_refuses_is_asked_for_again() -> None:
    denied = town.when(says("signup")).answered(Refused("no_player"))
    denied.when(says("signup")).then(triggered).waits()
