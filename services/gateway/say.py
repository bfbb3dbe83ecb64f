"""The one way in: a wish is put on the bus, and its answer is awaited."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Final

import orjson
import structlog
from pydantic import ValidationError

from services.gateway.problem import Problem
from shared.bus.partition import partition_of, partition_of_key
from shared.bus.port import Bus, BusError, Incoming, Outgoing, Tail
from shared.clock import Clock
from shared.ids import TenantId
from shared.messages.base import Command
from shared.messages.definition import PutDefinition
from shared.messages.envelope import (
    ID_HEADER,
    LARGEST_COMMAND_BYTES,
    LARGEST_DEFINITION_BYTES,
    TYPE_HEADER,
    ReplyMessage,
    routing_key,
)
from shared.running import REPLIES, REPLY_PARTITIONS
from shared.worker.tell import commands_of

MOST_WAITING: Final = 10_000
"""Requests that may wait for an answer in one gateway; more are told to come again."""
FETCH_WAIT_S: Final = 1.0
FIRST_BACKOFF_S: Final = 0.1
LONGEST_BACKOFF_S: Final = 5.0
FINGERPRINT_DIGITS: Final = 32
_MS_A_SECOND: Final = 1_000

log = structlog.get_logger(__name__)


class Say:
    """Publishes wishes and hands each answer to whoever waits for it.

    Requests that come while a publish is under way are published together by the next one: nobody waits for company.
    """

    def __init__(self, bus: Bus, clock: Clock, *, partitions: int, instance: str, timeout_ms: int) -> None:
        """Speak for the gateway `instance`; `timeout_ms` is also the commands' time-to-live."""
        self._bus, self._clock, self._partitions = bus, clock, partitions
        self._instance = f"{instance}.{clock.random_bytes(8).hex()}"  # replies to an earlier boot are nobody's
        self._part = partition_of_key(self._instance.encode(), REPLY_PARTITIONS)
        reply_to = {"topic": REPLIES, "partition": self._part, "instance": self._instance}
        self._reply_to = orjson.Fragment(orjson.dumps(reply_to))
        self._timeout_ms = timeout_ms
        self._waiting: dict[str, asyncio.Future[ReplyMessage]] = {}
        self._gathered: list[tuple[str, Outgoing]] = []
        self._wake = asyncio.Event()
        self.trouble: str | None = "replies are not read yet"

    async def say(
        self,
        service: str,
        command: Command,
        *,
        tenant: TenantId,
        key: str,
        actor: str,
        correlation_id: str,
        idempotency_key: str | None = None,
    ) -> ReplyMessage:
        """Wish something and await the answer, granted or refused.

        Args:
            service: who decides.
            command: the wish.
            tenant: on whose behalf; from the credential alone.
            key: the entity whose partition decides.
            actor: who wishes it, such as `key:console`.
            correlation_id: of the request.
            idempotency_key: makes two requests one wish; without one each request is a wish of its own.

        Raises:
            Problem: `unavailable`, `no_answer`, `too_large`.
        """
        if self.trouble is not None or len(self._waiting) >= MOST_WAITING:
            raise Problem("unavailable")
        wish = self._clock.new_id()
        data = command.model_dump_json().encode()
        idempotency = {
            "scope": "door",
            "key": idempotency_key or wish,
            "fingerprint": fingerprint_of(command.wire, _meant(command, data)),
        }
        value = orjson.dumps(
            {
                "id": wish,
                "type": command.wire,
                "tenant": tenant,
                "key": key,
                "actor": actor,
                "caused_by": None,
                "correlation_id": correlation_id,
                "reply_to": self._reply_to,
                "idempotency": idempotency,
                "ttl_ms": self._timeout_ms,
                "data": orjson.Fragment(data),
            }
        )
        return await self._ask(wish, self._addressed(service, command, wish, value, (tenant, key)))

    def _addressed(
        self, service: str, command: Command, wish: str, value: bytes, entity: tuple[TenantId, str]
    ) -> Outgoing:
        if len(value) > (LARGEST_DEFINITION_BYTES if isinstance(command, PutDefinition) else LARGEST_COMMAND_BYTES):
            raise Problem("too_large")
        part = partition_of(*entity, self._partitions)
        headers = ((TYPE_HEADER, command.wire.encode()), (ID_HEADER, wish.encode()))
        return Outgoing(commands_of(service), part, routing_key(*entity), value, headers)

    async def _ask(self, wish: str, message: Outgoing) -> ReplyMessage:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[ReplyMessage] = loop.create_future()
        self._waiting[wish] = answer
        self._gathered.append((wish, message))
        self._wake.set()
        deadline = loop.call_later(self._timeout_ms / _MS_A_SECOND, self._fail, wish, "no_answer")
        try:
            return await answer
        finally:
            deadline.cancel()
            self._waiting.pop(wish, None)

    async def run(self) -> None:
        """Publish and listen until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            both.create_task(self._publish())

    async def _publish(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            gathered, self._gathered = self._gathered, []
            try:
                await self._bus.publish([message for _, message in gathered])
            except BusError as error:
                log.warning("wishes were not published", count=len(gathered), error=str(error))
                for wish, _ in gathered:
                    self._fail(wish, "unavailable")

    async def _listen(self) -> None:
        """Follow the replies from their end; what is told while the bus is away is lost, and asking again finds it."""
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                await self._follow(self._bus.tail(REPLIES, self._part))
            except BusError as error:
                backoff_s = FIRST_BACKOFF_S if self.trouble is None else min(2 * backoff_s, LONGEST_BACKOFF_S)
                self.trouble = f"replies are not read: {error}"
                log.warning("replies are not read", error=str(error), again_in_s=backoff_s)
                await asyncio.sleep(backoff_s)

    async def _follow(self, tail: Tail) -> None:
        try:
            await tail.start()
            self.trouble = None
            while True:
                self._hear(await tail.fetch(FETCH_WAIT_S))
        finally:
            await tail.stop()

    def _hear(self, messages: Sequence[Incoming]) -> None:
        for message in messages:
            wish = next((value.decode("utf-8", "replace") for name, value in message.headers if name == ID_HEADER), "")
            answer = self._waiting.get(wish)
            if answer is None or answer.done():
                continue  # another gateway's, or of somebody who waits no more
            try:
                reply = ReplyMessage.model_validate_json(message.value)
            except ValidationError:
                log.exception("a reply cannot be read", command_id=wish)
                continue
            if reply.instance == self._instance:
                answer.set_result(reply)

    def _fail(self, wish: str, code: str) -> None:
        answer = self._waiting.get(wish)
        if answer is not None and not answer.done():
            answer.set_exception(Problem(code))


def _meant(command: Command, data: bytes) -> bytes:
    """What is wished, without what only says how it came here."""
    return command.model_dump_json(exclude=set(command.aside)).encode() if command.aside else data


def fingerprint_of(wire: str, data: bytes) -> str:
    """What tells another body under the same key: the start of SHA-256 over type and body, in hex."""
    return hashlib.sha256(wire.encode() + data).hexdigest()[:FINGERPRINT_DIGITS]
