"""What a page does at the activities door, over the demo world, and what it needs of the world to be tried out."""

from __future__ import annotations

from typing import Any, Final

import httpx

from shared.cli.up import demo_world
from shared.cli.world import read_world
from tests.stories.town import Town

ENGAGEMENT: Final = "550e8400-e29b-41d4-a716-446655440000"
SESSION: Final = "sess_abc123"
API_KEY: Final = {"X-API-Key": "bq_test_" + "a" * 32}
RIGHT: Final = {"q1": 2, "q2": 0, "q3": 1}
"""What the demo world's quizzes want to hear."""
ANSWERS: Final = {"answers": [{"question_id": "q1", "selected_option": 2}, {"question_id": "q2", "selected_option": 0}]}
"""Of the document: two of three."""
BLANK: Final = {"label": "Try again", "prize_type": "none", "weight": 1}


async def settle_demo(town: Town) -> None:
    """Everything that the demo world has, put as `fairground apply` would."""
    for document in read_world(demo_world()):
        path = f"/admin/v1/definitions/{document.kind}/{document.key}"
        headers = {"X-Tenant": document.tenant} if document.tenant else {}
        answer = await town.admin.put(path, json={"spec": document.spec}, headers=headers)
        assert answer.status_code == 200, (document.title, answer.text)


class Page:
    """Somebody's browser, with a session."""

    def __init__(self, town: Town, session: str = SESSION, engagement: str = ENGAGEMENT) -> None:
        self.town, self.session, self.engagement = town, session, engagement

    @property
    def visit(self) -> dict[str, Any]:
        return {"session_id": self.session, "engagement_id": self.engagement}

    async def validate(
        self, activity: str, payload: dict[str, Any], type_: str = "spin_wheel", key: str | None = None
    ) -> httpx.Response:
        body = self.visit | {"activity_type": type_, "payload": payload}
        return await self._post(f"/api/v1/activities/{activity}/validate", body, key)

    async def complete(
        self,
        activity: str,
        payload: dict[str, Any] | None = None,
        type_: str = "quiz",
        key: str | None = None,
        attempt_id: str | None = None,
    ) -> httpx.Response:
        body = self.visit | {"activity_type": type_}
        body |= {} if payload is None else {"payload": payload}
        body |= {} if attempt_id is None else {"attempt_id": attempt_id}
        return await self._post(f"/api/v1/activities/{activity}/complete-with-actions", body, key)

    async def eligibility(self, activity: str) -> dict[str, Any]:
        answer = await self.get(f"/api/v1/activities/{activity}/eligibility")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def points(self) -> dict[str, Any]:
        answer = await self._post("/api/v1/points/balance", self.visit, None)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.town.nobody.get(path, params=self.visit | more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self._post(path, self.visit | more, None)

    async def _post(self, path: str, body: dict[str, Any], key: str | None) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.town.nobody.post(path, json=body, headers=headers)


async def session_of(town: Town, participant: str, **more: Any) -> Page:
    """A page for whom the operator's program has opened a session."""
    body = {"engagement_id": ENGAGEMENT, "participant_id": participant} | more
    answer = await town.nobody.post("/api/v1/sessions", json=body, headers=API_KEY)
    assert answer.status_code == 201, answer.text
    return Page(town, answer.json()["session_id"], body["engagement_id"])


async def put_quiz(town: Town, key: str, *actions: dict[str, Any], **more: Any) -> None:
    """A quiz like quiz-1, without an end to its attempts, that brings this."""
    questions = [{"id": id_, "options": 4, "right": right} for id_, right in RIGHT.items()]
    spec = {"engagement": ENGAGEMENT, "type": "quiz", "name": key, "questions": questions, "pass_at": 50}
    answer = await town.put("activity", key, spec | {"actions": list(actions)} | more)
    assert answer.status_code == 200, answer.text
