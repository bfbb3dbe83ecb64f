"""Whatever is changed behind the log's back is found, and every view can be made anew from the log alone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from shared.cli import shown, verify_history
from shared.cli.rebuild import rebuild
from shared.cli.town import service_named
from shared.cli.verify import verify
from shared.database import Connection, Target
from shared.eventlog.migrate import catalogue, migrate
from shared.eventlog.port import LogError
from shared.messages.games.dice import DiceBet
from shared.messages.games.mines import MinesStart
from shared.messages.round import BeginRound
from shared.running import WORKERS
from shared.settings import WrongSettings
from tests.conftest_postgres import database_on
from tests.stories import plays
from tests.stories.arcade import CLIENT, SERVER, Arcade, bearer, data
from tests.stories.house import Ahead, running
from tests.stories.tables import open_casino, sit
from tests.stories.town import PARTITIONS, Town, eventually, run_in_own_loop

PLAYERS = ("rocket", "groot", "gamora")
SPRINT = timedelta(seconds=3)
"""How long an event is on that is over soon."""
VIEWS = [(name, view.table) for name in WORKERS for view in service_named(name).views]


async def live(town: Town) -> None:
    """What happens in a small town in a day."""
    await town.settle()
    for player in PLAYERS:
        await town.put("player", player, {"opening_balances": {"WINZ": 1_000, "USD": 500}})
        await town.open_box(player=player)
        await town.open_box(player=player)
    await race(town)
    await draw(town)
    await drop(town)
    await play(town)
    await attempt(town)
    await gamble(town)
    await town.put("asset", "USD", {"name": "Dollar", "scale": 2})
    answer = await town.key.patch("/v1/players/groot/status", json={"status": "suspended", "reason": "asked"})
    assert answer.status_code == 201, answer.text


async def race(town: Town) -> None:
    """A tournament from its first score to its last payout."""
    spec = {"name": "Race", "points_per_usd": 1, "prize_pool": 100}
    assert (await town.put("tournament", "race", spec)).status_code == 200
    for player in PLAYERS:
        scored = await town.key.post("/v1/tournaments/race/score", json={"user_id": player, "wagered": 1})
        assert scored.status_code == 200, scored.text
    assert (await town.key.post("/v1/tournaments/race/close")).json()["total_paid"] == 100


async def draw(town: Town) -> None:
    """A raffle from its first ticket to its prize."""
    assert (await town.put("raffle", "weekly", {"name": "Weekly", "ticket_cost": 10, "prize_amount": 50})).is_success
    for player in PLAYERS:
        entered = await town.key.post("/v1/raffles/weekly/enter", json={"user_id": player, "tickets": 2})
        assert entered.status_code == 201, entered.text
    assert (await town.key.post("/v1/raffles/weekly/draw")).status_code == 201


async def drop(town: Town) -> None:
    """A jackpot that is fed, dropped and fed again."""
    assert (await town.put("jackpot", "grand", {"name": "Grand", "seed_usd": "1.00"})).is_success
    path = "/v1/jackpots/grand"
    for number, player in enumerate(PLAYERS):
        body = {"user_id": player, "source_wager_id": f"wager-{number}", "amount": "0.50"}
        assert (await town.key.post(f"{path}/contribute", json=body)).status_code == 201
        if number == 0:
            assert (await town.key.post(f"{path}/drop")).status_code == 201


async def play(town: Town) -> None:
    """Spins of a wheel, one of which waits for its token, and a quiz that brings points and a code."""
    await plays.a_token(town, "fortune")
    await plays.a_quiz(town, "quiz")
    for answer in (await plays.spin(town, "fortune", "spin"), await plays.complete(town, "quiz", "complete")):
        assert answer.status_code == 200, answer.text


async def attempt(town: Town) -> None:
    """An event from its first start to its last grant, a lobby of two, and a score on a board across events."""
    for key, door, secret in (("game", "sdk_client", CLIENT), ("server", "sdk_server", SERVER)):
        assert (await town.put("api_key", key, {"door": door, "secret": secret, "demo": True})).is_success
    arcade, now = Arcade(town, Ahead()), datetime.now(UTC)
    windows = {"mode": "fixed", "starts_at": now.isoformat(), "ends_at": (now + SPRINT).isoformat()}
    policy = {"type": "fixed_bundle", "bundle": [{"type": "currency", "asset": "WINZ", "amount": 5}]}
    await arcade.event("sprint", windows=windows, reward_policy=policy)
    await arcade.event("cup", leaderboard={"mode": "lobby_matched", "capacity": 2})
    await arcade.put("board", "season", {"name": "Season"})
    first, second = await arcade.gamer("rocket", CLIENT), await arcade.gamer("gamora", CLIENT)
    begun = data(await first.start("sprint"), 201)["attempt"]
    data(await first.progress(begun, metricValue=3))
    data(await first.finish(begun))
    assert (await first.start("cup")).status_code == 202
    data(await second.start("cup"), 201)
    scored = {"externalPlayerId": "rocket", "value": 7}
    answer = await town.nobody.post("/server/v1/leaderboards/season/score", json=scored, headers=bearer(SERVER))
    assert answer.status_code == 200, answer.text

    async def finalized() -> bool:
        return await town.events("board.finalized") > 0

    await eventually("the sprint is over and paid", finalized)


async def gamble(town: Town) -> None:
    """Bets under two pairs of seeds, a round that is open, a demo, and a stake that an operator was to be asked for."""
    await open_casino(town)
    dice = await sit(town, "dice-alpha")
    await dice.bet(DiceBet(amount=10, over=5_000))
    assert (await dice.rotate("lucky")).outcome == "done"
    await dice.bet(DiceBet(amount=10, over=5_000))
    await (await sit(town, "mines-alpha")).bet(MinesStart(amount=10, mine_count=3))
    await (await sit(town, "mines-alpha", player="groot", wallet="demo")).bet(MinesStart(amount=10, mine_count=3))
    abroad = await sit(town, "dice-alpha", player="gamora", wallet="callback")
    asked = await abroad.say(BeginRound(**abroad.wish, opening=DiceBet(amount=10, over=5_000)))
    assert (asked.outcome, asked.code) == ("refused", "debit_failed"), "nobody is there"


@contextlib.asynccontextmanager
async def _lived_in(server: str) -> AsyncIterator[str]:
    async with database_on(server) as dsn:
        await migrate(dsn, WORKERS, PARTITIONS)
        async with running(dsn) as town:
            await live(town)
        yield urlsplit(dsn).path.removeprefix("/")


@pytest.fixture(scope="module")
def lived_in(postgres_dsn: str) -> Iterator[str]:
    """The name of a database in which a town has lived, to be copied."""
    with run_in_own_loop(_lived_in(postgres_dsn)) as name:
        yield name


@pytest.fixture
async def dsn(postgres_dsn: str, lived_in: str) -> AsyncIterator[str]:
    """A copy of it for one test."""
    async with database_on(postgres_dsn, lived_in) as copied:
        yield copied


async def sql(dsn: str, *statements: str) -> list[tuple[object, ...]]:
    """Whoever can do this could change history; the answer of the last statement."""
    connection = Connection(Target(dsn, as_service=False))
    try:
        for statement in statements:
            rows = await connection.fetch(statement)
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


async def tamper(dsn: str, change: str) -> None:
    """Change an event in the middle of the log, with the trigger out of the way."""
    await sql(
        dsn,
        "alter table ledger.events disable trigger events_are_never_changed",
        f"""update ledger.events e set {change} from (
            select part, pos from ledger.events o where type = 'wallet.posted' and not exists (
                select from ledger.events n where n.part = (o.part + 1) % {PARTITIONS} and n.pos = o.pos
            ) order by pos desc limit 1
        ) one where e.part = one.part and e.pos = one.pos""",
    )


async def found(dsn: str, *services: str) -> list[str]:
    """Every difference, as it is printed."""
    return [str(difference) for difference in (await verify(dsn, services or WORKERS)).differences]


async def test_an_untouched_log_has_no_difference(dsn: str) -> None:
    report = await verify(dsn, WORKERS)
    events, streams = [
        await sql(dsn, f"select {' + '.join(f'(select count(*) from {name}.{table})' for name in WORKERS)}")
        for table in ("events", "streams")
    ]
    assert not report.differences
    assert (report.events, report.streams) == (events[0][0], streams[0][0])
    assert report.summary.endswith(f"{len(VIEWS)} views: no difference")
    assert report.events > 30


async def test_several_processes_find_the_same(dsn: str) -> None:
    await tamper(dsn, "data = e.data || ' '")
    alone, together = [await verify(dsn, WORKERS, processes=count) for count in (1, 2)]
    assert alone == together
    assert len(alone.differences) == 1


async def test_little_memory_is_enough(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories are folded a share at a time, and rows are written down as soon as there are many."""
    whole = await verify(dsn, WORKERS)
    monkeypatch.setattr(verify_history, "MOST_FOLDED", 2)
    monkeypatch.setattr(shown, "MOST_ROWS", 0)
    monkeypatch.setattr("shared.cli.verify.PAGE_EVENTS", 3)
    assert await verify(dsn, WORKERS) == whole


COLUMNS = {
    "part": f"part = (e.part + 1) % {PARTITIONS}",
    "pos": "pos = e.pos + 256",
    "stream": "stream = e.stream || 'x'",
    "version": "version = e.version + 256",
    "type": "type = 'wallet.postee'",
    "data": "data = e.data || ' '",
    "tenant": "tenant = 'starlighu'",
    "actor": "actor = e.actor || 'x'",
    "command_id": "command_id = e.command_id || 'x'",
    "correlation_id": "correlation_id = e.correlation_id || 'x'",
    "at": "at = e.at + interval '1 microsecond'",
    "hash": "hash = set_byte(e.hash, 31, get_byte(e.hash, 31) # 1)",
}


async def test_every_column_of_an_event_is_tried(dsn: str) -> None:
    columns = await sql(
        dsn,
        "select column_name::text from information_schema.columns "
        "where table_schema = 'ledger' and table_name = 'events'",
    )
    assert {name for (name,) in columns} == COLUMNS.keys()


@pytest.mark.parametrize("change", COLUMNS.values(), ids=COLUMNS)
async def test_a_changed_byte_of_an_event_is_found(dsn: str, change: str) -> None:
    await tamper(dsn, change)
    problems = await found(dsn, "ledger")
    assert any("event" in problem for problem in problems), problems


WALLET = "tenant = 'starlight' and player = 'rocket' and asset = 'WINZ'"
BEHIND_THE_LOG = [
    ("a doubled balance",      f"update ledger.wallets set balance = 2 * balance where {WALLET}",  "balance is"),
    ("a doubled balance",      f"update ledger.wallets set balance = 2 * balance where {WALLET}",  "not 0"),
    ("a missing wallet",       f"delete from ledger.wallets where {WALLET}",                       "is missing"),
    ("a wallet of nobody",     "insert into ledger.wallets values (0, 'x', 'y', 'z', 5, now())",   "not in the log"),
    ("money of the house",     "update ledger.house set amount = amount + 1",                      "amount is"),
    ("a promise",              "update engines.seeds set server_seed_hash = 'f'",                  "server_seed_hash"),
    ("a definition",           "update ledger.definitions set spec = '{}' where key = 'WINZ'",     "spec is"),
    ("a folded state",         "update ledger.streams set state = 'Unknown {}'"
                               " where stream = 'player/starlight/rocket'",                        "stored state"),
    ("a folded version",       "update ledger.streams set version = version + 1",                  "stored at version"),
    ("a missing state",        "delete from ledger.streams",                                       "no stored state"),
    ("a state of nothing",     "insert into ledger.streams values (0, 'wallet/a/b', 1, 1, '')",    "has no events"),
    ("the end of the chain",   "update ledger.positions set chain = decode(repeat('11', 32), 'hex')", "chain is"),
    ("the last position",      "update ledger.positions set event_pos = event_pos + 1",            "event_pos is"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "problem"), [row[1:] for row in BEHIND_THE_LOG], ids=[row[0] for row in BEHIND_THE_LOG]
)
async def test_what_was_changed_behind_the_log_is_found(dsn: str, change: str, problem: str) -> None:
    await sql(dsn, change)
    problems = await found(dsn, "engines" if "engines." in change else "ledger")
    assert any(problem in one for one in problems), problems


async def test_a_removed_end_of_the_log_is_found(dsn: str) -> None:
    await sql(
        dsn,
        "alter table ledger.events disable trigger events_are_never_changed",
        "delete from ledger.events e using ledger.positions p where p.part = e.part and p.event_pos = e.pos",
    )
    assert any("event_pos is" in problem for problem in await found(dsn))


@pytest.mark.parametrize(("service", "table"), VIEWS)
async def test_a_lost_view_is_made_anew_from_the_log(dsn: str, service: str, table: str) -> None:
    rows = f'select r.* from {service}."{table}" r order by r::text'
    rights = f"select relacl::text from pg_class where oid = '{service}.{table}'::regclass"
    before = [await sql(dsn, rows), await sql(dsn, rights), await catalogue(dsn, service)]
    assert before[0]
    await sql(dsn, f'truncate {service}."{table}"')
    rebuilt = await rebuild(dsn, service, table)
    assert [await sql(dsn, rows), await sql(dsn, rights), await catalogue(dsn, service)] == before
    assert rebuilt.events > 0
    assert not await found(dsn)


async def test_several_processes_rebuild_the_same(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await sql(dsn, "truncate ledger.wallets")
    await rebuild(dsn, "ledger", "wallets", processes=2)
    assert not await found(dsn)
    monkeypatch.setattr(shown, "MOST_ROWS", 0)
    monkeypatch.setattr("shared.cli.rebuild.PAGE_EVENTS", 2)
    for service, table in VIEWS:
        await rebuild(dsn, service, table)
    assert not await found(dsn)


async def test_a_town_goes_on_while_its_view_is_made_anew(tables: str) -> None:
    """Workers are fenced by the swap and claim again by themselves; what they decided meanwhile is in the new table."""
    async with running(tables) as town:
        await live(town)
        stop, opened = asyncio.Event(), 0

        async def play() -> None:
            nonlocal opened
            while not stop.is_set():
                answer = await town.open_box(player="rocket")
                assert answer.status_code == 201, answer.text
                opened += 1

        playing = asyncio.create_task(play())
        tails = 0
        for _ in range(50):
            tails += (await rebuild(tables, "ledger", "wallets")).tail
            if tails:
                break
        stop.set()
        await playing
        assert tails, "nothing happened while a view was rebuilt"
        assert await town.events("lootbox.opened") == opened + 2 * len(PLAYERS)
    assert not await found(tables)


async def test_what_is_no_view_is_not_rebuilt(dsn: str) -> None:
    with pytest.raises(WrongSettings, match=r"ledger has no view 'personal'; it has definitions, .*house, players"):
        await rebuild(dsn, "ledger", "personal")


async def test_two_rebuilds_do_not_meet(dsn: str) -> None:
    first = Connection(Target(dsn, as_service=False))
    await first.fetch("select pg_advisory_lock(7146321052)")
    with pytest.raises(LogError, match="another rebuild is running"):
        await rebuild(dsn, "ledger", "wallets")
    await first.close()


async def test_a_log_that_is_not_there_is_one_clear_error(fresh_database: str) -> None:
    with pytest.raises(LogError, match="run `fairground migrate`"):
        await verify(fresh_database, WORKERS)


@pytest.fixture
async def tables(postgres_dsn: str) -> AsyncIterator[str]:
    """The DSN of a database with every table and no rows."""
    async with database_on(postgres_dsn) as empty:
        await migrate(empty, WORKERS, PARTITIONS)
        yield empty
