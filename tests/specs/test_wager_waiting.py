"""Journeys are told of a batch in one message, unless they have said that they wait for nothing of it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.engines.wager.state import Wagerer, taken_of, wagerer_of
from shared.ids import LONGEST_ID, JourneyId, PlayerId
from shared.messages.base import Answer
from shared.messages.journey import (
    MOST_TOLD,
    PLATFORM,
    JourneySpec,
    JourneyStarted,
    JourneyStep,
    JourneysTold,
    TriggerJourneysTogether,
    mark_of,
)
from shared.messages.wager import FirstDeposited, NoteWaiting, WagersTaken, Waiting, WaitingNoted
from shared.shapes import Refused
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Story
from tests.specs.wager_words import (
    GROOT,
    ROCKET,
    STREAM,
    busy,
    casino,
    deposit,
    events_in,
    fired,
    fits,
    journeys,
    passed,
    settled,
    takes,
    tells,
    tenant,
    wishes_in,
)

DRAX: Final = PlayerId("drax")
BIG: Final = JourneySpec(name="x", steps=(JourneyStep(trigger="big_win"),), reward_winz=1)


def mark_in(story: Story) -> str:
    return mark_of((one.key, one.version) for one in story.definitions.of(TENANT).every(JourneySpec))


def notes(story: Story, *triggers: str, player: PlayerId = ROCKET) -> WaitingNoted:
    """The journeys have said that they wait for these triggers alone, as they are configured now."""
    return WaitingNoted(player=player, waiting=Waiting(mark=mark_in(story), triggers=triggers))


def noted(story: Story, *triggers: str, player: PlayerId = ROCKET) -> Story:
    return story.and_then(notes(story, *triggers, player=player))


def told(story: Story, waiting: dict[PlayerId, tuple[str, ...]]) -> JourneysTold:
    return JourneysTold(mark=mark_in(story), waiting=waiting)


def test_journeys_that_wait_for_nothing_of_it_are_not_told() -> None:
    silent = takes(noted(casino), settled(), deposit()).asked()
    silent.then(FirstDeposited(player=ROCKET, deposit_id="d-1"), WagersTaken(settled=1, deposits=1))
    takes(noted(casino, "big_win", "level_up"), settled()).asked()
    takes(noted(casino), settled("b", player=GROOT)).asked(journeys(GROOT, wager=1))


def test_of_a_batch_only_the_players_for_whom_it_matters_are_told_of() -> None:
    story = noted(noted(casino), "wager", player=GROOT)
    both = takes(story, settled(), settled("b", player=GROOT), settled("c", player=DRAX))
    both.asked(tells(fired(GROOT, wager=1), fired(DRAX, wager=1)))
    takes(story, settled("c", player=DRAX), settled("b", player=GROOT)).asked(
        tells(fired(DRAX, wager=1), fired(GROOT, wager=1))
    )


def test_journeys_are_told_everything_where_they_wait_for_some_of_it() -> None:
    takes(noted(casino, "big_win"), settled(payout="99"), deposit()).asked(
        journeys(wager=1, big_win=1, first_deposit=1)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda story: story.defined("new", BIG),
        lambda story: story.defined("old", BIG, 2),
        lambda story: story.removed(JourneySpec, "old"),
    ],
    ids=["put", "changed", "removed"],
)
def test_journeys_are_told_again_once_they_are_configured_anew(change: Any) -> None:
    silent = noted(casino.defined("old", BIG), "big_win")
    takes(silent, settled()).asked()
    takes(change(silent), settled()).asked(journeys(wager=1))


def test_what_was_passed_on_is_told_in_one_message_too() -> None:
    casino.when(passed(settled(), deposit())).asked(journeys(wager=1, first_deposit=1))


def test_what_the_journeys_answer_is_noted_and_makes_the_next_batch_silent() -> None:
    first = takes(casino, settled())
    answered = first.answered(told(casino, {ROCKET: ()})).then(notes(casino)).asked()
    assert answered.story.state(wagerer_of(ROCKET)) == Wagerer(waiting=notes(casino).waiting)
    takes(answered.story, settled("b"), deposit("c")).asked()


def test_the_answer_is_noted_for_everybody_whom_it_names_and_for_nobody_else() -> None:
    first = takes(casino, settled(), settled("b", player=GROOT))
    answered = first.answered(told(casino, {GROOT: ("wager",), ROCKET: ()}))
    answered.then(notes(casino, "wager", player=GROOT), notes(casino)).asked().set()
    assert answered.story.state(taken_of()) == first.story.state(taken_of())
    takes(answered.story, settled("c"), settled("d", player=GROOT)).asked(journeys(GROOT, wager=1))
    some = first.answered(told(casino, {GROOT: ()})).then(notes(casino, player=GROOT))
    assert some.story.state(wagerer_of(ROCKET)) == Wagerer()


def test_an_answer_that_says_nothing_new_is_no_fact() -> None:
    known = takes(noted(casino, "wager"), settled())
    known.answered(told(casino, {ROCKET: ("wager",)})).then()
    known.answered(told(casino, {ROCKET: ()})).then(notes(casino))
    other = casino.defined("new", BIG)
    known.answered(told(other, {ROCKET: ("wager",)})).then(notes(other, "wager"))
    known.answered(told(casino, {ROCKET: ("wager",), GROOT: ("wager",)})).then(notes(casino, "wager", player=GROOT))


def test_a_conversation_that_was_given_up_notes_nothing_and_the_next_batch_tells_again() -> None:
    known = takes(noted(casino, "wager"), settled(), settled("b", player=GROOT))
    for nothing in (told(casino, {}), Refused("given_up")):
        gone = known.answered(nothing).then().asked()
        takes(gone.story, settled("c"), settled("d", player=GROOT)).asked(tells(fired(wager=1), fired(GROOT, wager=1)))
    assert events_in(known.story.when(NoteWaiting(), STREAM)) == ()


def test_one_message_and_one_answer_make_silent_whoever_has_come_to_the_end() -> None:
    spec = BIG.model_copy(update={"steps": (JourneyStep(trigger="wager"), JourneyStep(trigger="big_win"))})
    story = casino.defined("x", spec)
    first = takes(story, settled(payout="99"), settled("b", player=GROOT))
    (wish,) = wishes_in(first)
    moved = first.when(wish).replied(told(story, {ROCKET: (), GROOT: ("big_win",)}))
    begun = JourneyStarted(
        player=GROOT, journey=JourneyId("x"), journey_name="x", definition_version=1, step=1, counted=0
    )
    assert events_in(moved)[1:] == (begun,)
    after = first.answered(told(story, {ROCKET: (), GROOT: ("big_win",)}), by=moved.story).story
    takes(after, settled("c", payout="99"), settled("d", player=GROOT)).asked()
    takes(after, settled("c", payout="99"), settled("d", player=GROOT, payout="99")).asked(
        journeys(GROOT, wager=1, big_win=1)
    )


def everything(player: PlayerId, number: int) -> tuple[Any, ...]:
    """All that can happen to a player in a batch, said in as many bytes as it may take."""
    at = NOON.replace(microsecond=123_456)
    return (
        settled(f"w-{number}", "999999999", player, payout="999999999.999999", at=at),
        deposit(f"d-{number}", player=player, at=at),
    )


@pytest.mark.parametrize("character", ["p", '"', "é", "𝄞"])
@pytest.mark.parametrize("length", [1, LONGEST_ID - 3])
def test_more_players_than_fit_into_one_message_are_several_in_the_order_in_which_they_came(
    character: str, length: int
) -> None:
    players = [PlayerId(f"{number:03}" + character * length) for number in range(MOST_TOLD + 100)]
    story = casino.defined(TENANT, tenant(levels=("1", "2", "3"), big_win_times=1), 2)
    after = takes(story, *(said for number, one in enumerate(players) for said in everything(one, number)))
    wishes = wishes_in(after)
    assert [one.player for wish in wishes for one in wish.fired] == players
    assert len(wishes) > 1
    assert all(fits(wish) for wish in wishes)
    assert all(len(wish.fired) > len(players) // 20 for wish in wishes[:-1])
    sent = [send for send in after.sends if isinstance(send.command, TriggerJourneysTogether)]
    assert [(send.key, send.then) for send in sent] == [(wish.fired[0].player, NoteWaiting()) for wish in wishes]
    for wish in wishes:
        answer = told(story, dict.fromkeys((one.player for one in wish.fired), tuple(sorted(PLATFORM))))
        assert fits(NoteWaiting(answer=Answer(granted=True, body=answer.model_dump(mode="json"))))


def test_a_batch_of_many_players_is_one_message_beside_what_the_targets_are_told() -> None:
    after = takes(busy, *(settled(f"w-{n}", player=PlayerId(f"p-{n}")) for n in range(100)))
    assert [send.service for send in after.sends] == ["leaderboards", "engines", "engines"]
    (wish,) = wishes_in(after)
    assert wish.fired == tuple(fired(PlayerId(f"p-{n}"), wager=1) for n in range(100))
