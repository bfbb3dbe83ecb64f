"""What an operator does to a stream in Kafka while a worker reads it."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from services.engines.registry import service
from shared.bus.port import Outgoing
from shared.clock import SystemClock
from shared.definitions import DefinitionStore
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import StoredDefinition
from shared.telemetry import Metrics
from shared.worker.batch import Outside
from shared.worker.worker import Worker
from tests.contracts.bus_rig import kafka_rig, until
from tests.contracts.test_bus_workers import NONSENSE, at_work, seeds_of
from tests.simulation.test_intake import OWN, PARTITIONS, TENANT, TOPIC, tenant


@pytest.mark.kafka
@pytest.mark.xdist_group("kafka")
async def test_a_stream_that_is_deleted_is_made_anew_and_everybody_else_is_served(kafka_bootstrap: str) -> None:
    """The driver deals anew at once, when there is nothing yet that could be read."""
    rig = await kafka_rig(kafka_bootstrap)
    await rig.bus.ensure(dict.fromkeys(OWN, PARTITIONS))
    store, log = DefinitionStore(), MemoryEventLog(service, PARTITIONS)
    store.learn([StoredDefinition(1, TENANT, "tenant", TENANT, 1, tenant.model_dump_json(), removed=False)])
    outside = Outside(PARTITIONS, store, seeds_of)
    worker = Worker(service, rig.bus, log, outside, clock=SystemClock(), metrics=Metrics(), name="w")
    async with at_work(worker):
        await until(lambda: len(worker.owned) == PARTITIONS and worker.trouble is None)
        before = await rig.bus.topic(TOPIC)
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
        await admin.start()
        await admin.delete_topics([TOPIC])
        await admin.close()
        await until(lambda: not worker.owned)
        await until(lambda: len(worker.owned) == PARTITIONS and worker.trouble is None)
        await until(lambda: log.offsets[0, TOPIC].topic_id != before.topic_id)
        async with asyncio.timeout(40):
            await rig.bus.publish([Outgoing(TOPIC, 0, None, NONSENSE)])
        await until(lambda: len(log.dead_letters) == 1)
    await rig.stop()
