"""What is wished for in one run of the town, and by whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from datetime import datetime
from itertools import count
from random import Random
from typing import Any, Final

from shared.eventlog.rows import OutboxRow
from shared.ids import AccountId, AssetId, LootboxId, MiniGameId, PlayerId, RaffleId
from shared.messages.base import Command
from shared.messages.definition import PutDefinition, RemoveDefinition
from shared.messages.lootbox import OpenLootbox
from shared.messages.mini_game import PlayMiniGame
from shared.messages.player import CreatePlayer
from shared.messages.raffle import EnterRaffle
from shared.messages.tournament import CloseTournament
from shared.messages.wallet import CreditWallet, DebitWallet
from tests.simulation.activities import Activities, another_part, part_of, under_way
from tests.simulation.activities import definitions as activities
from tests.simulation.clients import TENANT, Client, Door, Wanted
from tests.simulation.contests import definitions as contests
from tests.simulation.events import RUNNERS, Events, Rows, another_event
from tests.simulation.gamblers import gamblers
from tests.simulation.games import BY_ITSELF, SUNSET, Games, another_game, definitions
from tests.simulation.loop import FIRST_MORNING, now_s
from tests.simulation.operators import GUEST, STREAMERS, tenant
from tests.simulation.parlour import FAINT, FEE, PRIZE, UNSAYABLE, WINZ, Knock, SeatAnswer, TakeSeat
from tests.simulation.runners import runners
from tests.simulation.standing import Standing, drift
from tests.simulation.tables import Tables, another_round
from tests.simulation.tables import definitions as tables
from tests.simulation.tables import first_assets as pearls
from tests.simulation.tournaments import SPRINT, Tournaments, another_score, stalled
from tests.simulation.tournaments import definitions as tournaments
from tests.simulation.wheels import AT_ONCE, CLAIMING_S, CLAIMS, Wheels, another_spin
from tests.simulation.wheels import definitions as wheels

OPENING: Final = {"rocket": 120, "groot": 60, "mantis": 0, "gamora": 0}
HOUSE: Final = AccountId("house")
BOX: Final = {
    "name": "box",
    "prizes": [
        {"segment_label": "small", "asset": "WINZ", "amount": 10, "weight": 5},
        {"segment_label": "big", "asset": "WINZ", "amount": 90, "weight": 2},
        {"segment_label": "blank", "asset": "WINZ", "amount": 0, "weight": 1},
    ],
}
FAR_TOO_MUCH: Final = 10**9
KNOCKS: Final = 8
BETWEEN_KNOCKS_S: Final = 0.05
WISHES_END_S: Final = 40.0
LATECOMERS: Final = 4
CLOSERS: Final = 2
DRIFTERS: Final = 2
PLAYING: Final = 3
"""Who do nothing else than spin wheels, or take part in activities."""
FEW, SOME, MANY = (2, 3), (3, 5), (4, 6)
"""How many wander about where there are events, wheels or activities, or nothing of the kind."""
CLOSES_S: Final = (8.0, 35.0)
EARLIEST_S: Final = 0.3


class Plan:
    """Draws wishes. Every one is remembered, so that all can be added up in the end."""

    def __init__(
        self,
        chance: Random,
        *,
        spinning: bool = False,
        answering: bool = False,
        grants: Rows | None = None,
        gambling: bool = False,
    ) -> None:
        self.wishes: list[Wanted] = []
        self._chance = chance
        self._numbers = count()
        self.games = Games(chance, self._wish, self.credit)
        self.tournaments = Tournaments(chance, self._wish)
        self.standing = Standing(chance, self._wish)
        self.wheels = Wheels(chance, self._wish, self.credit) if spinning else None
        self.activities = Activities(chance, self._wish) if answering else None
        self.events = Events(chance, self._wish, grants) if grants is not None else None
        """Only in some towns there are wheels, in others activities, and in others events; there players look at what
        they were given. In some there are tables."""
        self.tables = Tables(chance, self._wish, self.credit) if gambling else None
        self._kinds: tuple[Callable[[], Wanted], ...] = (
            self.credit, self.debit, self.debit, self.open_box, self.open_box, self.take_seat, self.take_seat,
            self.take_seat, self.take_seat, self.take_seat, self.take_seat, self.create, self.hopeless,
            self._far_too_much, self.poison, *self.games.kinds, *self.tournaments.kinds,
        )  # fmt: skip

    @property
    def plays(self) -> list[Wheels | Activities]:
        """Whatever there is of wheels and activities."""
        return [plays for plays in (self.wheels, self.activities) if plays is not None]

    def give_up(self, stuck: Iterable[OutboxRow]) -> None:
        """Whoever waits for one of these Sends is told that nothing more happens by itself.

        So is who wants a seat where such a Send keeps one: the table may be full for good; and who wants a tournament
        closed that waits for such a Send, or takes part where a completion does.
        """
        rows = list(stuck)
        if not rows:
            return
        left, late = {row.correlation_id for row in rows}, stalled(rows)
        seated, busy = {row.target_key for row in rows}, set(under_way(rows))
        for wish in self.wishes:
            kept = isinstance(wish.command, TakeSeat) and wish.entity in seated
            waits = isinstance(wish.command, CloseTournament) and wish.entity in late
            waits |= part_of(wish.command) in busy
            wish.given_up |= wish.final is None and (kept or waits or wish.key in left)

    def beginnings(self) -> list[Wanted]:
        """What must be there before anybody plays."""
        asset = PutDefinition(kind="asset", key="WINZ", spec={"name": "Winz"})
        boxes = [PutDefinition(kind="lootbox", key=key, spec=BOX) for key in ("box", "crate")]
        openings = {**dict.fromkeys(STREAMERS, 0), **OPENING}
        players = [CreatePlayer(player=PlayerId(name), opening=_opening(amount)) for name, amount in openings.items()]
        defined = [self._wish("ledger", "definitions", one) for one in (asset, *boxes, *definitions(), *tournaments())]
        known = [self._wish("ledger", one.player, one) for one in players]
        gamblers = self.tables.beginnings() if self.tables is not None else []
        return [*defined, *known, *self.games.beginnings(), *self.tournaments.beginnings(), *gamblers]

    def later_beginnings(self) -> Iterator[list[Wanted]]:
        """What must be there before anybody plays at wheels and in activities: each list at once, after the others."""
        played = [*(wheels() if self.wheels else ()), *(activities() if self.activities else ())]
        for kinds in (("asset",), ("project", "engagement", "reward"), ("wheel", "activity")):
            yield [self._wish("ledger", "definitions", one) for one in played if one.kind in kinds]
        if self.tables is not None:
            for some in (pearls(), tables()):
                yield [self._wish("ledger", "definitions", one) for one in some]
            yield self.tables.first_launches()
            yield self.tables.first_bets()
        if self.events is not None:
            for some in contests():
                yield [self._wish("ledger", "definitions", one) for one in some]
            yield [self.events.registers(player) for player in RUNNERS]
            yield list(self.events.opening())
            yield list(self.events.first_starts())

    def remember(self, wishes: Iterable[Wanted]) -> None:
        """These have been answered; some of the answers matter later."""
        if self.events is not None:
            for wish in wishes:
                self.events.began(wish)
        if self.tables is not None:
            for wish in wishes:
                self.tables.learns(wish)

    def operator(self) -> Wanted:
        """An operator is taken in, whose stream is to be read from then on."""
        return self._wish("ledger", "definitions", tenant(TENANT))

    def guest(self, *, comes: bool) -> Wanted:
        """Another operator is taken in, or goes again: there is one stream more to read, or less."""
        going = RemoveDefinition(kind="tenant", key=GUEST)
        wish = self._wish("ledger", "definitions", tenant(GUEST) if comes else going)
        wish.tenant = GUEST
        return wish

    def any_wish(self) -> Wanted:
        """One of the many things people want."""
        return self._chance.choice(self._kinds)()

    def credit(self, player: str | None = None, amount: int | None = None) -> Wanted:
        """Money comes."""
        who, much = player or self._player(), amount or self._chance.randint(1, 60)
        return self._wish("ledger", who, CreditWallet(**_money(who, much)), worth=much)  # type: ignore[arg-type]

    def mentioned(self) -> Wanted:
        """What a machine says once, never asking what became of it: points, money, or far too much is asked for."""
        wish = self._chance.choice((self.credit, self.tournaments.score, self._far_too_much, self._far_too_much))()
        wish.once = True
        return wish

    def _far_too_much(self) -> Wanted:
        """Refused for ever; the refusal tells the balance, and must tell the truth."""
        who = self._player()
        wish = self._wish("ledger", who, DebitWallet(**_money(who, FAR_TOO_MUCH)))  # type: ignore[arg-type]
        wish.stubborn, wish.hopeless = False, True
        return wish

    def poison(self) -> Wanted:
        """What cannot be handled; its neighbours must not notice."""
        who = PlayerId(self._player())
        word = self._chance.choice((FAINT, UNSAYABLE))
        wish = self._wish("parlour", who, Knock(player=who, table="felt", word=word))
        wish.stubborn, wish.hopeless, wish.poison = False, True, True
        return wish

    def knock(self, player: PlayerId) -> Wanted:
        """Somebody says something that is only noted."""
        wish = self._wish("parlour", player, Knock(player=player, table="felt"))
        wish.once = True
        return wish

    def debit(self) -> Wanted:
        """Money goes; if there is not enough, it is brought first, and the very same wish must then run."""
        who, much = self._player(), self._chance.randint(1, 120)
        wish = self._wish("ledger", who, DebitWallet(**_money(who, much)), worth=-much)  # type: ignore[arg-type]
        wish.before_again = lambda: self.credit(who, much)
        return wish

    def open_box(self) -> Wanted:
        """Somebody tries their luck."""
        who = self._player()
        box = LootboxId(self._chance.choice(("box", "crate")))
        return self._wish("engines", who, OpenLootbox(player=PlayerId(who), lootbox=box))

    def take_seat(self) -> Wanted:
        """Somebody sits down, and is paid out later."""
        who = self._player()
        taking = TakeSeat(player=PlayerId(who), table=self._chance.choice(("felt", "oak")))
        wish = self._wish("parlour", who, taking, worth=PRIZE - FEE)
        wish.before_again = lambda: self.credit(who, FEE)
        return wish

    def create(self) -> Wanted:
        """A new player."""
        name, amount = f"new{next(self._numbers)}", self._chance.randint(0, 50)
        return self._wish("ledger", name, CreatePlayer(player=PlayerId(name), opening=_opening(amount)), worth=amount)

    def hopeless(self) -> Wanted:
        """What nobody will ever grant."""
        command, service, entity = self._chance.choice(
            (
                (CreditWallet(**_money("nobody", 5)), "ledger", "nobody"),  # type: ignore[arg-type]
                (OpenLootbox(player=PlayerId("nobody"), lootbox=LootboxId("box")), "engines", "nobody"),
                (TakeSeat(player=PlayerId("nobody"), table="felt"), "parlour", "nobody"),
                (PlayMiniGame(player=PlayerId("nobody"), mini_game=MiniGameId("scratch")), "engines", "nobody"),
                (EnterRaffle(player=PlayerId("nobody"), raffle=RaffleId("sweep"), tickets=1), "engines", "sweep"),
            )
        )
        wish = self._wish(service, entity, command)
        wish.stubborn, wish.hopeless = False, True
        return wish

    def _wish(self, service: str, entity: str, command: Command, worth: int = 0) -> Wanted:
        wish = Wanted(service, entity, command, key=f"k{next(self._numbers)}", worth=worth)
        self.wishes.append(wish)
        return wish

    def _player(self) -> str:
        return self._chance.choice(tuple(OPENING))


def another(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case CreditWallet() | DebitWallet():
            return command.model_copy(update={"amount": command.amount + 1})
        case OpenLootbox():
            return command.model_copy(update={"lootbox": "other"})
        case TakeSeat():
            return command.model_copy(update={"table": "glass"})
        case _:
            others = (another_game, another_score, another_spin, another_part, another_event, another_round)
            return next(filter(None, (other(command) for other in others)), None)


def clients(plan: Plan, door: Door, chance: Random, patience_s: float) -> Iterator[asyncio.Task[None]]:
    """Everybody who wants something, each after their own fashion."""
    loop = asyncio.get_running_loop()
    yield loop.create_task(_drone(plan, Client(door, chance), chance))
    closes_s = chance.uniform(*CLOSES_S)
    for _ in range(CLOSERS):
        yield loop.create_task(_close(plan, Client(door, chance, patience_s), closes_s + chance.uniform(0.0, 1.0)))
    for _ in range(LATECOMERS):
        yield loop.create_task(_come_late(plan, Client(door, chance, patience_s), chance))
    for work in _players(plan, lambda: Client(door, chance, patience_s), chance):
        yield loop.create_task(work)
    for _ in range(DRIFTERS):
        yield loop.create_task(drift(plan.standing, Client(door, chance, patience_s), chance))
    for _ in range(chance.randint(*(FEW if plan.events or plan.tables else SOME if plan.plays else MANY))):
        yield loop.create_task(_wander(plan, Client(door, chance, patience_s), chance))


def _players(plan: Plan, client: Callable[[], Client], chance: Random) -> Iterator[Coroutine[Any, Any, None]]:
    """Those who do nothing else than play, where there is something to play."""
    for plays in plan.plays * PLAYING:
        yield _play(plays, client(), chance)
    if plan.events is not None:
        yield from runners(plan.events, client, chance, _insist)
    if plan.tables is not None:
        yield from gamblers(plan.tables, client, chance, _insist)


def claimers(plan: Plan, door: Door, chance: Random) -> Iterator[asyncio.Task[None]]:
    """Some of those who still have tokens show them, whoever gets there first."""
    assert plan.wheels is not None
    wishes = [plan.wheels.claim(late=True) for _ in range(chance.randint(*CLAIMS))]
    for wish in wishes:
        after_s = chance.choice((0.0, chance.uniform(0.0, CLAIMING_S)))
        yield asyncio.get_running_loop().create_task(_show(wish, Client(door, chance), after_s))


async def _show(wish: Wanted, client: Client, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await client.pursue(wish)


def operators(plan: Plan, door: Door, chance: Random) -> Iterator[asyncio.Task[None]]:
    """One operator comes and stays; another comes and goes."""
    loop = asyncio.get_running_loop()
    yield loop.create_task(Client(door, chance).pursue(plan.operator()))
    yield loop.create_task(_visit(plan, Client(door, chance), chance))


async def _visit(plan: Plan, client: Client, chance: Random) -> None:
    for comes in (True, False):
        await asyncio.sleep(chance.uniform(0.0, WISHES_END_S / 3))
        await client.pursue(plan.guest(comes=comes))


async def _knock_before(until: datetime, plan: Plan, client: Client, player: PlayerId) -> None:
    """Say things up to the very moment when the seat's timer is due: they all come before it."""
    await asyncio.sleep((until - FIRST_MORNING).total_seconds() - now_s() - KNOCKS * BETWEEN_KNOCKS_S)
    for _ in range(KNOCKS):
        await asyncio.sleep(BETWEEN_KNOCKS_S)
        await client.mention(plan.knock(player))


async def _drone(plan: Plan, client: Client, chance: Random) -> None:
    ends_s = now_s() + WISHES_END_S
    while now_s() < ends_s:
        await asyncio.sleep(chance.expovariate(1.0))
        await client.mention(plan.mentioned())


async def _come_late(plan: Plan, client: Client, chance: Random) -> None:
    """Buy tickets when the raffle is about to be drawn: some are in time, and some are paid for too late."""
    early_s = EARLIEST_S * chance.random() ** 2
    await asyncio.sleep((SUNSET - FIRST_MORNING).total_seconds() - now_s() - early_s)
    await client.pursue(plan.games.enter(BY_ITSELF))


async def _close(plan: Plan, client: Client, at_s: float) -> None:
    """Want a tournament closed when others may want it, too, and while scores are under way."""
    await asyncio.sleep(at_s - now_s())
    await client.pursue(plan.tournaments.close(SPRINT))


async def _play(plays: Wheels | Activities, client: Client, chance: Random) -> None:
    """Spin wheels or take part in activities, one after another, and say some of it again."""
    ends_s = now_s() + WISHES_END_S
    while now_s() < ends_s:
        await asyncio.sleep(chance.expovariate(1.0))
        wishes = plays.at_once() if chance.random() < AT_ONCE else [chance.choice(plays.kinds)()]
        await asyncio.gather(*(client.pursue(wish) for wish in wishes))
        if any(wish.given_up for wish in wishes):
            return
        await _insist(wishes[0], client, chance)


async def _wander(plan: Plan, client: Client, chance: Random) -> None:
    for _ in range(chance.randint(3, 6)):
        await asyncio.sleep(chance.uniform(0.0, 2 * WISHES_END_S / 8))
        wish = plan.any_wish()
        await client.pursue(wish)
        if wish.given_up:
            return
        if isinstance(wish.command, TakeSeat) and wish.done is not None:
            until = SeatAnswer.model_validate_json(wish.done.body).until
            await _knock_before(until, plan, client, wish.command.player)
        await _insist(wish, client, chance)
        if chance.random() < 0.5:
            await client.haunt(wish, chance.randint(1, 2))


async def _insist(wish: Wanted, client: Client, chance: Random) -> None:
    """Say something else under a key that has had its effect, sometimes."""
    other = another(wish.command)
    if wish.done is not None and other is not None and chance.random() < 0.3:
        await client.contradict(wish, other)


def _money(player: str, amount: int) -> dict[str, object]:
    return {"player": player, "asset": WINZ, "amount": amount, "account": HOUSE}


def _opening(amount: int) -> dict[AssetId, int]:
    return {WINZ: amount} if amount else {}
