"""A player logs in with a password that stands nowhere, and nobody learns anything by guessing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from tests.stories.fair import CLIENT, PASSWORD, Fair, Spinner, fair_over, told

pytestmark = pytest.mark.postgres

LOGIN: Final = "/client/auth/login"
REFUSED: Final = (401, "invalid_username_or_password")


@pytest.fixture
async def fair(tables: str) -> AsyncIterator[Fair]:
    async with fair_over(tables) as found:
        yield found


async def log_in(fair: Fair, username: str = "StarlordV7", password: str = PASSWORD) -> httpx.Response:
    return await fair.town.nobody.post(LOGIN, headers=CLIENT, json={"username": username, "password": password})


async def set_password(fair: Fair, player: str, password: str) -> httpx.Response:
    return await fair.town.admin.put(f"/admin/v1/players/{player}/password", json={"password": password})


async def test_the_demo_player_logs_in_and_spins(fair: Fair) -> None:
    answer = await log_in(fair)
    shown = answer.json()
    assert answer.status_code == 200
    assert list(shown) == ["success", "access_token", "refresh_token", "message"]
    assert (shown["success"], shown["refresh_token"]) == (True, None)
    player = Spinner(fair, {**CLIENT, "Authorization": f"Bearer {shown['access_token']}"})
    assert (await player.spin()).status_code == 200
    assert await fair.town.events("wheel.spun") == 1


async def test_whichever_of_the_two_is_wrong_the_answer_is_the_same(fair: Fair) -> None:
    bodies = set()
    for username, password in (
        ("StarlordV7", "i-am-root"),
        ("StarlordV7", PASSWORD.upper()),
        ("starlordv7", PASSWORD),
        ("nobody", PASSWORD),
        ("rocket", PASSWORD),
    ):
        answer = await log_in(fair, username, password)
        assert told(answer) == REFUSED
        bodies.add(answer.text)
    assert len(bodies) == 1


async def test_a_password_is_set_and_changed_and_only_the_last_one_counts(fair: Fair) -> None:
    assert told(await log_in(fair, "rocket", "first password")) == REFUSED
    for password in ("first password", "second password"):
        answer = await set_password(fair, "rocket", password)
        assert (answer.status_code, answer.json()) == (200, {"player": "rocket", "changed": True})
        assert (await log_in(fair, "rocket", password)).status_code == 200
    assert (await set_password(fair, "rocket", "second password")).json()["changed"] is False
    assert told(await log_in(fair, "rocket", "first password")) == REFUSED


async def test_a_password_belongs_to_the_player_of_one_tenant(fair: Fair) -> None:
    spec = {"name": "Theirs", "client_id": "moon", "client_secret": "moon-secret"}
    await fair.town.put("project", "moon", spec, tenant="moonbase")
    theirs = {"x-client-id": "moon", "x-client-secret": "moon-secret"}
    body = {"username": "StarlordV7", "password": PASSWORD}
    assert told(await fair.town.nobody.post(LOGIN, headers=theirs, json=body)) == REFUSED
    assert told(await fair.town.nobody.post(LOGIN, json=body)) == (401, "missing_client_credentials")
    wrong = {**CLIENT, "x-client-secret": "x"}
    assert told(await fair.town.nobody.post(LOGIN, headers=wrong, json=body)) == (401, "invalid_client_credentials")


async def test_guessing_is_slow_for_one_name_and_nobody_elses(fair: Fair) -> None:
    answers = [await log_in(fair, "StarlordV7", "a guess") for _ in range(5)]
    assert {told(answer) for answer in answers} == {REFUSED}
    limited = await log_in(fair)
    assert told(limited) == (429, "rate_limited"), "the right one has to wait, too"
    assert 1 <= int(limited.headers["retry-after"]) <= 10
    assert (await set_password(fair, "groot", "i am groot, too")).status_code == 200
    assert (await log_in(fair, "groot", "i am groot, too")).status_code == 200


async def test_the_password_stands_nowhere_and_its_hash_beside_the_log_alone(fair: Fair) -> None:
    assert (await set_password(fair, "rocket", "a secret of mine")).status_code == 200
    assert (await log_in(fair, "rocket", "a secret of mine")).status_code == 200
    stored = await fair.stored()
    assert not [row for row in stored if "a secret of mine" in row or b"a secret of mine".hex() in row]
    hashes = [row for row in stored if "$argon2id$" in row or b"$argon2id$".hex() in row]
    assert len(hashes) == 2, "of the demo's player and of rocket, as personal data"
    shown = (await fair.town.admin.get("/admin/v1/players/rocket")).text
    assert "argon2" not in shown
    assert "password" not in (await fair.town.admin.get("/admin/v1/definitions/player/StarlordV7")).json()["spec"]


BAD: Final[list[tuple[str, dict[str, Any]]]] = [
    ("no password",        {"username": "StarlordV7"}),
    ("no name",            {"password": PASSWORD}),
    ("null",               {"username": "StarlordV7", "password": None}),
    ("an empty name",      {"username": "", "password": PASSWORD}),
    ("a name with a slash", {"username": "a/b", "password": PASSWORD}),
    ("a long password",    {"username": "StarlordV7", "password": "x" * 257}),
    ("an unknown field",   {"username": "StarlordV7", "password": PASSWORD, "otp": "1"}),
]  # fmt: skip


async def test_a_login_or_a_password_that_makes_no_sense_is_refused(fair: Fair) -> None:
    for what, body in BAD:
        answer = await fair.town.nobody.post(LOGIN, headers=CLIENT, json=body)
        assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (400, "invalid_request"), what
        assert PASSWORD not in answer.text
    for password in ("", "seven77", "x" * 257):
        refused = await set_password(fair, "rocket", password)
        assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION")
    refused = await set_password(fair, "nobody", "long enough")
    assert (refused.status_code, refused.json()["code"]) == (404, "NO_PLAYER")


async def test_a_world_file_gives_a_password_once_and_changes_it_when_it_says_another(fair: Fair) -> None:
    changed = []
    for password in (None, "first password", "first password", "second password"):
        spec = {"opening_balances": {"WINZ": 5}} | ({"password": password} if password else {})
        answer = await fair.town.put("player", "mantis", spec)
        assert answer.status_code == 200
        assert "password" not in answer.json()["spec"]
        changed.append(answer.json()["changed"])
    assert changed == [False, True, False, True]
    assert (await log_in(fair, "mantis", "second password")).status_code == 200
