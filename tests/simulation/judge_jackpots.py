"""What every jackpot's pool must hold: what it began with and what wagers brought, less voids, until it is won."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from shared.eventlog.rows import EventRow
from shared.messages.jackpot import JackpotContributed, JackpotDropped, JackpotOpened, JackpotWagersCounted
from tests.simulation.clients import TENANT, Violation
from tests.simulation.games import CENT, LEAST, MOST, SEEDS, WAGERS, wager
from tests.simulation.loop import FIRST_MORNING
from tests.simulation.reading import Fact, Reading
from tests.simulation.told_games import expect

KINDS: Final = (JackpotOpened, JackpotContributed, JackpotWagersCounted, JackpotDropped)
Sent = Mapping[str, Mapping[str, Any]]
"""What was told of wagers of the stream, by the id of each message."""
Settled = Callable[[str, str, list[int]], None]
"""Expects that so much was moved for a player and a reason."""


class Pools:
    """The pools of one jackpot, one after another, to the micro-unit."""

    def __init__(self, jackpot: str, sent: Sent, settled: Settled) -> None:
        self.jackpot, self.late = jackpot, Counter[str]()
        """How many voids of each message of the stream came too late."""
        self.pool, self._number, self._carried, self._floor = 0, -1, 0, 0
        self._dropped_at: datetime | None = None
        self._fed = set[str]()
        self._sent, self._settled = sent, settled
        self._due = {one.source_wager_id: one for one in (wager(jackpot, n) for n in range(WAGERS))}  # type: ignore[arg-type]

    @property
    def shown(self) -> list[int]:
        """What everybody must see of it."""
        return [self.pool] if self._number >= 0 else []

    def take(self, facts: Sequence[Fact]) -> None:
        """One decision's facts. Raises Violation if they do not follow from those before."""
        command_id = facts[0][0].command_id
        if command_id in self._sent:
            self._stream(command_id, deque(self._sent[command_id]["entries"]), facts)
            return
        for row, event in facts:
            self._one(row, event)

    def _one(self, row: EventRow, event: Any) -> None:
        match event:
            case JackpotOpened():
                self._open(row, event)
            case JackpotContributed():
                self._contribute(event)
            case JackpotDropped():
                self._drop(event)
            case _:
                raise Violation(f"{event} came of no message of the stream")

    def _open(self, row: EventRow, event: JackpotOpened) -> None:
        expect(event.pool == SEEDS[self.jackpot] + self._carried, f"{event} begins with {self._carried} carried")
        expect(event.number == self._number + 1, f"{event} is not pool {self._number + 1}")
        back = event.dropped_at is not None and (event.dropped_at > row.at or event.dropped_at < self._since)
        expect(not back and (event.dropped_at is None) == (event.number == 0), f"{event} after {self._dropped_at}")
        self._number, self.pool, self._floor, self._dropped_at = event.number, event.pool, event.pool, event.dropped_at

    @property
    def _since(self) -> datetime:
        return self._dropped_at or datetime.min.replace(tzinfo=FIRST_MORNING.tzinfo)

    def _contribute(self, event: JackpotContributed) -> None:
        wish, id_ = self._due[event.source_wager_id], event.source_wager_id
        expect((event.player, event.micros) == (wish.player, wish.micros), f"{event} came of {wish}")
        expect(id_ not in self._fed, f"{event} counts a wager again")
        self._fed.add(id_)
        self._grow(event.micros, event)

    def _grow(self, micros: int, event: JackpotContributed | JackpotWagersCounted) -> None:
        self.pool += micros
        expect(event.pool == self.pool, f"{event} does not make {self.pool}")

    def _drop(self, event: JackpotDropped) -> None:
        drop = event.drop
        amount, self._carried = divmod(self.pool, CENT)
        told = (drop.amount, drop.pool_before, drop.pool_after)
        after = SEEDS[self.jackpot] + self._carried
        expect(told == (amount, self.pool, after), f"{event} does not follow from {self.pool}")
        early = drop.trigger_reason == "must_drop" and self.pool < LEAST[self.jackpot]
        expect(not early, f"{event} dropped too early")
        self._settled(drop.winner, f"jackpot {self.jackpot} {drop.drop_id}", [amount])

    def _stream(self, command_id: str, entries: deque[Mapping[str, Any]], facts: Sequence[Fact]) -> None:
        """A message of the stream, entry by entry: each counts in its turn, unless it is a void that comes too late."""
        winner = ""
        for row, event in facts:
            if isinstance(event, JackpotWagersCounted):
                winner = self._counted(command_id, entries, event)
            else:
                won = isinstance(event, JackpotDropped)
                expect(not won or event.drop.winner == winner, f"{event}, but {winner} made it drop")
                self._one(row, event)
        self._pass_over(command_id, entries)
        expect(not entries, f"{command_id} counted only {facts} and left {list(entries)}")

    def _counted(self, command_id: str, entries: deque[Mapping[str, Any]], event: JackpotWagersCounted) -> str:
        micros, last = 0, ""
        for _ in range(event.entries):
            self._pass_over(command_id, entries, micros)
            expect(bool(entries), f"{event} counts more than {self._sent[command_id]}")
            entry = entries.popleft()
            micros += self._worth(entry, micros)
            last = entry["player"]
        expect(event.micros == micros, f"{event} of {self._sent[command_id]} is worth {micros}")
        self._grow(micros, event)
        over = self.jackpot in MOST and self.pool - micros >= MOST[self.jackpot]
        expect(not over, f"{event} came when the pool had to be won")
        return str(last)

    def _pass_over(self, command_id: str, entries: deque[Mapping[str, Any]], so_far: int = 0) -> None:
        while entries and self._worth(entries[0], so_far) == 0:
            self.late[command_id] += 1
            entries.popleft()

    def _worth(self, entry: Mapping[str, Any], so_far: int) -> int:
        """What an entry changes: a void of what was settled before the last pool was won changes nothing."""
        micros = int(entry["micros"])
        if micros > 0:
            return micros
        if self._dropped_at is not None and datetime.fromisoformat(entry["at"]) <= self._dropped_at:
            return 0
        return max(micros, self._floor - self.pool - so_far)


def decisions(engines: Reading, jackpot: str) -> Iterator[list[Fact]]:
    """The facts about a jackpot, those of one decision together."""
    stream = f"jackpot/{TENANT}/{jackpot}"
    facts = [fact for kind in KINDS for fact in engines.by_type[kind.wire] if fact[0].stream == stream]
    facts.sort(key=lambda fact: fact[0].pos)
    for _, some in groupby(facts, key=lambda fact: fact[0].command_id):
        yield list(some)


def check_pools(engines: Reading, sent: Sent, unheard: Collection[str], settled: Settled) -> Counter[str]:
    """Hold every pool against what fed it; how many voids of each message came too late.

    Args:
        engines: where the pools are.
        sent: what each message of the stream told of wagers.
        unheard: those messages that may not have been heard.
        settled: expects a payment.
    """
    late = Counter[str]()
    for jackpot in SEEDS:
        pools, heard = Pools(jackpot, sent, settled), set[str]()
        for facts in decisions(engines, jackpot):
            heard.add(facts[0][0].command_id)
            pools.take(facts)
        shown = [row[0] for key, row in engines.log.table("jackpot_pools").items() if key[2] == jackpot]
        expect(shown == pools.shown, f"{jackpot} shows {shown}, and holds {pools.shown}")
        late += pools.late
        for id_, told in sent.items():
            if told["jackpot"] == jackpot and id_ not in heard | set(unheard):
                expect(all(entry["micros"] < 0 for entry in told["entries"]), f"{id_} was never counted: {told}")
                late[id_] += len(told["entries"])
    return late
