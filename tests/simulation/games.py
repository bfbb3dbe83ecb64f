"""The raffles, jackpots, mini-games and journeys of the town: how they are set up, and what people wish of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, Final

from shared.ids import AccountId, AssetId, JackpotId, MiniGameId, PlayerId, RaffleId
from shared.messages.base import Command
from shared.messages.definition import PutDefinition
from shared.messages.jackpot import ContributeToJackpot, DropJackpot
from shared.messages.journey import DORMANT, TriggerJourneys
from shared.messages.mini_game import PlayMiniGame
from shared.messages.player import LimitName, SetPlayerLimits
from shared.messages.raffle import DrawRaffle, EnterRaffle
from shared.messages.wallet import DebitWallet
from tests.simulation.clients import Wanted
from tests.simulation.loop import FIRST_MORNING
from tests.simulation.parlour import WINZ

USD: Final = AssetId("USD")
CENT: Final = 10_000
"""Micro-units of USD's smallest unit."""
TICKET: Final = 10
RAFFLE_PRIZE: Final = 70
BY_CALL: Final = ("tombola", "sweep")
BY_ITSELF: Final = "sunset"
SUNSET: Final = FIRST_MORNING + timedelta(seconds=38)
SEEDS: Final = {"grand": 1_000_000, "rush": 500_000}
"""What each jackpot's pools begin with, in micro-units."""
LEAST: Final = {"rush": 900_000}
"""Below which such a pool never drops by itself, in micro-units."""
MOST: Final = {"rush": 1_600_000}
"""No such pool is ever so large."""
RATES: Final = {"grand": "0.01", "rush": "0.05"}
"""The part of every wager of the stream that feeds each."""
WAGERS: Final = 4
"""So few different ones that most are reported more than once."""
STROLL: Final = "stroll"
PILGRIMAGE: Final = "pilgrimage"
WELCOME: Final = "welcome"
LADDER: Final = "ladder"
"""Every level that is reached counts on it."""
HOMECOMING: Final = "homecoming"
"""It is completed by whoever has reached a level and then is not heard of for seven days."""
HERMITAGE: Final = "hermitage"
"""Every dormancy counts on it, so that there is always a journey that waits for one."""
REGULAR: Final = "regular"
"""Every wager of the stream counts on it."""
FORTUNE: Final = "fortune"
"""Every big win counts on it."""
PATRON: Final = "patron"
"""A first deposit counts on it."""
LUCKY: Final = "lucky"
"""It is completed by the first big win."""
NEWCOMER: Final = "newcomer"
"""It is completed by the first deposit."""
VISIT: Final = "visit"
LEVEL: Final = "level_up"
COUNTED_ON: Final = {PILGRIMAGE: VISIT, LADDER: LEVEL, REGULAR: "wager", FORTUNE: "big_win", PATRON: "first_deposit"}
"""The journeys that never end, each with its trigger."""
REWARDS_OF: Final = {
    STROLL: 25, WELCOME: 10, PILGRIMAGE: 1, LADDER: 2, HOMECOMING: 7, HERMITAGE: 3,
    REGULAR: 9, FORTUNE: 9, PATRON: 9, LUCKY: 4, NEWCOMER: 6,
}  # fmt: skip
STROLL_VISITS: Final = 2
THE_CAREFUL: Final = ("mantis", "gamora")
"""Who have limits, and lower them, or would like to raise them."""
LIMIT: Final = 30
"""What they may stake, or lose, at first."""
PLAYERS: Final = ("rocket", "groot", "mantis", "gamora")

Wish = Callable[..., Wanted]


def definitions() -> list[PutDefinition]:
    """What an operator must have configured before anybody plays."""
    raffle = {"name": "raffle", "ticket_cost": TICKET, "prize_amount": RAFFLE_PRIZE}
    sunset = {**raffle, "draws_at": SUNSET.isoformat()}
    grand = {"name": "grand", "seed_usd": "1.00", "contribution_rate": RATES["grand"]}
    range_ = {"min": "0.90", "max": "1.60"}
    rush = {"name": "rush", "seed_usd": "0.50", "contribution_rate": RATES["rush"], "must_drop_at": range_}
    endless = {**COUNTED_ON, HERMITAGE: DORMANT}
    welcome = [{"trigger": "signup"}, {"trigger": VISIT}]
    return [
        _put("asset", "USD", {"name": "US dollar", "scale": 2}),
        *(_put("raffle", name, raffle) for name in BY_CALL),
        _put("raffle", BY_ITSELF, sunset),
        _put("jackpot", "grand", grand),
        _put("jackpot", "rush", rush),
        _put("mini_game", "scratch", {"name": "scratch", "prizes": [_prize("win", 15, 3), _prize("blank", 0, 1)]}),
        _put("journey", STROLL, _journey(STROLL, [{"trigger": VISIT}] * STROLL_VISITS)),
        *(_put("journey", name, _journey(name, [{"trigger": on, "count": 1_000}])) for name, on in endless.items()),
        _put("journey", WELCOME, _journey(WELCOME, welcome)),
        _put("journey", LUCKY, _journey(LUCKY, [{"trigger": "big_win"}])),
        _put("journey", NEWCOMER, _journey(NEWCOMER, [{"trigger": "first_deposit"}])),
        _put("journey", HOMECOMING, _journey(HOMECOMING, [{"trigger": LEVEL}, {"trigger": DORMANT}])),
    ]


def _put(kind: str, key: str, spec: dict[str, Any]) -> PutDefinition:
    return PutDefinition(kind=kind, key=key, spec=spec)


def _prize(label: str, amount: int, weight: int) -> dict[str, Any]:
    return {"segment_label": label, "asset": "WINZ", "amount": amount, "weight": weight}


def _journey(name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "steps": steps, "reward_winz": REWARDS_OF[name]}


class Games:
    """Draws wishes of players who play."""

    def __init__(self, chance: Random, wish: Wish, credit: Callable[[str, int], Wanted]) -> None:
        self._chance, self._wish, self._credit = chance, wish, credit
        self.kinds: tuple[Callable[[], Wanted], ...] = (
            self.enter, self.enter, self.enter, self.draw, self.contribute, self.contribute, self.contribute,
            self.drop, self.play, self.trigger, self.trigger, self.level_up, self.set_limits, self.bet,
        )  # fmt: skip

    def beginnings(self) -> list[Wanted]:
        """The careful set their limits, and the raffle that is drawn by itself has its first ticket."""
        mantis, gamora = (PlayerId(name) for name in THE_CAREFUL)
        limits = (
            SetPlayerLimits(player=mantis, limits={"wager_daily_limit": LIMIT}),
            SetPlayerLimits(player=gamora, limits={"loss_daily_limit": LIMIT}),
        )
        first = EnterRaffle(raffle=RaffleId(BY_ITSELF), player=PlayerId("rocket"), tickets=1)
        return [*(self._wish("ledger", one.player, one) for one in limits), self._wish("engines", BY_ITSELF, first)]

    def enter(self, name: str | None = None) -> Wanted:
        """Somebody buys tickets. It ends when the raffle is drawn, or where a limit has no room for them."""
        who, tickets = self._player(), self._chance.randint(1, 3)
        raffle = RaffleId(name or self._chance.choice((*BY_CALL, BY_ITSELF)))
        wish = self._wish("engines", raffle, EnterRaffle(raffle=raffle, player=who, tickets=tickets))
        wish.ends_with = frozenset({"not_active", "limit_exceeded"})
        wish.before_again = lambda: self._credit(who, TICKET * tickets)
        return wish

    def draw(self) -> Wanted:
        """Somebody wants to know who wins."""
        raffle = RaffleId(self._chance.choice((*BY_CALL, BY_ITSELF)))
        wish = self._wish("engines", raffle, DrawRaffle(raffle=raffle))
        wish.ends_with = frozenset({"no_tickets"})
        return wish

    def contribute(self) -> Wanted:
        """An operator reports a wager, mostly not for the first time."""
        jackpot, number = self._jackpot(), self._chance.randrange(WAGERS)
        return self._wish("engines", jackpot, wager(jackpot, number))

    def drop(self) -> Wanted:
        """The pool is to be paid out: to somebody, or to whoever fed it last."""
        jackpot, winner = self._jackpot(), self._chance.choice((None, self._player()))
        wish = self._wish("engines", jackpot, DropJackpot(jackpot=jackpot, winner=winner))
        wish.ends_with = frozenset({"no_entries"})
        return wish

    def play(self) -> Wanted:
        """Somebody scratches a card."""
        who = self._player()
        return self._wish("engines", who, PlayMiniGame(player=who, mini_game=MiniGameId("scratch")))

    def trigger(self) -> Wanted:
        """An operator says that somebody came by."""
        who = self._player()
        return self._wish("engines", who, TriggerJourneys(player=who, trigger=VISIT, count=self._chance.randint(1, 2)))

    def level_up(self) -> Wanted:
        """Somebody is heard of, and reaches a level or two."""
        who = self._player()
        return self._wish("engines", who, TriggerJourneys(player=who, trigger=LEVEL, count=self._chance.randint(1, 2)))

    def set_limits(self) -> Wanted:
        """Somebody wants to play for less a day, or for more, which is put off."""
        who = PlayerId(self._chance.choice(THE_CAREFUL))
        names: tuple[LimitName, ...] = ("wager_daily_limit", "loss_daily_limit")
        limits = {self._chance.choice(names): self._chance.choice((10, 20, 60, None))}
        return self._wish("ledger", who, SetPlayerLimits(player=who, limits=limits))

    def bet(self) -> Wanted:
        """Somebody stakes money; a limit may refuse it for the rest of the day."""
        who, amount = PlayerId(self._chance.choice(THE_CAREFUL)), self._chance.randint(1, 30)
        stake = DebitWallet(player=who, asset=WINZ, amount=amount, account=AccountId("house"), play=True)
        wish = self._wish("ledger", who, stake, worth=-amount)
        wish.ends_with = frozenset({"limit_exceeded"})
        wish.before_again = lambda: self._credit(who, amount)
        return wish

    def _player(self) -> PlayerId:
        return PlayerId(self._chance.choice(PLAYERS))

    def _jackpot(self) -> JackpotId:
        return JackpotId(self._chance.choice(tuple(SEEDS)))


def wager(jackpot: JackpotId, number: int) -> ContributeToJackpot:
    """Every wager has one player and one size, however often it is reported."""
    player = PlayerId(PLAYERS[number % len(PLAYERS)])
    return ContributeToJackpot(
        jackpot=jackpot, player=player, source_wager_id=f"w{number}", micros=170_003 * (number + 1)
    )


def another_game(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case EnterRaffle():
            return command.model_copy(update={"tickets": command.tickets + 1})
        case ContributeToJackpot():
            return command.model_copy(update={"micros": command.micros + 1})
        case DropJackpot():
            return command.model_copy(update={"winner": "rocket" if command.winner != "rocket" else "groot"})
        case PlayMiniGame():
            return command.model_copy(update={"mini_game": "other"})
        case TriggerJourneys():
            return command.model_copy(update={"count": command.count + 1})
        case _:
            return None
