"""Makes up a stream of wagers as a casino might see them: few busy players, small stakes, rare big wins."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import blake2b
from itertools import accumulate
from typing import Any, Final, Literal, NamedTuple

import orjson

from shared.money import render

Kind = Literal["wager", "void", "deposit"]

UNPACED_RATE: Final = 1_000
"""How fast a stream's own time runs, in messages a second, if no rate was asked for."""
LARGEST_RTP: Final = Fraction(3, 2)
"""Above it the steadiest game would have to pay more often than always."""
CENTS: Final = 2
STAKES: Final = ((10, 24), (20, 24), (50, 20), (100, 15), (200, 9), (500, 5), (1_000, 2), (2_000, 1))
"""In cents, and how often each of a hundred: even, so that half of one is whole."""
DEPOSITS: Final = ((1_000, 30), (2_000, 30), (5_000, 25), (10_000, 10), (50_000, 5))
PAY_TABLES: Final = (
    ((1, 8), (2, 16), (4, 28), (10, 30), (20, 12), (100, 6)),
    ((1, 5), (2, 10), (4, 25), (10, 30), (40, 20), (200, 10)),
    ((2, 5), (4, 20), (10, 25), (40, 25), (200, 23), (2_000, 2)),
)
"""Of steady, middling and wild games: what is won, in halves of the stake, and its part of a hundred that are paid."""
RECENT: Final = 1_000
"""A void takes back one of so many wagers before it."""
_PLAYERS_FLATTENED: Final = 10
_GAMES_FLATTENED: Final = 2
_DRAWS: Final = struct.Struct("<8Q")
_WHOLE: Final = 2**64
_FINE: Final = 2**32
_NS_A_SECOND: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stream is to be like; the same plan is the same stream, to the byte."""

    start: datetime
    seed: int
    tenant: str = "starlight"
    players: int = 1_000
    """At least 1; the first are the busiest."""
    named: tuple[str, ...] = ()
    """What the first of them are called; the others are `player-` and a number."""
    games: int = 20
    """At least 1; the first are the most popular."""
    rtp: Fraction = Fraction(96, 100)
    """What is paid for what is staked, in the long run: 0 to LARGEST_RTP."""
    void_share: Fraction = Fraction(1, 200)
    """Of all messages; a half at most, since every void names a wager of its own."""
    deposit_share: Fraction = Fraction(1, 100)
    """Of all messages; with the voids less than all."""
    rate: int = 0
    """Messages a second of the stream's own time; 0 is UNPACED_RATE."""
    currency: str = "USD"

    @property
    def mark(self) -> str:
        """What the ids of this stream begin with; another plan has another."""
        return blake2b(repr(astuple(self)).encode(), digest_size=5).hexdigest()


class MadeUp(NamedTuple):
    """One message of the stream."""

    kind: Kind
    player: str
    elapsed_ns: int
    """Since the stream's start."""
    value: bytes


def stream(plan: Plan) -> Iterator[MadeUp]:
    """The messages of a plan, in the order of their times, without end.

    Each is made from eight numbers that its place and the seed are hashed to, rather than from a generator's state:
    nothing is at stake here, and so the stream is the same on every machine and version.
    """
    mark, seed = plan.mark, f"{plan.seed}/".encode()
    void_below = int(plan.void_share * _WHOLE)
    deposit_below = void_below + int(plan.deposit_share * _WHOLE)
    longest_gap_ns = 2 * _NS_A_SECOND // (plan.rate or UNPACED_RATE)
    table = _Table(plan)
    recent: list[dict[str, Any]] = []
    elapsed_ns = place = 0
    while True:
        place += 1
        draws = _DRAWS.unpack(blake2b(seed + b"%d" % place).digest())
        elapsed_ns += draws[1] % (longest_gap_ns + 1)
        at = _text_of(plan.start + timedelta(microseconds=elapsed_ns // 1_000))
        kind: Kind = "wager"
        if draws[0] < void_below and recent:
            kind, body = "void", {**_taken(recent, draws[6]), "status": "void", "at": at}
        elif void_below <= draws[0] < deposit_below:
            kind, body = "deposit", {"deposit_id": f"d-{mark}-{place}", **table.deposit(draws), "at": at}
        else:
            body = {"wager_id": f"w-{mark}-{place}", **table.wager(draws), "status": "settled", "at": at}
            _remember(recent, body, draws[6])
        yield MadeUp(kind, body["player"], elapsed_ns, orjson.dumps(body))


class _Table:
    """Who plays what, and what comes of it."""

    def __init__(self, plan: Plan) -> None:
        self._common = {"tenant": plan.tenant, "currency": plan.currency}
        self._named = plan.named
        self._players = _ranks(plan.players, _PLAYERS_FLATTENED)
        self._games = _ranks(plan.games, _GAMES_FLATTENED)
        self._wins = [chances(table, plan.rtp) for table in PAY_TABLES]
        self._stakes = [*accumulate(weight for _, weight in STAKES)]
        self._deposits = [*accumulate(weight for _, weight in DEPOSITS)]

    def wager(self, draws: Sequence[int]) -> dict[str, Any]:
        """Everything about a wager but its id, its status and its time."""
        game = _pick(self._games, draws[3])
        stake, _ = STAKES[_pick(self._stakes, draws[4])]
        sort = game % len(PAY_TABLES)
        row = bisect_right(self._wins[sort], draws[5])
        halves = PAY_TABLES[sort][row][0] if row < len(PAY_TABLES[sort]) else 0
        return {
            **self._common,
            "player": self._player(draws),
            "game": f"game-{game + 1}",
            "stake": render(stake, CENTS),
            "payout": render(stake * halves // 2, CENTS),
        }

    def deposit(self, draws: Sequence[int]) -> dict[str, Any]:
        """Everything about a deposit but its id and its time."""
        amount, _ = DEPOSITS[_pick(self._deposits, draws[4])]
        return {**self._common, "player": self._player(draws), "amount": render(amount, CENTS)}

    def _player(self, draws: Sequence[int]) -> str:
        place = _pick(self._players, draws[2])
        return self._named[place] if place < len(self._named) else f"player-{place + 1}"


def chances(table: Sequence[tuple[int, int]], rtp: Fraction) -> list[int]:
    """How often each row of a pay table comes, summed up from the first on, in parts of 2**64.

    A row's chance is its part of what is paid, divided by what it pays; all of it times the RTP. So the mean of what is
    paid for a stake of 1 is the RTP itself, but for the last of 64 bits.
    """
    each = (rtp * Fraction(share * 2, 100 * halves) for halves, share in table)
    return [int(reached * _WHOLE) for reached in accumulate(each)]


def _ranks(count: int, flattened: int) -> Sequence[int]:
    """Zipf's law, flattened at its head by Mandelbrot's shift: the n-th comes as often as 1 in (n + shift)."""
    return array("Q", accumulate(_FINE // (place + flattened) for place in range(1, count + 1)))


def _pick(summed: Sequence[int], draw: int) -> int:
    return bisect_right(summed, draw % summed[-1])


def _taken(recent: list[dict[str, Any]], draw: int) -> dict[str, Any]:
    """One of them, which is no longer among them: nothing is void twice."""
    place = draw % len(recent)
    recent[place], recent[-1] = recent[-1], recent[place]
    return recent.pop()


def _remember(recent: list[dict[str, Any]], body: dict[str, Any], draw: int) -> None:
    if len(recent) < RECENT:
        recent.append(body)
    else:
        recent[draw % RECENT] = body


def _text_of(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
