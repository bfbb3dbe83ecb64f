"""The limit below the intake: a bare consumer that decodes, dedupes by id and sums one board, a statement a batch."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.database import Connection, load_queries
from shared.messages.wager import Wager
from shared.money import MICRO_SCALE, parse
from tests.bench.town import connection_to

SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))
BATCH: Final = 1_000
SCRATCH: Final = "bench_wagers"
POLL_MS: Final = 500
POINTS: Final = 10


async def raw_rate(kafka: str, dsn: str, topic: str, partitions: int) -> float:
    """Messages a second, of everything that lies in the topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    places = [TopicPartition(topic, part) for part in range(partitions)]
    owner = connection_to(dsn, "public")
    try:
        await owner.run(SQL["create_scratch"])
        scratch = connection_to(dsn, SCRATCH)
        await consumer.start()
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        count = sum((await consumer.end_offsets(places)).values())
        await scratch.fetch(SQL["take"], *([] for _ in range(7)))  # prepared, and its tables known
        begun, taken = time.perf_counter(), 0
        while taken < count:
            taken += await _take(consumer, scratch)
        return taken / (time.perf_counter() - begun)
    finally:
        await consumer.stop()
        await owner.run(SQL["drop_scratch"])
        await owner.close()
        await scratch.close()


async def _take(consumer: AIOKafkaConsumer, scratch: Connection) -> int:
    found = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
    rows, ends = [], {}
    for place, records in found.items():
        ends[place.partition] = records[-1].offset + 1
        for record in records:
            if b'"wager_id"' in record.value:
                said = Wager.model_validate_json(record.value)
                points = parse(said.stake, MICRO_SCALE) * POINTS
                rows.append((place.partition, said.wager_id, said.status, said.player, points))
    if rows:
        await scratch.fetch(SQL["take"], *map(list, zip(*rows, strict=True)), list(ends), list(ends.values()))
    return sum(map(len, found.values()))
