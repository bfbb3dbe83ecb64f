"""What every route of the activities door shares: how it is asked, and what can go wrong."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Security
from fastapi.security import APIKeyHeader
from pydantic import AfterValidator, BaseModel, Field

from services.gateway.here import Here
from services.gateway.route import Shown, Strict
from services.gateway.strict import check_id
from shared.ids import ActivityId
from shared.messages.envelope import LONGEST_KEY

PREFIX: Final = "/api/v1"
TAGS: Final = ["activities"]
CREATED: Final = 201
OPENS_SESSIONS: Final = "sessions:write"

READ: Final = (400, 401, 403, 429, 500, 503)
WRITE: Final = (400, 401, 403, 409, 413, 429, 500, 503, 504)

_FIGURES: Final = {
    "X-RateLimit-Limit": "How many requests may come at once.",
    "X-RateLimit-Remaining": "How many more may come right now.",
    "X-RateLimit-Reset": "When as many may come at once as ever, in seconds since 1970 (UTC).",
}
FIGURES: Final = {
    name: {"description": words, "required": True, "schema": {"type": "integer"}} for name, words in _FIGURES.items()
}
"""The headers of every answer, for the document."""


def visitor() -> None:
    """For the document alone: a session is no header, and is looked up once everything is read."""


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=LONGEST_KEY,
            pattern=r"^[A-Za-z0-9_\-:.]+$",
            description="The same key again repeats the first answer and does nothing.",
        ),
    ] = None,
) -> None:
    """For the document alone: `Here.idempotency_key` reads this header."""


key = APIKeyHeader(name="X-API-Key", scheme_name="activities", description="`bq_live_…` or `bq_test_…`")

Visits = Annotated[Here, Security(visitor)]
OpensSessions = Annotated[Here, Security(key, scopes=[OPENS_SESSIONS])]
REPEATABLE: Final = Depends(idempotency_key)

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
SessionId = Annotated[
    str,
    Field(min_length=8, max_length=128, description="A secret that nobody can guess: whoever has it is let in."),
    AfterValidator(check_id),
]
EngagementKey = Annotated[Id, Field(description="The engagement's uuid.")]
ActivityPath = Annotated[ActivityId, Path(alias="activityId", min_length=1, max_length=128)]


class Detail(Shown):
    """What the door answers where a request is not granted."""

    detail: str = Field(description="For people.")
    code: str = Field(description="For programs.")


class Visit(Strict):
    """Whose request it is: of a participant, who has a session in an engagement."""

    session_id: SessionId
    engagement_id: EngagementKey


def answers(status: int, *refusals: int, **others: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The statuses that a route documents, each with its headers.

    Args:
        status: the good one.
        refusals: those with the door's usual body.
        others: those with a body of their own, as `s422=Unfit`.
    """
    told: dict[int | str, dict[str, Any]] = {status: {"headers": FIGURES}}
    told |= {refusal: {"model": Detail, "headers": FIGURES} for refusal in refusals}
    return told | {int(name[1:]): {"model": model, "headers": FIGURES} for name, model in others.items()}
