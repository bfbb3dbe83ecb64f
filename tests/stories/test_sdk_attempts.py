"""An attempt from its start to its end: what it costs, how it is counted, what it gives on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, Final

import pytest

from shared.ids import PlayerId, TenantId, user_id_of
from tests.stories.arcade import Arcade, Gamer, data, told

pytestmark = pytest.mark.postgres

ATTEMPT: Final = [
    "id", "eventId", "eventWindowId", "leaderboardId", "playerId", "startedAt", "endsAt", "completedAt", "metrics",
    "metricsRaw", "score", "status",
]  # fmt: skip


async def started(gamer: Gamer, event: str = "daily-run", **context: Any) -> Any:
    return data(await gamer.start(event, **context), 201)["attempt"]


def bundle(key: str, name: str, coins: int) -> dict[str, Any]:
    return {"key": key, "name": name, "entries": [{"type": "currency", "currencyKey": "coins", "amount": coins}]}


async def test_the_events_that_are_on_are_listed_with_all_that_can_be_won(arcade: Arcade, rocket: Gamer) -> None:
    listed = {event["eventKey"]: event for event in data(await rocket.get("events"))}
    assert set(listed) == {"daily-run", "high-roller", "ladder", "pods", "squad-cup"}
    day = arcade.clock.now().date()
    run = listed["daily-run"]
    assert run == {
        "eventKey": "daily-run",
        "name": "Daily run",
        "windowId": run["windowId"],
        "startsAt": f"{day}T00:00:00Z",
        "endsAt": f"{day + timedelta(days=1)}T00:00:00Z",
        "leaderboardId": run["leaderboardId"],
        "currentAttemptId": None,
        "type": "single_metric",
        "leaderboardMode": "global",
        "metrics": [{"key": "distance", "target": 1_000, "cap": None, "scoreWeight": 1, "resetOn": None}],
        "entryRequirement": None,
        "entryCost": None,
        "metadata": {},
        "milestoneRewards": [
            {
                "key": "warm",
                "metricKey": "distance",
                "threshold": 250,
                "entries": [{"type": "currency", "currencyKey": "coins", "amount": 50}],
            },
            {
                "key": "halfway",
                "metricKey": "distance",
                "threshold": 500,
                "entries": [{"type": "crate", "crateItemKey": "crate_basic", "quantity": 1}],
            },
        ],
        "rewardPolicy": run["rewardPolicy"],
    }
    assert run["rewardPolicy"] == {
        "type": "rank_scaled",
        "tiers": [
            {"fromRank": 1, "toRank": 1, "bundle": bundle("first-place", "First place", 500)},
            {"fromRank": 2, "toRank": 3, "bundle": bundle("podium", "Podium", 200)},
        ],
    }
    assert listed["high-roller"]["entryCost"] == {"currencies": [{"key": "gems", "amount": 50}], "items": []}
    assert {key: event["leaderboardId"] is None for key, event in listed.items()} == {
        "daily-run": False, "high-roller": False, "ladder": True, "pods": True, "squad-cup": True
    }  # fmt: skip
    assert data(await arcade.get(f"{rocket.path}/events", status="active")) == list(listed.values()), "no secret needed"
    assert told(await arcade.get(f"{rocket.path}/events", status="over")) == (400, "validation_failed")


async def test_an_event_says_what_it_asks_of_those_who_enter_and_every_kind_of_prize(
    arcade: Arcade, rocket: Gamer
) -> None:
    await arcade.put("bundle", "kit", {"name": "Kit", "entries": [{"type": "item", "item": "sword", "quantity": 1}]})
    tree = {"all": [{"wallet": "gems", "at_least": 10}, {"not": {"inventory": "sword"}}, {"any": [{"attempts": 0}]}]}
    few = {"type": "currency", "asset": "coins", "amount": {"min": 1, "max": 9, "step": 2}}
    fields: dict[str, dict[str, Any]] = {
        "a": {"entry_requirement": tree, "reward_policy": {"type": "fixed_bundle", "bundle": "kit"}},
        "b": {"reward_policy": {"type": "shared_pool", "pool": 900, "currency": "coins"}, "name": {"de": "Lauf"}},
        "c": {"milestones": [{"key": "m", "metric": "distance", "threshold": 0.5, "entries": [few]}]},
    }
    for key, more in fields.items():
        await arcade.event(key, **more)
    a, b, c = [event for event in data(await rocket.get("events")) if event["eventKey"] in fields]
    assert a["entryRequirement"] == {
        "all": [
            {"wallet": "gems", "atLeast": 10},
            {"not": {"inventory": "sword", "atLeast": 1}},
            {"any": [{"attempts": 0}]},
        ]
    }
    kit = {"key": "kit", "name": "Kit", "entries": [{"type": "item", "itemKey": "sword", "quantity": 1}]}
    assert a["rewardPolicy"] == {"type": "fixed_bundle", "bundle": kit}
    assert b["rewardPolicy"] == {"type": "shared_pool", "pool": 900, "currencyKey": "coins"}
    assert b["name"] == {"de": "Lauf"}
    [milestone] = c["milestoneRewards"]
    assert milestone["threshold"] == 0.5
    assert milestone["entries"][0]["amount"] == {"min": 1, "max": 9, "step": 2}
    assert c["rewardPolicy"] == {"type": "none"}


async def test_a_listing_shows_what_a_bundle_holds_now(arcade: Arcade, rocket: Gamer) -> None:
    async def shown() -> list[int]:
        [won] = [event for event in data(await rocket.get("events")) if event["eventKey"] == "a"]
        return [entry["amount"] for entry in won["rewardPolicy"]["bundle"]["entries"]]

    for amount in (5, 6):
        coins = {"type": "currency", "asset": "coins", "amount": amount}
        await arcade.put("bundle", "kit", {"name": "Kit", "entries": [coins]})
        await arcade.event("a", reward_policy={"type": "fixed_bundle", "bundle": "kit"})
        assert [await shown(), await shown()] == [[amount], [amount]]
    await arcade.put("bundle", "kit", {"name": "Kit", "entries": [coins | {"amount": 7}]})
    assert await shown() == [7]


async def test_a_start_answers_the_attempt_as_clients_read_it(arcade: Arcade, rocket: Gamer) -> None:
    answer = data(await rocket.start(), 201)
    assert list(answer) == ["attempt", "leaderboardId", "windowEndsAt"]
    attempt = answer["attempt"]
    assert list(attempt) == ATTEMPT
    assert attempt["playerId"] == user_id_of(TenantId("starlight"), PlayerId("rocket"))
    assert attempt["leaderboardId"] == answer["leaderboardId"]
    assert attempt["endsAt"] == answer["windowEndsAt"]
    assert (attempt["completedAt"], attempt["metrics"], attempt["metricsRaw"], attempt["score"], attempt["status"]) == (
        None, {"distance": 0}, {"distance": 0}, 0, "in_progress"
    )  # fmt: skip
    [run] = [event for event in data(await rocket.get("events")) if event["eventKey"] == "daily-run"]
    assert (run["currentAttemptId"], run["leaderboardId"], run["windowId"]) == (
        attempt["id"], attempt["leaderboardId"], attempt["eventWindowId"]
    )  # fmt: skip
    stranger = data(await arcade.get("/sdk/v1/players/nobody/events"))
    assert all(event["currentAttemptId"] is None for event in stranger)


async def test_progress_adds_or_sets_and_reads_decimals_exactly(rocket: Gamer) -> None:
    attempt = await started(rocket, "ladder", league="gold")
    for body, expected in (
        ({"metricValue": 10}, 10),
        ({"metricValue": 0.1}, 10.1),
        ({"metricValue": 0.2}, 10.3),
        ({"metricValue": -0.3}, 10),
        ({"mode": "set", "metricValue": 7.1234567}, 7.123457),
        ({"mode": "set", "metrics": {"distance": 1e3}}, 1_000),
        ({"metricValue": 1, "occurredAt": "2026-11-21T12:00:00.123Z"}, 1_001),
    ):
        answer = data(await rocket.progress(attempt, **body))
        assert list(answer) == ["attempt", "milestonesFired"]
        assert answer["milestonesFired"] == []
        shown = answer["attempt"]
        assert shown["score"] == shown["metrics"]["distance"] == shown["metricsRaw"]["distance"] == expected
        assert type(shown["score"]) is type(expected), "a whole number is told as one"


async def test_milestones_answer_with_their_grants_once(rocket: Gamer) -> None:
    attempt = await started(rocket)
    assert data(await rocket.progress(attempt, metricValue=249))["milestonesFired"] == []
    [warm] = data(await rocket.progress(attempt, metricValue=1))["milestonesFired"]
    [grant] = warm["grants"]
    assert warm["key"] == "warm"
    assert (grant["sourceKind"], grant["sourceRefId"], grant["status"]) == (
        "event_milestone", attempt["id"], "pending"
    )  # fmt: skip
    assert grant["rolledAt"] is not None
    assert grant["contents"]["entries"] == [{"type": "currency", "currencyKey": "coins", "amount": 50}]
    [halfway] = data(await rocket.progress(attempt, metricValue=400))["milestonesFired"]
    assert [one["kind"] for one in halfway["grants"]] == ["crate"]
    assert data(await rocket.progress(attempt, metricValue=1))["milestonesFired"] == []
    waiting = await rocket.pending()
    assert [one["id"] for one in waiting] == [halfway["grants"][0]["id"], grant["id"]]
    assert waiting[1] == grant


async def test_reaching_the_target_completes_and_then_nothing_counts(rocket: Gamer) -> None:
    attempt = await started(rocket)
    done = data(await rocket.progress(attempt, mode="set", metricValue=1_500))["attempt"]
    assert (done["status"], done["score"]) == ("completed", 1_500)
    assert done["completedAt"] is not None
    for answer in (await rocket.progress(attempt, metricValue=1), await rocket.finish(attempt)):
        assert told(answer) == (409, "attempt_finished")


async def test_finishing_is_completed_unless_a_target_was_missed(rocket: Gamer) -> None:
    free, aimed = await started(rocket, "ladder"), await started(rocket, "daily-run")
    for attempt, outcome in ((free, "completed"), (aimed, "expired")):
        ended = data(await rocket.finish(attempt))
        assert list(ended) == ["attempt", "outcome"]
        assert (ended["outcome"], ended["attempt"]["status"]) == (outcome, outcome)
        assert told(await rocket.finish(attempt)) == (409, "attempt_finished")


async def test_a_repeat_counts_once_and_another_body_is_a_conflict(arcade: Arcade, rocket: Gamer) -> None:
    first = await rocket.start(key="go")
    assert first.content == (await rocket.start(key="go")).content
    attempt = data(first, 201)["attempt"]
    answers = await asyncio.gather(*(rocket.progress(attempt, "step", metricValue=300) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 20}
    assert len({answer.content for answer in answers}) == 1
    assert data(answers[0])["attempt"]["score"] == 300
    assert len(await rocket.pending()) == 1
    assert told(await rocket.progress(attempt, "step", metricValue=301)) == (409, "idempotency_conflict")
    assert told(await rocket.start(key="go", league="gold")) == (409, "idempotency_conflict")
    ended = await rocket.finish(attempt, "end")
    assert ended.content == (await rocket.finish(attempt, "end")).content
    assert await arcade.town.events("attempt.started") == 1


async def test_somebody_elses_attempt_is_nobodys(arcade: Arcade, rocket: Gamer) -> None:
    groot = await arcade.gamer("groot")
    attempt = await started(rocket)
    foreign = [attempt, attempt | {"id": "00000000-0000-5000-8000-000000000001"}, attempt | {"id": "x"}]
    for one in foreign:
        assert told(await groot.progress(one, metricValue=1)) == (404, "not_found")
        assert told(await groot.finish(one)) == (404, "not_found")
    assert told(await rocket.progress(attempt | {"eventId": "ladder"}, metricValue=1)) == (404, "not_found")
    assert told(await rocket.progress(attempt | {"eventId": "none"}, metricValue=1)) == (404, "not_found")


BAD: Final[list[tuple[dict[str, Any], str]]] = [
    ({},                                                  "validation_failed"),
    ({"metricValue": None},                               "validation_failed"),
    ({"metrics": {}},                                     "validation_failed"),
    ({"metrics": {"height": 1}},                          "invalid_metric"),
    ({"metrics": {"distance": 1, "height": 1}},           "invalid_metric"),
    ({"metricValue": "1"},                                "validation_failed"),
    ({"metricValue": True},                               "validation_failed"),
    ({"metricValue": 1e13},                               "validation_failed"),
    ({"metricValue": -1e13},                              "validation_failed"),
    ({"metricValue": 2**53 + 1},                          "validation_failed"),
    ({"metrics": {"distance": None}},                     "validation_failed"),
    ({"metricValue": 1, "mode": "double"},                "validation_failed"),
    ({"metricValue": 1, "mode": None},                    "validation_failed"),
    ({"metricValue": 1, "occurredAt": "yesterday"},       "validation_failed"),
    ({"metricValue": 1, "occurredAt": "2026-11-21T12:00"}, "validation_failed"),
    ({"metricValue": 1, "colour": "red"},                 "validation_failed"),
]  # fmt: skip


async def test_what_progress_must_not_say_changes_nothing(arcade: Arcade, rocket: Gamer) -> None:
    attempt = await started(rocket)
    before = await arcade.town.events()
    for body, code in BAD:
        assert told(await rocket.progress(attempt, **body)) == (400, code), body
    path = f"{rocket.path}/events/daily-run/attempts/{attempt['id']}/progress"
    for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
        raw = b'{"mode":"set","metricValue":' + number + b"}"
        answer = await arcade.town.nobody.post(path, content=raw, headers=rocket.headers)
        assert told(answer) == (400, "validation_failed"), number
    assert await arcade.town.events() == before


async def test_what_entering_costs_is_taken_with_the_start_or_not_at_all(arcade: Arcade, rocket: Gamer) -> None:
    gems = (await rocket.wallet())["gems"]
    await started(rocket, "high-roller")
    assert (await rocket.wallet())["gems"] == gems - 50
    assert data(await rocket.post("wallet/gems/debit", amount=gems - 50 - 30))["balance"] == 30
    answer = await rocket.start("high-roller")
    assert told(answer) == (402, "insufficient_entry_cost")
    assert answer.json()["error"]["details"] == {"resource": "gems", "needed": 50, "have": 30}
    assert (await rocket.wallet())["gems"] == 30
    assert await arcade.town.events("attempt.started") == 1


async def test_who_does_not_meet_what_is_asked_does_not_enter(arcade: Arcade, rocket: Gamer) -> None:
    await arcade.event("vip", entry_requirement={"inventory": "sword"}, entry_cost={"currencies": COST})
    assert told(await rocket.start("vip")) == (403, "entry_requirement_failed")
    assert (await rocket.wallet())["gems"] == 500


async def test_attempts_are_used_up_by_window_and_by_day(arcade: Arcade, rocket: Gamer) -> None:
    for _ in range(5):
        await started(rocket)
    answer = await rocket.start()
    assert told(answer) == (429, "max_attempts_reached")
    assert "Retry-After" not in answer.headers, "clients would wait and ask again"
    await arcade.event("twice", max_attempts_per_day=2)
    for _ in range(2):
        await started(rocket, "twice")
    refused = await rocket.start("twice", "again")
    assert told(refused) == (429, "max_daily_attempts_reached")
    assert "Retry-After" not in refused.headers
    arcade.wait(timedelta(days=1))
    assert data(await rocket.start("twice", "again"), 201)["attempt"]["status"] == "in_progress"
    await started(rocket)


async def test_an_event_that_is_not_on_is_not_begun(arcade: Arcade, rocket: Gamer) -> None:
    day = arcade.clock.now()
    over = {"mode": "fixed", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"}
    await arcade.event("over", windows=over)
    await arcade.event("off", status="disabled")
    for event, expected in (
        ("over", (409, "no_active_window")),
        ("off", (409, "event_disabled")),
        ("none", (404, "not_found")),
    ):
        assert told(await rocket.start(event)) == expected
    listed = {event["eventKey"] for event in data(await rocket.get("events"))}
    assert not listed & {"over", "off", "none"}, day


async def test_an_attempt_ends_with_its_window(arcade: Arcade, rocket: Gamer) -> None:
    attempt = await started(rocket)
    arcade.wait(timedelta(days=1))
    assert told(await rocket.progress(attempt, metricValue=1)) == (409, "attempt_finished")
    assert told(await rocket.finish(attempt)) == (409, "attempt_finished")
    [run] = [event for event in data(await rocket.get("events")) if event["eventKey"] == "daily-run"]
    assert run["currentAttemptId"] is None
    assert run["windowId"] != attempt["eventWindowId"]


async def test_a_context_may_hold_whatever_a_game_has_of_the_player(rocket: Gamer) -> None:
    context: dict[str, Any] = {
        "league": "gold",
        "level": 7,
        "ratio": 0.5,
        "vip": True,
        "none": None,
        "list": [1],
        "deep": {"a": 1},
    }
    assert (await rocket.start("ladder", **context)).status_code == 201
    assert told(await rocket.post("events/ladder/start", playerContext=[1])) == (400, "validation_failed")
    assert told(await rocket.post("events/ladder/start", player_context={})) == (400, "validation_failed")


async def test_a_window_holds_to_what_the_event_was_when_it_began(arcade: Arcade, rocket: Gamer) -> None:
    await arcade.event("changing", metadata={"of": "yesterday"})
    attempt = await started(rocket, "changing")
    await arcade.event("changing", metadata={"of": "today"}, metrics=[{"key": "height"}])
    [listed] = [event for event in data(await rocket.get("events")) if event["eventKey"] == "changing"]
    assert (listed["metadata"], listed["metrics"][0]["key"]) == ({"of": "yesterday"}, "distance")
    assert data(await rocket.progress(attempt, metrics={"distance": 3}))["attempt"]["score"] == 3


COST: Final = [{"key": "gems", "amount": 50}]
