"""What the engagement door says when it does not grant a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.gateway.problem import Dialect, Problem, Words

_AGAIN: Final = "nothing is lost: send it again with the same idempotency_key"
_UNKNOWN: Final = "no answer in time, so the outcome is unknown; the same idempotency_key is safe to send again"

WORDS: Final[Mapping[str, Words]] = {
    "auth_required": Words(401, "AUTH_REQUIRED", "send `Authorization: Bearer wsk_…`"),
    "auth_invalid": Words(401, "AUTH_INVALID", "this key is not known, or was revoked"),
    "tenant_suspended": Words(403, "TENANT_SUSPENDED", "this tenant is suspended"),
    "scope_denied": Words(403, "SCOPE_DENIED", "this key lacks the scope {scope}"),
    "rate_limited": Words(429, "RATE_LIMIT", "too many requests; wait as long as Retry-After says"),
    "invalid": Words(400, "VALIDATION", "the request is not valid"),
    "too_large": Words(413, "TOO_LARGE", "the body is too large; at most {limit} bytes"),
    "no_route": Words(404, "NOT_FOUND", "there is nothing at this path"),
    "no_method": Words(405, "METHOD_NOT_ALLOWED", "this path does not take this method; Allow says which it takes"),
    "unavailable": Words(503, "SERVICE_UNAVAILABLE", f"the service cannot be reached; {_AGAIN}"),
    "no_answer": Words(504, "TIMEOUT", _UNKNOWN),
    "internal_error": Words(500, "INTERNAL", "this went wrong on our side and was kept for inspection"),
    "deadline_passed": Words(504, "TIMEOUT", _UNKNOWN),
    "too_many_waiting": Words(503, "SERVICE_UNAVAILABLE", f"too many wait for this very answer; {_AGAIN}"),
    "idempotency_conflict": Words(409, "IDEMPOTENCY_CONFLICT", "this idempotency_key was used with another body"),
    "no_player": Words(404, "NO_PLAYER", "there is no such player"),
    "no_lootbox": Words(404, "NO_LOOTBOX", "there is no such lootbox"),
    "not_active": Words(409, "NOT_ACTIVE", "it is paused"),
    "player_blocked": Words(409, "PLAYER_BLOCKED", "the player's status does not allow this: {status}"),
    "insufficient_balance": Words(402, "INSUFFICIENT_WINZ", "the balance does not cover this: {needed} {asset} needed"),
    "balance_limit": Words(409, "LIMIT_EXCEEDED", "the balance would exceed {limit} {asset}"),
    "unknown_asset": Words(400, "VALIDATION", "there is no asset {asset}"),
    "invalid_amount": Words(400, "VALIDATION", "the amount of {asset} is not valid"),
}


def body(code: str, text: str, _: Problem) -> Mapping[str, str]:
    return {"error": text, "code": code}


DIALECT: Final = Dialect("engagement", WORDS, body)
