"""A stream of wagers with everything that real ones have, and what must come of it, computed plainly."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, Final

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.messages.envelope import routing_key

TENANT: Final = "starlight"
TOPIC: Final = f"wagers.{TENANT}"
PLAYERS: Final = tuple(f"streamer-{number}" for number in range(200))
REGULAR: Final = 300
"""Wagers of the journey that not everybody finishes."""
BIG_WIN_TIMES: Final = 10
VOID, VOID_FIRST, AGAIN, ASTRAY, DEPOSIT, BAD = 0.03, 0.3, 0.05, 0.02, 0.02, 0.0005
"""How many of a hundred messages, over a hundred, are followed by one of these or are one of these."""


@dataclass
class Expected:
    """What must stand in the end."""

    points: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    reached: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    pooled: int = 0
    """Micro-units that wagers have brought the pool."""
    wagers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    big_wins: set[str] = field(default_factory=set)
    deposited: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    marks: int = 0
    bad: int = 0


def stream_of(count: int, seed: int, partitions: int, begun: datetime) -> tuple[list[Outgoing], Expected]:
    """About so many messages in the order of their topic, and what must come of them."""
    said, expected = [], Expected()
    for one, astray in _said(count, Random(seed), begun):
        player = one["player"] if isinstance(one, dict) else PLAYERS[0]
        home = partition_of(TENANT, player, partitions)
        raw = json.dumps(one).encode() if isinstance(one, dict) else one
        part = (home + 1) % partitions if astray else home
        said.append(Outgoing(TOPIC, part, routing_key(TENANT, player), raw))
    _expect(said, expected)
    return said, expected


def _said(count: int, chance: Random, begun: datetime) -> Iterator[tuple[dict[str, Any] | bytes, bool]]:
    """Messages, and whether each lies in a foreign partition."""
    voids: list[dict[str, Any]] = []
    for number in range(count):
        at = begun + timedelta(milliseconds=2 * number)
        player = PLAYERS[min(chance.randrange(len(PLAYERS)), chance.randrange(len(PLAYERS)))]
        if chance.random() < BAD:
            yield chance.choice([b"{", b'{"wager_id": "x"}', b'{"tenant": "moonbase"}']), False
        if chance.random() < DEPOSIT:
            yield _deposit(f"deposit-{number}", player, at, chance), chance.random() < ASTRAY
        else:
            yield from _reports(_wager(f"wager-{number}", player, at, chance), voids, chance)
        if voids and chance.random() < VOID:
            yield voids.pop(0), False
    for void in voids:
        yield void, False


def _reports(
    wager: dict[str, Any], voids: list[dict[str, Any]], chance: Random
) -> Iterator[tuple[dict[str, Any], bool]]:
    """A wager, as often as it is reported; its void comes before it, or is put among those that come later.

    What is voided stays in its own partition, where its order is certain.
    """
    voided = chance.random() < VOID
    if voided and chance.random() < VOID_FIRST:
        yield {**wager, "status": "void"}, False
    elif voided:
        voids.append({**wager, "status": "void"})
    yield wager, not voided and chance.random() < ASTRAY
    while chance.random() < AGAIN:
        yield wager, not voided and chance.random() < ASTRAY


def _wager(id_: str, player: str, at: datetime, chance: Random) -> dict[str, Any]:
    cents = chance.randint(1, 5_000)
    won = chance.choice([0, 0, 0, 0, cents, 2 * cents, BIG_WIN_TIMES * cents if chance.random() < 0.02 else 0])
    return {
        "wager_id": id_,
        "tenant": TENANT,
        "player": player,
        "game": f"game-{chance.randrange(20)}",
        "currency": "USD" if chance.random() < 0.95 else "EUR",
        "stake": f"{cents // 100}.{cents % 100:02d}",
        "payout": f"{won // 100}.{won % 100:02d}",
        "status": "settled",
        "at": at.isoformat(),
        "operators_own": "ignored",
    }


def _deposit(id_: str, player: str, at: datetime, chance: Random) -> dict[str, Any]:
    amount = f"{chance.randint(1, 500)}.00"
    usual = {"tenant": TENANT, "player": player, "currency": "USD", "at": at.isoformat()}
    return {"deposit_id": id_, "amount": amount, **usual}


def _expect(said: list[Outgoing], expected: Expected) -> None:
    """The rule book once more, as plainly as it can be said."""
    settled: dict[str, Mapping[str, Any]] = {}
    voided: set[str] = set()
    deposits: set[str] = set()
    for one in (json.loads(message.value) if message.value.endswith(b"}") else {} for message in said):
        if "deposit_id" in one and one["deposit_id"] not in deposits:
            deposits.add(one["deposit_id"])
            expected.deposited[one["player"]] += int(Fraction(one["amount"]) * 100)
        elif "stake" in one:
            _expect_wager(one, settled, voided, expected)
        elif "deposit_id" not in one:
            expected.bad += 1
    expected.marks = len(settled) + len(voided) + len(deposits)


def _expect_wager(
    one: Mapping[str, Any], settled: dict[str, Mapping[str, Any]], voided: set[str], expected: Expected
) -> None:
    id_ = one["wager_id"]
    if one["status"] == "void":
        voided.add(id_)
        if id_ in settled:
            _count(settled[id_], expected, -1)
    elif id_ not in settled:
        settled[id_] = one
        if id_ not in voided:
            _count(one, expected, 1)
            expected.wagers[one["player"]] += 1
            if Fraction(one["payout"]) >= BIG_WIN_TIMES * Fraction(one["stake"]):
                expected.big_wins.add(one["player"])


def _count(wager: Mapping[str, Any], expected: Expected, sign: int) -> None:
    if wager["currency"] != "USD":
        return
    player, stake = str(wager["player"]), Fraction(str(wager["stake"]))
    expected.points[player] += sign * stake * 10
    expected.pooled += sign * int(stake * 1_000_000 * 5 / 1000)
    reach = (datetime.fromisoformat(str(wager["at"])).astimezone(UTC), str(wager["wager_id"]))
    expected.reached[player] = max(expected.reached.get(player, reach), reach)
