"""What must stand before players spin wheels and complete quizzes as fast as they can."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import httpx

from tests.bench.town import AT_ONCE, PLAYERS, define, player_of
from tests.system.town import ADMIN, Town

SO_MANY: Final = 1_000_000
"""What stands in nobody's way."""
PROJECT: Final = "bench"
CLIENT: Final = {"x-client-id": "bench-client", "x-client-secret": "bench-client-secret"}
WHEEL: Final = "bench-spin"
MOST_FREE_SPINS: Final = 1_000
COINS: Final = {"type": "currency", "currency": "coins"}
GEMS: Final = {"type": "currency", "currency": "gems"}
SEGMENTS: Final = [
    {"segment_id": 101, "label": "100 Coins", "probability": "0.5", "reward": {**COINS, "amount": 100}},
    {"segment_id": 102, "label": "500 Coins", "probability": "0.2", "reward": {**COINS, "amount": 500}},
    {"segment_id": 103, "label": "10 Gems", "probability": "0.2", "reward": {**GEMS, "amount": 10}},
    {"segment_id": 104, "label": "Bonus spin", "probability": "0.1", "reward": {"type": "bonus_spin", "count": 1}},
]
"""As on the demo world's `daily-spin`."""
ENGAGEMENT: Final = "0be7c400-0000-4000-8000-000000000001"
SESSIONS_KEY: Final = "bq_test_" + 32 * "b"
QUIZ: Final = "bench-quiz"
POOL: Final = "bench-pool"
QUESTIONS: Final = [{"id": f"q{number}", "options": 3, "right": 0} for number in (1, 2)]
DAY_S: Final = 86_400


def a_wheel(town: Town, folder: Path) -> Path:
    """A wheel that may be spun as often as anybody can, and a token for every player; the file that holds them."""
    project = {"name": "Bench", "client_id": CLIENT["x-client-id"], "client_secret": CLIENT["x-client-secret"]}
    limits = {"cooldown_seconds": 0, "burst": SO_MANY, "per_second": SO_MANY, "token_ttl_seconds": DAY_S}
    define(town, "project", PROJECT, {**project, **limits})
    wheel = {"project": PROJECT, "name": "Bench Spin", "daily_free_spins": MOST_FREE_SPINS, "segments": SEGMENTS}
    define(town, "wheel", WHEEL, wheel)

    def token(client: httpx.Client, player: str) -> str:
        body = {"permissions": ["client.spin_wheel"], "project": PROJECT}
        answer = client.post(f"/admin/v1/players/{player}/access-token", json=body, headers=ADMIN)
        assert answer.is_success, answer.text
        return str(answer.json()["access_token"])

    return passes(town, folder / "tokens", token)


def a_quiz(town: Town, folder: Path) -> Path:
    """A quiz that gives points and a code of its own each time, and a session for every player; the file with them."""
    define(town, "engagement", ENGAGEMENT, {"name": "Bench", "per_minute": SO_MANY})
    define(town, "api_key", "bench-sessions", {"door": "activities", "secret": SESSIONS_KEY, "demo": True})
    define(town, "reward", POOL, {"title": "20% Off", "type": "coupon", "display_type": "coupon", "generated": SO_MANY})
    actions = [{"type": "award_points", "points": 100}, {"type": "award_reward", "reward": POOL}]
    quiz = {"engagement": ENGAGEMENT, "type": "quiz", "name": "Bench Quiz", "questions": QUESTIONS, "pass_at": 50}
    define(town, "activity", QUIZ, {**quiz, "actions": actions})

    def session(client: httpx.Client, player: str) -> str:
        body = {"engagement_id": ENGAGEMENT, "participant_id": player, "session_id": f"session-of-{player}"}
        answer = client.post("/api/v1/sessions", json=body, headers={"X-API-Key": SESSIONS_KEY})
        assert answer.is_success, answer.text
        return str(answer.json()["session_id"])

    return passes(town, folder / "sessions", session)


def passes(town: Town, file: Path, issue: Callable[[httpx.Client, str], str]) -> Path:
    """One line for each player, in their order, so that wrk.lua finds everybody's own."""
    with httpx.Client(base_url=town.gateway, timeout=30) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        issued = pool.map(lambda number: issue(client, player_of(number)), range(PLAYERS))
        file.write_text("".join(f"{one}\n" for one in issued), encoding="ascii")
    return file
