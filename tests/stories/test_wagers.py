"""An operator's stream of wagers moves a race, a pool and journeys, once a wager, whatever else lies in the topic."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.cli.dead_letter import LetterId
from shared.cli.dead_letters import retry
from shared.messages.envelope import routing_key
from shared.messages.wager import AHEAD
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

TOPIC: Final = "wagers.starlight"
NOW: Final = datetime.now(UTC).replace(microsecond=0)
RACE: Final = {"name": "Weekend race", "points_per_usd": 10, "prize_pool": {"amount": 10_000}}
GRAND: Final = {"name": "Grand", "seed_usd": "100.00", "contribution_rate": "0.005"}
JOURNEYS: Final = {
    "welcome": [{"trigger": "first_deposit"}, {"trigger": "wager", "count": 3}],
    "winner": [{"trigger": "big_win"}],
    "climber": [{"trigger": "level_up", "count": 2}],
}


def wager(id_: str, player: str = "rocket", stake: str = "2.50", **fields: Any) -> dict[str, Any]:
    usual = {"tenant": "starlight", "game": "starburst", "currency": "USD", "payout": "0", "status": "settled"}
    return {"wager_id": id_, "player": player, "stake": stake, "at": NOW.isoformat(), **usual, **fields}


def deposit(id_: str, player: str = "rocket", amount: str = "20", **fields: Any) -> dict[str, Any]:
    usual = {"tenant": "starlight", "currency": "USD", "at": NOW.isoformat()}
    return {"deposit_id": id_, "player": player, "amount": amount, **usual, **fields}


async def stream(town: Town, *said: dict[str, Any] | bytes, part: int | None = None) -> None:
    """Write to the topic as an operator's producer would, or into a partition of somebody's own choice."""
    messages = []
    for one in said:
        raw = one if isinstance(one, bytes) else json.dumps(one).encode()
        player = "rocket" if isinstance(one, bytes) else str(one.get("player", "rocket"))
        place = partition_of("starlight", player, PARTITIONS) if part is None else part
        messages.append(Outgoing(TOPIC, place, routing_key("starlight", player), raw))
    await town.parts.bus.publish(messages)


@pytest.fixture
async def race(town: Town) -> Town:
    """A race, a pool, a few journeys, and the engines reading the tenant's stream."""
    tenant = {"slug": "starlight", "brand": "starlight", "environment": "test", "levels": ["10", "20.50"]}
    journeys: dict[str, dict[str, Any]]
    journeys = {key: {"name": key, "steps": steps, "reward_winz": 500} for key, steps in JOURNEYS.items()}
    world: list[tuple[str, str, dict[str, Any]]] = [
        ("tenant", "starlight", tenant),
        ("player", "groot", {"opening_balances": {"WINZ": 0}}),
        ("tournament", "weekend-race", RACE),
        ("jackpot", "grand", GRAND),
        *(("journey", key, spec) for key, spec in journeys.items()),
    ]
    for kind, key, spec in world:
        assert (await town.put(kind, key, spec)).status_code == 200
    await eventually("the engines read the stream", lambda: _reads(town))
    return town


async def _reads(town: Town) -> bool:
    rows = await town.sql(f"select count(*) from engines.offsets where topic = '{TOPIC}'")
    return rows == [(PARTITIONS,)] and await town.ready()


async def standings(town: Town) -> dict[str, str]:
    shown = (await town.key.get("/v1/tournaments/weekend-race/standings")).json()
    return {row["username"]: row["points"] for row in shown["entries"]}


async def pool(town: Town) -> str:
    return str((await town.key.get("/v1/jackpots/grand")).json()["pool"])


async def dead(town: Town) -> list[str]:
    return [row[0] for row in await town.sql("select reason from engines.dead_letters order by number")]


async def has_taken(town: Town, count: int) -> None:
    """Wait until so many messages have left their mark, and everything that they set going has been answered."""

    async def quiet() -> bool:
        marks = await town.sql("select count(*) from engines.wagers")
        waiting = await town.sql("select count(*) from engines.outbox")
        return marks == [(count,)] and waiting == [(0,)]

    await eventually(f"{count} marks", quiet)


async def test_wagers_move_the_race_and_the_pool_by_what_was_staked(race: Town) -> None:
    await stream(race, wager("w1"), wager("w2", stake="0.01"), wager("w3", "groot", stake="10"))
    await has_taken(race, 3)
    assert await standings(race) == {"rocket": "25.1", "groot": "100"}
    assert await pool(race) == "100.06255"
    assert await dead(race) == []


async def test_a_wager_that_comes_again_counts_once(race: Town) -> None:
    for _ in range(3):
        await stream(race, wager("w1"), wager("w1"))
    await stream(race, wager("w2", "groot"))
    await has_taken(race, 2)
    assert await standings(race) == {"rocket": "25", "groot": "25"}


async def test_a_void_takes_back_exactly_what_its_wager_brought(race: Town) -> None:
    await stream(race, wager("w1"), wager("w2", stake="1"))
    await has_taken(race, 2)
    assert (await race.put("jackpot", "grand", {**GRAND, "contribution_rate": "0.5"})).status_code == 200
    await stream(race, wager("w1", status="void"), wager("w1", status="void"))
    await has_taken(race, 3)
    assert await standings(race) == {"rocket": "10"}
    assert await pool(race) == "100.005"


async def test_a_wager_whose_void_came_first_counts_nothing(race: Town) -> None:
    await stream(race, wager("w1", status="void"))
    await stream(race, wager("w1"), wager("w2", stake="1"))
    await has_taken(race, 3)
    assert await standings(race) == {"rocket": "10"}
    assert await pool(race) == "100.005"


async def test_wagers_in_a_foreign_partition_are_passed_on_and_count_once(race: Town) -> None:
    home = partition_of("starlight", "rocket", PARTITIONS)
    await stream(race, wager("w1"), wager("w2"), part=(home + 1) % PARTITIONS)
    await stream(race, wager("w1"), part=(home + 2) % PARTITIONS)
    await stream(race, wager("w1"), wager("w3"))
    await has_taken(race, 3)
    assert await standings(race) == {"rocket": "75"}
    assert {row[0] for row in await race.sql("select part from engines.wagers")} == {home}


async def test_journeys_hear_of_deposits_wagers_big_wins_and_levels(race: Town) -> None:
    await stream(race, deposit("d1"), deposit("d2"))
    await has_taken(race, 2)
    await stream(race, *(wager(f"w{n}", stake="6") for n in range(3)), wager("w9", stake="3", payout="30"))
    await has_taken(race, 6)
    completed = "select data::json->>'journey' from engines.events where type = 'journey.completed' order by 1"
    assert await race.sql(completed) == [("climber",), ("welcome",), ("winner",)]
    assert await race.balance() == 10_000 + 3 * 500


async def test_journeys_that_wait_for_nothing_more_are_not_told(race: Town) -> None:
    await stream(race, deposit("d1"), *(wager(f"w{n}", stake="10", payout="100") for n in range(3)))
    await has_taken(race, 4)
    assert len(await race.sql("select 1 from engines.events where type = 'journey.completed'")) == len(JOURNEYS)
    asked = "select count(*) from engines.replies where scope = 'send'"
    ((before,),) = await race.sql(asked)
    await stream(race, wager("w8", payout="100"))
    await has_taken(race, 5)
    assert await race.sql(asked) == [(before + 1,)]  # the jackpot alone


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"\xff", "Invalid JSON"),
        (b"[]", "the message: Input should be an object"),
        ({**wager("x"), "wager_id": None}, "wager_id: Input should be a valid string"),
        ({k: v for k, v in wager("x").items() if k != "wager_id"}, "wager_id: Field required"),
        (wager("a/b"), "without slashes"),
        (wager("x", stake="1.1234567"), "stake: String should match pattern"),
        (wager("x", stake="-1"), "stake"),
        (wager("x", stake="1e3"), "stake"),
        (wager("x") | {"stake": 1.5}, "stake"),
        (wager("x", payout=""), "payout"),
        (wager("x", status="lost"), "status"),
        (wager("x", at="yesterday"), "at"),
        (wager("x", at="2026-11-21T12:00:00"), "timezone"),
        (wager("x", at=(NOW - timedelta(days=401)).isoformat()), "older than 400 days"),
        (wager("x", at=(NOW + timedelta(hours=1)).isoformat()), "ahead of our clock"),
        (wager("x", tenant="moonbase"), "names the tenant 'moonbase' in the topic of 'starlight'"),
        (wager("x", game="g" * 9_000), "at most 8192"),
        (deposit("x", amount="NaN"), "amount"),
    ],
)
async def test_a_bad_message_is_a_dead_letter_and_its_neighbours_count(
    race: Town, said: dict[str, Any] | bytes, reason: str
) -> None:
    await stream(race, wager("w1"), said, wager("w2"))
    await has_taken(race, 2)
    assert await standings(race) == {"rocket": "50"}
    (why,) = await dead(race)
    assert reason in why


async def test_another_wager_under_a_known_id_is_a_dead_letter(race: Town) -> None:
    await stream(race, wager("w1"), wager("w1", stake="99"))
    await has_taken(race, 1)
    await eventually("it is dead", lambda: _died(race))
    assert await dead(race) == ["w1 is settled already, of rocket with another content"]
    assert await standings(race) == {"rocket": "25"}


async def test_a_letter_of_what_was_passed_on_can_be_tried_again_by_itself(race: Town) -> None:
    soon = datetime.now(UTC) + AHEAD + timedelta(seconds=2)
    astray = wager("w1", at=soon.isoformat()), wager("w2", at=soon.isoformat()), wager("w3", stake="1")
    await stream(race, *astray, part=(partition_of("starlight", "rocket", PARTITIONS) + 1) % PARTITIONS)
    await has_taken(race, 1)
    await eventually("it is dead", lambda: _died(race))
    letters = await race.sql("select part, number from engines.dead_letters order by number")
    assert len(letters) == 2
    await eventually("its time has come", lambda: _is_past(soon - AHEAD))
    for part, number in letters:
        await retry(race.parts.dsn, race.parts.bus, LetterId("engines", part, number))
    await has_taken(race, 3)
    assert await standings(race) == {"rocket": "60"}


async def _is_past(at: datetime) -> bool:
    return datetime.now(UTC) > at


async def _died(race: Town) -> bool:
    return bool(await dead(race))


async def test_a_void_after_the_close_takes_nothing_and_is_counted(race: Town) -> None:
    await stream(race, wager("w1"))
    await has_taken(race, 1)
    assert (await race.key.post("/v1/tournaments/weekend-race/close", json={})).status_code == 201
    before = await standings(race)
    await stream(race, wager("w1", status="void"), wager("w2"))
    await has_taken(race, 3)
    assert await standings(race) == before == {"rocket": "25"}
    shown = (await race.nobody.get("/metrics")).text
    assert 'fairground_tallies_total{service="leaderboards",what="wagers_void_late"} 1.0' in shown
