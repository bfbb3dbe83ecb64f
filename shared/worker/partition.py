"""One owned partition: how far it is decided, told and read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.eventlog.rows import Claimed


@dataclass(slots=True)
class Owned:
    """A partition this worker holds, as its last commit left it."""

    part: int
    epoch: int
    event_pos: int
    relayed_pos: int
    """Up to here the broker has acknowledged the published events."""
    stored_relayed_pos: int
    """What the log knows of that."""
    chain: bytes
    last_at: datetime
    offsets: dict[str, int] = field(default_factory=dict)
    next_timer_at: datetime | None = None
    read_at: datetime | None = None
    """When the broker took in the last command that was read here; none that waits is older."""
    halted: str | None = None
    """Why nothing more is decided here, if so."""

    @classmethod
    def of(cls, claimed: Claimed) -> Owned:
        """As the claim found it."""
        return cls(
            part=claimed.part,
            epoch=claimed.epoch,
            event_pos=claimed.event_pos,
            relayed_pos=claimed.relayed_pos,
            stored_relayed_pos=claimed.relayed_pos,
            chain=claimed.chain,
            last_at=claimed.last_at,
            offsets=dict(claimed.offsets),
            next_timer_at=claimed.next_timer_at,
        )

    def copy(self) -> Owned:
        """A draft that a batch may write in; it counts only once its commit has succeeded."""
        return replace(self, offsets=dict(self.offsets))
