"""Players of events, said as a gateway says it: they start, pay, come further, finish, wait in lobbies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from services.gateway.problem import Problem
from shared.event_ids import attempt_id_of
from shared.ids import EventId, PlayerId
from shared.messages.attempt import FinishAttempt, ProgressAttempt
from shared.messages.base import Command
from shared.messages.event import StartAttempt
from shared.messages.lobby import PushLobby
from shared.money import MICRO
from tests.stories.aside import STARLIGHT, told
from tests.stories.town import Town

ANSWER_WITHIN_MS: Final = 1_000
COST: Final = 20
ROCKET: Final = PlayerId("rocket")
HOUR, MONTH = timedelta(hours=1), timedelta(days=30)
COINS: Final = [{"type": "currency", "asset": "WINZ", "amount": 50}]


def key_of(about: str) -> EventId:
    """The event that a wish is about."""
    return EventId(f"run-{about}")


async def an_event(town: Town, about: str, **more: Any) -> None:
    """On since an hour and for an hour."""
    now = town.parts.clock.now()
    spec = {
        "name": about,
        "metrics": [{"key": "distance"}],
        "windows": {"mode": "fixed", "starts_at": (now - HOUR).isoformat(), "ends_at": (now + HOUR).isoformat()},
        **more,
    }
    answer = await town.put("event", key_of(about), spec)
    assert answer.status_code == 200, answer.text


async def a_dear_event(town: Town, about: str) -> None:
    """An attempt costs something."""
    await an_event(town, about, entry_cost={"currencies": [{"key": "WINZ", "amount": COST}]})


async def a_cup(town: Town, about: str) -> None:
    """Players wait for each other, for half an hour at most."""
    board = {"mode": "lobby_matched", "capacity": 3, "fill_timeout_seconds": 1_800}
    await an_event(town, about, leaderboard=board)


async def a_contest(town: Town, about: str) -> None:
    """Rocket has come somewhere, and wins something when the window ends in an hour."""
    await an_event(town, about, reward_policy={"type": "fixed_bundle", "bundle": COINS})
    for answer in (await start(town, about, f"{about}-start"), await progress(town, about, f"{about}-progress")):
        assert answer.status_code == 201, answer.text


async def a_lonely_wait(town: Town, about: str) -> None:
    """Rocket waits for others in a window of a month."""
    ends_at = (town.parts.clock.now() + MONTH).isoformat()
    board = {"mode": "lobby_matched", "capacity": 3, "fill_timeout_seconds": 1_800}
    windows = {"mode": "fixed", "starts_at": "2020-01-01T00:00:00Z", "ends_at": ends_at}
    await an_event(town, about, leaderboard=board, windows=windows)
    answer = await start(town, about, f"{about}-start")
    assert answer.status_code == 201, answer.text


async def an_attempt(town: Town, about: str) -> None:
    """Rocket is under way, at an event whose milestone gives something."""
    milestone = {"key": "half", "metric": "distance", "threshold": 500, "entries": COINS}
    await an_event(town, about, milestones=[milestone])
    answer = await start(town, about, f"{about}-start")
    assert answer.status_code == 201, answer.text


async def start(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, StartAttempt(event=key_of(about), player=ROCKET), about, key)


async def progress(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, further(about, 250), about, key)


async def reach_a_milestone(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, further(about, 500), about, key)


def further(about: str, distance: int) -> ProgressAttempt:
    """Rocket's first attempt comes so far, in whole units."""
    return ProgressAttempt(**_attempt(about), mode="increment", value=distance * MICRO)


async def finish(town: Town, about: str, key: str) -> httpx.Response:
    return await _asked(town, FinishAttempt(**_attempt(about)), about, key)


def _attempt(about: str) -> Mapping[str, Any]:
    event = key_of(about)
    return {"player": ROCKET, "event": event, "attempt_id": attempt_id_of(STARLIGHT, event, ROCKET, 1)}


async def push_lobby(town: Town, about: str, key: str) -> httpx.Response:
    """A lobby of rocket and a bot."""
    wish = PushLobby(event=key_of(about), key="match", players=(ROCKET,), capacity=2)
    return await _asked(town, wish, about, key)


async def _asked(town: Town, wish: Command, about: str, key: str) -> httpx.Response:
    """The answer as a door could give it: 201, again 200, refused 409, none in time 504."""
    try:
        answer = await told(town, "leaderboards", wish, key_of(about), key, within_ms=ANSWER_WITHIN_MS)
    except Problem:
        return httpx.Response(504, json={})
    if answer.outcome == "refused":
        return httpx.Response(409, json={"code": answer.code})
    body: dict[str, Any] = answer.body or {}
    return httpx.Response(200 if answer.repeated else 201, json=body)
