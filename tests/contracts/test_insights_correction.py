"""Whatever the stream lost, repeated or misplaced: once corrected, the figures equal a plain query over the logs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import orjson
import pytest

from services.insights.correction import Correction
from services.insights.corrector import Corrector
from services.insights.figures import Figure, of_streamed, summed
from services.insights.table import add
from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of, partition_of_key
from shared.cli.insights import corrected
from shared.clock import SystemClock
from shared.database import Connection, Pool, Target
from shared.eventlog.migrate import migrate
from shared.ids import TenantId
from shared.messages import every_sample
from shared.messages.access import TenantSpec
from shared.messages.base import Event
from shared.messages.envelope import DEFINITIONS
from shared.messages.lootbox import LootboxOpened
from shared.messages.raffle import RaffleEntered, RaffleOpened, RaffleSpec
from shared.messages.wallet import AssetSpec
from shared.money import parse
from shared.readmodels.insights import InsightsViews
from shared.running import SCHEMAS, Parts
from shared.settings import read_settings
from shared.testing.clock import FixedClock

pytestmark = pytest.mark.postgres

PARTITIONS = 4
TENANTS = ("starlight", "moonbase")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLOSED = NOON - timedelta(minutes=17)

EXPECTED = """
select tenant, date_trunc('minute', at), game, currency, count(*), sum(stake), sum(payout), count(distinct player)
from engines.wagers
where at < $1 and status = 'settled'
    and (tenant, wager_id) not in (select tenant, wager_id from engines.wagers where status = 'void')
group by 1, 2, 3, 4 order by 1, 2, 3, 4
"""
FOUND = """
select f.tenant, f.minute, f.game, f.currency, f.bets, f.stake, f.payout, (
    select count(*) from insights.players p
    where (p.tenant, p.minute, p.game, p.currency) = (f.tenant, f.minute, f.game, f.currency))
from insights.figures f where f.minute < $1 order by 1, 2, 3, 4
"""
WAGER = "insert into engines.wagers values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'taken')"
EVENT = """
insert into engines.events values ($1, $2, $3, $4, $5, $6, $7, 'test', 'c', 'c', $8, decode(repeat('00', 32), 'hex'))
"""
WAITING = "select from pg_locks where not granted and relation = 'engines.wagers'::regclass"
ENDS = "update engines.positions set event_pos = $2 where part = $1"
DEFINITION = "insert into ledger.definitions values ($1, $2, $3, $4, $5, $6, $7, false)"


class Log:
    """The logs as the services would have written them, and the figures as Faust would have."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.owner = Connection(Target(dsn, as_service=False))
        self.pool = Pool(Target(dsn, "insights"), most=1)
        self.correction = Correction(dsn, PARTITIONS)
        self.positions = dict.fromkeys(range(PARTITIONS), 0)
        self.definitions = 0

    async def define(self, tenant: str, kind: str, key: str, spec: Any, version: int = 1) -> None:
        self.definitions += 1
        home = partition_of_key(DEFINITIONS.encode(), PARTITIONS)
        text = spec.model_dump_json()
        await self.owner.fetch(DEFINITION, home, tenant, self.definitions, kind, key, version, text)

    async def write(self, wager: dict[str, Any]) -> None:
        """As the engines write a message that counts."""
        part = partition_of(TenantId(wager["tenant"]), wager["player"], PARTITIONS)
        stake, payout = parse(wager["stake"], 6), parse(wager["payout"], 6)
        names = ("tenant", "wager_id", "status", "player", "game", "currency")
        at = datetime.fromisoformat(wager["at"])
        await self.owner.fetch(WAGER, part, *(wager[name] for name in names), stake, payout, at)

    async def happen(self, at: datetime, kind: type[Event], part: int = 1, **changes: Any) -> None:
        """As the engines write a fact, behind those before it."""
        self.positions[part] += 1
        pos = self.positions[part]
        event = next(message for message in every_sample() if type(message) is kind).model_copy(update=changes)
        stream = f"{kind.wire}/{pos}"
        await self.owner.fetch(EVENT, part, pos, stream, 1, kind.wire, event.model_dump_json(), "starlight", at)
        await self.owner.fetch(ENDS, part, pos)

    async def stream(self, wagers: Sequence[dict[str, Any]], now: datetime = NOON) -> None:
        """As the Faust app adds a batch."""
        figures: list[Figure] = []
        for wager in wagers:
            figures += of_streamed(orjson.dumps(wager), wager["tenant"], now)
        await add(self.pool, summed(figures))

    async def expected(self, before: datetime = CLOSED) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.owner.fetch(EXPECTED, before)]

    async def found(self, before: datetime = CLOSED) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.owner.fetch(FOUND, before)]

    async def close(self) -> None:
        await self.correction.close()
        await self.pool.close()
        await self.owner.close()


@pytest.fixture
async def log(fresh_database: str) -> AsyncIterator[Log]:
    await migrate(fresh_database, SCHEMAS, PARTITIONS)
    log = Log(fresh_database)
    for tenant in TENANTS:
        await log.define(tenant, "tenant", tenant, TenantSpec(slug=tenant, brand=tenant))
    await log.define("starlight", "asset", "WINZ", AssetSpec(name="Winz"))
    yield log
    await log.close()


class Gate:
    """Is passed once for each thing that happens while it is asked; then all is stopped."""

    def __init__(self, *happenings: Callable[[], Awaitable[None]]) -> None:
        self.happenings = list(happenings)
        self.stop: Callable[[], None] = lambda: None

    async def passed(self) -> bool:
        if not self.happenings:
            self.stop()
            return False
        await self.happenings.pop(0)()
        return True


async def corrections(log: Log, *happenings: Callable[[], Awaitable[None]]) -> None:
    """One correction of the running service after another; each of these happens once its gate was asked."""
    closed_after_s = int((NOON - CLOSED).total_seconds())
    settings = read_settings(environment="demo").model_copy(
        update={"insights_closed_after_s": closed_after_s, "insights_correct_every_s": 0}
    )
    gate = Gate(*happenings)
    corrector = Corrector(Parts(settings, log.dsn, PARTITIONS, MemoryBus(), clock=FixedClock(NOON)), gate)
    gate.stop = corrector.stop
    await corrector.run()


class Told(NamedTuple):
    """What a stream told: each message once, as the log has it."""

    once: list[dict[str, Any]]
    as_heard: list[dict[str, Any]]
    """With some of them repeated and some lost."""


def wager(number: int, at: datetime, **changes: Any) -> dict[str, Any]:
    plain = {
        "tenant": "starlight", "player": "rocket", "currency": "USD", "at": at.isoformat(), "wager_id": f"w-{number}",
        "game": "starburst", "stake": "2.50", "payout": "0.10", "status": "settled",
    }  # fmt: skip
    return {**plain, **changes}


def told(chance: Random, count: int) -> Told:
    """Hours of wagers of two tenants; some become void, at once, later, or before they are heard of."""
    once: list[dict[str, Any]] = []
    for number in range(count):
        one = wager(
            number,
            NOON - timedelta(seconds=chance.randrange(5 * 3_600)),
            tenant=chance.choice(TENANTS),
            player=f"player-{chance.randrange(20)}",
            game=chance.choice(("starburst", "book-of-dead")),
            currency=chance.choice(("USD", "EUR")),
            stake=f"{chance.randrange(1, 500)}.{chance.randrange(100):02d}",
            payout=f"{chance.randrange(400)}",
        )
        once.append(one)
        if chance.random() < 0.1:
            later = datetime.fromisoformat(one["at"]) + timedelta(minutes=chance.choice((0, 1, 90)))
            once.append({**one, "status": "void", "at": min(later, NOON).isoformat()})
    once.append(wager(count, NOON - timedelta(hours=2), status="void"))
    heard = [one for one in once for _ in range(chance.choice((0, 1, 1, 1, 2)))]
    chance.shuffle(heard)
    return Told(once, heard)


@pytest.mark.parametrize("seed", range(3))
async def test_once_corrected_the_figures_equal_a_query_over_the_log(log: Log, seed: int) -> None:
    once, heard = told(Random(seed), 400)
    await log.stream(heard[: len(heard) // 2])
    await log.stream(heard[len(heard) // 2 :])
    for one in once:
        await log.write(one)
    assert await log.found() != await log.expected(), "the stream lost and repeated nothing"
    assert await log.correction.run(CLOSED) > 0
    assert await log.found() == await log.expected()
    assert await log.found(), "nothing was compared"


async def test_what_is_not_over_stays_as_the_stream_told_it(log: Log) -> None:
    await log.stream([wager(1, CLOSED - timedelta(minutes=1)), wager(2, CLOSED)])
    await log.correction.run(CLOSED)
    ((tenant, minute, *_),) = await log.found(NOON)
    assert (tenant, minute) == ("starlight", CLOSED)


async def test_correcting_again_changes_nothing(log: Log) -> None:
    for one in told(Random(7), 100).once:
        await log.write(one)
    await log.correction.run(CLOSED)
    before = await log.found(NOON)
    assert await log.correction.run(CLOSED) == 0
    assert await log.correction.redo(NOON - timedelta(hours=8), NOON, CLOSED) == 8
    assert await log.found(NOON) == before


async def test_what_is_heard_late_is_not_added_but_has_its_hour_corrected_again(log: Log) -> None:
    at = NOON - timedelta(hours=3)
    await log.write(wager(1, at))
    await log.correction.run(CLOSED)
    before = await log.found()
    late = wager(2, at, player="comet")
    await log.stream([late, late])
    assert await log.found() == before
    await log.write(late)
    assert await log.correction.run(CLOSED) == 1
    assert await log.found() == await log.expected() != before
    assert await log.correction.run(CLOSED) == 0


@pytest.mark.parametrize("made_before", [True, False])
async def test_what_is_heard_once_the_gate_was_asked_and_read_after_its_hour_was_made_is_corrected_later(
    log: Log, made_before: bool
) -> None:
    at = NOON - timedelta(hours=3)
    await log.write(wager(1, at))
    if made_before:
        await log.correction.run(CLOSED)
        await log.stream([wager(1, at)])  # its hour is marked already, but that mark will be done with
    late = wager(2, at, player="comet")
    await corrections(log, lambda: log.stream([late]), lambda: log.write(late))
    assert await log.found() == await log.expected() != []
    assert await log.correction.run(CLOSED) == 0, "it is done with"


async def test_a_correction_by_hand_asks_no_gate_and_leaves_what_the_engines_may_not_have_read(log: Log) -> None:
    now = SystemClock().now()
    first, late = (wager(number, now - timedelta(hours=3)) for number in (1, 2))
    await log.write(first)
    await log.stream([first, late], now)
    assert await corrected(log.dsn, read_settings(environment="demo"), None, None) > 0
    await log.write(late)
    await log.correction.run(now - timedelta(hours=1))
    assert await log.found(now) == await log.expected(now) != []


async def test_a_redo_of_half_an_hour_leaves_the_other_half_to_be_corrected(log: Log) -> None:
    at = NOON - timedelta(hours=3, minutes=15)
    await log.write(wager(1, at))
    await log.correction.run(CLOSED)
    late = wager(2, at)
    await log.stream([late])
    await log.write(late)
    assert await log.correction.redo(at - timedelta(minutes=45), at - timedelta(minutes=15), CLOSED) == 1
    await log.correction.run(CLOSED)
    assert await log.found() == await log.expected()


async def test_nobody_who_hears_of_an_hour_waits_while_it_is_made_anew(log: Log) -> None:
    at = NOON - timedelta(hours=3)
    await log.write(wager(1, at))
    await log.correction.run(CLOSED)
    await log.stream([wager(2, at)])
    async with log.owner.transaction():
        await log.owner.fetch("lock table engines.wagers")  # the correction cannot go on
        task = asyncio.create_task(log.correction.run(CLOSED))
        async with asyncio.timeout(30):
            while not await log.owner.fetch(WAITING):
                await asyncio.sleep(0)
            await log.stream([wager(3, at)])
    assert await task == 1
    for number in (2, 3):
        await log.write(wager(number, at))
    await log.correction.run(CLOSED)
    assert await log.found() == await log.expected()


async def test_a_wager_that_becomes_void_after_its_hour_was_corrected_no_longer_counts(log: Log) -> None:
    bet = wager(1, NOON - timedelta(hours=3))
    await log.write(bet)
    await log.correction.run(CLOSED)
    void = {**bet, "status": "void", "at": NOON.isoformat()}
    await log.write(void)
    await log.stream([void])
    await log.correction.run(NOON + timedelta(minutes=1))
    assert await log.found(NOON + timedelta(hours=1)) == []


async def test_a_void_that_is_heard_after_its_own_hour_was_corrected_takes_its_wager_back(log: Log) -> None:
    bet = wager(1, NOON - timedelta(hours=5))
    await log.write(bet)
    await log.correction.run(CLOSED)
    void = {**bet, "status": "void", "at": (NOON - timedelta(hours=2)).isoformat()}
    await log.write(void)
    await log.stream([void])
    assert await log.correction.run(CLOSED) == 1
    assert await log.correction.run(CLOSED) == 1
    assert await log.found() == await log.expected() == []
    assert await log.correction.run(CLOSED) == 0


async def test_what_our_own_games_took_and_owe_is_read_from_the_log(log: Log) -> None:
    winz = 1_000_000
    spec = RaffleSpec(name="Weekly raffle", ticket_cost=10, prize_amount=5_000)
    await log.define("starlight", "raffle", "weekly-raffle", spec)
    raffle = partition_of(TenantId("starlight"), "weekly-raffle", PARTITIONS)
    await log.owner.fetch("insert into engines.raffles values ($1, 'starlight', 'weekly-raffle', 1, '')", raffle)
    first = NOON - timedelta(minutes=30)
    await log.happen(first, RaffleEntered)
    await log.happen(first, LootboxOpened)
    await log.happen(NOON, LootboxOpened)
    await log.correction.run(CLOSED)
    assert [row[2:] for row in await log.found(NOON + timedelta(hours=1))] == [
        ("lootbox/starter-box", "WINZ", 0, 0, 1_500 * winz, 1),
        ("raffle/weekly-raffle", "WINZ", 1, 30 * winz, 0, 1),
    ]


async def test_every_fact_is_read_in_the_window_that_it_lies_in(log: Log) -> None:
    moments = [NOON - timedelta(minutes=200 - minutes) for minutes in range(200)]
    for at in moments:
        await log.happen(at, RaffleOpened)
        await log.happen(at, LootboxOpened)
    await log.correction.run(CLOSED)
    found = [(row[1], row[6]) for row in await log.found(NOON + timedelta(hours=1))]
    assert found == [(at, 1_500_000_000) for at in moments if at < CLOSED]


async def test_without_a_stream_open_minutes_are_made_again_and_again(log: Log) -> None:
    early, open_ = wager(1, NOON - timedelta(hours=2)), wager(2, NOON)
    await log.write(early)
    end = NOON + timedelta(minutes=1)
    await log.correction.run(CLOSED, end)
    await log.write(open_)
    await log.correction.run(CLOSED, end)
    assert await log.found(end) == await log.expected(end)
    views = InsightsViews(log.pool)
    rows = await views.by_time(TenantId("starlight"), NOON - timedelta(hours=3), end, "hour", 10)
    assert [row.figures.corrected for row in rows] == [True, False]


async def test_a_redo_of_a_later_hour_leaves_none_before_it_out(log: Log) -> None:
    await log.write(wager(1, NOON - timedelta(hours=5)))
    await log.correction.redo(NOON - timedelta(hours=1), NOON, CLOSED)
    await log.correction.run(CLOSED)
    assert await log.found() == await log.expected()


async def test_a_player_is_counted_once_over_any_stretch_of_time(log: Log) -> None:
    for number, player in enumerate(("rocket", "comet", "rocket", "rocket")):
        game = "starburst" if number else "book-of-dead"
        await log.write(wager(number, NOON - timedelta(minutes=20 * (number + 1)), player=player, game=game))
    await log.correction.run(CLOSED)
    views = InsightsViews(log.pool)
    start = NOON - timedelta(days=1)
    (day,) = await views.by_time(TenantId("starlight"), start, NOON, "day", 10)
    assert (day.figures.bets, day.figures.active_players, day.figures.corrected) == (4, 2, True)
    games = await views.by_game(TenantId("starlight"), start, NOON, 10)
    assert {row.game: (row.figures.bets, row.figures.active_players) for row in games} == {
        "book-of-dead": (1, 1),
        "starburst": (3, 2),
    }
    assert await views.by_game(TenantId("moonbase"), start, NOON, 10) == []


async def test_old_figures_are_forgotten(log: Log) -> None:
    await log.stream([wager(1, NOON - timedelta(days=300)), wager(2, NOON)])
    await log.correction.forget(NOON - timedelta(days=200))
    assert [row[1] for row in await log.found(NOON + timedelta(days=1))] == [NOON]
