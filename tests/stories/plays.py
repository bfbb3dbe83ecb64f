"""What somebody wishes at wheels and in activities, said so that it can be said again under the same key."""

from __future__ import annotations

from typing import Any, Final

import httpx

from tests.stories.town import Town

PROJECT: Final = "parlour"
CLIENT: Final = {"x-client-id": PROJECT, "x-client-secret": f"{PROJECT}-secret"}
WON: Final = 250
PRICE: Final = 50
SURE: Final = {"type": "currency", "currency": "WINZ", "amount": WON}
ENGAGEMENT: Final = "0fe7e000-0000-4000-8000-000000000002"
OPENER: Final = "bq_test_" + 32 * "f"
SESSION: Final = "session-of-rocket"
POINTS: Final = 100
QUESTIONS: Final = [{"id": "q1", "options": 2, "right": 0}]
TOKENS: Final[dict[str, str]] = {}
"""The last token that somebody was given at each wheel."""
RIGHT: Final = {"answers": [{"question_id": "q1", "selected_option": 0}]}


async def a_wheel(town: Town, about: str, **fields: Any) -> None:
    """A wheel on which everything wins the same."""
    project = {"name": PROJECT, "client_id": PROJECT, "client_secret": f"{PROJECT}-secret", "cooldown_seconds": 0}
    segments = [{"segment_id": 1, "label": "sure", "weight": 1, "reward": SURE}]
    wheel = {"project": PROJECT, "name": about, "segments": segments, **fields}
    for kind, key, spec in (("project", PROJECT, project), ("wheel", about, wheel)):
        answer = await town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text


async def a_free_wheel(town: Town, about: str) -> None:
    await a_wheel(town, about, daily_free_spins=2)


async def a_dear_wheel(town: Town, about: str) -> None:
    await a_wheel(town, about, paid_spin={"asset": "WINZ", "amount": PRICE})


async def a_token(town: Town, about: str) -> None:
    """Somebody has spun that wheel dry."""
    await a_free_wheel(town, about)
    answer = await dry_spin(town, about, f"{about}-dry")
    assert answer.status_code == 200, answer.text
    TOKENS[about] = answer.json()["claim_token"]


async def spin(town: Town, about: str, key: str) -> httpx.Response:
    return await _at_wheel(town, f"{about}/spin", key)


async def dry_spin(town: Town, about: str, key: str) -> httpx.Response:
    return await _at_wheel(town, f"{about}/dry-spin", key)


async def claim(town: Town, about: str, key: str) -> httpx.Response:
    return await _at_wheel(town, f"{about}/claim-spin-reward", key, {"claim_token": TOKENS[about]})


async def _at_wheel(town: Town, path: str, key: str, body: dict[str, Any] | None = None) -> httpx.Response:
    wanted = {"permissions": ["client.spin_wheel"], "project": PROJECT}
    given = await town.admin.post("/admin/v1/players/rocket/access-token", json=wanted)
    assert given.status_code == 200, given.text
    headers = {**CLIENT, "Authorization": f"Bearer {given.json()['access_token']}", "Idempotency-Key": key}
    return await town.nobody.post(f"/wheels/by-key/{path}", json=body, headers=headers)


async def grant_spins(town: Town, about: str, key: str) -> httpx.Response:
    body = {"player": "rocket", "count": 3, "idempotency_key": key}
    return await town.admin.post(f"/admin/v1/wheels/{about}/bonus-spins", json=body)


async def an_engagement(town: Town, about: str) -> None:
    """What activities stand in: it pays its points in WINZ, so that a wallet shows them."""
    for kind, key, spec in (
        ("engagement", ENGAGEMENT, {"name": "fete", "points_asset": "WINZ", "per_minute": 1_000_000}),
        ("api_key", "opener", {"door": "activities", "secret": OPENER, "demo": True}),
    ):
        answer = await town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text


async def a_quiz(town: Town, about: str) -> None:
    """A quiz that brings points and a code of its own each time, and a session to take part in it."""
    await an_engagement(town, about)
    actions = [{"type": "award_points", "points": POINTS}, {"type": "award_reward", "reward": about}]
    quiz = {"engagement": ENGAGEMENT, "type": "quiz", "name": about, "questions": QUESTIONS, "actions": actions}
    for kind, spec in (("reward", {"title": about, "type": "coupon", "generated": 5}), ("activity", quiz)):
        answer = await town.put(kind, about, spec)
        assert answer.status_code == 200, answer.text
    opened = await _open(town, SESSION, f"{about}-session")
    assert opened.status_code == 201, opened.text


async def a_roulette(town: Town, about: str) -> None:
    """An activity that is a wheel, and a session to take part in it."""
    await a_quiz(town, f"{about}-quiz")
    segments = [{"label": name, "prize_type": name, "weight": 1} for name in ("red", "black")]
    spec = {"engagement": ENGAGEMENT, "type": "spin_wheel", "name": about, "segments": segments}
    answer = await town.put("activity", about, spec)
    assert answer.status_code == 200, answer.text


async def complete(town: Town, about: str, key: str) -> httpx.Response:
    return await _in_activity(town, f"{about}/complete-with-actions", key, "quiz", RIGHT)


async def validate(town: Town, about: str, key: str) -> httpx.Response:
    return await _in_activity(town, f"{about}/validate", key, "spin_wheel", {})


async def _in_activity(town: Town, path: str, key: str, type_: str, payload: dict[str, Any]) -> httpx.Response:
    visit = {"session_id": SESSION, "engagement_id": ENGAGEMENT}
    body = {**visit, "activity_type": type_, "payload": payload}
    return await town.nobody.post(f"/api/v1/activities/{path}", json=body, headers={"Idempotency-Key": key})


async def open_session(town: Town, about: str, key: str) -> httpx.Response:
    """The same whether it is said for the first time or again."""
    answer = await _open(town, f"session-{about}", key)
    return httpx.Response(200, json=answer.json()) if answer.status_code == 201 else answer


async def _open(town: Town, session: str, key: str) -> httpx.Response:
    body = {"engagement_id": ENGAGEMENT, "participant_id": "rocket", "session_id": session}
    return await town.nobody.post("/api/v1/sessions", json=body, headers={"X-API-Key": OPENER, "Idempotency-Key": key})
