"""What one commit writes, row by row; every row is touched at most once in a commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from shared.definitions import StoredDefinition as StoredDefinition
from shared.shapes import Value, Values

PENDING: Final = 0
DONE: Final = 1
REFUSED: Final = 2


class EventRow(NamedTuple):
    """One fact as it stands in the log, in the order of the table's columns."""

    part: int
    pos: int
    stream: str
    version: int
    type: str
    data: str
    """The exact JSON text."""
    tenant: str
    actor: str
    command_id: str
    correlation_id: str
    at: datetime
    hash: bytes


class StreamRow(NamedTuple):
    """A folded history, so that a decision need not read it from the start."""

    part: int
    stream: str
    version: int
    shape: int
    state: bytes


class ReplyRow(NamedTuple):
    """The answer under an idempotency key: pending with addresses, or final with the very bytes."""

    part: int
    scope: str
    key: str
    fingerprint: str
    status: int
    pending: bytes | None
    """JSON list of who waits; None once final."""
    body: bytes | None
    at: datetime


class OutboxRow(NamedTuple):
    """A Send, kept until it is answered. `wish_*` is the wish it serves; `then_*` runs on the answer."""

    part: int
    pos: int
    n: int
    tenant: str
    topic: str
    target: int
    target_key: str
    type: str
    """The wire name of what is asked."""
    payload: bytes
    """The envelope as sent."""
    then_key: str | None
    then_type: str | None
    then_data: bytes | None
    wish_scope: str
    wish_key: str
    correlation_id: str
    at: datetime
    next_at: datetime
    tries: int


class TimerRow(NamedTuple):
    """A command that runs later."""

    part: int
    id: str
    due_at: datetime
    tenant: str
    key: str
    type: str
    data: bytes
    wish_scope: str
    wish_key: str
    correlation_id: str


class DeadLetterRow(NamedTuple):
    """A message that could not be handled, as it came."""

    part: int
    topic: str
    offset: int
    key: bytes | None
    value: bytes
    headers: bytes
    """JSON list of (name, text), each byte of a value as a character of Latin-1."""
    reason: str
    at: datetime


class PositionMove(NamedTuple):
    """How far a partition gets with this commit, and from where: the fence checks `epoch` and `was_pos`."""

    part: int
    epoch: int
    was_pos: int
    event_pos: int
    relayed_pos: int
    chain: bytes
    last_at: datetime


class OffsetMove(NamedTuple):
    """How far a topic's partition was read, and from where."""

    part: int
    topic: str
    was_offset: int
    next_offset: int


@dataclass(slots=True)
class TableChange:
    """What happens to one view or private table: at most one final operation a key.

    Keys begin with (part, tenant).
    """

    puts: dict[tuple[Value, ...], tuple[Value, ...]] = field(default_factory=dict)
    adds: dict[tuple[Value, ...], tuple[int, ...]] = field(default_factory=dict)
    appends: dict[tuple[Value, ...], tuple[Value, ...]] = field(default_factory=dict)
    drops: set[tuple[Value, ...]] = field(default_factory=set)
    inserts: dict[tuple[Value, ...], tuple[Value, ...]] = field(default_factory=dict)
    """Marks: a key that is taken means that somebody else has written."""


@dataclass(slots=True)
class Commit:
    """Everything that one step writes, in one statement, or not at all."""

    positions: list[PositionMove] = field(default_factory=list)
    offsets: list[OffsetMove] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    streams: list[StreamRow] = field(default_factory=list)
    replies: list[ReplyRow] = field(default_factory=list)
    freed: list[tuple[int, str, str]] = field(default_factory=list)
    """Pending replies that end in a refusal: (part, scope, key), deleted."""
    outbox: list[OutboxRow] = field(default_factory=list)
    answered: list[tuple[int, int, int]] = field(default_factory=list)
    """Sends that need no more telling: (part, pos, n), deleted."""
    timers: list[TimerRow] = field(default_factory=list)
    fired: list[tuple[int, str]] = field(default_factory=list)
    dead_letters: list[DeadLetterRow] = field(default_factory=list)
    tables: dict[str, TableChange] = field(default_factory=dict)


@dataclass(slots=True)
class Wanted:
    """What a batch needs to know before it is decided."""

    replies: list[tuple[int, str, str]] = field(default_factory=list)
    """(part, scope, key)"""
    streams: list[tuple[int, str]] = field(default_factory=list)
    outbox: list[tuple[int, int, int]] = field(default_factory=list)
    """Sends that were answered: (part, pos, n)"""
    timers_due: tuple[list[int], datetime, int] | None = None
    """(parts, due at or before, at most)"""
    definitions_after: tuple[int, int] | None = None
    """(the definitions' partition, the last seq known)"""
    marks: list[tuple[int, str, str]] = field(default_factory=list)
    """Ids that a stream brought: (part, tenant, id)"""


@dataclass(slots=True)
class Loaded:
    """What the log knew; what is missing was not there."""

    replies: dict[tuple[int, str, str], ReplyRow] = field(default_factory=dict)
    streams: dict[tuple[int, str], StreamRow] = field(default_factory=dict)
    outbox: dict[tuple[int, int, int], OutboxRow] = field(default_factory=dict)
    timers: list[TimerRow] = field(default_factory=list)
    definitions: list[StoredDefinition] = field(default_factory=list)
    marks: dict[tuple[int, str, str], list[Values]] = field(default_factory=dict)
    """Key and columns after part and tenant, of every mark of an id."""


class Claimed(NamedTuple):
    """A partition, held under an epoch that nobody else has."""

    part: int
    epoch: int
    event_pos: int
    relayed_pos: int
    chain: bytes
    last_at: datetime
    offsets: Mapping[str, int]
    """Per topic, where to read on."""
    next_timer_at: datetime | None


class DeadLetter(NamedTuple):
    """A dead letter with its place and what became of it."""

    row: DeadLetterRow
    status: str
    """`open`, `retried` or `given_up`."""
