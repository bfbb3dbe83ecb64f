"""What happened to several players is one message: each is moved, paid, watched and told of as if alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.engines.journey.decider import DORMANT_AFTER
from services.engines.journey.state import journeys_of
from services.engines.registry import service
from shared.ids import AssetId, JourneyId, PlayerId
from shared.messages.journey import (
    MOST_TOLD,
    MOST_TRIGGERS,
    PLATFORM,
    Fired,
    GoOnPaying,
    JourneyAdvanced,
    JourneyCompleted,
    JourneyRewarded,
    JourneyStarted,
    Owed,
    PlayerDormant,
    RingDormancy,
    TriggerJourneysTogether,
)
from shared.shapes import Decision, Refused, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story, given
from tests.specs.journey_words import (
    BACK,
    GROOT,
    ROCKET,
    WELCOME,
    WINZ,
    all_listen,
    far,
    fired,
    journey,
    lonely,
    moved,
    paid,
    pays,
    settles,
    together,
    told_nobody,
    town,
)

DRAX: Final = PlayerId("drax")
A, B = JourneyId("a"), JourneyId("b")
GEMS: Final = AssetId("gems")
twice = given(service).defined(A, journey("x", reward=5)).defined(B, journey("x", reward=7, asset=GEMS))


def earned(player: PlayerId) -> tuple[JourneyCompleted, JourneyCompleted]:
    return (
        JourneyCompleted(**far(A, 1, player=player), asset=WINZ, reward=5),
        JourneyCompleted(**far(B, 1, player=player), asset=GEMS, reward=7),
    )


def rewarded(player: PlayerId, journey: JourneyId, *, paid: bool = True) -> JourneyRewarded:
    owed: dict[str, Any] = {A: {"asset": WINZ, "reward": 5}, B: {"asset": GEMS, "reward": 7}}[journey]
    return JourneyRewarded(player=player, journey=journey, **owed, paid=paid)


def goes_on(player: PlayerId, *left: JourneyId) -> GoOnPaying:
    owed = (Owed(journey=A, asset=WINZ, reward=5), Owed(journey=B, asset=GEMS, reward=7))
    return GoOnPaying(
        player=player,
        affected=(moved("completed", 1, 5, A), moved("completed", 1, 7, B)),
        owed=tuple(one for one in owed if one.journey in left),
        asked=False,
    )


def test_one_completes_a_journey_another_goes_on_and_a_third_does_not_move() -> None:
    story = town.and_then(JourneyAdvanced(**far(WELCOME, 2)))
    after = story.when(together(fired(GROOT, signup=1), fired(wager=3), fired(DRAX, level_up=1)))
    completed = JourneyCompleted(**far(WELCOME, 3), asset=WINZ, reward=500)
    after.then(JourneyStarted(**far(WELCOME, 1, player=GROOT)), completed)
    then = GoOnPaying(
        player=ROCKET,
        affected=(moved("completed", 3, 500),),
        owed=(Owed(journey=WELCOME, asset=WINZ, reward=500),),
        asked=False,
    )
    after.asked(pays(500, WELCOME, then))
    ahead: dict[PlayerId, tuple[str, ...]] = {
        GROOT: ("big_win", "first_deposit", "wager"),
        ROCKET: ("big_win",),
        DRAX: ("big_win", "first_deposit", "signup", "wager"),
    }
    after.replied(all_listen(town, ahead))
    assert [after.story.state(journeys_of(player)).progress[WELCOME].step for player in (GROOT, ROCKET)] == [1, 3]
    assert after.story.state(journeys_of(DRAX)).progress == {}


def test_the_rewards_of_several_players_are_each_paid_and_those_of_one_player_one_after_the_other() -> None:
    after = twice.when(together(fired(x=1), fired(GROOT, x=1))).then(*earned(ROCKET), *earned(GROOT))
    rocket, groot = (pays(5, A, goes_on(player, A, B)) for player in (ROCKET, GROOT))
    after.asked(rocket, groot).replied(all_listen(twice, {ROCKET: (), GROOT: ()}))
    for player, send in ((GROOT, groot), (ROCKET, rocket)):
        second = settles(after, send).waits().then(rewarded(player, A))
        second.asked(pays(7, B, goes_on(player, B), GEMS))
        told_nobody(second.answered(paid).then(rewarded(player, B)).asked())


def test_a_payment_that_people_gave_up_keeps_no_other_from_being_paid() -> None:
    after = twice.when(together(fired(x=1), fired(GROOT, x=1)))
    rocket, groot = after.sends
    lost = settles(after, rocket, Refused("given_up")).then(rewarded(ROCKET, A, paid=False))
    told_nobody(lost.answered(paid).then(rewarded(ROCKET, B)))
    settles(after, groot).then(rewarded(GROOT, A))


def timer(player: PlayerId, times: int = 0) -> Timer:
    return Timer(f"dormant/starlight/{player}/{times}", NOON + DORMANT_AFTER, player, RingDormancy(player=player))


def test_each_player_for_whom_it_matters_has_a_timer_of_silence_of_their_own() -> None:
    story = lonely.and_then(
        PlayerDormant(player=GROOT, times=1),
        JourneyStarted(**far(BACK, 1, name="Come back", player=GROOT)),
        JourneyCompleted(**far(BACK, 2, name="Come back", player=DRAX), asset=WINZ, reward=50),
    )
    after = story.when(
        together(
            fired(level_up=1, at=NOON - timedelta(days=6)),
            fired(DRAX, wager=1),
            fired(PlayerId("old"), wager=1, at=NOON - DORMANT_AFTER),
            fired(PlayerId("own"), custom=1),
            fired(GROOT, big_win=1),
        )
    )
    after.set(timer(ROCKET), timer(GROOT, 1))


@pytest.mark.parametrize(
    ("wrong",                                               "reason"),
    [
        ((),                                                "at least 1 item"),
        ((fired(wager=1), fired(big_win=1)),                "a player is told of twice; put the triggers together"),
        ((fired(wager=1), fired(GROOT, wager=1), fired(wager=1)), "a player is told of twice"),
        (tuple(fired(PlayerId(f"p-{n}"), wager=1) for n in range(MOST_TOLD + 1)), "at most 500 items"),
    ],
    ids=["nobody", "one twice", "one twice with another between", "too many"],
)  # fmt: skip
def test_a_message_tells_of_somebody_of_each_once_and_of_500_at_most(wrong: Any, reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        TriggerJourneysTogether(fired=wrong)


@pytest.mark.parametrize(
    "triggers", [{}, {"wager": 0}, {"a/b": 1}, {f"t-{number}": 1 for number in range(MOST_TRIGGERS + 1)}]
)
def test_something_has_happened_to_everybody_in_it(triggers: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="triggers"):
        Fired(player=ROCKET, triggers=triggers, at=NOON)


def test_500_players_are_one_message() -> None:
    players = [PlayerId(f"p-{number}") for number in range(MOST_TOLD)]
    after = town.when(together(*(fired(player, signup=1) for player in players)))
    after.then(*(JourneyStarted(**far(WELCOME, 1, player=player)) for player in players))
    after.replied(all_listen(town, dict.fromkeys(players, ("big_win", "first_deposit", "wager"))))


names = st.sampled_from([*sorted(PLATFORM), "x"])
some_journeys = st.lists(st.lists(st.tuples(names, st.integers(1, 3)), min_size=1, max_size=3), max_size=3)
some_triggers = st.dictionaries(names, st.integers(1, 4), min_size=1, max_size=3)
players = st.sampled_from([ROCKET, GROOT, DRAX])
some_messages = st.lists(st.dictionaries(players, some_triggers, min_size=1), min_size=1, max_size=3)


def configured(journeys: list[list[tuple[str, int]]]) -> Story:
    story = given(service)
    for number, steps in enumerate(journeys):
        story = story.defined(f"j-{number}", journey(*steps, reward=number))
    return story


def said_in(after: Consequence) -> Any:
    assert isinstance(after.outcome, Decision)
    return after.outcome.reply


@for_all(some_journeys, some_messages)
def test_what_becomes_of_a_player_does_not_depend_on_who_else_is_in_the_message(
    journeys: list[list[tuple[str, int]]], messages: list[dict[PlayerId, dict[str, int]]]
) -> None:
    whole = apart = configured(journeys)
    for said in messages:
        all_at_once = whole.when(
            together(*(Fired(player=player, triggers=triggers, at=NOON) for player, triggers in said.items()))
        )
        ones = list[Consequence]()
        for player, triggers in said.items():
            ones.append(apart.when(together(Fired(player=player, triggers=triggers, at=NOON))))
            apart = ones[-1].story
        whole = all_at_once.story
        assert whole.states == apart.states
        all_at_once.asked(*(send for one in ones for send in one.sends))
        all_at_once.set(*(timer for one in ones for timer in one.timers))
        assert said_in(all_at_once).waiting == {k: v for one in ones for k, v in said_in(one).waiting.items()}
        assert {said_in(one).mark for one in ones} == {said_in(all_at_once).mark}
