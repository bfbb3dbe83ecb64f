"""What the specs of grants have in common: a player, what there is to be given, and what is said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from services.ledger.grant.state import Given, grant_of
from services.ledger.registry import service
from services.ledger.wallet.state import wallet_of
from shared.ids import AccountId, AssetId, GrantId, PlayerId, uuid_of
from shared.messages.access import TenantSpec
from shared.messages.grant import CrateProof, Gift, GiveGrants, Grant, GrantClaimed, GrantGiven, contents_of
from shared.messages.item import ItemSpec
from shared.messages.player import PlayerCreated, PlayerStatusChanged, Profile, Status
from shared.messages.prize import REWARDS
from shared.messages.registration import PlayerBanned
from shared.messages.reward_table import (
    CrateEntry,
    CurrencyEntry,
    Entry,
    Fixed,
    FixedCrate,
    FixedCurrency,
    FixedItem,
    ItemEntry,
    RewardTableSpec,
    WeightedEntry,
)
from shared.messages.wallet import PLAYER, AssetSpec, Posting, WalletPosted
from shared.shapes import Seed
from shared.testing.clock import NOON
from shared.testing.grammar import TENANT, Story, given, seeds

ROCKET: Final = PlayerId("rocket")
COINS, GEMS, SWORD, POTION = AssetId("coins"), AssetId("gems"), AssetId("sword"), AssetId("potion")
BASIC, CHEST = AssetId("crate_basic"), AssetId("chest")
FIRST, SECOND = GrantId(uuid_of(TENANT, "grant", "first")), GrantId(uuid_of(TENANT, "grant", "second"))
INSIDE: Final = contents_of(FIRST)

coins50, swords = CurrencyEntry(asset=COINS, amount=50), ItemEntry(item=SWORD, quantity=1)
basic = CrateEntry(crate=BASIC, quantity=1)
fixed50, fixed_sword = FixedCurrency(asset=COINS, amount=50), FixedItem(item=SWORD, quantity=1)
fixed_basic = FixedCrate(crate=BASIC, quantity=1)
profile = Profile(player=ROCKET, user_id="u-1", status="active", created_at=NOON)


def table(*rows: tuple[int, CurrencyEntry | ItemEntry | CrateEntry], **other: Any) -> RewardTableSpec:
    return RewardTableSpec(weighted_entries=tuple(WeightedEntry(weight=w, entry=entry) for w, entry in rows), **other)


BASIC_TABLE: Final = table((70, CurrencyEntry(asset=COINS, amount=100)), (30, swords))

nobody: Final = (
    given(service)
    .defined(COINS, AssetSpec(name="Coins"))
    .defined(GEMS, AssetSpec(name="Gems"))
    .defined(SWORD, ItemSpec(name="Sword"))
    .defined(POTION, ItemSpec(name="Potion"))
    .defined("basic", BASIC_TABLE)
    .defined(BASIC, ItemSpec(name="Basic crate", table="basic"))
)
"""What can be given, and nobody to give it to."""
known: Final = nobody.and_then(PlayerCreated(profile=profile))


def keeping(inventory: str, story: Story = known) -> Story:
    """A tenant whose items are kept in this way."""
    return story.defined(TENANT, TenantSpec.model_validate({"slug": TENANT, "brand": "stars", "inventory": inventory}))


def in_status(story: Story, status: Status) -> Story:
    changed = profile.model_copy(update={"status": status})
    return story.and_then(PlayerStatusChanged(profile=changed, was="active", reason="support"))


def banned(story: Story, status: Status = "active") -> Story:
    changed = profile.model_copy(update={"banned": True, "status": status})
    return story.and_then(PlayerBanned(profile=changed))


def gift(*entries: Entry, grant_id: GrantId = FIRST, **other: Any) -> Gift:
    return Gift(grant_id=grant_id, entries=entries, **{"source_kind": "api", **other})


def gives(*gifts: Gift) -> GiveGrants:
    return GiveGrants(player=ROCKET, gifts=gifts)


def reward(*entries: Fixed, grant_id: GrantId = FIRST, **other: Any) -> Grant:
    """A reward as it stands at noon after it was given."""
    said = {"kind": "reward", "source_kind": "api", "rolled_at": NOON, "created_at": NOON, **other}
    return Grant(grant_id=grant_id, player=ROCKET, entries=entries, **said)


def crate(entry: FixedCrate = fixed_basic, grant_id: GrantId = FIRST, **other: Any) -> Grant:
    """A crate as it stands at noon after it was given."""
    proof = promise(grant_id) if "proof" not in other else other.pop("proof")
    return reward(entry, grant_id=grant_id, **{"kind": "crate", "rolled_at": None, "proof": proof, **other})


def promise(grant_id: GrantId = FIRST, table: str | None = "basic", version: int | None = 1) -> CrateProof:
    seed = seed_of(grant_id)
    return CrateProof(server_seed_hash=seed.hash, seed_key_id=seed.key_id, table=table, definition_version=version)


def seed_of(grant_id: GrantId = FIRST, number: int = 0) -> Seed:
    return seeds().of(grant_of(ROCKET, grant_id), number)


def claimed(grant: Grant, by: str | None = "sdk", at: datetime = NOON) -> Grant:
    return grant.model_copy(update={"status": "claimed", "claimed_at": at, "acked_by": by})


def arrived(*lines: tuple[AssetId, int, int], grants: tuple[GrantId, ...] = (FIRST,)) -> WalletPosted:
    """These amounts came to the player, who now has these."""
    return posted(
        *(
            posting
            for asset, amount, balance in lines
            for posting in (
                Posting(account=PLAYER, asset=asset, amount=amount, balance=balance),
                Posting(account=REWARDS, asset=asset, amount=-amount),
            )
        ),
        grants=grants,
    )


def posted(*postings: Posting, grants: tuple[GrantId, ...] = (FIRST,)) -> WalletPosted:
    return WalletPosted(player=ROCKET, operation="pay", postings=postings, reason=" ".join(("grant", *grants)))


def holding(amount: int, asset: AssetId = COINS, story: Story = known) -> Story:
    lines = (
        Posting(account=PLAYER, asset=asset, amount=amount, balance=amount),
        Posting(account=AccountId("opening"), asset=asset, amount=-amount),
    )
    return story.and_then(WalletPosted(player=ROCKET, operation="credit", postings=lines))


def with_(*grants: Grant, story: Story = known) -> Story:
    """The player has been given these."""
    return story.and_then(*(GrantGiven(grant=grant) for grant in grants))


def has(story: Story, asset: AssetId) -> int:
    return story.state(wallet_of(ROCKET)).of(asset)


def standing(story: Story, grant_id: GrantId = FIRST) -> Grant:
    found = story.state(grant_of(ROCKET, grant_id))
    assert isinstance(found, Given)
    return found.grant


def arrives(grant: Grant, by: str | None = "sdk", at: datetime = NOON) -> GrantClaimed:
    return GrantClaimed(grant=claimed(grant, by, at))
