"""Insights as a process of their own: Faust follows real Kafka, is killed, and is put right from the log afterwards."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import httpx
import orjson
import pytest

from shared.bus.kafka import KafkaBus
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.database import Connection, Target
from shared.ids import TenantId
from shared.messages.envelope import routing_key
from shared.money import parse, render
from tests.system.town import ADMIN, Service, Town, eventually

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

MICRO = 10**6
CLOSED_AFTER_S = 60
WAGERS = 2_000
READ = 'fairground_insights_messages_total{outcome="read",topic="wagers.starlight"'


class Standing(NamedTuple):
    """A town, its insights, and the interpreter that these run on."""

    town: Town
    insights: Service


@pytest.fixture(scope="module")
def standing(
    module_kafka: str, module_database: str, insights_python: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    patch = pytest.MonkeyPatch()
    patch.setenv("FAIRGROUND_INSIGHTS_CLOSED_AFTER_S", str(CLOSED_AFTER_S))
    folder = Path(tmp_path_factory.mktemp("insights"))
    with Town(module_kafka, module_database, folder) as town:
        insights = town.add("insights", "insights", insights_python)
        insights.wait_ready()
        yield Standing(town, insights)
    patch.undo()


def wager(number: int, at: datetime, **changes: Any) -> dict[str, Any]:
    plain = {
        "tenant": "starlight", "player": "rocket", "currency": "USD", "at": at.isoformat(), "wager_id": f"w-{number}",
        "game": "starburst", "stake": "2.50", "payout": "0.10", "status": "settled",
    }  # fmt: skip
    return {**plain, **changes}


def send(town: Town, wagers: Sequence[dict[str, Any]], tenant: str = "starlight") -> None:
    """As an operator's producer would."""

    async def sending() -> None:
        bus = KafkaBus(town.kafka)
        await bus.start()
        topic = f"wagers.{tenant}"
        await bus.ensure({topic: town.partitions})
        await bus.publish(
            [
                Outgoing(
                    topic,
                    partition_of(TenantId(tenant), one["player"], town.partitions),
                    routing_key(tenant, one["player"]),
                    orjson.dumps(one),
                    (),
                )
                for one in wagers
            ]
        )
        await bus.stop()

    asyncio.run(sending())


def counted(town: Town) -> int:
    """How many messages the engines have taken into the log."""

    async def counting() -> int:
        connection = Connection(Target(town.dsn, "engines", as_service=False))
        try:
            return int((await connection.fetch("select count(*) from wagers"))[0][0])
        finally:
            await connection.close()

    return asyncio.run(counting())


def asked(town: Town, start: datetime, end: datetime, by: str, tenant: str = "starlight") -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{town.gateway}/admin/v1/insights",
        params={"from": start.isoformat(), "to": end.isoformat(), "by": by},
        headers={**ADMIN, "X-Tenant": tenant},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["rows"])


def played(now: datetime) -> list[dict[str, Any]]:
    """Three hours of wagers that are over, some of them void by now."""
    chance = Random(4)
    found: list[dict[str, Any]] = []
    for number in range(WAGERS):
        one = wager(
            number,
            now - timedelta(seconds=chance.randrange(CLOSED_AFTER_S + 60, 3 * 3_600)),
            player=f"player-{chance.randrange(50)}",
            game=chance.choice(("starburst", "book-of-dead", "mega-moolah")),
            stake=f"{chance.randrange(1, 90)}.{chance.randrange(100):02d}",
            payout=f"{chance.randrange(80)}",
        )
        found.append(one)
        if chance.random() < 0.05:
            found.append({**one, "status": "void"})
    return found


def recomputed(wagers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same by game, in the plainest way."""
    void = {one["wager_id"] for one in wagers if one["status"] == "void"}
    bets: Counter[str] = Counter()
    stake: Counter[str] = Counter()
    payout: Counter[str] = Counter()
    players: dict[str, set[str]] = {}
    for one in wagers:
        if one["wager_id"] not in void:
            game = one["game"]
            bets[game] += 1
            stake[game] += parse(one["stake"], 6)
            payout[game] += parse(one["payout"], 6)
            players.setdefault(game, set()).add(one["player"])
    return [
        {
            "currency": "USD",
            "bets": bets[game],
            "stake": render(stake[game], 6),
            "payout": render(payout[game], 6),
            "ggr": render(stake[game] - payout[game], 6),
            "rtp": render(int(Fraction(payout[game] * MICRO, stake[game]) + Fraction(1, 2)), 6),
            "active_players": len(players[game]),
            "corrected": True,
            "game": game,
        }
        for game in sorted(bets)
    ]


def test_figures_are_followed_killed_and_then_corrected_to_what_the_log_says(standing: Standing) -> None:
    town, insights = standing
    now = datetime.now(UTC)
    wagers = played(now)
    stretch = (now - timedelta(hours=4), now - timedelta(seconds=CLOSED_AFTER_S))  # rewards for all this are of now
    repeated = [*wagers, *wagers[::7]]
    half = len(repeated) // 2
    send(town, repeated[:half])
    eventually("something is followed", lambda: insights.metric(READ) > 0)
    assert not asked(town, *stretch, "game"), "these hours were corrected when there was nothing: they wait"
    insights.signal(signal.SIGKILL)
    insights.wait_dead()
    send(town, repeated[half:])
    insights.start()
    insights.wait_ready()
    eventually("it goes on", lambda: insights.metric(READ) >= len(repeated) - half)
    eventually("the engines have taken all", lambda: counted(town) >= len(wagers))

    def corrected() -> list[dict[str, Any]]:
        assert "made anew: " in town.run("insights", "correct")
        return asked(town, *stretch, "game")

    eventually("the figures are the log's", lambda: corrected() == recomputed(wagers))
    again = town.run("insights", "correct", "--from", stretch[0].isoformat(), "--to", stretch[1].isoformat())
    assert int(again.split()[2]) >= 4
    assert asked(town, *stretch, "game") == recomputed(wagers)


def test_what_happens_now_is_shown_at_once_as_often_as_it_is_heard(standing: Standing) -> None:
    town, _ = standing
    now = datetime.now(UTC)
    minute = now.replace(second=0, microsecond=0)
    assert town.open_box("rocket", f"box-{time.time_ns()}").status_code == 201
    send(town, 2 * [wager(1_000_000, now, game="live")])
    send(town, [{"nonsense": True, "player": "rocket"}])

    def shown() -> dict[str, dict[str, Any]]:
        return {row["game"]: row for row in asked(town, minute, minute + timedelta(hours=1), "game")}

    eventually(
        "both are shown", lambda: {"live", "lootbox/starter-box"} <= shown().keys() and shown()["live"]["bets"] > 1
    )
    live, box = shown()["live"], shown()["lootbox/starter-box"]
    assert (live["bets"], live["ggr"], live["corrected"]) == (2, "4.800000", False)
    assert (box["bets"], box["stake"], box["rtp"], box["active_players"]) == (0, "0.000000", None, 1)


def test_a_tenant_that_comes_later_is_followed_too(standing: Standing) -> None:
    town, insights = standing
    path = f"{town.gateway}/admin/v1/definitions/tenant/moonbase"
    spec = {"slug": "moonbase", "brand": "moonbase", "environment": "test"}
    put = httpx.put(path, json={"spec": spec}, headers={**ADMIN, "X-Tenant": "moonbase"}, timeout=30)
    assert put.status_code == 200, put.text
    now = datetime.now(UTC)
    send(town, [wager(1, now, tenant="moonbase")], "moonbase")
    rows = eventually("it is followed", lambda: asked(town, now - timedelta(hours=1), now, "day", "moonbase"))
    assert [(row["bets"], row["currency"]) for row in rows] == [(1, "USD")]
    assert insights.ready()
