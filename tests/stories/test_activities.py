"""People take part in activities: every example of the API's document, and what comes of doing things twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import orjson
import pytest

from shared.fair import checker
from tests.stories.pages import ANSWERS, ENGAGEMENT, Page, put_quiz, session_of

pytestmark = pytest.mark.postgres


def as_printed(body: dict[str, Any], *extra: str) -> dict[str, Any]:
    """Without the fields that the document does not have; each of them must be there."""
    return {name: value for name, value in body.items() if name not in extra} | (
        {} if set(extra) <= body.keys() else {"missing": sorted(set(extra) - body.keys())}
    )


async def test_validating_a_spin_answers_as_printed(page: Page) -> None:
    answer = await page.validate("spin-fixed", {"spin_result_index": 3})
    assert answer.status_code == 200, answer.text
    printed = {
        "valid": True,
        "result": {"segment_index": 3, "prize_label": "20% Off", "prize_type": "coupon"},
    }
    assert as_printed(answer.json(), "attempt_id", "proof") == printed


async def test_completing_a_quiz_answers_as_printed_and_the_points_are_in_the_wallet(page: Page) -> None:
    answer = await page.complete("quiz-1", ANSWERS | {"score": 80, "passed": True})
    assert answer.status_code == 200, answer.text
    printed = {
        "success": True,
        "actions_executed": [
            {"type": "award_points", "points_awarded": 100, "new_balance": 350},
            {
                "type": "award_reward",
                "reward_claimed": {
                    "reward_id": "rwd_123",
                    "code": "SAVE20",
                    "display_type": "coupon",
                    "title": "20% Off Your Next Order",
                },
            },
        ],
        "fact_id": "fact_789",
    }
    body = answer.json()
    assert body["fact_id"].startswith("fact_")
    assert as_printed(body, "attempt_id", "result") == printed | {"fact_id": body["fact_id"]}
    assert body["result"] == {"score": 2, "maxScore": 3, "percentage": 66, "passed": True}
    assert await page.town.balance("points", "StarlordV7") == 350


async def test_eligibility_answers_as_printed(page: Page) -> None:
    await page.complete("quiz-1", ANSWERS)
    printed = {"eligible": True, "attempts_used": 1, "max_attempts": 3, "cooldown_remaining_seconds": 0}
    assert await page.eligibility("quiz-1") == printed


async def test_eligibility_when_ineligible_answers_as_printed(page: Page) -> None:
    for _ in range(3):
        assert (await page.complete("quiz-1", ANSWERS)).status_code == 200
    shown = (await page.town.admin.get("/admin/v1/definitions/activity/quiz-1")).json()["spec"]
    await page.town.put("activity", "quiz-1", shown | {"cooldown_seconds": 3_600})
    printed = {"eligible": False, "attempts_used": 3, "max_attempts": 3, "cooldown_remaining_seconds": 3_600}
    found = await page.eligibility("quiz-1")
    assert 3_540 < found["cooldown_remaining_seconds"] <= 3_600
    assert found | {"cooldown_remaining_seconds": 3_600} == printed


async def test_a_second_validation_is_the_same_attempt_and_the_same_result(page: Page) -> None:
    first, second = [(await page.validate("spin-1", {})).json() for _ in range(2)]
    assert first == second
    assert first["valid"] is True
    done = (await page.complete("spin-1", {}, "spin_wheel", attempt_id=first["attempt_id"])).json()
    assert (done["result"], done["proof"]) == (first["result"], first["proof"])
    third = (await page.validate("spin-1", {})).json()
    assert third["attempt_id"] != first["attempt_id"]


async def test_a_claimed_index_is_never_believed(page: Page) -> None:
    for index in (0, 1, 2, 99, -1):
        body = (await page.validate("spin-fixed", {"spin_result_index": index})).json()
        assert (body["valid"], body["result"]["segment_index"]) == (False, 3)
    done = await page.complete("spin-fixed", {"spin_result_index": 0}, "spin_wheel")
    assert (done.status_code, done.json()["result"]["prize_label"]) == (200, "20% Off")


@pytest.mark.parametrize("claim", [{"score": 3}, {"passed": True}, {"score": 100, "passed": True}])
async def test_a_claimed_score_is_never_believed(page: Page, claim: dict[str, Any]) -> None:
    wrong = {"answers": [{"question_id": "q1", "selected_option": 0}]} | claim
    body = (await page.validate("quiz-1", wrong, "quiz")).json()
    truth = {"score": 0, "maxScore": 3, "percentage": 0, "passed": False}
    assert (body["valid"], body["result"]) == (False, truth)
    done = (await page.complete("quiz-1", wrong)).json()
    assert (done["success"], done["actions_executed"], done["result"]) == (True, [], truth)
    assert await page.town.balance("points", "StarlordV7") == 250


async def test_the_hash_that_eligibility_shows_is_the_one_that_the_next_spin_reveals(page: Page) -> None:
    shown = (await page.town.admin.get("/admin/v1/definitions/activity/spin-1")).json()
    for _ in range(3):
        promised = (await page.eligibility("spin-1"))["next_server_seed_hash"]
        spun = (await page.complete("spin-1", {}, "spin_wheel")).json()
        proof, result = spun["proof"], spun["result"]
        assert proof["server_seed_hash"] == promised
        assert proof["definition_version"] == shown["version"]
        told = {"label": result["prize_label"], "prize_type": result["prize_type"]}
        table, seed = shown["spec"]["segments"], proof["server_seed"]
        checked = checker.check("spin-wheel", "spin-1", seed, proof["server_seed_hash"], table, told)
        assert checked.problems == ()
        assert checked.winner == result["segment_index"]
    assert "next_server_seed_hash" in await page.eligibility("spin-1")
    assert "next_server_seed_hash" not in await page.eligibility("quiz-1")


async def test_every_type_of_activity_can_be_completed(page: Page) -> None:
    town = page.town
    field = {"name": "colour", "type": "choice", "options": ["red", "blue"], "required": True}
    for type_ in ("form", "survey"):
        spec = {"engagement": ENGAGEMENT, "type": type_, "name": type_, "fields": [field]}
        spec["actions"] = [{"type": "award_badge", "badge": "told", "name": "Told us"}]
        assert (await town.put("activity", type_, spec)).status_code == 200
        done = await page.complete(type_, {"responses": {"colour": "red"}}, type_)
        assert done.status_code == 200, done.text
        assert done.json()["actions_executed"] == [
            {"type": "award_badge", "badge_awarded": {"badge_code": "told", "badge_name": "Told us"}}
        ]
        assert done.json()["result"] == {}
    done = await page.complete("poll-1", {"selected_option": "green"}, "poll")
    assert done.json()["result"] == {"selected_option": "green"}
    assert done.json()["actions_executed"] == [{"type": "award_points", "points_awarded": 10, "new_balance": 260}]


async def test_what_people_write_into_a_form_stands_in_no_event(page: Page) -> None:
    field = {"name": "mail", "required": True}
    spec = {"engagement": ENGAGEMENT, "type": "form", "name": "Mail", "fields": [field]}
    await page.town.put("activity", "mail", spec)
    assert (await page.complete("mail", {"responses": {"mail": "peter@milano"}}, "form")).status_code == 200
    for table in ("engines.events", "engines.replies", "engines.attempts", "engines.outbox", "engines.timers"):
        rows = await page.town.sql(f"select * from {table} t where t::text like '%milano%'")
        assert rows == [], table
        hidden = await page.town.sql(f"select * from {table} t where t::text like '%{b'milano'.hex()}%'")
        assert hidden == [], table
    ((body,),) = await page.town.sql("select body from engines.responses")
    assert "peter@milano" in body


async def test_the_same_key_repeats_the_answer_byte_for_byte(page: Page) -> None:
    first = await page.complete("quiz-2", ANSWERS, key="once")
    events = await page.town.events()
    again = await page.complete("quiz-2", ANSWERS, key="once")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert await page.town.events() == events
    other = await page.complete("quiz-2", {"answers": []}, key="once")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


async def test_completing_a_named_attempt_repeats_the_answer_byte_for_byte(page: Page) -> None:
    attempt_id = (await page.validate("quiz-2", ANSWERS, "quiz")).json()["attempt_id"]
    first = await page.complete("quiz-2", attempt_id=attempt_id)
    assert first.status_code == 200, first.text
    assert first.json()["attempt_id"] == attempt_id
    events = await page.town.events()
    for payload, key in ((None, None), (ANSWERS, None), ({"answers": []}, "some-key")):
        again = await page.complete("quiz-2", payload, key=key, attempt_id=attempt_id)
        assert (again.status_code, again.content) == (200, first.content)
    assert await page.town.events() == events


async def test_a_hundred_at_once_for_one_named_attempt_are_one_completion(page: Page) -> None:
    attempt_id = (await page.validate("quiz-2", ANSWERS, "quiz")).json()["attempt_id"]
    answers = await asyncio.gather(*(page.complete("quiz-2", attempt_id=attempt_id) for _ in range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 100}
    assert len({answer.content for answer in answers}) == 1
    assert await page.town.balance("points", "StarlordV7") == 350


async def test_an_attempt_whose_answer_was_forgotten_is_told_from_the_view(page: Page) -> None:
    attempt_id = (await page.validate("quiz-2", ANSWERS, "quiz")).json()["attempt_id"]
    first = await page.complete("quiz-2", attempt_id=attempt_id)
    await page.town.sql("delete from engines.replies")
    again = await page.complete("quiz-2", attempt_id=attempt_id)
    assert (again.status_code, again.content) == (200, first.content)
    assert await page.town.balance("points", "StarlordV7") == 350


async def test_without_key_or_attempt_every_completion_counts(page: Page) -> None:
    first, second = [(await page.complete("quiz-1", ANSWERS)).json() for _ in range(2)]
    assert first["attempt_id"] != second["attempt_id"]
    assert second["actions_executed"][0]["new_balance"] == 450
    assert (await page.eligibility("quiz-1"))["attempts_used"] == 2


async def test_parallel_completions_never_use_more_attempts_than_there_are(page: Page) -> None:
    answers = await asyncio.gather(*(page.complete("quiz-1", ANSWERS) for _ in range(20)))
    told = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
    assert told[200, None] == 3
    assert set(told) <= {(200, None), (409, "not_eligible"), (409, "attempt_in_progress")}
    assert await page.town.balance("points", "StarlordV7") == 550
    assert (await page.eligibility("quiz-1"))["attempts_used"] == 3


async def test_points_are_told_from_the_wallet_itself(page: Page) -> None:
    await page.complete("quiz-1", ANSWERS)
    town = page.town
    money = {"asset": "points", "amount": 30, "reason": "a mug"}
    assert (await town.admin.post("/admin/v1/players/StarlordV7/debit", json=money)).status_code == 201
    found = await page.points()
    assert as_printed(found, "last_earned_at") == {
        "available_points": 320, "total_points": 350, "currency_name": "points"
    }  # fmt: skip
    listed = (await page.post("/api/v1/points/transactions")).json()["transactions"]
    told = [{name: row[name] for name in ("type", "amount", "activity_id")} for row in listed]
    assert told == [
        {"type": "redemption", "amount": -30, "activity_id": None},
        {"type": "award", "amount": 100, "activity_id": "quiz-1"},
        {"type": "award", "amount": 250, "activity_id": None},
    ]
    assert listed[0]["reason"] == "a mug"
    assert found["last_earned_at"] == listed[1]["created_at"]
    middle = (await page.post("/api/v1/points/transactions", limit=1, offset=1)).json()["transactions"]
    assert middle == listed[1:2]


async def test_what_is_given_back_is_not_earned(page: Page) -> None:
    town, back = page.town, [{"account": "player", "asset": "points", "amount": 30, "balance": 280}]
    fact = orjson.dumps({"player": "StarlordV7", "operation": "refund", "postings": back, "reason": "raffle"}).decode()
    await town.sql(
        "insert into ledger.events select part, pos + 1000, stream, version + 1, type, "
        f"'{fact}', tenant, actor, 'command-9', correlation_id, at, hash "
        "from ledger.events where stream = 'wallet/starlight/StarlordV7'"
    )
    assert (await page.points())["total_points"] == 250
    listed = (await page.post("/api/v1/points/transactions")).json()["transactions"]
    assert (listed[0]["id"], listed[0]["amount"]) == ("command-9", 30)


async def test_somebody_without_points_has_none(page: Page) -> None:
    newcomer = await session_of(page.town, "newcomer")
    nothing = {"available_points": 0, "total_points": 0, "currency_name": "points", "last_earned_at": None}
    assert await newcomer.points() == nothing
    assert (await newcomer.post("/api/v1/points/transactions")).json() == {"transactions": []}


async def test_a_page_is_told_what_was_claimed_and_done(page: Page) -> None:
    first = (await page.complete("quiz-1", ANSWERS)).json()
    second = (await page.complete("poll-1", {"selected_option": "red"}, "poll")).json()
    (reward,) = (await page.get("/api/v1/public/rewards/claimed")).json()["rewards"]
    assert as_printed(reward, "claimed_at") == {
        "reward_id": "rwd_123",
        "name": "20% Off Your Next Order",
        "type": "coupon",
        "code": "SAVE20",
        "display_type": "coupon",
        "expires_at": None,
        "metadata": {"fact_id": first["fact_id"]},
    }
    log = (await page.get("/api/v1/public/activity-log")).json()["activities"]
    assert [entry["fact_id"] for entry in log] == [first["fact_id"], second["fact_id"]]
    assert log[0]["actions_executed"] == first["actions_executed"]
    newest = (await page.get("/api/v1/public/activity-log", limit=1)).json()["activities"]
    assert newest == log[1:]
    state = (await page.get("/api/v1/runtime/participant/state")).json()
    assert as_printed(state, "first_seen_at", "last_seen_at") == {
        "session_id": page.session,
        "engagement_id": page.engagement,
        "completed_activities": ["poll-1", "quiz-1"],
        "visited_screens": [],
        "user_state": {},
    }


async def test_another_participant_sees_nothing_of_it(page: Page) -> None:
    await page.complete("quiz-1", ANSWERS)
    other = await session_of(page.town, "rocket")
    assert (await other.get("/api/v1/public/rewards/claimed")).json() == {"rewards": []}
    assert (await other.get("/api/v1/public/activity-log")).json() == {"activities": []}
    assert (await other.get("/api/v1/runtime/participant/state")).json()["completed_activities"] == []
    assert (await other.eligibility("quiz-1"))["attempts_used"] == 0


async def test_a_grant_is_in_the_wallet_when_it_is_told(page: Page) -> None:
    await put_quiz(page.town, "gems", {"type": "award_grant", "asset": "gems", "amount": 7})
    done = (await page.complete("gems", ANSWERS)).json()
    assert done["actions_executed"] == [
        {"type": "award_grant", "granted": {"asset": "gems", "amount": 7}, "new_balance": 507}
    ]
    assert await page.town.balance("gems", "StarlordV7") == 507


async def test_only_what_is_marked_is_done_for_who_did_not_pass(page: Page) -> None:
    consolation = {"type": "award_points", "points": 1, "on": "any"}
    await put_quiz(page.town, "kind", {"type": "award_points", "points": 50}, consolation)
    done = (await page.complete("kind", {"answers": []})).json()
    assert done["actions_executed"] == [{"type": "award_points", "points_awarded": 1, "new_balance": 251}]
