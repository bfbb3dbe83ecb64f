"""Walks one partition's facts in order: every link of the chain, every number, every sum, every folded state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from shared.cli.problems import Problems, shortly
from shared.cli.shown import Shown
from shared.database import Connection, Row, load_queries
from shared.eventlog.chain import GENESIS, link
from shared.ids import TenantId
from shared.messages.base import Event
from shared.messages.wallet import WalletPosted
from shared.shapes import Decider, Place, Service
from shared.worker.rulebook import Rulebook

MOST_FOLDED: Final = 100_000
"""Histories folded in memory at once; with more of them the log is walked several times, each time for a share."""
PAGE_STREAMS: Final = 5_000
SQL: Final = load_queries(Path(__file__).with_name("verify.sql"))


class History:
    """What the facts of one partition amount to."""

    def __init__(self, service: Service, part: int, shown: Shown) -> None:
        self.part = part
        self.shown = shown
        self.problems = Problems()
        self.pos = 0
        self.events = 0
        self._rulebook = Rulebook(service)
        self._chain = GENESIS
        self._folded: dict[str, tuple[int, Any]] = {}
        self._lap, self._laps = 0, 1

    async def laps(self, connection: Connection) -> int:
        """How often the log must be walked so that no more than MOST_FOLDED histories are held at once."""
        streams = (await connection.fetch(SQL["how_many_streams"], self.part))[0][0]
        return max(1, -(-int(streams) // MOST_FOLDED))

    def begin(self, lap: int, laps: int) -> None:
        """Walk once more, for another share of the histories."""
        self._lap, self._laps = lap, laps
        self._folded.clear()

    def take_page(self, rows: Sequence[Row]) -> None:
        """The next events, in order."""
        for row in rows:
            if self._lap == 0:
                self._check_link(row)
            self._take(row)

    def _check_link(self, row: Row) -> None:
        pos, hash_ = row[1], row[11]
        if pos != self.pos + 1:
            self.problems.add(f"event {pos}: comes after event {self.pos}, so a position is missing")
        expected = link(self._chain, row)
        if expected != hash_:
            self.problems.add(
                f"event {pos}: its hash is {hash_.hex()}, but its content and the hash before it give "
                f"{expected.hex()}: the event, or the one before it, was changed"
            )
        self.pos, self._chain, self.events = pos, hash_, self.events + 1

    def _take(self, row: Row) -> None:
        _, pos, stream, version, type_, data, tenant = row[:7]
        if self._lap and not self._mine(stream):
            return
        try:
            event = self._rulebook.decode_event(type_, data)
        except (KeyError, ValueError) as error:
            self.problems.add(f"event {pos}: cannot be read as {type_!r}: {shortly(str(error))}")
            return
        if self._lap == 0:
            self._check_sum(pos, event)
            self._show(event, Place(TenantId(tenant), self.part, pos, version, row[10]))
        if self._mine(stream):
            self._fold(pos, stream, version, event)

    def _mine(self, stream: str) -> bool:
        return self._laps == 1 or crc32(stream.encode()) % self._laps == self._lap

    def _check_sum(self, pos: int, event: Event) -> None:
        if not isinstance(event, WalletPosted):
            return
        sums: Counter[str] = Counter()
        for posting in event.postings:
            sums[posting.asset] += posting.amount
        for asset, amount in sums.items():
            if amount:
                self.problems.add(f"event {pos}: its postings of {asset} sum to {amount}, not to 0")

    def _show(self, event: Event, place: Place) -> None:
        try:
            self.shown.take(event, place)
        except Exception as error:  # noqa: BLE001 - whatever a view raises on a changed event is a finding
            self.problems.add(f"event {place.pos}: cannot be shown: {shortly(str(error))}")

    def _fold(self, pos: int, stream: str, version: int, event: Event) -> None:
        noun = self._noun_of(stream)
        if noun is None:
            self.problems.add(f"event {pos}: no noun of this service has a stream {stream}")
            return
        was, state = self._folded.get(stream) or (0, noun.initial)
        if version != was + 1:
            self.problems.add(f"event {pos}: version {version} of {stream} comes after version {was}")
        try:
            self._folded[stream] = (version, noun.evolve(state, event))
        except Exception as error:  # noqa: BLE001 - an event in the wrong stream may make a fold raise anything
            self.problems.add(f"event {pos}: cannot be folded into {stream}: {shortly(str(error))}")

    def _noun_of(self, stream: str) -> Decider[Any, Any, Any] | None:
        return self._rulebook.nouns.get(stream.split("/", 1)[0])

    async def compare_streams(self, connection: Connection) -> int:
        """Compare this lap's folded histories with the stored ones; how many there are."""
        after, compared = "", len(self._folded)
        while rows := await connection.fetch(SQL["streams"], self.part, after, PAGE_STREAMS):
            for stream, version, shape, state in rows:
                if self._mine(stream):
                    self._compare(stream, version, shape, state)
            after = rows[-1][0]
        for stream, (version, _) in self._folded.items():
            self.problems.add(f"stream {stream}: has {version} events, but no stored state")
        return compared

    def _compare(self, stream: str, version: int, shape: int, stored: bytes) -> None:
        folded, noun = self._folded.pop(stream, None), self._noun_of(stream)
        if folded is None or noun is None:
            self.problems.add(f"stream {stream}: is stored at version {version}, but has no events")
            return
        if version != folded[0]:
            self.problems.add(f"stream {stream}: is stored at version {version}, but its last event has {folded[0]}")
        codec = self._rulebook.codecs[noun.noun]
        if shape != noun.shape or codec.encode(folded[1]) == stored:
            return  # a state of an older shape is folded anew when it is next needed
        try:
            same = codec.decode(stored) == folded[1]
        except (KeyError, ValueError):
            same = False
        if not same:
            self.problems.add(
                f"stream {stream}: its stored state is {shortly(stored.decode(errors='replace'))}, but its events "
                f"fold into {shortly(folded[1])}"
            )

    async def check_end(self, connection: Connection) -> None:
        """What the partition says of its own end must be what was found."""
        event_pos, chain = (await connection.fetch(SQL["position"], self.part))[0]
        if event_pos != self.pos:
            self.problems.add(f"positions: event_pos is {event_pos}, but the last event is {self.pos}")
        if chain != self._chain:
            self.problems.add(f"positions: chain is {chain.hex()}, but the last event's hash is {self._chain.hex()}")
