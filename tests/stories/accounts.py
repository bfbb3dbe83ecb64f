"""What games and events ask of the ledger, said as a gateway says it: secrets, names, bans, erasures and entries."""

from __future__ import annotations

from typing import Any, Final

import httpx

from services.gateway.problem import Problem
from shared.ids import AssetId, EventId, PlayerId
from shared.messages.base import Command
from shared.messages.entry import Cost, RefundEntry, TakeEntry
from shared.messages.entry_condition import WalletHolds
from shared.messages.registration import BanPlayer, ErasePlayer, RegisterPlayer, SetIdentity, UnbanPlayer
from tests.stories.aside import told
from tests.stories.town import Town

ANSWER_WITHIN_MS: Final = 1_000
COST: Final = 30
ROCKET: Final = PlayerId("rocket")
WINZ: Final = AssetId("WINZ")
COSTS: Final = (Cost(asset=WINZ, amount=COST),)


async def asked(town: Town, wish: Command, player: str, key: str) -> httpx.Response:
    """The ledger's answer as a door could give it: 201, again 200, refused 409, none in time 504."""
    try:
        answer = await told(town, "ledger", wish, player, key, within_ms=ANSWER_WITHIN_MS)
    except Problem:
        return httpx.Response(504, json={})
    if answer.outcome == "refused":
        return httpx.Response(409, json={"code": answer.code})
    body: dict[str, Any] = answer.body or {}
    return httpx.Response(200 if answer.repeated else 201, json=body)


async def register(town: Town, about: str, key: str) -> httpx.Response:
    wish = RegisterPlayer(player=PlayerId(about), secret_hash="5c" * 32, secret_prefix="5c5c5c5c")
    return await asked(town, wish, about, key)


async def set_identity(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, SetIdentity(player=ROCKET, name=about[:64]), "rocket", key)


async def ban(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, BanPlayer(player=PlayerId(about), reason="two accounts"), about, key)


async def unban(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, UnbanPlayer(player=PlayerId(about)), about, key)


async def erase(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, ErasePlayer(player=PlayerId(about), reason="gdpr_erasure"), about, key)


async def enter(town: Town, about: str, key: str) -> httpx.Response:
    met = WalletHolds(wallet=WINZ, at_least=COST)
    wish = TakeEntry(player=ROCKET, event=EventId(about), requirement=met, costs=COSTS)
    return await asked(town, wish, "rocket", key)


async def give_back(town: Town, about: str, key: str) -> httpx.Response:
    return await asked(town, RefundEntry(player=ROCKET, costs=COSTS, reason=about), "rocket", key)
