"""What could not be handled is kept as it came, byte for byte, for people to look at and to try again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson

from shared.bus.port import Headers, Incoming
from shared.eventlog.rows import DeadLetterRow, TimerRow
from shared.messages.envelope import TYPE_HEADER

TIMER_HEADER: Final = "timer"
TIMERS: Final = "timers"
"""The topic that a dead timer is filed under."""


def dead_letter(source: Incoming | TimerRow, reason: str, at: datetime) -> DeadLetterRow:
    """The message as it came, with what is wrong with it."""
    if isinstance(source, TimerRow):
        headers = kept_headers(((TYPE_HEADER, source.type.encode()), (TIMER_HEADER, source.id.encode())))
        return DeadLetterRow(source.part, f"{TIMERS}/{source.id}", 0, None, source.data, headers, reason, at)
    headers = kept_headers(source.headers)
    return DeadLetterRow(source.part, source.topic, source.offset, source.key, source.value, headers, reason, at)


def kept_headers(headers: Headers) -> bytes:
    """A letter's headers as JSON: a list of pairs, whose bytes are kept as characters of Latin-1."""
    return orjson.dumps([(name, value.decode("latin-1")) for name, value in headers])


def sent_headers(kept: bytes) -> Headers:
    """The headers that `kept_headers` kept, byte for byte."""
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(kept))
