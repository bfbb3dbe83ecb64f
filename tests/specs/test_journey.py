"""What happens to a player moves every active journey that waits for it; the last step pays, once per player."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.journey.decider import DORMANT_AFTER
from services.engines.journey.state import MOST_JOURNEYS, Progress, journeys_of
from services.engines.journey.steps import walked
from services.engines.registry import service
from services.ledger.registry import service as ledger
from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import AssetId, JourneyId, PlayerId
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.journey import (
    DORMANT,
    GoOnPaying,
    JourneyAdvanced,
    JourneyCompleted,
    JourneyRewarded,
    JourneysAnswer,
    JourneysDenied,
    JourneySpec,
    JourneyStarted,
    JourneyStep,
    JourneysTriggered,
    MoveJourneys,
    Owed,
    PlayerDormant,
    RingDormancy,
    TriggerJourneysTogether,
)
from shared.messages.player import AdmitPlayer, CreatePlayer
from shared.messages.wallet import PayWallet
from shared.shapes import Refused, Send, Timer
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given
from tests.specs.journey_words import (
    BACK,
    ROCKET,
    SPENDER,
    WELCOME,
    WINZ,
    admitted,
    admitted_to,
    back,
    far,
    journey,
    listens,
    lonely,
    moved,
    paid,
    pays,
    saw,
    says,
    told_nobody,
    town,
    welcome,
)

completed = JourneyCompleted(**far(WELCOME, 3), asset=WINZ, reward=500)
rewarded = JourneyRewarded(player=ROCKET, journey=WELCOME, asset=WINZ, reward=500, paid=True)
done = JourneysAnswer(affected=(moved("completed", 3, 500),))
go_on = GoOnPaying(
    player=ROCKET,
    affected=done.affected,
    owed=(Owed(journey=WELCOME, asset=WINZ, reward=500),),
    asked=True,
)
unasked = go_on.model_copy(update={"asked": False})
"""The rewards of what the platform saw are paid too, but nobody waits for them."""


def test_what_an_operator_says_first_needs_the_ledgers_word_that_the_player_may_play() -> None:
    asked = town.when(says("signup", 2)).then(JourneysTriggered(player=ROCKET, trigger="signup", count=2)).waits()
    move = MoveJourneys(player=ROCKET, trigger="signup", count=2)
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=move))


def test_three_steps_start_advance_and_complete_a_journey_and_the_reward_is_paid_before_it_is_told() -> None:
    started = admitted_to(town, "signup").then(JourneyStarted(**far(WELCOME, 1))).asked().finished()
    started.replied(JourneysAnswer(affected=(moved("started", 1),)))
    advanced = admitted_to(started.story, "first_deposit").then(JourneyAdvanced(**far(WELCOME, 2))).asked().finished()
    advanced.replied(JourneysAnswer(affected=(moved("advanced", 2),)))
    last = advanced.when(says("wager"))
    owed = last.answered(admitted).then(completed).waits().asked(pays(500, WELCOME, go_on))
    owed.answered(paid).then(rewarded).asked().finished(last.wish).replied(done)


def test_a_journey_of_one_step_is_completed_at_once() -> None:
    owed = admitted_to(town, "big_win")
    owed.then(JourneyCompleted(**far(SPENDER, 1, name="Big spender"), asset=WINZ, reward=250)).waits()
    owed.answered(paid).replied(JourneysAnswer(affected=(moved("completed", 1, 250, SPENDER, "Big spender"),)))


def test_a_payment_that_people_gave_up_still_tells_what_was_completed() -> None:
    first = town.and_then(JourneyAdvanced(**far(WELCOME, 2))).when(says("wager"))
    given_up = first.answered(admitted).answered(Refused("given_up"))
    given_up.then(rewarded.model_copy(update={"paid": False})).finished(first.wish).replied(done)
    unpaid = town.and_then(JourneyAdvanced(**far(WELCOME, 2))).when(saw(wager=1)).answered(Refused("given_up"))
    told_nobody(unpaid.then(rewarded.model_copy(update={"paid": False})))


def test_a_completed_journey_never_starts_again_not_even_after_it_was_changed_or_put_anew() -> None:
    finished = town.and_then(completed)
    changed = finished.defined(WELCOME, journey("signup"), 2)
    anew = finished.removed(JourneySpec, WELCOME).defined(WELCOME, welcome, 3)
    for later in (finished, changed, anew):
        nothing = later.when(saw(signup=9, first_deposit=9, wager=9)).then().asked()
        nothing.replied(listens(later, "big_win"))


@pytest.mark.parametrize("trigger", ["wager", "level_up", "Signup"])
def test_a_trigger_that_no_journey_waits_for_affects_nothing(trigger: str) -> None:
    first = town.when(says(trigger))
    first.answered(admitted).then().asked().set().finished(first.wish).replied(JourneysAnswer(affected=()))


@pytest.mark.parametrize("code", ["no_player", "player_blocked"])
def test_a_player_who_may_not_play_is_told_why_and_nothing_moves(code: str) -> None:
    first = town.when(says("signup"))
    denied = first.answered(Refused(code, {"status": "closed"})).refused(code, status="closed").finished(first.wish)
    denied.then(JourneysDenied(player=ROCKET, trigger="signup", code=code)).asked()
    assert denied.story.state(journeys_of(ROCKET)).progress == {}


def test_a_refusal_without_a_word_is_a_refusal_too() -> None:
    move = MoveJourneys(player=ROCKET, trigger="signup", count=1)
    town.when(move.model_copy(update={"answer": move.answer.model_copy(update={"code": None})})).refused("refused")


def test_what_the_platform_saw_itself_is_counted_without_asking_anybody() -> None:
    story = town.when(saw(signup=1)).then(JourneyStarted(**far(WELCOME, 1))).asked()
    story.replied(listens(town, "big_win", "first_deposit", "wager"))
    owed = story.when(saw(wager=3, first_deposit=1)).then(completed).asked(pays(500, WELCOME, unasked))
    owed.replied(listens(town, "big_win"))
    told_nobody(owed.answered(paid).then(rewarded).asked())


A, B, C, D = (JourneyId(name) for name in "abcd")
GEMS: Final = AssetId("gems")
many = given(service).defined(B, journey("x", reward=7, asset=GEMS)).defined(A, journey("x", reward=5))
many = many.defined(C, journey("x", reward=0)).defined(D, journey("x", "wager"))
several = (
    JourneyCompleted(**far(A, 1), asset=WINZ, reward=5),
    JourneyCompleted(**far(B, 1), asset=GEMS, reward=7),
    JourneyCompleted(**far(C, 1), asset=WINZ, reward=0),
    JourneyStarted(**far(D, 1)),
)
affected = (
    moved("completed", 1, 5, A),
    moved("completed", 1, 7, B),
    moved("completed", 1, 0, C),
    moved("started", 1, 0, D),
)
both_owed = (Owed(journey=A, asset=WINZ, reward=5), Owed(journey=B, asset=GEMS, reward=7))


def rewards(journey: JourneyId, player: PlayerId = ROCKET, *, paid: bool = True) -> JourneyRewarded:
    (owed,) = (one for one in both_owed if one.journey == journey)
    return JourneyRewarded(player=player, **dict(owed), paid=paid)


def test_one_trigger_moves_every_journey_that_waits_for_it_and_rewards_are_paid_one_after_the_other() -> None:
    said = many.when(says("x"))
    first = said.answered(admitted).waits().then(*several)
    then = GoOnPaying(player=ROCKET, affected=affected, owed=both_owed, asked=True)
    first.asked(pays(5, A, then))
    second = first.answered(paid).waits().then(rewards(A))
    second.asked(pays(7, B, then.model_copy(update={"owed": both_owed[1:]}), GEMS))
    second.answered(paid).then(rewards(B)).asked().finished(said.wish).replied(JourneysAnswer(affected=affected))


@pytest.mark.parametrize(("answer", "done"), [(paid, True), (Refused("given_up"), False)])
def test_the_platform_is_told_at_once_while_one_reward_after_the_other_is_paid(answer: Any, done: bool) -> None:
    first = many.when(saw(x=1)).then(*several).replied(listens(many, "wager"))
    then = GoOnPaying(player=ROCKET, affected=affected, owed=both_owed, asked=False)
    first.asked(pays(5, A, then))
    second = first.answered(answer).waits().then(rewards(A, paid=done))
    second.asked(pays(7, B, then.model_copy(update={"owed": both_owed[1:]}), GEMS))
    told_nobody(second.answered(paid).then(rewards(B)).asked())


def test_a_reward_of_nothing_is_told_at_once() -> None:
    free = given(service).defined(WELCOME, journey("x", reward=0))
    free.when(saw(x=1)).then(completed.model_copy(update={"step": 1, "reward": 0})).asked().replied(listens(free))
    admitted_to(free, "x").asked().replied(JourneysAnswer(affected=(moved("completed", 1),)))


def test_a_step_may_need_its_trigger_several_times() -> None:
    story = given(service).defined(WELCOME, journey(("wager", 3), ("big_win", 2)))
    one = story.when(saw(wager=1)).then(JourneyStarted(**far(WELCOME, 0, 1)))
    two = one.when(saw(wager=1)).then(JourneyAdvanced(**far(WELCOME, 0, 2)))
    two.replied(listens(story, "big_win", "wager"))
    admitted_to(one.story, "wager").replied(JourneysAnswer(affected=(moved("advanced", 0),)))
    three = two.when(saw(wager=5)).then(JourneyAdvanced(**far(WELCOME, 1)))
    three.when(saw(big_win=2)).then(JourneyCompleted(**far(WELCOME, 2), asset=WINZ, reward=500))


STEPS: Final = (JourneyStep(trigger="a", count=2), JourneyStep(trigger="b"), JourneyStep(trigger="a", count=3))


@pytest.mark.parametrize(
    ("step", "counted", "triggers",          "after"),
    [
        (0,    0,         {"b": 5},            (0, 0)),
        (0,    0,         {"a": 1},            (0, 1)),
        (0,    1,         {"a": 1},            (1, 0)),
        (0,    0,         {"a": 4},            (1, 0)),
        (0,    0,         {"a": 4, "b": 1},    (2, 2)),
        (0,    0,         {"b": 1, "a": 5},    (3, 0)),
        (2,    2,         {"a": 9},            (3, 0)),
        (3,    0,         {"a": 9},            (3, 0)),
    ],
)  # fmt: skip
def test_what_a_step_does_not_need_is_left_for_the_next(
    step: int, counted: int, triggers: dict[str, int], after: tuple[int, int]
) -> None:
    assert walked(STEPS, Progress(1, step, counted), triggers) == after


some_steps = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 4)), min_size=1, max_size=6)


@for_all(some_steps, st.sampled_from("ab"), st.integers(1, 9), st.integers(1, 9))
def test_of_one_trigger_many_at_once_come_as_far_as_many_one_by_one(
    wanted: list[tuple[str, int]], trigger: str, first: int, more: int
) -> None:
    steps = [JourneyStep(trigger=name, count=count) for name, count in wanted]
    step, counted = walked(steps, Progress(1), {trigger: first})
    assert walked(steps, Progress(1, step, counted), {trigger: more}) == walked(
        steps, Progress(1), {trigger: first + more}
    )
    assert step == len(steps) or counted < steps[step].count


@pytest.mark.parametrize(
    "later",
    [
        town.defined(WELCOME, journey("x", reward=1, name="Another"), 2),
        town.removed(JourneySpec, WELCOME),
        town.removed(JourneySpec, WELCOME).defined(WELCOME, journey("x", reward=1, name="Another"), 3),
    ],
    ids=["changed", "removed", "removed and put again"],
)
def test_a_journey_under_way_is_finished_under_the_version_it_began_with(later: Story) -> None:
    under_way = later.and_then(JourneyAdvanced(**far(WELCOME, 2)))
    under_way.when(saw(x=1)).then()
    under_way.when(saw(wager=1)).then(completed)


def test_a_new_version_is_begun_by_whoever_is_new_to_it() -> None:
    town.defined(WELCOME, journey("x", "y"), 2).when(saw(x=1)).then(JourneyStarted(**far(WELCOME, 1, version=2)))


def test_a_journey_that_is_gone_is_begun_by_nobody() -> None:
    town.removed(JourneySpec, WELCOME).when(saw(signup=1)).then()


def test_nobody_begins_or_goes_on_with_a_paused_journey_until_it_is_active_again() -> None:
    paused = town.defined(WELCOME, welcome.model_copy(update={"status": "paused"}), 2)
    paused.when(saw(signup=1)).then()
    waiting = paused.and_then(JourneyAdvanced(**far(WELCOME, 2))).when(saw(wager=1)).then()
    waiting.story.defined(WELCOME, welcome, 3).when(saw(wager=1)).then(completed)


def test_a_version_that_never_was_is_never_gone() -> None:
    with pytest.raises(LookupError, match="welcome has no version 7"):
        town.and_then(JourneyAdvanced(**far(WELCOME, 2, version=7))).when(saw(wager=1))


def test_a_player_begins_no_more_journeys_than_fit_into_one_state_however_long_their_names() -> None:
    story = given(service)
    for number in range(MOST_JOURNEYS + 1):
        story = story.defined(f"{number:03}" + "𝄞" * 125, journey(("x", LARGEST_AMOUNT), "y", name=f"{number}"))
    begun = story.when(saw(x=LARGEST_AMOUNT - 1)).story.state(journeys_of(ROCKET)).progress
    assert len(begun) == MOST_JOURNEYS
    full = story.when(saw(x=LARGEST_AMOUNT - 1)).tallied({}).when(saw(x=1)).tallied({"journeys_full": 1})
    again = full.story.state(journeys_of(ROCKET)).progress
    assert again.keys() == begun.keys()
    assert {progress.step for progress in again.values()} == {1}


def dormancy(times: int, days: int = 7) -> Timer:
    id_ = f"dormant/starlight/{ROCKET}/{times}"
    return Timer(id_, NOON + timedelta(days=days), ROCKET, RingDormancy(player=ROCKET))


@pytest.mark.parametrize("trigger", ["signup", "first_deposit", "wager", "big_win", "level_up"])
def test_seven_days_after_the_last_trigger_of_the_platform_a_player_is_dormant(trigger: str) -> None:
    lonely.when(saw(**{trigger: 1})).set(dormancy(0))
    admitted_to(lonely, trigger).set(dormancy(0))


def test_every_trigger_of_the_platform_begins_the_seven_days_anew() -> None:
    later = lonely.when(saw(wager=1)).story.at(NOON + timedelta(days=2))
    later.when(saw(wager=1)).set(dormancy(0, days=9))


@pytest.mark.parametrize(
    ("story",                                                                 "wish"),
    [
        (town,                                                                saw(wager=1)),
        (lonely,                                                              saw(**{DORMANT: 1})),
        (lonely,                                                              saw(custom=1)),
        (lonely.at(NOON + DORMANT_AFTER),                                     saw(wager=1)),
        (lonely.and_then(JourneyCompleted(**far(BACK, 2), asset=WINZ, reward=50)), saw(wager=1)),
        (lonely.defined(BACK, back.model_copy(update={"status": "paused"}), 2), saw(wager=1)),
    ],
    ids=["nobody waits for it", "dormancy itself", "the operator's own", "old news", "completed", "paused"],
)  # fmt: skip
def test_no_timer_is_set_for_this(story: Story, wish: TriggerJourneysTogether) -> None:
    story.when(wish).set()


def test_a_dormant_player_moves_the_journeys_that_wait_for_that_and_nobody_is_told() -> None:
    ring = RingDormancy(player=ROCKET)
    dormant = PlayerDormant(player=ROCKET, times=1)
    rung = lonely.when(saw(wager=1)).when(ring, lonely.when(saw(wager=1)).wish)
    rung.then(dormant, JourneyStarted(**far(BACK, 1, name="Come back"))).asked().set()
    again = rung.when(saw(level_up=1)).set(dormancy(1))
    assert again.story.state(journeys_of(ROCKET)).dormant == 1


def test_a_reward_for_being_dormant_is_paid_too() -> None:
    story = given(service).defined(BACK, journey(DORMANT, reward=5))
    rung = story.when(RingDormancy(player=ROCKET), story.when(saw(wager=1)).wish)
    (send,) = rung.sends
    assert isinstance(send.command, PayWallet)
    paid_out = rung.answered(paid)
    paid_out.then(JourneyRewarded(player=ROCKET, journey=BACK, asset=WINZ, reward=5, paid=True)).asked()
    told_nobody(paid_out)


def test_signing_up_is_the_first_thing_that_happens_to_a_player() -> None:
    created = given(ledger).when(CreatePlayer(player=ROCKET)).asked(Send("engines", ROCKET, saw(signup=1)))
    created.when(CreatePlayer(player=ROCKET, country_code="MT")).asked()


def test_a_trigger_and_a_number_are_short_for_as_many_steps() -> None:
    short = parse_spec("journey", {"name": "x", "trigger": "big_win", "steps": 2, "reward_winz": 1})
    assert short == JourneySpec(name="x", steps=(JourneyStep(trigger="big_win"),) * 2, reward_winz=1)
    assert parse_spec("journey", short.model_dump(mode="json")) == short


STEP: Final = {"trigger": "a"}


@pytest.mark.parametrize(
    ("wrong",                                            "path"),
    [
        ({"steps": []},                                  "spec.steps"),
        ({"steps": [STEP] * 101},                        "spec.steps"),
        ({"steps": [STEP, {"trigger": "a", "count": 0}]}, "spec.steps[1].count"),
        ({"steps": [{"trigger": "a/b"}]},                "spec.steps[0].trigger"),
        ({"steps": [{"trigger": ""}]},                   "spec.steps[0].trigger"),
        ({"steps": [STEP], "trigger": "a"},              "spec.trigger"),
        ({"steps": 2},                                   "spec.steps"),
        ({"steps": True, "trigger": "a"},                "spec.steps"),
        ({"steps": 0, "trigger": "a"},                   "spec.steps"),
        ({"steps": 10**9, "trigger": "a"},               "spec.steps"),
        ({"trigger": "a"},                               "spec.steps"),
        ({"steps": [STEP], "reward_winz": -1},           "spec.reward_winz"),
        ({"steps": [STEP], "reward_winz": 0.5},          "spec.reward_winz"),
        ({"steps": [STEP], "status": "ended"},           "spec.status"),
    ],
)  # fmt: skip
def test_a_journey_that_makes_no_sense_is_refused_with_the_path_of_the_field(wrong: Any, path: str) -> None:
    with pytest.raises(InvalidDefinition) as found:
        parse_spec("journey", {"name": "x", "reward_winz": 1, **wrong})
    assert found.value.path == path


def test_a_journey_is_paid_in_an_asset_that_exists() -> None:
    assert [(one.kind, one.key, one.path) for one in welcome.references()] == [("asset", "WINZ", "asset")]
