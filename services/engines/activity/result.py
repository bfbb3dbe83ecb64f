"""What an attempt comes to: a spin is drawn, a quiz is scored, everything else is what was handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.messages.activity import Payload, Result
from shared.messages.activity_spec import ActivitySpec, SpinSegment

CLAIMS = {"spin_result_index": "segment_index", "score": "score", "passed": "passed"}
"""What a player may claim, and the field of the result that says how it really is."""


def result_of(spec: ActivitySpec, payload: Payload) -> Result:
    """What this comes to where no chance is needed."""
    match spec.type:
        case "quiz":
            return scored(spec, payload["answers"])
        case "poll":
            return {"selected_option": payload["selected_option"]}
        case _:
            return {}


def scored(spec: ActivitySpec, answers: list[Mapping[str, Any]]) -> Result:
    """The points of the right answers; a question that is not answered is answered wrong."""
    given = {answer["question_id"]: answer["selected_option"] for answer in answers}
    score = sum(question.points for question in spec.questions if given.get(question.id) == question.right)
    most = sum(question.points for question in spec.questions)
    percentage = 100 * score // most
    return {"score": score, "maxScore": most, "percentage": percentage, "passed": percentage >= spec.pass_at}


def spun(index: int, segment: SpinSegment) -> Result:
    """What a spin comes to that stops at this segment."""
    return {"segment_index": index, "prize_label": segment.label, "prize_type": segment.prize_type}


def passed(result: Result) -> bool:
    """Only a quiz can be failed."""
    return result.get("passed") is not False


def is_so(payload: Payload, result: Result) -> bool:
    """Whether everything that the player claims is as it really is; who claims nothing claims nothing wrong."""
    claimed = ((payload.get(claim), result.get(field)) for claim, field in CLAIMS.items())
    return all(claim is None or claim == true for claim, true in claimed)
