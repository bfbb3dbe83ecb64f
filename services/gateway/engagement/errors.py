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
    "no_raffle": Words(404, "NO_RAFFLE", "there is no such raffle"),
    "no_tickets": Words(409, "NO_TICKETS", "nobody has a ticket yet; the raffle stays open"),
    "raffle_full": Words(409, "LIMIT_EXCEEDED", "the raffle has at most {limit} tickets, and fewer are left"),
    "too_many_tickets": Words(400, "VALIDATION", "tickets: an entry has at most {limit}"),
    "no_mini_game": Words(404, "NO_MINI_GAME", "there is no such mini-game"),
    "no_journey": Words(404, "NO_JOURNEY", "there is no such journey"),
    "no_jackpot": Words(404, "NO_JACKPOT", "there is no such jackpot"),
    "no_entries": Words(409, "NO_ENTRIES", "nobody has contributed to this pool; name the winner"),
    "wager_conflict": Words(
        409, "IDEMPOTENCY_CONFLICT", "this source_wager_id was counted with another amount or player"
    ),
    "pool_limit": Words(409, "LIMIT_EXCEEDED", "the pool would become too large"),
    "no_tournament": Words(404, "NO_TOURNAMENT", "there is no such tournament"),
    "points_limit": Words(409, "LIMIT_EXCEEDED", "the player would have more points than can be counted exactly"),
    "not_active": Words(409, "NOT_ACTIVE", "it is not active: paused, not begun, or over"),
    "player_blocked": Words(409, "PLAYER_BLOCKED", "the player's status does not allow this: {status}"),
    "insufficient_balance": Words(402, "INSUFFICIENT_WINZ", "the balance does not cover this: {needed} {asset} needed"),
    "limit_exceeded": Words(409, "LIMIT_EXCEEDED", "the player's {limit} of {amount} {asset} leaves no room for this"),
    "balance_limit": Words(409, "LIMIT_EXCEEDED", "the balance would exceed {limit} {asset}"),
    "unknown_asset": Words(400, "VALIDATION", "there is no asset {asset}"),
    "invalid_amount": Words(400, "VALIDATION", "the amount of {asset} is not valid"),
}


def body(code: str, text: str, _: Problem) -> Mapping[str, str]:
    return {"error": text, "code": code}


DIALECT: Final = Dialect("engagement", WORDS, body)
