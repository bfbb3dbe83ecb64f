"""The journeys say which of the platform's triggers they still wait for, so that nobody is told in vain."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.journey.state import journeys_of
from services.engines.registry import service
from shared.messages.journey import (
    DORMANT,
    PLATFORM,
    JourneyAdvanced,
    JourneyCompleted,
    JourneysAnswer,
    JourneySpec,
    JourneyStarted,
    JourneysTold,
)
from shared.shapes import Decision
from shared.testing.grammar import Consequence, Story, given
from tests.specs.journey_words import (
    BACK,
    ROCKET,
    WELCOME,
    WINZ,
    admitted_to,
    back,
    far,
    journey,
    listens,
    lonely,
    moved,
    paid,
    saw,
    told_nobody,
    town,
    welcome,
)

ALL = tuple(sorted(PLATFORM))


def heard(after: Consequence) -> JourneysTold:
    assert isinstance(after.outcome, Decision)
    assert isinstance(after.outcome.reply, JourneysTold)
    return after.outcome.reply


nearly = town.and_then(JourneyAdvanced(**far(WELCOME, 2)))
done = town.and_then(JourneyCompleted(**far(WELCOME, 3), asset=WINZ, reward=0))
none = given(service)


@pytest.mark.parametrize(
    ("story",                                                  "ahead"),
    [
        (town,                                                 ("big_win", "first_deposit", "signup", "wager")),
        (town.and_then(JourneyStarted(**far(WELCOME, 1))),     ("big_win", "first_deposit", "wager")),
        (nearly,                                               ("big_win", "wager")),
        (done,                                                 ("big_win",)),
        (none,                                                 ()),
        (none.defined(WELCOME, journey("x", "y")),             ()),
        (none.defined(WELCOME, journey(("wager", 5))),         ("wager",)),
        (town.defined(WELCOME, journey("level_up"), 2),        ("big_win", "level_up")),
        (nearly.defined(WELCOME, journey("level_up"), 2),      ("big_win", "wager")),
        (town.removed(JourneySpec, WELCOME),                   ("big_win",)),
        (nearly.removed(JourneySpec, WELCOME),                 ("big_win", "wager")),
        (town.defined(WELCOME, journey("wager", status="paused"), 2), ("big_win",)),
    ],
    ids=[
        "nothing begun", "begun", "nearly done", "completed", "no journey", "the operator's own", "counted on",
        "another version", "begun before another version", "removed", "removed under way", "paused",
    ],
)  # fmt: skip
def test_the_triggers_of_the_platform_that_lie_ahead_are_waited_for(story: Story, ahead: tuple[str, ...]) -> None:
    story.when(saw(nothing=1)).then().replied(listens(story, *ahead))


@pytest.mark.parametrize("story", [lonely, lonely.and_then(JourneyStarted(**far(BACK, 1)))], ids=["ahead", "passed"])
def test_everything_of_the_platform_matters_where_silence_is_watched_for(story: Story) -> None:
    story.when(saw(nothing=1)).then().replied(listens(lonely, *ALL))


def test_nothing_is_waited_for_once_the_player_has_come_back_or_nobody_watches() -> None:
    completed = JourneyCompleted(**far(BACK, 2), asset=WINZ, reward=50)
    for quiet in (lonely.and_then(completed), lonely.defined(BACK, journey(DORMANT, status="paused"), 2)):
        quiet.when(saw(nothing=1)).then().replied(listens(quiet))


def test_the_mark_is_another_whenever_a_journey_is_put_changed_or_removed_and_else_the_same() -> None:
    stories = [
        given(service),
        town,
        town.defined(BACK, back),
        town.defined(WELCOME, welcome, 2),
        town.removed(JourneySpec, WELCOME),
        town.removed(JourneySpec, WELCOME).defined(WELCOME, welcome, 3),
    ]
    marks = {heard(story.when(saw(nothing=1))).mark for story in stories}
    assert len(marks) == len(stories)
    assert heard(town.when(saw(signup=1))).mark == listens(town).mark


def test_what_an_operator_says_is_answered_without_it() -> None:
    admitted_to(town, "signup").replied(JourneysAnswer(affected=(moved("started", 1),)))


def test_it_is_said_at_once_as_it_is_after_the_message_whatever_must_still_be_paid() -> None:
    story = given(service).defined("a", journey("wager", reward=5)).defined("b", journey("wager", reward=7))
    story = story.defined("c", journey("big_win", "level_up"))
    first = story.when(saw(wager=1, big_win=1)).replied(listens(story, "level_up"))
    told_nobody(first.answered(paid).waits().answered(paid))


names = st.sampled_from(["wager", "big_win", "level_up", "first_deposit", "x"])
some_journeys = st.lists(st.lists(st.tuples(names, st.integers(1, 3)), min_size=1, max_size=3), max_size=4)


@for_all(some_journeys, st.lists(names, max_size=8), names)
def test_what_is_not_waited_for_would_move_nothing(
    journeys: list[list[tuple[str, int]]], before: list[str], trigger: str
) -> None:
    story = given(service)
    for number, steps in enumerate(journeys):
        story = story.defined(f"j-{number}", journey(*steps, reward=0))
    for name in before:
        story = story.when(saw(**{name: 1})).story
    still = heard(story.when(saw(nothing=1))).waiting[ROCKET]
    after = story.when(saw(**{trigger: 1}))
    if trigger in PLATFORM and trigger not in still:
        after.then().asked().set()
        assert after.story.state(journeys_of(ROCKET)) == story.state(journeys_of(ROCKET))
