"""What is sent to the activities door and what it answers, field by field as its document has it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator

from services.gateway.activities.common import Detail, Visit
from services.gateway.route import Shown
from services.gateway.strict import check_id
from shared.ids import MessageId
from shared.messages.action import Executed
from shared.messages.activity import CompletedAnswer, Result, ValidatedAnswer
from shared.messages.activity_spec import ActivityType, Eligibility
from shared.messages.prize import Proof

AttemptId = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(check_id)]


class ValidateBody(Visit):
    activity_type: ActivityType
    payload: dict[str, Any] = Field(description="As the activity's type has it.")


class CompleteBody(Visit):
    activity_type: ActivityType
    payload: dict[str, Any] | None = Field(default=None, description="May be left out with `attempt_id`.")
    attempt_id: AttemptId | None = Field(default=None, description="Of an attempt that was validated.")

    @model_validator(mode="after")
    def _something_is_handed_in(self) -> Self:
        if self.payload is None and self.attempt_id is None:
            raise ValueError("payload: is missing; it may be left out with attempt_id")
        return self


class SpinResult(Shown):
    segment_index: int
    prize_label: str
    prize_type: str


class QuizResult(Shown):
    score: int
    maxScore: int  # noqa: N815 - the document's name
    percentage: int = Field(description="Rounded down.")
    passed: bool


class PollResult(Shown):
    selected_option: str


class NoResult(Shown):
    """Of a form or a survey: what people write is theirs."""


AnyResult = Annotated[SpinResult | QuizResult | PollResult | NoResult, Field(union_mode="left_to_right")]

_RESULT: Final[TypeAdapter[AnyResult]] = TypeAdapter(AnyResult)


def result_of(result: Result) -> AnyResult:
    """The form is told by the fields, each type of activity having its own."""
    return _RESULT.validate_python(result)


class Validated(Shown):
    valid: bool = Field(description="Whether what was claimed in the payload is so.")
    result: AnyResult
    attempt_id: MessageId


class Completed(Shown):
    success: Literal[True] = True
    actions_executed: tuple[Executed, ...]
    fact_id: str
    attempt_id: MessageId
    result: AnyResult


class Proven(Shown):
    """What is needed to check the spin, beside the segments of that version."""

    proof: Proof


class ValidatedSpin(Proven, Validated):
    pass


class CompletedSpin(Proven, Completed):
    pass


def validated(answer: ValidatedAnswer) -> Validated:
    told = Validated(valid=answer.valid, result=result_of(answer.result), attempt_id=answer.attempt_id)
    return told if answer.proof is None else ValidatedSpin(**dict(told), proof=answer.proof)


def completed(answer: CompletedAnswer) -> Completed:
    told = Completed(
        actions_executed=answer.actions,
        fact_id=answer.fact_id,
        attempt_id=answer.attempt_id,
        result=result_of(answer.result),
    )
    return told if answer.proof is None else CompletedSpin(**dict(told), proof=answer.proof)


class Eligible(Shown):
    eligible: bool
    attempts_used: int
    max_attempts: int | None
    cooldown_remaining_seconds: int

    @classmethod
    def of(cls, found: Eligibility, **more: Any) -> Self:
        return cls(**found.model_dump(), **more)


class EligibleSpin(Eligible):
    next_server_seed_hash: str = Field(description="SHA-256 of the seed that the participant's next spin is bound to.")


class Conflict(Detail):
    """`not_eligible` also tells why."""

    eligible: Literal[False] | None = None
    attempts_used: int | None = None
    max_attempts: int | None = None
    cooldown_remaining_seconds: int | None = None


class UnfitField(Shown):
    field: str
    problem: str


class Unfit(Detail):
    """What in the payload does not fit the activity."""

    fields: list[UnfitField]
