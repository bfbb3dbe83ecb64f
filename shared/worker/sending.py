"""A Send and a timer as they are kept until somebody has answered, or until it is time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from shared.bus.partition import partition_of
from shared.eventlog.rows import OutboxRow, TimerRow
from shared.shapes import OUTSIDE, Send, Timer
from shared.worker.items import Ask
from shared.worker.tell import commands_of, envelope_for, send_id_of

FIRST_RETELL: Final = timedelta(seconds=30)
"""How long an answer to a Send may take before the Send is told again."""
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""When a Send that is leased is told again."""


def outbox_row(own: str, ask: Ask, send: Send, place: tuple[int, int], at: datetime, partitions: int) -> OutboxRow:
    """A Send of the service `own`.

    Args:
        own: who sends.
        ask: what it was decided on.
        send: what is asked for.
        place: the position of the fact that explains it, and its number among the Sends of that decision.
        at: when it was decided.
        partitions: of every command topic.
    """
    pos, n = place
    payload = envelope_for(
        send_id=send_id_of(own, ask.part, pos, n),
        service=own,
        part=ask.part,
        pos=pos,
        tenant=ask.tenant,
        key=send.key,
        type_=send.command.wire,
        data=send.command.model_dump_json().encode(),
        correlation=ask.correlation_id,
    )
    then, leased = send.then, send.service == OUTSIDE
    return OutboxRow(
        part=ask.part,
        pos=pos,
        n=n,
        tenant=ask.tenant,
        topic=OUTSIDE if leased else commands_of(send.service),
        target=partition_of(ask.tenant, send.key, partitions),
        target_key=send.key,
        type=send.command.wire,
        payload=payload,
        then_key=ask.key if then else None,
        then_type=then.wire if then else None,
        then_data=then.model_dump_json(exclude={"answer"}).encode() if then else None,
        wish_scope=ask.wish.scope,
        wish_key=ask.wish.key,
        correlation_id=ask.correlation_id,
        at=at,
        next_at=NEVER if leased else at + FIRST_RETELL,
        tries=0,
    )


def timer_row(timer: Timer, ask: Ask) -> TimerRow:
    """A timer that was set by this."""
    return TimerRow(
        part=ask.part,
        id=timer.id,
        due_at=timer.due_at,
        tenant=ask.tenant,
        key=timer.key,
        type=timer.command.wire,
        data=timer.command.model_dump_json().encode(),
        wish_scope=ask.wish.scope,
        wish_key=ask.wish.key,
        correlation_id=ask.correlation_id,
    )
