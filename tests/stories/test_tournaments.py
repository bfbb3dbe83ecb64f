"""A race for points: wagers score, the best stand first, and closing pays each place once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from shared.bus.partition import partition_of
from shared.ids import TenantId
from tests.stories.house import Ahead, gateway, running
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

RACE: Final = "/v1/tournaments/weekend-race"
PLAYERS: Final = ("rocket", "groot", "gamora", "mantis")
SPEC: Final = {"name": "Weekend race", "points_per_usd": 10, "prize_pool": {"amount": 10_000}}


@pytest.fixture
async def race(town: Town) -> Town:
    """Four players and a race."""
    await prepare(town)
    return town


async def prepare(town: Town, **fields: Any) -> None:
    for player in PLAYERS:
        assert (await town.put("player", player, {"opening_balances": {"WINZ": 10_000}})).status_code == 200
    await define(town, **fields)


async def define(town: Town, key: str = "weekend-race", **fields: Any) -> None:
    answer = await town.put("tournament", key, SPEC | fields)
    assert answer.status_code == 200, answer.text


async def score(town: Town, player: str = "rocket", wagered: Any = 50, **more: Any) -> httpx.Response:
    body = {"user_id": player, **more} | ({} if wagered is None else {"wagered": wagered})
    return await town.key.post(f"{RACE}/score", json=body)


async def user_id(town: Town, player: str) -> str:
    return str((await town.key.get(f"/v1/players/{player}")).json()["user_id"])


async def entries(town: Town, **params: Any) -> list[tuple[int, str, str]]:
    shown = (await town.key.get(f"{RACE}/standings", params=params)).json()
    return [(row["rank"], row["username"], row["points"]) for row in shown["entries"]]


async def test_the_documents_example_scores_and_the_player_stands_first(race: Town) -> None:
    answer = await race.key.post(f"{RACE}/score", json={"user_id": "rocket", "wagered": 50})
    assert answer.status_code == 200
    rocket = await user_id(race, "rocket")
    assert answer.text == (f'{{"tournament_id":"weekend-race","user_id":"{rocket}","points":"500","deduped":false}}')
    standings = await race.key.get(f"{RACE}/standings")
    assert standings.json() == {
        "tournament_id": "weekend-race",
        "status": "active",
        "entries": [{"rank": 1, "user_id": rocket, "username": "rocket", "points": "500"}],
    }


async def test_lists_and_single_reads_show_the_same_row(race: Town) -> None:
    row = {
        "id": "weekend-race",
        "name": "Weekend race",
        "status": "active",
        "definition_version": 1,
        "points_per_usd": "10",
        "prize_pool": {"asset": "WINZ", "amount": 10_000},
        "prize_structure": ["50", "30", "20"],
        "starts_at": None,
        "ends_at": None,
    }
    assert (await race.key.get("/v1/tournaments")).json() == {"tournaments": [row]}
    assert (await race.key.get(RACE)).json() == row
    await score(race)
    await define(race, points_per_usd="0.5", status="paused")
    assert (await race.key.get(RACE)).json() == row | {"status": "paused"}, "what has begun keeps its version"


async def test_amounts_are_exact_as_numbers_and_as_text(race: Town) -> None:
    for wagered, points in ((0.1, "1"), ("0.2", "3"), (0.000001, "3.00001"), ("9007199254.740991", None)):
        answer = await score(race, wagered=wagered)
        if points is None:
            assert (answer.status_code, answer.json()["code"]) == (409, "LIMIT_EXCEEDED")
        else:
            assert answer.json()["points"] == points
    raw = b'{"user_id":"groot","points":900719925.474099}'
    assert (await race.key.post(f"{RACE}/score", content=raw)).json()["points"] == "900719925.474099"


async def test_named_points_count_instead_of_what_was_wagered(race: Town) -> None:
    assert (await score(race, points="7.5")).json()["points"] == "7.5"
    assert (await score(race, wagered=None, points=1)).json()["points"] == "8.5"


async def test_a_wager_counts_once_and_so_does_a_key(race: Town) -> None:
    first = await score(race, source_wager_id="w1", idempotency_key="k1")
    await score(race)
    facts = await race.events()
    for again in (
        await score(race, source_wager_id="w1", idempotency_key="k1"),
        await score(race, source_wager_id="w1", idempotency_key="k2"),
        await score(race, source_wager_id="w1"),
    ):
        assert (again.status_code, again.json()) == (200, first.json() | {"deduped": True})
    for wrong in (
        await score(race, wagered=51, source_wager_id="w1"),
        await score(race, "groot", source_wager_id="w1"),
        await score(race, wagered=51, idempotency_key="k1"),
    ):
        assert (wrong.status_code, wrong.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert await race.events() == facts
    assert await entries(race) == [(1, "rocket", "1000")]


async def test_a_hundred_reports_of_one_wager_at_once_are_one_score(race: Town) -> None:
    answers = await asyncio.gather(*(score(race, source_wager_id="w1") for _ in range(100)))
    assert Counter(answer.json()["deduped"] for answer in answers) == {False: 1, True: 99}
    assert {answer.json()["points"] for answer in answers} == {"500"}
    assert await race.events("tournament.scored") == 1


async def test_equals_stand_in_the_order_in_which_they_reached_their_points(race: Town) -> None:
    for player, points in (("mantis", 5), ("groot", 10), ("rocket", 10), ("mantis", 5), ("gamora", 11)):
        await score(race, player, wagered=None, points=points)
    expected = [(1, "gamora", "11"), (2, "groot", "10"), (3, "rocket", "10"), (4, "mantis", "10")]
    assert await entries(race) == expected
    assert await entries(race, limit=2) == expected[:2]


async def test_closing_pays_every_place_and_closing_again_tells_the_same(race: Town) -> None:
    for player, wagered in (("mantis", 1), ("groot", 3), ("rocket", 2), ("gamora", 4)):
        await score(race, player, wagered)
    answer = await race.key.post(f"{RACE}/close", json={"idempotency_key": "close-1"})
    assert answer.status_code == 201
    winners = [("gamora", 5_000), ("groot", 3_000), ("rocket", 2_000)]
    payouts = [
        {"rank": rank, "user_id": await user_id(race, player), "username": player, "amount": amount}
        for rank, (player, amount) in enumerate(winners, 1)
    ]
    body = {"tournament_id": "weekend-race", "status": "completed", "payouts": payouts}
    assert answer.json() == body | {"total_paid": 10_000, "deduped": False}
    assert list(answer.json()) == [*body, "total_paid", "deduped"]
    assert [await race.balance(player=player) - 10_000 for player, _ in winners] == [5_000, 3_000, 2_000]
    facts = await race.events()
    for again in (
        await race.key.post(f"{RACE}/close", json={"idempotency_key": "close-1"}),
        await race.key.post(f"{RACE}/close", json={"idempotency_key": "close-2"}),
        await race.key.post(f"{RACE}/close", json={}),
        await race.key.post(f"{RACE}/close"),
    ):
        assert (again.status_code, again.json()) == (200, answer.json() | {"deduped": True})
    assert await race.events() == facts
    for reads in (RACE, f"{RACE}/standings"):
        assert (await race.key.get(reads)).json()["status"] == "completed"
    assert len(await entries(race)) == 4
    late = await score(race)
    assert (late.status_code, late.json()["code"]) == (409, "NOT_ACTIVE")


async def test_many_who_close_at_once_hear_of_one_closing(race: Town) -> None:
    await score(race)
    answers = await asyncio.gather(*(race.key.post(f"{RACE}/close", json={}) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 19}
    assert len({answer.text.replace('"deduped":true', '"deduped":false') for answer in answers}) == 1
    assert await race.events("tournament.closed") == 1
    assert await race.balance() == 15_000


async def test_a_race_that_nobody_ran_closes_without_payouts(race: Town) -> None:
    answer = await race.key.post(f"{RACE}/close")
    assert (answer.status_code, answer.json()["payouts"], answer.json()["total_paid"]) == (201, [], 0)
    assert (await race.key.get("/v1/tournaments")).json()["tournaments"][0]["status"] == "completed"


async def test_a_prize_whose_winner_has_left_is_kept_for_nobody_to_lose(race: Town) -> None:
    await score(race)
    gone = {"status": "closed", "reason": "the story wants it"}
    assert (await race.key.patch("/v1/players/rocket/status", json=gone)).status_code == 201
    assert (await race.key.post(f"{RACE}/close")).json()["total_paid"] == 5_000
    assert await race.sql("select account, amount from ledger.house where account in ('rewards', 'unclaimed')") in (
        [("rewards", -5_000), ("unclaimed", 5_000)],
        [("unclaimed", 5_000), ("rewards", -5_000)],
    )


async def test_more_than_a_page_of_places_are_all_paid(race: Town) -> None:
    await define(race, "long", prize_pool=600, prize_structure=["0.166666"] * 600)
    body = {"user_id": "rocket", "points": 1}
    assert (await race.key.post("/v1/tournaments/long/score", json=body)).status_code == 200
    await stand(race, "long", 700)
    closed = (await race.key.post("/v1/tournaments/long/close")).json()
    assert [row["rank"] for row in closed["payouts"]] == [1], "599 places round down to nothing"
    await define(race, "longer", prize_pool=6_000, prize_structure=["0.1"] * 600)
    assert (await race.key.post("/v1/tournaments/longer/score", json=body)).status_code == 200
    await stand(race, "longer", 700)
    closed = (await race.key.post("/v1/tournaments/longer/close")).json()
    assert [(row["rank"], row["username"]) for row in closed["payouts"]] == [
        (rank, f"runner-{701 - rank}") for rank in range(1, 601)
    ]
    assert closed["total_paid"] == sum(row["amount"] for row in closed["payouts"]) == 3_600
    assert await race.events("tournament.payout_made") == 601


async def test_closing_a_race_of_a_hundred_thousand_reads_only_its_places(race: Town) -> None:
    await score(race, wagered=None, points=1)
    await stand(race, "weekend-race", 100_000)
    closed = (await race.key.post(f"{RACE}/close")).json()
    assert [(row["username"], row["amount"]) for row in closed["payouts"]] == [
        ("runner-100000", 5_000), ("runner-99999", 3_000), ("runner-99998", 2_000),
    ]  # fmt: skip
    (states,) = await race.sql("select max(length(state)) from leaderboards.streams")
    assert int(states[0]) < 1_000
    assert [row[0] for row in await entries(race, limit=200)] == list(range(1, 201))


async def stand(town: Town, tournament: str, runners: int) -> None:
    """So many more players stand there, as if they had scored: runner-n with n + 1 points."""
    part = partition_of(TenantId("starlight"), tournament, PARTITIONS)
    await town.sql(
        f"""insert into leaderboards.tournament_scores
        select {part}, 'starlight', '{tournament}', 'runner-' || n, (n + 1) * 1000000::bigint, now(), 'w' || n
        from generate_series(1, {runners}) n"""
    )
    await town.sql("analyze leaderboards.tournament_scores")


async def test_its_time_closes_a_race_by_itself(tables: str) -> None:
    async with gateway(tables) as town:
        clock = Ahead()
        town.parts.clock = clock
        async with town.workers():
            await eventually("the town is ready", town.ready)
            await town.settle()
            await prepare(town, ends_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
            assert (await score(town)).status_code == 200
            clock.by = timedelta(hours=1, seconds=70)
            await eventually("it is closed", lambda: completed(town))
            clock.by = timedelta()
            assert await town.balance() == 15_000
            told = await town.key.post(f"{RACE}/close")
            assert (told.status_code, told.json()["deduped"], told.json()["total_paid"]) == (200, True, 5_000)


async def completed(town: Town) -> bool:
    return bool((await town.key.get(RACE)).json()["status"] == "completed")


async def test_nothing_scores_that_is_paused_or_not_begun_or_over(race: Town) -> None:
    now = datetime.now(UTC)
    for fields in (
        {"status": "paused"},
        {"starts_at": (now + timedelta(hours=1)).isoformat()},
        {"ends_at": (now - timedelta(hours=1)).isoformat()},
    ):
        await define(race, **fields)
        answer = await score(race)
        assert (answer.status_code, answer.json()["code"]) == (409, "NOT_ACTIVE"), fields


BAD: Final = [
    ("weekend-race/score", b'{"user_id":"rocket"}',                                   400, "VALIDATION"),
    ("weekend-race/score", b'{"wagered":1}',                                          400, "VALIDATION"),
    ("weekend-race/score", b"",                                                       400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":0}',                       400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":-1}',                      400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":0.1234567}',               400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":"0.1234567"}',             400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":1e3}',                     400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":true}',                    400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":[1]}',                     400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","points":0}',                        400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":1,"source_wager_id":""}',  400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":1,"source_wager_id":"a/b"}', 400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"rocket","wagered":1,"extra":1}',             400, "VALIDATION"),
    ("weekend-race/score", b'{"user_id":"nobody","wagered":1}',                       404, "NO_PLAYER"),
    ("nowhere/score",      b'{"user_id":"rocket","wagered":1}',                       404, "NO_TOURNAMENT"),
    ("weekend-race/close", b'{"user_id":"rocket"}',                                   400, "VALIDATION"),
    ("nowhere/close",      b"{}",                                                     404, "NO_TOURNAMENT"),
]  # fmt: skip


async def test_bad_input_is_told_and_writes_nothing(race: Town) -> None:
    before = await race.events()
    for path, body, status, code in BAD:
        answer = await race.key.post(f"/v1/tournaments/{path}", content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body)
        assert set(answer.json()) == {"error", "code"}
    assert await race.events() == before


async def test_reads_of_what_is_not_there_and_of_too_much(race: Town) -> None:
    for path in ("/v1/tournaments/nowhere", "/v1/tournaments/nowhere/standings"):
        answer = await race.key.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "NO_TOURNAMENT")
    for limit in ("0", "201", "ten", ""):
        answer = await race.key.get(f"{RACE}/standings?limit={limit}")
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION")


async def test_a_blocked_player_scores_nothing(race: Town) -> None:
    blocked = {"status": "suspended", "reason": "the story wants it"}
    assert (await race.key.patch("/v1/players/groot/status", json=blocked)).status_code == 201
    answer = await score(race, "groot")
    assert (answer.status_code, answer.json()["code"]) == (409, "PLAYER_BLOCKED")
    assert await entries(race) == []


async def test_what_has_begun_goes_on_after_a_restart(tables: str) -> None:
    async with running(tables) as town:
        await town.settle()
        await prepare(town)
        await score(town, source_wager_id="w1")
    async with running(tables) as town:
        assert (await score(town, source_wager_id="w1")).json()["deduped"] is True
        assert (await score(town, source_wager_id="w2")).json()["points"] == "1000"
        assert (await town.key.post(f"{RACE}/close")).json()["total_paid"] == 5_000
