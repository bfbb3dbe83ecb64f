"""What is given to players, claimed and opened, said as a gateway says it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import httpx

from shared.ids import AssetId, GrantId, PlayerId, uuid_of
from shared.messages.grant import AckGrant, ClaimGrant, Gift, GiveGrant, GiveGrants, GrantKind, OpenCrate
from shared.messages.reward_table import CrateEntry, CurrencyEntry, ItemEntry, Range
from tests.stories.accounts import asked
from tests.stories.town import Town

ROCKET: Final = PlayerId("rocket")
WINZ, SWORD, BOX = AssetId("WINZ"), AssetId("sword"), AssetId("gift_box")
AMOUNT: Final = 40
COINS: Final = CurrencyEntry(asset=WINZ, amount=AMOUNT)
ONE_SWORD: Final = ItemEntry(item=SWORD, quantity=1)
CRATE: Final = CrateEntry(crate=BOX, quantity=1)
TABLE: Final = {
    "name": "Gift box",
    "rolls": {"min": 1, "max": 3},
    "weighted_entries": [
        {"weight": 3, "entry": {"type": "currency", "asset": "WINZ", "amount": {"min": 10, "max": 90, "step": 10}}},
        {"weight": 1, "entry": {"type": "item", "item": "sword", "quantity": 1}},
    ],
}


def named(about: str) -> GrantId:
    return GrantId(uuid_of("starlight", "grant", about))


def gift(
    about: str,
    *entries: CurrencyEntry | ItemEntry | CrateEntry,
    kind: GrantKind = "reward",
    expires_at: datetime | None = None,
) -> Gift:
    what = entries or (COINS, ONE_SWORD)
    return Gift(grant_id=named(about), kind=kind, entries=what, source_kind="api", expires_at=expires_at)


async def things(town: Town, about: str = "") -> None:
    """What can be given."""
    for kind, key, spec in (
        ("item", SWORD, {"name": "Sword"}),
        ("reward_table", BOX, TABLE),
        ("item", BOX, {"name": "Gift box", "table": BOX}),
    ):
        answer = await town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text


async def a_gift(town: Town, about: str) -> None:
    """Something waits for rocket."""
    await things(town)
    await _given(town, gift(about))


async def a_crate(town: Town, about: str) -> None:
    """A crate waits for rocket."""
    await things(town)
    await _given(town, gift(about, CRATE, kind="crate"))


async def _given(town: Town, one: Gift) -> None:
    answer = await asked(town, GiveGrants(player=ROCKET, gifts=(one,)), ROCKET, f"{one.grant_id}-given")
    assert answer.status_code == 201, answer.text


async def give(town: Town, about: str, key: str) -> httpx.Response:
    wide = CurrencyEntry(asset=WINZ, amount=Range(min=1, max=1_000_000))
    gifts = (gift(about, wide), gift(f"{about}-crate", CRATE, kind="crate"))
    return await asked(town, GiveGrants(player=ROCKET, gifts=gifts), ROCKET, key)


async def give_one(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, GiveGrant(player=ROCKET, gift=gift(about)), ROCKET, key)


async def claim(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, ClaimGrant(player=ROCKET, grant_id=named(about)), ROCKET, key)


async def ack(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, AckGrant(player=ROCKET, grant_id=named(about)), ROCKET, key)


async def open_crate(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, OpenCrate(player=ROCKET, grant_id=named(about)), ROCKET, key)
