"""Reads the log back: what happened, to whom, because of what, as lines for people or for other programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.cli.town import chosen, connection_to, ends_of
from shared.database import Row, load_queries
from shared.settings import WrongSettings

SQL: Final = load_queries(Path(__file__).with_name("replay.sql"))
PAGE_EVENTS: Final = 1_000


class Filter(NamedTuple):
    """Which events are meant; what is None does not matter."""

    tenant: str | None = None
    stream: str | None = None
    """How the stream's name begins, such as `wallet/starlight/rocket`."""
    type: str | None = None
    since: datetime | None = None
    from_pos: int = 1
    part: int | None = None


async def replay(dsn: str, services: Sequence[str], which: Filter) -> AsyncIterator[tuple[str, Row]]:
    """The events that match, service by service and partition by partition, each in its order.

    Raises:
        WrongSettings: there is no such partition.
        LogError: there is no log, or it cannot be reached.
    """
    for service in services:
        ends = await ends_of(dsn, service)
        connection = connection_to(dsn, service)
        try:
            for part in chosen(sorted(ends), which.part):
                after = which.from_pos - 1
                while rows := await connection.fetch(SQL["page"], *_asked(which, part, after, ends), PAGE_EVENTS):
                    for row in rows:
                        yield service, row
                    after = rows[-1][1]
        finally:
            await connection.close()


async def count(dsn: str, services: Sequence[str], which: Filter) -> int:
    """How many events match. Raises like `replay`."""
    found = 0
    for service in services:
        ends = await ends_of(dsn, service)
        connection = connection_to(dsn, service)
        try:
            for part in chosen(sorted(ends), which.part):
                found += (await connection.fetch(SQL["count"], *_asked(which, part, which.from_pos - 1, ends)))[0][0]
        finally:
            await connection.close()
    return found


def _asked(which: Filter, part: int, after: int, ends: dict[int, int]) -> tuple[Any, ...]:
    return part, after, ends[part], which.tenant, which.stream, which.type, which.since


def as_line(service: str, row: Row) -> str:
    """One event for people."""
    part, pos, stream, version, type_, data, _, actor, _, _, at = row
    return (
        f"{at.isoformat(timespec='milliseconds')} {service}[{part}]@{pos} {stream} v{version} {type_} {data} ({actor})"
    )


def as_json(service: str, row: Row) -> str:
    """One event as one line of JSON; `data` is exactly as it stands in the log."""
    part, pos, stream, version, type_, data, tenant, actor, command_id, correlation_id, at = row
    head = json.dumps(
        {
            "service": service, "part": part, "pos": pos, "stream": stream, "version": version, "type": type_,
            "tenant": tenant, "actor": actor, "command_id": command_id, "correlation_id": correlation_id,
            "at": at.isoformat(),
        },
        ensure_ascii=False,
    )  # fmt: skip
    return f'{head[:-1]}, "data": {data}}}'


def moment(text: str | None, option: str = "--since") -> datetime | None:
    """A moment as an operator writes it, in UTC unless it says otherwise. Raises WrongSettings."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WrongSettings(f"{option} {text!r} is no moment; write it like 2026-11-21T12:00:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
