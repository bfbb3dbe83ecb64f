"""Wagers are made up or brought from files on a real Kafka, by the command as an operator types it."""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.bus.kafka import KafkaBus
from shared.bus.partition import partition_of
from shared.bus.port import Incoming, Slot
from shared.messages.wager import Deposit, read_streamed
from tests.system.test_cli import DEAD, command, one_line, run

PARTS = 5
AT = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
WAGER = {
    "wager_id": "w-1", "tenant": "starlight", "player": "rocket", "currency": "USD", "game": "starburst",
    "stake": "2.50", "payout": "0", "status": "settled", "at": AT,
}  # fmt: skip
DEPOSIT = {
    "deposit_id": "d-1", "tenant": "moonbase", "player": "luna", "currency": "USD", "amount": "20", "at": AT,
}  # fmt: skip
GOOD = json.dumps(WAGER)


@pytest.fixture(scope="module")
def kafka(module_kafka: str) -> str:
    """With the topics of two tenants, as the engines create them."""

    async def prepared() -> None:
        bus = KafkaBus(module_kafka)
        await bus.start()
        await bus.ensure({"wagers.starlight": PARTS, "wagers.moonbase": PARTS})
        await bus.stop()

    asyncio.run(prepared())
    return module_kafka


def ends(kafka: str, tenant: str) -> dict[Slot, int]:
    async def asked() -> dict[Slot, int]:
        bus = KafkaBus(kafka)
        await bus.start()
        try:
            return await bus.ends([Slot(f"wagers.{tenant}", part) for part in range(PARTS)])
        finally:
            await bus.stop()

    return asyncio.run(asked())


class From:
    """A keeper that reads on where it is told."""

    def __init__(self, places: dict[Slot, int]) -> None:
        self.places = places

    async def gained(self, parts: frozenset[int]) -> dict[Slot, int]:
        return {slot: place for slot, place in self.places.items() if slot.part in parts}

    async def lost(self, parts: frozenset[int]) -> None: ...


def news(kafka: str, tenant: str, since: dict[Slot, int]) -> list[Incoming]:
    """What the tenant's topic has been told since then."""
    wanted = sum(ends(kafka, tenant).values()) - sum(since.values())

    async def read() -> list[Incoming]:
        bus = KafkaBus(kafka, session_timeout_ms=6_000)
        await bus.start()
        member = bus.member(f"reading {tenant}", "reader", [f"wagers.{tenant}"])
        await member.start(From(since))
        found: list[Incoming] = []
        async with asyncio.timeout(60):
            while len(found) < wanted:
                found += await member.fetch(1.0)
        await member.stop()
        await bus.stop()
        return found

    return asyncio.run(read())


def test_what_is_made_up_lies_where_its_players_live_under_their_keys(kafka: str) -> None:
    before = ends(kafka, "starlight")
    words = ("--count", "2000", "--seed", "7", "--players", "50", "--void-share", "0.05", "--kafka", kafka)
    done = run("wagers", "generate", *words)
    assert done.returncode == 0, done.stderr
    assert " bytes to wagers.starlight, with --seed 7 --start " in done.stdout
    found = news(kafka, "starlight", before)
    assert len(found) == 2_000
    bodies = [json.loads(one.value) for one in found]
    for one, body in zip(found, bodies, strict=True):
        assert one.key == f"starlight/{body['player']}".encode()
        assert one.part == partition_of("starlight", body["player"], PARTS)
    kinds = Counter("deposit" if "deposit_id" in body else body["status"] for body in bodies)
    said = f"{kinds['settled']:,} wagers, {kinds['void']:,} voids and {kinds['deposit']:,} deposits"
    assert said in done.stdout
    assert min(kinds.values()) > 0
    for part in range(PARTS):
        times = [read_streamed(one.value).at for one in found if one.part == part]
        assert times == sorted(times)


def test_the_same_seed_and_start_are_the_same_file_and_it_can_be_imported(kafka: str, tmp_path: Path) -> None:
    before = ends(kafka, "starlight")
    words = ("wagers", "generate", "--count", "3000", "--seed", "7", "--start", AT)
    file = tmp_path / "wagers.jsonl"
    assert run(*words, "--out", str(file)).returncode == 0
    assert run(*words, "--out", "-").stdout == file.read_text()
    packed = tmp_path / "wagers.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    done = run("wagers", "import", str(packed), FAIRGROUND_KAFKA=kafka)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("import: ")
    assert ", up to line 3,000 (" in done.stdout
    found = news(kafka, "starlight", before)
    lines = file.read_bytes().splitlines()
    assert sorted(one.value for one in found) == sorted(lines)
    for part in range(PARTS):
        here = [one.value for one in found if one.part == part]
        assert here == [line for line in lines if line in set(here)]


def test_a_parquet_file_is_imported(kafka: str, tmp_path: Path) -> None:
    before = ends(kafka, "starlight"), ends(kafka, "moonbase")
    rows: list[dict[str, Any]] = [{**WAGER, "wager_id": f"p-{n}", "stake": f"{n}.25"} for n in range(1, 2_501)]
    table = pa.Table.from_pylist([*rows, {**DEPOSIT, "deposit_id": "p-d"}], pa.schema(
        [(name, pa.string()) for name in [*WAGER, "deposit_id", "amount"]]
    ))  # fmt: skip
    stakes = table.column("stake").cast(pa.decimal128(12, 2))
    at = pa.array([datetime.fromisoformat(AT)] * len(table), pa.timestamp("us", tz="UTC"))
    table = table.set_column(table.schema.get_field_index("stake"), "stake", stakes)
    table = table.set_column(table.schema.get_field_index("at"), "at", at)
    parquet.write_table(table, tmp_path / "wagers.parquet")
    done = run("wagers", "import", str(tmp_path / "wagers.parquet"), "--from-line", "501", "--kafka", kafka)
    assert done.returncode == 0, done.stderr
    assert "import: 2,000 wagers, 0 voids and 1 deposits, " in done.stdout
    found = [json.loads(one.value) for one in news(kafka, "starlight", before[0])]
    assert [(one["wager_id"], one["stake"]) for one in found] == [(row["wager_id"], row["stake"]) for row in rows[500:]]
    [deposit] = [read_streamed(one.value) for one in news(kafka, "moonbase", before[1])]
    assert isinstance(deposit, Deposit)
    assert deposit.at == datetime.fromisoformat(AT)


def test_a_bad_line_stops_and_one_goes_on_behind_it(kafka: str) -> None:
    before = ends(kafka, "starlight")
    text = "\n".join([GOOD, json.dumps({**WAGER, "stake": 2.5}), GOOD.replace("w-1", "w-2")])
    words = ("wagers", "import", "-", "--kafka", kafka)
    line = one_line(run(*words, given=text))
    assert line.startswith("fairground: line 2: stake: ")
    assert "--from-line 2" in line
    assert [json.loads(one.value)["wager_id"] for one in news(kafka, "starlight", before)] == ["w-1"]
    done = run(*words, "--skip-bad", "--from-line", "2", given=text)
    assert done.returncode == 0
    assert done.stderr.startswith("line 2: stake: ")
    assert "1 wagers" in done.stdout
    assert "up to line 3 (" in done.stdout
    assert done.stdout.endswith("; skipped 1 bad lines\n")


NOWHERE = "there is no topic wagers.castle in the Kafka at"
REFUSED = [
    ("no Kafka named",     "generate",                            GOOD, "name a Kafka with --kafka host:port"),
    ("a dead Kafka",       f"import - --kafka {DEAD}",            GOOD, f"no Kafka answers at {DEAD}"),
    ("no such tenant",     "generate --tenant castle --kafka",    GOOD, NOWHERE),
    ("no tenant in line",  "import - --kafka",     GOOD.replace("starlight", "castle"), f"line 1: {NOWHERE}"),
    ("another tenant",     "import - --tenant moonbase --kafka",  GOOD, "line 1: tenant: is starlight, not moonbase"),
    ("no file",            "import nowhere.jsonl --kafka",        "",   "nowhere.jsonl cannot be read: No such file"),
    ("a folder",           "import /  --kafka",                   "",   "/ cannot be read: Is a directory"),
    ("no JSON",            "import - --kafka",                    "x",  "line 1: Invalid JSON"),
    ("no id",              "import - --kafka", GOOD.replace("w-1", ""), "line 1: wager_id: "),
    ("an RTP of words",    "generate --rtp much --kafka",         "",   "--rtp 'much' is no plain decimal number"),
    ("too high an RTP",    "generate --rtp 2 --kafka",            "",   "--rtp 2 is too much"),
    ("too many voids",     "generate --void-share 0.6 --kafka",   "",   "--void-share 0.6 is too much"),
    ("no room",            "generate --deposit-share 1 --kafka",  "",   "leave no room for wagers"),
    ("no moment",          "generate --start noon --kafka",       "",   "--start 'noon' is no moment"),
    ("the future",         "generate --start 2999-01-01 --kafka", "",   "name an earlier --start"),
    ("long ago",           "generate --start 1999-01-01 --kafka", "",   "400 days ago"),
    ("no id for a player", "generate --player a/b --kafka",       "",   "--player 'a/b' is no id"),
    ("nowhere to write",   "generate --out /nowhere/x",           "",   "/nowhere/x cannot be written: No such file"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "given", "said"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_people_can_mend_is_one_clear_line(words: str, given: str, said: str, kafka: str) -> None:
    before = ends(kafka, "starlight")
    asked = [*words.split(), kafka] if words.endswith("--kafka") else words.split()
    assert said in one_line(run("wagers", *asked, given=given))
    assert ends(kafka, "starlight") == before


def test_a_parquet_file_of_floats_is_refused_by_column(kafka: str, tmp_path: Path) -> None:
    parquet.write_table(pa.table({name: [2.5 if name == "stake" else WAGER[name]] for name in WAGER}), tmp_path / "f")
    line = one_line(run("wagers", "import", str(tmp_path / "f"), "--kafka", kafka))
    assert "column stake holds floats (double), which are not exact: write it as decimal or text" in line


@pytest.mark.parametrize("words", ["", "generate --count 0", "generate --rate -1", "import", "import - --from-line 0"])
def test_what_is_not_understood_ends_with_2(words: str) -> None:
    done = run("wagers", *words.split())
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="whoever runs this ignores Ctrl-C")
def test_ctrl_c_ends_a_paced_stream_with_what_is_sent(kafka: str) -> None:
    before = ends(kafka, "starlight")
    words = ("wagers", "generate", "--rate", "200", "--count", "1000000", "--kafka", kafka)
    process = subprocess.Popen(command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while ends(kafka, "starlight") == before:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert said.startswith("stopped; sent are ")
    assert len(said.splitlines()) == 1
    assert process.returncode == 128 + signal.SIGINT
