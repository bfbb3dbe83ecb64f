"""A wheel that sells spins, a quiz that brings points and codes, and runs that cost and bring something."""

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
GAME: Final = "sweepKey." + 43 * "k"
ENTRY: Final = 4
GIFT: Final = [{"type": "currency", "asset": "WINZ", "amount": 9}]
RUN: Final = {
    "name": "Sweep",
    "metrics": [{"key": "distance"}],
    "windows": {"mode": "fixed", "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z"},
}
DEAR_RUN: Final = {**RUN, "entry_cost": {"currencies": [{"key": "WINZ", "amount": ENTRY}]}}
MILESTONES: Final = [
    {"key": f"m{number}", "metric": "distance", "threshold": number, "entries": GIFT} for number in range(1, 51)
]
DEFINITIONS: Final = (
    ("project", "sweep", PROJECT),
    ("wheel", "sweep", WHEEL),
    ("engagement", ENGAGEMENT, {"name": "Sweep", "points_asset": "WINZ", "per_minute": 1_000_000}),
    ("api_key", "sweep", {"door": "activities", "secret": OPENER["X-API-Key"], "demo": True}),
    ("reward", "sweep", {"title": "Sweep", "type": "coupon", "generated": 1_000}),
    ("activity", "sweep", QUIZ),
    ("api_key", "sweep-game", {"door": "sdk_client", "secret": GAME, "demo": True}),
    ("event", "dear-run", DEAR_RUN),
    ("event", "rich-run", {**RUN, "milestones": MILESTONES}),
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


class Runner:
    """A player of events, at a game's client."""

    def __init__(self, town: Town, player: str) -> None:
        """Register, and begin the attempt that all progress is about."""
        self._town, self._path = town, f"{town.gateway}/sdk/v1/players/{player}"
        self._secret = self._post("register", "first").json()["data"]["secret"]
        self._attempt = self._post("events/rich-run/start", "first").json()["data"]["attempt"]["id"]

    def start(self, key: str) -> httpx.Response:
        """An attempt that costs something."""
        return self._post("events/dear-run/start", key)

    def progress(self, key: str) -> httpx.Response:
        """One step further, which is a milestone."""
        path = f"events/rich-run/attempts/{self._attempt}/progress"
        return self._post(path, key, mode="increment", metricValue=1)

    def _post(self, path: str, key: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {GAME}", "X-Player-Secret": getattr(self, "_secret", "")}
        whole = {"idempotencyKey": key, **body}
        return httpx.post(f"{self._path}/{path}", json=whole, headers=headers, timeout=30)
