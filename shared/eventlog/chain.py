"""Every fact carries a fingerprint of itself and of the fact before it, so that nobody can change history unseen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import Any, Final

GENESIS: Final = bytes(32)
"""What the first fact of a partition is chained to; also the chain of a partition without facts."""

HASHED_COLUMNS: Final = 11
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_head: Final = Struct(">4q7I").pack


def link(previous: bytes, row: Sequence[Any]) -> bytes:
    """The hash of one event over the hash before it and each of its columns.

    SHA-256 (FIPS 180-4) over these bytes, in this order, all integers big-endian:

    1. `previous`, 32 bytes (GENESIS for the first event of a partition);
    2. part, pos, version and `at`, each a signed integer of 8 bytes; `at` in whole microseconds since
       1970-01-01T00:00:00Z;
    3. the lengths in bytes of stream, type, data, tenant, actor, command_id and correlation_id, each 4 bytes, unsigned;
    4. the UTF-8 bytes of these seven, in the same order.

    The lengths stand before the texts, so two different events never give the same bytes.

    Args:
        previous: the hash of the event at the position before.
        row: the columns of an EventRow; the hash at its end may be missing and is not read.

    Returns:
        32 bytes.
    """
    part, pos, stream, version, type_, data, tenant, actor, command_id, correlation_id, at = row[:HASHED_COLUMNS]
    texts = (
        stream.encode(),
        type_.encode(),
        data.encode(),
        tenant.encode(),
        actor.encode(),
        command_id.encode(),
        correlation_id.encode(),
    )
    since = at - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    head = _head(part, pos, version, micros, *map(len, texts))
    return sha256(b"".join((previous, head, *texts))).digest()
