"""A completed journey may also give spins of a wheel: after its amount, and before anybody is told."""

from __future__ import annotations

import pytest

from services.engines.registry import service
from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import WheelId
from shared.messages.base import Reference
from shared.messages.journey import (
    GoOnPaying,
    JourneyCompleted,
    JourneyRewarded,
    JourneysAnswer,
    JourneySpinsGiven,
    Owed,
    OwedSpins,
    SpinReward,
)
from shared.messages.wheel import BonusSpinsAnswer, GrantBonusSpins
from shared.shapes import Refused, Send
from shared.testing.grammar import given
from tests.specs.journey_words import (
    ROCKET,
    WELCOME,
    WINZ,
    admitted_to,
    far,
    journey,
    moved,
    paid,
    pays,
    saw,
    told_nobody,
)

DAILY = WheelId("daily-spin")
three = SpinReward(wheel=DAILY, count=3)
spec = journey("signup", name="Welcome 3-step", reward=500, reward_spins=three)
town = given(service).defined(WELCOME, spec)
owed_spins = OwedSpins(journey=WELCOME, wheel=DAILY, count=3)
given_ = BonusSpinsAnswer(bonus_spins_remaining=3)


def goes_on(*owed: Owed | OwedSpins, asked: bool = True, reward: int = 500) -> GoOnPaying:
    return GoOnPaying(player=ROCKET, affected=(moved("completed", 1, reward),), owed=owed, asked=asked)


def gives(then: GoOnPaying) -> Send:
    return Send("engines", ROCKET, GrantBonusSpins(player=ROCKET, wheel=DAILY, count=3), then=then)


def spins(*, answered: bool = True) -> JourneySpinsGiven:
    return JourneySpinsGiven(player=ROCKET, journey=WELCOME, wheel=DAILY, count=3, given=answered)


def test_the_amount_is_paid_then_the_spins_are_given_then_the_asker_is_told() -> None:
    amount = Owed(journey=WELCOME, asset=WINZ, reward=500)
    done = admitted_to(town, "signup")
    done.then(JourneyCompleted(**far(WELCOME, 1), asset=WINZ, reward=500, reward_spins=three)).waits()
    done.asked(pays(500, WELCOME, goes_on(amount, owed_spins)))
    rewarded = JourneyRewarded(player=ROCKET, journey=WELCOME, asset=WINZ, reward=500, paid=True)
    giving = done.answered(paid).then(rewarded).asked(gives(goes_on(owed_spins)))
    told = giving.answered(given_).then(spins()).finished(done.wish)
    told.replied(JourneysAnswer(affected=(moved("completed", 1, 500),)))


def test_a_journey_may_give_spins_alone() -> None:
    bare = given(service).defined(WELCOME, journey("wager", reward=0, reward_spins=three))
    done = bare.when(saw(wager=1)).asked(gives(goes_on(owed_spins, asked=False, reward=0)))
    told_nobody(done.answered(given_)).then(spins()).asked()


def test_spins_of_a_wheel_that_is_no_more_are_written_down_as_not_given_and_the_asker_is_told_all_the_same() -> None:
    bare = given(service).defined(WELCOME, journey("signup", reward=0, reward_spins=three))
    done = admitted_to(bare, "signup")
    told = done.answered(Refused("wheel_not_found_or_inactive")).then(spins(answered=False)).finished(done.wish)
    told.replied(JourneysAnswer(affected=(moved("completed", 1, 0),)))


def test_the_wheel_must_exist_and_the_spins_be_some() -> None:
    assert spec.references() == (Reference("asset", "WINZ", "asset"), Reference("wheel", DAILY, "reward_spins.wheel"))
    plain = spec.model_dump(mode="json")
    assert parse_spec("journey", plain) == spec
    with pytest.raises(InvalidDefinition, match=r"spec.reward_spins.count"):
        parse_spec("journey", {**plain, "reward_spins": {"wheel": DAILY, "count": 0}})
