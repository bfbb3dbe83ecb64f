"""Chance and scoring speak once for each attempt, and the player's own word never counts."""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.engines.promise import Promised
from shared.fair.draw import pick
from shared.ids import ActivityId, MessageId
from shared.messages.activity import CommitActivitySeed
from shared.messages.activity_event import AttemptValidated
from shared.messages.activity_spec import ActivitySpec
from shared.messages.seed import SeedAnswer
from shared.shapes import Private
from tests.specs.activity_words import (
    COUPON,
    FAILED,
    FIFTY,
    FORM,
    POLL,
    QUIZ,
    RARE,
    RIGHT,
    ROCKET,
    SPIN,
    TRY,
    WRONG,
    attempt,
    badge,
    begun,
    completed_in,
    completes,
    coupon,
    form,
    in_,
    paid,
    points,
    poll,
    promised,
    quiz,
    seed,
    solves,
    spin,
    spins,
    spun,
    told_in,
    town,
    tries,
    validated_in,
    validates,
)

ASKS: Final = CommitActivitySeed(player=ROCKET, activity=SPIN)
blank = spin(TRY)
fair = town.defined(SPIN, blank).defined(QUIZ, quiz(badge, coupon)).defined(POLL, poll()).defined(FORM, form())


def drew(number: int, attempt_id: str, spec: ActivitySpec = blank, version: int = 1) -> AttemptValidated:
    told = spun(spec, number, attempt_id, version)
    return AttemptValidated(player=ROCKET, activity=SPIN, attempt=told, seed_number=number, seed_key_id="k1")


def test_validating_a_spin_draws_it_and_reveals_its_seed() -> None:
    first = fair.when(tries).then(promised(0), drew(0, "command-1"), promised(1))
    told, really = validated_in(first), spun(blank, 0, "command-1")
    assert (told.attempt_id, told.result, told.proof) == ("command-1", really.result, really.proof)


def test_a_second_validation_draws_nothing_and_tells_the_same() -> None:
    first = fair.when(tries)
    again = first.when(tries).then()
    again.replied(validated_in(first))


def test_a_spin_that_was_validated_is_what_is_completed() -> None:
    first = fair.when(tries)
    for complete in (spins, completes(SPIN, "spin_wheel", attempt="command-1"), completes(SPIN, "spin_wheel")):
        done = first.when(complete)
        done.then(begun(SPIN, "command-1", kept=True), completed_in(done))
        assert told_in(done).result == validated_in(first).result
        assert told_in(done).proof == validated_in(first).proof


def test_a_spin_that_was_not_validated_is_drawn_when_it_is_completed() -> None:
    done = fair.when(spins)
    done.then(promised(0), drew(0, "command-1"), promised(1), begun(SPIN, "command-1"), completed_in(done))
    again = done.when(spins)
    again.then(drew(1, "command-2"), promised(2), begun(SPIN, "command-2"), completed_in(again))
    assert (completed_in(done).used, completed_in(again).used) == (1, 2)


def test_the_drawn_prize_comes_first_and_then_what_the_activity_brings() -> None:
    spec = spin(COUPON, actions=(badge,))
    told = told_in(town.defined(SPIN, spec).when(spins))
    assert [one.type for one in told.actions] == ["award_reward", "award_badge"]
    assert told.result == {"segment_index": 0, "prize_label": "20% Off", "prize_type": "coupon"}


def test_a_spin_is_bound_to_the_hash_that_was_told_before() -> None:
    told = fair.when(ASKS).then(promised(0)).replied(SeedAnswer(server_seed_hash=seed(0).hash))
    told.when(ASKS).then().replied(SeedAnswer(server_seed_hash=seed(0).hash))
    drawn = told.when(tries).then(drew(0, "command-2"), promised(1))
    assert in_(drawn.story, SPIN).promise == Promised(1, "k1", seed(1).hash)
    drawn.when(ASKS).then().replied(SeedAnswer(server_seed_hash=seed(1).hash))


@pytest.mark.parametrize("key", [QUIZ, ActivityId("nothing")])
def test_only_spins_promise_a_seed(key: ActivityId) -> None:
    fair.when(CommitActivitySeed(player=ROCKET, activity=key)).then().refused("no_activity")


def test_every_segment_comes_up_as_often_as_its_weight_says() -> None:
    spec, drawn = spin(TRY, FIFTY, COUPON, RARE), [0, 0, 0, 0]
    for number in range(20_000):
        drawn[pick(seed(number).value, "spin-wheel", SPIN, spec.weights)] += 1
    chi = sum((86 * n - 20_000 * w) ** 2 * 1_000 // (20_000 * 86 * w) for n, w in zip(drawn, spec.weights, strict=True))
    assert chi < 21_108, f"{drawn} of 20,000 is as unlikely as one in ten thousand"  # chi-square, 3 degrees of freedom


@pytest.mark.parametrize(
    ("key",  "type_",      "payload",                                   "valid"),
    [
        (SPIN, "spin_wheel", {},                                          True),
        (SPIN, "spin_wheel", {"spin_result_index": None},                 True),
        (SPIN, "spin_wheel", {"spin_result_index": 0},                    True),
        (SPIN, "spin_wheel", {"spin_result_index": 3},                    False),
        (SPIN, "spin_wheel", {"spin_result_index": -1},                   False),
        (QUIZ, "quiz",       RIGHT,                                       True),
        (QUIZ, "quiz",       {**RIGHT, "score": 2, "passed": True},       True),
        (QUIZ, "quiz",       {**RIGHT, "score": 80, "passed": True},      False),
        (QUIZ, "quiz",       {**RIGHT, "score": 2, "passed": False},      False),
        (QUIZ, "quiz",       {**WRONG, "score": 100},                     False),
        (QUIZ, "quiz",       {**WRONG, "score": 0, "passed": False},      True),
        (POLL, "poll",       {"selected_option": "red"},                  True),
        (FORM, "form",       {"responses": {"callsign": "rocky"}},        True),
    ],
)  # fmt: skip
def test_what_a_player_claims_is_held_against_what_is_so(key: Any, type_: Any, payload: Any, valid: bool) -> None:
    assert validated_in(fair.when(validates(key, type_, payload))).valid is valid


def test_false_claims_never_stop_a_completion() -> None:
    told = told_in(fair.when(completes(QUIZ, "quiz", {**WRONG, "score": 100, "passed": True})))
    assert (told.result, told.actions) == (FAILED, ())


def test_a_quiz_is_scored_once_and_other_answers_do_not_change_it() -> None:
    first = fair.when(validates(QUIZ, "quiz", WRONG))
    first.then(AttemptValidated(player=ROCKET, activity=QUIZ, attempt=attempt("command-1", FAILED)))
    again = first.when(validates(QUIZ, "quiz", RIGHT)).then()
    assert validated_in(again).result == FAILED
    assert told_in(first.when(solves)).result == FAILED


def test_a_vote_can_be_changed_until_it_is_completed() -> None:
    red = fair.when(validates(POLL, "poll", {"selected_option": "red"}))
    red.when(validates(POLL, "poll", {"selected_option": "red"})).then()
    blue = red.when(validates(POLL, "poll", {"selected_option": "blue"}))
    changed = AttemptValidated(player=ROCKET, activity=POLL, attempt=attempt("command-1", {"selected_option": "blue"}))
    blue.then(changed)
    assert told_in(blue.when(completes(POLL, "poll", attempt="command-1"))).result == {"selected_option": "blue"}
    green = red.when(completes(POLL, "poll", {"selected_option": "green"}))
    assert told_in(green).result == {"selected_option": "green"}
    assert len(in_(blue.story, POLL).open) == 1


WRITTEN: Final = {"responses": {"years": 3, "callsign": "rocky"}}


def hidden(attempt_id: str) -> Private:
    values = {"activity": FORM, "body": '{"callsign":"rocky","years":3}'}
    return Private("responses", (ROCKET, MessageId(attempt_id)), values)


def test_what_a_form_says_is_kept_beside_the_log_and_in_no_fact() -> None:
    validated = fair.when(validates(FORM, "form", WRITTEN)).hid(hidden("command-1"))
    done = fair.when(completes(FORM, "form", WRITTEN)).hid(hidden("command-1"))
    paying = town.defined(FORM, form(actions=(points,))).when(completes(FORM, "form", WRITTEN))
    paying.waits().hid(hidden("command-1"))
    for consequence in (validated, done, paying, paying.answered(paid(350)).hid()):
        assert "rocky" not in "".join(event.model_dump_json() for event in getattr(consequence.outcome, "events", ()))
    assert told_in(validated.when(completes(FORM, "form", attempt="command-1")).hid()).result == {}


def test_what_was_validated_is_completed_under_its_own_version_also_when_the_activity_is_paused() -> None:
    open_ = town.defined(QUIZ, quiz(badge)).when(validates(QUIZ, "quiz", RIGHT))
    later = open_.story.defined(QUIZ, quiz(coupon, status="paused"), 2)
    done = later.when(solves)
    assert completed_in(done).definition_version == 1
    assert [one.type for one in told_in(done).actions] == ["award_badge"]
    validated_in(later.when(validates(QUIZ, "quiz", RIGHT)))
    done.when(solves).refused("not_active")
