"""What must stand before players stake at games as fast as they can, and whether both books agree afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson

from shared.cli.demo_operator import PUBLISHED
from shared.operator_wallet.signature import OPERATOR_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of
from tests.bench.plays import passes
from tests.bench.town import ask, define
from tests.system.town import ADMIN, Town, eventually, free_port

CURRENCY: Final = "USD"
PLENTY: Final = 1_000_000
"""In the smallest unit; a bet is one of it."""
LAUNCH: Final = "/operator/launch"
WALLET: Final = "operator"
"""What the process of the operator's wallet is called."""


class Known(NamedTuple):
    """An operator of the demo world."""

    id: str
    secret: str


HOUSE: Final = Known("11111111-2222-4333-8444-555555555555", "demo-operator-secret")
"""Its players' money stands in our ledger."""
ABROAD: Final = Known("66666666-7777-4888-8999-000000000000", PUBLISHED)
"""Its players' money stands with itself."""


def seats(operator: Known, game: str) -> Callable[[Town, Path], Path]:
    """Everybody has plenty and a session at this game: sets that up, and tells the file with the tokens."""

    def prepare(town: Town, folder: Path) -> Path:
        def let_in(client: httpx.Client, player: str) -> str:
            if operator is HOUSE:
                body = {"asset": CURRENCY, "amount": PLENTY, "idempotency_key": f"plenty-{uuid.uuid4()}"}
                answer = client.post(f"/admin/v1/players/{player}/credit", json=body, headers=ADMIN)
                assert answer.is_success, answer.text
            return _launched(client, operator, game, player)

        return passes(town, folder / f"tokens-{game}", let_in)

    return prepare


def _launched(client: httpx.Client, operator: Known, game: str, player: str) -> str:
    body = orjson.dumps({"currency": CURRENCY, "gameCode": game, "countryCode": "US", "playerId": player})
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        OPERATOR_HEADER: operator.id,
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: signature_of(operator.secret, timestamp, LAUNCH, body),
    }
    answer = client.post(LAUNCH, content=body, headers=headers)
    assert answer.is_success, answer.text
    address = urlsplit(str(answer.json()["launchUrl"]))
    return parse_qs(address.query)["sessionToken"][0]


@contextmanager
def wallet_of_an_operator(town: Town) -> Iterator[subprocess.Popen[bytes]]:
    """The wallet of the operator that keeps its players' money itself: one more process, which ends afterwards."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    words = ["demo-operator", "--port", str(port)]
    with (town.folder / f"{WALLET}.log").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "shared.cli.app", *words], env=town.environment(), stdout=out, stderr=out
        )
    try:
        eventually("the operator's wallet listens", lambda: _answers(f"{address}/faults"))
        urls = {"callback_url": f"{address}/callback", "statement_url": f"{address}/transactions"}
        limits = {"min_bet": "0.01", "max_bet": "1000", "max_win": "100000"}
        spec = {"name": "Bench", "secret": ABROAD.secret, "wallet": "callback", "currencies": [CURRENCY], "demo": True}
        define(town, "operator", ABROAD.id, {**spec, **urls, "limits": limits})
        yield process
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.HTTPError:
        return False


def nothing_asked(town: Town) -> None:
    """Return once no wallet owes an answer about any round."""
    eventually("every round is over or open", lambda: not ask(town, "asked", "rgs")[0][0], within_s=120)


def disagreement(town: Town, operator: Known) -> str:
    """What this operator's two books disagree on; empty if they agree."""
    nothing_asked(town)
    try:
        town.run("reconcile", operator.id)
    except AssertionError as differs:
        return str(differs)[:500]
    return ""
