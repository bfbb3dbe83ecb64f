"""What one wager of an operator's stream does to a pool or a score; many travel together."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AwareDatetime, Field

from shared.ids import PlayerId
from shared.messages.base import LARGEST_AMOUNT, Message

MOST_ENTRIES: Final = 500
"""Of one message; with long ids fewer fit into its 64 KiB."""
VOID_LATE: Final = "wagers_void_late"
"""The tally of voids that came when nothing could be taken back any more."""

WagerId = Annotated[str, Field(min_length=1, max_length=128)]


class Entry(Message):
    """What one wager does."""

    player: PlayerId
    micros: int = Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT)
    """Micro-units: a score gets the stake, a pool its part of it; negative takes back what a void wager brought."""
    at: AwareDatetime
    """When the wager was settled; of a void, the wager that it takes back."""
    wager_id: WagerId
