"""Where clients of Kafka are made, all with the same settings, and where what they say is put into our words."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, errors
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from shared.bus.kafka.wire import FencedInstanceIdError
from shared.bus.port import LARGEST_FETCH_BYTES, BusError, MemberFenced, OffsetLost, Slot
from shared.bus.portion import lost

HEARTBEATS_A_SESSION: Final = 10
REQUEST_TIMEOUT_MS: Final = 30_000
LARGEST_BATCH_BYTES: Final = 256 * 1024
LARGEST_PARTITION_FETCH_BYTES: Final = 1024 * 1024
MEMBER_MAX_WAIT_MS: Final = 50
"""A partition whose messages were being handed over when a request went out must wait for the next request."""
TAIL_MAX_WAIT_MS: Final = 500
SAY_AGAIN_S: Final = 10.0
"""The driver repeats its troubles many times a second; they are logged once in so long."""


class Clients:
    """The one place where clients of Kafka are made."""

    def __init__(self, bootstrap: str, session_timeout_ms: int) -> None:
        self.bootstrap = bootstrap
        self._session_timeout_ms = session_timeout_ms
        self._common = {"bootstrap_servers": bootstrap.split(","), "request_timeout_ms": REQUEST_TIMEOUT_MS}

    def producer(self) -> AIOKafkaProducer:
        """One that appends each message once, in order, and waits for every replica in sync."""
        return AIOKafkaProducer(
            **self._common, enable_idempotence=True, acks="all", linger_ms=0, max_batch_size=LARGEST_BATCH_BYTES
        )

    def consumer(self, fetch_max_wait_ms: int, **more: Any) -> AIOKafkaConsumer:
        """One that reads from where it is told and nowhere else."""
        return AIOKafkaConsumer(
            **self._common,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=fetch_max_wait_ms,
            fetch_max_bytes=LARGEST_FETCH_BYTES,
            max_partition_fetch_bytes=LARGEST_PARTITION_FETCH_BYTES,
            partition_assignment_strategy=(RangePartitionAssignor,),
            **more,
        )

    def grouped(self, group: str, name: str) -> AIOKafkaConsumer:
        """A static member of a group."""
        timeout_ms = self._session_timeout_ms
        return self.consumer(
            MEMBER_MAX_WAIT_MS,
            group_id=group,
            group_instance_id=name,
            session_timeout_ms=timeout_ms,
            rebalance_timeout_ms=timeout_ms,
            heartbeat_interval_ms=timeout_ms // HEARTBEATS_A_SESSION,
        )

    def admin(self) -> AIOKafkaAdminClient:
        """One that creates topics."""
        return AIOKafkaAdminClient(**self._common)

    async def started(self, client: Any) -> Any:
        """The client, connected. Raises BusError if nothing answers; the text names the address."""
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1000):
                await client.start()
        except (errors.KafkaError, OSError, TimeoutError) as error:
            await _close(client)
            raise BusError(f"no Kafka answers at {self.bootstrap}; start one, or name another address") from error
        except BaseException:
            await _close(client)
            raise
        return client


async def _close(client: Any) -> None:
    await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())


def in_our_words(error: BaseException, doing: str) -> BusError:
    """The driver's error as one of the port's."""
    said = str(error) or "no answer in time"
    if isinstance(error, errors.OffsetOutOfRangeError) and error.args:
        (place, offset), *_ = error.args[0].items()
        return lost(Slot(*place), offset, "Kafka never had it, or dropped it")
    if isinstance(error, errors.NoOffsetForPartitionError):
        return OffsetLost(said)
    if FencedInstanceIdError.__name__ in said:  # the driver passes on an error's text alone
        return MemberFenced(f"another process joined under this member's name ({said})")
    return BusError(f"{doing}: {said}")


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise what the driver raises as one of the port's errors; `doing` says what failed."""
    try:
        yield
    except (errors.KafkaError, TimeoutError) as error:
        raise in_our_words(error, doing) from error


class Seldom(logging.Filter):
    """Lets each complaint through once in a while."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this one is logged. What `start` raises as an error anyway never is."""
        complaint = str(record.msg)
        if any(isinstance(each, errors.GroupCoordinatorNotAvailableError) for each in record.args or ()):
            return False  # a new cluster's first group has to wait for it, and asks again
        now = time.monotonic()
        if complaint.startswith("Unable connect to") or now < self._said.get((record.name, complaint), now):
            return False
        self._said[record.name, complaint] = now + SAY_AGAIN_S
        return True


_SELDOM: Final = Seldom()


def quieten_the_driver() -> None:
    """Let the driver log what is wrong, once, and not that members come and go."""
    for name in [*logging.root.manager.loggerDict]:
        if name.partition(".")[0] == "aiokafka":
            logger = logging.getLogger(name)
            logger.setLevel(logging.ERROR)
            logger.addFilter(_SELDOM)
