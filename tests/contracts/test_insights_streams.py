"""A correction waits until the engines have read what operators had sent: else it would forget what is under way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from services.insights.known import Book
from services.insights.streams import Streams
from shared.bus.partition import partition_of_key
from shared.bus.port import NoSuchPlace, Slot, Topic
from shared.database import Connection, Target
from shared.eventlog.migrate import migrate
from shared.messages.access import TenantSpec
from shared.messages.envelope import DEFINITIONS
from shared.running import SCHEMAS

pytestmark = pytest.mark.postgres

PARTITIONS = 2
TOPIC = "wagers.starlight"
TENANT = "insert into ledger.definitions values ($1, $2, $3, 'tenant', $2, 1, $4, false)"
READ = """
insert into engines.offsets values ($1, 'wagers.starlight', 'c', 't', $2)
on conflict (part, topic) do update set next_offset = excluded.next_offset
"""


class Broker:
    """Has one tenant's stream, with 5 messages in its second partition."""

    async def topic(self, name: str) -> Topic:
        if name != TOPIC:
            raise NoSuchPlace(f"there is no topic {name}", name)
        return Topic("c", "t", PARTITIONS)

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        return {slot: 5 * slot.part for slot in slots}


@pytest.fixture
async def owner(fresh_database: str) -> AsyncIterator[Connection]:
    await migrate(fresh_database, SCHEMAS, PARTITIONS)
    connection = Connection(Target(fresh_database, as_service=False))
    yield connection
    await connection.close()


async def define(owner: Connection, *tenants: str) -> None:
    home = partition_of_key(DEFINITIONS.encode(), PARTITIONS)
    for seq, tenant in enumerate(tenants, start=1):
        spec = TenantSpec(slug=tenant, brand=tenant).model_dump_json()
        await owner.fetch(TENANT, home, tenant, seq, spec)


@pytest.fixture
async def streams(fresh_database: str, owner: Connection) -> AsyncIterator[Streams]:
    book = Book(fresh_database, PARTITIONS)
    streams = Streams(Broker(), fresh_database, book, polls=1)
    yield streams
    await streams.close()
    await book.close()


async def test_a_tenant_has_a_stream_once_its_topic_is_there(owner: Connection, streams: Streams) -> None:
    await define(owner, "moonbase", "starlight")
    assert await streams.slots() == [Slot(TOPIC, 0), Slot(TOPIC, 1)]


async def test_where_nobody_sends_there_is_nothing_to_wait_for(streams: Streams) -> None:
    assert await streams.slots() == []
    assert await streams.passed()


async def test_it_waits_for_the_engines_and_not_for_what_nobody_wrote(owner: Connection, streams: Streams) -> None:
    await define(owner, "starlight")
    assert not await streams.passed()
    await owner.fetch(READ, 1, 4)
    assert not await streams.passed()
    await owner.fetch(READ, 1, 5)
    assert await streams.passed()
