"""What must stand before games report progress, read boards and take of wallets as fast as they can."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from shared.bus.port import Outgoing
from shared.event_ids import attempt_id_of, global_board_of, window_id_of
from shared.ids import BoardId, EventId, PlayerId, TenantId
from shared.messages.access import hash_of
from shared.messages.attempt import ProgressAttempt
from shared.messages.event import StartAttempt
from shared.messages.registration import RegisterPlayer
from shared.money import MICRO
from tests.bench.commands import have_decided, wish_of
from tests.bench.plays import passes
from tests.bench.town import TENANT, ask, define, player_of
from tests.system.town import ADMIN, Town, eventually

CLIENT: Final = {"Authorization": "Bearer demoClnt." + 43 * "c"}
RUN: Final = EventId("bench-run")
CROWD: Final = EventId("bench-crowd")
LEAGUES: Final = EventId("bench-leagues")
CURRENCY: Final = "coins"
PLENTY: Final = 1_000_000_000
ENTRIES: Final = 10_000
"""Of the board that is read."""
A_PRIME: Final = 7_919
"""Scores do not come in the order of the players' names."""
FILLED_WITHIN_S: Final = 300.0
_SINCE: Final = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
_YEAR: Final = timedelta(days=365)


class Attempted(NamedTuple):
    """An attempt that a player has begun."""

    player: str
    secret: str
    attempt: str
    board: str


def a_run(town: Town, folder: Path) -> Path:
    """An event without targets or milestones, and an attempt of every player; the file with secrets and attempts."""
    define(town, "event", RUN, _event(RUN))

    def begin(client: httpx.Client, player: str) -> str:
        begun = _begun(client, RUN, player)
        return f"{begun.secret} {begun.attempt}"

    return passes(town, folder / "attempts", begin)


def a_purse(town: Town, folder: Path) -> Path:
    """Every player has plenty; the file with their secrets."""

    def credit(client: httpx.Client, player: str) -> str:
        body = {"asset": CURRENCY, "amount": PLENTY, "idempotency_key": f"purse-{uuid.uuid4()}"}
        answer = client.post(f"/admin/v1/players/{player}/credit", json=body, headers=ADMIN)
        assert answer.is_success, answer.text
        return _secret(client, player)

    return passes(town, folder / "secrets", credit)


def a_crowd(town: Town, folder: Path) -> Path:
    """A board of very many players, each with a score; the file with its uuid."""
    define(town, "event", CROWD, _event(CROWD))
    _decide(town, "ledger", lambda player, _: (_registered(player), player))
    _decide(town, "leaderboards", lambda player, _: (StartAttempt(player=player, event=CROWD), CROWD))
    eventually(f"{ENTRIES:,} players have begun", lambda: _begun_on(town) == ENTRIES, FILLED_WITHIN_S)
    _decide(town, "leaderboards", lambda player, number: (_progressed(player, number), CROWD))
    file = folder / "board"
    file.write_text(f"{_board()}\n", encoding="ascii")
    return file


def leagues(town: Town, boards: int, players: int) -> list[Attempted]:
    """So many players on so many boards of one event, evenly, each with an attempt."""
    board = {"mode": "global_segmented", "segment_by": "league"}
    define(town, "event", LEAGUES, {**_event(LEAGUES), "leaderboard": board})
    with httpx.Client(base_url=town.gateway, timeout=30) as client:
        return [
            _begun(client, LEAGUES, player_of(number), league=f"league-{number % boards}") for number in range(players)
        ]


def progress(event: str, one: Attempted) -> bytes:
    """A request that adds to an attempt, as it goes over the wire; every one is a wish of its own."""
    body = b'{"mode":"increment","metricValue":1,"idempotencyKey":"%s"}' % uuid.uuid4().hex.encode()
    path = f"/sdk/v1/players/{one.player}/events/{event}/attempts/{one.attempt}/progress"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: {CLIENT['Authorization']}\r\n"
        f"X-Player-Secret: {one.secret}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event(name: str) -> dict[str, Any]:
    windows = {"mode": "fixed", "starts_at": _SINCE.isoformat(), "ends_at": (_SINCE + _YEAR).isoformat()}
    return {"name": name, "metrics": [{"key": "distance"}], "windows": windows}


def _begun(client: httpx.Client, event: str, player: str, **context: str) -> Attempted:
    secret = _secret(client, player)
    body = {"idempotencyKey": str(uuid.uuid4()), "playerContext": context}
    headers = {**CLIENT, "X-Player-Secret": secret}
    answer = client.post(f"/sdk/v1/players/{player}/events/{event}/start", json=body, headers=headers)
    assert answer.is_success, answer.text
    attempt = answer.json()["data"]["attempt"]
    return Attempted(player, secret, attempt["id"], attempt["leaderboardId"])


def _secret(client: httpx.Client, player: str) -> str:
    """Another one each time, which the game is no live one for."""
    body, query = {"idempotencyKey": str(uuid.uuid4())}, {"force": "true"}
    answer = client.post(f"/sdk/v1/players/{player}/register", json=body, params=query, headers=CLIENT)
    assert answer.is_success, answer.text
    return str(answer.json()["data"]["secret"])


def _decide(town: Town, service: str, of: Callable[[PlayerId, int], tuple[Any, str]]) -> None:
    """Have one wish of everybody in the crowd decided."""
    run = uuid.uuid4().hex[:12]

    def wishes() -> Iterator[Outgoing]:
        for number in range(ENTRIES):
            command, key = of(PlayerId(f"crowd-{number}"), number)
            yield wish_of(town, service, command, key, f"{run}-{number}")

    have_decided(town, service, wishes(), ENTRIES)


def _registered(player: PlayerId) -> RegisterPlayer:
    return RegisterPlayer(player=player, secret_hash=hash_of(player), secret_prefix=player[:8])


def _progressed(player: PlayerId, number: int) -> ProgressAttempt:
    attempt = attempt_id_of(TenantId(TENANT), CROWD, player, 1)
    value = (1 + number * A_PRIME % ENTRIES) * MICRO
    return ProgressAttempt(player=player, event=CROWD, attempt_id=attempt, mode="set", value=value)


def _board() -> BoardId:
    tenant = TenantId(TENANT)
    return global_board_of(tenant, window_id_of(tenant, CROWD, _SINCE))


def _begun_on(town: Town) -> int:
    return int(ask(town, "entries", "leaderboards", _board())[0][0])
