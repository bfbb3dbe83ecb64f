"""A completion is whole: all that it brings is done before its player is told, whoever else has to be asked."""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.engines.activity import view
from services.engines.promise import Unpromised
from shared.ids import AssetId, EngagementId, MessageId
from shared.messages.action import (
    AwardBadge,
    AwardGrant,
    AwardPoints,
    BadgeAwarded,
    GrantAwarded,
    Granted,
    PointsAwarded,
    RewardAwarded,
)
from shared.messages.activity import CompletedAnswer, ResumeCompletion, ResumeValidation
from shared.messages.activity_due import Payment
from shared.messages.activity_event import ActivityAsked, AttemptValidated
from shared.messages.activity_spec import ActivitySpec
from shared.messages.engagement import EngagementSpec
from shared.messages.guest import GuestNoted
from shared.messages.player import AdmitPlayer, Admitted
from shared.shapes import Append, Put, Refused, Send
from shared.testing.clock import NOON
from shared.testing.grammar import Story, shown
from tests.specs.activity_words import (
    CREW,
    FAILED,
    FORM,
    PASSED,
    POLL,
    QUIZ,
    RIGHT,
    ROCKET,
    SHARED,
    SPIN,
    SPRING,
    TODAY,
    TRY,
    WRONG,
    attempt,
    badge,
    begun,
    claim,
    completed_in,
    completes,
    coupon,
    form,
    in_,
    paid,
    payment,
    pays,
    points,
    poll,
    promised,
    quiz,
    solves,
    spin,
    spins,
    spun,
    told_in,
    town,
    tries,
    validated_in,
    validates,
    work,
)

GEMS, STARS = AssetId("gems"), AssetId("stars")
blank = spin(TRY)
fair = town.defined(SPIN, blank).defined(QUIZ, quiz(badge, coupon)).defined(POLL, poll()).defined(FORM, form())


def drew(number: int, attempt_id: str, spec: ActivitySpec = blank, version: int = 1) -> AttemptValidated:
    told = spun(spec, number, attempt_id, version)
    return AttemptValidated(player=ROCKET, activity=SPIN, attempt=told, seed_number=number, seed_key_id="k1")


def test_a_completion_that_brings_only_what_is_at_hand_is_one_decision() -> None:
    done = fair.when(solves)
    done.then(begun(QUIZ, "command-1"), completed_in(done)).asked()
    told = told_in(done)
    assert told == CompletedAnswer(
        attempt_id=MessageId("command-1"),
        fact_id="fact_command-1",
        actions=told.actions,
        result=PASSED,
        proof=None,
    )
    first, second = told.actions
    assert isinstance(first, BadgeAwarded)
    assert first.badge_awarded == CREW.badge
    assert isinstance(second, RewardAwarded)
    assert second.reward_claimed.model_dump() == {
        "reward_id": "rwd_123",
        "code": "SAVE20",
        "display_type": "coupon",
        "title": "20% Off Your Next Order",
    }


def test_points_and_grants_are_paid_one_after_the_other_before_anybody_is_told() -> None:
    story = town.defined(QUIZ, quiz(points, AwardGrant(asset=GEMS, amount=5), coupon))
    one, two = payment(100), Payment(kind="grant", asset=GEMS, amount=5)
    first = story.when(solves).then(begun(QUIZ, "command-1")).waits()
    todo = work(QUIZ, attempt("command-1", PASSED), one, two, claim(SHARED))
    first.asked(pays(todo, 100))
    second = first.answered(paid(350)).waits()
    after = todo.model_copy(update={"due": (payment(100, paid=True, balance=350), *todo.due[1:]), "asked": 1})
    second.asked(pays(after, 5, GEMS))
    done = second.answered(paid(505, GEMS)).asked().finished(first.wish)
    done.then(completed_in(done))
    assert told_in(done).actions[:2] == (
        PointsAwarded(points_awarded=100, new_balance=350),
        GrantAwarded(granted=Granted(asset=GEMS, amount=5), new_balance=505),
    )


@pytest.mark.parametrize(
    "answer", [paid(0).model_copy(update={"balances": {}, "unclaimed": True}), Refused("given_up")]
)
def test_what_the_player_cannot_receive_has_no_balance(answer: Any) -> None:
    first = town.defined(QUIZ, quiz(points)).when(solves)
    assert told_in(first.answered(answer)).actions == (PointsAwarded(points_awarded=100, new_balance=None),)


def test_two_completions_under_way_get_an_answer_each() -> None:
    story = town.defined(QUIZ, quiz(points))
    one = story.when(solves)
    two = one.when(completes(QUIZ, "quiz", WRONG))
    assert completed_in(two).used == 1
    three = two.when(solves)
    assert in_(three.story, QUIZ).busy == 2
    last = three.answered(paid(350)).finished(three.wish)
    first = one.answered(paid(450), by=last.story).finished(one.wish)
    assert [completed_in(each).attempt_id for each in (first, last)] == ["command-1", "command-3"]
    assert told_in(first).actions == (PointsAwarded(points_awarded=100, new_balance=450),)
    assert (completed_in(first).used, in_(first.story, QUIZ).busy) == (3, 0)


def test_what_is_on_any_is_done_also_for_who_did_not_pass() -> None:
    story = town.defined(QUIZ, quiz(badge.model_copy(update={"on": "any"}), points))
    failed = story.when(completes(QUIZ, "quiz", WRONG)).asked()
    assert [one.type for one in told_in(failed).actions] == ["award_badge"]
    assert told_in(failed).result == FAILED


@pytest.mark.parametrize(("pass_at", "passes"), [(0, True), (66, True), (67, False), (100, False)])
def test_a_quiz_is_passed_from_its_percentage_on(pass_at: int, passes: bool) -> None:
    told = validated_in(town.defined(QUIZ, quiz(pass_at=pass_at)).when(validates(QUIZ, "quiz", RIGHT)))
    assert told.result == {**PASSED, "passed": passes}


def test_a_stranger_is_asked_for_once_and_everything_is_decided_afresh() -> None:
    stranger = town.__class__(town.rulebook, {}, town.configured, town.definitions).defined(SPIN, blank)
    asked = stranger.when(tries).then(ActivityAsked(player=ROCKET, activity=SPIN)).waits()
    resume = ResumeValidation(**dict(tries), new_attempt=MessageId("command-1"))
    asked.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=resume))
    noted = GuestNoted(player=ROCKET, status="active", changes=4)
    known = asked.answered(Admitted(player=ROCKET, changes=4)).finished(asked.wish)
    known.then(noted, promised(0), drew(0, "command-1"), promised(1))
    whole = stranger.when(spins)
    resume_ = ResumeCompletion(**dict(spins), new_attempt=MessageId("command-1"))
    whole.asked(Send("ledger", ROCKET, AdmitPlayer(player=ROCKET), then=resume_))
    done = whole.answered(Admitted(player=ROCKET, changes=4)).finished(whole.wish)
    done.then(noted, promised(0), drew(0, "command-1"), promised(1), begun(SPIN, "command-1"), completed_in(done))
    known.when(tries).asked()


def test_a_stranger_who_is_known_by_now_may_have_to_wait_longer_or_is_refused() -> None:
    stranger = town.__class__(town.rulebook, {}, town.configured, town.definitions)
    story = stranger.defined(QUIZ, quiz(points, max_attempts=1))
    one, two = story.when(solves), story.when(solves)
    first = one.answered(Admitted(player=ROCKET, changes=1)).waits()
    assert told_in(first.answered(paid(350)).finished(one.wish)).attempt_id == "command-1"
    late = two.answered(Admitted(player=ROCKET, changes=1), by=first.story).then().finished(two.wish)
    late.refused("not_eligible", eligible=False, attempts_used=1, max_attempts=1, cooldown_remaining_seconds=0)


@pytest.mark.parametrize("wish", [tries, spins])
@pytest.mark.parametrize("code", ["no_player", "player_blocked"])
def test_a_player_who_may_not_play_is_told_why_and_nothing_is_drawn(wish: Any, code: str) -> None:
    stranger = town.__class__(town.rulebook, {}, town.configured, town.definitions).defined(SPIN, blank)
    first = stranger.when(wish)
    denied = first.answered(Refused(code, {"status": "closed"})).then().refused(code, status="closed")
    assert in_(denied.finished(first.wish).story, SPIN).promise == Unpromised(0)
    blocked = fair.and_then(GuestNoted(player=ROCKET, status="suspended", changes=1))
    blocked.when(wish).then().refused("player_blocked", status="suspended")


def test_a_refusal_without_a_word_is_a_refusal_too() -> None:
    resume = ResumeCompletion(**dict(spins), new_attempt=MessageId("x"))
    silent = resume.model_copy(update={"answer": resume.answer.model_copy(update={"code": None})})
    fair.when(silent).then().refused("refused").finished()


gone = completes(SPIN, "spin_wheel", attempt="command-1")
paused = fair.defined(SPIN, spin(TRY, status="paused"), 2)
resting = fair.defined(SPRING, EngagementSpec(name="x", status="paused"), 2)
OTHER: Final = EngagementId("other")
elsewhere = spins.model_copy(update={"engagement": OTHER})


@pytest.mark.parametrize(
    ("story",                                             "wish",    "code"),
    [
        (town,                                            spins,     "no_activity"),
        (town,                                            tries,     "no_activity"),
        (fair.removed(ActivitySpec, SPIN),                spins,     "no_activity"),
        (fair.removed(EngagementSpec, SPRING),            spins,     "no_activity"),
        (fair.defined(OTHER, EngagementSpec(name="x")),   elsewhere, "no_activity"),
        (paused,                                          spins,     "not_active"),
        (paused,                                          tries,     "not_active"),
        (resting,                                         spins,     "not_active"),
        (resting,                                         tries,     "not_active"),
        (fair,                                            gone,      "attempt_closed"),
        (fair.when(spins).story,                          gone,      "attempt_closed"),
    ],
)  # fmt: skip
def test_this_is_refused_and_nothing_changes(story: Story, wish: Any, code: str) -> None:
    story.when(wish).then().refused(code).when(wish).then().refused(code)


def test_an_attempt_that_is_being_completed_is_not_completed_twice() -> None:
    story = town.defined(QUIZ, quiz(points))
    open_ = story.when(validates(QUIZ, "quiz", RIGHT))
    by_name = completes(QUIZ, "quiz", attempt="command-1")
    open_.when(by_name).when(by_name).then().refused("attempt_in_progress")


def test_a_new_attempt_is_one_under_the_newest_version() -> None:
    assert completed_in(fair.defined(QUIZ, quiz(points, pass_at=100), 2).when(solves)).definition_version == 2


def test_a_version_that_never_was_is_never_completed() -> None:
    never = work(QUIZ, attempt("x", PASSED, version=7), payment(1))
    with pytest.raises(LookupError, match="quiz-1 has no version 7"):
        fair.when(never)


def test_the_views_show_what_was_told_and_how_often() -> None:
    done = fair.when(solves)
    event, told = completed_in(done), told_in(done)
    assert shown(view.progress, event) == (Put((ROCKET, QUIZ), (SPRING, TODAY, 1, 1, NOON)),)
    values = (SPRING, "quiz", NOON, "fact_command-1", told.model_dump_json())
    assert shown(view.attempts, event) == (Append((ROCKET, QUIZ, "command-1"), values),)
    coupon_ = (SPRING, "rwd_123", "20% Off Your Next Order", "coupon", "coupon", "SAVE20", NOON, None)
    assert shown(view.claimed_rewards, event) == (Append((ROCKET, "fact_command-1", 1), coupon_),)


def test_points_go_to_the_asset_that_the_engagement_names() -> None:
    story = town.defined(SPRING, EngagementSpec(name="x", points_asset=STARS), 2).defined(QUIZ, quiz(points))
    paying = story.when(solves)
    stars = Payment(kind="points", asset=STARS, amount=100)
    paying.asked(pays(work(QUIZ, attempt("command-1", PASSED), stars), 100, STARS))


def test_an_award_names_its_occasion() -> None:
    assert (AwardPoints(points=1).on, AwardBadge(badge="x", name="x", on="any").on) == ("passed", "any")
