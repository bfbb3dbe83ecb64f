"""What the admin door says when it does not grant a request; `path` names the field that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.gateway.problem import Dialect, Problem, Words

_UNKNOWN: Final = "no answer in time, so the outcome is unknown; the same idempotency_key is safe to send again"

WORDS: Final[Mapping[str, Words]] = {
    "auth_required": Words(401, "AUTH_REQUIRED", "send `Authorization: Bearer …` with the platform's admin key"),
    "auth_invalid": Words(401, "AUTH_INVALID", "this is not the platform's admin key"),
    "tenant_suspended": Words(403, "TENANT_SUSPENDED", "this tenant is suspended"),
    "scope_denied": Words(403, "SCOPE_DENIED", "this key lacks the scope {scope}"),
    "rate_limited": Words(429, "RATE_LIMIT", "too many requests; wait as long as Retry-After says"),
    "invalid": Words(400, "VALIDATION", "the request is not valid"),
    "too_large": Words(413, "TOO_LARGE", "this is too large"),
    "no_route": Words(404, "NOT_FOUND", "there is nothing at this path"),
    "no_method": Words(405, "METHOD_NOT_ALLOWED", "this path does not take this method; Allow says which it takes"),
    "unavailable": Words(503, "SERVICE_UNAVAILABLE", "the service cannot be reached; send it again"),
    "no_answer": Words(504, "TIMEOUT", _UNKNOWN),
    "internal_error": Words(500, "INTERNAL", "this went wrong on our side and was kept for inspection"),
    "deadline_passed": Words(504, "TIMEOUT", _UNKNOWN),
    "too_many_waiting": Words(503, "SERVICE_UNAVAILABLE", "too many wait for this very answer; send it again"),
    "idempotency_conflict": Words(409, "IDEMPOTENCY_CONFLICT", "this idempotency_key was used with another body"),
    "no_tenant": Words(404, "NO_TENANT", "there is no tenant {tenant}; define it first"),
    "no_player": Words(404, "NO_PLAYER", "there is no such player"),
    "no_project": Words(404, "NO_PROJECT", "there is no such project; define it, or name another in `project`"),
    "which_project": Words(400, "VALIDATION", "project: there are several; name one of {known}"),
    "wheel_not_found_or_inactive": Words(404, "NO_WHEEL", "there is no such wheel"),
    "no_definition": Words(404, "NO_DEFINITION", "there is no {kind} {key}"),
    "player_blocked": Words(409, "PLAYER_BLOCKED", "the player's status does not allow this: {status}"),
    "insufficient_balance": Words(402, "INSUFFICIENT_BALANCE", "{needed} {asset} needed, {have} there"),
    "balance_limit": Words(409, "LIMIT_EXCEEDED", "the balance would exceed {limit} {asset}"),
    "unknown_asset": Words(400, "VALIDATION", "{path}: there is no asset {asset}; define it first"),
    "invalid_amount": Words(400, "VALIDATION", "{path}: the amount of {asset} must be 0 to 2^53"),
    "invalid_definition": Words(400, "VALIDATION", "{path}: {problem}"),
}


def body(code: str, text: str, problem: Problem) -> Mapping[str, str]:
    path = problem.path or problem.details.get("path")
    return {"error": text, "code": code, **({"path": path} if path else {})}


DIALECT: Final = Dialect("admin", WORDS, body)
