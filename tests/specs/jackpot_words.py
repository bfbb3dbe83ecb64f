"""A jackpot as the specs know it: its terms, what feeds it, and what must come out of a drop."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from services.engines.jackpot.odds import point_of
from services.engines.jackpot.pool import Open, pool_of
from services.engines.registry import service
from shared.ids import AssetId, JackpotId, MessageId, PlayerId
from shared.messages.base import Event
from shared.messages.jackpot import (
    JACKPOTS,
    ContributeToJackpot,
    Contribution,
    CountJackpotWagers,
    DropJackpot,
    Hidden,
    JackpotContributed,
    JackpotDrop,
    JackpotDropped,
    JackpotOpened,
    JackpotSpec,
    JackpotWagerNoted,
    MustDrop,
    Revealed,
)
from shared.messages.wager_entry import Entry
from shared.messages.wallet import AssetSpec, PayWallet, WalletAnswer
from shared.money import MICRO
from shared.shapes import Seed
from shared.testing.clock import NOON
from shared.testing.grammar import Consequence, Story, given, seeds

GRAND: Final = JackpotId("grand")
ROCKET, GROOT = PlayerId("rocket"), PlayerId("groot")
USD, COINS, SATS = AssetId("USD"), AssetId("coins"), AssetId("sats")
LATER: Final = NOON + timedelta(hours=1)


def spec(**changed: Any) -> JackpotSpec:
    return JackpotSpec(**{"name": "Grand", "seed_usd": "100.00", "contribution_rate": "0.005"} | changed)


def dropping(least: str, most: str, **changed: Any) -> JackpotSpec:
    return spec(must_drop_at=MustDrop(min=least, max=most), **changed)


bank = given(service)
for key, scale in ((USD, 2), (COINS, 0), (SATS, 8)):
    bank = bank.defined(key, AssetSpec(name=key, scale=scale))
plain = bank.defined(GRAND, spec())
hiding = bank.defined(GRAND, dropping("150", "200"))


def contributes(micros: int, wager: str = "w-1", player: PlayerId = ROCKET) -> ContributeToJackpot:
    return ContributeToJackpot(jackpot=GRAND, player=player, source_wager_id=wager, micros=micros)


def drops(winner: PlayerId | None = None) -> DropJackpot:
    return DropJackpot(jackpot=GRAND, winner=winner)


def entry(micros: int, player: PlayerId = ROCKET, at: datetime = NOON, wager: str = "w") -> Entry:
    return Entry(player=player, micros=micros, at=at, wager_id=wager)


def counts(*entries: Entry) -> CountJackpotWagers:
    return CountJackpotWagers(jackpot=GRAND, asset=USD, entries=entries)


def seed(number: int, key_id: str = "k1") -> Seed:
    return seeds().of(pool_of(GRAND), number, key_id)


def point(number: int, least: int = 150 * MICRO, most: int = 200 * MICRO, key_id: str = "k1") -> int:
    return point_of(seed(number, key_id).value, GRAND, least, most)


def opened(number: int, pool: int, **changed: Any) -> JackpotOpened:
    fields: dict[str, Any] = {"definition_version": 1, "asset": USD, "scale": 2, "carried": pool % MICRO} | changed
    return JackpotOpened(jackpot=GRAND, number=number, pool=pool, **fields)


def hidden(number: int, key_id: str = "k1") -> Hidden:
    least, most = 150 * MICRO, 200 * MICRO
    return Hidden(least=least, most=most, key_id=key_id, server_seed_hash=seed(number, key_id).hash)


def revealed(number: int, key_id: str = "k1") -> Revealed:
    found = seed(number, key_id)
    return Revealed(
        least=150 * MICRO,
        most=200 * MICRO,
        point=point(number, key_id=key_id),
        server_seed=found.value,
        server_seed_hash=found.hash,
    )


def contributed(step: int, micros: int, pool: int, wager: str = "w-1", player: PlayerId = ROCKET) -> JackpotContributed:
    return JackpotContributed(
        jackpot=GRAND,
        contribution_id=MessageId(f"command-{step}"),
        player=player,
        source_wager_id=wager,
        micros=micros,
        pool=pool,
    )


def contribution(step: int, micros: int, pool: int, wager: str = "w-1", player: PlayerId = ROCKET) -> Contribution:
    return Contribution(
        contribution_id=MessageId(f"command-{step}"),
        jackpot=GRAND,
        source_wager_id=wager,
        player=player,
        micros=micros,
        pool=pool,
        scale=2,
    )


def noted(step: int, micros: int, pool: int, wager: str = "w-1", player: PlayerId = ROCKET) -> JackpotWagerNoted:
    return JackpotWagerNoted(contribution=contribution(step, micros, pool, wager, player))


def drop(drop_id: str, amount: int, before: int, after: int = 100 * MICRO, **changed: Any) -> JackpotDrop:
    fields: dict[str, Any] = {"winner": ROCKET, "asset": USD, "scale": 2, "trigger_reason": "manual"} | changed
    return JackpotDrop(drop_id=drop_id, jackpot=GRAND, amount=amount, pool_before=before, pool_after=after, **fields)


def dropped(found: JackpotDrop, number: int = 0, **changed: Any) -> JackpotDropped:
    return JackpotDropped(jackpot=GRAND, number=number, drop=found, **{"definition_version": 1} | changed)


def pays(found: JackpotDrop) -> PayWallet:
    return PayWallet(
        player=found.winner,
        asset=found.asset,
        amount=found.amount,
        account=JACKPOTS,
        reason=f"jackpot grand {found.drop_id}",
    )


def paid(player: PlayerId = ROCKET) -> WalletAnswer:
    return WalletAnswer(transaction_id="engines/0/3/0", player=player, balances={USD: 1})


def events_in(after: Consequence) -> tuple[Event, ...]:
    return tuple(getattr(after.outcome, "events", ()))


def pool_in(story: Story) -> Open:
    found = story.state(pool_of(GRAND))
    assert isinstance(found, Open)
    return found


paused = plain.defined(GRAND, spec(status="paused"), 2)
gone = plain.removed(JackpotSpec, GRAND)
unpayable = plain.removed(AssetSpec, USD)
