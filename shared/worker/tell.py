"""The messages a worker sends: answers to those who wait, Sends to other partitions, and published facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import orjson

from shared.bus.port import Outgoing
from shared.eventlog.rows import EventRow, OutboxRow
from shared.messages.envelope import ID_HEADER, REPLY_TYPE, TYPE_HEADER, routing_key
from shared.shapes import OUTSIDE
from shared.worker.items import Address

_REPLY_HEADER: Final = (TYPE_HEADER, REPLY_TYPE.encode())


def commands_of(service: str) -> str:
    """The topic that a service is asked on."""
    return f"{service}.commands"


def events_of(service: str) -> str:
    """The topic that a service publishes its facts on."""
    return f"{service}.events"


def answer_to(address: Address, *, code: str | None, details: Any, body: bytes | None, repeated: bool) -> Outgoing:
    """One answer; `code` tells a refusal. The body's bytes are passed on as they were stored."""
    value = orjson.dumps(
        {
            "id": address.id,
            "instance": address.instance,
            "outcome": "refused" if code else "done",
            "repeated": repeated or address.repeated,
            "code": code,
            "details": details or {},
            "body": orjson.Fragment(body) if body else {},
        }
    )
    headers = (_REPLY_HEADER, (ID_HEADER, address.id.encode()))
    return Outgoing(address.topic, address.part, None, value, headers)


def envelope_for(
    *, send_id: str, service: str, part: int, pos: int, tenant: str, key: str, type_: str, data: bytes, correlation: str
) -> bytes:
    """A Send's envelope: no time-to-live, its id is its key, and the answer comes back to the same partition."""
    return orjson.dumps(
        {
            "id": send_id,
            "type": type_,
            "tenant": tenant,
            "key": key,
            "actor": f"service:{service}",
            "caused_by": f"{service}/{part}/{pos}",
            "correlation_id": correlation,
            "reply_to": {"topic": commands_of(service), "partition": part, "instance": None},
            "idempotency": {"scope": "send", "key": send_id, "fingerprint": ""},
            "ttl_ms": None,
            "data": orjson.Fragment(data),
        }
    )


def send_id_of(service: str, part: int, pos: int, n: int) -> str:
    """What a Send is known by, for ever."""
    return f"{service}/{part}/{pos}/{n}"


def is_leased(row: OutboxRow) -> bool:
    """Whether this Send goes to no service, but waits for who calls the outside."""
    return row.topic == OUTSIDE


def told(row: OutboxRow, service: str) -> Outgoing:
    """A Send on its way, the first time or again: always the same bytes."""
    type_ = row.type.encode()
    send_id = send_id_of(service, row.part, row.pos, row.n).encode()
    key = routing_key(row.tenant, row.target_key)
    return Outgoing(row.topic, row.target, key, row.payload, ((TYPE_HEADER, type_), (ID_HEADER, send_id)))


def published(row: EventRow, service: str) -> Outgoing:
    """A fact for whoever follows the service; readers drop positions they have seen."""
    value = orjson.dumps(
        {
            "part": row.part,
            "pos": row.pos,
            "stream": row.stream,
            "version": row.version,
            "type": row.type,
            "tenant": row.tenant,
            "actor": row.actor,
            "command_id": row.command_id,
            "correlation_id": row.correlation_id,
            "at": _text(row.at),
            "data": orjson.Fragment(row.data),
        }
    )
    headers = ((TYPE_HEADER, row.type.encode()), (ID_HEADER, f"{row.part}-{row.pos}".encode()))
    return Outgoing(events_of(service), row.part, row.stream.encode(), value, headers)


def _text(at: datetime) -> str:
    return at.isoformat()
