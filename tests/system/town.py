"""A whole town of real processes, for tests that kill them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from shared.running import GATEWAY, WORKERS

ADMIN = {"Authorization": "Bearer fairground-demo-admin"}
KEY = {"Authorization": "Bearer wsk_test_" + "c0ffee" * 8}
WORLD = Path(__file__).parents[2] / "deploy" / "worlds" / "demo.yaml"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(what: str, check: Callable[[], Any], within_s: float = 60) -> Any:
    """The first true answer of `check`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within_s} s: {what}")


@dataclass
class Service:
    """One process of the town."""

    command: str
    instance: str
    port: int
    """Of its probes, or of its doors."""
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    python: str = sys.executable
    """Of the environment that it stands in."""

    def start(self) -> None:
        """Start it, as an operator would."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [self.python, "-m", f"services.{self.command}"], env=self.environment, stdout=out, stderr=out
            )

    def ready(self) -> bool:
        """Whether it says that it is ready."""
        assert self.process is not None
        if self.process.poll() is not None:
            end = self.log.read_text()[-4000:]
            raise AssertionError(f"{self.command} ended with {self.process.returncode}:\n{end}")
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self) -> None:
        """Return once it is ready."""
        eventually(f"{self.command} ready", self.ready)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def wait_dead(self, within_s: float = 60) -> int:
        """Its exit code, once it has ended."""
        assert self.process is not None
        return self.process.wait(within_s)

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=5).text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


@dataclass
class Town:
    """Every service over real Kafka and Postgres."""

    kafka: str
    dsn: str
    folder: Path
    redis: str | None = None
    partitions: int = 4
    session_timeout_ms: int = 6_000
    services: dict[str, Service] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.run("migrate")
        for name in (*WORKERS, GATEWAY):
            self.add(name, name)
        for service in self.services.values():
            service.wait_ready()
        self.run("apply", "-f", str(WORLD), "--gateway", self.gateway, "--key", "fairground-demo-admin")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for service in self.services.values():
            service.stop()

    @property
    def gateway(self) -> str:
        """Where the doors are."""
        return f"http://127.0.0.1:{self.services['gateway'].port}"

    def environment(self, **more: str) -> dict[str, str]:
        """What an operator would set."""
        given = {
            "FAIRGROUND_ENVIRONMENT": "test",
            "FAIRGROUND_KAFKA": self.kafka,
            "FAIRGROUND_POSTGRES": self.dsn,
            "FAIRGROUND_PARTITIONS": str(self.partitions),
            "FAIRGROUND_SESSION_TIMEOUT_MS": str(self.session_timeout_ms),
            "PYTHONWARNINGS": "error::DeprecationWarning:services,error::DeprecationWarning:shared",
        }
        if self.redis:
            given["FAIRGROUND_REDIS"] = self.redis
        return {**os.environ, **given, **more}

    def add(self, command: str, instance: str, python: str = sys.executable) -> Service:
        """One more process."""
        port = free_port()
        where = "FAIRGROUND_GATEWAY_PORT" if command == "gateway" else "FAIRGROUND_PROBE_PORT"
        crash_file = str(self.crash_file(instance))
        environment = self.environment(
            **{where: str(port), "FAIRGROUND_INSTANCE": instance, "FAIRGROUND_CRASH_FILE": crash_file}
        )
        service = Service(command, instance, port, environment, self.folder / f"{instance}.log", python=python)
        self.services[instance] = service
        service.start()
        return service

    def crash_file(self, instance: str) -> Path:
        """Where a test writes the moment at which that process dies."""
        return self.folder / f"{instance}.crash"

    def arm(self, instance: str, deed: str, point: str, count: int) -> None:
        """Have that process kill or stop itself at this moment, counted from now."""
        draft = self.folder / f"{instance}.draft"
        draft.write_text(f"{deed} {point} {count}")
        draft.rename(self.crash_file(instance))

    def run(self, *words: str, expect: int = 0, within_s: float = 300) -> str:
        """Run a `fairground` command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "shared.cli.app", *words],
            check=False, env=self.environment(), capture_output=True, text=True, timeout=within_s,
        )  # fmt: skip
        assert done.returncode == expect, f"fairground {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def credit(self, player: str, amount: int, key: str, asset: str = "WINZ") -> httpx.Response:
        """An admin credit."""
        body = {"asset": asset, "amount": amount, "idempotency_key": key}
        return httpx.post(f"{self.gateway}/admin/v1/players/{player}/credit", json=body, headers=ADMIN, timeout=30)

    def debit(self, player: str, amount: int, key: str, asset: str = "WINZ") -> httpx.Response:
        """An admin debit."""
        body = {"asset": asset, "amount": amount, "idempotency_key": key}
        return httpx.post(f"{self.gateway}/admin/v1/players/{player}/debit", json=body, headers=ADMIN, timeout=30)

    def open_box(self, player: str, key: str) -> httpx.Response:
        """A lootbox opening."""
        body = {"user_id": player, "idempotency_key": key}
        return httpx.post(f"{self.gateway}/v1/lootbox/starter-box/open", json=body, headers=KEY, timeout=30)

    def set_status(self, player: str, status: str, key: str) -> httpx.Response:
        """The gates are opened or closed for a player."""
        body = {"status": status, "reason": "support", "idempotency_key": key}
        return httpx.patch(f"{self.gateway}/v1/players/{player}/status", json=body, headers=KEY, timeout=30)

    def balance(self, player: str, asset: str = "WINZ") -> int:
        """What the wallet shows."""
        answer = httpx.get(f"{self.gateway}/v1/players/{player}/wallet", headers=KEY, timeout=30)
        assert answer.status_code == 200, answer.text
        return next(int(row["balance"]) for row in answer.json()["balances"] if row["asset"] == asset)
