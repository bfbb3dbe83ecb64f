"""Everything that can be said about a grant: something is given to a player, who claims it, or opens it if a crate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field, model_validator

from shared.ids import AssetId, GrantId, PlayerId, TenantId, uuid_of
from shared.messages.base import Command, Event, Message, Reply
from shared.messages.reward_table import (
    MOST_THINGS,
    CrateEntry,
    CurrencyEntry,
    Entries,
    Entry,
    Fixed,
    FixedCrate,
    FixedCurrency,
    ItemEntry,
)
from shared.streams import Stream, key_of

MOST_GIFTS: Final = 50
"""Of one command."""
MOST_GIFT_BYTES: Final = 48 * 1024
"""Of the gifts of one command as JSON, so that with its envelope it is no larger than a command may be."""

GrantKind = Literal["reward", "crate"]
SourceKind = Literal["event_milestone", "event", "crate", "api", "admin"]
GrantStatus = Literal["pending", "claimed", "expired"]
AckedBy = Literal["sdk", "server_api"]
Uuid = Annotated[GrantId, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class CrateProof(Message):
    """What a crate was promised when it was given, and after it is opened all that is needed to check it."""

    server_seed_hash: str
    seed_key_id: str
    """Which of the tenant's seed secrets the seed is made from; it is seed 0 of the grant's own history."""
    table: str | None = None
    """The reward table that it is drawn from; None if none was known when it was given."""
    definition_version: int | None = None
    """Of the table, as it was when the crate was given."""
    server_seed: str | None = None
    """Secret until the crate is opened."""
    contents: GrantId | None = None
    """The grant of what was in it, once it is opened."""


class Grant(Message):
    """Something that a player was given, as it stands."""

    grant_id: GrantId
    player: PlayerId
    kind: GrantKind
    entries: tuple[Fixed, ...] = Field(max_length=MOST_THINGS)
    source_kind: SourceKind
    source_ref: str | None = None
    """Of a milestone the attempt, of an event its window; whatever a server says."""
    parent: GrantId | None = None
    """The crate or grant that it came out of."""
    status: GrantStatus = "pending"
    rolled_at: AwareDatetime | None = None
    """When chance had its say: of a crate, when it was opened."""
    claimed_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    created_at: AwareDatetime
    acked_by: AckedBy | None = None
    """Who said that it has arrived; nobody, if it was deposited when it was given."""
    proof: CrateProof | None = None
    """Of a crate."""

    @model_validator(mode="after")
    def _keeps_its_secret(self) -> Grant:
        if self.status != "claimed" and self.proof is not None and self.proof.server_seed is not None:
            raise ValueError("a seed is secret until the crate is opened")
        return self

    @property
    def server_seed_hash(self) -> str | None:
        """What the crate's draw is bound to."""
        return None if self.proof is None else self.proof.server_seed_hash


class Gift(Message):
    """Something that is to be given; its id is made of what it is for, so that it is given once."""

    grant_id: Uuid
    kind: GrantKind = "reward"
    entries: Entries
    """Of a crate: one, the crate."""
    source_kind: SourceKind
    source_ref: str | None = Field(default=None, max_length=500)
    parent: GrantId | None = None
    expires_at: AwareDatetime | None = None
    """None: for ever, or of a crate as long as its item says."""


def gifts_of(
    tenant: TenantId,
    names: Iterable[str],
    entries: Iterable[CurrencyEntry | ItemEntry | CrateEntry],
    source_kind: SourceKind,
    source_ref: str | None = None,
    *,
    expires_at: datetime | None = None,
) -> tuple[Gift, ...]:
    """One gift of all entries but the crates, then one for each crate.

    Args:
        tenant: of the player.
        names: what it is for, as ids: a board and a participant, an attempt and a milestone.
        entries: as an operator wrote them.
        source_kind: why it is given.
        source_ref: for which one.
        expires_at: until when it can be claimed.
    """
    base, told = ("grant", *names), tuple(entries)
    given: dict[str, Any] = {"source_kind": source_kind, "source_ref": source_ref, "expires_at": expires_at}
    plain = tuple(entry for entry in told if not isinstance(entry, CrateEntry))
    crates = tuple(entry for entry in told if isinstance(entry, CrateEntry))
    first = (Gift(grant_id=GrantId(uuid_of(tenant, *base)), entries=plain, **given),) if plain else ()
    return first + tuple(
        Gift(grant_id=GrantId(uuid_of(tenant, *base, "crate", str(index))), kind="crate", entries=(crate,), **given)
        for index, crate in enumerate(crates)
    )


def pages_of(groups: Iterable[Sequence[Gift]]) -> list[tuple[Gift, ...]]:
    """All gifts in as many pages as commands are needed, those of one group on the same page.

    Args:
        groups: each of at most MOST_GIFTS and MOST_GIFT_BYTES, which what one milestone gives never comes near.
    """
    pages: list[tuple[Gift, ...]] = []
    room = 0
    for group in filter(None, groups):
        size = sum(len(gift.model_dump_json().encode()) for gift in group)
        if size > room or len(pages[-1]) + len(group) > MOST_GIFTS:
            pages.append(())
            room = MOST_GIFT_BYTES
        pages[-1] = (*pages[-1], *group)
        room -= size
    return pages


def contents_of(crate: GrantId) -> GrantId:
    """The grant of what is in a crate; the crate's own id is of its tenant alone."""
    return GrantId(uuid_of("grant", crate, "contents"))


class GiveGrants(Command, wire="grant.give"):
    """These are the player's, whoever that is; never refused. What was given before is not given again."""

    player: PlayerId
    gifts: tuple[Gift, ...] = Field(min_length=1, max_length=MOST_GIFTS)


class GiveGrant(Command, wire="grant.give_one"):
    """A game's own server gives its player something. Refused with `no_player`, `unknown_entry` or `invalid_grant`."""

    player: PlayerId
    gift: Gift


class ClaimGrant(Command, wire="grant.claim"):
    """The player takes what was given into the wallet and the inventory."""

    player: PlayerId
    grant_id: GrantId
    by: AckedBy = "sdk"


class AckGrant(Command, wire="grant.ack"):
    """A game's own server says that a grant has arrived: as a claim, also for a player who is banned."""

    player: PlayerId
    grant_id: GrantId


class OpenCrate(Command, wire="grant.open_crate"):
    """The player opens a crate: its table is rolled, and what comes out is a grant of its own."""

    player: PlayerId
    grant_id: GrantId


class ExpireGrant(Command, wire="grant.expire"):
    """The time to claim a grant is over."""

    player: PlayerId
    grant_id: GrantId


class GrantFact(Event):
    """A fact about one grant, and how it stands afterwards."""

    grant: Grant

    @property
    def stream(self) -> Stream[Any]:
        return Stream("grant", key_of(self.grant.player, self.grant.grant_id))


class GrantGiven(GrantFact, wire="grant.given"):
    """Something was given. Of a crate, the hash of its seed is told with it."""

    rolled_from: tuple[Entry, ...] = ()
    """The entries as they were written, if chance decided on a number of them."""
    server_seed: str | None = None
    """What chance decided by."""


class GrantClaimed(GrantFact, wire="grant.claimed"):
    """It has arrived: what can be deposited is in the player's wallet."""


class GrantExpired(GrantFact, wire="grant.expired"):
    """Nobody has claimed it in time; it is nobody's."""


class CrateOpened(GrantFact, wire="grant.crate_opened"):
    """The seed is revealed; what it drew is given with it."""


class GrantsAnswer(Reply):
    """The grants, as they stand."""

    grants: tuple[Grant, ...]


class GivenAnswer(Reply):
    """The grant, as it stands."""

    grant: Grant
    created: bool = True
    """False if one by this id was given before."""


class ClaimedAnswer(Reply):
    """The grant, claimed now or before."""

    grant: Grant


class OpenedAnswer(Reply):
    """The crate, opened now or before, and what was in it."""

    crate: Grant
    contents: Grant
    proof: CrateProof


GrantCommand = GiveGrants | GiveGrant | ClaimGrant | AckGrant | OpenCrate | ExpireGrant
GrantEvent = GrantGiven | GrantClaimed | GrantExpired | CrateOpened

_whose: dict[str, Any] = {"player": "rocket", "grant_id": "7f0c58bb-53f8-5a1c-9bd3-0a6e3b6a2c11"}
_at = datetime.fromisoformat("2026-11-21T12:00:00Z")
_pending = Grant(
    **_whose,
    kind="reward",
    entries=(FixedCurrency(asset=AssetId("coins"), amount=50),),
    source_kind="event_milestone",
    source_ref="3f1d8a52-6b1e-5b7c-9a54-000000000001",
    rolled_at=_at,
    created_at=_at,
)
_claimed = _pending.model_copy(update={"status": "claimed", "claimed_at": _at, "acked_by": "sdk"})
_inside = GrantId("c0a1f7f2-8a51-5c0f-9c6a-2f9d9a7d1b42")
_proof = CrateProof(server_seed_hash="9f" * 32, seed_key_id="k1", table="crate_basic", definition_version=1)
_shown = _proof.model_copy(update={"server_seed": "3b" * 32, "contents": _inside})
_crate = Grant(
    **_whose,
    kind="crate",
    entries=(FixedCrate(crate=AssetId("crate_basic"), quantity=1),),
    source_kind="api",
    created_at=_at,
    proof=_proof,
)
_open = _crate.model_copy(update={"status": "claimed", "claimed_at": _at, "rolled_at": _at, "proof": _shown})
_drawn = _pending.model_copy(
    update={"grant_id": _inside, "source_kind": "crate", "source_ref": None, "parent": _crate.grant_id}
)
_gift = Gift(
    grant_id=_pending.grant_id,
    entries=(CurrencyEntry(asset=AssetId("coins"), amount=50),),
    source_kind="api",
)

SAMPLES = (
    GiveGrants(player=PlayerId("rocket"), gifts=(_gift,)),
    GiveGrant(player=PlayerId("rocket"), gift=_gift),
    ClaimGrant(**_whose),
    AckGrant(**_whose),
    OpenCrate(**_whose),
    ExpireGrant(**_whose),
    GrantGiven(grant=_pending),
    GrantClaimed(grant=_claimed),
    GrantExpired(grant=_pending.model_copy(update={"status": "expired"})),
    CrateOpened(grant=_open),
    GrantsAnswer(grants=(_pending,)),
    GivenAnswer(grant=_pending),
    ClaimedAnswer(grant=_claimed),
    OpenedAnswer(crate=_open, contents=_drawn, proof=_shown),
)
