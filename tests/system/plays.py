"""A wheel that sells spins and a quiz that brings points and codes, for players of real processes."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.system.town import ADMIN, Town

PRICE: Final = 5
WON: Final = 25
POINTS: Final = 10
CLIENT: Final = {"x-client-id": "sweep", "x-client-secret": "sweep-secret"}
ENGAGEMENT: Final = "0fe7e000-0000-4000-8000-000000000003"
OPENER: Final = {"X-API-Key": "bq_test_" + 32 * "e"}
SURE: Final = {"type": "currency", "currency": "WINZ", "amount": WON}
PROJECT: Final = {"name": "Sweep", "client_id": "sweep", "client_secret": "sweep-secret", "cooldown_seconds": 0}
WHEEL: Final = {
    "project": "sweep",
    "name": "Sweep",
    "paid_spin": {"asset": "WINZ", "amount": PRICE},
    "segments": [{"segment_id": 1, "label": "sure", "probability": "1", "reward": SURE}],
}
QUIZ: Final = {
    "engagement": ENGAGEMENT,
    "type": "quiz",
    "name": "Sweep",
    "questions": [{"id": "q1", "options": 2, "right": 0}],
    "actions": [{"type": "award_points", "points": POINTS}, {"type": "award_reward", "reward": "sweep"}],
}
DEFINITIONS: Final = (
    ("project", "sweep", PROJECT),
    ("wheel", "sweep", WHEEL),
    ("engagement", ENGAGEMENT, {"name": "Sweep", "points_asset": "WINZ", "per_minute": 1_000_000}),
    ("api_key", "sweep", {"door": "activities", "secret": OPENER["X-API-Key"], "demo": True}),
    ("reward", "sweep", {"title": "Sweep", "type": "coupon", "generated": 1_000}),
    ("activity", "sweep", QUIZ),
)


def settle(town: Town, player: str) -> None:
    """Configure both, and let the player in."""
    for kind, key, spec in DEFINITIONS:
        path = f"{town.gateway}/admin/v1/definitions/{kind}/{key}"
        put = httpx.put(path, json={"spec": spec}, headers={**ADMIN, "X-Tenant": "starlight"}, timeout=30)
        assert put.status_code == 200, put.text
    body = {"engagement_id": ENGAGEMENT, "participant_id": player, "session_id": f"session-of-{player}"}
    opened = httpx.post(f"{town.gateway}/api/v1/sessions", json=body, headers=OPENER, timeout=30)
    assert opened.status_code == 201, opened.text


def spin(town: Town, player: str, key: str) -> httpx.Response:
    """A spin that costs something and always wins the same."""
    path, wanted = f"{town.gateway}/admin/v1/players/{player}/access-token", {"permissions": ["client.spin_wheel"]}
    given = httpx.post(path, json={**wanted, "project": "sweep"}, headers=ADMIN, timeout=30)
    assert given.status_code == 200, given.text
    headers = {**CLIENT, "Authorization": f"Bearer {given.json()['access_token']}", "Idempotency-Key": key}
    return httpx.post(f"{town.gateway}/wheels/by-key/sweep/spin", headers=headers, timeout=30)


def complete(town: Town, player: str, key: str) -> httpx.Response:
    """A quiz that is passed and brings points and a code of its own."""
    visit = {"session_id": f"session-of-{player}", "engagement_id": ENGAGEMENT, "activity_type": "quiz"}
    body: dict[str, Any] = {**visit, "payload": {"answers": [{"question_id": "q1", "selected_option": 0}]}}
    path = f"{town.gateway}/api/v1/activities/sweep/complete-with-actions"
    return httpx.post(path, json=body, headers={"Idempotency-Key": key}, timeout=30)
