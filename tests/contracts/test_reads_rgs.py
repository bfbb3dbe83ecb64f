"""However many rounds there are, the games' door reads those it is asked for and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from shared import readmodels
from shared.database import Connection, Target, load_queries
from shared.eventlog.migrate import migrate
from tests.conftest_postgres import database_on
from tests.contracts.eventlog_shop import PARTITIONS

pytestmark = pytest.mark.postgres

SQL: Final = load_queries(Path(readmodels.__file__).with_name("rgs.sql"))
FILLED: Final = load_queries(Path(__file__).with_suffix(".sql"))
AT: Final = (0, "starlight", "p7", "house", "g3")
"""One of the tables that are filled."""


@pytest.fixture
async def owner(postgres_dsn: str) -> AsyncIterator[Connection]:
    async with database_on(postgres_dsn) as dsn:
        await migrate(dsn, ["rgs"], PARTITIONS)
        found = Connection(Target(dsn, schema="rgs", as_service=False))
        try:
            for statement in FILLED.values():
                await found.run(statement)
            yield found
        finally:
            await found.close()


async def test_every_read_of_the_games_door_goes_by_an_index(owner: Connection) -> None:
    asked: dict[str, tuple[object, ...]] = {
        "token": ("t777",),
        "session": (*AT[:3], "s777"),
        "round": (*AT[:3], "r777"),
        "last_round": AT,
        "settled": (*AT, 50),
        "tables": AT[:3],
        "pair": (*AT, 7),
        "pair_of_id": (*AT, "i777"),
    }
    assert asked.keys() == SQL.keys()
    for name, arguments in asked.items():
        plan = await owner.fetch(f"explain {SQL[name]}", *arguments)
        text = "\n".join(row[0] for row in plan)
        assert "Index" in text, f"{name}: {text}"
        assert "Seq Scan" not in text, f"{name}: {text}"
        assert "Sort" not in text, f"{name}: {text}"
