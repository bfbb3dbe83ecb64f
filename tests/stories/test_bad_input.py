"""Whatever is wrong with a request is told in the door's own words, is never our fault, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import pytest

from tests.stories.town import ADMIN, KEY, SECRET, Town

pytestmark = pytest.mark.postgres

OPEN: Final = "/v1/lootbox/starter-box/open"
CREDIT: Final = "/admin/v1/players/rocket/credit"
PASSWORD: Final = "/admin/v1/players/rocket/password"
TOKEN: Final = "/admin/v1/players/rocket/access-token"
BONUS: Final = "/admin/v1/wheels/nope/bonus-spins"
BOX: Final = "/admin/v1/definitions/lootbox/other"
DEEP: Final = b'{"user_id":' + b"[" * 60_000
REVOKED: Final = "wsk_test_" + "0" * 48
READER: Final = "wsk_test_" + "1" * 48
SLOW: Final = "wsk_test_" + "decade" * 8


class Bad(NamedTuple):
    """One request and the answer it must get."""

    what: str
    request: str
    body: bytes | None
    status: int
    code: str
    headers: Mapping[str, str] = MappingProxyType({})


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def with_user(text: bytes) -> bytes:
    return b'{"user_id":"rocket","idempotency_key":"bad"' + text + b"}"


ENGAGEMENT: Final = [
    Bad("no body",               f"POST {OPEN}", b"",                                     400, "VALIDATION"),
    Bad("malformed JSON",        f"POST {OPEN}", b'{"user_id":',                          400, "VALIDATION"),
    Bad("two values",            f"POST {OPEN}", b"{} {}",                                400, "VALIDATION"),
    Bad("not an object",         f"POST {OPEN}", b"[]",                                   400, "VALIDATION"),
    Bad("a wrong type",          f"POST {OPEN}", b'{"user_id":7}',                        400, "VALIDATION"),
    Bad("null for a name",       f"POST {OPEN}", b'{"user_id":null}',                     400, "VALIDATION"),
    Bad("a missing field",       f"POST {OPEN}", b'{"idempotency_key":"k"}',              400, "VALIDATION"),
    Bad("an unknown field",      f"POST {OPEN}", with_user(b',"extra":1'),                400, "VALIDATION"),
    Bad("a field twice",         f"POST {OPEN}", with_user(b',"user_id":"groot"'),        400, "VALIDATION"),
    Bad("a NUL",                 f"POST {OPEN}", b'{"user_id":"a\\u0000b"}',              400, "VALIDATION"),
    Bad("a lone surrogate",      f"POST {OPEN}", b'{"user_id":"\\ud800"}',                400, "VALIDATION"),
    Bad("a slash in a name",     f"POST {OPEN}", b'{"user_id":"a/b"}',                    400, "VALIDATION"),
    Bad("an empty name",         f"POST {OPEN}", b'{"user_id":""}',                       400, "VALIDATION"),
    Bad("a long name",           f"POST {OPEN}", b'{"user_id":"' + b"x" * 129 + b'"}',    400, "VALIDATION"),
    Bad("a long key",            f"POST {OPEN}", with_user(b"")[:-2] + b"x" * 255 + b'"}', 400, "VALIDATION"),
    Bad("NaN",                   f"POST {OPEN}", with_user(b',"n":NaN'),                  400, "VALIDATION"),
    Bad("Infinity",              f"POST {OPEN}", with_user(b',"n":-Infinity'),            400, "VALIDATION"),
    Bad("a number too large",    f"POST {OPEN}", with_user(b',"n":1e999'),                400, "VALIDATION"),
    Bad("an inexact integer",    f"POST {OPEN}", with_user(b',"n":[{"m":9007199254740993}]'), 400, "VALIDATION"),
    Bad("endless digits",        f"POST {OPEN}", with_user(b',"n":' + b"9" * 5_000),      400, "VALIDATION"),
    Bad("bytes that are no text", f"POST {OPEN}", b'{"user_id":"\xff"}',                  400, "VALIDATION"),
    Bad("UTF-16",                f"POST {OPEN}", '{"user_id":"a"}'.encode("utf-16"),      400, "VALIDATION"),
    Bad("deep nesting",          f"POST {OPEN}", DEEP,                                    400, "VALIDATION"),
    Bad("too large a body",      f"POST {OPEN}", with_user(b" " * 65_536),                413, "TOO_LARGE"),
    Bad("an unknown lootbox",    "POST /v1/lootbox/nope/open", with_user(b""),            404, "NO_LOOTBOX"),
    Bad("an unknown player",     f"POST {OPEN}", b'{"user_id":"nobody"}',                 404, "NO_PLAYER"),
    Bad("a paused lootbox",      "POST /v1/lootbox/paused/open", with_user(b""),          409, "NOT_ACTIVE"),
    Bad("a blocked player",      f"POST {OPEN}", b'{"user_id":"groot"}',                  409, "PLAYER_BLOCKED"),
    Bad("an encoded slash",      "POST /v1/lootbox/a%2Fb/open", with_user(b""),           400, "VALIDATION"),
    Bad("an encoded NUL",        "POST /v1/lootbox/a%00/open", with_user(b""),            400, "VALIDATION"),
    Bad("a path that is no text", "POST /v1/lootbox/%FF/open", with_user(b""),            400, "VALIDATION"),
    Bad("a long id",             f"GET /v1/lootbox/{'x' * 129}", None,                    400, "VALIDATION"),
    Bad("no id",                 "GET /v1/lootbox/", None,                                404, "NOT_FOUND"),
    Bad("an unknown path",       "GET /v1/nothing", None,                                 404, "NOT_FOUND"),
    Bad("a path too deep",       "GET /v1/lootbox/a/b/c", None,                           404, "NOT_FOUND"),
    Bad("no door",               "GET /nothing", None,                                    404, "NOT_FOUND"),
    Bad("an unknown method",     f"GET {OPEN}", None,                                     405, "METHOD_NOT_ALLOWED"),
    Bad("another's method",      "PUT /v1/players/rocket", b"{}",                         405, "METHOD_NOT_ALLOWED"),
    Bad("an unknown query",      "GET /v1/lootbox/starter-box?player=rocket", None,       400, "VALIDATION"),
    Bad("a query twice",         "GET /v1/lootbox/starter-box?user_id=a&user_id=b", None, 400, "VALIDATION"),
    Bad("a query with a NUL",    "GET /v1/lootbox/starter-box?user_id=%00", None,         400, "VALIDATION"),
    Bad("a query that is no text", "GET /v1/lootbox/starter-box?user_id=%FF", None,       400, "VALIDATION"),
    Bad("a query of a stranger", "GET /v1/lootbox/starter-box?user_id=nobody", None,      404, "NO_PLAYER"),
    Bad("an unknown one's wallet", "GET /v1/players/nobody/wallet", None,                 404, "NO_PLAYER"),
    Bad("an unknown one's dossier", "GET /v1/players/nobody", None,                       404, "NO_PLAYER"),
    Bad("an unknown one's status", "PATCH /v1/players/nobody/status", b'{"status":"closed","reason":"x"}',
                                                                                          404, "NO_PLAYER"),
    Bad("an unknown status",     "PATCH /v1/players/rocket/status", b'{"status":"gone","reason":"x"}',
                                                                                          400, "VALIDATION"),
    Bad("no reason",             "PATCH /v1/players/rocket/status", b'{"status":"closed"}', 400, "VALIDATION"),
    Bad("no mail address",       "POST /v1/players", b'{"username":"new"}',               400, "VALIDATION"),
    Bad("half a mail address",   "POST /v1/players", b'{"username":"new","email":"a@"}',  400, "VALIDATION"),
    Bad("a day that never was",  "POST /v1/players", b'{"username":"new","email":"a@b","date_of_birth":"2001-02-30"}',
                                                                                          400, "VALIDATION"),
    Bad("a country in words",    "POST /v1/players", b'{"username":"new","email":"a@b","country_code":"Malta"}',
                                                                                          400, "VALIDATION"),
    Bad("no key",                "GET /v1/me", None,
                                     401, "AUTH_REQUIRED", {"Authorization": ""}),
    Bad("an empty scheme",       "GET /v1/me", None,
                                     401, "AUTH_INVALID", {"Authorization": "Bearer"}),
    Bad("another scheme",        "GET /v1/me", None,
                                     401, "AUTH_INVALID", {"Authorization": "Basic YTpi"}),
    Bad("an unknown key",        "GET /v1/me", None,
                                     401, "AUTH_INVALID", bearer("wsk_live_" + "a" * 48)),
    Bad("a key in capitals",     "GET /v1/me", None,
                                     401, "AUTH_INVALID", bearer(SECRET.upper())),
    Bad("the admin's key",       "GET /v1/me", None,                                      401, "AUTH_INVALID", ADMIN),
    Bad("a revoked key",         f"POST {OPEN}", with_user(b""),
                                     401, "AUTH_INVALID", bearer(REVOKED)),
    Bad("a reader who writes",   f"POST {OPEN}", with_user(b""),
                                     403, "SCOPE_DENIED", bearer(READER)),
    Bad("a reader of boxes",     "GET /v1/players/rocket", None,
                                     403, "SCOPE_DENIED", bearer(READER)),
    Bad("a suspended tenant",    f"POST {OPEN}", with_user(b""),
                                     403, "TENANT_SUSPENDED", bearer("wsk_test_" + "2" * 48)),
]  # fmt: skip

ADMINS: Final = [
    Bad("no key",                f"POST {CREDIT}", b"{}",
                                     401, "AUTH_REQUIRED", {"Authorization": ""}),
    Bad("a tenant's key",        f"POST {CREDIT}", b"{}",                                 401, "AUTH_INVALID", KEY),
    Bad("malformed JSON",        f"POST {CREDIT}", b"{",                                  400, "VALIDATION"),
    Bad("an unknown asset",      f"POST {CREDIT}", b'{"asset":"GOLD","amount":1}',        400, "VALIDATION"),
    Bad("nothing",               f"POST {CREDIT}", b'{"asset":"WINZ","amount":0}',        400, "VALIDATION"),
    Bad("less than nothing",     f"POST {CREDIT}", b'{"asset":"WINZ","amount":-1}',       400, "VALIDATION"),
    Bad("a fraction",            f"POST {CREDIT}", b'{"asset":"WINZ","amount":1.0}',      400, "VALIDATION"),
    Bad("a number in quotes",    f"POST {CREDIT}", b'{"asset":"WINZ","amount":"1"}',      400, "VALIDATION"),
    Bad("true for one",          f"POST {CREDIT}", b'{"asset":"WINZ","amount":true}',     400, "VALIDATION"),
    Bad("too much",              f"POST {CREDIT}", b'{"asset":"WINZ","amount":9007199254740993}', 400, "VALIDATION"),
    Bad("more than a wallet holds", f"POST {CREDIT}", b'{"asset":"WINZ","amount":9007199254740992}',
                                     409, "LIMIT_EXCEEDED"),
    Bad("an unknown player",     "POST /admin/v1/players/nobody/credit", b'{"asset":"WINZ","amount":1}',
                                     404, "NO_PLAYER"),
    Bad("a blocked player",      "POST /admin/v1/players/groot/credit", b'{"asset":"WINZ","amount":1}',
                                     409, "PLAYER_BLOCKED"),
    Bad("what is not there",     "POST /admin/v1/players/rocket/debit", b'{"asset":"WINZ","amount":10001}',
                                     402, "INSUFFICIENT_BALANCE"),
    Bad("a short password",      f"PUT {PASSWORD}", b'{"password":"seven77"}',            400, "VALIDATION"),
    Bad("a password twice",      f"PUT {PASSWORD}", b'{"password":"long enough","password":"x"}', 400, "VALIDATION"),
    Bad("nobody's password",     "PUT /admin/v1/players/nobody/password", b'{"password":"long enough"}',
                                     404, "NO_PLAYER"),
    Bad("no permissions",        f"POST {TOKEN}", b"{}",                                  400, "VALIDATION"),
    Bad("no project at all",     f"POST {TOKEN}", b'{"permissions":[]}',                  404, "NO_PROJECT"),
    Bad("an unknown project",    f"POST {TOKEN}", b'{"permissions":[],"project":"x"}',    404, "NO_PROJECT"),
    Bad("an unknown wheel",      f"POST {BONUS}", b'{"player":"rocket","count":1}',       404, "NO_WHEEL"),
    Bad("a stranger's spins",    f"POST {BONUS}", b'{"player":"nobody","count":1}',       404, "NO_PLAYER"),
    Bad("no spins",              f"POST {BONUS}", b'{"player":"rocket","count":0}',       400, "VALIDATION"),
    Bad("too many spins",        f"POST {BONUS}", b'{"player":"rocket","count":1001}',    400, "VALIDATION"),
    Bad("an unknown kind",       "PUT /admin/v1/definitions/thing/x", b'{"spec":{}}',     400, "VALIDATION"),
    Bad("another kind",          f"PUT {BOX}", b'{"spec":{},"kind":"asset"}',             400, "VALIDATION"),
    Bad("no spec",               f"PUT {BOX}", b"{}",                                     400, "VALIDATION"),
    Bad("too large a body",      f"PUT {BOX}", b" " * (4 * 1024 * 1024 + 1),              413, "TOO_LARGE"),
    Bad("no definition",         "GET /admin/v1/definitions/lootbox/nope", None,          404, "NO_DEFINITION"),
    Bad("nothing to remove",     "DELETE /admin/v1/definitions/lootbox/nope", None,       404, "NO_DEFINITION"),
    Bad("a player to remove",    "DELETE /admin/v1/definitions/player/rocket", None,      400, "VALIDATION"),
    Bad("a list of players",     "GET /admin/v1/definitions/player", None,                400, "VALIDATION"),
    Bad("an unknown kind's list", "GET /admin/v1/definitions/thing", None,                400, "VALIDATION"),
    Bad("no player",             "GET /admin/v1/players/nobody", None,                    404, "NO_PLAYER"),
    Bad("no player's spec",      "GET /admin/v1/definitions/player/nobody", None,         404, "NO_PLAYER"),
    Bad("an unknown tenant",     "GET /admin/v1/definitions/lootbox", None,
                                     404, "NO_TENANT", {"X-Tenant": "nowhere"}),
    Bad("an impossible tenant",  "GET /admin/v1/definitions/lootbox", None,
                                     400, "VALIDATION", {"X-Tenant": "a/b"}),
    Bad("a player of nowhere",   "PUT /admin/v1/definitions/player/x", b'{"spec":{}}',
                                     404, "NO_TENANT", {"X-Tenant": "nowhere"}),
    Bad("an unknown path",       "GET /admin/v1/nothing", None,                           404, "NOT_FOUND"),
    Bad("an unknown version",    "GET /admin/v2/status", None,                            404, "NOT_FOUND"),
    Bad("an unknown method",     "PATCH /admin/v1/status", b"{}",                         405, "METHOD_NOT_ALLOWED"),
]  # fmt: skip

PRIZE: Final = {"segment_label": "a", "asset": "WINZ", "amount": 1, "weight": 1}

SPECS: Final[list[tuple[str, str, dict[str, Any], str]]] = [
    ("lootbox", "weights of zero",   {"name": "x", "prizes": [PRIZE | {"weight": 0}]},      "spec"),
    ("lootbox", "an unknown asset",  {"name": "x", "prizes": [PRIZE | {"asset": "GOLD"}]},  "spec.prizes[0].asset"),
    ("lootbox", "a negative weight", {"name": "x", "prizes": [PRIZE, PRIZE | {"weight": -1}]}, "spec.prizes[1].weight"),
    ("lootbox", "no prizes",         {"name": "x", "prizes": []},                           "spec.prizes"),
    ("lootbox", "an unknown field",  {"name": "x", "prizes": [PRIZE], "colour": "red"},     "spec.colour"),
    ("asset",   "a wrong type",      {"name": "x", "scale": "two"},                         "spec.scale"),
    ("player",  "an unknown asset",  {"opening_balances": {"GOLD": 1}},                   "spec.opening_balances.GOLD"),
    ("player",  "less than nothing", {"opening_balances": {"WINZ": -1}},                  "spec.opening_balances.WINZ"),
    ("api_key", "no secret",         {},                                                    "spec.secret_hash"),
    ("player",  "a short password",  {"password": "seven77"},                               "spec.password"),
    ("project", "no secret",         {"name": "x", "client_id": "x"},                       "spec.client_secret_hash"),
    ("wheel",   "no project",        {"project": "nope", "name": "x"},                      "spec.project"),
    ("tenant",  "a slug with a space", {"slug": "a b", "brand": "x"},                       "spec.slug"),
]  # fmt: skip


@pytest.fixture
async def prepared(town: Town) -> Town:
    """Beside the small world: a paused box, a blocked player, and keys of every bad sort."""
    await town.put("lootbox", "paused", {"name": "Paused", "status": "paused", "prizes": [PRIZE]})
    await town.put("player", "groot", {"opening_balances": {"WINZ": 10}})
    blocked = {"status": "suspended", "reason": "the story wants it"}
    assert (await town.key.patch("/v1/players/groot/status", json=blocked)).status_code == 201
    await town.put("api_key", "revoked", {"secret": REVOKED, "status": "revoked"})
    await town.put("api_key", "reader", {"secret": READER, "scopes": ["engagement:read"]})
    await town.put("tenant", "gone", {"slug": "gone", "brand": "gone", "status": "suspended"}, tenant="gone")
    await town.put("api_key", "theirs", {"secret": "wsk_test_" + "2" * 48}, tenant="gone")
    return town


async def wrong_answers(town: Town, rows: list[Bad], client: Any) -> list[str]:
    found = []
    for row in rows:
        method, _, path = row.request.partition(" ")
        caller = town.nobody if row.headers.get("Authorization") == "" else client
        headers = {name: value for name, value in row.headers.items() if value}
        before = await town.events()
        answer = await caller.request(method, path, content=row.body, headers=headers)
        body = answer.json()
        written = await town.events() - before - (2 if row.code == "PLAYER_BLOCKED" and "open" in path else 0)
        told = (answer.status_code, body.get("code"))
        if told != (row.status, row.code) or not isinstance(body["error"], str) or not body["error"] or written > 0:
            found.append(f"{row.what}: {told} instead of {(row.status, row.code)}, {written} written: {body}")
    return found


async def test_every_bad_request_at_the_engagement_door_gets_its_own_code_and_writes_nothing(prepared: Town) -> None:
    assert await wrong_answers(prepared, ENGAGEMENT, prepared.key) == []


async def test_every_bad_request_at_the_admin_door_gets_its_own_code_and_writes_nothing(prepared: Town) -> None:
    assert await wrong_answers(prepared, ADMINS, prepared.admin) == []


async def test_an_error_has_the_doors_shape_and_nothing_else(prepared: Town) -> None:
    answer = await prepared.key.post("/v1/lootbox/nope/open", json={"user_id": "rocket"})
    assert answer.json() == {"error": "there is no such lootbox", "code": "NO_LOOTBOX"}
    assert answer.headers["content-type"] == "application/json"


async def test_a_definition_that_makes_no_sense_is_refused_with_the_path_of_the_field(prepared: Town) -> None:
    before = await prepared.events()
    for kind, what, spec, path in SPECS:
        answer = await prepared.put(kind, "broken", spec)
        body = answer.json()
        assert (answer.status_code, body["code"], body["path"]) == (400, "VALIDATION", path), (what, body)
        assert body["error"].startswith(path), (what, body)
    assert await prepared.events() == before


async def test_a_used_key_with_another_body_is_a_conflict_at_both_doors(prepared: Town) -> None:
    await prepared.put("lootbox", "second-box", {"name": "Second", "prizes": [PRIZE]})
    assert (await prepared.open_box("one-key")).status_code == 201
    other = await prepared.key.post(
        "/v1/lootbox/second-box/open", json={"user_id": "rocket", "idempotency_key": "one-key"}
    )
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    money = {"asset": "WINZ", "amount": 5, "idempotency_key": "one-key"}
    assert (await prepared.admin.post(CREDIT, json=money)).status_code == 201
    other = await prepared.admin.post(CREDIT, json={**money, "amount": 6})
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")


async def test_a_refusal_frees_its_key(prepared: Town) -> None:
    money = {"asset": "WINZ", "amount": 10_500, "idempotency_key": "later"}
    refused = await prepared.admin.post("/admin/v1/players/rocket/debit", json=money)
    assert refused.status_code == 402
    await prepared.admin.post(CREDIT, json={"asset": "WINZ", "amount": 500})
    granted = await prepared.admin.post("/admin/v1/players/rocket/debit", json=money)
    assert (granted.status_code, granted.json()["balance"]) == (201, 0)


async def test_a_405_tells_what_is_allowed(prepared: Town) -> None:
    assert (await prepared.key.get(OPEN)).headers["allow"] == "POST"
    assert (await prepared.key.put("/v1/players/rocket")).headers["allow"] == "GET"


async def test_a_request_id_is_echoed_and_made_up_if_it_cannot_be(prepared: Town) -> None:
    sent = await prepared.key.get("/v1/me", headers={"X-Request-Id": "mine-7"})
    assert sent.headers["x-request-id"] == "mine-7"
    for bad in (b"x" * 129, b"caf\xe9"):
        made = (await prepared.key.get("/v1/nothing", headers={b"X-Request-Id": bad})).headers["x-request-id"]
        assert len(made) == 36


async def test_a_key_that_is_not_the_tenants_own_rate_has_its_own_bucket(prepared: Town) -> None:
    await prepared.put("api_key", "slow", {"secret": SLOW, "burst": 5, "per_second": 1})
    slow = [await prepared.nobody.get("/v1/me", headers=bearer(SLOW)) for _ in range(7)]
    assert [answer.status_code for answer in slow][:5] == [200] * 5
    refused = next(answer for answer in slow if answer.status_code == 429)
    assert refused.json()["code"] == "RATE_LIMIT"
    assert int(refused.headers["retry-after"]) >= 1
    assert (await prepared.key.get("/v1/me")).status_code == 200
