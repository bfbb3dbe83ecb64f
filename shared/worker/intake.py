"""Messages that stream in from outside: whose topics they come from, and how many of them become one decision."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import ValidationError

from shared.bus.partition import partition_of
from shared.bus.port import Incoming
from shared.definitions import path_of, said_by
from shared.ids import MessageId, TenantId
from shared.messages.envelope import LONGEST_TOPIC
from shared.shapes import Intake, Wish
from shared.worker.items import LONGEST_REASON, Ask, Bulk, Item, Poison, Ready, Streamed

LARGEST_STREAMED_BYTES: Final = 8 * 1024
STREAM_SCOPE: Final = "stream"
_TOPIC: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_TOPIC}}}")
"""What Kafka lets a topic be called."""


def topics_of(intake: Intake[Any], tenants: Iterable[str]) -> list[str]:
    """The topics of these tenants. One whose id cannot stand in a topic's name has none."""
    names = (intake.prefix + tenant for tenant in sorted(tenants))
    return [name for name in names if _TOPIC.fullmatch(name)]


def read_streamed(message: Incoming, intake: Intake[Any], partitions: int) -> Item:
    """What a message of a stream is, validating its bytes once; what nobody can read is a dead letter.

    Args:
        message: as it came.
        intake: of the service that it came to.
        partitions: how many there are, since a message may lie in a foreign one.
    """
    tenant = message.topic.removeprefix(intake.prefix)
    if len(message.value) > LARGEST_STREAMED_BYTES:
        return Poison(message, f"{len(message.value)} bytes; a streamed message has at most {LARGEST_STREAMED_BYTES}")
    try:
        said = intake.read(message.value)
    except ValidationError as error:
        return Poison(message, _first(error)[:LONGEST_REASON])
    except ValueError as error:
        return Poison(message, str(error)[:LONGEST_REASON])
    if intake.tenant(said) != tenant:
        return Poison(message, f"names the tenant {intake.tenant(said)!r} in the topic of {tenant!r}")
    home = partition_of(tenant, intake.key(said), partitions)
    return Streamed(message.part, TenantId(tenant), home, said, message)


def _first(error: ValidationError) -> str:
    wrong = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{path_of(wrong['loc']) or 'the message'}: {said_by(wrong['type'], wrong['msg'])}"


def gathered(items: Sequence[Item], intake: Intake[Any] | None) -> list[Ready]:
    """The items with what streamed in put together, by partition and tenant, after everything else."""
    rest: list[Ready] = []
    together: dict[tuple[int, TenantId], list[Streamed]] = defaultdict(list)
    for item in items:
        if isinstance(item, Streamed):
            together[item.part, item.tenant].append(item)
        else:
            rest.append(item)
    return [*rest, *(bulk(some, intake) for some in together.values() if intake is not None)]


def halves(whole: Bulk, intake: Intake[Any] | None) -> tuple[Bulk, Bulk]:
    """The same messages in two decisions, in the stream's order."""
    assert intake is not None, "only an intake has put them together"
    streamed = sorted(whole.streamed, key=lambda one: one.source.offset)
    middle = len(streamed) // 2
    return bulk(streamed[:middle], intake), bulk(streamed[middle:], intake)


def bulk(streamed: Sequence[Streamed], intake: Intake[Any]) -> Bulk:
    """One decision about these messages of one tenant in one partition."""
    here = [one for one in streamed if one.home == one.part]
    astray = [one for one in streamed if one.home != one.part]
    last, at = streamed[-1], f"{streamed[0].source.topic}/{streamed[0].part}/{streamed[0].source.offset}"
    ask = Ask(
        part=last.part,
        tenant=last.tenant,
        key="",
        actor="stream",
        command_id=MessageId(at),
        correlation_id=at,
        command=intake.gather([one.said for one in here], [one.said for one in astray]),
        wish=Wish(STREAM_SCOPE, at),
        own=False,
        source=last.source,
    )
    return Bulk(ask, (*here, *astray))
