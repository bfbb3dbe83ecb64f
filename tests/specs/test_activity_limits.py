"""Nobody takes part more often than the operator allows, whatever is under way and in which order it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.activity.state import MOST_KEPT
from shared.messages.activity import Attempt
from shared.shapes import Pending
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence
from tests.specs.activity_words import (
    FIFTY,
    QUIZ,
    RARE,
    RIGHT,
    SPIN,
    TODAY,
    code,
    completed_in,
    exhausted,
    gift,
    in_,
    paid,
    points,
    quiz,
    solves,
    spin,
    spins,
    town,
    tries,
    validates,
)


def limits(used: int, most: int = 3, cooling: int = 0) -> dict[str, Any]:
    return {
        "eligible": False,
        "attempts_used": used,
        "max_attempts": most,
        "cooldown_remaining_seconds": cooling,
    }


def test_nobody_takes_part_more_often_than_is_allowed() -> None:
    story = town.defined(QUIZ, quiz(max_attempts=3))
    for _ in range(3):
        story = story.when(solves).story
    story.when(solves).then().refused("not_eligible", **limits(3))
    story.when(validates(QUIZ, "quiz", RIGHT)).then().refused("not_eligible", **limits(3))
    story.at(NOON + timedelta(days=1)).when(solves).refused("not_eligible", **limits(3))


def test_how_often_is_for_the_newest_version_to_say_also_of_an_attempt_that_is_open() -> None:
    once = town.defined(QUIZ, quiz(max_attempts=2)).when(solves)
    open_ = once.when(validates(QUIZ, "quiz", RIGHT))
    fewer = open_.story.defined(QUIZ, quiz(max_attempts=1), 2)
    fewer.when(solves).then().refused("not_eligible", **limits(1, 1))
    assert completed_in(fewer.defined(QUIZ, quiz(max_attempts=3), 3).when(solves)).used == 2


def test_attempts_that_are_under_way_count_as_taken() -> None:
    story = town.defined(QUIZ, quiz(points, max_attempts=2))
    one = story.when(solves)
    two = one.when(solves)
    two.when(solves).then().refused("not_eligible", **limits(2, 2))


def test_attempts_a_day_are_counted_by_the_day_they_were_begun_on() -> None:
    story = town.defined(QUIZ, quiz(points, max_attempts=2, attempts_per="day"))
    late = story.when(solves)
    tomorrow = late.story.at(NOON + timedelta(hours=12))
    early = tomorrow.when(solves)
    done = completed_in(late.answered(paid(350), by=early.story))
    assert (done.day, done.last_day, done.today, done.used) == (TODAY, "2026-11-22", 0, 1)
    both = early.answered(paid(450), by=late.answered(paid(350), by=early.story).story)
    done = completed_in(both)
    assert (done.day, done.last_day, done.today, done.used) == ("2026-11-22", "2026-11-22", 1, 2)
    third = both.when(solves)
    third.when(solves).refused("not_eligible", **limits(2, 2))


def test_a_cooldown_runs_from_the_last_completed_attempt_and_is_told_in_whole_seconds() -> None:
    once = town.defined(QUIZ, quiz(cooldown_seconds=60, max_attempts=9)).when(solves).story
    once.when(solves).then().refused("not_eligible", **limits(1, 9, 60))
    soon = once.at(NOON + timedelta(seconds=59, microseconds=1))
    soon.when(solves).then().refused("not_eligible", **limits(1, 9, 1))
    assert completed_in(once.at(NOON + timedelta(seconds=60)).when(solves)).used == 2


def test_with_a_cooldown_only_one_attempt_is_under_way_at_a_time() -> None:
    story = town.defined(QUIZ, quiz(points, cooldown_seconds=60))
    first = story.when(solves)
    first.when(solves).then().refused("attempt_in_progress")
    first.when(validates(QUIZ, "quiz", RIGHT)).then().refused("attempt_in_progress")


def test_so_many_spins_that_might_be_denied_are_under_way_at_once() -> None:
    story = town.defined(SPIN, spin(RARE))
    for _ in range(MOST_KEPT):
        story = story.when(spins).waits().story
    story.when(spins).then().refused("attempt_in_progress")
    story.when(tries).then().refused("attempt_in_progress")
    assert len(in_(story, SPIN).kept) == MOST_KEPT
    sure = town.defined(SPIN, spin(FIFTY))
    for _ in range(MOST_KEPT + 1):
        sure = sure.when(spins).waits().story
    assert (in_(sure, SPIN).busy, in_(sure, SPIN).kept) == (MOST_KEPT + 1, ())


DENIED, DONE, SOLVED, NEXT_DAY = "denied", "done", "solved", "next day"


def answered(waiting: Consequence, now: Consequence, *, denied: bool) -> Consequence:
    """One that waits is answered until it is over: the pool has a code, or it has none."""
    step = waiting.answered(exhausted if denied else code(0, "X"), by=now.story)
    return step.answered(paid(1)) if isinstance(step.outcome, Pending) else step


@for_all(
    st.integers(1, 4),
    st.sampled_from(["total", "day"]),
    st.lists(st.tuples(st.sampled_from([DENIED, DONE, SOLVED, NEXT_DAY]), st.integers(0, 9)), max_size=24),
)
def test_whatever_the_order_of_answers_what_counts_and_what_is_under_way_never_exceed_the_limit(
    most: int, per: Any, steps: list[tuple[str, int]]
) -> None:
    now = town.defined(QUIZ, quiz(gift, points, max_attempts=most, attempts_per=per)).when(solves)
    waiting, ends = [now], 0
    for word, which in steps:
        if word == NEXT_DAY:
            now = Consequence(
                now.story.at(now.story.now + timedelta(days=1)), now.wish, now.outcome, now.sends, now.timers
            )
        elif word == SOLVED:
            asked = now.when(solves)
            waiting += [asked] if isinstance(asked.outcome, Pending) else []
            now = asked
        elif waiting:
            now = answered(waiting.pop(which % len(waiting)), now, denied=word == DENIED)
            ends += word == DONE
        part = in_(now.story, QUIZ)
        assert (part.used, part.busy) == (ends, len(waiting))
        limited = part.used + part.busy if per == "total" else part.used_today + part.busy_today
        assert 0 <= part.busy_today <= part.busy
        assert limited <= most


@for_all(st.lists(st.tuples(st.booleans(), st.integers(0, 99)), max_size=40))
def test_a_result_that_was_drawn_is_never_drawn_again_for_its_attempt(steps: list[tuple[bool, int]]) -> None:
    now = town.defined(SPIN, spin(RARE, actions=(gift,))).when(spins)
    results: dict[str, Attempt] = {}
    waiting = [now]
    for begins, which in steps:
        if begins:
            now = now.when(spins)
            waiting += [now] if isinstance(now.outcome, Pending) else []
        elif waiting:
            now = waiting.pop(which % len(waiting)).answered(exhausted, by=now.story)
        part = in_(now.story, SPIN)
        assert len(part.open) + len(part.kept) <= MOST_KEPT
        assert len(part.kept) == part.busy == len(waiting)
        for attempt in (*part.open, *part.kept):
            assert results.setdefault(attempt.attempt_id, attempt) == attempt
    assert len({attempt.proof.server_seed for attempt in results.values() if attempt.proof}) == len(results)
