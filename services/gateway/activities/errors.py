"""What the activities door says when it does not grant a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.gateway.problem import Dialect, Problem, Words

_AGAIN: Final = "nothing is lost: send it again with the same Idempotency-Key"
_UNKNOWN: Final = "no answer in time, so the outcome is unknown; the same Idempotency-Key is safe to send again"

WORDS: Final[Mapping[str, Words]] = {
    "auth_required": Words(401, "auth_required", "send `X-API-Key: bq_…`"),
    "auth_invalid": Words(401, "auth_invalid", "this key is not known, or was revoked"),
    "session_invalid": Words(401, "session_invalid", "this session is not known in this engagement"),
    "session_expired": Words(401, "session_expired", "this session has expired"),
    "tenant_suspended": Words(403, "tenant_suspended", "this tenant is suspended"),
    "scope_denied": Words(403, "scope_denied", "this key lacks the scope {scope}"),
    "rate_limited": Words(429, "rate_limited", "too many requests; wait as long as Retry-After says"),
    "invalid": Words(400, "invalid_request", "the request is not valid"),
    "too_large": Words(413, "too_large", "the body is too large; at most {limit} bytes"),
    "no_route": Words(404, "not_found", "there is nothing at this path"),
    "no_method": Words(405, "method_not_allowed", "this path does not take this method; Allow says which it takes"),
    "unavailable": Words(503, "unavailable", f"the service cannot be reached; {_AGAIN}"),
    "no_answer": Words(504, "timeout", _UNKNOWN),
    "internal_error": Words(500, "internal_error", "this went wrong on our side and was kept for inspection"),
    "deadline_passed": Words(504, "timeout", _UNKNOWN),
    "too_many_waiting": Words(503, "unavailable", f"too many wait for this very answer; {_AGAIN}"),
    "idempotency_conflict": Words(409, "idempotency_conflict", "this Idempotency-Key was used with another body"),
    "no_engagement": Words(404, "engagement_not_found", "there is no such engagement"),
    "session_taken": Words(409, "session_taken", "this session id is another participant's or engagement's"),
    "no_activity": Words(404, "activity_not_found", "there is no such activity in this engagement"),
    "no_attempt": Words(404, "attempt_not_found", "there is no such attempt"),
    "no_player": Words(404, "participant_not_found", "there is no such participant"),
    "player_blocked": Words(409, "participant_blocked", "the participant's status does not allow this: {status}"),
    "not_active": Words(409, "not_active", "it is not active: the activity or its engagement is paused"),
    "not_eligible": Words(409, "not_eligible", "no attempt is left, or the cooldown is not over"),
    "attempt_in_progress": Words(409, "attempt_in_progress", "another attempt is being completed; try again"),
    "reward_exhausted": Words(409, "reward_exhausted", "no code is left of this reward; nothing was executed"),
    "invalid_payload": Words(422, "validation", "the payload does not fit the activity"),
}

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "not_eligible": ("eligible", "attempts_used", "max_attempts", "cooldown_remaining_seconds"),
    "invalid_payload": ("fields",),
}
"""What a refusal tells beside its text and code."""


def body(code: str, text: str, problem: Problem) -> Mapping[str, Any]:
    told = {name: problem.details[name] for name in FIELDS.get(problem.code, ()) if name in problem.details}
    return {"detail": text, "code": code, **told}


DIALECT: Final = Dialect("activities", WORDS, body)
