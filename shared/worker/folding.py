"""Facts become rows: each is folded at once, linked to the one before it, and shown in its views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from shared.eventlog.chain import link
from shared.eventlog.port import Blamed
from shared.eventlog.rows import Commit, EventRow, StreamRow, TableChange
from shared.messages.base import Event
from shared.shapes import KINDS, Add, Append, Drop, Place, Private, Put, Row
from shared.worker.items import Ask
from shared.worker.partition import Owned
from shared.worker.rulebook import LARGE_STATE_BYTES, LARGEST_STATE_BYTES, Rulebook

Folded = tuple[int, Any]
"""(version, state)"""
Known = Callable[[int, str], Folded]
"""What was loaded; raises LookupError for a stream that nobody asked for, since guessing would lose money."""


class Happened(NamedTuple):
    """One new fact with everything it changes, computed before anything is written down."""

    row: EventRow
    state: Any
    shown: Sequence[tuple[str, Row]]


class Folding:
    """What a batch has made happen so far, on top of what was known before it."""

    def __init__(self, rulebook: Rulebook, known: Known) -> None:
        self._rulebook = rulebook
        self._known = known
        self._touched: dict[tuple[int, str], tuple[int, Any, str]] = {}
        self.events: list[EventRow] = []
        self.tables: dict[str, TableChange] = {}

    def state(self, part: int, name: str) -> Folded:
        """The version and state of a stream, as the next message sees it."""
        touched = self._touched.get((part, name))
        if touched is not None:
            return touched[0], touched[1]
        return self._known(part, name)

    def prepare(self, ask: Ask, events: Sequence[Event], owned: Owned, at: datetime) -> list[Happened]:
        """Fold, number, link and show the facts of one decision. Changes nothing; may raise."""
        happened: list[Happened] = []
        fresh: dict[str, Folded] = {}
        pos, chain = owned.event_pos, owned.chain
        for event in events:
            stream = event.stream
            noun, name = stream.noun, stream.named(ask.tenant)
            version, state = fresh.get(name) or self.state(ask.part, name)
            fresh[name] = (version + 1, self._rulebook.nouns[noun].evolve(state, event))
            pos += 1
            row = EventRow(
                ask.part, pos, name, version + 1, event.wire, event.model_dump_json(),
                ask.tenant, ask.actor, ask.command_id, ask.correlation_id, at, b"",
            )  # fmt: skip
            chain = link(chain, row)
            shown = self._shown(event, Place(ask.tenant, ask.part, pos, version + 1, at))
            happened.append(Happened(row._replace(hash=chain), fresh[name][1], shown))
        return happened

    def _shown(self, event: Event, place: Place) -> list[tuple[str, Row]]:
        views = self._rulebook.views.get(type(event), ())
        shown = [(view, row) for view in views for row in view.rows(event, place)]
        for view, row in shown:
            if type(row) not in KINDS[view.mode]:
                raise TypeError(f"{type(row).__name__} in {view.table}, which is a table of mode {view.mode}")
        return [(view.table, row) for view, row in shown]

    def secrets(self, private: Sequence[Private]) -> list[tuple[str, Row]]:
        """The rows of personal data that a decision writes. Raises KeyError for a table or column not declared."""
        return [(secret.table, self._secret_row(secret)) for secret in private]

    def keep(self, happened: Sequence[Happened], secrets: Sequence[tuple[str, Row]], ask: Ask, owned: Owned) -> None:
        """Write down what was prepared. Cannot fail."""
        for one in happened:
            row = one.row
            self.events.append(row)
            self._touched[row.part, row.stream] = (row.version, one.state, row.stream.split("/", 1)[0])
            for table, shown in one.shown:
                show(self.tables, table, (row.part, row.tenant), shown)
            owned.event_pos, owned.chain = row.pos, row.hash
        for table, secret in secrets:
            show(self.tables, table, (ask.part, ask.tenant), secret)

    def _secret_row(self, secret: Private) -> Row:
        if secret.values is None:
            return Drop(secret.key)
        return Put(secret.key, tuple(secret.values[column] for column in self._rulebook.private[secret.table]))

    def write(self, commit: Commit) -> Counter[str]:
        """Add events, folded states and view rows; returns how many states of each noun are over LARGE_STATE_BYTES.

        Raises:
            Blamed: a state has outgrown LARGEST_STATE_BYTES.
        """
        large: Counter[str] = Counter()
        for (part, name), (version, state, noun) in self._touched.items():
            encoded = self._rulebook.codecs[noun].encode(state)
            if len(encoded) > LARGEST_STATE_BYTES:
                raise Blamed(f"the state of {name} would be {len(encoded)} bytes; at most {LARGEST_STATE_BYTES}")
            large[noun] += len(encoded) > LARGE_STATE_BYTES
            shape = self._rulebook.nouns[noun].shape
            commit.streams.append(StreamRow(part, name, version, shape, encoded))
        commit.events, commit.tables = self.events, self.tables
        return large

    def states(self) -> Mapping[tuple[int, str], Folded]:
        """What every touched stream has folded into, for the cache."""
        return {key: (version, state) for key, (version, state, _) in self._touched.items()}


def show(tables: dict[str, TableChange], table: str, owner: tuple[int, str], row: Row) -> None:
    """Fold one more row operation into the final operation of its key."""
    change = tables.get(table)
    if change is None:
        change = tables[table] = TableChange()
    key = (*owner, *row.key)
    match row:
        case Put():
            change.puts[key] = row.values
            change.drops.discard(key)
        case Add():
            was = change.adds.get(key)
            change.adds[key] = row.values if was is None else tuple(map(sum, zip(was, row.values, strict=True)))
        case Append():
            change.appends.setdefault(key, row.values)
        case Drop():
            change.puts.pop(key, None)
            change.drops.add(key)
