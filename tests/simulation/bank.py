"""An operator's own wallet, outside of the town: it keeps its book whatever becomes of its answers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from shared.ids import OperatorId
from shared.operator_wallet.port import HttpAnswer, NoAnswer, NotConnected
from shared.operator_wallet.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of
from tests.simulation.faults import CALM, DECISIVE, Faults, Life
from tests.simulation.loop import now_s

ABROAD: Final = OperatorId("88888888-9999-4aaa-8bbb-cccccccccccc")
"""The operator whose wallet is called."""
SECRET: Final = "what both sides sign with"
SCALE: Final = 100
"""Units of its currency in one whole."""
OPENING: Final = 20_000
"""What every player has there at first, in units."""
CALLBACKS: Final = "http://abroad.test/callback"
NOTICE: Final = "Take a break."
AWAY_S: Final = ((5.0, 35.0), (0.0, 4.0, 12.0, 30.0))
"""When it goes away, between these, and for how long, one of these."""
NEVER_S: Final = 60.0
"""Longer than anybody waits for an answer."""
LATEST_S: Final = 11.0
"""So long after it was sent a request may still arrive."""
FATES: Final = {
    "well": 50, "refused": 8, "lost before": 6, "lost after": 8, "late": 11, "slow": 5, "garbled": 9, "twice": 9,
    "off the hook": 3,
}  # fmt: skip
"""What becomes of a request, and how often."""
GARBLED: Final = (b"<html>502</html>", b"{}", b'{"status": "OK"}', b'{"requestId": "other", "status": "OK"}')


@dataclass(frozen=True)
class Booked:
    """One movement in the book, as it stands."""

    player: str
    round_id: str
    amount: int
    back: bool = False
    """Of a debit: whether it was taken back."""


class Bank:
    """The book, and what was asked for. Whoever asks for the same transaction again changes nothing."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.balances: dict[str, int] = defaultdict(lambda: OPENING)
        self.stood: dict[str, set[int]] = defaultdict(lambda: {OPENING})
        """Every balance there ever was."""
        self.debits: dict[str, Booked] = {}
        self.credits: dict[str, Booked] = {}
        """Both by transaction."""
        self.closed: set[str] = set()
        """The rounds of which it was told that they are over."""
        self.requests: dict[tuple[str, str], set[str]] = defaultdict(set)
        """Of each movement and transaction, the ids of the requests that came."""
        self.unheard: set[str] = set()
        """Transactions that were to be taken back before they came."""
        self.overhears: Callable[[bytes], None] = lambda body: None
        """Who listens to everything that is sent."""
        self.forged: list[str] = []
        """What was not signed as agreed."""
        begins, lasts = AWAY_S
        self._away_from_s = faults.chance.uniform(*begins)
        self._away_until_s = self._away_from_s + faults.chance.choice(lasts)

    @property
    def away(self) -> bool:
        """Whether nobody is there."""
        return self._away_from_s <= now_s() < self._away_until_s

    def fate(self) -> str:
        """What becomes of the next request."""
        if self.faults.rates == CALM:
            return "well"
        fate = self.faults.chance.choices([*FATES], [*FATES.values()])[0]
        self.faults.counts[f"calls: {fate}"] += 1
        return fate

    async def arrive(self, what: str, body: Mapping[str, Any]) -> None:
        """A request comes whose sender waits no more."""
        self.faults.counts["calls that came late"] += 1
        self.book(what, body)

    def book(self, what: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write it down, if it is new, and answer."""
        id_, player = body["transactionId"], body["playerId"]
        self.requests[what, id_].add(body["requestId"])
        amount = int(Decimal(body["amount"]) * SCALE)
        status = getattr(self, f"_{what}")(id_, Booked(player, body["roundId"], amount), body)
        self.stood[player].add(self.balances[player])
        return {
            "requestId": body["requestId"],
            "status": status,
            "balance": f"{Decimal(self.balances[player]) / SCALE:.2f}",
        }

    def _debit(self, id_: str, asked: Booked, body: Mapping[str, Any]) -> str:
        if id_ in self.debits:
            return "OK"
        if asked.amount > self.balances[asked.player]:
            return "INSUFFICIENT_FUNDS"
        if id_ in self.unheard:
            self.faults.counts["debits that came after their rollback"] += 1
        self.debits[id_] = asked
        self.balances[asked.player] -= asked.amount
        return "OK"

    def _credit(self, id_: str, asked: Booked, body: Mapping[str, Any]) -> str:
        if body["roundClosed"]:
            self.closed.add(asked.round_id)
        if id_ not in self.credits:
            self.credits[id_] = asked
            self.balances[asked.player] += asked.amount
        return "OK"

    def _rollback(self, id_: str, asked: Booked, body: Mapping[str, Any]) -> str:
        debit = self.debits.get(id_)
        if debit is None:
            self.unheard.add(id_)
            return "UNKNOWN_TRANSACTION"
        if not debit.back:
            self.debits[id_] = replace(debit, back=True)
            self.balances[debit.player] += debit.amount
        return "OK"


class Line:
    """One process's line to the bank: what dies or stands still here does so with its process."""

    def __init__(self, bank: Bank, life: Life) -> None:
        self._bank, self._life, self._faults = bank, life, bank.faults

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """See Transport."""
        path, said = urlsplit(url).path, orjson.loads(body)
        if headers[SIGNATURE_HEADER] != signature_of(SECRET, headers[TIMESTAMP_HEADER], path, body):
            self._bank.forged.append(url)
        self._bank.overhears(body)
        what = path.rpartition("/")[2]
        try:
            await self._life.passes(DECISIVE)
        except BaseException:
            if self._faults.happens(self._faults.rates.sent_off, "calls of the dead sent off"):
                self._faults.later(partial(self._bank.arrive, what, said))
            raise
        if self._bank.away:
            self._faults.counts["calls while it was away"] += 1
            raise NotConnected("nobody is there")
        answer = await self._met(self._bank.fate(), what, said)
        await self._life.passes(DECISIVE)
        return answer

    async def _met(self, fate: str, what: str, said: Mapping[str, Any]) -> HttpAnswer:
        """What comes of a request that has this fate."""
        chance, bank = self._faults.chance, self._bank
        if fate in ("late", "off the hook"):
            if fate == "late":
                self._afterwards(what, said)
            await asyncio.sleep(NEVER_S)
        if fate == "lost before":
            raise NoAnswer("cut")
        if fate in ("refused", "garbled"):
            return self._misunderstood(fate, what, said)
        answer = bank.book(what, said)
        if fate == "lost after":
            raise NoAnswer("cut")
        if fate == "twice":
            self._afterwards(what, said)
        await asyncio.sleep(chance.uniform(1.0, 5.0) if fate == "slow" else chance.uniform(0.01, 0.2))
        return HttpAnswer(200, orjson.dumps(answer))

    def _misunderstood(self, fate: str, what: str, said: Mapping[str, Any]) -> HttpAnswer:
        """It is refused for no reason of ours, or answered with what nobody can read, whether or not it is booked."""
        chance = self._faults.chance
        if fate == "refused":
            refusal = {"requestId": said["requestId"], "status": "LIMIT_REACHED", "customUserError": NOTICE}
            return HttpAnswer(chance.choice((200, 400)), orjson.dumps(refusal))
        if chance.random() < 0.5:
            self._bank.book(what, said)
        return HttpAnswer(chance.choice((200, 500)), chance.choice(GARBLED))

    def _afterwards(self, what: str, said: Mapping[str, Any]) -> None:
        """It comes when its sender has gone on, or for a second time."""

        async def come() -> None:
            await asyncio.sleep(self._faults.chance.uniform(0.5, LATEST_S))
            await self._bank.arrive(what, said)

        ghost = asyncio.get_running_loop().create_task(come())
        self._faults.ghosts.add(ghost)
        ghost.add_done_callback(self._faults.ghosts.discard)

    async def close(self) -> None:
        """See Transport."""
