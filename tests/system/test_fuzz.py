"""Whatever is sent to a door, the answer is one of those that its document promises, and never a fault of ours."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.gateway.operators import compact
from shared.operator_wallet.signature import OPERATOR_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of
from tests.system.town import ADMIN, KEY, eventually, free_port

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MOST_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
"""Of requests to each operation."""
KNOWN = {"id": "starter-box", "key": "rocket", "kind": "lootbox", "player": "rocket", "activityId": "quiz-2"}
KNOWN |= {"wheel_config_id": "1", "key_slug": "daily-spin", "wheel": "daily-spin"}
KNOWN |= {"eventKey": "daily-run", "itemKey": "sword", "economyKey": "coins", "gameId": "starlight"}
"""What the demo world has under these path parameters; half of the requests name it."""
KNOWN_TO_GAMES = {
    "/sdk/": {"externalId": "mantis", "key": "season"},
    "/server/": {"externalId": "gamora", "key": "season"},
}
FOR_GOOD = "/server/v1/players/{externalId}/delete"
"""Nobody is the same after this one, so that it does not name anybody whom others name."""
VISIT = {"player": "rocket", "session_id": "sess_abc123", "engagement_id": "550e8400-e29b-41d4-a716-446655440000"}
"""And under these fields of bodies and queries."""
CREDENTIALS = {"/admin/": ADMIN, "/api/": {"X-API-Key": "bq_test_" + "a" * 32}, "/v1/": KEY}
"""By the beginning of the path."""
CLIENT_KEY = {"Authorization": "Bearer demoClnt." + "c" * 43}
SERVER_KEY = {"Authorization": "Bearer demoServ." + "s" * 43}
CLIENT = {"x-client-id": "demo-client", "x-client-secret": "demo-client-secret"}
OPERATOR = ("11111111-2222-4333-8444-555555555555", "demo-operator-secret")
LAUNCH = {"playerId": "rocket", "currency": "USD", "gameCode": "dice-alpha", "countryCode": "US"}
PLAYS = ("/game/", "/seed/", "/session/")
START_WITHIN_S = 60
STOP_WITHIN_S = 30


class Signs(requests.auth.AuthBase):
    """Signs a request as the demo operator does, whatever it says."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        sent = body.encode() if isinstance(body, str) else body
        assert isinstance(sent, bytes)
        request.headers.update(signed(urlsplit(request.url or "").path, sent))
        return request


def signed(path: str, body: bytes) -> dict[str, str]:
    """The headers that the demo operator sends with this."""
    operator, secret = OPERATOR
    timestamp = str(int(time.time()))
    signature = signature_of(secret, timestamp, path, compact(body))
    return {OPERATOR_HEADER: operator, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    """The address of a whole town in one process, as `make run` starts it."""
    # Not pytest's own temporary folder: that one is closed to the system user whom the embedded PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="fairground-fuzz-"))
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
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.fuzz
@pytest.mark.postgres
def test_a_door_answers_anything_as_its_document_says(embedded: str, capsys: pytest.CaptureFixture[str]) -> None:
    document = schemathesis.openapi.from_url(f"{embedded}/openapi.json")
    found = list(document.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert operations
    assert len(operations) == len(found), "the document describes an operation that makes no sense"
    credentials = CREDENTIALS | dict.fromkeys(("/wheels", "/client/"), _of_a_player(embedded))
    credentials |= {"/server/": SERVER_KEY, "/operator/": {}}
    credentials |= dict.fromkeys(PLAYS, at_dice := _of_a_session(embedded))
    known_here = KNOWN | {"roundId": _played(embedded, at_dice)}
    for operation in operations:
        credentials["/sdk/"] = _of_a_gamer(embedded) if operation.path.startswith("/sdk/") else {}

        @settings(
            max_examples=MOST_EXAMPLES,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(operation.as_strategy(), booleans())
        def answers_as_promised(case: schemathesis.Case[Any], known: bool) -> None:
            if known and case.path != FOR_GOOD:
                named = known_here | _named_at(case.path)
                case.path_parameters.update(
                    {name: named.get(name, value) for name, value in case.path_parameters.items()}
                )
                for said in (case.query, case.body):
                    if isinstance(said, dict):
                        said.update({name: value for name, value in VISIT.items() if name in said})
            shown = next(shown for prefix, shown in credentials.items() if case.path.startswith(prefix))
            signs: dict[str, Any] = {"auth": Signs()} if case.path.startswith("/operator/") else {}
            case.call_and_validate(headers=shown, checks=CHECKS, **signs)

        answers_as_promised()
    with capsys.disabled():
        print(f"\n{len(operations)} operations answer anything as their documents say")


def _of_a_player(address: str) -> dict[str, str]:
    body = {"permissions": ["client.spin_wheel"], "project": "demo"}
    answer = httpx.post(f"{address}/admin/v1/players/rocket/access-token", json=body, headers=ADMIN)
    return {**CLIENT, "Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


def _named_at(path: str) -> dict[str, str]:
    """What there is under the parameters of this path; games have players whom no other door shuts out."""
    return next((more for prefix, more in KNOWN_TO_GAMES.items() if path.startswith(prefix)), {})


def _of_a_gamer(address: str) -> dict[str, str]:
    """Registered anew for every operation, since one of them replaces secrets."""
    path = f"{address}/sdk/v1/players/mantis/register?force=true"
    answer = httpx.post(path, json={}, headers=CLIENT_KEY)
    return {**CLIENT_KEY, "X-Player-Secret": answer.raise_for_status().json()["data"]["secret"]}


def _of_a_session(address: str) -> dict[str, str]:
    content = json.dumps(LAUNCH, separators=(",", ":")).encode()
    path = "/operator/launch"
    answer = httpx.post(address + path, content=content, headers=signed(path, content))
    url = answer.raise_for_status().json()["launchUrl"]
    return {"Authorization": f"Bearer {parse_qs(urlsplit(url).query)['sessionToken'][0]}"}


def _played(address: str, session: dict[str, str]) -> str:
    body = {"message": {"bet": {"amount": "0.01", "over": 5000}}}
    answer = httpx.post(f"{address}/game/play", json=body, headers=session)
    return str(answer.raise_for_status().json()["roundId"])


def _ready(address: str, town: subprocess.Popen[bytes], log: Path) -> bool:
    assert town.poll() is None, log.read_text(encoding="utf-8")
    try:
        return httpx.get(f"{address}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
