"""How long it takes from the first command to a town that answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from shared.parts.postgres import EmbeddedPostgres
from tests.bench.machine import ROOT
from tests.bench.rows import Aim, Raw, Row
from tests.bench.town import UNUSUAL
from tests.system.town import KEY, free_port

AIM: Final = Aim(most=5)
PATIENCE_S: Final = 120.0
STOP_S: Final = 30.0
POLL_S: Final = 0.01


def measure_starts(folder: Path) -> list[Row]:
    """Two rows: the first start of all, and another one over the data that the first has left."""
    data = folder / "embedded"
    rows = []
    for name, raw_s in (("first", _postgres_s(folder / "raw")), ("second", _postgres_s(folder / "raw"))):
        raw = Raw(raw_s, f"the {name} start of the embedded PostgreSQL alone")
        rows.append(Row("f", f"embedded start, {name} over its data", _start_s(folder, data), "s", AIM, raw))
    return rows


def _postgres_s(folder: Path) -> float:
    server = EmbeddedPostgres(folder)
    begun = time.perf_counter()
    try:
        server.start()
        return time.perf_counter() - begun
    finally:
        server.stop()


def _start_s(folder: Path, data: Path) -> float:
    port = free_port()
    begun = time.perf_counter()
    with _embedded(folder / "embedded.log", data, port) as process, httpx.Client(timeout=5) as client:
        gateway = f"http://127.0.0.1:{port}"
        while not (_answers(client, f"{gateway}/readyz") and _answers(client, f"{gateway}/v1/me")):
            ended = process.poll() is not None or time.perf_counter() - begun > PATIENCE_S
            assert not ended, f"`fairground up` did not come up: {(folder / 'embedded.log').read_text()[-2000:]}"
            time.sleep(POLL_S)
        return time.perf_counter() - begun


@contextmanager
def _embedded(log: Path, data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    inherited = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    settings = {name: value for name, value in inherited.items() if not name.startswith("FAIRGROUND_")}
    words = ["up", "--demo", "--port", str(port), "--data", str(data)]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "shared.cli.app", *words], cwd=ROOT, env=settings, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            _end_server(data / "postgres" / "postmaster.pid")
            raise


def _end_server(process_id: Path) -> None:
    """The server of a town that had to be killed."""
    if process_id.exists():
        os.kill(int(process_id.read_text().split()[0]), signal.SIGINT)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url, headers=KEY).status_code == 200
    except httpx.HTTPError:
        return False
