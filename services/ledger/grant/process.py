"""Crates that were among what a player claimed are given on their own, so that they can be opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from shared.ids import GrantId, uuid_of
from shared.messages.grant import Gift, GiveGrants, Grant, GrantClaimed, pages_of
from shared.messages.reward_table import MOST_CRATES, CrateEntry, FixedCrate
from shared.shapes import Process, Send

LEDGER: Final = "ledger"


def react(event: GrantClaimed) -> tuple[Send, ...]:
    player, pages = event.grant.player, pages_of((gift,) for gift in crates_in(event.grant))
    return tuple(Send(LEDGER, player, GiveGrants(player=player, gifts=page)) for page in pages)


def crates_in(grant: Grant) -> Iterator[Gift]:
    """A gift for each kind of crate in a grant; of more than are opened together, several."""
    crates = [entry for entry in grant.entries if isinstance(entry, FixedCrate)]
    for place, entry in enumerate(crates):
        for before in range(0, entry.quantity, MOST_CRATES):
            quantity = min(MOST_CRATES, entry.quantity - before)
            yield Gift(
                grant_id=GrantId(uuid_of("grant", grant.grant_id, "crate", str(place), str(before))),
                kind="crate",
                entries=(CrateEntry(crate=entry.crate, quantity=quantity),),
                source_kind=grant.source_kind,
                source_ref=grant.source_ref,
                parent=grant.grant_id,
            )


process = Process(events=(GrantClaimed,), react=react)
