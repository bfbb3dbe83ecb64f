"""What the ledger remembers of a grant: nothing, or how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from shared.ids import GrantId, PlayerId
from shared.messages.grant import Grant
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class NotGiven:
    """No grant of this player by this id."""


@dataclass(frozen=True, slots=True)
class Given:
    """A grant, whatever has become of it."""

    grant: Grant


Standing = NotGiven | Given


def grant_of(player: PlayerId, grant_id: GrantId) -> Stream[Standing]:
    """The history of one grant."""
    return Stream("grant", key_of(player, grant_id))
