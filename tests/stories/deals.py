"""Wishes at the tables, each at a table of its own, as a sweep of crashes says them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import count
from typing import Any, Final

import httpx

from services.gateway.problem import Problem
from services.rgs.games.blackjack.rules import game as blackjack
from services.rgs.games.game import Chance, Terms
from shared.ids import AssetId, RoundId
from shared.messages.base import Command
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart
from shared.messages.games.dice import DiceBet
from shared.messages.games.mines import MinesCashout, MinesReveal, MinesStart
from shared.messages.round import BeginRound, MoveRound
from shared.messages.seat import Seat
from shared.messages.seed_pair import RotateSeeds
from shared.messages.session import RefreshSession, WalletKind
from shared.running import seeds_of
from shared.shapes import Refused
from tests.stories.aside import STARLIGHT, told
from tests.stories.tables import Sitting, launch_at, open_casino, seat_at, sit
from tests.stories.town import Town

WINZ: Final = AssetId("WINZ")
STAKE, GAIN = 100, -1
SURE: Final = DiceBet(amount=STAKE, over=0)
"""Pays 99, unless the roll is 0."""
FIELD: Final = MinesStart(amount=STAKE, mine_count=1, grid_size=64)
HAND: Final = BlackjackStart(amount=STAKE)
DOUBLE: Final = BlackjackNext(action="DOUBLE")
ANSWER_WITHIN_MS: Final = 1_000
_open: dict[str, RoundId] = {}
"""The round of each table that has been opened before the wish."""


def payout_in(answer: Mapping[str, Any]) -> int:
    return int(answer["round"]["payout"])


async def a_guest(town: Town, about: str) -> None:
    """Somebody whom the ledger knows, but no table."""
    await open_casino(town)
    await _code(town, "dice", about)
    assert (await town.put("player", about, {})).status_code == 200


async def launch(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, launch_at(seat_at(f"dice-{about}", about)), about, key)


async def a_session(town: Town, about: str) -> None:
    await _table(town, "dice", about)


async def refresh(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, RefreshSession(**_who("dice", about), token_hash="4d" * 32), "rocket", key)


async def rotate(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, RotateSeeds(table=_seat("dice", about).table, client_seed="lucky"), "rocket", key)


async def bet(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, BeginRound(**_who("dice", about), opening=SURE), "rocket", key)


async def a_session_abroad(town: Town, about: str) -> None:
    await _table(town, "dice", about, "callback")


async def bet_abroad(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, BeginRound(**_who("dice", about, "callback"), opening=SURE), "rocket", key)


async def a_field(town: Town, about: str) -> None:
    await _table(town, "mines", about)


async def start(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, BeginRound(**_who("mines", about), opening=FIELD), "rocket", key)


async def a_safe_field(town: Town, about: str) -> None:
    """A round in which one field is open."""
    table = await _table(town, "mines", about)
    status = "settled"
    while status != "open":
        _open[about] = (await table.bet(FIELD)).round.round_id
        status = (await table.move(_open[about], MinesReveal(field=0))).round.status


async def cash_out(town: Town, about: str, key: str) -> httpx.Response:
    return await _moved(town, "mines", about, key, MinesCashout())


async def a_bad_hand(town: Town, about: str) -> None:
    """A hand that is lost if it is doubled: the player's seed is one that makes it so."""
    table = await _table(town, "blackjack", about)
    server = seeds_of(town.parts.settings)(STARLIGHT).of(table.seat.stream, 1).value
    client = next(text for text in map(str, count()) if _lost_if_doubled(Chance(server, text, 0)))
    assert (await table.rotate(client)).outcome == "done"
    _open[about] = (await table.bet(HAND)).round.round_id


def _lost_if_doubled(chance: Chance) -> bool:
    terms = Terms(rtp=Fraction(1))  # a hand does not depend on it
    dealt = blackjack.open_(HAND, chance, terms)
    doubled = blackjack.move(dealt, DOUBLE, chance, terms) if not isinstance(dealt, Refused) else dealt
    found = None if isinstance(doubled, Refused) else blackjack.settled(doubled, terms)
    return found is not None and found.payout == 0


async def double(town: Town, about: str, key: str) -> httpx.Response:
    return await _moved(town, "blackjack", about, key, DOUBLE)


async def _moved(town: Town, slug: str, about: str, key: str, move: Any) -> httpx.Response:
    wish = MoveRound(**_who(slug, about), round_id=_open[about], move=move)
    return await _asked(town, wish, "rocket", key)


def _seat(slug: str, about: str, wallet: WalletKind = "internal") -> Seat:
    return seat_at(f"{slug}-{about}", wallet=wallet, currency=WINZ)


def _who(slug: str, about: str, wallet: WalletKind = "internal") -> dict[str, Any]:
    seat = _seat(slug, about, wallet)
    return {"seat": seat, "session_id": launch_at(seat, wallet).session_id, "number": 0}


async def _table(town: Town, slug: str, about: str, wallet: WalletKind = "internal") -> Sitting:
    """A table whose seeds have been looked at."""
    await open_casino(town)
    await _code(town, slug, about)
    table = await sit(town, f"{slug}-{about}", wallet=wallet, currency=WINZ)
    await table.seeds()
    return table


async def _code(town: Town, slug: str, about: str) -> None:
    answer = await town.put("game", f"{slug}-{about}", {"title": about, "slug": slug, "rtp": "0.99"})
    assert answer.status_code == 200, answer.text


async def _asked(town: Town, wish: Command, player: str, key: str) -> httpx.Response:
    """The answer as a door could give it: 201, again 200, refused 409, none in time 504."""
    try:
        answer = await told(town, "rgs", wish, player, key, within_ms=ANSWER_WITHIN_MS)
    except Problem:
        return httpx.Response(504, json={})
    if answer.outcome == "refused":
        return httpx.Response(409, json={"code": answer.code})
    return httpx.Response(200 if answer.repeated else 201, json=answer.body or {})
