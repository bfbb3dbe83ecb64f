"""The embedded town forgets its messages when it dies, and yet every prize that was drawn reaches its wallet, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.system.town import KEY, eventually, free_port

PLAYER = "gamora"
GREETING = "Fairground is up."
MOMENTS = {
    "the draw is committed, its payment not yet asked for": ("committed", 2),
    "the payment was asked for, nobody has heard of it": ("told", 2),
}


class Embedded:
    """`fairground up --demo` over one data folder."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.crash_file = folder / "crash"
        self.log = folder / "town.log"
        self.words = ["up", "--demo", "--port", str(self.port), "--data", str(folder / "data")]
        self.environment = {**os.environ, "FAIRGROUND_CRASH_FILE": str(self.crash_file)}
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        self.starts += 1
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "shared.cli.app", *self.words], env=self.environment, stdout=out, stderr=out
            )
        eventually("the town is ready", self._ready)

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-4000:]
        try:
            if self.log.read_text().count(GREETING) < self.starts:
                return False  # the demo world is still being applied, and its commits would be counted
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def wallet(self) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}/v1/players/{PLAYER}/wallet", headers=KEY, timeout=10)

    def balance(self) -> int:
        return next(int(row["balance"]) for row in self.wallet().json()["balances"] if row["asset"] == "WINZ")

    def open_box(self, key: str) -> httpx.Response:
        body = {"user_id": PLAYER, "idempotency_key": key}
        url = f"http://127.0.0.1:{self.port}/v1/lootbox/starter-box/open"
        return httpx.post(url, json=body, headers=KEY, timeout=30)


@pytest.fixture(scope="module")
def town(embedded_folder: Path) -> Iterator[Embedded]:
    embedded = Embedded(embedded_folder)
    embedded.start()
    yield embedded
    embedded.stop()


@pytest.mark.parametrize(("point", "count"), MOMENTS.values(), ids=MOMENTS)
def test_a_prize_under_way_is_paid_after_the_restart_once(town: Embedded, point: str, count: int) -> None:
    before, key = town.balance(), f"forgetful-{point}"
    town.crash_file.write_text(f"kill {point} {count}")

    def say() -> None:
        with pytest.raises(httpx.HTTPError):
            town.open_box(key)

    saying = threading.Thread(target=say)
    saying.start()
    assert town.process is not None
    assert town.process.wait(60) == -signal.SIGKILL
    saying.join()
    town.start()
    eventually("the prize has arrived by itself", lambda: town.balance() > before)
    answer = town.open_box(key)
    assert answer.status_code == 200
    assert town.balance() == before + answer.json()["reward"]["amount"]
    assert town.open_box(key).json() == answer.json()
    assert town.balance() == before + answer.json()["reward"]["amount"]
