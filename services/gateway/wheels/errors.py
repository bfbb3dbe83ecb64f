"""What the wheels' door says when it does not grant a request: one word for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.gateway.problem import Dialect, Problem, Words

WORDS: Final[Mapping[str, Words]] = {
    "auth_required": Words(401, "missing_client_credentials", "send x-client-id and x-client-secret"),
    "auth_invalid": Words(401, "invalid_client_credentials", "no project has these credentials"),
    "token_required": Words(401, "missing_access_token", "send `Authorization: Bearer …`"),
    "token_invalid": Words(401, "invalid_access_token", "this is no token for this project"),
    "token_expired": Words(401, "access_token_expired", "log in again"),
    "login_refused": Words(401, "invalid_username_or_password", "one of the two is wrong"),
    "tenant_suspended": Words(403, "tenant_suspended", "this tenant is suspended"),
    "scope_denied": Words(403, "missing_permission", "this token lacks {scope}"),
    "player_blocked": Words(403, "player_blocked", "the player's status does not allow this"),
    "rate_limited": Words(429, "rate_limited", "wait as long as Retry-After says"),
    "cooldown_active": Words(429, "cooldown_active", "wait as long as Retry-After says"),
    "invalid": Words(400, "invalid_request", "the request is not valid"),
    "too_large": Words(413, "request_too_large", "the body is too large"),
    "no_route": Words(404, "not_found", "there is nothing at this path"),
    "no_method": Words(405, "method_not_allowed", "Allow says which methods this path takes"),
    "no_player": Words(404, "player_not_found", "the token's player does not exist"),
    "wheel_not_found_or_inactive": Words(404, "wheel_not_found_or_inactive", "no such wheel"),
    "pending_spin_not_found": Words(404, "pending_spin_not_found", "nothing waits for this token here"),
    "no_spins_available": Words(402, "no_spins_available", "nothing is free, and none are sold"),
    "insufficient_currency_for_spin": Words(402, "insufficient_currency_for_spin", "the balance is too low"),
    "pending_spin_already_claimed": Words(409, "pending_spin_already_claimed", "this token was shown before"),
    "idempotency_conflict": Words(409, "idempotency_conflict", "this Idempotency-Key was used for another wish"),
    "limit_exceeded": Words(409, "limit_exceeded", "the player's daily limit leaves no room for this"),
    "balance_limit": Words(409, "balance_limit", "the balance would become too large"),
    "unknown_asset": Words(409, "currency_not_available", "the currency of the price is not defined any more"),
    "wheel_has_no_segments": Words(400, "wheel_has_no_segments", "nothing stands on this wheel"),
    "wheel_probability_misconfigured": Words(500, "wheel_probability_misconfigured", "the operator must mend it"),
    "unavailable": Words(503, "service_unavailable", "send it again with the same Idempotency-Key"),
    "too_many_waiting": Words(503, "service_unavailable", "send it again with the same Idempotency-Key"),
    "no_answer": Words(504, "timeout", "the outcome is unknown; the same Idempotency-Key is safe to send again"),
    "deadline_passed": Words(504, "timeout", "the outcome is unknown; the same Idempotency-Key is safe to send again"),
    "internal_error": Words(500, "internal_error", "this went wrong on our side and was kept for inspection"),
}


def body(code: str, text: str, problem: Problem) -> Mapping[str, str]:
    """The reason alone; of a request that cannot be read also what is wrong with it and where."""
    return {"detail": f"{code}: {text}" if problem.code == "invalid" else code}


DIALECT: Final = Dialect("wheels", WORDS, body)
