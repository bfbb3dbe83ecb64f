"""Whatever is sent to a door, the answer is one of those that its document promises, and never a fault of ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.system.town import ADMIN, KEY, eventually, free_port

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
START_WITHIN_S = 60
STOP_WITHIN_S = 30


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a whole town in one process, as `make run` starts it."""
    folder = tmp_path_factory.mktemp("fuzzed")
    # The embedded PostgreSQL runs as another system user, who has to get at its data.
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o755)
    port = free_port()
    environment = {**os.environ, "FAIRGROUND_DATA": str(folder / "var"), "FAIRGROUND_GATEWAY_PORT": str(port)}
    with (folder / "log").open("wb") as log:
        town = subprocess.Popen(
            [sys.executable, "-c", "from shared.cli.app import main; main(['up', '--demo'])"],
            env=environment,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        eventually("the town is ready", lambda: _ready(address, town, folder / "log"), START_WITHIN_S)
        yield address
    finally:
        town.send_signal(signal.SIGINT)
        town.wait(STOP_WITHIN_S)


@pytest.fixture
def document(embedded: str) -> Any:
    return schemathesis.openapi.from_url(f"{embedded}/openapi.json")


doors = schemathesis.pytest.from_fixture("document")


@pytest.mark.fuzz
@pytest.mark.postgres
@doors.parametrize()
def test_a_door_answers_anything_as_its_document_says(case: schemathesis.Case[Any]) -> None:
    credentials = ADMIN if case.path.startswith("/admin/") else KEY
    case.call_and_validate(headers=credentials, checks=CHECKS)


def _ready(address: str, town: subprocess.Popen[bytes], log: Path) -> bool:
    assert town.poll() is None, log.read_text(encoding="utf-8")
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
