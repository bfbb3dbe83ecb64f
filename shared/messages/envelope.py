"""How a wish travels: who wishes it, for whom, where the answer goes and what makes it the same wish again."""

from __future__ import annotations

from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.ids import MessageId, TenantId
from shared.messages.base import Command

LARGEST_COMMAND_BYTES: Final = 64 * 1024
LARGEST_DEFINITION_BYTES: Final = 512 * 1024
LONGEST_KEY: Final = 255
LONGEST_TOPIC: Final = 249
"""Kafka's own limit."""
MOST_PARTITIONS: Final = 32_767
ANSWERED_ON: Final = r"^([a-z0-9._-]+\.commands|gateway\.replies)$"
"""The topics that answers are told on; nobody can have one put among published facts."""
DEFINITIONS: Final = "definitions"
"""The key of every definition command."""
REPLY_TYPE: Final = "reply"
TYPE_HEADER: Final = "type"
ID_HEADER: Final = "id"

Wish = TypeVar("Wish", bound=Command)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class ReplyTo(_Part):
    """Where the answer goes; `instance` is the gateway that waits, and absent when a service asked."""

    topic: str = Field(max_length=LONGEST_TOPIC, pattern=ANSWERED_ON)
    partition: int = Field(ge=0, le=MOST_PARTITIONS)
    instance: str | None = None


class Idempotency(_Part):
    """What makes two messages one wish.

    A door's key is freed by a refusal; a Send's first answer, done or refused, stands for ever.
    """

    scope: Literal["door", "send"]
    key: str = Field(min_length=1, max_length=LONGEST_KEY)
    fingerprint: str = Field(max_length=64)
    """Of the body, so that another body under the same key is seen."""


class Envelope(_Part, Generic[Wish]):
    """One command on its way. `key` is the entity inside the tenant that decides, and routes the message."""

    id: MessageId = Field(min_length=1, max_length=LONGEST_KEY)
    type: str
    tenant: TenantId = Field(min_length=1, max_length=128)
    key: str = Field(min_length=1, max_length=128)
    actor: str
    caused_by: str | None = None
    correlation_id: str
    reply_to: ReplyTo | None = None
    idempotency: Idempotency
    ttl_ms: int | None = Field(default=None, gt=0)
    """Counted from the broker's append time; a Send has none."""
    data: Wish


class ReplyMessage(_Part):
    """The answer on its way back; `id` is the command's, and for a Send the Send's."""

    id: str
    instance: str | None = None
    outcome: Literal["done", "refused"]
    repeated: bool = False
    code: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)


def envelope_of(wish: type[Command]) -> type[Envelope[Any]]:
    """The envelope model that validates this command and its addressing in one pass."""
    return Envelope[wish]  # type: ignore[valid-type]


def routing_key(tenant: str, key: str) -> bytes:
    """What the partition is chosen by, the same in every service and for any standard producer.

    Definitions of all tenants share one partition, so that they have one order.
    """
    return DEFINITIONS.encode() if key == DEFINITIONS else f"{tenant}/{key}".encode()
