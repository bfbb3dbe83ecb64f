"""What each wager and each fact of a game adds to the figures of its minute: bets, stake, payout, who was there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import orjson

from shared.messages.base import Event
from shared.messages.jackpot import JackpotDropped
from shared.messages.journey import JourneyRewarded
from shared.messages.lootbox import LootboxOpened
from shared.messages.mini_game import MiniGamePlayed
from shared.messages.raffle import RaffleDrawn, RaffleEntered
from shared.messages.tournament import TournamentPlaced
from shared.messages.upcasters import UPCASTERS, decode_event
from shared.messages.wager import AHEAD, REMEMBERED, Wager, read_streamed
from shared.messages.wheel import WheelSpun
from shared.messages.wheel_spec import CurrencyReward, ItemReward
from shared.money import MICRO_SCALE, parse

FACTS: Final[tuple[type[Event], ...]] = (
    RaffleEntered,
    RaffleDrawn,
    LootboxOpened,
    MiniGamePlayed,
    JackpotDropped,
    JourneyRewarded,
    TournamentPlaced,
    WheelSpun,
)
"""The facts by which a game of ours has taken something, or owes a prize for good."""
_NAMES: Final = frozenset(fact.wire for fact in FACTS)


class Figure(NamedTuple):
    """What one message adds; amounts are in micro-units of the currency."""

    tenant: str
    minute: datetime
    game: str
    """An operator's own name has no slash; a game of ours is `raffle/<key>`, `lootbox/<key>` and so on."""
    currency: str
    bets: int = 0
    stake: int = 0
    payout: int = 0
    player: str | None = None
    """Who bet or played; nobody is active by being paid."""


Row = tuple[str, datetime, str, str]
"""Tenant, minute, game and currency: what figures are added up by."""


class Summed(NamedTuple):
    """Many messages, added up."""

    figures: Mapping[Row, tuple[int, int, int]]
    """Bets, stake and payout."""
    seen: frozenset[tuple[str, datetime, str, str, str]]
    """Which player was active in which row."""


class Fact(NamedTuple):
    """A fact of a service's log, whose it is and when it was decided."""

    tenant: str
    at: datetime
    event: Event


class Known(Protocol):
    """What an operator configured, as far as figures need it."""

    def scale_of(self, tenant: str, asset: str) -> int | None:
        """How many decimals the asset has; None if there is no such."""
        ...

    def ticket_asset_of(self, tenant: str, raffle: str) -> str | None:
        """What the tickets of a raffle that was entered are paid in; None if that is not known."""
        ...


def names() -> list[str]:
    """The wire names to look for, older ones too."""
    return sorted(_NAMES | UPCASTERS.keys())


def of_streamed(raw: bytes, tenant: str, now: datetime) -> list[Figure]:
    """What one message of a tenant's stream adds; a deposit is no bet, and a void takes its wager back.

    Raises:
        ValueError: it is no such message, names another tenant, or is of a time at which nothing counts.
    """
    said = read_streamed(raw)
    if said.tenant != tenant:
        raise ValueError(f"a message of {said.tenant} in the stream of {tenant}")
    if not now - REMEMBERED <= said.at <= now + AHEAD:
        raise ValueError(f"{said.at} is too long ago, or still to come")
    if not isinstance(said, Wager):
        return []
    stake, payout = parse(said.stake, MICRO_SCALE), parse(said.payout, MICRO_SCALE)
    row = (tenant, minute_of(said.at), said.game, said.currency)
    if said.status == "void":
        return [Figure(*row, -1, -stake, -payout)]
    return [Figure(*row, 1, stake, payout, said.player)]


def read_published(raw: bytes) -> Fact | None:
    """A fact that a service has published; None if it is none of FACTS. Raises ValueError."""
    said = orjson.loads(raw)
    try:
        type_ = said["type"]
        if type_ not in _NAMES and type_ not in UPCASTERS:
            return None
        tenant, at, data = str(said["tenant"]), datetime.fromisoformat(said["at"]), orjson.dumps(said["data"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no published fact: {error}") from None
    return Fact(tenant, at, decode_event(type_, data.decode()))


def of_fact(fact: Fact, known: Known) -> list[Figure]:
    """What a fact adds: what a game took, what it owes from now on, and who played.

    An amount of an asset that nobody defined cannot be told in micro-units, and is left out.
    """
    match fact.event:
        case RaffleEntered() | RaffleDrawn() as raffled:
            return _raffled(fact, raffled, known)
        case LootboxOpened(lootbox=lootbox, reward=won, player=player):
            return _paid(fact, f"lootbox/{lootbox}", won.asset, won.amount, known, player)
        case MiniGamePlayed(mini_game=game, outcome=won, player=player):
            return _paid(fact, f"mini-game/{game}", won.asset, won.amount, known, player)
        case JackpotDropped(jackpot=jackpot, drop=drop):
            return _paid(fact, f"jackpot/{jackpot}", drop.asset, drop.amount, known)
        case JourneyRewarded(journey=journey, paid=True) as rewarded:
            return _paid(fact, f"journey/{journey}", rewarded.asset, rewarded.reward, known)
        case TournamentPlaced(tournament=tournament, asset=asset, payouts=payouts):
            return _paid(fact, f"tournament/{tournament}", asset, sum(one.amount for one in payouts), known)
        case WheelSpun() as spun:
            return _spun(fact, spun, known)
        case _:
            return []


def _raffled(fact: Fact, raffled: RaffleEntered | RaffleDrawn, known: Known) -> list[Figure]:
    game = f"raffle/{raffled.raffle}"
    if isinstance(raffled, RaffleDrawn):
        prize = raffled.drawing.prize
        return _paid(fact, game, prize.asset, prize.amount, known)
    asset = known.ticket_asset_of(fact.tenant, raffled.raffle)
    return _staked(fact, game, asset, raffled.cost, raffled.player, known)


def _spun(fact: Fact, spun: WheelSpun, known: Known) -> list[Figure]:
    """A dry spin is owed from the draw on, whenever it is claimed; spins that are won are no money."""
    game, price, figures = f"wheel/{spun.wheel}", spun.price, list[Figure]()
    if price is not None:
        figures += _staked(fact, game, price.asset, price.amount, spun.player, known)
    match spun.spin.reward:
        case CurrencyReward(currency=asset, amount=amount) | ItemReward(item=asset, quantity=amount):
            figures += _paid(fact, game, asset, amount, known, spun.player)
        case _:
            pass
    return figures


def _staked(fact: Fact, game: str, asset: str | None, units: int, player: str, known: Known) -> list[Figure]:
    stake = None if asset is None else _micros(fact.tenant, asset, units, known)
    if asset is None or stake is None:
        return []
    return [Figure(fact.tenant, minute_of(fact.at), game, asset, bets=1, stake=stake, player=player)]


def _paid(fact: Fact, game: str, asset: str, units: int, known: Known, player: str | None = None) -> list[Figure]:
    payout = _micros(fact.tenant, asset, units, known)
    if payout is None:
        return []
    return [Figure(fact.tenant, minute_of(fact.at), game, asset, payout=payout, player=player)]


def _micros(tenant: str, asset: str, units: int, known: Known) -> int | None:
    scale = known.scale_of(tenant, asset)
    if scale is None:
        return None
    whole: int = 10 ** abs(MICRO_SCALE - scale)
    return units * whole if scale <= MICRO_SCALE else units // whole


def minute_of(at: datetime) -> datetime:
    """The minute that a moment lies in."""
    return at.replace(second=0, microsecond=0)


def summed(figures: Iterable[Figure]) -> Summed:
    """All of them together, in the order of their keys, so that two writers never wait for each other in a ring."""
    sums: dict[Row, tuple[int, int, int]] = {}
    seen = set()
    for figure in figures:
        row = figure[:4]
        bets, stake, payout = sums.get(row, (0, 0, 0))
        sums[row] = (bets + figure.bets, stake + figure.stake, payout + figure.payout)
        if figure.player is not None:
            seen.add((*row, figure.player))
    return Summed(dict(sorted(sums.items())), frozenset(seen))
