"""Rewards have codes: each is given to one participant, whoever else wants it at the same moment, or nobody at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest

from shared.cli.verify import verify
from shared.running import WORKERS
from tests.stories.house import running
from tests.stories.pages import ANSWERS, Page, put_quiz, session_of, settle_demo
from tests.stories.town import Town

pytestmark = pytest.mark.postgres

CODES = 500
TRIES = 1_000
FALLBACK = {"type": "award_points", "points": 10}
BRINGS = {"type": "award_reward", "reward": "five-hundred"}


@pytest.fixture
async def patient(tables: str) -> AsyncIterator[Page]:
    """A town whose door waits long enough for a thousand at once, on however slow a machine."""
    async with running(tables, say_timeout_ms=60_000) as town:
        await settle_demo(town)
        yield Page(town)


async def put_reward(town: Town, key: str = "five-hundred", **spec: Any) -> None:
    answer = await town.put("reward", key, {"title": "One of many", "type": "voucher"} | spec)
    assert answer.status_code == 200, answer.text


def codes_of(answers: Iterable[httpx.Response]) -> tuple[list[str], int]:
    """The codes that were told, and how many got the fallback."""
    codes, instead = [], 0
    for answer in answers:
        assert answer.status_code == 200, answer.text
        (done,) = answer.json()["actions_executed"]
        if done["type"] == "award_reward":
            codes.append(done["reward_claimed"]["code"])
        else:
            assert {name: done[name] for name in ("type", "points_awarded")} == {
                "type": "award_points", "points_awarded": 10
            }  # fmt: skip
            instead += 1
    return codes, instead


@pytest.mark.parametrize("kind", ["generated", "listed"])
async def test_a_thousand_completions_of_one_session_over_five_hundred_codes(patient: Page, kind: str) -> None:
    listed = [f"CODE-{n}" for n in range(CODES)]
    pool: dict[str, Any] = {"generated": CODES} if kind == "generated" else {"codes": listed}
    await put_reward(patient.town, fallback=FALLBACK, **pool)
    await put_quiz(patient.town, "rush", BRINGS)
    answers = await asyncio.gather(*(patient.complete("rush", ANSWERS) for _ in range(TRIES)))
    codes, instead = codes_of(answers)
    assert (len(codes), len(set(codes)), instead) == (CODES, CODES, TRIES - CODES)
    assert kind == "generated" or sorted(codes) == sorted(listed)
    assert await patient.town.balance("points", "StarlordV7") == 250 + 10 * (TRIES - CODES)
    assert (await patient.eligibility("rush"))["attempts_used"] == TRIES
    assert await differences(patient.town) == []


async def test_a_thousand_completions_of_many_participants_over_five_hundred_codes(patient: Page) -> None:
    town = patient.town
    await put_reward(town, generated=CODES, fallback=FALLBACK)
    await put_quiz(town, "rush", BRINGS)
    pages = await asyncio.gather(*(session_of(town, f"fan-{n}") for n in range(100)))
    answers = await asyncio.gather(*(page.complete("rush", ANSWERS) for page in pages for _ in range(TRIES // 100)))
    codes, instead = codes_of(answers)
    assert (len(codes), len(set(codes)), instead) == (CODES, CODES, TRIES - CODES)
    claimed = [
        reward for page in pages for reward in (await page.get("/api/v1/public/rewards/claimed")).json()["rewards"]
    ]
    assert Counter(reward["code"] for reward in claimed) == Counter(codes)
    points = [(await page.points())["available_points"] for page in pages]
    assert sum(points) == 10 * (TRIES - CODES)
    assert await differences(town) == []


async def test_the_demo_worlds_three_codes_and_then_its_points(page: Page) -> None:
    done = [(await page.complete("quiz-3", ANSWERS)).json()["actions_executed"] for _ in range(4)]
    codes = [actions[1]["reward_claimed"]["code"] for actions in done[:3]]
    assert codes == ["FIRST-OF-THREE", "SECOND-OF-THREE", "THIRD-OF-THREE"]
    assert done[3] == [
        {"type": "award_points", "points_awarded": 100, "new_balance": 650},
        {"type": "award_points", "points_awarded": 10, "new_balance": 660},
    ]


async def test_an_empty_pool_without_a_fallback_executes_nothing_at_all(page: Page) -> None:
    town = page.town
    await put_reward(town, "plenty", generated=10)
    await put_reward(town, "empty", generated=0)
    points = {"type": "award_points", "points": 5}
    rewards = [{"type": "award_reward", "reward": reward} for reward in ("plenty", "empty")]
    await put_quiz(town, "unlucky", points, *rewards, max_attempts=3)
    before = await page.eligibility("unlucky")
    validated = (await page.validate("unlucky", ANSWERS, "quiz")).json()
    for _ in range(2):
        answer = await page.complete("unlucky", ANSWERS, key="again-and-again")
        assert (answer.status_code, answer.json()["code"]) == (409, "reward_exhausted")
        named = await page.complete("unlucky", attempt_id=validated["attempt_id"])
        assert (named.status_code, named.json()["code"]) == (409, "reward_exhausted")
    assert await town.balance("points", "StarlordV7") == 250
    assert await page.eligibility("unlucky") == before
    assert (await page.get("/api/v1/public/rewards/claimed")).json() == {"rewards": []}
    assert (await page.get("/api/v1/public/activity-log")).json() == {"activities": []}
    again = (await page.validate("unlucky", ANSWERS, "quiz")).json()
    assert again == validated, "the same attempt is still open"
    await put_reward(town, "empty", generated=1)
    done = await page.complete("unlucky", ANSWERS, key="again-and-again")
    assert done.status_code == 200, "a refusal frees its key"
    assert done.json()["attempt_id"] == validated["attempt_id"]
    taken = await town.sql("select count(*) from engines.events where type in ('reward.taken', 'reward.returned')")
    plenty = Counter({"taken": 4 + 1 + 1, "returned": 4})
    assert taken == [(plenty.total(),)], "what was taken of the other pool was given back each time"


async def test_a_denied_spin_is_not_drawn_again(page: Page) -> None:
    town = page.town
    await put_reward(town, "empty", generated=0)
    segments = [
        {
            "label": f"prize {n}",
            "prize_type": "coupon",
            "weight": 1,
            "action": {"type": "award_reward", "reward": "empty"},
        }
        for n in range(20)
    ]
    spec = {"engagement": page.engagement, "type": "spin_wheel", "name": "Many", "segments": segments}
    assert (await town.put("activity", "many", spec)).status_code == 200
    answer = await page.complete("many", {}, "spin_wheel")
    assert (answer.status_code, answer.json()["code"]) == (409, "reward_exhausted")
    first = (await page.validate("many", {})).json()
    for _ in range(3):
        await page.complete("many", {}, "spin_wheel")
        assert (await page.validate("many", {})).json() == first
    await put_reward(town, "empty", generated=1)
    done = (await page.complete("many", {}, "spin_wheel")).json()
    assert (done["attempt_id"], done["result"], done["proof"]) == tuple(
        first[name] for name in ("attempt_id", "result", "proof")
    )


async def test_a_reward_shows_until_when_it_can_be_used(page: Page) -> None:
    await put_reward(page.town, "soon", code="SOON", valid_days=7, display_type="gift_card")
    await put_quiz(page.town, "quick", {"type": "award_reward", "reward": "soon"})
    await page.complete("quick", ANSWERS)
    (reward,) = (await page.get("/api/v1/public/rewards/claimed")).json()["rewards"]
    claimed, expires = (reward[name] for name in ("claimed_at", "expires_at"))
    assert reward["display_type"] == "gift_card"
    ((days,),) = await page.town.sql(f"select '{expires}'::timestamptz - '{claimed}'::timestamptz = interval '7 days'")
    assert days is True


async def differences(town: Town) -> list[str]:
    """What in the logs and tables does not agree with itself."""
    return [str(one) for one in (await verify(town.parts.dsn, WORKERS, processes=1)).differences]
