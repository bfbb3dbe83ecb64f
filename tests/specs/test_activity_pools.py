"""A completion executes everything or nothing: codes first, one by one; what runs out gives everything back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.ids import MessageId
from shared.messages.action import AwardBadge, PointsAwarded, RewardAwarded
from shared.messages.activity_event import ActionAnswered, ActivityEvent, CompletionDenied
from shared.messages.reward import CodeReturnedAnswer, GiveBackCode, RewardSpec, TakeCode
from shared.messages.wallet import PayWallet
from shared.shapes import Pending, Private, Refused, Send
from shared.testing.grammar import Consequence, Story
from tests.specs.activity_words import (
    BARE,
    FORM,
    PASSED,
    POOL,
    QUIZ,
    RARE,
    RIGHT,
    ROCKET,
    SHARED,
    SMALL,
    SPIN,
    TODAY,
    attempt,
    badge,
    bare,
    begun,
    claim,
    code,
    completed_in,
    completes,
    coupon,
    exhausted,
    form,
    gift,
    in_,
    last,
    paid,
    payment,
    pays,
    points,
    quiz,
    rewards,
    solves,
    spin,
    spins,
    takes,
    told_in,
    town,
    tries,
    validated_in,
    validates,
    work,
)

ten = payment(10)


def heard(place: int, *, granted: bool = True, attempt_id: str = "command-1") -> ActionAnswered:
    return ActionAnswered(player=ROCKET, activity=QUIZ, attempt_id=MessageId(attempt_id), place=place, granted=granted)


def denied(attempt_id: str = "command-1") -> CompletionDenied:
    return CompletionDenied(player=ROCKET, activity=QUIZ, attempt_id=MessageId(attempt_id), day=TODAY, reward=POOL)


def test_codes_are_taken_before_anything_is_paid() -> None:
    story = town.defined(QUIZ, quiz(points, gift))
    first = story.when(solves).then(begun(QUIZ, "command-1")).waits()
    todo = work(QUIZ, attempt("command-1", PASSED), payment(100), claim(POOL), asked=1)
    first.asked(takes(todo, POOL))
    second = first.answered(code(0, "K7Q2")).then(heard(1)).waits()
    mine = claim(POOL).model_copy(update={"number": 0, "code": "K7Q2"})
    second.asked(pays(todo.model_copy(update={"due": (payment(100), mine), "asked": 0}), 100))
    done = second.answered(paid(350)).finished(first.wish)
    done.then(completed_in(done))
    (claimed,) = completed_in(done).claimed
    assert (claimed.place, claimed.code, str(claimed.expires_at)) == (1, "K7Q2", "2026-12-21 12:00:00+00:00")


def test_an_empty_pool_without_a_substitute_refuses_everything_and_nothing_is_paid() -> None:
    story = town.defined(QUIZ, quiz(points, badge, gift))
    first = story.when(solves)
    no = first.answered(exhausted).then(heard(2, granted=False), denied()).asked().finished(first.wish)
    no.refused("reward_exhausted", reward=POOL)
    assert (in_(no.story, QUIZ).used, in_(no.story, QUIZ).busy, in_(no.story, QUIZ).open) == (0, 0, ())


def test_an_empty_pool_with_a_substitute_brings_that_in_its_place() -> None:
    story = town.defined(QUIZ, quiz(points, last, coupon))
    first = story.when(solves)
    todo = work(QUIZ, attempt("command-1", PASSED), payment(100), claim(SMALL, instead=ten), claim(SHARED), asked=1)
    first.asked(takes(todo, SMALL))
    second = first.answered(Refused("reward_exhausted")).waits()
    second.asked(pays(todo.model_copy(update={"due": (payment(100), ten, claim(SHARED)), "asked": 0}), 100))
    done = second.answered(paid(350)).answered(paid(360)).finished(first.wish)
    assert told_in(done).actions[:2] == (
        PointsAwarded(points_awarded=100, new_balance=350),
        PointsAwarded(points_awarded=10, new_balance=360),
    )
    assert [one.place for one in completed_in(done).claimed] == [2]


def test_a_substitute_that_needs_nobody_ends_the_completion() -> None:
    story = town.defined(SMALL, rewards[SMALL].model_copy(update={"fallback": AwardBadge(badge="x", name="x")}), 2)
    done = story.defined(QUIZ, quiz(last)).when(solves).answered(Refused("reward_exhausted"))
    assert [one.type for one in told_in(done).actions] == ["award_badge"]


def test_codes_that_were_taken_are_given_back_one_by_one_when_a_later_pool_is_empty() -> None:
    two = RewardSpec(title="Two", type="digital", codes=("X", "Y"))
    story = town.defined(BARE, two, 2).defined(QUIZ, quiz(bare, bare, gift, points))
    first = story.when(solves)
    second = first.answered(code(0, "X"))
    third = second.answered(code(1, "Y")).waits()
    assert isinstance(third.sends[0].command, TakeCode)
    back = third.answered(exhausted).then(heard(2, granted=False)).waits()
    assert back.sends[0].command == GiveBackCode(reward=BARE, number=0)
    more = back.answered(CodeReturnedAnswer(number=0)).then(heard(0)).waits()
    assert more.sends[0].command == GiveBackCode(reward=BARE, number=1)
    no = more.answered(CodeReturnedAnswer(number=1)).then(heard(1), denied()).asked().finished(first.wish)
    no.refused("reward_exhausted", reward=POOL)


def test_a_code_that_cannot_be_given_back_does_not_keep_its_player_waiting() -> None:
    two = RewardSpec(title="Two", type="digital", codes=("X", "Y"))
    story = town.defined(BARE, two, 2).defined(QUIZ, quiz(bare, gift))
    first = story.when(solves)
    back = first.answered(code(0, "X")).answered(exhausted)
    back.answered(Refused("given_up")).then(heard(0, granted=False), denied()).finished(first.wish)


def test_a_reward_that_was_taken_out_of_use_is_exhausted_before_anything_happens() -> None:
    gone = town.removed(RewardSpec, POOL).defined(QUIZ, quiz(points, gift)).defined(SPIN, spin(RARE))
    gone.when(solves).then().refused("reward_exhausted", reward=POOL)
    gone.when(spins).then().refused("reward_exhausted", reward=POOL)


def test_a_reward_without_codes_is_given_without_a_code() -> None:
    done = town.defined(QUIZ, quiz(bare)).when(solves).asked()
    (given,) = told_in(done).actions
    assert isinstance(given, RewardAwarded)
    assert given.reward_claimed.code is None


def test_a_reward_is_told_as_it_was_when_the_attempt_was_begun() -> None:
    first = town.defined(QUIZ, quiz(gift)).when(solves)
    changed = first.story.defined(POOL, rewards[POOL].model_copy(update={"title": "New"}), 2)
    (given,) = told_in(first.answered(code(0, "X"), by=changed)).actions
    assert isinstance(given, RewardAwarded)
    assert given.reward_claimed.title == "A gift"
    never = work(QUIZ, attempt("x", PASSED), claim(SHARED).model_copy(update={"definition_version": 7}), payment(1))
    with pytest.raises(LookupError, match="rwd_123 has no version 7"):
        changed.when(never.model_copy(update={"asked": 1}))


def test_a_denied_spin_keeps_what_was_drawn_so_that_no_retry_draws_again() -> None:
    story = town.defined(SPIN, spin(RARE))
    first = story.when(spins)
    no = first.answered(exhausted).refused("reward_exhausted", reward=POOL)
    (kept,) = in_(no.story, SPIN).open
    again = no.when(tries).then()
    assert validated_in(again).attempt_id == kept.attempt_id == "command-1"
    retry = no.when(spins).then(begun(SPIN, "command-1", kept=True))
    won = told_in(retry.answered(code(0, "X")))
    assert (won.attempt_id, won.proof) == ("command-1", kept.proof)
    assert in_(retry.answered(code(0, "X")).story, SPIN).open == ()


def test_a_denied_quiz_that_was_validated_is_open_again() -> None:
    story = town.defined(QUIZ, quiz(gift))
    open_ = story.when(validates(QUIZ, "quiz", RIGHT))
    no = open_.when(solves).answered(exhausted)
    assert in_(no.story, QUIZ).open == in_(open_.story, QUIZ).open
    no.when(completes(QUIZ, "quiz", attempt="command-1")).waits()


def test_what_a_form_says_is_forgotten_if_it_is_denied_and_was_not_validated() -> None:
    story = town.defined(FORM, form(actions=(gift,)))
    written = {"responses": {"callsign": "rocky"}}
    row = ("responses", (ROCKET, MessageId("command-1")))
    story.when(completes(FORM, "form", written)).answered(exhausted).hid(Private(*row, None))
    validated = story.when(validates(FORM, "form", written))
    validated.when(completes(FORM, "form", attempt="command-1")).answered(exhausted).hid()
    town.defined(QUIZ, quiz(gift)).when(solves).answered(exhausted).hid()


ACTIONS = {"points": points, "badge": badge, "shared": coupon, "bare": bare, "gift": gift, "last": last}


def told_by(send: Send, codes: dict[str, int]) -> Any:
    """The ledger pays; a pool that has codes gives one; one that came back is there again."""
    match send.command:
        case TakeCode(reward=reward) if codes[reward]:
            codes[reward] -= 1
            return code(codes[reward], f"{reward}-{codes[reward]}")
        case TakeCode(reward=reward):
            return Refused("reward_exhausted", {"reward": reward})
        case GiveBackCode(reward=reward, number=number):
            codes[reward] += 1
            return CodeReturnedAnswer(number=number)
        case _:
            return paid(1)


def told_to_the_end(first: Consequence, codes: dict[str, int]) -> tuple[Consequence, list[Any]]:
    step, said = first, []
    while isinstance(step.outcome, Pending):
        said.append(step.sends[0].command)
        step = step.answered(told_by(step.sends[0], codes))
    return step, said


@for_all(st.lists(st.sampled_from(sorted(ACTIONS)), max_size=8), st.integers(0, 3), st.integers(0, 3))
def test_a_completion_does_everything_in_order_or_a_refused_one_has_done_nothing(
    names: list[str], gifts: int, lasts: int
) -> None:
    codes: dict[str, int] = {POOL: gifts, SMALL: lasts}
    story: Story = town.defined(QUIZ, quiz(*(ACTIONS[name] for name in names)))
    end, said = told_to_the_end(story.when(solves), codes)
    paid_out = [one.amount for one in said if isinstance(one, PayWallet)]
    if names.count("gift") > gifts:
        end.refused("reward_exhausted", reward=POOL)
        assert codes == {POOL: gifts, SMALL: lasts}, "a code is lost"
        assert paid_out == []
        assert not in_(end.story, QUIZ).used
        return
    fallbacks = max(0, names.count("last") - lasts)
    brought = {"points": "award_points", "badge": "award_badge"}
    told = told_in(end)
    assert len(told.actions) == len(names)
    for name, action in zip(names, told.actions, strict=True):
        assert action.type == brought.get(name, "award_reward") or name == "last"
    assert sorted(paid_out) == sorted([100] * names.count("points") + [10] * fallbacks)
    assert codes == {POOL: gifts - names.count("gift"), SMALL: lasts - names.count("last") + fallbacks}
    assert in_(end.story, QUIZ).used == 1


def test_every_fact_of_an_attempt_stands_in_the_players_own_history() -> None:
    first = town.defined(QUIZ, quiz(gift)).when(solves)
    for consequence in (first, first.answered(exhausted)):
        for event in getattr(consequence.outcome, "events", ()):
            assert isinstance(event, ActivityEvent)
            assert event.stream.key == f"{ROCKET}/{QUIZ}"
