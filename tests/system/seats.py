"""A player at tables of two operators: one whose players' money stands here, one that keeps it in its own process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from shared.database import Connection, Row, Target
from shared.operator_wallet.signature import signature_of
from tests.system.town import ADMIN, Town, eventually, free_port

HOUSE: Final = "11111111-2222-4333-8444-555555555555"
ABROAD: Final = "66666666-7777-4888-8999-000000000000"
SECRETS: Final = {HOUSE: "demo-operator-secret", ABROAD: "demo-callback-secret"}
PLAYER: Final = "gamora"
STAKE: Final = 100
CREDIT: Final = 1_000_000
DICE: Final = {"bet": {"amount": "1.00", "over": 0}}
"""Is won, unless the roll is 0."""
MINES: Final = {"start": {"amount": "1.00", "mineCount": 1, "gridSize": 25}}
OVER: Final = frozenset({"settled", "voided"})


@contextmanager
def operator_process(folder: Path) -> Iterator[str]:
    """The address of an operator that keeps its players' money."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (folder / "operator.log").open("wb") as log:
        words = ["demo-operator", "--port", str(port), "--secret", SECRETS[ABROAD]]
        process = subprocess.Popen([sys.executable, "-m", "shared.cli.app", *words], stdout=log, stderr=log)
    try:
        eventually("the operator answers", lambda: _answers(f"{address}/faults"))
        yield address
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def settle(town: Town, operator: str) -> None:
    """The operator abroad is this one, and whoever plays at home can pay for it."""
    path, headers = f"{town.gateway}/admin/v1/definitions/operator/{ABROAD}", {**ADMIN, "X-Tenant": "starlight"}
    spec = httpx.get(path, headers=headers, timeout=30).json()["spec"]
    spec |= {"callback_url": f"{operator}/callback", "statement_url": f"{operator}/transactions"}
    put = httpx.put(path, json={"spec": spec}, headers=headers, timeout=30)
    assert put.status_code == 200, put.text
    assert town.credit(PLAYER, CREDIT, "settle", "USD").status_code < 300


def spoil(operator: str, call: str, fault: str, times: int) -> None:
    """So many of these calls go wrong at the operator."""
    answer = httpx.post(f"{operator}/faults", json={call: fault, "times": times}, timeout=30)
    assert answer.status_code == 200, answer.text


def stakes_at(operator: str) -> int:
    """How many debits stand in the operator's book."""
    lines = httpx.get(f"{operator}/transactions", timeout=30).text.splitlines()
    return sum(json.loads(line)["type"] == "debit" for line in lines)


class Seat:
    """A player's client at one table."""

    def __init__(self, town: Town, operator: str, game: str, player: str = PLAYER) -> None:
        """Launched by the operator."""
        self._town, self.operator, self.game, self.player, self.round_id = town, operator, game, player, ""
        self._begun: set[str] = set()
        # Two launches in one second would be signed alike, and a signature counts once.
        body = {
            "playerId": player, "currency": "USD", "gameCode": game, "countryCode": "US",
            "details": {"time": time.monotonic()},
        }  # fmt: skip
        compact, now = json.dumps(body, separators=(",", ":")).encode(), str(int(time.time()))
        headers = {"X-Operator-ID": operator, "X-Timestamp": now, "Content-Type": "application/json"}
        headers["X-HMAC-SHA256"] = signature_of(SECRETS[operator], now, "/operator/launch", compact)
        launched = httpx.post(f"{town.gateway}/operator/launch", content=compact, headers=headers, timeout=30)
        assert launched.status_code == 200, launched.text
        token = httpx.URL(launched.json()["launchUrl"]).params["sessionToken"]
        self._headers = {"Authorization": f"Bearer {token}"}

    @property
    def asked_for(self) -> int:
        """How many rounds were asked for; one that is asked for again counts once."""
        return len(self._begun)

    def begin(self, message: dict[str, Any], key: str) -> httpx.Response:
        """Begin a round."""
        self._begun.add(key)
        return self.play(message, key)

    def play(self, message: dict[str, Any], key: str) -> httpx.Response:
        """Begin a round, or go on with one."""
        return self._post("play", {"message": message}, {"Idempotency-Key": key})

    def cash_out(self, key: str) -> httpx.Response:
        """End the round that was gone on with last."""
        return self.play({"cashout": {"roundId": self.round_id}}, key)

    def balance(self) -> int:
        """In cents, wherever it is kept."""
        answer = httpx.get(f"{self._town.gateway}/game/balance", headers=self._headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["balance"].replace(".", ""))

    def clear(self) -> None:
        """No round is open here afterwards."""
        current = self._post("current").json()
        if not current["active"]:
            return
        self.round_id = current["roundId"]
        revealed = self._reveal(0)
        if revealed.status_code != 200 or not _is_over(revealed):  # the field may be open already
            ended = self.cash_out(f"end-{self.round_id}")
            assert ended.status_code == 200, ended.text

    def go_on(self) -> None:
        """A round is open here afterwards in which a field has been revealed that was no mine."""
        self.clear()
        over = True
        while over:
            begun = self.begin(MINES, f"one-{time.monotonic()}")
            assert begun.status_code == 200, begun.text
            self.round_id = begun.json()["roundId"]
            over = _is_over(self._reveal(0))

    def _reveal(self, field: int) -> httpx.Response:
        return self.play({"reveal": {"field": field, "roundId": self.round_id}}, f"{field}-{self.round_id}")

    def _post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        everything = {**self._headers, **(headers or {})}
        return httpx.post(f"{self._town.gateway}/game/{path}", json=body, headers=everything, timeout=30)


def _is_over(answer: httpx.Response) -> bool:
    return "result" in answer.json()["message"]["reveal"]


def payout_in(answer: httpx.Response, act: str) -> int:
    """What a round has paid, in cents."""
    return int(answer.json()["message"][act]["result"]["payout"].replace(".", ""))


def lease_lapses(town: Town) -> None:
    """Whoever held a call is dead, and the time for which nobody else may make it is over."""
    _sql(town, "update rgs.leases set until = now() where until > now()")


def nothing_is_asked(town: Town) -> bool:
    """Whether every call of an operator's wallet, and every Send, has been answered."""
    return not _sql(town, "select 1 from rgs.outbox limit 1")


def rounds_at(town: Town, seat: Seat) -> list[Row]:
    """Status, number of the pair of seeds, and nonce of every round at this table, in their order."""
    where = f"player = '{seat.player}' and operator = '{seat.operator}' and game = '{seat.game}'"
    return _sql(town, f"select status, pair_number, nonce from rgs.rounds where {where} order by pair_number, nonce")


def _sql(town: Town, statement: str) -> list[Row]:
    async def asked() -> list[Row]:
        connection = Connection(Target(town.dsn, as_service=False))
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return asyncio.run(asked())
