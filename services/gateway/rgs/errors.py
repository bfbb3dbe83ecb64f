"""What the games' door says when it does not grant a request: where to look, what it is, and a line for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from services.gateway.problem import Dialect, Problem, Words

Category = Literal[
    "ERROR_CATEGORY_VALIDATION", "ERROR_CATEGORY_OPERATOR", "ERROR_CATEGORY_ROUND", "ERROR_CATEGORY_INTERNAL"
]
VALIDATION: Final[Category] = "ERROR_CATEGORY_VALIDATION"
OPERATOR: Final[Category] = "ERROR_CATEGORY_OPERATOR"
ROUND: Final[Category] = "ERROR_CATEGORY_ROUND"
INTERNAL: Final[Category] = "ERROR_CATEGORY_INTERNAL"

INITIALIZING: Final = "round_initializing"
"""The one code that stands on the wire as it is."""
_AGAIN: Final = "nothing is lost: send it again with the same Idempotency-Key"
_UNKNOWN: Final = "no answer in time, so the outcome is unknown; the same Idempotency-Key is safe to send again"


class _Row(NamedTuple):
    category: Category
    status: int
    code: str
    """Without `ERROR_CODE_`."""
    text: str


_ROWS: Final[Mapping[str, _Row]] = {
    "auth_required": _Row(OPERATOR, 401, "INVALID_SIGNATURE", "send X-Operator-ID, X-Timestamp and X-HMAC-SHA256"),
    "auth_invalid": _Row(OPERATOR, 401, "INVALID_SIGNATURE", "this is not what the operator would sign"),
    "token_required": _Row(OPERATOR, 401, "SESSION_EXPIRED", "send `Authorization: Bearer <sessionToken>`"),
    "session_expired": _Row(OPERATOR, 401, "SESSION_EXPIRED", "this token is not good any more; launch again"),
    "no_session": _Row(OPERATOR, 401, "SESSION_EXPIRED", "this token is not good any more; launch again"),
    "session_refreshed": _Row(OPERATOR, 409, "TOKEN_ALREADY_REFRESHED", "use the token that was given in its place"),
    "tenant_suspended": _Row(OPERATOR, 403, "OPERATOR_DISABLED", "this operator is suspended"),
    "scope_denied": _Row(OPERATOR, 403, "OPERATOR_DISABLED", "this is not for this caller"),
    "rate_limited": _Row(OPERATOR, 429, "RATE_LIMITED", "too many requests; wait as long as Retry-After says"),
    "invalid": _Row(VALIDATION, 400, "INVALID_MESSAGE", "the request is not valid"),
    "too_large": _Row(VALIDATION, 413, "INVALID_MESSAGE", "the body is too large; at most {limit} bytes"),
    "no_route": _Row(VALIDATION, 404, "NOT_FOUND", "there is nothing at this path"),
    "no_method": _Row(VALIDATION, 405, "METHOD_NOT_ALLOWED", "Allow says which methods this path takes"),
    "invalid_amount": _Row(VALIDATION, 400, "INVALID_AMOUNT", "this amount cannot be staked"),
    "invalid_param": _Row(VALIDATION, 400, "INVALID_PARAM", "{path}: {problem}"),
    "param_out_of_range": _Row(VALIDATION, 400, "PARAM_OUT_OF_RANGE", "{path}: {problem}"),
    "invalid_request_type": _Row(VALIDATION, 400, "INVALID_REQUEST_TYPE", "this cannot be done in this game, or now"),
    "idempotency_conflict": _Row(
        VALIDATION, 409, "IDEMPOTENCY_CONFLICT", "this Idempotency-Key was used for another wish"
    ),
    "unknown_game": _Row(VALIDATION, 400, "INVALID_PARAM", "gameCode: no such game, or not for this operator"),
    "no_game": _Row(OPERATOR, 409, "GAME_NOT_AVAILABLE", "this game cannot be played at the moment"),
    "no_currency": _Row(OPERATOR, 400, "WRONG_CURRENCY", "currency: not one that this operator plays in"),
    "wrong_currency": _Row(OPERATOR, 400, "WRONG_CURRENCY", "the player's account is in another currency"),
    "country_refused": _Row(OPERATOR, 403, "COUNTRY_NOT_ALLOWED", "countryCode: nobody may play from there"),
    "insufficient_balance": _Row(OPERATOR, 402, "INSUFFICIENT_FUNDS", "the balance is too low"),
    "player_blocked": _Row(OPERATOR, 403, "PLAYER_DISABLED", "the player may not play"),
    "no_player": _Row(OPERATOR, 403, "PLAYER_DISABLED", "there is no such player"),
    "limit_exceeded": _Row(OPERATOR, 409, "OPERATOR_REJECTED", "the player's {limit} leaves no room for this"),
    "operator_rejected": _Row(OPERATOR, 409, "OPERATOR_REJECTED", "the operator's wallet refused"),
    "debit_failed": _Row(
        OPERATOR, 409, "DEBIT_FAILED", "the operator's wallet did not answer; the round is void and the stake returned"
    ),
    "operator_unavailable": _Row(OPERATOR, 503, "OPERATOR_UNAVAILABLE", "the operator's wallet does not answer"),
    "active_round_exists": _Row(ROUND, 409, "ACTIVE_ROUND_EXISTS", "a round is open at this table; finish it first"),
    "round_closed": _Row(ROUND, 409, "ROUND_CLOSED", "this round is over"),
    "round_voided": _Row(ROUND, 409, "ROUND_VOIDED", "this round never counted"),
    "round_not_found": _Row(ROUND, 404, "ROUND_NOT_FOUND", "there is no such round here"),
    "pair_not_found": _Row(VALIDATION, 404, "SEED_NOT_FOUND", "there is no such pair of seeds here"),
    "pair_not_retired": _Row(VALIDATION, 409, "SEED_NOT_RETIRED", "this pair of seeds is still in use; rotate first"),
    INITIALIZING: _Row(ROUND, 503, INITIALIZING, "a bet is still being settled; ask again shortly"),
    "unavailable": _Row(INTERNAL, 503, "UNAVAILABLE", f"the service cannot be reached; {_AGAIN}"),
    "too_many_waiting": _Row(INTERNAL, 503, "UNAVAILABLE", f"too many wait for this very answer; {_AGAIN}"),
    "no_answer": _Row(INTERNAL, 504, "TIMEOUT", _UNKNOWN),
    "deadline_passed": _Row(INTERNAL, 504, "TIMEOUT", _UNKNOWN),
    "internal_error": _Row(INTERNAL, 500, "INTERNAL", "this went wrong on our side and was kept for inspection"),
}

WORDS: Final[Mapping[str, Words]] = {
    code: Words(row.status, row.code if code == INITIALIZING else f"ERROR_CODE_{row.code}", row.text)
    for code, row in _ROWS.items()
}


def body(code: str, text: str, problem: Problem) -> Mapping[str, str]:
    """What an operator told its player comes before what we would say of it."""
    row, told = _ROWS[problem.code], problem.details.get("message")
    return {"category": row.category, "code": code, "message": told if isinstance(told, str) and told else text}


DIALECT: Final = Dialect("rgs", WORDS, body)
