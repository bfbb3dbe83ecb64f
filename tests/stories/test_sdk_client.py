"""A game as a published client plays it, which knows nothing of this house: it reads `data` and throws errors."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import pytest

from tests.stories.arcade import CLIENT, Arcade

pytestmark = pytest.mark.postgres

RETRIED: Final = {408, 425, 429, 500, 502, 503, 504}


class Thrown(Exception):
    """What the client throws."""

    def __init__(self, code: str, details: dict[str, Any]) -> None:
        super().__init__(code)
        self.code, self.details = code, details


class Client:
    """As published clients do: a key on every write, and the secret on everything once there is one."""

    def __init__(self, http: httpx.AsyncClient, player: str) -> None:
        self._http, self.player = http, player
        self.secret: str | None = None
        self.sent: list[tuple[str, int]] = []

    async def read(self, path: str, **query: Any) -> Any:
        wanted = {name: value for name, value in query.items() if value is not None}
        return await self._send("GET", path + (f"?{urlencode(wanted)}" if wanted else ""), None)

    async def write(self, path: str, **body: Any) -> Any:
        return await self._send("POST", path, {**body, "idempotencyKey": str(uuid.uuid4())})

    async def own(self, path: str, **query: Any) -> Any:
        return await self.read(f"/players/{quote(self.player, safe='')}/{path}", **query)

    async def act(self, path: str, **body: Any) -> Any:
        return await self.write(f"/players/{quote(self.player, safe='')}/{path}", **body)

    async def _send(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"authorization": f"Bearer {CLIENT}", "x-kraty-sdk": "@kraty/sdk/0.0.1", "accept": "application/json"}
        if self.secret is not None:
            headers["x-player-secret"] = self.secret
        answer = await self._http.request(method, f"/sdk/v1{path}", json=body, headers=headers)
        self.sent.append((f"{method} {path.partition('?')[0]}", answer.status_code))
        said = answer.json()
        error = said.get("error")
        if error is not None and "code" in error:
            raise Thrown(error["code"], error.get("details", {}))
        assert answer.is_success, "anything else has an envelope"
        assert "data" in said, "every method of the client reads it"
        return said["data"]

    async def collect_all(self) -> list[Any]:
        """Claim what waits, open crates, claim what was in them, until nothing waits."""
        collected: list[Any] = []
        while waiting := await self.own("pending-grants"):
            for grant in waiting:
                if grant["kind"] == "crate":
                    await self.act(f"crates/{grant['id']}/open")
                else:
                    collected += (await self.act(f"grants/{grant['id']}/claim"))["contents"]["entries"]
        return collected


async def test_a_first_launch_a_run_its_rewards_and_the_board(arcade: Arcade) -> None:
    client = Client(arcade.town.nobody, f"kp_{uuid.uuid4().hex}")
    client.secret = (await client.act("register"))["secret"]
    assert {item["key"] for item in (await client.read("/catalog"))["items"]} == {"sword", "potion", "crate_basic"}
    [run] = [event for event in await client.own("events") if event["eventKey"] == "daily-run"]
    begun = await client.act("events/daily-run/start")
    attempt = begun["attempt"]
    assert begun["leaderboardId"] == run["leaderboardId"]
    fired: list[str] = []
    for _ in range(4):
        step = await client.act(
            f"events/daily-run/attempts/{attempt['id']}/progress", mode="increment", metricValue=250.0
        )
        fired += [milestone["key"] for milestone in step["milestonesFired"]]
    assert (fired, step["attempt"]["status"]) == (["warm", "halfway"], "completed")
    board = await client.read(
        f"/leaderboards/{run['leaderboardId']}", includeSelf="true", externalId=client.player, limit=10
    )
    assert board["self"] == {"rank": 1, "score": 1_000}
    [entry] = board["entries"]
    assert (entry["participantId"], entry["isSelf"]) == (attempt["playerId"], True)
    collected = await client.collect_all()
    assert {"type": "currency", "currencyKey": "coins", "amount": 50} in collected
    assert len(collected) == 2, "the milestone's, and what was in the crate"
    wallet = {row["economyKey"]: row["balance"] for row in (await client.own("wallet"))["wallet"]}
    items = {row["itemKey"]: row["quantity"] for row in (await client.own("inventory"))["items"]}
    assert (wallet["coins"], items) in ((150, {}), (50, {"sword": 1}))
    assert (await client.act("wallet/coins/debit", amount=50, reason="a hat"))["balance"] == wallet["coins"] - 50
    assert not [call for call in client.sent if call[1] in RETRIED]


async def test_a_client_waits_for_its_lobby_by_what_the_error_says(arcade: Arcade) -> None:
    clients = [Client(arcade.town.nobody, f"kp_{uuid.uuid4().hex}") for _ in range(3)]
    for client in clients:
        client.secret = (await client.act("register"))["secret"]
    lobbies = []
    for client in clients[:2]:
        with pytest.raises(Thrown) as thrown:
            await client.act("events/squad-cup/start")
        assert thrown.value.code == "lobby_forming"
        lobbies.append(thrown.value.details["lobbyId"])
    assert lobbies[0] == lobbies[1]
    assert (await clients[0].read(f"/lobbies/{lobbies[0]}"))["status"] == "forming"
    last = await clients[2].act("events/squad-cup/start")
    assert (await clients[0].read(f"/lobbies/{lobbies[0]}"))["status"] != "forming"
    for client in clients[:2]:
        assert (await client.act("events/squad-cup/start"))["leaderboardId"] == last["leaderboardId"]


async def test_what_is_refused_is_thrown_with_its_own_code(arcade: Arcade) -> None:
    client = Client(arcade.town.nobody, "rocket")
    expected = {
        "player_secret_invalid": client.act("events/daily-run/start"),
        "not_found": client.read("/leaderboards/none"),
        "validation_failed": client.read("/leaderboards/none", limit=0),
    }
    for code, call in expected.items():
        with pytest.raises(Thrown) as thrown:
            await call
        assert thrown.value.code == code
