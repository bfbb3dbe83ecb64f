"""How the gateway is put together, and how it serves until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

import structlog
import uvicorn

from services.gateway.acquaintances import Acquaintances
from services.gateway.app import Gateway
from services.gateway.connection import Connection
from services.gateway.feed import DefinitionFeed
from services.gateway.floor import Floor
from services.gateway.here import Town
from services.gateway.passwords import Passwords
from services.gateway.pepper import Pepper
from services.gateway.places import Places
from services.gateway.registered import Registered
from services.gateway.say import Say
from services.gateway.sdk.listing import Offers
from services.gateway.sdk.told import Words
from services.gateway.sessions import Hosts, Sessions
from services.gateway.standings import Standings
from services.gateway.stream import Hub
from services.gateway.tokens import Tokens
from services.gateway.wheel_book import WheelBook
from shared.database import Pool, Target
from shared.definitions import DefinitionStore
from shared.limits.fallback import FallbackLimiter
from shared.limits.memory import MemoryLimiter
from shared.limits.port import Limiter
from shared.limits.redis import RedisLimiter
from shared.readmodels.activities import ActivityViews
from shared.readmodels.activity_sessions import SessionViews
from shared.readmodels.board_log import BoardLog
from shared.readmodels.boards import BoardViews
from shared.readmodels.engines import EnginesViews
from shared.readmodels.events import EventViews
from shared.readmodels.grants import GrantViews
from shared.readmodels.insights import InsightsViews
from shared.readmodels.jackpots import JackpotViews
from shared.readmodels.ledger import LedgerViews
from shared.readmodels.points import PointsViews
from shared.readmodels.raffle import RaffleViews
from shared.readmodels.sdk_players import SdkPlayerViews
from shared.readmodels.timeline import Timeline
from shared.readmodels.tournament import TournamentViews
from shared.readmodels.wheels import WheelViews
from shared.running import WORKERS, Parts, Runnable
from shared.settings import WrongSettings

READ_CONNECTIONS: Final = 8
BACKLOG: Final = 2_048
GRACE_S: Final = 2
KEEP_ALIVE_S: Final = 75

log = structlog.get_logger(__name__)


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Doors:
    """The gateway as a part of a process."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        reads = Pool(Target(parts.dsn, application="fairground gateway"), most=READ_CONNECTIONS)
        schemas = {
            name: Pool(Target(parts.dsn, schema=name, application="fairground gateway"), most=1) for name in WORKERS
        }
        self._limiter = limiter_of(parts)
        self._town = _town(parts, reads, schemas, self._limiter)
        self._pools = [reads, *schemas.values()]
        self.app = Gateway(self._town, self._limiter)
        self._server = _server(self.app, settings.trusted_proxies)

    @property
    def trouble(self) -> str | None:
        """Why it is not ready, if it is not."""
        return self._town.trouble

    async def run(self) -> None:
        """Serve until stopped.

        Raises:
            WrongSettings: the port cannot be listened on.
        """
        settings = self._town.parts.settings
        listening = listen(settings.gateway_host, settings.gateway_port)
        try:
            async with self.behind() as tasks:
                await self._serve(listening, tasks)
        finally:
            listening.close()

    async def _serve(self, listening: socket.socket, tasks: list[asyncio.Task[None]]) -> None:
        """Until told to stop, or until something behind the doors gives up."""
        serving = asyncio.create_task(self._server.serve([listening]))
        done, _ = await asyncio.wait([serving, *tasks], return_when=asyncio.FIRST_COMPLETED)
        self.stop()
        await serving
        for task in done:
            task.result()

    @contextlib.asynccontextmanager
    async def behind(self) -> AsyncIterator[list[asyncio.Task[None]]]:
        """Keep everything behind the doors going: the answers, and what operators configured."""
        town = self._town
        tasks = [asyncio.create_task(each.run()) for each in (town.say, town.feed, town.hub)]
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._town.passwords.close()
            await self._town.floor.wallets.close()
            await self._town.standings.close()
            await self._limiter.close()
            for pool in self._pools:
                await pool.close()

    def stop(self) -> None:
        """End soon: what is under way is finished first."""
        self._server.should_exit = True
        self._town.hub.end()


def _town(parts: Parts, reads: Pool, schemas: Mapping[str, Pool], limiter: Limiter) -> Town:
    """Everything behind the doors."""
    ledger = LedgerViews(reads, parts.partitions)
    feed = DefinitionFeed(DefinitionStore(), ledger, parts.clock)
    pepper = Pepper(parts.settings.token_master())
    sdk_players = SdkPlayerViews(reads, parts.partitions)
    boards = BoardViews(reads, parts.partitions)
    board_log = BoardLog(reads)
    standings = Standings(boards, parts.ranks, parts.clock, parts.metrics)
    words = Words(Places(standings, board_log, sdk_players))
    return Town(
        parts=parts,
        say=Say(
            parts.bus,
            parts.clock,
            partitions=parts.partitions,
            instance=parts.instance,
            timeout_ms=parts.settings.say_timeout_ms,
        ),
        feed=feed,
        ledger=ledger,
        engines=EnginesViews(reads, parts.partitions),
        activities=ActivityViews(reads, parts.partitions),
        jackpots=JackpotViews(reads, parts.partitions),
        raffles=RaffleViews(reads, parts.partitions),
        tournaments=TournamentViews(reads, parts.partitions),
        wheels=WheelViews(reads, parts.partitions),
        timeline=Timeline(schemas, parts.partitions),
        insights=InsightsViews(reads),
        points=PointsViews(reads, parts.partitions),
        events=EventViews(reads, parts.partitions),
        grants=GrantViews(reads, parts.partitions),
        sdk_players=sdk_players,
        registered=Registered(sdk_players, parts.clock),
        boards=boards,
        standings=standings,
        acquaintances=Acquaintances(ledger),
        sessions=Sessions(SessionViews(reads, parts.partitions)),
        hosts=Hosts(feed),
        wheel_book=WheelBook(feed.store),
        offers=Offers(feed.store),
        hub=Hub(parts.bus, board_log, words, feed.store, parts.clock),
        limiter=limiter,
        pepper=pepper,
        tokens=Tokens(pepper),
        passwords=Passwords(),
        floor=Floor.of(parts, reads, feed),
        schemas=schemas,
    )


def limiter_of(parts: Parts) -> Limiter:
    """Redis counts for all gateways together, where there is one; each counts for itself while it is away."""
    own = MemoryLimiter(parts.clock)
    if parts.settings.redis is None:
        return own
    return FallbackLimiter(RedisLimiter(parts.settings.redis), own, parts.clock, parts.metrics.limiter_fallbacks.inc)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        WrongSettings: it cannot be; the text names the setting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise WrongSettings(
            f"cannot listen on {host}:{port} ({error.strerror}); set FAIRGROUND_GATEWAY_PORT to a free port"
        ) from error
    found.setblocking(False)
    return found


def _server(app: Gateway, proxies: str | None) -> _Server:
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=proxies is not None,
        forwarded_allow_ips=proxies,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    return _Server(config)


async def wire(parts: Parts) -> Runnable:
    """The doors, ready to open."""
    return Doors(parts)
