"""Calls operators' wallets for the Sends that go outside, each once as far as anybody can tell, and answers them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from weakref import WeakValueDictionary

import orjson
import structlog

from services.rgs.breaker import Breaker
from services.rgs.leases import SERVICE, Key, Lease, Leases
from services.rgs.operators import Operators
from shared.bus.port import Bus, BusError, Outgoing
from shared.clock import Clock
from shared.eventlog.port import Unavailable
from shared.gathering import Gathering
from shared.ids import OperatorId
from shared.messages.base import COMMANDS
from shared.messages.call import Call, CallAnswer, CallDebit
from shared.operator_wallet.port import Callee, Said
from shared.operator_wallet.wallet import OperatorWallet
from shared.telemetry import Metrics
from shared.worker.cache import Recent
from shared.worker.items import Address
from shared.worker.points import PassBy, Points
from shared.worker.publishing import publish
from shared.worker.tell import answer_to, commands_of, send_id_of
from shared.worker.worker import Worker

LEASE_S: Final = 10.0
BEGIN_WITHIN_S: Final = 5.0
"""Of a lease. What has not begun by then is not called: it has to be over well before the lease is."""
AT_ONCE: Final = 32
"""Calls of one operator."""
PAGE: Final = 256
MOST_UNDER_WAY: Final = 2_048
MOST_KEPT: Final = 20_000
"""Answers that are remembered, in case a lease lapses before the worker has heard of them."""
LOOK_EVERY_S: Final = 1.0
SWEEP_EVERY_S: Final = 60.0
AGAIN_AFTER_S: Final = 0.5

IN_VAIN: Final = frozenset({"unknown", "not_sent"})
BROKEN_OFF: Final = Said("unknown", "broken off")
LAPSED: Final = Said("unknown", "somebody may have called before")
NOT_BEGUN: Final = Said("not_sent", "waited too long for its turn")
LEFT_ALONE: Final = Said("not_sent", "the wallet has failed again and again")
NOBODY: Final = Said("not_sent", "the operator has no wallet to call")

log = structlog.get_logger(__name__)


class Callers:
    """Beside the worker of a process: what that worker's partitions have for the outside is called from here."""

    def __init__(
        self,
        worker: Worker,
        leases: Leases,
        operators: Operators,
        wallet: OperatorWallet,
        *,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
        points: Points | None = None,
    ) -> None:
        self._worker, self._leases, self._operators, self._wallet = worker, leases, operators, wallet
        self._bus, self._clock, self._metrics = bus, clock, metrics
        self._points = points or PassBy()
        self._stopping = False
        self._answers = Gathering(self._publish)
        self._swept_s = clock.monotonic()
        self._under_way: dict[Key, asyncio.Task[None]] = {}
        self._left: list[Key] = []
        """What is ours, and was not begun because everything ends."""
        self._told: Recent[Key, Said] = Recent(MOST_KEPT)
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._slots: dict[tuple[str, OperatorId], asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._breakers: dict[tuple[str, OperatorId], Breaker] = defaultdict(Breaker)

    async def run(self) -> None:
        """Call until stopped; what is under way then is brought to its end, and all else left to whoever is next."""
        try:
            while not self._stopping:
                if not await self._begin_some():
                    await self._pause()
        except asyncio.CancelledError:
            for task in self._under_way.values():
                task.cancel()
            raise
        finally:
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)
            await self._let_go()
            await self._leases.close()
            await self._wallet.close()

    def stop(self) -> None:
        """End once no call is under way; what has not begun will not."""
        self._stopping = True
        self._worker.rung.set()

    async def _let_go(self) -> None:
        """Nobody else has to wait until these leases lapse, or to take them for called."""
        if self._left:
            try:
                await self._leases.release(self._left, self._worker.name)
            except Unavailable as error:
                log.warning("leases lapse by themselves", service=SERVICE, leases=len(self._left), error=str(error))

    async def _pause(self) -> None:
        """Until the worker has something, or for a while: a lease may lapse without anybody saying so."""
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._worker.rung.wait()
        except TimeoutError:
            pass

    async def _begin_some(self) -> bool:
        """Whether there may be more to begin."""
        self._worker.rung.clear()
        parts, room = sorted(self._worker.owned), min(PAGE, MOST_UNDER_WAY - len(self._under_way))
        if not parts or room <= 0:
            return False
        began_s = self._clock.monotonic()
        try:
            await self._sweep(parts)  # first: what is taken must be begun, whatever else goes wrong
            leased = await self._leases.take(parts, self._worker.name, room, LEASE_S)
        except Unavailable as error:
            log.warning("waiting", service=SERVICE, error=str(error))
            return False
        if leased:
            self._points.reach("leased")
        for lease in leased:
            if lease.key not in self._under_way:  # else it waits long, and the lease has lapsed meanwhile
                self._under_way[lease.key] = asyncio.create_task(self._serve(lease, began_s))
        return len(leased) == room

    async def _sweep(self, parts: list[int]) -> None:
        if self._clock.monotonic() - self._swept_s >= SWEEP_EVERY_S:
            self._swept_s = self._clock.monotonic()
            await self._leases.sweep(parts, SWEEP_EVERY_S)

    async def _serve(self, lease: Lease, began_s: float) -> None:
        """What goes wrong here is said; the lease lapses then, and the Send is looked at anew."""
        try:
            said = self._told.get(lease.key) or await self._settled(lease, began_s)
            if said is None:
                self._left.append(lease.key)
                return
            self._told.put(lease.key, said)
            await self._answer(lease.key, said)
        except Exception:
            log.exception("a call has failed here", send=send_id_of(SERVICE, *lease.key))
        finally:
            del self._under_way[lease.key]

    async def _settled(self, lease: Lease, began_s: float) -> Said | None:
        """How the call ended; None if it has not begun, and is left to whoever is next."""
        call = COMMANDS[lease.type].model_validate(orjson.loads(lease.payload)["data"])
        if not isinstance(call, Call):
            raise TypeError(f"{lease.type} is no call of a wallet")
        said = LAPSED if lease.again and isinstance(call, CallDebit) else await self._in_turn(lease, call, began_s)
        if said is None:
            return None
        self._metrics.wallet_calls.of(call.seat.operator, _kind(call), said.result).inc()
        if said.result in IN_VAIN:
            log.warning(
                "a wallet was called in vain", operator=call.seat.operator, kind=_kind(call), result=said.result,
                why=said.why, transaction=call.transaction_id, round=call.round_id,
            )  # fmt: skip
        return said

    async def _in_turn(self, lease: Lease, call: Call, began_s: float) -> Said | None:
        """One call of a round at a time, in the order of the log, and not too many of an operator."""
        whom = (lease.tenant, call.seat.operator)
        turn = self._turns.setdefault((lease.tenant, call.round_id), asyncio.Lock())
        async with turn, self._slots[whom]:
            callee = await self._operators.callee(*whom)
            if callee is None:
                return NOBODY
            if self._stopping:
                return None
            if self._clock.monotonic() - began_s > BEGIN_WITHIN_S:
                return NOT_BEGUN
            return await self._call(callee, call, self._breakers[whom])

    async def _call(self, callee: Callee, call: Call, breaker: Breaker) -> Said:
        started_s = self._clock.monotonic()
        if not breaker.allows(started_s):
            return LEFT_ALONE
        said = BROKEN_OFF
        self._points.reach("calling")
        try:
            said = await self._wallet.move(callee, call)
            self._points.reach("called")
        finally:
            ended_s = self._clock.monotonic()
            breaker.note(ended_s, works=said.result not in IN_VAIN)
            self._metrics.wallet_circuits_open.of(callee.operator).set(breaker.is_open)
            self._metrics.wallet_seconds.of(callee.operator, _kind(call)).observe(ended_s - started_s)
        return said

    async def _answer(self, key: Key, said: Said) -> None:
        """Tell the worker as a service would that was sent this; it counts the first answer alone."""
        while True:
            try:
                await self._answers.ask(_answer_of(key, said))
                return self._points.reach("answered")
            except BusError as error:
                if self._stopping:
                    raise
                log.warning("waiting", service=SERVICE, error=str(error), again_in_s=AGAIN_AFTER_S)
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _publish(self, answers: Sequence[Outgoing]) -> Sequence[None]:
        """What becomes known while others are being told is told together."""
        await publish(self._bus, answers, SERVICE)
        return [None] * len(answers)


def _kind(call: Call) -> str:
    return call.wire.removeprefix("call.")


def _answer_of(key: Key, said: Said) -> Outgoing:
    address = Address(commands_of(SERVICE), key[0], None, send_id_of(SERVICE, *key))
    if said.result == "granted":
        body = CallAnswer(balance=said.balance).model_dump_json().encode()
        return answer_to(address, code=None, details=None, body=body, repeated=False)
    told = {"status": said.status, "message": said.message}
    details = {name: text for name, text in told.items() if text is not None}
    return answer_to(address, code=said.result, details=details, body=None, repeated=False)
