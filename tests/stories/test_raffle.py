"""A raffle is held: tickets are paid for, the promised seed picks one, and its owner's wallet has the prize."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from shared.fair import checker
from tests.stories.town import Town, eventually

pytestmark = pytest.mark.postgres

RAFFLE: Final = "/v1/raffles/weekly-raffle"
SPEC: Final = {"name": "Weekly raffle", "ticket_cost": 10, "prize_amount": 5_000}


@pytest.fixture
async def hall(town: Town) -> Town:
    """The town with a raffle, and a second player."""
    for kind, key, spec in (
        ("raffle", "weekly-raffle", SPEC),
        ("player", "groot", {"opening_balances": {"WINZ": 10_000, "USD": 0}}),
    ):
        answer = await town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text
    return town


async def enter(hall: Town, tickets: int = 3, player: str = "rocket", key: str | None = None) -> httpx.Response:
    body = {"user_id": player, "tickets": tickets} | ({"idempotency_key": key} if key else {})
    return await hall.key.post(f"{RAFFLE}/enter", json=body)


async def draw(hall: Town, key: str | None = None) -> httpx.Response:
    return await hall.key.post(f"{RAFFLE}/draw", json={"idempotency_key": key} if key else {})


async def held(hall: Town) -> dict[str, Any]:
    """Three tickets of Rocket's and seven of Groot's, and the draw."""
    assert (await enter(hall, 3)).status_code == 201
    assert (await enter(hall, 7, "groot")).status_code == 201
    answer = await draw(hall, "raf-draw-1")
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def told_by(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_tickets_are_paid_for_and_are_the_next_ones(hall: Town) -> None:
    answer = await enter(hall, 3, key="raf-1")
    assert answer.status_code == 201, answer.text
    entered = answer.json()
    assert list(entered) == [
        "entry_id", "tickets", "cost", "first_ticket", "last_ticket", "total_tickets", "tickets_hash", "deduped"
    ]  # fmt: skip
    figures = {name: entered[name] for name in ("tickets", "cost", "first_ticket", "last_ticket", "total_tickets")}
    assert figures == {"tickets": 3, "cost": 30, "first_ticket": 0, "last_ticket": 2, "total_tickets": 3}
    assert await hall.balance() == 10_000 - 30
    following = (await enter(hall, 7, "groot")).json()
    assert (following["first_ticket"], following["last_ticket"], following["total_tickets"]) == (3, 9, 10)
    assert (await hall.key.get(RAFFLE)).json()["total_tickets"] == 10


async def test_the_draw_answers_as_printed_and_anybody_can_check_it(hall: Town) -> None:
    shown = (await hall.key.get(RAFFLE)).json()
    told = await held(hall)
    assert list(told) == [
        "draw_id", "winner_username", "prize_winz", "winning_ticket_idx", "total_tickets", "server_seed",
        "server_seed_hash", "tickets_hash", "definition_version", "deduped",
    ]  # fmt: skip
    assert (told["prize_winz"], told["total_tickets"], told["deduped"]) == (5_000, 10, False)
    assert told["winner_username"] == ("rocket" if told["winning_ticket_idx"] <= 2 else "groot")
    assert told["server_seed_hash"] == shown["next_server_seed_hash"], "the draw was bound before it was made"
    won = told["winner_username"] == "rocket"
    assert await hall.balance() == 10_000 - 30 + 5_000 * won
    assert await hall.balance(player="groot") == 10_000 - 70 + 5_000 * (not won)
    listed = (await hall.key.get(f"{RAFFLE}/entries")).json()
    public = {"kind": "raffle", "key": "weekly-raffle", **told}
    assert checker.check_file(public).problems == ()
    assert checker.check_file({**public, "entries": listed["entries"]}).problems == ()


async def test_the_list_of_tickets_comes_page_by_page(hall: Town) -> None:
    for _ in range(3):
        await enter(hall, 5)
    first = (await hall.key.get(f"{RAFFLE}/entries?limit=2")).json()
    assert [(row["first_ticket"], row["last_ticket"], row["username"]) for row in first["entries"]] == [
        (0, 4, "rocket"), (5, 9, "rocket")
    ]  # fmt: skip
    last = (await hall.key.get(f"{RAFFLE}/entries?limit=2&first_ticket={first['next']}")).json()
    assert [row["first_ticket"] for row in last["entries"]] == [10]
    assert last["next"] is None


async def test_a_raffle_is_shown_before_and_after_its_draw(hall: Town) -> None:
    listed = (await hall.key.get("/v1/raffles")).json()["raffles"]
    assert [(row["id"], row["next_server_seed_hash"], row["total_tickets"]) for row in listed] == [
        ("weekly-raffle", None, 0)
    ]
    shown = (await hall.key.get(RAFFLE)).json()
    assert list(shown) == [
        "id", "name", "status", "definition_version", "ticket_cost", "ticket_asset", "prize", "prize_winz",
        "draws_at", "max_tickets", "max_tickets_per_entry", "total_tickets", "next_server_seed_hash", "draw",
    ]  # fmt: skip
    assert (shown["status"], shown["prize"], shown["draw"]) == ("active", {"asset": "WINZ", "amount": 5_000}, None)
    assert (await hall.key.get("/v1/raffles")).json() == {"raffles": [shown]}
    told = await held(hall)
    after = (await hall.key.get(RAFFLE)).json()
    assert (after["status"], after["total_tickets"], after["next_server_seed_hash"]) == ("completed", 10, None)
    del told["deduped"], after["draw"]["drawn_at"]
    assert after["draw"] == told
    assert await hall.events("raffle.opened") == 1


async def test_the_same_key_repeats_the_entry_and_pays_nothing(hall: Town) -> None:
    first = await enter(hall, 3, key="raf-1")
    events, balance = await hall.events(), await hall.balance()
    second = await enter(hall, 3, key="raf-1")
    assert second.status_code == 200
    assert second.json() == {**first.json(), "deduped": True}
    assert (await hall.events(), await hall.balance()) == (events, balance)
    assert told_by(await enter(hall, 4, key="raf-1")) == (409, "IDEMPOTENCY_CONFLICT")


async def test_a_hundred_entries_at_once_have_a_hundred_ranges(hall: Town) -> None:
    answers = await asyncio.gather(*(enter(hall, 2, player) for player in ("rocket", "groot") for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {201: 100}
    assert sorted(answer.json()["first_ticket"] for answer in answers) == list(range(0, 200, 2))
    assert await hall.balance() == 10_000 - 50 * 20


async def test_every_later_draw_is_the_first_one(hall: Town) -> None:
    first = await held(hall)
    balances = [await hall.balance(player=player) for player in ("rocket", "groot")]
    for key in ("raf-draw-1", "raf-draw-2", None):
        answer = await draw(hall, key)
        assert (answer.status_code, answer.json()) == (200, {**first, "deduped": True})
    assert [await hall.balance(player=player) for player in ("rocket", "groot")] == balances
    assert await hall.events("raffle.drawn") == 1


async def test_many_draws_at_once_are_one_draw(hall: Town) -> None:
    await enter(hall, 3)
    answers = await asyncio.gather(*(draw(hall, f"draw-{number}") for number in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert len({answer.json()["draw_id"] for answer in answers}) == 1
    assert await hall.balance() == 10_000 - 30 + 5_000


async def test_entries_and_the_draw_at_once_leave_everybody_with_tickets_or_money(hall: Town) -> None:
    await enter(hall, 1, "groot")
    *answers, drawn = await asyncio.gather(*(enter(hall, 2) for _ in range(30)), draw(hall))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() <= {201, 409}
    assert {told_by(answer) for answer in answers if answer.status_code == 409} <= {(409, "NOT_ACTIVE")}
    won = 5_000 * (drawn.json()["winner_username"] == "rocket")
    assert drawn.json()["total_tickets"] == 1 + 2 * statuses[201]
    assert await hall.balance() == 10_000 - 20 * statuses[201] + won


async def test_a_raffle_is_drawn_by_itself_when_its_time_has_come(hall: Town) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    assert (await hall.put("raffle", "weekly-raffle", {**SPEC, "draws_at": soon})).status_code == 200
    assert (await enter(hall, 3)).status_code == 201

    async def drawn() -> bool:
        return (await hall.key.get(RAFFLE)).json()["status"] == "completed" and await hall.balance() > 10_000

    await eventually("the raffle is drawn and the prize paid", drawn)
    assert await hall.balance() == 10_000 - 30 + 5_000
    answer = await draw(hall)
    assert (answer.status_code, answer.json()["winner_username"]) == (200, "rocket")


async def test_a_draw_without_tickets_is_refused_and_the_raffle_stays_open(hall: Town) -> None:
    assert told_by(await draw(hall)) == (409, "NO_TICKETS")
    assert (await enter(hall, 1)).status_code == 201
    assert (await hall.key.post(f"{RAFFLE}/draw")).status_code == 201, "a body without fields may be left out"


async def test_what_cannot_be_entered_writes_nothing_and_costs_nothing(hall: Town) -> None:
    await hall.put("raffle", "paused", {**SPEC, "status": "paused"})
    await hall.put("raffle", "small", {**SPEC, "max_tickets": 5, "max_tickets_per_entry": 4})
    await hall.put("player", "poor", {"opening_balances": {"WINZ": 9}})
    await hall.key.patch("/v1/players/groot/status", json={"status": "closed", "reason": "asked for it"})
    await hall.key.post("/v1/raffles/small/enter", json={"user_id": "rocket", "tickets": 3})
    before, balance = await hall.events("raffle.entered"), await hall.balance()
    for raffle, body, status, code in (
        ("weekly-raffle", {"user_id": "rocket", "tickets": 0}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "rocket", "tickets": -1}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "rocket", "tickets": 1.0}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "rocket", "tickets": "1"}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "rocket", "tickets": 1_000_001}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "rocket"}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "rocket", "tickets": 1, "more": 1}, 400, "VALIDATION"),
        ("weekly-raffle", {"user_id": "nobody", "tickets": 1}, 404, "NO_PLAYER"),
        ("weekly-raffle", {"user_id": "groot", "tickets": 1}, 409, "PLAYER_BLOCKED"),
        ("weekly-raffle", {"user_id": "poor", "tickets": 1}, 402, "INSUFFICIENT_WINZ"),
        ("weekly-raffle", {"user_id": "rocket", "tickets": 1_001}, 402, "INSUFFICIENT_WINZ"),
        ("small", {"user_id": "rocket", "tickets": 5}, 400, "VALIDATION"),
        ("small", {"user_id": "rocket", "tickets": 3}, 409, "LIMIT_EXCEEDED"),
        ("paused", {"user_id": "rocket", "tickets": 1}, 409, "NOT_ACTIVE"),
        ("nope", {"user_id": "rocket", "tickets": 1}, 404, "NO_RAFFLE"),
    ):
        answer = await hall.key.post(f"/v1/raffles/{raffle}/enter", json=body)
        assert told_by(answer) == (status, code), (raffle, body, answer.text)
    assert (await hall.events("raffle.entered"), await hall.balance()) == (before, balance)
    assert (await hall.key.get("/v1/raffles/paused")).json()["status"] == "paused"
    for path in ("/v1/raffles/nope", "/v1/raffles/nope/entries"):
        assert told_by(await hall.key.get(path)) == (404, "NO_RAFFLE")
    assert told_by(await hall.key.get(f"{RAFFLE}/entries?limit=0")) == (400, "VALIDATION")
    assert told_by(await hall.key.post("/v1/raffles/nope/draw", json={})) == (404, "NO_RAFFLE")
    assert told_by(await hall.key.post(f"{RAFFLE}/draw", json={"seed": "x"})) == (400, "VALIDATION")


async def test_topped_up_the_same_key_enters(hall: Town) -> None:
    await hall.put("player", "poor", {"opening_balances": {"WINZ": 5}})
    assert told_by(await enter(hall, 1, "poor", "raf-poor")) == (402, "INSUFFICIENT_WINZ")
    await hall.admin.post("/admin/v1/players/poor/credit", json={"asset": "WINZ", "amount": 5})
    assert (await enter(hall, 1, "poor", "raf-poor")).status_code == 201


async def test_a_drawn_raffle_takes_no_entries(hall: Town) -> None:
    await held(hall)
    balance = await hall.balance()
    assert told_by(await enter(hall, 1)) == (409, "NOT_ACTIVE")
    assert await hall.balance() == balance


async def test_a_raffle_that_names_no_asset_is_not_taken(hall: Town) -> None:
    for field in ("ticket_asset", "prize_asset"):
        answer = await hall.put("raffle", "odd", {**SPEC, field: "GOLD"})
        assert answer.status_code == 400
        assert field in answer.text


async def test_nobody_sees_another_tenants_raffle(hall: Town) -> None:
    await hall.put("tenant", "moonbase", {"slug": "moonbase", "brand": "moonbase"}, tenant="moonbase")
    secret = "wsk_test_" + "facade" * 8
    await hall.put("api_key", "theirs", {"secret": secret}, tenant="moonbase")
    theirs = {"Authorization": f"Bearer {secret}"}
    assert (await hall.nobody.get("/v1/raffles", headers=theirs)).json() == {"raffles": []}
    assert told_by(await hall.nobody.get(RAFFLE, headers=theirs)) == (404, "NO_RAFFLE")
