"""What a player hands in is held against the activity's rules, and every field that is wrong is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.engines.activity.payload import MOST_PROBLEMS, unfit
from shared.ids import ActivityId
from shared.messages.activity_spec import ActivityType
from shared.shapes import Refused
from tests.specs.activity_words import (
    FORM,
    POLL,
    QUIZ,
    SPIN,
    completes,
    form,
    poll,
    quiz,
    spin,
    told_in,
    town,
    validated_in,
    validates,
)

SURVEY = ActivityId("survey-1")
fair = town.defined(SPIN, spin()).defined(QUIZ, quiz()).defined(POLL, poll()).defined(FORM, form())
fair = fair.defined(SURVEY, form().model_copy(update={"type": "survey"}))
TYPES: dict[ActivityId, ActivityType] = {
    SPIN: "spin_wheel", QUIZ: "quiz", POLL: "poll", FORM: "form", SURVEY: "survey",
}  # fmt: skip


def answers(*given: Any) -> dict[str, Any]:
    return {"answers": list(given)}


def answer(question: Any = "q1", option: Any = 1, **more: Any) -> dict[str, Any]:
    return {"question_id": question, "selected_option": option, **more}


def responses(**given: Any) -> dict[str, Any]:
    return {"responses": {"callsign": "rocky", **given}}


OPTION = "must be an option of this question, 0 to 2"
OBJECT = "must be an object with question_id and selected_option"
STRANGE = "is no question of this quiz"
LENGTH = "must be text of at most 5 characters"
SHIPS = "must be one of milano, benatar"
COLOURS = "must be one of red, green, blue"


@pytest.mark.parametrize(
    ("key",  "payload",                                     "field",                        "problem"),
    [
        (SPIN,   {"spin_result_index": "3"},                "spin_result_index",            "must be a number"),
        (SPIN,   {"spin_result_index": True},               "spin_result_index",            "must be a number"),
        (SPIN,   {"index": 3},                              "index",                        "is unknown"),
        (QUIZ,   {},                                        "answers",                      "is required"),
        (QUIZ,   {"answers": {}},                           "answers",                      "must be a list"),
        (QUIZ,   answers(3),                                "answers[0]",                   OBJECT),
        (QUIZ,   answers(answer("q9")),                     "answers[0].question_id",       STRANGE),
        (QUIZ,   answers(answer(), answer("q9")),           "answers[1].question_id",       STRANGE),
        (QUIZ,   answers(answer(7)),                        "answers[0].question_id",       STRANGE),
        (QUIZ,   answers({"selected_option": 1}),           "answers[0].question_id",       "is required"),
        (QUIZ,   answers(answer(), answer()),               "answers[1].question_id",       "is answered twice"),
        (QUIZ,   answers(answer(option=3)),                 "answers[0].selected_option",   OPTION),
        (QUIZ,   answers(answer(option=-1)),                "answers[0].selected_option",   OPTION),
        (QUIZ,   answers(answer(option="1")),               "answers[0].selected_option",   OPTION),
        (QUIZ,   answers(answer(option=True)),              "answers[0].selected_option",   OPTION),
        (QUIZ,   answers({"question_id": "q1"}),            "answers[0].selected_option",   OPTION),
        (QUIZ,   answers(answer(sure=True)),                "answers[0].sure",              "is unknown"),
        (QUIZ,   {**answers(), "score": "80"},              "score",                        "must be a number"),
        (QUIZ,   {**answers(), "passed": 1},                "passed",                       "must be a boolean"),
        (QUIZ,   {**answers(), "time": 1},                  "time",                         "is unknown"),
        (POLL,   {},                                        "selected_option",              "is required"),
        (POLL,   {"selected_option": "pink"},               "selected_option",              COLOURS),
        (POLL,   {"selected_option": ["red"]},              "selected_option",              COLOURS),
        (POLL,   {"selected_option": 0},                    "selected_option",              COLOURS),
        (POLL,   {"selected_option": "red", "why": "x"},    "why",                          "is unknown"),
        (FORM,   {},                                        "responses",                    "is required"),
        (FORM,   {"responses": []},                         "responses",                    "must be an object"),
        (FORM,   {"responses": {}},                         "responses.callsign",           "is required"),
        (FORM,   responses(callsign=""),                    "responses.callsign",           "is required"),
        (FORM,   responses(callsign=None),                  "responses.callsign",           "is required"),
        (FORM,   responses(callsign="rocket"),              "responses.callsign",           LENGTH),
        (FORM,   responses(callsign=3),                     "responses.callsign",           LENGTH),
        (FORM,   responses(years="3"),                      "responses.years",              "must be a number"),
        (FORM,   responses(years=True),                     "responses.years",              "must be a number"),
        (FORM,   responses(news="yes"),                     "responses.news",               "must be true or false"),
        (FORM,   responses(ship="x"),                       "responses.ship",               SHIPS),
        (FORM,   responses(size=3),                         "responses.size",               "is unknown"),
        (FORM,   {**responses(), "more": 1},                "more",                         "is unknown"),
        (SURVEY, {"responses": {}},                         "responses.callsign",           "is required"),
    ],
)  # fmt: skip
def test_this_does_not_fit_the_rules_and_nothing_happens(
    key: ActivityId, payload: Any, field: str, problem: str
) -> None:
    for wish in (validates(key, TYPES[key], payload), completes(key, TYPES[key], payload)):
        fair.when(wish).then().refused("invalid_payload", fields=[{"field": field, "problem": problem}])


@pytest.mark.parametrize(
    ("key",  "payload"),
    [
        (SPIN,   {}),
        (QUIZ,   answers()),
        (QUIZ,   {**answers(answer("q3", 0)), "score": None, "passed": None}),
        (QUIZ,   {**answers(), "score": 66.6}),
        (POLL,   {"selected_option": "blue"}),
        (FORM,   responses(years=None, ship="")),
        (FORM,   responses(years=2.5, news=False, ship="milano")),
        (SURVEY, responses(years=3)),
    ],
)  # fmt: skip
def test_this_fits_the_rules(key: ActivityId, payload: Any) -> None:
    validated_in(fair.when(validates(key, TYPES[key], payload)))
    told_in(fair.defined(SPIN, spin(weightless()), 2).when(completes(key, TYPES[key], payload)))


def weightless() -> Any:
    return spin().segments[0]


def test_all_that_is_wrong_is_told_at_once_up_to_a_limit() -> None:
    both = fair.when(validates(QUIZ, "quiz", {**answers(answer("q8"), answer("q9")), "score": "x"}))
    assert isinstance(both.outcome, Refused)
    assert [one["field"] for one in both.outcome.details["fields"]] == [
        "score", "answers[0].question_id", "answers[1].question_id",
    ]  # fmt: skip
    many = fair.when(validates(QUIZ, "quiz", answers(*[answer("q9")] * 50)))
    assert isinstance(many.outcome, Refused)
    assert len(many.outcome.details["fields"]) == MOST_PROBLEMS


class Counted(list[Any]):
    """A list that knows how far it was read."""

    read = 0

    def __iter__(self) -> Iterator[Any]:
        for self.read, one in enumerate(super().__iter__(), 1):
            yield one


def test_nobody_looks_for_more_that_is_wrong_than_is_told() -> None:
    given = Counted([0] * 30_000)
    assert unfit(quiz(), "quiz", {"answers": given}) is not None
    assert given.read == MOST_PROBLEMS


@pytest.mark.parametrize("wish", [validates, completes])
def test_who_takes_an_activity_for_another_kind_is_told_so(wish: Any) -> None:
    wrong = [{"field": "activity_type", "problem": "this activity is a quiz"}]
    fair.when(wish(QUIZ, "poll", {"selected_option": "red"})).then().refused("invalid_payload", fields=wrong)


def test_an_open_attempt_is_completed_without_being_handed_in_again() -> None:
    open_ = fair.when(validates(QUIZ, "quiz", answers()))
    told_in(open_.when(completes(QUIZ, "quiz", {"nonsense": 1}, attempt="command-1")))
    open_.when(completes(QUIZ, "poll", attempt="command-1")).then().refused(
        "invalid_payload", fields=[{"field": "activity_type", "problem": "this activity is a quiz"}]
    )


def test_of_many_options_a_problem_names_the_first_ten() -> None:
    long = poll().model_copy(update={"options": tuple(f"o{i}" for i in range(12))})
    refused = unfit(long, "poll", {"selected_option": "none of them"})
    assert refused is not None
    problem = refused.details["fields"][0]["problem"]
    assert problem == "must be one of o0, o1, o2, o3, o4, o5, o6, o7, o8, o9 …"
