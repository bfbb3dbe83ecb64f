"""Tables are brought to this version's form once, by whoever comes first, and never in a way that loses history."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.database import Connection, DatabaseError, Target
from shared.eventlog.migrate import SERVICES, MigrationRefused, catalogue, create_from_schema, migrate
from shared.eventlog.port import Unavailable
from tests.conftest_postgres import database_on

pytestmark = pytest.mark.postgres

SERVICES_WITH_TABLES = sorted({path.parents[1].name for path in SERVICES.glob("*/migrations/*.sql")})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the services' own files lie; `shop` has one."""
    own = tmp_path / "shop" / "migrations"
    own.mkdir(parents=True)
    (own / "0001_shelves.sql").write_text("create table shelves (part smallint, name text, primary key (part, name));")
    return tmp_path


async def ask(dsn: str, sql: str, *, as_service: bool = False) -> list[tuple[object, ...]]:
    connection = Connection(Target(dsn, schema="shop", as_service=as_service))
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def assert_schema_tells_what_migrations_make(server: str, service: str, folder: Path) -> None:
    async with database_on(server) as migrated, database_on(server) as declared:
        await migrate(migrated, [service], 4, folder=folder)
        await create_from_schema(declared, service, folder=folder)
        assert await catalogue(migrated, service) == await catalogue(declared, service)


async def test_the_common_schema_file_tells_what_the_logs_migrations_make(postgres_dsn: str, tmp_path: Path) -> None:
    await assert_schema_tells_what_migrations_make(postgres_dsn, "shop", tmp_path)


@pytest.mark.parametrize("service", SERVICES_WITH_TABLES)
async def test_each_services_schema_file_tells_what_its_migrations_make(postgres_dsn: str, service: str) -> None:
    await assert_schema_tells_what_migrations_make(postgres_dsn, service, SERVICES)


@pytest.mark.parametrize(
    "difference",
    [
        "alter table shelves add column colour text",
        "alter table shelves alter column name type varchar(20)",
        "alter table shelves alter column name set default 'oak'",
        "alter table shelves add check (part >= 0)",
        "create index on shelves (name)",
        "alter table shelves set (fillfactor = 50)",
        "create trigger no_more before insert on shelves for each row execute function refuse_change()",
        "create or replace function refuse_change() returns trigger language plpgsql as $$ begin return null; end $$",
        "create view narrow as select name from shelves",
    ],
)
async def test_the_comparison_sees(fresh_database: str, folder: Path, difference: str) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    before = await catalogue(fresh_database, "shop")
    await ask(fresh_database, difference)
    assert await catalogue(fresh_database, "shop") != before


async def test_a_second_migration_finds_nothing_to_do(fresh_database: str, folder: Path) -> None:
    first = await migrate(fresh_database, ["shop"], 4, folder=folder)
    assert first == ["shop: log/0001_log.sql", "shop: shop/0001_shelves.sql"]
    before = await catalogue(fresh_database, "shop")
    assert await migrate(fresh_database, ["shop"], 4, folder=folder) == []
    assert await catalogue(fresh_database, "shop") == before


async def test_every_partition_has_a_position(fresh_database: str, folder: Path) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    assert await ask(fresh_database, "select part, event_pos, epoch from positions order by part") == [
        (0, 0, 0),
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 0),
    ]


async def test_several_processes_may_migrate_at_once(fresh_database: str, folder: Path) -> None:
    done = await asyncio.gather(*(migrate(fresh_database, ["shop", "cafe"], 4, folder=folder) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 3]


async def test_a_later_file_is_applied_to_what_stands(fresh_database: str, folder: Path) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    (folder / "shop" / "migrations" / "0002_signs.sql").write_text("create table signs (part smallint primary key);")
    assert await migrate(fresh_database, ["shop"], 4, folder=folder) == ["shop: shop/0002_signs.sql"]


async def test_a_changed_file_is_refused(fresh_database: str, folder: Path) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    (folder / "shop" / "migrations" / "0001_shelves.sql").write_text("create table shelves (part smallint);")
    with pytest.raises(MigrationRefused, match=r"shop/0001_shelves\.sql was changed after it was applied"):
        await migrate(fresh_database, ["shop"], 4, folder=folder)


async def test_a_database_of_a_newer_version_is_refused(fresh_database: str, folder: Path) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    (folder / "shop" / "migrations" / "0001_shelves.sql").unlink()
    with pytest.raises(MigrationRefused, match=r"shop/0001_shelves\.sql, which this version does not know"):
        await migrate(fresh_database, ["shop"], 4, folder=folder)


@pytest.mark.parametrize("other", [3, 8])
async def test_another_partition_count_is_refused(fresh_database: str, folder: Path, other: int) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    with pytest.raises(MigrationRefused, match=f"made with 4 partitions and cannot have {other}"):
        await migrate(fresh_database, ["shop"], other, folder=folder)
    assert await ask(fresh_database, "select count(*) from positions") == [(4,)]


async def test_a_file_that_fails_changes_nothing(fresh_database: str, folder: Path) -> None:
    (folder / "shop" / "migrations" / "0002_wrong.sql").write_text("create table good (part int); select nonsense;")
    with pytest.raises(MigrationRefused, match=r"shop/0002_wrong\.sql fails in schema shop, nothing was changed"):
        await migrate(fresh_database, ["shop"], 4, folder=folder)
    assert await ask(fresh_database, "select nspname from pg_namespace where nspname = 'shop'") == []


@pytest.mark.parametrize("name", ["2_short.sql", "0002-dashes.sql", "0001_again.sql"])
async def test_a_file_out_of_order_is_refused(fresh_database: str, folder: Path, name: str) -> None:
    (folder / "shop" / "migrations" / name).write_text("select 1;")
    with pytest.raises(MigrationRefused, match=r"not a migration's name|two migrations have one number"):
        await migrate(fresh_database, ["shop"], 4, folder=folder)


@pytest.mark.parametrize("name", ["Shop", "shop; drop schema public", 'a"b', ""])
async def test_a_name_that_is_no_schema_is_refused(fresh_database: str, folder: Path, name: str) -> None:
    with pytest.raises(MigrationRefused, match="cannot be a schema"):
        await migrate(fresh_database, [name], 4, folder=folder)


async def test_a_dead_server_is_one_clear_line_without_the_password(folder: Path) -> None:
    with pytest.raises(Unavailable, match=r"cannot reach PostgreSQL at postgresql://ann@127\.0\.0\.1:1/fair: ") as told:
        await migrate("postgresql://ann:geheim@127.0.0.1:1/fair", ["shop"], 4, folder=folder)
    assert "geheim" not in str(told.value)
    assert "\n" not in str(told.value)


async def test_a_service_works_in_its_role_and_may_write_its_tables(fresh_database: str, folder: Path) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    assert await ask(fresh_database, "select current_user::text", as_service=True) == [("fairground_service",)]
    await ask(fresh_database, "insert into shelves values (0, 'oak')", as_service=True)
    await ask(fresh_database, "delete from shelves", as_service=True)


@pytest.mark.parametrize(
    "statement",
    [
        "update events set data = ''",
        "delete from events",
        "truncate events",
        "update layout set partitions = 9",
        "delete from migrations",
        "drop table events",
        "create table shop.extra (part int)",
    ],
)
async def test_a_service_may_not(fresh_database: str, folder: Path, statement: str) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    with pytest.raises(DatabaseError) as told:
        await ask(fresh_database, statement, as_service=True)
    assert told.value.sqlstate == "42501", "insufficient_privilege"


@pytest.mark.parametrize("statement", ["update events set data = ''", "delete from events", "truncate events"])
async def test_not_even_the_owner_changes_history(fresh_database: str, folder: Path, statement: str) -> None:
    await migrate(fresh_database, ["shop"], 4, folder=folder)
    with pytest.raises(DatabaseError, match=r"events are never changed: \w+ on shop\.events is refused"):
        await ask(fresh_database, statement)
