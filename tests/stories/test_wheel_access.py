"""Who may stand at a wheel: a client with its project's credentials, and a player with a token that is good there."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.stories.fair import CLIENT, DAILY, Fair, Spinner, fair_over, told
from tests.stories.house import gateway
from tests.stories.town import Town, eventually

pytestmark = pytest.mark.postgres

NO_CLIENT: Final = (401, "missing_client_credentials")
BAD_CLIENT: Final = (401, "invalid_client_credentials")
NO_TOKEN: Final = (401, "missing_access_token")
BAD_TOKEN: Final = (401, "invalid_access_token")
EXPIRED: Final = (401, "access_token_expired")
THEIRS: Final = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
PUBLIC: Final = urlsafe_b64encode(THEIRS.public_key().public_bytes_raw()).rstrip(b"=").decode()


@pytest.fixture
async def fair(tables: str) -> AsyncIterator[Fair]:
    async with fair_over(tables) as found:
        yield found


async def asked(fair: Fair, headers: dict[str, str]) -> set[tuple[int, str]]:
    """What a reader, a spinner and a claimer with these headers are told."""
    nobody, claim = fair.town.nobody, {"claim_token": "x"}
    return {
        told(await nobody.get("/wheels", headers=headers)),
        told(await nobody.get("/client/wheels/1/state", headers=headers)),
        told(await nobody.post(f"{DAILY}/spin", headers=headers)),
        told(await nobody.post(f"{DAILY}/dry-spin", headers=headers)),
        told(await nobody.post(f"{DAILY}/claim-spin-reward", headers=headers, json=claim)),
    }


def bearer(token: str) -> dict[str, str]:
    return {**CLIENT, "Authorization": f"Bearer {token}"}


async def test_every_credential_is_asked_for_and_each_has_its_own_refusal(fair: Fair) -> None:
    right = bearer(await fair.token())
    head, body, signature = right["Authorization"].split(".")
    facts = await fair.town.events()
    for change, refusal in (
        ({"x-client-id": None}, NO_CLIENT),
        ({"x-client-secret": None}, NO_CLIENT),
        ({"x-client-id": ""}, NO_CLIENT),
        ({"x-client-id": "another"}, BAD_CLIENT),
        ({"x-client-id": "DEMO-CLIENT"}, BAD_CLIENT),
        ({"x-client-secret": "another"}, BAD_CLIENT),
        ({"x-client-secret": "demo-client-secre"}, BAD_CLIENT),
        ({"Authorization": None}, NO_TOKEN),
        ({"Authorization": "Bearer"}, BAD_TOKEN),
        ({"Authorization": "Basic YTpi"}, BAD_TOKEN),
        ({"Authorization": "Bearer not a token"}, BAD_TOKEN),
        ({"Authorization": "Bearer x"}, BAD_TOKEN),
        ({"Authorization": fair.town.key.headers["Authorization"]}, BAD_TOKEN),
        ({"Authorization": f"{head}.{body}.{signature[::-1]}"}, BAD_TOKEN),
        ({"Authorization": f"{head}.{body}."}, BAD_TOKEN),
        ({"Authorization": f"{head}.{body}"}, BAD_TOKEN),
    ):
        sent = {name: value for name, value in {**right, **change}.items() if value is not None}
        assert await asked(fair, sent) == {refusal}, change
    assert await fair.town.events() == facts
    assert (await fair.town.nobody.get("/wheels", headers=right)).status_code == 200


def claims(fair: Fair, **more: Any) -> dict[str, Any]:
    now = int(fair.clock.now().timestamp())
    said = {"sub": "rocket", "aud": "demo", "permissions": ["client.spin_wheel"], "iat": now, "exp": now + 60}
    return said | more


async def test_a_token_that_is_not_good_here_opens_nothing(fair: Fair) -> None:
    await fair.project()
    for token in (
        await fair.token(project="calm"),
        jwt.encode(claims(fair), key="", algorithm="none"),
        jwt.encode(claims(fair), "demo-client-secret-that-is-long-enough", algorithm="HS256"),
        jwt.encode(claims(fair), THEIRS, algorithm="EdDSA"),
    ):
        assert await asked(fair, bearer(token)) == {BAD_TOKEN}
    token = await fair.token()
    fair.wait(timedelta(hours=1))
    assert await asked(fair, bearer(token)) == {EXPIRED}


@pytest.mark.parametrize("permissions", [[], ["client.wallet", "client.currency"]])
async def test_a_token_without_the_permission_is_turned_away(fair: Fair, permissions: list[str]) -> None:
    token = await fair.token(permissions=permissions)
    assert await asked(fair, bearer(token)) == {(403, "missing_permission")}


async def test_a_project_may_sign_by_public_keys_and_have_issuers_of_its_own(fair: Fair) -> None:
    spec = {
        "name": "Signed", "client_id": "signed", "client_secret": "signed-secret",
        "token_algorithm": "EdDSA", "public_keys": [PUBLIC],
    }  # fmt: skip
    assert (await fair.town.put("project", "signed", spec)).status_code == 200
    client = {"x-client-id": "signed", "x-client-secret": "signed-secret"}
    ours = await fair.token(project="signed")
    theirs = jwt.encode(claims(fair, aud="signed"), THEIRS, algorithm="EdDSA")
    for token in (ours, theirs):
        answer = await fair.town.nobody.get("/wheels", headers={**client, "Authorization": f"Bearer {token}"})
        assert answer.json() == {"wheels": [], "cooldown_seconds": 2}
    elsewhere = jwt.encode(claims(fair), THEIRS, algorithm="EdDSA")
    answer = await fair.town.nobody.get("/wheels", headers={**client, "Authorization": f"Bearer {elsewhere}"})
    assert told(answer) == BAD_TOKEN, "an issuer's token for another project"


async def test_a_token_for_a_player_who_does_not_exist_leaves_no_trace(fair: Fair) -> None:
    await fair.project(token_algorithm="EdDSA", public_keys=[PUBLIC])
    wheel = await fair.put("w", {"type": "none"}, daily_free_spins=1)
    token = jwt.encode(claims(fair, aud="calm", sub="nobody"), THEIRS, algorithm="EdDSA")
    headers = {"x-client-id": "calm", "x-client-secret": "calm-secret", "Authorization": f"Bearer {token}"}
    player, facts = Spinner(fair, headers), await fair.town.events()
    for answer in (
        await player.get(wheel),
        await player.get(f"{wheel}/state"),
        await player.spin(wheel),
        await player.dry_spin(wheel),
    ):
        assert told(answer) == (404, "player_not_found")
    assert told(await player.claim("x", wheel)) == (404, "pending_spin_not_found")
    assert await fair.town.events() == facts


async def test_two_tenants_may_have_clients_of_one_name_and_each_sees_its_own_wheels(fair: Fair) -> None:
    spec = {"name": "Theirs", "client_id": "demo-client", "client_secret": "moon-secret"}
    assert (await fair.town.put("project", "demo", spec, tenant="moonbase")).status_code == 200
    ours = await fair.token()
    theirs = {"x-client-id": "demo-client", "x-client-secret": "moon-secret"}
    assert await asked(fair, {**theirs, "Authorization": f"Bearer {ours}"}) == {BAD_TOKEN}
    answer = await fair.town.admin.post(
        "/admin/v1/players/luna/access-token",
        json={"permissions": ["client.spin_wheel"]},
        headers={"X-Tenant": "moonbase"},
    )
    luna = Spinner(fair, {**theirs, "Authorization": f"Bearer {answer.json()['access_token']}"})
    assert (await luna.get("/wheels")).json()["wheels"] == []
    assert told(await luna.get("/wheels/1")) == (404, "wheel_not_found_or_inactive")
    assert told(await luna.spin()) == (404, "wheel_not_found_or_inactive")


async def test_a_project_or_tenant_that_is_closed_lets_nobody_in_and_one_that_opens_does_at_once(fair: Fair) -> None:
    await fair.project(status="inactive")
    client = {"x-client-id": "calm", "x-client-secret": "calm-secret"}
    assert await asked(fair, client) == {BAD_CLIENT}
    await fair.project()
    assert await asked(fair, client) == {NO_TOKEN}
    tenant = {"slug": "starlight", "brand": "starlight", "environment": "test"}
    assert (await fair.town.put("tenant", "starlight", tenant | {"status": "suspended"})).status_code == 200
    assert await asked(fair, CLIENT) == {(403, "tenant_suspended")}


async def test_published_credentials_open_nothing_in_production(tables: str) -> None:
    async with fair_over(tables):
        pass
    async with gateway(tables, environment="production") as town:
        await eventually("the doors are open", lambda: _refused(town))


async def _refused(town: Town) -> bool:
    return told(await town.nobody.get("/wheels", headers=CLIENT)) == BAD_CLIENT


async def test_each_player_has_a_rate_limit_of_their_own(fair: Fair) -> None:
    await fair.project(burst=3, per_second=1)
    rocket, groot = await fair.calm(), await fair.calm("groot")
    answers = [await rocket.get("/wheels") for _ in range(8)]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert told(limited) == (429, "rate_limited")
    assert limited.headers["retry-after"] == "1"
    assert (await groot.get("/wheels")).status_code == 200


ADMITTED: Final = [
    ("an unknown path",       "GET", "/wheels/1/nothing",        404, "not_found"),
    ("a path too deep",       "GET", "/wheels/1/state/x",        404, "not_found"),
    ("no slug",               "GET", "/wheels/by-key",           404, "not_found"),
    ("an empty slug",         "GET", "/wheels/by-key/",          404, "not_found"),
    ("an unknown module",     "GET", "/client/wallet",           404, "not_found"),
    ("client alone",          "GET", "/client",                  404, "not_found"),
    ("another's method",      "PUT", "/wheels/1/spin",           405, "method_not_allowed"),
    ("a page of ours",        "GET", "/wheels/x/openapi.json",   404, "not_found"),
    ("an encoded slash",      "GET", "/wheels/by-key/a%2Fb",     400, "invalid_request"),
    ("an encoded NUL",        "GET", "/wheels/by-key/a%00",      400, "invalid_request"),
    ("no text",               "GET", "/wheels/by-key/%FF",       400, "invalid_request"),
    ("a long slug",           "GET", f"/wheels/by-key/{'x' * 129}", 400, "invalid_request"),
    ("a query",               "GET", "/wheels?limit=5",          400, "invalid_request"),
    ("a key with a space",    "POST", "/wheels/1/spin",          400, "invalid_request"),
]  # fmt: skip


async def test_everything_else_that_is_wrong_is_told_in_the_doors_own_shape(fair: Fair) -> None:
    headers = {**(await fair.at()).headers, "Idempotency-Key": "a b"}
    facts = await fair.town.events()
    for what, method, path, status, reason in ADMITTED:
        answer = await fair.town.nobody.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (status, reason), what
        assert list(answer.json()) == ["detail"], what
    for key in ("x" * 129, "ä", "a/b"):
        for path in ("spin", "dry-spin"):
            sent = {**headers, "Idempotency-Key": key.encode()}
            answer = await fair.town.nobody.post(f"{DAILY}/{path}", headers=sent)  # type: ignore[arg-type]
            assert told(answer)[0] == 400, key
    assert (await fair.town.nobody.get("/wheels/1/spin", headers=headers)).headers["allow"] == "POST"
    assert await fair.town.events() == facts


async def test_a_spin_says_nothing_in_its_body_and_what_it_says_all_the_same_is_not_overlooked(fair: Fair) -> None:
    headers, facts = (await fair.at()).headers, await fair.town.events()
    for path in ("spin", "dry-spin"):
        for body, status, reason in (
            (b'{"idempotency_key":"k"}', 400, "invalid_request"),
            (b"[]", 400, "invalid_request"),
            (b"{", 400, "invalid_request"),
            (b" " * 65_537, 413, "request_too_large"),
        ):
            answer = await fair.town.nobody.post(f"/wheels/1/{path}", headers=headers, content=body)
            assert (answer.status_code, answer.json()["detail"].partition(": ")[0]) == (status, reason), body
    assert await fair.town.events() == facts
    assert (await fair.town.nobody.post("/wheels/1/spin", headers=headers, content=b"{}")).status_code == 200


async def test_a_token_is_issued_for_known_players_in_known_projects_alone(fair: Fair) -> None:
    path = "/admin/v1/players/{}/access-token"

    async def told_admin(player: str, **body: Any) -> tuple[int, str]:
        answer = await fair.town.admin.post(path.format(player), json=body)
        return answer.status_code, answer.json().get("code", "")

    answer = await fair.town.admin.post(path.format("rocket"), json={"permissions": ["client.spin_wheel"]})
    issued = answer.json()
    assert (answer.status_code, list(issued)) == (200, ["access_token", "token_type", "expires_in"])
    assert (issued["token_type"], issued["expires_in"]) == ("bearer", 3_600)
    assert (await fair.town.nobody.get("/wheels", headers=bearer(issued["access_token"]))).status_code == 200
    await fair.project()
    some: dict[str, Any] = {"permissions": ["client.spin_wheel"]}
    assert await told_admin("rocket", **some) == (400, "VALIDATION"), "which of the two projects?"
    assert await told_admin("rocket", **some, project="nope") == (404, "NO_PROJECT")
    assert await told_admin("nobody", **some, project="demo") == (404, "NO_PLAYER")
    assert await told_admin("rocket", project="demo") == (400, "VALIDATION")
    assert await told_admin("rocket", permissions=["Client Spin"], project="demo") == (400, "VALIDATION")
    assert await told_admin("rocket", permissions=["x"] * 33, project="demo") == (400, "VALIDATION")
    user_id = (await fair.town.key.get("/v1/players/rocket")).json()["user_id"]
    assert await told_admin(user_id, **some, project="demo") == (200, "")
