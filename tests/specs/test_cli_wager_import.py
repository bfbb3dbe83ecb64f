"""A file of wagers is brought into the stream line by line, and every line that is none is told with its number."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.bus.memory import MemoryBus
from shared.bus.partition import partition_of
from shared.bus.port import BusError, Outgoing
from shared.cli.wager_file import Unreadable, open_source
from shared.cli.wager_import import MOST_BAD_SHOWN, BadLine, Import
from shared.cli.wager_post import BATCH, Post
from shared.cli.wager_stream import MadeUp, Plan, stream

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def made(count: int) -> list[MadeUp]:
    return [*islice(stream(Plan(start=NOON, seed=7)), count)]


WAGER = json.loads(made(1)[0].value)
DEPOSIT = {
    "deposit_id": "d-1",
    "tenant": "moonbase",
    "player": "luna",
    "currency": "USD",
    "amount": "20",
    "at": WAGER["at"],
}


class Refusing(MemoryBus):
    """Keeps what it takes, which is so many batches and no more."""

    batches = 1_000

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Outgoing] = []

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        self.batches -= 1
        if self.batches < 0:
            raise BusError("no broker")
        await super().publish(messages)
        self.taken += messages


@pytest.fixture
async def bus() -> Refusing:
    fresh = Refusing()
    await fresh.ensure({"wagers.starlight": 8, "wagers.moonbase": 3})
    return fresh


def heard(bus: Refusing, tenant: str = "starlight") -> dict[int, list[bytes]]:
    """What each partition of a tenant's topic has, in order."""
    found: dict[int, list[bytes]] = {}
    for one in bus.taken:
        if one.topic == f"wagers.{tenant}":
            found.setdefault(one.part, []).append(one.value)
    return found


def importing(bus: MemoryBus, **rules: Any) -> Import:
    return Import(Post(bus), NOON + timedelta(minutes=10), **rules)


async def brought(file: Path, job: Import, first: int = 1) -> Import:
    with open_source(str(file)) as source:
        await job.run(source, first)
    return job


def lines(*bodies: dict[str, Any] | bytes) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in bodies)


async def test_a_file_of_several_tenants_goes_where_their_players_live(bus: Refusing, tmp_path: Path) -> None:
    void = {**WAGER, "status": "void", "the_operators_own": {"a": [1]}}
    file = tmp_path / "wagers"
    file.write_bytes(b"\xef\xbb\xbf" + lines(WAGER, b"", void, DEPOSIT).rstrip())
    job = await brought(file, importing(bus))
    player = WAGER["player"]
    assert {one.key for one in bus.taken} == {f"starlight/{player}".encode(), b"moonbase/luna"}
    assert heard(bus) == {partition_of("starlight", player, 8): [*lines(WAGER, void).splitlines()]}
    assert heard(bus, "moonbase") == {partition_of("moonbase", "luna", 3): [json.dumps(DEPOSIT).encode()]}
    sent = job.post.sent
    assert (sent.wager, sent.void, sent.deposit, job.next_line) == (1, 1, 1, 5)
    assert sent.size == sum(len(json.dumps(one)) for one in (WAGER, void, DEPOSIT))


async def test_a_packed_file_is_the_same_file(bus: Refusing, tmp_path: Path) -> None:
    messages = made(5_000)
    (tmp_path / "packed").write_bytes(gzip.compress(b"\n".join(one.value for one in messages)))
    seen: list[tuple[int, int]] = []
    job = await brought(tmp_path / "packed", importing(bus, on_sent=lambda *done: seen.append(done)))
    assert job.post.sent.messages == 5_000
    assert [rows for _, rows in seen] == [BATCH, 2 * BATCH, 5_000]
    assert seen[-1][0] == (tmp_path / "packed").stat().st_size
    for part, values in heard(bus).items():
        assert values == [one.value for one in messages if partition_of("starlight", one.player, 8) == part]


BAD = [
    (b"{",                                           "Invalid JSON"),
    (b"[]",                                          "should be an object"),
    ({**WAGER, "stake": 2.5},                        "stake: Input should be a valid string"),
    ({**WAGER, "stake": "1.1234567"},                "stake: String should match"),
    ({**WAGER, "stake": "-1", "payout": "x"},        r"stake: .*\(and 1 more\)"),
    ({**WAGER, "status": "open"},                    "status: "),
    ({**WAGER, "at": "2026-11-21T12:00:00"},         "at: "),
    ({**WAGER, "wager_id": None},                    "wager_id: "),
    ({**WAGER, "tenant": "castle"},                  "there is no topic wagers.castle.* `fairground apply`"),
    ({**WAGER, "tenant": "käse/brot"},               "no topic can be called wagers.'käse/brot'"),
    ({**WAGER, "at": "2025-01-01T00:00:00Z"},        "at: is older than 400 days"),
    ({**WAGER, "at": "2026-11-21T13:00:00Z"},        "at: is in the future"),
    ({**WAGER, "own": "x" * 8_192},                  "is too long; a message has at most 8,192 bytes"),
    ({**WAGER, "own": "x" * 1_000_000},              "is too long"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "why"), BAD, ids=[why for _, why in BAD])
async def test_a_bad_line_stops_with_its_number_and_the_reason(
    bad: dict[str, Any] | bytes, why: str, bus: Refusing, tmp_path: Path
) -> None:
    (tmp_path / "wagers").write_bytes(lines(WAGER, DEPOSIT, bad, {**WAGER, "status": "void"}))
    job = importing(bus)
    with pytest.raises(BadLine, match=rf"^line 3: .*{why}.* go on with --from-line 3,"):
        await brought(tmp_path / "wagers", job)
    assert job.post.sent.messages == 2, "the lines before it"
    skipping = await brought(tmp_path / "wagers", importing(bus, skip_bad=True), 3)
    assert (skipping.skipped, skipping.post.sent.void, skipping.post.sent.messages, skipping.next_line) == (1, 1, 1, 5)


async def test_the_first_bad_lines_that_are_skipped_are_told(bus: Refusing, tmp_path: Path) -> None:
    (tmp_path / "wagers").write_bytes(lines(*[b"{"] * 15, WAGER))
    told: list[str] = []
    job = await brought(tmp_path / "wagers", importing(bus, skip_bad=True, on_bad=told.append))
    assert (job.skipped, job.post.sent.wager) == (15, 1)
    assert [line.partition(":")[0] for line in told] == [f"line {n + 1}" for n in range(MOST_BAD_SHOWN)]


async def test_only_the_named_tenants_wagers_may_be_in_the_file(bus: Refusing, tmp_path: Path) -> None:
    (tmp_path / "wagers").write_bytes(lines(WAGER, DEPOSIT))
    with pytest.raises(BadLine, match="line 2: tenant: is moonbase, not starlight"):
        await brought(tmp_path / "wagers", importing(bus, tenant="starlight"))


async def test_a_broker_that_goes_away_leaves_a_line_to_go_on_from(bus: Refusing, tmp_path: Path) -> None:
    messages = made(5_000)
    (tmp_path / "wagers").write_bytes(b"\n".join(one.value for one in messages))
    bus.batches = 1
    with pytest.raises(BusError, match=f"no broker; go on with --from-line {BATCH + 1}$"):
        await brought(tmp_path / "wagers", importing(bus))
    bus.batches = 10
    job = await brought(tmp_path / "wagers", importing(bus), BATCH + 1)
    assert job.post.sent.messages == 5_000 - BATCH
    assert sum(map(len, heard(bus).values())) == 5_000


async def test_a_packed_file_that_breaks_off_leaves_a_line_to_go_on_from(bus: Refusing, tmp_path: Path) -> None:
    packed = gzip.compress(b"\n".join(one.value for one in made(5_000)))
    (tmp_path / "packed").write_bytes(packed[: len(packed) // 2])
    job = importing(bus)
    with pytest.raises(Unreadable) as told:
        await brought(tmp_path / "packed", job)
    found = re.search(r"packed cannot be read beyond line (\d+): .*; the lines before (\d+) are sent$", str(told.value))
    assert found is not None
    assert int(found[1]) == int(found[2]) - 1 == job.next_line - 1, "what could be read is sent"
    assert 0 < job.post.sent.messages == job.next_line - 1 < 5_000


async def test_a_line_beyond_the_end_is_told_with_how_many_there_are(bus: Refusing, tmp_path: Path) -> None:
    """It may be another file than was meant; going on behind the last line is what a stopped import is told to do."""
    (tmp_path / "wagers").write_bytes(lines(WAGER, b"", WAGER, b""))
    (tmp_path / "packed").write_bytes(gzip.compress(lines(WAGER, WAGER, WAGER, WAGER)))
    parquet.write_table(pa.Table.from_pylist([WAGER] * 4), tmp_path / "rows")
    for name in ("wagers", "packed", "rows"):
        with pytest.raises(BadLine, match=r"^there are only 4 lines: nothing is sent from line 6 on$"):
            await brought(tmp_path / name, importing(bus), 6)
        job = await brought(tmp_path / name, importing(bus), 5)
        assert (job.post.sent.messages, job.next_line) == (0, 5)
    (tmp_path / "empty").write_bytes(b"")
    assert (await brought(tmp_path / "empty", importing(bus))).next_line == 1
    assert bus.taken == []


async def test_batches_are_bounded_in_bytes_too(bus: Refusing, tmp_path: Path) -> None:
    large = {**WAGER, "own": "x" * 7_500}
    (tmp_path / "wagers").write_bytes(lines(*[large] * 1_200))
    bus.batches = 3
    assert (await brought(tmp_path / "wagers", importing(bus))).post.sent.wager == 1_200
    assert bus.batches == 0
