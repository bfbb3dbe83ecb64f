"""A game brings along what it had elsewhere, many rows at once, and each row counts once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.arcade import Arcade, data, told
from tests.stories.servers import GameServer, of

pytestmark = pytest.mark.postgres


def result(applied: int = 0, skipped: int = 0, *failures: Any) -> dict[str, Any]:
    return {"applied": applied, "skipped": skipped, "failed": len(failures), "failures": list(failures)}


async def test_players_are_introduced_once(arcade: Arcade, server: GameServer) -> None:
    rows = [
        {"externalPlayerId": "drax", "country": "MT", "name": "Drax"},
        {"externalPlayerId": "nebula"},
        {"externalPlayerId": "rocket"},
    ]
    assert data(await server.post("migrate/players", rows=rows)) == result(2, 1)
    assert data(await server.post("migrate/players", rows=rows)) == result(0, 3)
    assert data(await server.get(of("drax")))["player"]["externalPlayerId"] == "drax"
    drax = await arcade.gamer("drax")
    board = data(await drax.start(), 201)["leaderboardId"]
    assert data(await drax.get(f"/sdk/v1/leaderboards/{board}"))["entries"][0]["name"] == "Drax"


async def test_money_comes_along_once_a_row(server: GameServer) -> None:
    rows = [
        {"externalPlayerId": "rocket", "economyKey": "coins", "amount": 10, "idempotencyKey": "r-1"},
        {"externalPlayerId": "rocket", "economyKey": "coins", "amount": 5, "idempotencyKey": "r-2"},
        {"externalPlayerId": "nobody", "economyKey": "coins", "amount": 5},
        {"externalPlayerId": "groot", "economyKey": "pearls", "amount": 5},
    ]
    told_ = data(await server.post("migrate/wallet", rows=rows))
    stranger, unknown = told_["failures"]
    assert told_ == result(2, 0, stranger, unknown)
    assert (stranger["rowIndex"], stranger["externalPlayerId"], stranger["error"]["code"]) == (2, "nobody", "not_found")
    assert list(stranger) == ["rowIndex", "externalPlayerId", "error"]
    assert list(stranger["error"]) == ["code", "message"]
    assert (unknown["rowIndex"], unknown["error"]["code"]) == (3, "not_found")
    assert data(await server.post("migrate/wallet", rows=rows[:2])) == result(0, 2)
    changed = rows[0] | {"amount": 11}
    [conflict] = data(await server.post("migrate/wallet", rows=[changed]))["failures"]
    assert conflict["error"]["code"] == "idempotency_conflict"
    wallet = data(await server.get(of("rocket")))["wallet"]
    assert next(row["balance"] for row in wallet if row["economyKey"] == "coins") == 15


async def test_rows_without_a_key_have_their_place_in_the_batch(server: GameServer) -> None:
    rows = [{"externalPlayerId": "rocket", "itemKey": "sword", "quantity": 1}] * 3
    assert data(await server.post("migrate/inventory", "batch-1", rows=rows)) == result(3)
    assert data(await server.post("migrate/inventory", "batch-1", rows=rows)) == result(0, 3)
    assert [row["quantity"] for row in data(await server.get(of("rocket")))["inventory"]] == [3]


async def test_a_large_batch_fits(server: GameServer) -> None:
    """Far more than the other routes take."""
    rows = [{"externalPlayerId": f"player-{number}-{'x' * 100}"} for number in range(1_000)]
    assert data(await server.post("migrate/players", rows=rows)) == result(1_000)


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("players", []),
        ("players", [{"externalPlayerId": "x"}] * 1_001),
        ("players", [{"externalPlayerId": "a/b"}]),
        ("players", [{"externalPlayerId": "x", "country": "Malta"}]),
        ("players", [{"externalPlayerId": "x", "secret": "y"}]),
        ("wallet", [{"externalPlayerId": "rocket", "economyKey": "coins", "amount": 0}]),
        ("wallet", [{"externalPlayerId": "rocket", "economyKey": "coins"}]),
        ("inventory", [{"externalPlayerId": "rocket", "itemKey": "sword", "quantity": 1.5}]),
    ],
)
async def test_a_batch_that_makes_no_sense_changes_nothing(server: GameServer, path: str, rows: Any) -> None:
    assert told(await server.post(f"migrate/{path}", rows=rows)) == (400, "validation_failed")
