"""A session is somebody's way into an engagement: how it is opened, whom it lets in, and how often they may ask."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from services.gateway.wiring import Doors
from shared.running import open_parts
from shared.settings import Settings
from tests.stories.house import running
from tests.stories.pages import ANSWERS, API_KEY, ENGAGEMENT, SESSION, Page, put_quiz, session_of
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

SESSIONS = "/api/v1/sessions"
OTHER = "7f3b6f0f-6a11-4d4a-a716-446655440000"
FIGURES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


async def opened(town: Town, key: str | None = None, **body: Any) -> httpx.Response:
    headers = API_KEY if key is None else API_KEY | {"Idempotency-Key": key}
    wished = {"engagement_id": ENGAGEMENT, "participant_id": "rocket"} | body
    return await town.nobody.post(SESSIONS, json=wished, headers=headers)


async def put_engagement(town: Town, key: str, tenant: str = "starlight", **more: Any) -> None:
    answer = await town.put("engagement", key, {"name": "Another", "per_minute": 1_000_000} | more, tenant=tenant)
    assert answer.status_code == 200, answer.text


async def until_refused(ask: Callable[[int], Awaitable[httpx.Response]]) -> tuple[list[int], httpx.Response]:
    """Asked again and again until it is too much; the bucket may fill up a little meanwhile."""
    statuses: list[int] = []
    for n in range(1_000):
        answer = await ask(n)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            return statuses, answer
    raise AssertionError(f"never too much: {Counter(statuses)}")


async def test_an_opened_session_lets_its_participant_in(page: Page) -> None:
    before = time.time()
    answer = await opened(page.town, ttl_seconds=600)
    assert answer.status_code == 201
    body = answer.json()
    assert list(body) == ["session_id", "engagement_id", "participant_id", "expires_at"]
    assert (body["engagement_id"], body["participant_id"]) == (ENGAGEMENT, "rocket")
    assert 599 <= datetime.fromisoformat(body["expires_at"]).timestamp() - before <= 660
    assert len(body["session_id"]) == len("sess_") + 32
    done = await Page(page.town, body["session_id"]).complete("quiz-1", ANSWERS)
    assert done.status_code == 200
    assert await page.town.balance("points", "rocket") == 350


async def test_no_two_sessions_are_alike_unless_the_key_is(page: Page) -> None:
    first, second = await opened(page.town), await opened(page.town)
    assert first.json()["session_id"] != second.json()["session_id"]
    first, second = await opened(page.town, "once"), await opened(page.town, "once")
    assert (first.status_code, first.content) == (second.status_code, second.content) == (201, first.content)
    other = await opened(page.town, "once", participant_id="groot")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


async def test_a_session_id_stands_nowhere_in_clear(page: Page) -> None:
    id_ = (await opened(page.town)).json()["session_id"]
    await Page(page.town, id_).complete("quiz-1", ANSWERS)
    for table in ("events", "replies", "streams", "activity_sessions", "outbox"):
        found = await page.town.sql(
            f"select 1 from engines.{table} t where t::text like '%{id_}%' or t::text like '%{id_.encode().hex()}%'"
        )
        assert found == [], table
    hashed = hashlib.sha256(id_.encode()).hexdigest()
    assert await page.town.sql(f"select 1 from engines.activity_sessions where session_hash = '{hashed}'")


async def test_an_unknown_participant_is_introduced(page: Page) -> None:
    newcomer = await session_of(page.town, "newcomer")
    assert (await page.town.key.get("/v1/players/newcomer")).json()["status"] == "active"
    done = await newcomer.complete("quiz-1", ANSWERS)
    assert done.json()["actions_executed"][0]["new_balance"] == 100


async def test_opening_it_again_makes_it_last_longer_and_never_shorter(page: Page) -> None:
    first, longer, shorter = [
        (await opened(page.town, session_id="my-own-session", ttl_seconds=ttl)).json() for ttl in (60, 7_200, 60)
    ]
    assert first["expires_at"] < longer["expires_at"] == shorter["expires_at"]


async def test_nobody_elses_session_can_be_taken_over(page: Page) -> None:
    await opened(page.town, session_id="my-own-session")
    await put_engagement(page.town, OTHER)
    for other in ({"participant_id": "groot"}, {"engagement_id": OTHER}):
        answer = await opened(page.town, session_id="my-own-session", **other)
        assert (answer.status_code, answer.json()["code"]) == (409, "session_taken")


async def test_an_expired_session_lets_nobody_in_until_it_is_opened_again(page: Page) -> None:
    town = page.town
    mine = await session_of(town, "rocket", session_id="my-own-session")
    await town.sql("update engines.activity_sessions set expires_at = now() - interval '1 second'")
    answer = await mine.get("/api/v1/public/activity-log")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")


async def test_a_session_of_another_engagement_is_foreign(page: Page) -> None:
    await put_engagement(page.town, OTHER)
    mine = await session_of(page.town, "rocket")
    answer = await Page(page.town, mine.session, OTHER).get("/api/v1/public/activity-log")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_invalid")
    answer = await Page(page.town, SESSION, OTHER).get("/api/v1/public/activity-log")
    assert answer.status_code == 401, "a demo session, too"


async def test_a_demo_session_is_refused_in_production(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await page.get("/api/v1/public/activity-log")).status_code == 200
    monkeypatch.setattr(page.town.parts.settings, "environment", "production")
    answer = await page.get("/api/v1/public/activity-log")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_invalid")


async def test_a_demo_session_is_its_participants_for_ever_and_costs_no_look_into_the_tables(page: Page) -> None:
    taken = await opened(page.town, session_id=SESSION, participant_id="rocket")
    assert (taken.status_code, taken.json()["code"]) == (409, "session_taken")
    assert (await opened(page.town, session_id=SESSION, participant_id="StarlordV7")).status_code == 201
    await page.town.sql("update engines.activity_sessions set participant = 'rocket'")
    assert (await page.complete("quiz-1", ANSWERS)).status_code == 200
    assert await page.town.balance("points", "StarlordV7") == 350


async def test_tenants_that_share_an_engagement_are_told_apart_by_the_session(page: Page) -> None:
    town, theirs = page.town, {"X-API-Key": "bq_live_" + "b" * 32}
    await town.put("asset", "points", {"name": "Points"}, tenant="moonbase")
    await put_engagement(town, ENGAGEMENT, tenant="moonbase")
    await town.put("api_key", "activities", {"door": "activities", "secret": theirs["X-API-Key"]}, tenant="moonbase")
    body = {"engagement_id": ENGAGEMENT, "participant_id": "luna", "session_id": "their-own-session"}
    assert (await town.nobody.post(SESSIONS, json=body, headers=theirs)).status_code == 201
    luna = Page(town, "their-own-session")
    answer = await luna.complete("quiz-1", ANSWERS)
    assert (answer.status_code, answer.json()["code"]) == (404, "activity_not_found")
    assert (await luna.points())["available_points"] == 0
    assert (await page.points())["available_points"] == 250
    await put_engagement(town, OTHER, tenant="moonbase")
    elsewhere = body | {"engagement_id": OTHER, "session_id": "one-id-for-two"}
    assert (await town.nobody.post(SESSIONS, json=elsewhere, headers=theirs)).status_code == 201
    mine = await session_of(town, "rocket", session_id="one-id-for-two")
    assert (await mine.points())["available_points"] == 250, "an id of one tenant's says nothing of another's"


async def test_an_unknown_session_opens_a_public_engagement_for_somebody_without_a_name(page: Page) -> None:
    town = page.town
    await put_engagement(town, OTHER, public=True)
    await put_quiz(town, "open-quiz", {"type": "award_points", "points": 5}, engagement=OTHER)
    stranger = Page(town, "made-up-by-a-page", OTHER)
    answers = await asyncio.gather(*(stranger.complete("open-quiz", ANSWERS) for _ in range(5)))
    assert Counter(answer.status_code for answer in answers) == {200: 5}
    name = f"anon-{hashlib.sha256(b'made-up-by-a-page').hexdigest()[:24]}"
    assert await town.balance("points", name) == 25
    assert (await stranger.points())["available_points"] == 25
    assert await Page(town, "made-up-by-another", OTHER).points() != await stranger.points()
    closed = await Page(town, "made-up-by-somebody").get("/api/v1/public/activity-log")
    assert closed.status_code == 401, "an engagement that is not public stays closed"


async def test_an_expired_session_does_not_become_somebody_without_a_name(page: Page) -> None:
    await put_engagement(page.town, OTHER, public=True)
    await session_of(page.town, "rocket", engagement_id=OTHER, session_id="my-own-session")
    await page.town.sql("update engines.activity_sessions set expires_at = now() - interval '1 second'")
    answer = await Page(page.town, "my-own-session", OTHER).get("/api/v1/public/activity-log")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")


async def test_a_suspended_tenants_sessions_are_closed(page: Page) -> None:
    spec = {"slug": "starlight", "brand": "starlight", "environment": "test", "status": "suspended"}
    await page.town.put("tenant", "starlight", spec)
    answer = await page.get("/api/v1/public/activity-log")
    assert (answer.status_code, answer.json()["code"]) == (403, "tenant_suspended")
    assert (await opened(page.town)).status_code == 403


async def test_every_answer_tells_how_much_more_may_be_asked(page: Page) -> None:
    town = page.town
    quiz = "/api/v1/activities/quiz-1"
    answers = [
        await page.get(f"{quiz}/eligibility"),
        await page.complete("quiz-1", ANSWERS),
        await opened(town),
        await town.nobody.get("/api/v1/nothing"),
        await town.nobody.get("/api/v2"),
        await town.nobody.put(f"{quiz}/validate"),
        await town.nobody.post(f"{quiz}/validate", content=b"{"),
        await town.nobody.post(f"{quiz}/validate", content=b" " * 70_000),
        await town.nobody.post(SESSIONS, json={}),
        await page.get("/api/v1/activities/nothing/eligibility"),
        await Page(town, "nobody-knows").get(f"{quiz}/eligibility"),
        await page.complete("quiz-1", {}),
        await town.nobody.post(SESSIONS, content=b"{", headers=API_KEY),
    ]
    assert [answer.status_code for answer in answers] == [
        200, 200, 201, 404, 404, 405, 400, 413, 401, 404, 401, 422, 400
    ]  # fmt: skip
    for answer in answers:
        limit, remaining, reset = (int(answer.headers[name]) for name in FIGURES)
        assert 0 <= remaining < limit
        assert time.time() - 5 <= reset <= time.time() + 61
        assert len(answer.headers.get_list("x-ratelimit-limit")) == 1


async def test_more_than_an_engagements_limit_is_refused_until_later_and_each_address_has_its_own(page: Page) -> None:
    town = page.town
    await put_engagement(town, OTHER, per_minute=3)
    mine = await session_of(town, "rocket", engagement_id=OTHER)
    answers = [await mine.get("/api/v1/public/activity-log") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [int(answer.headers["x-ratelimit-remaining"]) for answer in answers] == [2, 1, 0, 0]
    refused = answers[-1]
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-ratelimit-limit"] == "3"
    transport = httpx.ASGITransport(app=town.nobody._transport.app, client=("10.1.2.3", 1))  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://fairground.test") as elsewhere:
        answer = await elsewhere.get("/api/v1/public/activity-log", params=mine.visit)
    assert answer.status_code == 200
    assert (await page.get("/api/v1/public/activity-log")).status_code == 200, "another engagement"


async def test_what_names_no_engagement_is_counted_by_address_alone(page: Page) -> None:
    town = page.town

    async def knocks(n: int) -> httpx.Response:
        return await Page(town, SESSION, f"engagement-{n}").get("/api/v1/public/activity-log")

    statuses, refused = await until_refused(knocks)
    assert statuses[:100] == [401] * 100
    assert refused.headers["x-ratelimit-limit"] == "100"
    statuses, refused = await until_refused(lambda _: town.nobody.post(SESSIONS, json={}))
    assert set(statuses) <= {401, 429}
    assert refused.json()["code"] == "rate_limited"
    assert refused.headers["retry-after"]
    assert (await page.get("/api/v1/public/activity-log")).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "most"), [({"environment": "demo"}, 100_000_000), ({"address_per_minute": 7}, 7), ({}, 100)]
)
async def test_what_an_address_may_ask_of_nobody_can_be_set_and_is_lifted_in_the_demo(
    tables: str, wanted: dict[str, Any], most: int
) -> None:
    async with running(tables, **wanted) as town:
        answer = await town.nobody.get("/api/v1/nothing")
        assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (404, str(most))


async def test_a_key_has_a_limit_of_its_own(page: Page) -> None:
    town, slow = page.town, {"X-API-Key": "bq_test_" + "c" * 32}
    spec = {"door": "activities", "secret": slow["X-API-Key"], "burst": 2, "per_second": 1}
    await town.put("api_key", "slow", spec)
    body = {"engagement_id": ENGAGEMENT, "participant_id": "rocket"}
    statuses, refused = await until_refused(lambda _: town.nobody.post(SESSIONS, json=body, headers=slow))
    assert statuses[:2] == [201, 201]
    assert refused.headers["x-ratelimit-limit"] == "2"
    usual = {"X-API-Key": "bq_test_" + "d" * 32}
    await town.put("api_key", "usual", {"door": "activities", "secret": usual["X-API-Key"]})
    answer = await town.nobody.post(SESSIONS, json=body, headers=usual)
    assert answer.headers["x-ratelimit-limit"] == "1000"


@pytest.mark.parametrize("proxies", [None, "127.0.0.1"])
async def test_only_a_trusted_proxy_is_believed_whom_it_speaks_for(tables: str, proxies: str | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    settings = Settings(environment="test", postgres=tables, partitions=PARTITIONS, instance="story")
    settings = settings.model_copy(update={"trusted_proxies": proxies, "gateway_port": port})
    parts = await open_parts(settings, tables, PARTITIONS)
    doors = Doors(parts)
    serving = asyncio.create_task(doors.run())
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:

            async def listens() -> bool:
                try:
                    return (await client.get("/livez")).status_code == 200
                except httpx.HTTPError:
                    return False

            await eventually("the door is open", listens)
            said = [{"X-Forwarded-For": f"10.0.0.{n}"} for n in range(20)]
            answers = [await client.get("/api/v1/nothing", headers=headers) for headers in said]
            left = {int(answer.headers["x-ratelimit-remaining"]) for answer in answers}
            assert (left == {99}) == (proxies is not None), left
    finally:
        doors.stop()
        await serving
        await parts.close()
