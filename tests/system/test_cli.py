"""The command line as an operator meets it: real processes and signals, and one clear line when something is wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.cli.rebuild_boards import TABLES
from shared.cli.town import service_named
from shared.running import WORKERS
from tests.system.town import ADMIN, KEY, WORLD, eventually, free_port

ENDS_WITHIN_S = 20
"""Ctrl-C ends everything within 5 s; a machine under load is slow, and that is no defect."""
PLAYER = "StarlordV7"


@dataclass
class Embedded:
    """`fairground up --demo` over one data folder, and commands beside it."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def printed(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def said_wrong(self) -> str:
        return (self.folder / "err").read_text()

    def start(self) -> None:
        words = ["up", "--demo", "--port", str(self.port), "--data", str(self.folder / "data"), "--verbose"]
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            self.process = subprocess.Popen(command(*words), stdout=out, stderr=err)
        eventually("the banner", self._greeted)

    def _greeted(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said_wrong
        return "up in" in self.printed

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(ENDS_WITHIN_S)

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Another command, beside the town."""
        settings = {"FAIRGROUND_DATA": str(self.folder / "data"), "FAIRGROUND_GATEWAY_PORT": str(self.port)}
        return run(*words, given=given, **settings)

    def open_box(self, player: str = PLAYER) -> Any:
        url = f"http://127.0.0.1:{self.port}/v1/lootbox/starter-box/open"
        answer = httpx.post(url, json={"user_id": player}, headers=KEY, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def balance(self, player: str = PLAYER) -> int:
        url = f"http://127.0.0.1:{self.port}/v1/players/{player}/wallet"
        rows = httpx.get(url, headers=KEY, timeout=30).json()["balances"]
        return next(int(row["balance"]) for row in rows if row["asset"] == "WINZ")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "shared.cli.app", *words]


def run(*words: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAIRGROUND_")}
    return subprocess.run(
        command(*words), env={**kept, **settings}, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a failed command said: one line, no traceback, exit code 1."""
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("fairground: ")
    assert "Traceback" not in done.stdout + done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def town(embedded_folder: Path) -> Iterator[Embedded]:
    embedded = Embedded(embedded_folder)
    embedded.start()
    yield embedded
    embedded.stop(signal.SIGTERM)


def test_the_banners_curl_line_opens_a_lootbox_as_pasted(town: Embedded) -> None:
    (line,) = (line for line in town.printed.splitlines() if line.startswith("curl "))
    before = town.balance()
    for _ in range(2):
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=True)
        before += json.loads(done.stdout)["reward"]["amount"]
    assert town.balance() == before
    assert f"http://127.0.0.1:{town.port}/docs" in town.printed


def test_every_address_of_the_banner_answers(town: Embedded) -> None:
    for path in ("/docs", "/metrics", "/readyz"):
        assert f"http://127.0.0.1:{town.port}{path}" in town.printed
        assert httpx.get(f"http://127.0.0.1:{town.port}{path}", timeout=30).status_code == 200


def test_applying_the_same_world_again_changes_nothing(town: Embedded) -> None:
    done = town.run("apply", "-f", str(WORLD))
    assert done.returncode == 0, done.stderr
    *lines, total = done.stdout.splitlines()
    assert all(line.endswith(" unchanged") for line in lines), done.stdout
    assert total == f"apply: 0 created, 0 changed, {len(lines)} unchanged"


def test_applying_a_changed_world_tells_what_changed(town: Embedded, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    box = "{kind: lootbox, key: %s, spec: {name: N, prizes: [{segment_label: s, asset: %s, amount: %d, weight: 1}]}}"
    world.write_text(box % ("crate", "WINZ", 5))
    assert town.run("apply", "-f", str(world)).stdout.startswith("lootbox/crate created (version 1)")
    world.write_text(box % ("crate", "WINZ", 6))
    assert "lootbox/crate changed (version 2): prizes[0].amount: 5 → 6" in town.run("apply", "-f", str(world)).stdout
    world.write_text(
        f"{box % ('crate', 'WINZ', 6)}\n---\n{box % ('odd', 'rust', 1)}\n---\n{box % ('late', 'WINZ', 1)}\n"
    )
    refused = town.run("apply", "-f", str(world))
    assert refused.stdout == "lootbox/crate unchanged\n"
    assert re.search(r"world\.yaml:3: lootbox/odd was refused \(400\): spec\.prizes\[0\]\.asset:", one_line(refused))
    late = httpx.get(f"http://127.0.0.1:{town.port}/admin/v1/definitions/lootbox/late", headers=ADMIN, timeout=30)
    assert late.status_code == 404


def test_a_live_town_is_verified_and_its_view_rebuilt(town: Embedded) -> None:
    for _ in range(3):
        town.open_box("rocket")
    rebuilt = town.run("rebuild", "wallets")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert re.match(r"rebuild: wallets from \d+ events in .* events/s\)", rebuilt.stdout)
    town.open_box("rocket")
    done = town.run("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    views = sum(len({view.table for view in service_named(name).views}) for name in WORKERS)
    assert re.fullmatch(rf"verify: \d+ events, \d+ streams, {views} views: no difference\n", done.stdout)


def test_everything_that_is_shown_of_boards_is_made_anew(town: Embedded) -> None:
    rebuilt = town.run("rebuild", "boards")
    assert rebuilt.returncode == 0, rebuilt.stderr
    lines = rebuilt.stdout.splitlines()
    assert [line.split()[1] for line in lines] == list(TABLES)  # without Redis the ranks are the town's own


def test_replay_counts_and_prints_the_same_events(town: Embedded) -> None:
    town.open_box("groot")
    which = ("--type", "lootbox.opened", "--tenant", "starlight", "--stream", "lootbox/starlight/groot/")
    count = int(town.run("replay", *which, "--count").stdout)
    shown = [json.loads(line) for line in town.run("replay", *which, "--json").stdout.splitlines()]
    assert len(shown) == count == len(town.run("replay", *which).stdout.splitlines()) >= 1
    assert {event["data"]["player"] for event in shown} == {"groot"}
    assert town.run("replay", *which, "--count", "--since", "2999-01-01").stdout == "0\n"


def test_a_reply_is_checked_against_the_gateways_prize_table(town: Embedded) -> None:
    opened = town.open_box()
    asked = ("verify-draw", "-", "--reply", "--entity", "starter-box")
    done = town.run(*asked, given=json.dumps(opened))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hash matches" in done.stdout
    assert "prize matches" in done.stdout
    opened["reward"]["amount"] += 1
    wrong = town.run(*asked, given=json.dumps(opened))
    assert wrong.returncode == 1
    assert "does NOT match: amount should be" in wrong.stdout


def test_a_raffles_reply_is_checked_by_itself(town: Embedded) -> None:
    raffle = f"http://127.0.0.1:{town.port}/v1/raffles/weekly-raffle"
    shown = httpx.get(raffle, headers=KEY, timeout=30).json()
    entered = httpx.post(f"{raffle}/enter", json={"user_id": PLAYER, "tickets": 3}, headers=KEY, timeout=30)
    assert entered.status_code == 201, entered.text
    drawn = httpx.post(f"{raffle}/draw", headers=KEY, timeout=30).json()
    asked = ("verify-draw", "-", "--reply", "--kind", "raffle", "--entity", "weekly-raffle")
    done = town.run(*asked, "--gateway", f"http://{DEAD}", given=json.dumps(drawn))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hash matches" in done.stdout
    assert drawn["server_seed_hash"] == shown["next_server_seed_hash"]
    wrong = town.run(*asked, given=json.dumps({**drawn, "winning_ticket_idx": 3}))
    assert wrong.returncode == 1
    assert "does NOT match: winning_ticket_idx should be" in wrong.stdout


def test_a_wheels_reply_is_checked_against_the_gateways_segments(town: Embedded) -> None:
    client = {"x-client-id": "demo-client", "x-client-secret": "demo-client-secret"}
    wheel, door = f"http://127.0.0.1:{town.port}/wheels/by-key/daily-spin", f"http://127.0.0.1:{town.port}/client"
    login = {"username": PLAYER, "password": "i-am-groot"}
    token = httpx.post(f"{door}/auth/login", json=login, headers=client, timeout=30).json()["access_token"]
    headers = {**client, "Authorization": f"Bearer {token}"}
    promised = httpx.get(f"{wheel}/state", headers=headers, timeout=30).json()["next_server_seed_hash"]
    spun = httpx.post(f"{wheel}/spin", headers=headers, timeout=30)
    assert spun.status_code == 200, spun.text
    check_turn(town, ("wheel", "daily-spin"), spun.json(), promised, {"segment_id": 999})


def test_a_spin_activitys_reply_is_checked_against_the_gateways_segments(town: Embedded) -> None:
    spin = f"http://127.0.0.1:{town.port}/api/v1/activities/spin-1"
    visit = {"session_id": "sess_abc123", "engagement_id": "550e8400-e29b-41d4-a716-446655440000"}
    promised = httpx.get(f"{spin}/eligibility", params=visit, timeout=30).json()["next_server_seed_hash"]
    body = {**visit, "activity_type": "spin_wheel", "payload": {"spin_result_index": 3}}
    drawn = httpx.post(f"{spin}/validate", json=body, timeout=30)
    assert drawn.status_code == 200, drawn.text
    wrong = {"result": {**drawn.json()["result"], "prize_label": "A car"}}
    check_turn(town, ("activity", "spin-1"), drawn.json(), promised, wrong)


def check_turn(
    town: Embedded, drew: tuple[str, str], reply: dict[str, Any], promised: str, wrong: dict[str, Any]
) -> None:
    """The reply agrees with what was promised and with the segments; one that says something else does not."""
    asked = ("verify-draw", "-", "--reply", "--kind", drew[0], "--entity", drew[1])
    done = town.run(*asked, given=json.dumps({**reply, "committed_hash": promised}))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "hash matches" in done.stdout
    assert "prize matches" in done.stdout
    bent = town.run(*asked, given=json.dumps({**reply, **wrong}))
    assert bent.returncode == 1
    assert "does NOT match" in bent.stdout
    late = town.run(*asked, given=json.dumps({**reply, "committed_hash": "00" * 32}))
    assert late.returncode == 1
    assert "the hash seen before the draw is not the one" in late.stdout


def test_status_tells_how_every_partition_stands(town: Embedded) -> None:
    found = [json.loads(line) for line in town.run("status", "--json").stdout.splitlines()]
    assert [(one["service"], one["part"]) for one in found] == [
        (service, part) for service in ("ledger", "engines", "leaderboards", "rgs") for part in range(8)
    ]
    assert all(one["owner"] and one["lag"] is not None and one["dead_letters"] == 0 for one in found)
    table = town.run("status").stdout.splitlines()
    assert table[0].split()[:4] == ["service", "part", "owner", "epoch"]
    assert len(table) == 1 + len(found)
    assert town.run("stuck").stdout == "stuck: none\n"
    assert town.run("dead-letters", "list").stdout == "dead letters: none\n"


def test_a_second_town_over_the_same_folder_is_refused(town: Embedded) -> None:
    line = one_line(town.run("up", "--demo", "--port", str(free_port())))
    assert "another town runs over" in line


def test_a_busy_port_is_told_before_anything_is_started(town: Embedded, tmp_path: Path) -> None:
    line = one_line(run("up", "--demo", "--port", str(town.port), "--data", str(tmp_path / "data")))
    assert f"cannot listen on 127.0.0.1:{town.port} (Address already in use)" in line
    assert not (tmp_path / "data").exists()


def test_a_restarted_town_keeps_what_everybody_has(town: Embedded) -> None:
    before = town.balance() + town.open_box()["reward"]["amount"]
    assert town.stop(signal.SIGINT) == 0, town.said_wrong
    assert "Traceback" not in town.said_wrong
    assert not (town.folder / "data" / "postgres" / "postmaster.pid").exists(), "its PostgreSQL still runs"
    town.start()
    assert town.balance() == before
    assert town.run("verify").returncode == 0


def test_a_killed_towns_server_is_taken_over_and_ended_by_the_next(town: Embedded) -> None:
    town.stop(signal.SIGKILL)
    town.start()
    assert town.stop(signal.SIGTERM) == 0, town.said_wrong
    assert not (town.folder / "data" / "postgres" / "postmaster.pid").exists(), "its PostgreSQL still runs"
    town.start()


def test_another_versions_folder_is_one_clear_line(embedded_folder: Path) -> None:
    data = embedded_folder / "old"
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "PG_VERSION").write_text("12\n")
    line = one_line(run("up", "--demo", "--port", str(free_port()), "--data", str(data)))
    assert "belongs to PostgreSQL 12, this is PostgreSQL 18" in line


DEAD = "127.0.0.1:9"
NOBODY = {"FAIRGROUND_ENVIRONMENT": "test", "FAIRGROUND_POSTGRES": f"postgresql://me:hunter2@{DEAD}/x"}
TEST = {"FAIRGROUND_ENVIRONMENT": "test"}
MANY = {"FAIRGROUND_PARTITIONS": "many"}
BOTH = "FAIRGROUND_KAFKA and FAIRGROUND_POSTGRES must be set to run ledger alone"
MENDABLE = [
    ("a dead PostgreSQL",        "up --demo",                NOBODY, "cannot reach PostgreSQL at"),
    ("a dead one, for all",      "verify",                   NOBODY, "cannot reach PostgreSQL at"),
    ("neither Kafka nor tables", "ledger",                   TEST,   BOTH),
    ("no Kafka",                 "gateway",                  NOBODY, "FAIRGROUND_KAFKA must be set"),
    ("no secrets",               "up",                       {},     "FAIRGROUND_ADMIN_KEY must be set"),
    ("a wrong number",           "up --demo",                MANY,   "FAIRGROUND_PARTITIONS: "),
    ("no gateway",               f"apply -f {WORLD} --gateway http://{DEAD}", {}, "cannot be reached"),
    ("no file",                  "apply -f nowhere.yaml",    {},     "nowhere.yaml cannot be read"),
    ("no such service",          "verify --service castle",  {},     "there is no service 'castle'"),
    ("no such view",             "rebuild castle",           {},     "there is no view 'castle'"),
    ("no draw",                  "verify-draw nowhere.json", {},     "nowhere.json cannot be read"),
    ("no such letter",           "dead-letters show x",      NOBODY, "names no dead letter"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "settings", "said"), [row[1:] for row in MENDABLE], ids=[row[0] for row in MENDABLE])
def test_what_people_can_mend_is_one_clear_line(
    words: str, settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    port = {"FAIRGROUND_GATEWAY_PORT": str(free_port())}
    line = one_line(run(*words.split(), FAIRGROUND_DATA=str(tmp_path), **port, **settings))
    assert said in line
    assert "hunter2" not in line


def test_a_kafka_that_does_not_answer_is_one_clear_line(embedded_folder: Path) -> None:
    data = embedded_folder / "lonely"
    line = one_line(run("up", "--demo", "--kafka", DEAD, "--port", str(free_port()), "--data", str(data)))
    assert f"no Kafka answers at {DEAD}" in line
    assert not (data / "postgres" / "postmaster.pid").exists(), "its PostgreSQL still runs"


@pytest.mark.parametrize("words", ["--nonsense", "castle", "replay --from-pos 0", "apply"])
def test_what_is_not_understood_ends_with_2(words: str) -> None:
    done = run(*words.split())
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_reader_who_has_seen_enough_is_no_failure(town: Embedded) -> None:
    """`fairground replay | head -1`."""
    environment = {**os.environ, "FAIRGROUND_DATA": str(town.folder / "data")}
    reading, writing = os.pipe()
    process = subprocess.Popen(command("replay"), env=environment, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    _, said = process.communicate(timeout=60)
    assert said == b""
