"""The logs of the town as its judge reads them: every fact once, in order, with the wallets added up on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from shared.eventlog.chain import GENESIS, link
from shared.eventlog.memory import MemoryEventLog
from shared.eventlog.rows import PENDING, EventRow, OutboxRow, TimerRow
from shared.messages.base import Event
from shared.messages.upcasters import decode_event
from shared.messages.wallet import PLAYER, UNCLAIMED, WalletPosted
from shared.shapes import Add, Append, Decider, Drop, Place, Put, Service, Value
from shared.worker.rulebook import StateCodec
from shared.worker.tell import send_id_of
from tests.simulation.clients import Violation
from tests.simulation.played import Played

Fact = tuple[EventRow, Any]
Rows = dict[tuple[Value, ...], tuple[Value, ...]]


class Moved(NamedTuple):
    """What one transaction brought a player, or took."""

    player: str
    asset: str
    amount: int


class Reading:
    """One service's log, read as it grows. Each fact is checked against the one before it."""

    def __init__(self, service: Service, log: MemoryEventLog) -> None:
        self.service, self.log = service, log
        self.by_command: dict[str, list[Fact]] = defaultdict(list)
        self.by_type: dict[str, list[Fact]] = defaultdict(list)
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        """(player, asset): the sum of all postings so far."""
        self.stood: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0])
        """Every balance there ever was, in order."""
        self.after: dict[str, dict[str, int]] = {}
        """What a player held after each transaction of all that it was about, received or not; by its command."""
        self.moved: dict[str, list[Moved]] = defaultdict(list)
        """What players got, or lost, by the transactions of each reason."""
        self.by_stream: dict[str, list[Any]] = defaultdict(list)
        """The facts of each history, in order."""
        self.history: list[Fact] = []
        """Every fact as it was read: those of one partition in their order."""
        self.played = Played()
        self._read = dict.fromkeys(log.events, 0)
        self._chains = dict.fromkeys(log.events, GENESIS)
        self._versions: dict[tuple[int, str], int] = defaultdict(int)

    def catch_up(self) -> None:
        """Read what is new. Raises Violation if a fact does not follow from those before it."""
        for part, rows in self.log.events.items():
            for row in rows[self._read[part] :]:
                self._take(part, row)
            stands = self.log.positions[part].event_pos
            _claim(stands == len(rows), f"{self.service.name}/{part} stands at {stands}, behind its own facts")

    def _take(self, part: int, row: EventRow) -> None:
        self._read[part] += 1
        self._versions[part, row.stream] += 1
        self._chains[part] = link(self._chains[part], row)
        before = self.log.events[part][row.pos - 2] if row.pos > 1 else None
        _claim(row.pos == self._read[part], f"positions have a gap before {row}")
        _claim(row.version == self._versions[part, row.stream], f"versions have a gap before {row}")
        _claim(row.hash == self._chains[part], f"the chain is broken at {row}")
        _claim(row.actor != "timer" or self._rings(row), f"a timer rang twice: {row}")
        _claim(before is None or before.at <= row.at, f"time went back at {row}")
        event = decode_event(row.type, row.data)
        self.history.append((row, event))
        self.by_command[row.command_id].append((row, event))
        self.by_type[row.type].append((row, event))
        self.by_stream[row.stream].append(event)
        self.played.take(event)
        if isinstance(event, WalletPosted):
            self._post(event)
            about = [one.asset for one in event.postings if one.account in (PLAYER, UNCLAIMED)]
            self.after[row.command_id] = {asset: self.balances[event.player, asset] for asset in about}

    def _rings(self, row: EventRow) -> bool:
        """Whether this is the first fact of a timer, or of one decision with those before it."""
        known = self.by_command.get(row.command_id, [])
        return not known or (known[-1][0].pos, known[0][0].at) == (row.pos - 1, row.at)

    def _post(self, posted: WalletPosted) -> None:
        sums: dict[str, int] = defaultdict(int)
        for posting in posted.postings:
            sums[posting.asset] += posting.amount
            if posting.account == PLAYER:
                self.balances[posted.player, posting.asset] += posting.amount
                balance = self.balances[posted.player, posting.asset]
                _claim(posting.balance == balance, f"{posted} does not follow from {balance - posting.amount}")
                _claim(balance >= 0, f"{posted} takes what is not there")
                self.stood[posted.player, posting.asset].append(balance)
                self.moved[posted.reason].append(Moved(posted.player, posting.asset, posting.amount))
        _claim(not any(sums.values()), f"the postings of {posted} do not add up to nothing")

    def commanded(self, command_id: str, type_: type[Event]) -> list[Any]:
        """The facts of this type that a command brought about."""
        return [event for _, event in self.by_command.get(command_id, ()) if isinstance(event, type_)]

    def paid(self, reason: str) -> list[int]:
        """What a player got, or lost, by each transaction of this reason."""
        return [one.amount for one in self.moved[reason]]

    def rewards(self, player: str, journey: str) -> list[int]:
        """What a player got for a journey."""
        return [one.amount for one in self.moved[f"journey {journey}"] if one.player == player]

    def facts(self, type_: type[Event]) -> list[Any]:
        """Every fact of this type."""
        return [event for _, event in self.by_type.get(type_.wire, ())]


def _claim(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Violation(otherwise)


class Closing:
    """What must hold of a log once everything has come to rest."""

    def __init__(self, reading: Reading) -> None:
        self._service, self._log = reading.service, reading.log
        self._deciders: Mapping[str, Decider[Any, Any, Any]] = {one.noun: one for one in self._service.deciders}

    def check(
        self, stuck: Mapping[str, OutboxRow], forgotten_before: datetime, may_wait: Callable[[TimerRow], bool]
    ) -> None:
        """Raises Violation."""
        name, log = self._service.name, self._log
        waiting = [row for key, row in log.timers.items() if key not in log.fired]
        self._conversations(stuck, waiting)
        self._old(forgotten_before)
        late = [row for row in waiting if not may_wait(row)]
        _claim(not late, f"{name}: timers never fired: {late}")
        for part, rows in self._log.events.items():
            stands = self._log.positions[part]
            last = (rows[-1].pos, rows[-1].hash) if rows else (0, GENESIS)
            _claim((stands.event_pos, stands.chain) == last, f"{name}/{part} stands at {stands}, its log at {last}")
            _claim(stands.relayed_pos == stands.event_pos, f"{name}/{part} never told all its facts: {stands}")
        self._views()
        self._states()

    def _conversations(self, stuck: Mapping[str, OutboxRow], waiting: Sequence[TimerRow]) -> None:
        """Every Send was answered and every wish with it, but for those that are left to people, or to timers."""
        name, left = self._service.name, {(row.part, row.wish_scope, row.wish_key) for row in waiting}
        for send, row in self._log.outbox.items():
            _claim(send_id_of(name, *send) in stuck, f"{name}: a Send was never answered: {row}")
            left.add((row.part, row.wish_scope, row.wish_key))
        for key, reply in self._log.replies.items():
            _claim(reply.status != PENDING or key in left, f"{name}: a wish is pending for ever: {reply}")

    def _old(self, forgotten_before: datetime) -> None:
        """What is old and done with is forgotten."""
        name, log = self._service.name, self._log
        replies = [row for row in log.replies.values() if row.status != PENDING and row.at < forgotten_before]
        _claim(not replies, f"{name}: replies were never forgotten: {replies}")
        timers = [log.timers[key] for key in log.fired if log.timers[key].due_at < forgotten_before]
        _claim(not timers, f"{name}: timers were never forgotten: {timers}")

    def _views(self) -> None:
        shown: dict[str, Rows] = {view.table: {} for view in self._service.views}
        for row, event in self._history():
            for view in self._service.views:
                if isinstance(event, view.events):
                    place = Place(row.tenant, row.part, row.pos, row.version, row.at)  # type: ignore[arg-type]
                    for one in view.rows(event, place):
                        _show(shown[view.table], (row.part, row.tenant, *one.key), one)
        for table, rows in shown.items():
            _claim(self._log.table(table) == rows, f"{self._service.name}.{table} differs from a replay")

    def _states(self) -> None:
        folded: dict[tuple[int, str], tuple[int, Any]] = {}
        for row, event in self._history():
            decider = self._deciders[event.stream.noun]
            version, state = folded.get((row.part, row.stream), (0, decider.initial))
            folded[row.part, row.stream] = (version + 1, decider.evolve(state, event))
        _claim(folded.keys() == self._log.streams.keys(), f"{self._service.name}: stored streams are not those folded")
        codecs = {noun: _codec(one.situations) for noun, one in self._deciders.items()}
        for key, stored in self._log.streams.items():
            state = codecs[key[1].split("/", 1)[0]].decode(stored.state)
            _claim((stored.version, state) == folded[key], f"the state of {key} differs from a replay: {stored}")

    def _history(self) -> Iterator[tuple[EventRow, Event]]:
        for rows in self._log.events.values():
            for row in rows:
                yield row, decode_event(row.type, row.data)


@cache
def _codec(situations: tuple[type[Any], ...]) -> StateCodec:
    """Compiled once, as by the towns' processes."""
    return StateCodec(situations)


def _show(rows: Rows, key: tuple[Value, ...], one: Put | Add | Append | Drop) -> None:
    match one:
        case Put():
            rows[key] = one.values
        case Append():
            rows.setdefault(key, one.values)
        case Add():
            was = rows.get(key, (0,) * len(one.values))
            rows[key] = tuple(int(old or 0) + new for old, new in zip(was, one.values, strict=True))  # type: ignore[arg-type]
        case Drop():
            rows.pop(key, None)
