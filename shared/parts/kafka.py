"""Starts a real Apache Kafka on this machine: one node, fetched by Maven, run by Java."""

from __future__ import annotations

import argparse
import base64
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Final, NoReturn, TextIO

DEFAULT_PORT: Final = 9092
DEFAULT_FOLDER: Final = Path("var/kafka")
START_TIMEOUT_S: Final = 90.0
"""A broker that was killed first reads its log back."""
STOP_TIMEOUT_S: Final = 20.0
POLL_S: Final = 0.1
FETCH_TIMEOUT_S: Final = 600.0
LOG_LINES_SHOWN: Final = 2
JVM: Final = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData")
"""A small heap that one thread collects: the machine's few cores belong to the town."""
_INSTALLED: Final = Path(__file__).resolve().with_name("recipe")
RECIPE: Final = _INSTALLED if _INSTALLED.exists() else Path(__file__).resolve().parents[2] / "deploy" / "kafka"
"""What it is fetched and set up by: beside this file where that was installed, else in the repository."""
_STAMP: Final = ".pom.sha256"
_METADATA_REQUEST: Final = struct.pack(">ihhihi", 14, 3, 1, 7, -1, 0)
"""Size; Metadata, version 1; correlation 7; no client id; about no topic: only the brokers."""
_TOO_OLD: Final = "UnsupportedClassVersionError"


class KafkaNotStarted(Exception):
    """There is no Kafka, or it does not start; the text is one line that says why and what to do."""


class KafkaServer:
    """One broker process over one folder, started and stopped by us.

    Args:
        folder: where its data, its settings and its log live; created if it is missing.
        port: where it listens on this machine alone; a free one is chosen if None.
        libs: where the fetched jars are kept, shared by all brokers of a checkout.
    """

    def __init__(self, folder: Path, port: int | None = None, libs: Path | None = None) -> None:
        self.folder = folder.expanduser().absolute()
        self.port = port or 0
        self._libs = (libs or self.folder / "libs").expanduser().absolute()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: TextIO | None = None

    @property
    def bootstrap(self) -> str:
        """What a client connects to."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> str:
        """Start it and wait until it answers; harmless if it was started before.

        Returns:
            Its bootstrap address.

        Raises:
            KafkaNotStarted: no Java, no Maven, a busy port, or a broker that will not run.
        """
        if self._process is not None:
            return self.bootstrap
        java = _tool("java", "install Java 17 or newer, such as the package default-jre-headless")
        self.port = self.port or _free_port()
        _check_free(self.port)
        fetch(self._libs)
        try:
            self._take_folder()
            self._write_settings()
            if not (self._data / "meta.properties").exists():
                self._format(java)
            self._launch(java)
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self.bootstrap

    def stop(self) -> None:
        """End the process cleanly; harmless if there is none. Its data stay."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def wait(self) -> int:
        """Block until the broker ends by itself; its exit code."""
        assert self._process is not None, "start it first"
        return self._process.wait()

    def __enter__(self) -> KafkaServer:
        """Start it."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    def _take_folder(self) -> None:
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / ".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise KafkaNotStarted(f"another Kafka runs over {self.folder}; stop it, or name another folder") from error
        except OSError as error:
            raise KafkaNotStarted(f"folder {self.folder} is not writable ({error.strerror}); name another") from error

    def _write_settings(self) -> None:
        template = Template((RECIPE / "server.properties").read_text())
        self._settings.write_text(template.substitute(port=self.port, controller_port=_free_port(), data=self._data))

    def _command(self, java: str, *main: str) -> list[str]:
        words = f"-Dlog4j2.configurationFile={RECIPE / 'log4j2.properties'}"
        return [java, *JVM, "-Djava.awt.headless=true", words, "-cp", f"{self._libs}/*", *main]

    def _format(self, java: str) -> None:
        command = self._command(java, "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c")
        done = subprocess.run([*command, str(self._settings)], capture_output=True, check=False)
        if done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise KafkaNotStarted(f"Kafka cannot prepare {self._data}: {_in_short(said)}")

    def _launch(self, java: str) -> None:
        with self._log.open("wb") as log:
            # A session of its own: Ctrl-C reaches us, and we end the broker when its clients have gone.
            self._process = subprocess.Popen(
                self._command(java, "kafka.Kafka", str(self._settings)),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if _answers(self.port):
                return
            time.sleep(POLL_S)
        raise KafkaNotStarted(
            f"Kafka did not start on {self.bootstrap}: {_in_short(self._log.read_text(errors='replace'))}"
        )


def fetch(libs: Path) -> None:
    """Have the jars of deploy/kafka/pom.xml in this folder; nothing happens if they are there already.

    Raises:
        KafkaNotStarted: there is no Maven, or it cannot fetch them.
    """
    pom = RECIPE / "pom.xml"
    if not pom.exists():
        raise KafkaNotStarted(f"{pom} is missing; start Kafka from a checkout of the repository")
    wanted = hashlib.sha256(pom.read_bytes()).hexdigest()
    libs.parent.mkdir(parents=True, exist_ok=True)
    with (libs.parent / f".{libs.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want them at once
        stamp = libs / _STAMP
        if stamp.exists() and stamp.read_text() == wanted:
            return
        _copy_dependencies(pom, libs)
        stamp.write_text(wanted)


def _copy_dependencies(pom: Path, libs: Path) -> None:
    maven = _tool("mvn", "install Apache Maven, such as the package maven")
    fresh = libs.with_name(f"{libs.name}.new")
    for stale in (libs, fresh):
        shutil.rmtree(stale, ignore_errors=True)
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
    try:
        done = subprocess.run(
            [maven, "-q", "-B", "-f", str(pom), *goal], capture_output=True, check=False, timeout=FETCH_TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise KafkaNotStarted(f"Maven did not fetch Kafka within {FETCH_TIMEOUT_S:.0f} s; try again") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise KafkaNotStarted(f"Maven cannot fetch what {pom} names: {_in_short(said)}")
    fresh.rename(libs)


@contextmanager
def some_kafka(folder: Path, libs: Path) -> Iterator[str]:
    """A real Kafka for tests: KAFKA_BOOTSTRAP, else a container where Docker answers, else Java and Maven.

    Args:
        folder: where a broker of ours keeps its data.
        libs: where its jars are kept.

    Raises:
        KafkaNotStarted: there is none of the three.
    """
    if given := os.environ.get("KAFKA_BOOTSTRAP"):
        yield given
    elif _docker_answers():
        with _container() as bootstrap:
            yield bootstrap
    else:
        with KafkaServer(folder, libs=libs) as server:
            yield server.bootstrap


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30).returncode == 0


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.kafka import KafkaContainer

    container = KafkaContainer("confluentinc/cp-kafka:7.9.0").with_kraft()
    container.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
    with container:
        yield container.get_bootstrap_server()


def _tool(name: str, advice: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise KafkaNotStarted(f"there is no `{name}` here: {advice}")
    return found


def _in_short(said: str) -> str:
    """The last words of a program, on one line."""
    if _TOO_OLD in said:
        return "this Java is too old; Apache Kafka 4 needs Java 17 or newer"
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith(("\tat ", "    at "))]
    return " | ".join(lines[-LOG_LINES_SHOWN:]) or "it said nothing"


def _cluster_id() -> str:
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass  # a leading dash would be read as an option
    return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise KafkaNotStarted(
                f"port {port} is busy: stop what listens there, or name another with --port"
            ) from error


def _answers(port: int) -> bool:
    """Whether the broker names at least one broker, which it does once it takes part in its cluster."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2.0) as connection:
            connection.sendall(_METADATA_REQUEST)
            answer = connection.recv(12, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 12 and struct.unpack(">iii", answer)[2] > 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a broker in the foreground until Ctrl-C; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m shared.parts.kafka", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where it listens (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="its data (default: %(default)s)")
    asked = parser.parse_args(arguments)
    server = KafkaServer(asked.folder, asked.port)
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _interrupt)
    try:
        with server:
            sys.stdout.write(f"Kafka answers on {server.bootstrap}, its data are in {server.folder}; Ctrl-C stops it\n")
            sys.stdout.flush()
            code = server.wait()
            sys.stderr.write(f"Kafka ended by itself with code {code}; see {server.folder / 'log'}\n")
    except KafkaNotStarted as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:
        return 0
    return 1


def _interrupt(number: int, frame: object) -> NoReturn:  # noqa: ARG001 what a signal handler is given
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
