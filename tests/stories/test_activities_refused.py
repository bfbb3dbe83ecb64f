"""Whatever is wrong at the activities door is told in its own words, is never our fault, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import orjson
import pytest

from tests.stories.pages import ANSWERS, API_KEY, ENGAGEMENT, SESSION, Page, put_quiz, session_of
from tests.stories.town import KEY

pytestmark = pytest.mark.postgres

QUIZ: Final = "/api/v1/activities/quiz-1"
VALIDATE: Final = f"POST {QUIZ}/validate"
COMPLETE: Final = f"POST {QUIZ}/complete-with-actions"
ELIGIBILITY: Final = f"GET {QUIZ}/eligibility"
OPEN: Final = "POST /api/v1/sessions"
VISIT: Final = {"session_id": SESSION, "engagement_id": ENGAGEMENT}
ASKED: Final = f"?session_id={SESSION}&engagement_id={ENGAGEMENT}"
WISH: Final = VISIT | {"activity_type": "quiz", "payload": ANSWERS}
PARTICIPANT: Final = {"engagement_id": ENGAGEMENT, "participant_id": "rocket"}
FOREIGN: Final = "7f3b6f0f-6a11-4d4a-a716-446655440000"


class Bad(NamedTuple):
    """One request and the answer it must get."""

    what: str
    request: str
    body: Any
    status: int
    code: str
    headers: Mapping[str, str] = MappingProxyType({})


def nested(levels: int) -> list[Any]:
    """As deep as it can be read at the door, but not with a command around it."""
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return found


def without(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in body.items() if field != name}


BAD: Final = [
    Bad("no body",             VALIDATE, b"",                                         400, "invalid_request"),
    Bad("malformed JSON",      VALIDATE, b'{"session_id":',                           400, "invalid_request"),
    Bad("not an object",       VALIDATE, b"[]",                                       400, "invalid_request"),
    Bad("no session",          VALIDATE, without(WISH, "session_id"),                 400, "invalid_request"),
    Bad("no engagement",       VALIDATE, without(WISH, "engagement_id"),              400, "invalid_request"),
    Bad("no type",             VALIDATE, without(WISH, "activity_type"),              400, "invalid_request"),
    Bad("no payload",          VALIDATE, without(WISH, "payload"),                    400, "invalid_request"),
    Bad("nor attempt",         COMPLETE, without(WISH, "payload"),                    400, "invalid_request"),
    Bad("an unknown field",    VALIDATE, WISH | {"player": "groot"},                  400, "invalid_request"),
    Bad("an unknown type",     VALIDATE, WISH | {"activity_type": "lottery"},         400, "invalid_request"),
    Bad("a payload in a list", VALIDATE, WISH | {"payload": []},                      400, "invalid_request"),
    Bad("a payload in text",   VALIDATE, WISH | {"payload": "{}"},                    400, "invalid_request"),
    Bad("a session by number", VALIDATE, WISH | {"session_id": 12345678},             400, "invalid_request"),
    Bad("a short session",     VALIDATE, WISH | {"session_id": "sess_12"},            400, "invalid_request"),
    Bad("a long session",      VALIDATE, WISH | {"session_id": "s" * 129},            400, "invalid_request"),
    Bad("a session's slash",   VALIDATE, WISH | {"session_id": "sess/abc123"},        400, "invalid_request"),
    Bad("an empty engagement", VALIDATE, WISH | {"engagement_id": ""},                400, "invalid_request"),
    Bad("an attempt's slash",  COMPLETE, WISH | {"attempt_id": "a/b"},                400, "invalid_request"),
    Bad("NaN",                 VALIDATE, b'{"session_id":"sess_abc123","payload":{"score":NaN}}',
                                                                                      400, "invalid_request"),
    Bad("an inexact integer",  VALIDATE, WISH | {"payload": ANSWERS | {"score": 2**53 + 1}}, 400, "invalid_request"),
    Bad("a NUL",               VALIDATE, WISH | {"payload": {"answers": "\0"}},       400, "invalid_request"),
    Bad("deep nesting",        VALIDATE, b'{"payload":' + b"[" * 60_000,              400, "invalid_request"),
    Bad("nesting at the brink", VALIDATE, WISH | {"payload": {"x": nested(198)}},     400, "invalid_request"),
    Bad("bytes that are no text", VALIDATE, b'{"session_id":"\xff"}',                 400, "invalid_request"),
    Bad("too large a body",    VALIDATE, b" " * 65_537,                               413, "too_large"),
    Bad("too large a payload", VALIDATE, WISH | {"payload": {"x": "y" * 65_000}},     413, "too_large"),
    Bad("a key of spaces",     COMPLETE, WISH, 400, "invalid_request", {"Idempotency-Key": "a b"}),
    Bad("a key with a slash",  COMPLETE, WISH, 400, "invalid_request", {"Idempotency-Key": "attempt/x"}),
    Bad("a key too long",      COMPLETE, WISH, 400, "invalid_request", {"Idempotency-Key": "x" * 256}),
    Bad("an empty key",        COMPLETE, WISH, 400, "invalid_request", {"Idempotency-Key": ""}),
    Bad("an unknown session",  VALIDATE, WISH | {"session_id": "sess_unknown"},       401, "session_invalid"),
    Bad("an unknown engagement", VALIDATE, WISH | {"engagement_id": "nowhere"},       401, "session_invalid"),
    Bad("a foreign engagement", VALIDATE, WISH | {"engagement_id": FOREIGN},          401, "session_invalid"),
    Bad("its query",           f"GET {QUIZ}/eligibility?session_id={SESSION}&engagement_id={FOREIGN}", None,
                                                                                      401, "session_invalid"),
    Bad("an unknown activity", "POST /api/v1/activities/nope/validate", WISH,         404, "activity_not_found"),
    Bad("its completion",      "POST /api/v1/activities/nope/complete-with-actions", WISH, 404, "activity_not_found"),
    Bad("its eligibility",     f"GET /api/v1/activities/nope/eligibility{ASKED}", None, 404, "activity_not_found"),
    Bad("another's activity",  "POST /api/v1/activities/theirs/validate", WISH,       404, "activity_not_found"),
    Bad("its eligibility",     f"GET /api/v1/activities/theirs/eligibility{ASKED}", None, 404, "activity_not_found"),
    Bad("a long attempt",      COMPLETE, WISH | {"attempt_id": "a" * 65},             400, "invalid_request"),
    Bad("an unknown attempt",  COMPLETE, WISH | {"attempt_id": "nope"},               404, "attempt_not_found"),
    Bad("a paused activity",   "POST /api/v1/activities/paused/validate", WISH,       409, "not_active"),
    Bad("its completion",      "POST /api/v1/activities/paused/complete-with-actions", WISH, 409, "not_active"),
    Bad("an encoded slash",    f"GET /api/v1/activities/a%2Fb/eligibility{ASKED}", None, 400, "invalid_request"),
    Bad("an unknown query",    f"{ELIGIBILITY}{ASKED}&player=groot", None,            400, "invalid_request"),
    Bad("a query twice",       f"{ELIGIBILITY}{ASKED}&session_id=x", None,            400, "invalid_request"),
    Bad("no query",            ELIGIBILITY, None,                                     400, "invalid_request"),
    Bad("a long list",         "POST /api/v1/points/transactions", VISIT | {"limit": 101}, 400, "invalid_request"),
    Bad("a negative offset",   "POST /api/v1/points/transactions", VISIT | {"offset": -1}, 400, "invalid_request"),
    Bad("a text for a number", "POST /api/v1/points/transactions", VISIT | {"limit": "9"}, 400, "invalid_request"),
    Bad("a limit of nothing",  f"GET /api/v1/public/activity-log{ASKED}&limit=0", None, 400, "invalid_request"),
    Bad("an unknown path",     "GET /api/v1/leaderboards", None,                      404, "not_found"),
    Bad("an unknown version",  "GET /api/v2/sessions", None,                          404, "not_found"),
    Bad("an unknown method",   f"GET {QUIZ}/validate", None,                          405, "method_not_allowed"),
    Bad("no key",              OPEN, PARTICIPANT,                                     401, "auth_required"),
    Bad("another door's key",  OPEN, PARTICIPANT,                                     401, "auth_required", KEY),
    Bad("an unknown key",      OPEN, PARTICIPANT, 401, "auth_invalid", {"X-API-Key": "bq_live_" + "f" * 32}),
    Bad("a key in capitals",   OPEN, PARTICIPANT, 401, "auth_invalid", {"X-API-Key": "BQ_TEST_" + "A" * 32}),
    Bad("a key of a player's", OPEN, PARTICIPANT, 401, "auth_invalid", {"X-API-Key": SESSION}),
    Bad("a key without scope", OPEN, PARTICIPANT, 403, "scope_denied", {"X-API-Key": "bq_test_" + "e" * 32}),
    Bad("nobody to let in",    OPEN, {"engagement_id": ENGAGEMENT},                   400, "invalid_request", API_KEY),
    Bad("a participant's slash", OPEN, PARTICIPANT | {"participant_id": "a/b"},       400, "invalid_request", API_KEY),
    Bad("a short session",     OPEN, PARTICIPANT | {"session_id": "sess_12"},         400, "invalid_request", API_KEY),
    Bad("a minute too short",  OPEN, PARTICIPANT | {"ttl_seconds": 59},               400, "invalid_request", API_KEY),
    Bad("a month too long",    OPEN, PARTICIPANT | {"ttl_seconds": 30 * 86_400 + 1},  400, "invalid_request", API_KEY),
    Bad("a fraction",          OPEN, PARTICIPANT | {"ttl_seconds": 60.5},             400, "invalid_request", API_KEY),
    Bad("nowhere to go",       OPEN, PARTICIPANT | {"engagement_id": "nowhere"},
                               404, "engagement_not_found", API_KEY),
    Bad("newcomers to nowhere", OPEN, {"engagement_id": "nowhere", "participant_id": "new"},
                               404, "engagement_not_found", API_KEY),
]  # fmt: skip

SPIN: Final = "spin-1", "spin_wheel"
FORM: Final = "form-1", "form"
SURVEY: Final = "survey-1", "survey"
POLL: Final = "poll-1", "poll"
QUIZ_1: Final = "quiz-1", "quiz"


def answered(*answers: Any) -> dict[str, Any]:
    return {"answers": list(answers)}


UNFIT: Final[list[tuple[tuple[str, str], dict[str, Any], list[str]]]] = [
    (QUIZ_1,  {},                                                            ["answers"]),
    (QUIZ_1,  {"answers": {"q1": 2}},                                        ["answers"]),
    (QUIZ_1,  answered(7),                                                   ["answers[0]"]),
    (QUIZ_1,  answered({"question_id": "q9", "selected_option": 0}),         ["answers[0].question_id"]),
    (QUIZ_1,  answered({"selected_option": 0}),                              ["answers[0].question_id"]),
    (QUIZ_1,  answered(*ANSWERS["answers"], {"question_id": "q3", "selected_option": 4}),
                                                                             ["answers[2].selected_option"]),
    (QUIZ_1,  answered({"question_id": "q1", "selected_option": -1}),        ["answers[0].selected_option"]),
    (QUIZ_1,  answered({"question_id": "q1", "selected_option": True}),      ["answers[0].selected_option"]),
    (QUIZ_1,  answered({"question_id": "q1"}),                               ["answers[0].selected_option"]),
    (QUIZ_1,  answered(*ANSWERS["answers"], *ANSWERS["answers"][:1]),        ["answers[2].question_id"]),
    (QUIZ_1,  answered({"question_id": "q1", "selected_option": 2, "sure": True}), ["answers[0].sure"]),
    (QUIZ_1,  ANSWERS | {"score": "80"},                                     ["score"]),
    (QUIZ_1,  ANSWERS | {"passed": "true", "won": 1},                        ["won", "passed"]),
    (("quiz-1", "poll"), {"selected_option": "red"},                         ["activity_type"]),
    (SPIN,    {"spin_result_index": "3"},                                    ["spin_result_index"]),
    (SPIN,    {"spin_result_index": 3.0},                                    ["spin_result_index"]),
    (SPIN,    {"prize_label": "20% Off"},                                    ["prize_label"]),
    (POLL,    {},                                                            ["selected_option"]),
    (POLL,    {"selected_option": "yellow"},                                 ["selected_option"]),
    (POLL,    {"selected_option": 1},                                        ["selected_option"]),
    (FORM,    {},                                                            ["responses"]),
    (FORM,    {"responses": {}},                                             ["responses.callsign"]),
    (FORM,    {"responses": {"callsign": ""}},                               ["responses.callsign"]),
    (FORM,    {"responses": {"callsign": "x" * 41}},                         ["responses.callsign"]),
    (FORM,    {"responses": {"callsign": "x", "age": 7}},                    ["responses.age"]),
    (FORM,    {"responses": {"callsign": "x", "years_in_space": "7"}},       ["responses.years_in_space"]),
    (FORM,    {"responses": {"callsign": 7, "newsletter": "no"}},
                                                                   ["responses.callsign", "responses.newsletter"]),
    (SURVEY,  {"responses": {"rating": "divine"}},                           ["responses.rating"]),
]  # fmt: skip


@pytest.fixture
async def prepared(page: Page) -> Page:
    """Beside the demo world: a foreign engagement with an activity, a paused one, and a key that may not."""
    town = page.town
    await town.put("engagement", FOREIGN, {"name": "Another"})
    await put_quiz(town, "theirs", engagement=FOREIGN)
    await put_quiz(town, "paused", status="paused")
    spec = {"door": "activities", "secret": "bq_test_" + "e" * 32, "scopes": ["players:read"]}
    await town.put("api_key", "powerless", spec)
    assert (await page.get("/api/v1/public/activity-log")).status_code == 200
    return page


async def test_every_bad_request_gets_its_own_code_and_writes_nothing(prepared: Page) -> None:
    town, found = prepared.town, []
    before = await town.events()
    for row in BAD:
        method, _, path = row.request.partition(" ")
        content = row.body if isinstance(row.body, bytes | None) else orjson.dumps(row.body)
        answer = await town.nobody.request(method, path, content=content, headers=dict(row.headers))
        body = answer.json()
        if (answer.status_code, body.get("code")) != (row.status, row.code) or list(body) != ["detail", "code"]:
            found.append(f"{row.what}: {answer.status_code} {body}")
    assert found == []
    assert await town.events() == before


async def test_a_payload_against_the_rules_is_told_field_by_field_and_writes_nothing(prepared: Page) -> None:
    town, found = prepared.town, []
    before = await town.events()
    for (activity, type_), payload, fields in UNFIT:
        for answer in (
            await prepared.validate(activity, payload, type_),
            await prepared.complete(activity, payload, type_),
        ):
            body = answer.json()
            told = [field["field"] for field in body.get("fields", ())]
            fits = (answer.status_code, body.get("code"), told) == (422, "validation", fields)
            if not fits or list(body) != ["detail", "code", "fields"] or not all(f["problem"] for f in body["fields"]):
                found.append(f"{activity} {payload}: {answer.status_code} {body}")
    assert found == []
    assert await town.events() == before


async def test_whoever_is_not_eligible_is_told_the_four_figures(page: Page) -> None:
    for _ in range(3):
        assert (await page.complete("quiz-1", ANSWERS)).status_code == 200
    before, figures = await page.town.events(), await page.eligibility("quiz-1")
    for answer in (await page.complete("quiz-1", ANSWERS), await page.validate("quiz-1", ANSWERS, "quiz")):
        told = answer.json()
        assert answer.status_code == 409
        assert {name: value for name, value in told.items() if name != "detail"} == {"code": "not_eligible"} | figures
        assert figures == {
            "eligible": False, "attempts_used": 3, "max_attempts": 3, "cooldown_remaining_seconds": 0
        }  # fmt: skip
    assert await page.town.events() == before


async def test_a_second_vote_comes_too_soon(page: Page) -> None:
    await page.town.put("activity", "poll-2", {
        "engagement": ENGAGEMENT, "type": "poll", "name": "Again", "options": ["yes", "no"], "cooldown_seconds": 3_600
    })  # fmt: skip
    assert (await page.complete("poll-2", {"selected_option": "yes"}, "poll")).status_code == 200
    told = (await page.complete("poll-2", {"selected_option": "no"}, "poll")).json()
    assert told["code"] == "not_eligible"
    assert (told["attempts_used"], told["max_attempts"]) == (1, None)
    assert 3_540 < told["cooldown_remaining_seconds"] <= 3_600


async def test_another_participants_attempt_is_unknown(page: Page) -> None:
    validated = (await page.validate("quiz-2", ANSWERS, "quiz")).json()
    other = await session_of(page.town, "rocket")
    for _ in range(2):
        answer = await other.complete("quiz-2", attempt_id=validated["attempt_id"])
        assert (answer.status_code, answer.json()["code"]) == (404, "attempt_not_found")
        assert (await page.complete("quiz-2", attempt_id=validated["attempt_id"])).status_code == 200
    wrong_place = await page.complete("quiz-3", attempt_id=validated["attempt_id"])
    assert (wrong_place.status_code, wrong_place.json()["code"]) == (404, "attempt_not_found")


async def test_an_attempt_at_another_engagements_activity_is_told_of_in_its_own_place_only(prepared: Page) -> None:
    there = await session_of(prepared.town, "StarlordV7", engagement_id=FOREIGN)
    attempt_id = (await there.complete("theirs", ANSWERS)).json()["attempt_id"]
    assert (await there.complete("theirs", attempt_id=attempt_id)).status_code == 200
    for _ in range(2):
        answer = await prepared.complete("theirs", attempt_id=attempt_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "activity_not_found")
        await prepared.town.sql("delete from engines.replies")


@pytest.mark.parametrize("met_before", [True, False])
async def test_a_blocked_participant_may_look_but_not_play(page: Page, met_before: bool) -> None:
    if met_before:
        assert (await page.complete("quiz-1", ANSWERS)).status_code == 200
    blocked = {"status": "self_excluded", "reason": "asked for it"}
    assert (await page.town.key.patch("/v1/players/StarlordV7/status", json=blocked)).status_code == 201
    for answer in (
        await page.validate("spin-1", {}),
        await page.complete("quiz-1", ANSWERS),
        await page.complete("poll-1", {"selected_option": "red"}, "poll"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "participant_blocked")
        assert "self_excluded" in answer.json()["detail"]
    assert (await page.eligibility("quiz-1"))["eligible"] is True
    assert (await page.get("/api/v1/public/activity-log")).status_code == 200


async def test_a_405_tells_what_is_allowed(page: Page) -> None:
    assert (await page.town.nobody.get(f"{QUIZ}/validate")).headers["allow"] == "POST"
    assert (await page.town.nobody.post(f"{QUIZ}/eligibility")).headers["allow"] == "GET"
