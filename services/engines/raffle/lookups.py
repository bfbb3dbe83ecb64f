"""Who owns a ticket, asked once per raffle, when it is drawn."""

from __future__ import annotations

from services.engines.raffle.drawing import OWNER
from shared.ids import TenantId
from shared.shapes import Lookup, Tables, Values


def owner(tables: Tables, part: int, tenant: TenantId, args: Values) -> list[Values]:
    """The entry that the ticket is in, if any."""
    raffle, ticket = args
    assert isinstance(ticket, int)
    found: list[Values] = []
    for key, (last, player, *_) in tables["raffle_entries"].items():
        first = key[3]
        assert isinstance(first, int)
        assert isinstance(last, int)
        if key[:3] == (part, tenant, raffle) and first <= ticket <= last:
            found.append((player, first, last))
    return found


lookup = Lookup(OWNER, owner)
