"""A grant is given once: its id says what it is for. A crate is given with the hash of the seed that will open it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from services.ledger.grant.crate import expiry, promised, table_of
from services.ledger.grant.deposit import at_once, deposited
from services.ledger.grant.rolling import NUMBERS, decided
from services.ledger.grant.state import Given, grant_of
from services.ledger.player.state import player_of, why_gone
from shared.fair.draw import Draws
from shared.ids import AssetId, GrantId, PlayerId
from shared.messages.base import Event
from shared.messages.grant import (
    ExpireGrant,
    Gift,
    GiveGrant,
    GiveGrants,
    GivenAnswer,
    Grant,
    GrantClaimed,
    GrantGiven,
    GrantsAnswer,
)
from shared.messages.item import ItemSpec
from shared.messages.reward_table import Fixed, FixedCrate, Range, quantity_of, thing_of
from shared.messages.wallet import AssetSpec
from shared.shapes import Decision, Facts, Outcome, Refused, States, Timer

RANGES: Final = 1
"""Which seed of a grant's history decides on its ranges; it is revealed at once."""


def give(command: GiveGrants, states: States, facts: Facts) -> Decision[Event]:
    player, grants = command.player, dict[GrantId, Grant]()
    new: dict[GrantId, GrantGiven] = {}
    for gift in command.gifts:
        was = states[grant_of(player, gift.grant_id)]
        if isinstance(was, Given):
            grants[gift.grant_id] = was.grant
        elif gift.grant_id not in new:
            new[gift.grant_id] = given(gift, player, facts)
    events, told = brought(player, tuple(new.values()), states, facts)
    grants |= {grant.grant_id: grant for grant in told}
    reply = GrantsAnswer(grants=tuple(grants[gift.grant_id] for gift in command.gifts))
    return Decision(events, reply=reply, timers=bells(told, facts))


def give_one(command: GiveGrant, states: States, facts: Facts) -> Outcome[Event]:
    player, gift = command.player, command.gift
    was = states[grant_of(player, gift.grant_id)]
    refused = why_gone(states[player_of(player)])
    if refused is not None:
        return refused
    if isinstance(was, Given):
        return Decision((), reply=GivenAnswer(grant=was.grant, created=False))
    refused = _odd(gift, facts)
    if refused is not None:
        return refused
    events, (grant,) = brought(player, (given(gift, player, facts),), states, facts)
    return Decision(events, reply=GivenAnswer(grant=grant), timers=bells((grant,), facts))


def given(gift: Gift, player: PlayerId, facts: Facts) -> GrantGiven:
    """The gift as it is the player's from now on, if it arrives later."""
    history = grant_of(player, gift.grant_id)
    ranged = any(isinstance(quantity_of(entry), Range) for entry in gift.entries)
    seed = facts.seeds.of(history, RANGES).value if ranged else None
    entries = decided(gift.entries, Draws(seed or "", NUMBERS, gift.grant_id))
    crate = _crate(gift.kind, entries)
    grant = Grant(
        grant_id=gift.grant_id,
        player=player,
        kind="reward" if crate is None else "crate",
        entries=entries,
        source_kind=gift.source_kind,
        source_ref=gift.source_ref,
        parent=gift.parent,
        rolled_at=facts.now if crate is None else None,
        expires_at=gift.expires_at or (None if crate is None else expiry(crate, facts)),
        created_at=facts.now,
        proof=None if crate is None else promised(crate, history, facts),
    )
    return GrantGiven(grant=grant, rolled_from=gift.entries if ranged else (), server_seed=seed)


def brought(
    player: PlayerId, new: Sequence[GrantGiven], states: States, facts: Facts
) -> tuple[tuple[Event, ...], tuple[Grant, ...]]:
    """The facts that new grants make, and how the grants stand after them: crates wait, others may arrive at once."""
    told = {fact.grant.grant_id: fact.grant for fact in new}
    arriving = [grant for grant in told.values() if grant.kind == "reward"] if at_once(player, states, facts) else []
    claimed = [grant.model_copy(update={"status": "claimed", "claimed_at": facts.now}) for grant in arriving]
    told |= {grant.grant_id: grant for grant in claimed}
    arrived = tuple(GrantClaimed(grant=grant) for grant in claimed)
    return (*new, *arrived, *deposited(player, claimed, states, facts)), tuple(told.values())


def bells(grants: Iterable[Grant], facts: Facts) -> tuple[Timer, ...]:
    """When those that wait expire."""
    return tuple(
        Timer(
            id=f"grant/{facts.tenant}/{grant.player}/{grant.grant_id}",
            due_at=grant.expires_at,
            key=grant.player,
            command=ExpireGrant(player=grant.player, grant_id=grant.grant_id),
        )
        for grant in grants
        if grant.status == "pending" and grant.expires_at is not None
    )


def _odd(gift: Gift, facts: Facts) -> Refused | None:
    if gift.expires_at is not None and gift.expires_at <= facts.now:
        return Refused("invalid_grant", {"path": "expires_at", "problem": "it would have expired already"})
    if gift.kind == "crate" and [entry.type for entry in gift.entries] != ["crate"]:
        return Refused("invalid_grant", {"path": "entries", "problem": "a crate is one entry of type crate"})
    for index, (type_, key) in enumerate(map(thing_of, gift.entries)):
        if not _defined(type_, key, facts):
            return Refused("unknown_entry", {"path": f"entries[{index}]", "type": type_, "key": key})
    return None


def _defined(type_: str, key: AssetId, facts: Facts) -> bool:
    if type_ == "crate":
        return table_of(key, facts) is not None
    return facts.definitions.current(AssetSpec if type_ == "currency" else ItemSpec, key) is not None


def _crate(kind: str, entries: Sequence[Fixed]) -> FixedCrate | None:
    """What is to be opened; whatever else was called a crate is claimed as a reward."""
    first = entries[0]
    return first if kind == "crate" and len(entries) == 1 and isinstance(first, FixedCrate) else None
