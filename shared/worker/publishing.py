"""Puts messages on the bus; what is for a place that does not exist holds nobody back."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from shared.bus.port import Bus, NoSuchPlace, Outgoing
from shared.worker.tell import events_of

log = structlog.get_logger(__name__)


async def publish(bus: Bus, messages: Sequence[Outgoing], service: str) -> None:
    """Publish them all but those whose topic or partition is not there.

    An answer to such a place is nobody's. A Send to it stays in the outbox, and is told again until there is one.

    Args:
        bus: where to.
        messages: in order per partition.
        service: who says it; its own published facts are never left out.

    Raises:
        BusError: some or all may not have been appended, or the service's own topic is not there; try again.
    """
    while messages:
        try:
            await bus.publish(messages)
        except NoSuchPlace as error:
            if error.topic == events_of(service):
                raise
            log.warning("nobody can be told", service=service, error=str(error))
            messages = [message for message in messages if not error.meant(message)]
        else:
            return
