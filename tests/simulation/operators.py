"""The operators of the town, who write what their players wager elsewhere, again and again until the broker has it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from shared.bus.partition import partition_of
from shared.bus.port import Bus, BusError, Outgoing
from shared.messages.definition import PutDefinition
from shared.messages.envelope import routing_key
from shared.messages.wager import WAGERS
from tests.simulation.clients import TENANT
from tests.simulation.engines import FAINT, UNSAYABLE
from tests.simulation.games import PLAYERS
from tests.simulation.loop import FIRST_MORNING, now_s

TOPIC: Final = f"{WAGERS}{TENANT}"
LEVELS: Final = ("4", "11.5", "40")
"""In USD."""
BIG_WIN_TIMES: Final = 5
GUEST: Final = "moonlight"
"""Another tenant, who comes and goes, and never says a word."""
STREAMERS: Final = (*PLAYERS, "yondu")
"""Who wagers elsewhere; the last is never heard of at the door."""
WRITES_S: Final = 40.0
"""For how long an operator has something new to say."""
PAUSE_S: Final = 4.5
MOST_SAID: Final = 9
"""Messages that are thought of at once."""
MOST_WRITTEN: Final = 4
"""Messages that are handed to the broker together."""
ASTRAY: Final = 0.12
STEADY: Final = "x-"
"""What the ids of wagers begin with that never lie in a foreign partition."""
LATE_S: Final = 9.0
"""So long after it was settled a wager is reported at most."""
LONG_AGO: Final = datetime(2024, 2, 29, tzinfo=UTC)
SOME_DAY: Final = FIRST_MORNING + timedelta(days=100)
UNREADABLE: Final = (b"{", b'{"wager_id": "x"}', b"\xff", b'{"deposit_id": "x", "amount": "0"}')


class Said(NamedTuple):
    """One message of the stream."""

    body: bytes
    part: int
    """Where it is written."""
    astray: bool = False
    """Whether that is not where its player is at home."""
    bad: str | None = None
    """What its letter must say, where nobody can count it whatever came before it."""

    @property
    def fields(self) -> dict[str, Any]:
        """What it says; only where it can be read."""
        fields: dict[str, Any] = orjson.loads(self.body)
        return fields


def tenant(name: str) -> PutDefinition:
    """What makes the engines read the stream of this one."""
    spec = {"slug": name, "brand": name, "environment": "test", "levels": LEVELS, "big_win_times": BIG_WIN_TIMES}
    return PutDefinition(kind="tenant", key=name, spec=spec)


def home_of(player: str, partitions: int) -> int:
    """The partition in which a player's wagers count."""
    return partition_of(TENANT, player, partitions)


class Operator:
    """Remembers everything that was said, in order, and how much of it the present broker has."""

    def __init__(self, partitions: int, chance: Random) -> None:
        self.said: list[Said] = []
        self._partitions, self._chance = partitions, chance
        self._numbers = 0
        self._bus: Bus | None = None
        self._written = 0

    @property
    def behind(self) -> bool:
        """Whether something has been said that this broker has not acknowledged."""
        return self._written < len(self.said)

    def connect(self, bus: Bus | None) -> None:
        """Write through this bus from now on. It has none of what was written before: all that is written again."""
        self._bus, self._written = bus, 0

    async def write(self) -> None:
        """Think of wagers and write them, for ever: what a later broker lacks it must be given."""
        ends_s = now_s() + WRITES_S
        while True:
            if now_s() < ends_s:
                self.said.extend(list(self._burst()))
                await asyncio.sleep(self._chance.expovariate(1 / PAUSE_S))
            elif not self.behind:
                await asyncio.sleep(0.5)
            await self._hand_over()

    async def _hand_over(self) -> None:
        while self.behind:
            bus, start = self._bus, self._written
            some = self.said[start : start + self._chance.randint(1, MOST_WRITTEN)]
            try:
                if bus is not None:
                    await bus.publish([self._message(one) for one in some])
                    if bus is self._bus:
                        self._written = start + len(some)
                    continue
            except BusError:
                pass
            await asyncio.sleep(0.3)

    def _message(self, one: Said) -> Outgoing:
        return Outgoing(TOPIC, one.part, routing_key(TENANT, "somebody"), one.body)

    def _burst(self) -> Iterator[Said]:
        for _ in range(self._chance.randint(1, MOST_SAID)):
            luck = self._chance.random()
            if luck < 0.5:
                yield from self._new_wager()
            elif luck < 0.62:
                yield self._deposit()
            elif luck < 0.74:
                yield self._void()
            elif luck < 0.86 and self.said:
                yield self._again()
            else:
                yield self._bad()

    def _new_wager(self) -> Iterator[Said]:
        """A wager, or its void and then the wager."""
        fields = self._wager()
        if self._chance.random() < 0.1:
            yield self._anywhere({**fields, "status": "void"})
        yield self._anywhere(fields)

    def _void(self) -> Said:
        """Mostly of a wager that was reported."""
        settled = self._settled()
        if not settled or self._chance.random() < 0.1:
            return self._anywhere({**self._wager(), "status": "void"})
        fields = self._chance.choice(settled)
        at = datetime.fromisoformat(fields["at"]) + timedelta(seconds=self._chance.uniform(0.0, 3.0))
        return self._anywhere({**fields, "status": "void", "at": at.isoformat()})

    def _again(self) -> Said:
        """Something is reported once more, perhaps in another place."""
        one = self._chance.choice(self.said)
        return one if one.bad is not None else self._anywhere(one.fields)

    def _deposit(self) -> Said:
        yesterday = timedelta(days=1) if self._chance.random() < 0.15 else timedelta()
        fields = {
            "deposit_id": f"d-{self._number()}",
            "tenant": TENANT,
            "player": self._chance.choice(STREAMERS),
            "currency": self._chance.choice(("USD", "USD", "WINZ", "EUR")),
            "amount": _decimals(self._chance.randint(1, 30_000_000)),
            "at": (self._now() - yesterday).isoformat(),
        }
        return self._anywhere(fields)

    def _bad(self) -> Said:
        fields = self._wager()
        match self._chance.randrange(8):
            case 0:
                return Said(self._chance.choice(UNREADABLE), self._chance.randrange(self._partitions), bad="")
            case 1:
                return self._at_home({**fields, "tenant": GUEST}, f"names the tenant {GUEST!r}")
            case 2:
                return self._at_home({**fields, "stake": "-1"}, "stake")
            case 3:
                old = self._at_home({**fields, "at": LONG_AGO.isoformat()}, "is older than 400 days")
                return self._strayed(old) if self._chance.random() < 0.5 else old
            case 4:
                return self._at_home({**fields, "at": SOME_DAY.isoformat()}, "ahead of our clock")
            case 5:
                return self._at_home({**fields, "game": FAINT}, FAINT)
            case 6:
                return self._at_home({**fields, "game": UNSAYABLE}, "what a column cannot")
            case _:
                steady = [one for one in self._settled() if _is_steady(one["wager_id"])]
                other = {**self._chance.choice(steady), "game": "another"} if steady else {**fields, "payout": "x"}
                return self._at_home(other, "with another content" if steady else "payout")

    def _settled(self) -> list[dict[str, Any]]:
        return [one.fields for one in self.said if one.bad is None and b'"settled"' in one.body]

    def _wager(self) -> dict[str, Any]:
        """A new one. Where it shall be sure whether it or its void came first, it never lies astray."""
        stake = self._chance.randint(1, 9_000_000) if self._chance.random() < 0.95 else 0
        currency = "USD" if self._chance.random() < 0.9 else "EUR"
        steady = not stake or currency != "USD" or self._chance.random() < 0.3
        return {
            "wager_id": f"{STEADY if steady else 'w-'}{self._number()}",
            "tenant": TENANT,
            "player": self._chance.choice(STREAMERS),
            "game": f"game-{self._chance.randrange(3)}",
            "currency": currency,
            "stake": _decimals(stake),
            "payout": _decimals(self._chance.choice((0, 0, 0, 1, 2, BIG_WIN_TIMES)) * stake),
            "status": "settled",
            "at": (self._now() - timedelta(seconds=self._chance.uniform(0.0, LATE_S))).isoformat(),
            "operators_own": [1, {"two": None}],
        }

    def _anywhere(self, fields: dict[str, Any]) -> Said:
        """Mostly where its player is at home."""
        one = self._at_home(fields)
        if _is_steady(fields.get("wager_id", "")) or self._chance.random() >= ASTRAY:
            return one
        return self._strayed(one)

    def _strayed(self, one: Said) -> Said:
        part = (one.part + self._chance.randrange(1, self._partitions)) % self._partitions
        return one._replace(part=part, astray=True)

    def _at_home(self, fields: dict[str, Any], bad: str | None = None) -> Said:
        return Said(orjson.dumps(fields), home_of(fields["player"], self._partitions), bad=bad)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _now(self) -> datetime:
        return FIRST_MORNING + timedelta(seconds=now_s())


def _is_steady(id_: str) -> bool:
    return id_.startswith(STEADY)


def _decimals(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
