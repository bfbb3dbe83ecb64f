"""The bus over Apache Kafka; the only file that knows its driver."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, ClassVar, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition, errors
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import ConnectionGroup
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.protocol import types
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response

from shared.bus.custody import Custody
from shared.bus.port import (
    LARGEST_FETCH_BYTES,
    MOST_FETCHED,
    BusError,
    Incoming,
    Keeper,
    MemberFenced,
    OffsetLost,
    Outgoing,
    Slot,
    Topic,
)
from shared.bus.portion import place_of, portion

SESSION_TIMEOUT_MS: Final = 10_000
"""A member that the broker has not heard from for so long is taken for dead."""
HEARTBEATS_A_SESSION: Final = 10
REQUEST_TIMEOUT_MS: Final = 30_000
PUBLISH_TIMEOUT_S: Final = 30.0
REPORT_TIMEOUT_S: Final = 2.0
LEAVE_TIMEOUT_S: Final = 2.0
CREATE_TIMEOUT_S: Final = 15.0
CREATE_POLL_S: Final = 0.05
LARGEST_BATCH_BYTES: Final = 256 * 1024
LARGEST_PARTITION_FETCH_BYTES: Final = 1024 * 1024
FETCH_MAX_WAIT_MS: Final = 50
"""A partition whose messages were being handed over while a request went out waits for the next one."""
TAIL_MAX_WAIT_MS: Final = 500
SAY_AGAIN_S: Final = 10.0
BROKERS_DEFAULT: Final = -1

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNKNOWN_TOPIC: Final = 3
_TOPIC_EXISTS: Final = 36
_FENCED_INSTANCE_ID: Final = 82
