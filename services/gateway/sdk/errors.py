"""What the games' doors say when they do not grant a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.gateway.problem import Dialect, Problem, Words

_AGAIN: Final = "nothing is lost: send it again with the same idempotencyKey"
_UNKNOWN: Final = "no answer in time, so the outcome is unknown; the same idempotencyKey is safe to send again"

WORDS: Final[Mapping[str, Words]] = {
    "auth_required": Words(401, "unauthenticated", "send `Authorization: Bearer <prefix>.<secret>`"),
    "auth_invalid": Words(401, "session_invalid", "this key is not known, or was revoked"),
    "player_secret_invalid": Words(401, "player_secret_invalid", "X-Player-Secret is missing or not this player's"),
    "scope_denied": Words(403, "forbidden", "this kind of key is not for this API"),
    "tenant_suspended": Words(403, "forbidden", "this game is suspended"),
    "other_game": Words(403, "tenant_mismatch", "this key is another game's"),
    "player_blocked": Words(403, "player_banned", "this player is banned"),
    "entry_requirement_failed": Words(403, "entry_requirement_failed", "the player does not meet what entry asks for"),
    "inventory_not_permissive": Words(403, "inventory_not_permissive", "players of this game cannot give themselves"),
    "insufficient_entry_cost": Words(
        402, "insufficient_entry_cost", "not enough {resource} to enter — need {needed}, have {have}"
    ),
    "rate_limited": Words(429, "rate_limited", "too many requests; wait as long as Retry-After says"),
    "too_many_starts": Words(429, "rate_limited", "too many starts of this player are under way"),
    "max_attempts_reached": Words(429, "max_attempts_reached", "no attempt is left in this window"),
    "max_daily_attempts_reached": Words(429, "max_daily_attempts_reached", "no attempt is left today"),
    "invalid": Words(400, "validation_failed", "the request is not valid"),
    "invalid_metric": Words(400, "invalid_metric", "a metric is not one of the event's, or none was named"),
    "score_out_of_range": Words(400, "validation_failed", "this would exceed what can be counted"),
    "unknown_entry": Words(400, "invalid_metric", "there is no such currency, item or crate"),
    "invalid_grant": Words(400, "validation_failed", "this cannot be granted: {problem}"),
    "invalid_amount": Words(400, "validation_failed", "the amount is not valid"),
    "too_many_players": Words(400, "validation_failed", "the lobby has at most {capacity} seats"),
    "unknown_segment": Words(400, "validation_failed", "the leaderboard has no segment {segment}"),
    "too_large": Words(413, "payload_too_large", "the body is too large; at most {limit} bytes"),
    "no_route": Words(404, "not_found", "there is nothing at this path"),
    "no_method": Words(405, "method_not_allowed", "this path does not take this method; Allow says which it takes"),
    "no_player": Words(404, "not_found", "there is no such player"),
    "no_event": Words(404, "not_found", "there is no such event"),
    "no_attempt": Words(404, "not_found", "there is no such attempt"),
    "no_board": Words(404, "not_found", "there is no such leaderboard"),
    "no_lobby": Words(404, "not_found", "there is no such lobby"),
    "no_grant": Words(404, "not_found", "there is no such grant"),
    "unknown_asset": Words(404, "not_found", "there is no such currency or item"),
    "event_disabled": Words(409, "event_disabled", "the event is disabled"),
    "no_active_window": Words(409, "no_active_window", "the event has no active window now"),
    "attempt_finished": Words(409, "attempt_finished", "this attempt is finished"),
    "player_already_registered": Words(409, "player_already_registered", "this player has a secret already"),
    "idempotency_conflict": Words(409, "idempotency_conflict", "this idempotencyKey was used with another body"),
    "insufficient_balance": Words(409, "conflict", "the player does not have that much"),
    "balance_limit": Words(409, "conflict", "the player would have more than can be counted"),
    "limit_exceeded": Words(409, "conflict", "the player's daily limit leaves no room for this"),
    "grant_expired": Words(409, "conflict", "this grant has expired"),
    "grant_is_crate": Words(409, "conflict", "a crate is opened, not claimed"),
    "grant_is_no_crate": Words(409, "conflict", "only a crate is opened"),
    "crate_unknown": Words(409, "conflict", "nothing is known to be in this crate"),
    "not_lobby_matched": Words(409, "conflict", "the event has no lobbies"),
    "no_leaderboard": Words(503, "no_leaderboard", "the leaderboard is not there yet; ask again"),
    "unavailable": Words(503, "service_unavailable", f"the service cannot be reached; {_AGAIN}"),
    "too_many_waiting": Words(503, "service_unavailable", f"too many wait for this very answer; {_AGAIN}"),
    "no_answer": Words(504, "timeout", _UNKNOWN),
    "deadline_passed": Words(504, "timeout", _UNKNOWN),
    "internal_error": Words(500, "internal_error", "this went wrong on our side and was kept for inspection"),
}

DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "insufficient_entry_cost": ("resource", "needed", "have"),
    "invalid_metric": ("metric",),
    "unknown_entry": ("key",),
    "too_large": ("limit",),
}
"""What a refusal tells beside code and message."""


def body(code: str, text: str, problem: Problem) -> Mapping[str, Any]:
    details = {name: problem.details[name] for name in DETAILS.get(problem.code, ()) if name in problem.details}
    if problem.path is not None:
        details["path"] = problem.path
    return {"error": {"code": code, "message": text} | ({"details": details} if details else {})}


DIALECT: Final = Dialect("sdk", WORDS, body)
