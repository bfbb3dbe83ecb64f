"""A jackpot over HTTP: wagers feed the pool exactly and once, one player is paid all of it, the next pool begins."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any, Final

import httpx
import pytest

from shared.fair.draw import below
from shared.fair.seeds import commitment
from shared.ids import PlayerId, TenantId, user_id_of
from tests.stories.town import Town

pytestmark = pytest.mark.postgres

GRAND: Final = {"name": "Grand", "asset": "USD", "seed_usd": "100.00", "contribution_rate": "0.005"}
HIDING: Final = GRAND | {"must_drop_at": {"min": "100.10", "max": "100.50"}}
ROCKET: Final = user_id_of(TenantId("starlight"), PlayerId("rocket"))
FEED: Final = "/v1/jackpots/grand/contribute"
DROP: Final = "/v1/jackpots/grand/drop"


@pytest.fixture
async def hall(town: Town) -> Town:
    """A town with one jackpot and a second player."""
    for kind, key, spec in (("jackpot", "grand", GRAND), ("player", "groot", {"opening_balances": {"USD": 0}})):
        answer = await town.put(kind, key, spec)
        assert answer.status_code == 200, answer.text
    return town


async def feed(town: Town, wager: str, amount: Any = "0.50", player: str = "rocket", **more: Any) -> httpx.Response:
    body = {"user_id": player, "source_wager_id": wager, "amount": amount} | more
    return await town.key.post(FEED, json=body)


async def drop(town: Town, **body: Any) -> httpx.Response:
    return await town.key.post(DROP, json=body)


async def shown(town: Town, jackpot: str = "grand") -> dict[str, Any]:
    answer = await town.key.get(f"/v1/jackpots/{jackpot}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_contribution_as_the_document_has_it(hall: Town) -> None:
    body = {"user_id": "rocket", "source_wager_id": "your-wager-uuid", "amount": 0.50, "idempotency_key": "jp-1"}
    balance = await hall.balance("USD")
    answer = await hall.key.post(FEED, json=body)
    assert answer.status_code == 201
    told = answer.json()
    expected = {"contribution_id": told["contribution_id"], "jackpot_id": "grand"}
    assert told == expected | {"amount": "0.50", "pool": "100.50", "deduped": False}
    assert list(told) == ["contribution_id", "jackpot_id", "amount", "pool", "deduped"]
    assert await hall.balance("USD") == balance, "it moves no money of the player"
    again = await hall.key.post(FEED, json=body)
    assert (again.status_code, again.json()) == (200, told | {"deduped": True})


async def test_a_drop_as_the_document_has_it_pays_the_last_contributor(hall: Town) -> None:
    await feed(hall, "w-1", "0.503")
    answer = await drop(hall, idempotency_key="jp-drop")
    assert answer.status_code == 201
    told = answer.json()
    assert list(told) == [
        "drop_id", "winner_user_id", "winner_username", "amount", "pool_before", "pool_after", "trigger_reason",
        "deduped",
    ]  # fmt: skip
    assert told == {
        "drop_id": told["drop_id"],
        "winner_user_id": ROCKET,
        "winner_username": "rocket",
        "amount": "100.50",
        "pool_before": "100.503",
        "pool_after": "100.003",
        "trigger_reason": "manual",
        "deduped": False,
    }
    assert await hall.balance("USD") == 10_000 + 10_050, "who was told was paid"
    again = await drop(hall, idempotency_key="jp-drop")
    assert (again.status_code, again.json()) == (200, told | {"deduped": True})
    assert await hall.balance("USD") == 10_000 + 10_050
    last = (await drop(hall)).json()
    assert last["code"] == "NO_ENTRIES", "after a drop the last contributor is forgotten"


async def test_the_winner_may_be_named_by_uuid_and_nothing_need_be_sent_otherwise(hall: Town) -> None:
    user_id = user_id_of(TenantId("starlight"), PlayerId("groot"))
    told = (await drop(hall, winner_user_id=user_id.upper())).json()
    assert (told["winner_username"], told["winner_user_id"], told["amount"]) == ("groot", user_id, "100.00")
    assert await hall.balance("USD", "groot") == 10_000
    await feed(hall, "w-1")
    assert (await hall.key.post(DROP)).json()["winner_username"] == "rocket"


async def test_what_a_jackpot_shows_before_and_after(hall: Town) -> None:
    fresh = {
        "id": "grand", "name": "Grand", "status": "active", "definition_version": 1, "asset": "USD",
        "seed_usd": "100.00", "contribution_rate": "0.005", "must_drop_at": None, "pool": "100.00",
        "last_drop": None, "next_server_seed_hash": None,
    }  # fmt: skip
    assert (await hall.key.get("/v1/jackpots")).json() == {"jackpots": [fresh]}
    assert await shown(hall) == fresh
    await feed(hall, "w-1")
    assert await shown(hall) == fresh | {"pool": "100.50"}
    told = (await drop(hall)).json()
    after = await shown(hall)
    assert after["pool"] == told["pool_after"] == "100.00"
    wanted = {name: value for name, value in told.items() if name != "deduped"}
    plain = {"definition_version": 1, "must_drop_at": None, "server_seed": None, "server_seed_hash": None}
    assert after["last_drop"] == wanted | plain | {"dropped_at": after["last_drop"]["dropped_at"]}
    assert (await hall.key.get("/v1/jackpots")).json() == {"jackpots": [after]}


async def test_a_pool_that_nobody_has_fed_follows_what_is_configured_and_a_fed_one_does_not(hall: Town) -> None:
    await hall.put("jackpot", "grand", HIDING)
    promised = (await shown(hall))["next_server_seed_hash"]
    dearer = {"seed_usd": "250.00", "must_drop_at": {"min": "300.00", "max": "400.00"}}
    await hall.put("jackpot", "grand", HIDING | dearer)
    begun = await shown(hall)
    assert (begun["pool"], begun["must_drop_at"]) == ("250.00", dearer["must_drop_at"])
    assert begun["next_server_seed_hash"] == promised
    await feed(hall, "w-1")
    await hall.put("jackpot", "grand", GRAND)
    fed = await shown(hall)
    assert (fed["pool"], fed["must_drop_at"], fed["seed_usd"]) == ("250.50", dearer["must_drop_at"], "100.00")
    assert (await drop(hall)).json()["pool_after"] == "100.00"


async def test_a_jackpot_whose_asset_was_removed_is_shown_but_neither_fed_nor_begun(hall: Town) -> None:
    await hall.put("asset", "GEMS", {"name": "Gems", "scale": 3})
    await hall.put("jackpot", "grand", HIDING | {"asset": "GEMS"})
    removed = await hall.admin.delete("/admin/v1/definitions/asset/GEMS")
    assert removed.status_code == 200, removed.text
    events = await hall.events()
    found = await shown(hall)
    assert (found["asset"], found["next_server_seed_hash"]) == ("GEMS", None)
    for answer in (await feed(hall, "w-1"), await drop(hall, winner_user_id="rocket")):
        assert answer.status_code == 400
        assert answer.json() == {"error": "there is no asset GEMS", "code": "VALIDATION"}
    assert await hall.events() == events


async def test_a_wager_counts_once_under_any_key(hall: Town) -> None:
    first = await feed(hall, "w-1", "0.50", idempotency_key="a")
    for more in ({"idempotency_key": "b"}, {}, {"idempotency_key": "b"}):
        again = await feed(hall, "w-1", 0.5, **more)
        assert (again.status_code, again.json()) == (200, first.json() | {"deduped": True})
    for other in (await feed(hall, "w-1", "0.51"), await feed(hall, "w-1", player="groot")):
        assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert (await shown(hall))["pool"] == "100.50"


async def test_one_key_with_another_body_is_a_conflict(hall: Town) -> None:
    await feed(hall, "w-1", idempotency_key="one")
    other = await feed(hall, "w-2", idempotency_key="one")
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
    assert (await shown(hall))["pool"] == "100.50"


EXACT: Final = ["0.1", "0.000001", "0.30", "1e-1", '"0.123456"', "9007", "8999999999.123457"]
NONE: Final = [
    "0.1234567", "1.0000000", "0.50000000000000000000001", "0", "0.0", '"0.000000"', "-0.5", '"-1"', "NaN", '"NaN"',
    "Infinity", "1e400", "1E3", "1e-99999999999999999999", '"1e1"', '"0x1"', '" 1"', '""', "true", "null", "[1]", "{}",
    '"9007199255"', "9007199254740993", '"00.5"', '"1,5"',
]  # fmt: skip


async def test_an_amount_is_taken_digit_by_digit(hall: Town) -> None:
    pool = Decimal(100)
    for n, amount in enumerate(EXACT):
        body = f'{{"user_id":"rocket","source_wager_id":"w-{n}","amount":{amount}}}'
        answer = await hall.key.post(FEED, content=body)
        pool += Decimal(amount.strip('"'))
        assert (answer.status_code, Decimal(answer.json()["pool"])) == (201, pool)


async def test_what_is_no_amount_is_refused_and_nothing_is_written(hall: Town) -> None:
    events = await hall.events()
    for amount in NONE:
        body = f'{{"user_id":"rocket","source_wager_id":"w","amount":{amount}}}'
        answer = await hall.key.post(FEED, content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION"), amount
    assert await hall.events() == events


BAD: Final[list[tuple[str, dict[str, Any], int, str]]] = [
    (FEED, {"user_id": "nobody", "source_wager_id": "w", "amount": "1"}, 404, "NO_PLAYER"),
    (FEED, {"user_id": "rocket", "amount": "1"}, 400, "VALIDATION"),
    (FEED, {"user_id": "rocket", "source_wager_id": "a/b", "amount": "1"}, 400, "VALIDATION"),
    (FEED, {"user_id": "rocket", "source_wager_id": "w", "amount": "1", "x": 1}, 400, "VALIDATION"),
    (FEED, {"user_id": "rocket", "source_wager_id": "w", "amount": "9007199254.740992"}, 409, "LIMIT_EXCEEDED"),
    ("/v1/jackpots/other/contribute", {"user_id": "rocket", "source_wager_id": "w", "amount": "1"}, 404, "NO_JACKPOT"),
    ("/v1/jackpots/still/contribute", {"user_id": "rocket", "source_wager_id": "w", "amount": "1"}, 409, "NOT_ACTIVE"),
    (DROP, {}, 409, "NO_ENTRIES"),
    (DROP, {"winner_user_id": "nobody"}, 404, "NO_PLAYER"),
    (DROP, {"winner_user_id": 7}, 400, "VALIDATION"),
    ("/v1/jackpots/other/drop", {"winner_user_id": "rocket"}, 404, "NO_JACKPOT"),
    ("/v1/jackpots/still/drop", {"winner_user_id": "rocket"}, 409, "NOT_ACTIVE"),
]


async def test_this_is_refused_in_the_doors_words_and_writes_nothing(hall: Town) -> None:
    await hall.put("jackpot", "still", HIDING | {"status": "paused"})
    events = await hall.events()
    for path, body, status, code in BAD:
        answer = await hall.key.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body, answer.text)
        assert list(answer.json()) == ["error", "code"]
    missing = await hall.key.get("/v1/jackpots/other")
    assert (missing.status_code, missing.json()["code"]) == (404, "NO_JACKPOT")
    assert (await shown(hall, "still"))["next_server_seed_hash"] is None
    assert await hall.events() == events


SENSELESS: Final[list[tuple[dict[str, Any], str]]] = [
    ({"seed_usd": "1.0000001"}, "spec.seed_usd"),
    ({"seed_usd": 100}, "spec.seed_usd"),
    ({"asset": "EUR"}, "spec.asset"),
    ({"contribution_rate": "2"}, "spec"),
    ({"must_drop_at": {"min": "50", "max": "60"}}, "spec"),
]


async def test_a_jackpot_that_makes_no_sense_is_not_configured(hall: Town) -> None:
    for change, path in SENSELESS:
        answer = await hall.put("jackpot", "grand", GRAND | change)
        assert (answer.status_code, answer.json()["path"]) == (400, path), answer.text


async def test_the_pool_drops_by_itself_where_the_hash_had_hidden_it(hall: Town) -> None:
    await hall.put("jackpot", "grand", HIDING)
    assert (await hall.key.get("/v1/jackpots")).json()["jackpots"][0]["next_server_seed_hash"] is None
    promised = (await shown(hall))["next_server_seed_hash"]
    assert (await shown(hall))["next_server_seed_hash"] == promised
    told = [(await feed(hall, f"w-{n}", "0.1")).json() for n in range(5)]
    after = await shown(hall)
    won = after["last_drop"]
    assert won["trigger_reason"] == "must_drop"
    assert (won["winner_username"], won["winner_user_id"]) == ("rocket", ROCKET)
    assert commitment(won["server_seed"]) == won["server_seed_hash"] == promised
    point = 100_100_000 + below(won["server_seed"], "jackpot", "grand", 400_001)
    assert Decimal(won["must_drop_at"]) * 1_000_000 == point
    steps = [Decimal(100) + Decimal(n + 1) / 10 for n in range(5)]
    reached = next(n for n, pool in enumerate(steps) if pool * 1_000_000 >= point)
    assert (Decimal(won["pool_before"]), Decimal(won["amount"])) == (steps[reached], steps[reached])
    assert (told[reached]["pool"], won["pool_after"]) == ("100.00", "100.00")
    assert await hall.balance("USD") == 10_000 + int(steps[reached] * 100)
    assert after["next_server_seed_hash"] not in {promised, None}
    assert after["must_drop_at"] == {"min": "100.10", "max": "100.50"}


async def test_a_pool_whose_winner_has_left_is_kept_as_unclaimed_and_not_lost(hall: Town) -> None:
    await feed(hall, "w-1", player="groot")
    await hall.key.patch("/v1/players/groot/status", json={"status": "closed", "reason": "asked"})
    assert (await drop(hall)).json()["amount"] == "100.50"
    house = await hall.sql("select account, amount from ledger.house where account in ('jackpots', 'unclaimed')")
    assert sorted(house) == [("jackpots", -10_050), ("unclaimed", 10_050)]


async def test_many_at_once_all_count_and_one_drop_takes_what_there_is(hall: Town) -> None:
    answers = await asyncio.gather(*(feed(hall, f"w-{n % 150}", "0.01") for n in range(300)))
    assert Counter(answer.status_code for answer in answers) == {201: 150, 200: 150}
    assert (await shown(hall))["pool"] == "101.50"
    drops = await asyncio.gather(*(drop(hall, idempotency_key="one") for _ in range(20)))
    assert Counter(answer.status_code for answer in drops) == {201: 1, 200: 19}
    assert await hall.balance("USD") == 10_000 + 10_150


async def test_nobody_sees_or_feeds_another_tenants_jackpot(hall: Town) -> None:
    await hall.put("tenant", "moonbase", {"slug": "moonbase", "brand": "moonbase"}, tenant="moonbase")
    secret = "wsk_test_" + "facade" * 8
    await hall.put("api_key", "theirs", {"secret": secret}, tenant="moonbase")
    await hall.put("player", "luna", {}, tenant="moonbase")
    theirs = {"Authorization": f"Bearer {secret}"}
    assert (await hall.nobody.get("/v1/jackpots", headers=theirs)).json() == {"jackpots": []}
    body = {"user_id": "luna", "source_wager_id": "w", "amount": 1}
    answer = await hall.nobody.post(FEED, json=body, headers=theirs)
    assert (answer.status_code, answer.json()["code"]) == (404, "NO_JACKPOT")
