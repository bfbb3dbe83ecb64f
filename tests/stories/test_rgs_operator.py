"""Operators sign what they ask, see which games they may launch, and let players in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.operator_wallet.signature import signature_of
from tests.stories.casino import (
    ABROAD,
    HOUSE,
    HOUSE_SECRET,
    MINES,
    Casino,
    OperatorProgram,
    casino_over,
    said,
    token_in,
)
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres

UNSIGNED = (401, "ERROR_CODE_INVALID_SIGNATURE")
LAUNCH = "/operator/launch"
BODY = {"playerId": "player-1", "currency": "USD", "gameCode": "dice-alpha", "countryCode": "US"}
SENSELESS: Final[tuple[tuple[dict[str, Any], tuple[int, str]], ...]] = (
    ({"gameCode": "dice-omega"}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"currency": "EUR"}, (400, "ERROR_CODE_WRONG_CURRENCY")),
    ({"currency": "RMB"}, (400, "ERROR_CODE_WRONG_CURRENCY")),
    ({"currency": ""}, (400, "ERROR_CODE_INVALID_MESSAGE")),
    ({"countryCode": "USA-TOO-LONG"}, (400, "ERROR_CODE_INVALID_MESSAGE")),
    ({"countryCode": "us"}, (400, "ERROR_CODE_INVALID_MESSAGE")),
    ({"playerId": None}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"playerId": "a/b"}, (400, "ERROR_CODE_INVALID_MESSAGE")),
    ({"playerId": "demo:rocket"}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"playerId": "x" * 124, "demo": True}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"lobbyUrl": "javascript:alert(1)"}, (400, "ERROR_CODE_INVALID_MESSAGE")),
    ({"details": {"x": "y" * 2_048}}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"betLimits": {"minBet": "1"}}, (400, "ERROR_CODE_INVALID_MESSAGE")),
    ({"betLimits": {"minBet": "2", "maxWin": "1"}}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"betLimits": {"minBet": "0.001", "maxWin": "1"}}, (400, "ERROR_CODE_INVALID_PARAM")),
    ({"betLimits": {"minBet": "1", "maxWin": "100000.01"}}, (400, "ERROR_CODE_PARAM_OUT_OF_RANGE")),
    ({"player": "rocket"}, (400, "ERROR_CODE_INVALID_MESSAGE")),
)
"""What is changed of a launch, and how it is refused then."""
FORGED: Final = (
    {"X-HMAC-SHA256": "0" * 64},
    {"X-HMAC-SHA256": "A" * 64},
    {"X-HMAC-SHA256": ""},
    {"X-Operator-ID": ABROAD},
    {"X-Operator-ID": "nobody"},
    {"X-Operator-ID": "a/b"},
    {"X-Timestamp": "1700000000"},
    {"X-Timestamp": "now"},
)
"""Headers that are not what was signed."""


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


async def test_a_launch_answers_the_address_of_the_client_to_the_letter(casino: Casino) -> None:
    answer = await casino.house.post(LAUNCH, BODY)
    assert answer.status_code == 200, answer.text
    token = token_in(answer.json()["launchUrl"])
    assert answer.json() == {"launchUrl": f"/play/dice?sessionToken={token}&id=dice-alpha"}
    assert len(token) == 43
    with_lobby = await casino.house.launch("mines-beta", "player-1", lobbyUrl="https://lobby.example/?a=1&b=2")
    query = parse_qs(urlsplit(with_lobby.json()["launchUrl"]).query)
    assert query["id"] == ["mines-beta"]
    assert query["lobbyUrl"] == ["https://lobby.example/?a=1&b=2"]
    assert urlsplit(with_lobby.json()["launchUrl"]).path == "/play/mines"


async def test_a_player_who_is_in_goes_on_in_the_same_session(casino: Casino) -> None:
    first = await casino.house.launch()
    assert (await casino.house.launch()).json() == first.json()
    others = [await casino.house.launch("dice-beta"), await casino.house.launch(player="groot")]
    assert len({first.text, *(answer.text for answer in others)}) == 3


async def test_nothing_of_a_token_is_stored(casino: Casino) -> None:
    token = token_in((await casino.house.launch()).json()["launchUrl"])
    for table in ("events", "session_tokens", "sessions", "replies", "outbox"):
        rows = await casino.town.sql(f"select t::text from rgs.{table} t")
        assert not any(token in row[0] for row in rows), table


async def test_an_unknown_player_is_introduced_and_a_blocked_one_stays_outside(casino: Casino) -> None:
    await casino.house.let_in(player="newcomer")
    assert (await casino.town.key.get("/v1/players/newcomer")).status_code == 200
    await casino.town.key.patch("/v1/players/groot/status", json={"status": "suspended", "reason": "asked"})
    assert said(await casino.house.launch(player="groot")) == (403, "ERROR_CODE_PLAYER_DISABLED")


async def test_a_demo_needs_no_player_and_moves_no_money(casino: Casino) -> None:
    nobody = await casino.house.let_in(player=None, demo=True)
    rocket = await casino.house.let_in(player="rocket", demo=True)
    real = await casino.house.let_in(player="rocket")
    assert len({nobody.token, rocket.token, real.token}) == 3
    before = await casino.town.balance("USD")
    await rocket.played()
    assert await casino.town.balance("USD") == before
    assert (await real.shown("/game/history"))["rounds"] == [], "what is played for nothing is nobody's history"
    assert (await nobody.shown("/game/balance")) == {"balance": "1000.00"}


async def test_a_launch_that_makes_no_sense_is_refused_and_nothing_is_written(casino: Casino) -> None:
    facts = await casino.town.events()
    for changed, refused in SENSELESS:
        body = {name: value for name, value in (BODY | changed).items() if value is not None}
        assert said(await casino.house.post(LAUNCH, body)) == refused, changed
    assert await casino.town.events() == facts


async def test_limits_of_a_launch_hold_for_its_session(casino: Casino) -> None:
    limits = {"minBet": "2", "maxWin": "10"}
    client = await casino.house.let_in(betLimits=limits, details={"campaign": 7})
    assert said(await client.play())[0] == 400
    bet = {"bet": {"amount": "6.00", "over": 5000}}
    assert said(await client.play(bet)) == (400, "ERROR_CODE_PARAM_OUT_OF_RANGE")
    await client.played({"bet": {"amount": "2.00", "over": 5000}})
    again = await casino.house.launch(betLimits={"minBet": "5", "maxWin": "10"})
    assert again.status_code == 200, again.text
    assert said(await client.play({"bet": {"amount": "2.00", "over": 5000}}))[0] == 400
    rows = await casino.town.sql("select data from rgs.events where type = 'session.launched'")
    assert any('\\"campaign\\":7' in row[0] for row in rows)


async def test_players_from_refused_countries_stay_outside(casino: Casino) -> None:
    await casino.put("operator", HOUSE, countries_refused=["GB", "CA-ON"])
    for country in ("GB", "GB-ENG", "CA-ON"):
        assert said(await casino.house.launch(countryCode=country)) == (403, "ERROR_CODE_COUNTRY_NOT_ALLOWED")
    for country in ("CA", "CA-BC"):
        assert (await casino.house.launch(countryCode=country)).status_code == 200


async def test_games_and_currencies_are_those_of_the_operator(casino: Casino) -> None:
    games = (await casino.house.get("/operator/games")).json()["games"]
    assert len(games) == 27
    dice = {"gameCode": "dice-alpha", "slug": "dice", "title": "Dice", "rtp": "0.99"}
    assert dice in games
    assert (await casino.house.get("/operator/currencies")).json() == {"currencies": ["USD"]}
    await casino.put("game", "dice-delta", status="inactive")
    await casino.put("operator", HOUSE, games=["dice-alpha", "dice-delta"])
    assert (await casino.house.get("/operator/games")).json() == {"games": [dice]}
    assert said(await casino.house.launch("dice-delta"))[0] == 400
    assert said(await casino.house.launch("mines-alpha"))[0] == 400


async def test_a_currency_may_be_called_by_its_other_name(casino: Casino) -> None:
    await casino.town.put("asset", "CNY", {"name": "Renminbi", "scale": 2})
    await casino.put("operator", HOUSE, currencies=["USD", "CNY"])
    assert (await casino.house.get("/operator/currencies")).json() == {"currencies": ["USD", "CNY", "RMB"]}
    assert (await casino.house.launch(currency="RMB")).json() == (await casino.house.launch(currency="CNY")).json()


async def test_what_is_not_signed_by_the_operator_is_refused(casino: Casino) -> None:
    for changed in FORGED:
        assert said(await casino.house.get("/operator/games", **changed)) == UNSIGNED, changed
        assert said(await casino.house.post(LAUNCH, BODY, **changed)) == UNSIGNED, changed


async def test_a_signature_is_good_for_thirty_seconds_for_its_path_and_its_body(casino: Casino) -> None:
    for late_s in (60, -80):
        assert said(await casino.house.get("/operator/games", late_s=late_s)) == UNSIGNED
    headers = casino.house.signed("/operator/games")
    assert said(await casino.town.nobody.get("/operator/currencies", headers=headers)) == UNSIGNED
    headers = casino.house.signed(LAUNCH, json.dumps(BODY, separators=(",", ":")).encode())
    other = await casino.town.nobody.post(LAUNCH, json=BODY | {"playerId": "groot"}, headers=headers)
    assert said(other) == UNSIGNED
    assert said(await casino.town.nobody.get("/operator/games")) == UNSIGNED


async def test_a_body_is_signed_as_it_is_without_white_space(casino: Casino) -> None:
    compact = json.dumps(BODY | {"details": {"note": 'a  "b" \\'}}, separators=(",", ":")).encode()
    spaced = json.dumps(json.loads(compact), indent=2).encode()
    answer = await casino.town.nobody.post(LAUNCH, content=spaced, headers=casino.house.signed(LAUNCH, compact))
    assert answer.status_code == 200, answer.text
    unread = b'{"playerId": '
    broken = casino.house.signed(LAUNCH, unread.replace(b" ", b""))
    assert said(await casino.town.nobody.post(LAUNCH, content=unread, headers=broken))[0] == 400
    assert said(await casino.town.nobody.post(LAUNCH, content=unread, headers=casino.house.signed(LAUNCH))) == UNSIGNED


async def test_the_signature_of_a_launch_counts_once(casino: Casino) -> None:
    compact = json.dumps(BODY, separators=(",", ":")).encode()
    headers = casino.house.signed(LAUNCH, compact)
    answers = [await casino.town.nobody.post(LAUNCH, content=compact, headers=headers) for _ in range(2)]
    assert answers[0].status_code == 200
    assert said(answers[1]) == UNSIGNED
    reads = casino.house.signed("/operator/games")
    assert [(await casino.town.nobody.get("/operator/games", headers=reads)).status_code for _ in range(2)] == [200] * 2


async def test_an_operator_may_sign_as_it_did_long_ago_if_that_is_configured(casino: Casino) -> None:
    compact, path = json.dumps(BODY, separators=(",", ":")).encode(), LAUNCH
    old = casino.house.signed(path, compact)
    old["X-HMAC-SHA256"] = signature_of(HOUSE_SECRET, old["X-Timestamp"], path, compact, "v0")
    assert said(await casino.town.nobody.post(path, content=compact, headers=old)) == UNSIGNED
    await casino.put("operator", HOUSE, signature="v0")
    assert (await casino.town.nobody.post(path, content=compact, headers=old)).status_code == 200
    assert said(await casino.house.post(path, BODY)) == UNSIGNED


async def test_an_operator_that_is_made_or_changed_is_known_at_once(casino: Casino) -> None:
    spec = {"name": "New", "secret": "its-secret", "currencies": ["USD"]}
    assert (await casino.town.put("operator", "new", spec)).status_code == 200
    new = OperatorProgram(casino, "new", "its-secret")
    assert (await new.get("/operator/games")).status_code == 200
    await casino.put("operator", "new", status="inactive")
    assert said(await new.get("/operator/games")) == UNSIGNED


async def test_a_suspended_tenants_operators_and_players_are_shut_out(casino: Casino) -> None:
    client = await casino.house.let_in()
    await casino.put("tenant", "starlight", status="suspended")

    async def shut_out() -> bool:
        return (await casino.house.get("/operator/games")).status_code == 403

    await eventually("the operator is shut out", shut_out)
    assert said(await client.play()) == (403, "ERROR_CODE_OPERATOR_DISABLED")


async def test_a_secret_is_kept_sealed_and_what_was_shown_can_be_put_elsewhere(casino: Casino) -> None:
    path = "/admin/v1/definitions/operator"
    shown = (await casino.town.admin.get(f"{path}/{HOUSE}")).json()
    assert "secret" not in shown["spec"]
    assert HOUSE_SECRET not in json.dumps(shown)
    for again in (shown["spec"], {**shown["spec"], "secret": HOUSE_SECRET}):
        again.pop("secret_sealed") if "secret" in again else None
        answer = await casino.town.put("operator", HOUSE, again)
        assert (answer.status_code, answer.json()["changed"]) == (200, False)
    copied = await casino.town.put("operator", "copy", shown["spec"] | {"name": "Copy"})
    assert copied.status_code == 200, copied.text
    assert copied.json()["spec"]["secret_sealed"] != shown["spec"]["secret_sealed"]
    copy = OperatorProgram(casino, "copy", HOUSE_SECRET)
    assert (await copy.get("/operator/games")).status_code == 200
    for wrong in ({"secret_sealed": "AAAA"}, {"secret": ""}, {"secret": "x" * 513}, {"secret": 7}):
        spec = {"name": "New", "currencies": ["USD"], **wrong}
        answer = await casino.town.put("operator", "new", spec)
        assert answer.status_code == 400, wrong
        assert answer.json()["path"].startswith("spec.secret"), answer.text
    both = {**shown["spec"], "secret": "x"}
    assert (await casino.town.put("operator", "new", both)).status_code == 400
    stored = await casino.town.sql("select t::text from ledger.events t union all select t::text from ledger.outbox t")
    assert not any(HOUSE_SECRET in row[0] for row in stored)


async def test_support_sees_at_which_tables_a_player_is_and_the_round_that_is_open(casino: Casino) -> None:
    async def seen() -> list[dict[str, Any]]:
        return list((await casino.town.admin.get("/admin/v1/players/rocket")).json()["tables"])

    client = await casino.house.let_in("mines-alpha")
    assert await seen() == []
    hash_ = (await client.told("/seed/current"))["serverHash"]
    table = {"operator": HOUSE, "game": "mines-alpha", "server_seed_hash": hash_}
    assert await seen() == [table | {"last_round": None}]
    round_id = (await client.played(MINES))["roundId"]
    (shown,) = await seen()
    last = {"round_id": round_id, "currency": "USD", "status": "open", "stake": 100, "payout": 0}
    assert shown == table | {"last_round": last | {"begun_at": shown["last_round"]["begun_at"]}}
