"""Wishes put on the bus by the thousand, as any producer would, so that something stands before it is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Final

import orjson

from services.gateway.say import fingerprint_of
from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.messages.base import Command
from shared.messages.envelope import ID_HEADER, TYPE_HEADER, routing_key
from shared.running import REPLIES
from shared.worker.tell import commands_of
from tests.bench.town import TENANT, ask, publish
from tests.system.town import Town

REPLY_TO: Final = {"topic": REPLIES, "partition": 0, "instance": "bench"}
PATIENCE_S: Final = 1_200.0
POLL_S: Final = 0.2


def wish_of(town: Town, service: str, command: Command, key: str, wish: str) -> Outgoing:
    """One command on its way, a wish of its own.

    Args:
        town: where.
        service: who decides.
        command: what is wished.
        key: the entity whose partition decides.
        wish: its id, which is its idempotency key, too.
    """
    data = command.model_dump_json().encode()
    value = {
        "id": wish,
        "type": command.wire,
        "tenant": TENANT,
        "key": key,
        "actor": "bench",
        "caused_by": None,
        "correlation_id": wish,
        "reply_to": REPLY_TO,
        "idempotency": {"scope": "door", "key": wish, "fingerprint": fingerprint_of(command.wire, data)},
        "ttl_ms": None,
        "data": orjson.Fragment(data),
    }
    headers = ((TYPE_HEADER, command.wire.encode()), (ID_HEADER, wish.encode()))
    part = partition_of(TENANT, key, town.partitions)
    return Outgoing(commands_of(service), part, routing_key(TENANT, key), orjson.dumps(value), headers)


def have_decided(town: Town, service: str, wishes: Iterable[Outgoing], count: int) -> None:
    """Have a service decide so many wishes; what they make others do may still be under way."""
    target = decided_by(town, service) + count
    asyncio.run(publish(town, wishes))
    deadline = time.monotonic() + PATIENCE_S
    while decided_by(town, service) < target:
        assert time.monotonic() < deadline, f"{service} did not decide {count:,} wishes within {PATIENCE_S:.0f} s"
        time.sleep(POLL_S)


def decided_by(town: Town, service: str) -> int:
    """How many messages a service has taken from its commands, ever."""
    return int(ask(town, "read_to", service)[0][0])
