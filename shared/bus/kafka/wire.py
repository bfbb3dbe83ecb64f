"""Three requests that the driver does not know: a topic's lasting id, a static member's farewell and its heartbeat."""

from __future__ import annotations

from collections.abc import Collection
from io import BytesIO
from typing import Any

from aiokafka import errors
from aiokafka.protocol import types
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response

Text = types.String("utf-8")
CompactText = types.CompactString("utf-8")
Numbers = types.CompactArray(types.Int32)


class FencedInstanceIdError(errors.BrokerResponseError):  # type: ignore[misc]
    """Another member has joined under the same static name."""

    errno = 82
    message = "FENCED_INSTANCE_ID"


# The driver calls every number that it does not know UNKNOWN, and keeps only the text of it.
errors.kafka_errors[FencedInstanceIdError.errno] = FencedInstanceIdError


class Uuid(AbstractType[bytes]):  # type: ignore[misc]
    """16 bytes."""

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """As they are."""
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        """As they are."""
        return data.read(16)


class DescribeTopicsResponse(Response):  # type: ignore[misc]
    """Metadata, version 10: the first that gives topics an id which a topic made anew does not inherit."""

    API_KEY = 3
    API_VERSION = 10
    SCHEMA = types.Schema(
        ("throttle_time_ms", types.Int32),
        (
            "brokers",
            types.CompactArray(
                ("node_id", types.Int32),
                ("host", CompactText),
                ("port", types.Int32),
                ("rack", CompactText),
                ("tags", types.TaggedFields),
            ),
        ),
        ("cluster_id", CompactText),
        ("controller_id", types.Int32),
        (
            "topics",
            types.CompactArray(
                ("error_code", types.Int16),
                ("name", CompactText),
                ("topic_id", Uuid),
                ("is_internal", types.Boolean),
                (
                    "partitions",
                    types.CompactArray(
                        ("error_code", types.Int16),
                        ("partition", types.Int32),
                        ("leader", types.Int32),
                        ("leader_epoch", types.Int32),
                        ("replicas", Numbers),
                        ("isr", Numbers),
                        ("offline", Numbers),
                        ("tags", types.TaggedFields),
                    ),
                ),
                ("authorized_operations", types.Int32),
                ("tags", types.TaggedFields),
            ),
        ),
        ("authorized_operations", types.Int32),
        ("tags", types.TaggedFields),
    )


class DescribeTopicsStruct(RequestStruct):  # type: ignore[misc]
    """What goes over the wire for DescribeTopics."""

    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 10
    RESPONSE_TYPE = DescribeTopicsResponse
    SCHEMA = types.Schema(
        ("topics", types.CompactArray(("topic_id", Uuid), ("name", CompactText), ("tags", types.TaggedFields))),
        ("allow_auto_topic_creation", types.Boolean),
        ("include_cluster_operations", types.Boolean),
        ("include_topic_operations", types.Boolean),
        ("tags", types.TaggedFields),
    )


class DescribeTopics(Request[DescribeTopicsStruct]):  # type: ignore[misc]
    """Asks for the ids and partitions of these topics, and creates none."""

    API_KEY = 3

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[DescribeTopicsStruct]) -> DescribeTopicsStruct:
        """See Request."""
        return request_struct_class([(bytes(16), name, {}) for name in self._names], False, False, False, {})


class LeaveResponse(Response):  # type: ignore[misc]
    """LeaveGroup, version 3."""

    API_KEY = 13
    API_VERSION = 3
    SCHEMA = types.Schema(
        ("throttle_time_ms", types.Int32),
        ("error_code", types.Int16),
        ("members", types.Array(("member_id", Text), ("instance_id", Text), ("error_code", types.Int16))),
    )


class LeaveStruct(RequestStruct):  # type: ignore[misc]
    """What goes over the wire for Leave."""

    API_KEY = 13
    API_VERSION = 3
    RESPONSE_TYPE = LeaveResponse
    SCHEMA = types.Schema(("group", Text), ("members", types.Array(("member_id", Text), ("instance_id", Text))))


class Leave(Request[LeaveStruct]):  # type: ignore[misc]
    """A static member goes for good: its partitions are not kept for it."""

    API_KEY = 13

    def __init__(self, group: str, member_id: str, instance_id: str) -> None:
        self._values = (group, [(member_id, instance_id)])

    def build(self, request_struct_class: type[LeaveStruct]) -> LeaveStruct:
        """See Request."""
        return request_struct_class(*self._values)


class HeartbeatResponse(Response):  # type: ignore[misc]
    """Heartbeat, version 3."""

    API_KEY = 12
    API_VERSION = 3
    SCHEMA = types.Schema(("throttle_time_ms", types.Int32), ("error_code", types.Int16))


class HeartbeatStruct(RequestStruct):  # type: ignore[misc]
    """What goes over the wire for StaticHeartbeat."""

    API_KEY = 12
    API_VERSION = 3
    RESPONSE_TYPE = HeartbeatResponse
    SCHEMA = types.Schema(("group", Text), ("generation", types.Int32), ("member_id", Text), ("instance_id", Text))


class StaticHeartbeat(Request[HeartbeatStruct]):  # type: ignore[misc]
    """A heartbeat under the static name, whose answer tells a stolen name from an expired session."""

    API_KEY = 12

    def __init__(self, group: str, generation: int, member_id: str, instance_id: str) -> None:
        self._values: tuple[Any, ...] = (group, generation, member_id, instance_id)

    def build(self, request_struct_class: type[HeartbeatStruct]) -> HeartbeatStruct:
        """See Request."""
        return request_struct_class(*self._values)
