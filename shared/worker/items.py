"""What a worker finds in its hands: a wish, an answer that nobody waits for, or something nobody can read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from shared.bus.partition import partition_of
from shared.bus.port import Incoming
from shared.eventlog.rows import OutboxRow, TimerRow
from shared.ids import MessageId, TenantId
from shared.messages.base import Answer, Command, FollowUp
from shared.messages.envelope import (
    LARGEST_COMMAND_BYTES,
    LARGEST_DEFINITION_BYTES,
    REPLY_TYPE,
    TYPE_HEADER,
    Envelope,
    ReplyMessage,
)
from shared.shapes import Wish
from shared.worker.rulebook import MustWait, Rulebook, UnknownType

SEND_SCOPE: Final = "send"
LONGEST_REASON: Final = 2_000
FOREIGN: Final = "belongs to partition"
"""In the reason of a letter that no repetition in the same place will help."""


class Address(NamedTuple):
    """Who waits for an answer, and under which message id."""

    topic: str
    part: int
    instance: str | None
    id: str
    repeated: bool = False


class Ask(NamedTuple):
    """A command to decide on. `own` tells a wish of its own from one that is served (a follow-up or a timer)."""

    part: int
    tenant: TenantId
    key: str
    actor: str
    command_id: MessageId
    correlation_id: str
    command: Command
    wish: Wish
    own: bool
    source: Incoming | TimerRow
    fingerprint: str = ""
    address: Address | None = None
    ttl_ms: int | None = None
    answers: tuple[int, int, int] | None = None
    """The Send that this follows up on."""


class Answered(NamedTuple):
    """Another service's answer to a Send of ours."""

    send: tuple[int, int, int]
    reply: ReplyMessage
    source: Incoming


class Poison(NamedTuple):
    """A message that cannot be handled; it goes to the dead letters."""

    source: Incoming | TimerRow
    reason: str
    ask: Ask | None = None
    """What it is, where it could be read."""


class Streamed(NamedTuple):
    """One message of a stream from outside, waiting to be decided on together with others."""

    part: int
    tenant: TenantId
    home: int
    """The partition that its key belongs to."""
    said: Any
    source: Incoming


class Bulk(NamedTuple):
    """What streamed in of one tenant in one partition, as one wish of nobody's."""

    ask: Ask
    streamed: tuple[Streamed, ...]
    """In the command's order: first those of this partition, then those astray."""

    @property
    def source(self) -> Incoming:
        """The last message that the broker gave."""
        return max((one.source for one in self.streamed), key=lambda source: source.offset)


Item = Ask | Answered | Poison | Streamed
"""As it was read."""
Ready = Ask | Answered | Poison | Bulk
"""As it is decided."""


def part_of(item: Item | Ready) -> int:
    """The partition an item belongs to."""
    return item.part if isinstance(item, Ask) else item.source.part


def read(message: Incoming, rulebook: Rulebook, partitions: int) -> Item:
    """Tell what a message is, validating its bytes once.

    Args:
        message: as it came.
        rulebook: of the service that it came to.
        partitions: how many there are, since a command in a foreign one would open a second history of its entity.

    Raises:
        MustWait: the header names a type that no noun of this service has.
    """
    wire = next((value.decode("utf-8", "replace") for name, value in message.headers if name == TYPE_HEADER), None)
    if wire is None:
        return Poison(message, "no `type` header")
    if wire == REPLY_TYPE:
        return _read_answer(message, rulebook.service.name)
    try:
        model = rulebook.envelope(wire)
    except UnknownType as error:
        raise MustWait(message.part, f"{message.topic}[{message.part}]@{message.offset}: {error}") from None
    largest = LARGEST_DEFINITION_BYTES if wire.startswith("definition.") else LARGEST_COMMAND_BYTES
    if len(message.value) > largest:
        return Poison(message, f"{len(message.value)} bytes; a command has at most {largest}")
    try:
        ask = _ask(message, model.model_validate_json(message.value))
    except (ValidationError, ValueError) as error:
        return Poison(message, _short(error))
    home = partition_of(ask.tenant, ask.key, partitions)
    if home != message.part:
        return Poison(message, f"{ask.tenant}/{ask.key} {FOREIGN} {home}; this is {message.part}", ask)
    return ask


def _ask(message: Incoming, envelope: Envelope[Any]) -> Ask:
    idempotency, to = envelope.idempotency, envelope.reply_to
    if idempotency.scope == "send":
        wish = Wish(SEND_SCOPE, idempotency.key)
    else:
        wish = Wish(f"{envelope.type}/{envelope.tenant}/{envelope.key}", idempotency.key)
    return Ask(
        part=message.part,
        tenant=envelope.tenant,
        key=envelope.key,
        actor=envelope.actor,
        command_id=envelope.id,
        correlation_id=envelope.correlation_id,
        command=envelope.data,
        wish=wish,
        own=True,
        fingerprint=idempotency.fingerprint,
        address=Address(to.topic, to.partition, to.instance, envelope.id) if to else None,
        ttl_ms=envelope.ttl_ms,
        source=message,
    )


def _read_answer(message: Incoming, own: str) -> Item:
    try:
        reply = ReplyMessage.model_validate_json(message.value)
        service, part, pos, n = reply.id.split("/")
        if (service, int(part)) != (own, message.part):
            return Poison(message, f"an answer to {reply.id}, which was not sent from here")
        return Answered((message.part, int(pos), int(n)), reply, message)
    except (ValidationError, ValueError) as error:
        return Poison(message, f"not an answer to a Send: {_short(error)}")


def follow_up(answered: Answered, row: OutboxRow, rulebook: Rulebook) -> Ask | None:
    """The wish that waits for this answer; None if nothing does.

    Raises:
        MustWait: this version does not know the follow-up's type.
        TypeError, ValueError: it cannot be read.
    """
    if row.then_type is None or row.then_data is None or row.then_key is None:
        return None
    reply = answered.reply
    told = Answer(granted=reply.outcome == "done", code=reply.code, details=reply.details, body=reply.body)
    model = _stored(row.part, row.then_type, rulebook, f"the follow-up of {reply.id}")
    command = model.model_validate_json(row.then_data)
    if not isinstance(command, FollowUp):
        raise TypeError(f"{row.then_type} waits for an answer but is no FollowUp")
    return Ask(
        part=row.part,
        tenant=TenantId(row.tenant),
        key=row.then_key,
        actor=f"service:{rulebook.service.name}",
        command_id=MessageId(reply.id),
        correlation_id=row.correlation_id,
        command=command.model_copy(update={"answer": told}),
        wish=Wish(row.wish_scope, row.wish_key),
        own=False,
        source=answered.source,
        answers=answered.send,
    )


def rung(row: TimerRow, rulebook: Rulebook) -> Ask:
    """The wish that a timer holds.

    Raises:
        MustWait: this version does not know its type.
        ValueError: it cannot be read.
    """
    return Ask(
        part=row.part,
        tenant=TenantId(row.tenant),
        key=row.key,
        actor="timer",
        command_id=MessageId(f"timer/{row.part}/{row.id}"),
        correlation_id=row.correlation_id,
        command=_stored(row.part, row.type, rulebook, f"the timer {row.id}").model_validate_json(row.data),
        wish=Wish(row.wish_scope, row.wish_key),
        own=False,
        source=row,
    )


def portions(items: list[Item], asking: Collection[str]) -> Iterator[list[Item]]:
    """The items in order, those that ask something of the views alone, since they must see what was before them."""
    together: list[Item] = []
    for item in items:
        if isinstance(item, Ask) and item.command.wire in asking:
            if together:
                yield together
            yield [item]
            together = []
        else:
            together.append(item)
    if together:
        yield together


def _stored(part: int, wire: str, rulebook: Rulebook, what: str) -> type[Command]:
    try:
        return rulebook.command(wire)
    except UnknownType as error:
        raise MustWait(part, f"{what}: {error}") from None


def is_streamed(item: Item | Ready, own: str) -> bool:
    """Whether it came by another topic than the service's `own`."""
    return isinstance(item.source, Incoming) and item.source.topic != own


def appended_at(item: Item | Ready) -> datetime | None:
    """When the broker took the message in; None for a timer."""
    return item.source.appended_at if isinstance(item.source, Incoming) else None


def earliest(item: Item | Ready) -> datetime:
    """Before which it cannot be by now: when the broker took the message in, or when the timer was due."""
    return item.source.appended_at if isinstance(item.source, Incoming) else item.source.due_at


def _short(error: Exception) -> str:
    return str(error)[:LONGEST_REASON]
