"""A whole town in one process, as `make run` starts it, with an operator who launches players into games."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shared.operator_wallet.signature import signature_of
from tests.system.town import eventually, free_port

OPERATOR = "11111111-2222-4333-8444-555555555555"
SECRET = "demo-operator-secret"
ENDS_WITHIN_S = 30


@dataclass(frozen=True)
class Casino:
    """Where the town is, and where its data."""

    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """A command beside the town."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FAIRGROUND_")}
        settings = {"FAIRGROUND_DATA": str(self.folder / "var"), "FAIRGROUND_GATEWAY_PORT": str(self.port)}
        return subprocess.run(
            [sys.executable, "-m", "shared.cli.app", *words],
            env={**kept, **settings}, input=given, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def launch(self, player: str, game: str, **more: Any) -> str:
        """The address of a client, as an operator is given it."""
        body = {"playerId": player, "currency": "USD", "gameCode": game, "countryCode": "US", **more}
        # Two launches in one second would be signed alike, and a signature counts once.
        body["details"] = {"time": time.monotonic()}
        compact, now = json.dumps(body, separators=(",", ":")).encode(), str(int(time.time()))
        headers = {"X-Operator-ID": OPERATOR, "X-Timestamp": now, "Content-Type": "application/json"}
        headers["X-HMAC-SHA256"] = signature_of(SECRET, now, "/operator/launch", compact)
        answer = httpx.post(f"{self.address}/operator/launch", content=compact, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return self.address + str(answer.json()["launchUrl"])


def token_in(url: str) -> str:
    """The session token of a launch URL."""
    return str(httpx.URL(url).params["sessionToken"])


def client_of(url: str) -> httpx.Client:
    """Another client of the same session."""
    base = str(httpx.URL(url).copy_with(raw_path=b"/"))
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token_in(url)}"}, timeout=30)


@contextlib.contextmanager
def open_casino() -> Iterator[Casino]:
    """Up with the demo world, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="fairground-casino-"))
    folder.chmod(0o755)  # an embedded PostgreSQL runs as another system user
    casino = Casino(free_port(), folder)
    words = ["up", "--demo", "--verbose", "--port", str(casino.port), "--data", str(folder / "var")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "shared.cli.app", *words], stdout=log, stderr=log)

    def up() -> bool:
        said = (folder / "log").read_text()
        assert process.poll() is None, said
        return "up in" in said

    try:
        eventually("the town is up", up)
        yield casino
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(ENDS_WITHIN_S)
        shutil.rmtree(folder, ignore_errors=True)
