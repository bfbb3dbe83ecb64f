"""What a player handed in, held against the activity's rules: every field that is wrong is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from shared.messages.activity import Payload
from shared.messages.activity_spec import ActivitySpec, ActivityType, FormField, Question
from shared.shapes import Refused

MOST_PROBLEMS: Final = 20
"""That one refusal tells."""
MOST_NAMED: Final = 10
"""Options that one problem names."""
MISSING: Final = "is required"


class Problem(NamedTuple):
    """What is wrong with one field."""

    field: str
    """As people write it: `answers[1].question_id`."""
    problem: str


def unfit(spec: ActivitySpec, claimed_type: ActivityType, payload: Payload | None) -> Refused | None:
    """The refusal of what cannot be judged by these rules; None is what was judged before."""
    if claimed_type != spec.type:
        return refusal([Problem("activity_type", f"this activity is a {spec.type}")])
    return None if payload is None else refusal(list(islice(problems(spec, payload), MOST_PROBLEMS)))


def refusal(found: list[Problem]) -> Refused | None:
    if not found:
        return None
    return Refused("invalid_payload", {"fields": [one._asdict() for one in found]})


def problems(spec: ActivitySpec, payload: Payload) -> Iterator[Problem]:
    match spec.type:
        case "spin_wheel":
            yield from unknown(payload, ("spin_result_index",))
            yield from claim(payload, "spin_result_index", int)
        case "quiz":
            yield from unknown(payload, ("answers", "score", "passed"))
            yield from claim(payload, "score", int, float)
            yield from claim(payload, "passed", bool)
            yield from answers(spec.questions, payload.get("answers"))
        case "poll":
            yield from unknown(payload, ("selected_option",))
            yield from choice("selected_option", payload.get("selected_option"), spec.options)
        case _:
            yield from unknown(payload, ("responses",))
            yield from responses(spec.fields, payload.get("responses"))


def unknown(given: Mapping[str, Any], known: tuple[str, ...], within: str = "") -> Iterator[Problem]:
    yield from (Problem(f"{within}{name}", "is unknown") for name in given if name not in known)


def claim(payload: Payload, name: str, *types: type) -> Iterator[Problem]:
    """What a player claims is never believed, but must be of its type."""
    if payload.get(name) is not None and type(payload[name]) not in types:
        yield Problem(name, f"must be {'a boolean' if bool in types else 'a number'}")


def answers(questions: tuple[Question, ...], given: Any) -> Iterator[Problem]:
    if not isinstance(given, list):
        yield Problem("answers", MISSING if given is None else "must be a list")
        return
    known = {question.id: question for question in questions}
    seen: set[str] = set()
    for place, answer in enumerate(given):
        yield from answered(known, f"answers[{place}]", answer, seen)


def answered(questions: Mapping[str, Question], path: str, answer: Any, seen: set[str]) -> Iterator[Problem]:
    if not isinstance(answer, dict):
        yield Problem(path, "must be an object with question_id and selected_option")
        return
    yield from unknown(answer, ("question_id", "selected_option"), f"{path}.")
    name, selected = answer.get("question_id"), answer.get("selected_option")
    question = questions.get(name) if isinstance(name, str) else None
    if question is None:
        yield Problem(f"{path}.question_id", MISSING if name is None else "is no question of this quiz")
    elif question.id in seen:
        yield Problem(f"{path}.question_id", "is answered twice")
    elif type(selected) is not int or not 0 <= selected < question.options:
        yield Problem(f"{path}.selected_option", f"must be an option of this question, 0 to {question.options - 1}")
    else:
        seen.add(question.id)


def one_of(options: tuple[str, ...]) -> str:
    """What an answer is chosen from, as far as it fits into a sentence."""
    more = " …" if len(options) > MOST_NAMED else ""
    return f"must be one of {', '.join(options[:MOST_NAMED])}{more}"


def choice(path: str, given: Any, options: tuple[str, ...]) -> Iterator[Problem]:
    if given is None:
        yield Problem(path, MISSING)
    elif given not in options:
        yield Problem(path, one_of(options))


def responses(fields: tuple[FormField, ...], given: Any) -> Iterator[Problem]:
    if not isinstance(given, dict):
        yield Problem("responses", MISSING if given is None else "must be an object")
        return
    yield from unknown(given, tuple(field.name for field in fields), "responses.")
    for field in fields:
        problem = misfit(field, given.get(field.name))
        if problem is not None:
            yield Problem(f"responses.{field.name}", problem)


def misfit(field: FormField, given: Any) -> str | None:
    """What is wrong with an answer, if something is; an empty one is none at all."""
    if given is None or given == "":
        return MISSING if field.required else None
    match field.type:
        case "text":
            fits = isinstance(given, str) and len(given) <= field.max_length
            must = f"must be text of at most {field.max_length} characters"
        case "number":
            fits, must = type(given) in {int, float}, "must be a number"
        case "boolean":
            fits, must = isinstance(given, bool), "must be true or false"
        case _:
            fits, must = given in field.options, one_of(field.options)
    return None if fits else must
