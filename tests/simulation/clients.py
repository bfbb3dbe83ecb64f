"""People who wish for things, repeat themselves until they have a definite answer, and remember every answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Any, Final

import orjson

from shared.bus.partition import partition_of
from shared.bus.port import Bus, BusError, Incoming, Outgoing, Tail
from shared.messages.base import Command
from shared.messages.envelope import ID_HEADER, TYPE_HEADER, routing_key
from shared.worker.tell import commands_of
from tests.simulation.faults import Faults
from tests.simulation.loop import now_s

REPLIES: Final = "gateway.replies"
TENANT: Final = "starlight"
INSTANCE: Final = "door"
TTLS_MS: Final = (None, 60_000, 5_000, 1_500, 300, 60)
NOT_DEFINITE: Final = frozenset({"deadline_passed", "too_many_waiting"})


class Violation(AssertionError):
    """The town did what it must never do."""


class Died(Violation):
    """A process ended of something that nobody did to it."""


@dataclass(frozen=True)
class Told:
    """One answer, as it came."""

    attempt: str
    outcome: str
    code: str | None
    details: dict[str, Any]
    repeated: bool
    body: bytes


@dataclass(eq=False)
class Wanted:
    """One wish, however often it is said."""

    service: str
    entity: str
    command: Command
    key: str
    tenant: str = TENANT
    worth: int = 0
    """What a granted wish changes the player's balance by, where that is known beforehand."""
    stubborn: bool = True
    """Whether a definite refusal is only a reason to try again later, under the same key."""
    ends_with: frozenset[str] = frozenset()
    """The refusals after which nobody tries again."""
    hopeless: bool = False
    """Whether nobody will ever grant it."""
    poison: bool = False
    """Whether nobody can even read it through."""
    before_again: Callable[[], Wanted] | None = None
    """What to do first after a refusal: the top-up."""
    once: bool = False
    """Said once and never again, and nobody waits for the answer."""
    attempts: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Attempts under this key with another body."""
    done: Told | None = None
    begun_s: float = 0.0
    """When somebody began to ask; it was not granted earlier, however late they heard of it."""
    given_up: bool = False
    """Whether somebody has been told that the answer will not come by itself; it may have had its effect or not."""
    refused: Told | None = None

    @property
    def final(self) -> Told | None:
        """The answer that stands. Who says something once does not wait for it."""
        ended = self.refused is not None and (not self.stubborn or self.refused.code in self.ends_with)
        return self.done or (self.refused if ended else None)


def told_of(message: Incoming | Outgoing) -> Told:
    """Read an answer; its body byte by byte as it was sent."""
    fields = orjson.loads(message.value)
    body = message.value[message.value.index(b'"details":') :]
    body = body[body.index(b',"body":') + len(b',"body":') : -1]
    return Told(fields["id"], fields["outcome"], fields["code"], fields["details"], fields["repeated"], body)


class Door:
    """Says wishes and hands answers to whoever waits. It forgets who waited when the town restarts."""

    def __init__(self, partitions: int, faults: Faults) -> None:
        self._partitions, self._faults = partitions, faults
        self._bus: Bus | None = None
        self._waiting: dict[str, asyncio.Future[Told]] = {}
        self._said = 0
        self.wishes: dict[str, Wanted] = {}
        """By the id of each attempt."""
        self._last: dict[str, Outgoing] = {}
        """The last attempt of each wish as it was said."""

    def connect(self, bus: Bus | None) -> None:
        """Speak through this bus from now on; None while the town is down."""
        self._bus = bus

    async def listen(self, tail: Tail) -> None:
        """Hand on what comes back, for as long as this bus lives."""
        while True:
            for message in await tail.fetch(1.0):
                told = told_of(message)
                waiting = self._waiting.get(told.attempt)
                if waiting is not None and not waiting.done():
                    waiting.set_result(told)

    async def mention(self, wish: Wanted) -> None:
        """Say it once, until the broker has it; nobody waits for the answer."""
        await self._publish(self._envelope(wish, wish.command, self._attempt(wish, wish.attempts), None))

    def _attempt(self, wish: Wanted, attempts: list[str]) -> str:
        self._said += 1
        attempt = f"{wish.key}#{self._said}"
        attempts.append(attempt)
        self.wishes[attempt] = wish
        return attempt

    async def say(
        self, wish: Wanted, *, ttl_ms: int | None, wait_s: float, other: Command | None = None
    ) -> Told | None:
        """One attempt; None if no answer came in time."""
        attempt = self._attempt(wish, wish.strangers if other else wish.attempts)
        answer: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting[attempt] = answer
        try:
            async with asyncio.timeout(wait_s):
                message = self._envelope(wish, other or wish.command, attempt, ttl_ms)
                if other is None:
                    self._last[wish.key] = message
                await self._publish(message)
                return await answer
        except TimeoutError:
            return None
        finally:
            del self._waiting[attempt]

    async def echo(self, wish: Wanted) -> None:
        """Its last attempt comes once more, as it was said: not every producer knows what it has sent."""
        await self._publish(self._last[wish.key])

    async def _publish(self, message: Outgoing) -> None:
        """As an idempotent producer does: again until it is acknowledged."""
        while True:
            try:
                if self._bus is not None:
                    await self._bus.publish([message])
                    return
            except BusError:
                pass
            await asyncio.sleep(0.2)

    def _envelope(self, wish: Wanted, command: Command, attempt: str, ttl_ms: int | None) -> Outgoing:
        data = command.model_dump_json().encode()
        value = orjson.dumps(
            {
                "id": attempt,
                "type": command.wire,
                "tenant": wish.tenant,
                "key": wish.entity,
                "actor": "key:test",
                "caused_by": None,
                "correlation_id": wish.key,
                "reply_to": {"topic": REPLIES, "partition": 0, "instance": INSTANCE},
                "idempotency": {
                    "scope": "door",
                    "key": wish.key,
                    "fingerprint": hashlib.sha256(data).hexdigest(),
                },
                "ttl_ms": ttl_ms,
                "data": orjson.Fragment(data),
            }
        )
        part = partition_of(wish.tenant, wish.entity, self._partitions)
        headers = ((TYPE_HEADER, command.wire.encode()), (ID_HEADER, attempt.encode()))
        return Outgoing(commands_of(wish.service), part, routing_key(wish.tenant, wish.entity), value, headers)


class Client:
    """Pursues one wish after another, each until its answer is definite.

    A granted wish's key is used for at most `patience_s` since it was first said: the town need not remember for ever.
    """

    def __init__(self, door: Door, chance: Random, patience_s: float = inf) -> None:
        self._door, self._chance, self._patience_s = door, chance, patience_s

    async def mention(self, wish: Wanted) -> None:
        """Say it once, and be off."""
        await self._door.mention(wish)

    async def pursue(self, wish: Wanted) -> None:
        """Repeat it until it is granted, or refused for good; less often after many attempts."""
        wish.begun_s = now_s()
        while wish.final is None and not wish.given_up:
            for told in await self._at_once(wish):
                self._hear(wish, told)
            if wish.final is None:
                await asyncio.sleep(self._chance.uniform(0.0, max(2.0, len(wish.attempts) / 5)))
                if wish.refused is not None and wish.before_again is not None:
                    wish.refused = None
                    await self.pursue(wish.before_again())

    async def haunt(self, wish: Wanted, times: int) -> None:
        """Repeat what was answered long ago, and say something else under the same key."""
        for _ in range(times):
            await asyncio.sleep(self._chance.uniform(0.0, 12.0))
            if self._tired(wish):
                return
            for told in await self._at_once(wish):
                self._hear(wish, told)

    async def echo(self, wish: Wanted) -> None:
        """What was said last arrives a second time, a little later; nobody waits for the answer."""
        await asyncio.sleep(self._chance.uniform(0.0, 2.0))
        await self._door.echo(wish)

    async def contradict(self, wish: Wanted, other: Command) -> None:
        """Another body under a key that has had its effect must conflict, whenever it comes."""
        told = None
        while told is None or told.code in NOT_DEFINITE:
            if self._tired(wish):
                return
            told = await self._door.say(wish, ttl_ms=None, wait_s=self._chance.uniform(1.0, 5.0), other=other)
        if told.code != "idempotency_conflict":
            raise Violation(f"another body under key {wish.key} was answered {told}")

    def _tired(self, wish: Wanted) -> bool:
        return wish.done is not None and now_s() - wish.begun_s > self._patience_s

    async def _at_once(self, wish: Wanted) -> Sequence[Told]:
        times = self._chance.choice((1, 1, 1, 2, 3))
        said = [
            self._door.say(wish, ttl_ms=self._chance.choice(TTLS_MS), wait_s=self._chance.uniform(0.3, 6.0))
            for _ in range(times)
        ]
        return [told for told in await asyncio.gather(*said) if told is not None]

    def _hear(self, wish: Wanted, told: Told) -> None:
        if told.outcome == "done" and wish.done is None:
            wish.done = told
        elif told.outcome == "done":
            pass
        elif told.code not in NOT_DEFINITE and wish.final is None:
            wish.refused = told
