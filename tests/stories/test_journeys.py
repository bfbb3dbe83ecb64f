"""Players go on journeys: they sign up, the operator says what else happens, and the last step pays once."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx
import pytest

from tests.stories.town import FAST, Town, eventually

pytestmark = pytest.mark.postgres

EVENT: Final = "/v1/journeys/event"
STEPS: Final = [{"trigger": name, "count": 1} for name in ("signup", "first_deposit", "wager")]
WELCOME: Final = {"name": "Welcome 3-step", "steps": STEPS, "reward_winz": 500}
SPENDER: Final = {"name": "Big spender", "trigger": "big_win", "steps": 1, "reward_winz": 250}
READER: Final = "wsk_test_" + "4" * 48


@pytest.fixture
async def road(town: Town) -> Town:
    """The small world with the demo's journeys, and a player who signed up after they were made."""
    assert (await town.put("journey", "welcome", WELCOME)).status_code == 200
    assert (await town.put("journey", "big-spender", SPENDER)).status_code == 200
    body = {"username": "StarlordV7", "email": "star@lord.example"}
    assert (await town.key.post("/v1/players", json=body)).status_code == 201
    return town


async def happens(town: Town, trigger: str, player: str = "StarlordV7", key: str | None = None) -> httpx.Response:
    body = {"user_id": player, "trigger": trigger} | ({"idempotency_key": key} if key else {})
    return await town.key.post(EVENT, json=body)


async def winz(town: Town, player: str = "StarlordV7") -> int:
    balances = (await town.key.get(f"/v1/players/{player}/wallet")).json()["balances"]
    return next((int(row["balance"]) for row in balances if row["asset"] == "WINZ"), 0)


def affected(action: str, step: int, reward: int = 0) -> dict[str, Any]:
    return {
        "journey_id": "welcome",
        "journey_name": "Welcome 3-step",
        "action": action,
        "current_step": step,
        "reward_winz_granted": reward,
    }


async def test_the_documents_example_answers_as_printed_from_signing_up_to_the_reward(road: Town) -> None:
    """Signing up counts by itself, and whatever is said once the player exists comes after it."""
    deposit = await happens(road, "first_deposit")
    assert deposit.status_code == 200
    assert deposit.json() == {"affected": [affected("advanced", 2)], "deduped": False}
    assert list(deposit.json()["affected"][0]) == list(affected("advanced", 2))
    assert (await happens(road, "wager")).json() == {"affected": [affected("completed", 3, 500)], "deduped": False}
    assert await winz(road) == 500
    assert (await happens(road, "wager")).json() == {"affected": [], "deduped": False}


async def test_a_journey_of_one_step_is_completed_at_once_and_once(road: Town) -> None:
    told = await asyncio.gather(*(happens(road, "big_win") for _ in range(20)))
    wins = [row for answer in told for row in answer.json()["affected"]]
    assert [(row["journey_id"], row["action"], row["reward_winz_granted"]) for row in wins] == [
        ("big-spender", "completed", 250)
    ]
    assert await winz(road) == 250


async def test_the_same_key_repeats_the_answer_and_does_nothing(road: Town) -> None:
    first = await happens(road, "big_win", key="once")
    events = await road.events()
    again = await happens(road, "big_win", key="once")
    assert again.status_code == 200
    assert again.json() == {**first.json(), "deduped": True}
    assert (await road.events(), await winz(road)) == (events, 250)
    other = await happens(road, "wager", key="once")
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")


async def test_whoever_was_there_before_a_journey_begins_it_with_what_happens_next(road: Town) -> None:
    assert (await happens(road, "first_deposit", "rocket")).json()["affected"] == []
    assert (await happens(road, "signup", "rocket")).json()["affected"] == [affected("started", 1)]


async def test_a_player_in_the_world_file_signs_up_too(road: Town) -> None:
    await road.put("player", "mantis", {"opening_balances": {"WINZ": 7}})

    async def started() -> bool:
        found = await road.sql("select data::json->>'player' from engines.events where type = 'journey.started'")
        return ("mantis",) in found

    await eventually("mantis has started", started)


async def test_an_operators_own_triggers_and_counts(road: Town) -> None:
    steps = [{"trigger": "level 7 reached", "count": 2}]
    await road.put("journey", "own", {"name": "Own", "steps": steps, "reward_winz": 3, "asset": "USD"})
    told = [(await happens(road, "level 7 reached", "rocket")).json()["affected"][0] for _ in range(2)]
    assert [(row["action"], row["current_step"], row["reward_winz_granted"]) for row in told] == [
        ("started", 0, 0),
        ("completed", 1, 3),
    ]
    assert await road.balance("USD") == 10_003


async def test_the_list_and_the_single_read_show_the_same_row(road: Town) -> None:
    welcome = {
        "id": "welcome",
        "name": "Welcome 3-step",
        "status": "active",
        "definition_version": 1,
        "steps": STEPS,
        "asset": "WINZ",
        "reward_winz": 500,
    }
    listed = (await road.key.get("/v1/journeys")).json()["journeys"]
    assert [row["id"] for row in listed] == ["big-spender", "welcome"]
    assert listed[0]["steps"] == [{"trigger": "big_win", "count": 1}]
    assert listed[1] == (await road.key.get("/v1/journeys/welcome")).json() == welcome


BAD: Final = [
    ("nobody",             b'{"user_id":"nobody","trigger":"wager"}',             404, "NO_PLAYER"),
    ("a blocked player",   b'{"user_id":"groot","trigger":"big_win"}',            409, "PLAYER_BLOCKED"),
    ("no trigger",         b'{"user_id":"rocket"}',                               400, "VALIDATION"),
    ("no name",            b'{"user_id":"rocket","trigger":""}',                  400, "VALIDATION"),
    ("a name too long",    b'{"user_id":"rocket","trigger":"%s"}' % (b"x" * 129), 400, "VALIDATION"),
    ("a NUL",              b'{"user_id":"rocket","trigger":"a\\u0000"}',          400, "VALIDATION"),
    ("a number",           b'{"user_id":"rocket","trigger":7}',                   400, "VALIDATION"),
    ("an unknown field",   b'{"user_id":"rocket","trigger":"wager","count":2}',   400, "VALIDATION"),
    ("an empty key",       b'{"user_id":"rocket","trigger":"x","idempotency_key":""}', 400, "VALIDATION"),
]  # fmt: skip


async def test_every_bad_event_gets_its_own_code_and_nobody_moves(road: Town) -> None:
    await road.put("player", "groot", {})
    blocked = {"status": "suspended", "reason": "the story wants it"}
    assert (await road.key.patch("/v1/players/groot/status", json=blocked)).status_code == 201
    for what, body, status, code in BAD:
        answer = await road.key.post(EVENT, content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what
    assert (await road.key.get("/v1/journeys/nope")).json() == {
        "error": "there is no such journey",
        "code": "NO_JOURNEY",
    }
    assert await road.events("journey.completed") == 0


async def test_events_are_written_by_keys_that_may_write_events(road: Town) -> None:
    await road.put("api_key", "reader", {"secret": READER, "scopes": ["engagement:read"], **FAST})
    theirs = {"Authorization": f"Bearer {READER}"}
    body = {"user_id": "rocket", "trigger": "wager"}
    answer = await road.nobody.post(EVENT, json=body, headers=theirs)
    assert (answer.status_code, answer.json()["code"]) == (403, "SCOPE_DENIED")
    assert (await road.nobody.get("/v1/journeys", headers=theirs)).status_code == 200


async def test_a_journey_that_makes_no_sense_is_refused_with_the_path_of_the_field(road: Town) -> None:
    for spec, path in (
        ({**WELCOME, "steps": []}, "spec.steps"),
        ({**WELCOME, "steps": [{"trigger": "a", "count": 0}]}, "spec.steps[0].count"),
        ({**WELCOME, "asset": "GOLD"}, "spec.asset"),
    ):
        answer = await road.put("journey", "broken", spec)
        assert (answer.status_code, answer.json()["path"]) == (400, path)
