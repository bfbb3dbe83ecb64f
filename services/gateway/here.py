"""What an endpoint stands on: the town behind the doors, and the request that it serves."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeVar

import orjson
from pydantic import BaseModel

from services.gateway.acquaintances import Acquaintances
from services.gateway.feed import DefinitionFeed
from services.gateway.floor import Floor
from services.gateway.keys import Caller
from services.gateway.passwords import Passwords
from services.gateway.pepper import Pepper
from services.gateway.problem import Headers, Problem
from services.gateway.registered import Registered
from services.gateway.say import Say
from services.gateway.sdk.listing import Offers
from services.gateway.sessions import Hosts, Sessions
from services.gateway.standings import Standings
from services.gateway.stream import Hub
from services.gateway.tokens import Tokens
from services.gateway.wheel_book import WheelBook
from shared.clock import Clock
from shared.database import Pool
from shared.definitions import DefinitionStore
from shared.ids import PlayerId
from shared.limits.port import Limiter
from shared.messages.base import Command, Reply
from shared.readmodels.activities import ActivityViews
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
from shared.running import Parts

T = TypeVar("T", bound=BaseModel)
Said = TypeVar("Said", bound=Reply)

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_UUID_LENGTH: Final = 36
_KEY: Final = re.compile(rb"[A-Za-z0-9_\-:.]+")


@dataclass(frozen=True, slots=True)
class Town:
    """Everything behind the doors that they may ask."""

    parts: Parts
    say: Say
    feed: DefinitionFeed
    ledger: LedgerViews
    engines: EnginesViews
    activities: ActivityViews
    jackpots: JackpotViews
    raffles: RaffleViews
    tournaments: TournamentViews
    wheels: WheelViews
    timeline: Timeline
    insights: InsightsViews
    points: PointsViews
    events: EventViews
    grants: GrantViews
    sdk_players: SdkPlayerViews
    registered: Registered
    boards: BoardViews
    standings: Standings
    acquaintances: Acquaintances
    sessions: Sessions
    hosts: Hosts
    wheel_book: WheelBook
    offers: Offers
    hub: Hub
    limiter: Limiter
    pepper: Pepper
    tokens: Tokens
    passwords: Passwords
    floor: Floor
    schemas: Mapping[str, Pool]
    """A pool per service, for what every service's schema has."""

    @property
    def clock(self) -> Clock:
        return self.parts.clock

    @property
    def definitions(self) -> DefinitionStore:
        return self.feed.store

    @property
    def trouble(self) -> str | None:
        """Why the doors cannot serve, if they cannot."""
        return self.say.trouble or self.feed.trouble


class Answer(NamedTuple, Generic[T]):
    """What an endpoint answers where the status is not its route's own."""

    body: T
    status: int
    headers: Headers = ()


class Told(NamedTuple, Generic[Said]):
    """A granted wish."""

    answer: Said
    repeated: bool
    """Whether it was granted before, and only told again."""


@dataclass(frozen=True, slots=True)
class Knock:
    """What a request brings beside its path and its body."""

    id: str
    """The request's own; echoed, and the correlation id of everything that it sets going."""
    sent: Mapping[bytes, bytes] = field(default_factory=dict)
    """The headers, their names in lower case."""
    address: str = ""
    """Whom it comes from."""
    named: dict[str, str] = field(default_factory=dict)
    """What the path names, by its own names; not yet looked at."""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    """What is to be told beside the answer, whatever that will be."""
    path: str = ""
    """As it was asked for, without the query."""
    checks: list[Callable[[bytes], Awaitable[None]]] = field(default_factory=list)
    """What the guard has still to see of the body before anybody reads it. Each may raise Problem."""


class Here:
    """One request: who makes it, and what it may ask."""

    __slots__ = ("caller", "knock", "town")

    def __init__(self, town: Town, caller: Caller, knock: Knock) -> None:
        self.town, self.caller, self.knock = town, caller, knock

    def on_behalf_of(self, caller: Caller) -> Here:
        """The same request, made by somebody who was recognised later."""
        return Here(self.town, caller, self.knock)

    def idempotency_key(self, longest: int) -> str | None:
        """What the header `Idempotency-Key` says, at doors whose bodies have no field for it.

        Raises:
            Problem: `invalid`.
        """
        key = self.knock.sent.get(b"idempotency-key")
        if key is None:
            return None
        if len(key) > longest or not _KEY.fullmatch(key):
            problem = f"Idempotency-Key: must be 1 to {longest} letters, digits or any of `_-:.`"
            raise Problem("invalid", problem, path="Idempotency-Key")
        return key.decode("ascii")

    async def say(
        self, service: str, command: Command, answer: type[Said], *, key: str, idempotency_key: str | None = None
    ) -> Told[Said]:
        """Wish something on the caller's behalf, and read what is told as `answer`.

        Raises:
            Problem: refused, or not answered.
        """
        caller = self.caller
        reply = await self.town.say.say(
            service,
            command,
            tenant=caller.tenant,
            key=key,
            actor=caller.actor,
            correlation_id=self.knock.id,
            idempotency_key=idempotency_key,
        )
        if reply.outcome == "refused":
            raise Problem(reply.code or "internal_error", details=reply.details)
        return Told(answer.model_validate_json(orjson.dumps(reply.body)), reply.repeated)

    async def player_named(self, text: str) -> PlayerId:
        """The player meant by a name or a uuid. What is no known uuid is a name; the ledger knows whether it exists.

        A player's own name wins over another's uuid, so that every player can be reached.
        """
        if len(text) != _UUID_LENGTH or not _UUID.fullmatch(text):
            return PlayerId(text)
        ledger, tenant = self.town.ledger, self.caller.tenant
        if await ledger.player(tenant, PlayerId(text)) is not None:
            return PlayerId(text)
        return await ledger.player_of_user_id(tenant, text.lower()) or PlayerId(text)

    async def existing_player(self, text: str) -> PlayerId:
        """The same, for wishes that would leave a trace of a stranger.

        Raises:
            Problem: `no_player`.
        """
        player = await self.player_named(text)
        if not await self.town.acquaintances.has(self.caller.tenant, player):
            raise Problem("no_player")
        return player
