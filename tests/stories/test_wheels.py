"""The wheels' document, example by example: each request as it is printed, and its answer beside ours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from shared.cli import draws
from shared.fair import checker
from shared.periods import day_of
from tests.stories.fair import CLIENT, DAILY, PASSWORD, Fair, Spinner, fair_over, told

pytestmark = pytest.mark.postgres

LIST: Final = '{"wheels": [{"id": 1, "name": "Daily Spin"}], "cooldown_seconds": 2}'
STATE: Final = """{"wheel_config_id": 1, "cooldown_seconds": 2, "period_ends_at": "2023-12-01T23:59:59Z",
    "daily_free_spins": 1, "free_spins_used": 0, "free_spins_remaining": 1, "bonus_spins_remaining": 0,
    "paid_spin_available": true, "paid_spin_currency_key": "gems", "paid_spin_currency_amount": 50}"""
SEGMENT: Final = """{"sort_order": 0, "segment_id": 101, "label": "100 Coins",
    "reward": {"type": "currency", "amount": 100}}"""
SPIN: Final = """{"segment_id": 101, "label": "100 Coins",
    "reward": {"reward_type": "currency", "payload": {"amount": 100, "currency": "coins"}}, "spin_kind": "free"}"""
DRY_SPIN: Final = """{"claim_token": "abc123xyz...", "segment_id": 101, "label": "100 Coins",
    "reward": {"reward_type": "currency", "payload": {"amount": 100, "currency": "coins"}}, "spin_kind": "paid"}"""
LUCKY: Final = "gamora"
"""Seeds are made of the demo's published secret: the first two spins of this player win what the document prints."""


@pytest.fixture
async def fair(tables: str) -> AsyncIterator[Fair]:
    async with fair_over(tables) as found:
        yield found


@pytest.fixture
async def lucky(fair: Fair) -> Spinner:
    return await fair.at(LUCKY)


def without(answer: dict[str, Any], *ours: str) -> dict[str, Any]:
    """An answer as the document knows it, which is every field of it but these."""
    assert set(ours) <= set(answer)
    return {name: value for name, value in answer.items() if name not in ours}


async def test_endpoint_1_lists_the_active_wheels_and_the_cooldown(lucky: Spinner) -> None:
    shown, printed = (await lucky.get("/wheels")).json(), json.loads(LIST)
    assert list(shown) == list(printed)
    assert shown["cooldown_seconds"] == printed["cooldown_seconds"]
    others = [{"id": 2, "name": "Empty wheel"}, {"id": 4, "name": "Free only"}]
    assert shown["wheels"] == [*printed["wheels"], *others], "the third is retired, and keeps its number"


async def test_endpoint_2_shows_allowances_and_timing(fair: Fair, lucky: Spinner) -> None:
    shown, printed = (await lucky.get("/wheels/1/state")).json(), json.loads(STATE)
    today = day_of(fair.clock.now(), "UTC")
    assert without(shown, "next_server_seed_hash") == {**printed, "period_ends_at": f"{today}T23:59:59Z"}
    assert list(shown)[:-1] == list(printed)


async def test_endpoint_3_shows_the_same_and_the_segments(lucky: Spinner) -> None:
    state, detail = (await lucky.get("/wheels/1/state")).json(), (await lucky.get("/wheels/1")).json()
    assert without(detail, "segments", "proof") == state
    assert detail["segments"][0] == json.loads(SEGMENT)
    assert [(row["sort_order"], row["segment_id"], row["label"]) for row in detail["segments"]] == [
        (0, 101, "100 Coins"), (1, 102, "500 Coins"), (2, 103, "10 Gems"), (3, 104, "Bonus spin")
    ]  # fmt: skip
    assert detail["proof"] == {"definition_version": 1, "weights": [5, 2, 2, 1]}


async def test_endpoint_4_spins_and_credits(fair: Fair, lucky: Spinner) -> None:
    answer = await lucky.spin()
    assert (answer.status_code, without(answer.json(), "proof")) == (200, json.loads(SPIN))
    assert list(answer.json()["proof"]) == ["server_seed", "server_seed_hash", "definition_version"]
    assert await fair.town.balance("coins", LUCKY) == 100


async def test_endpoints_5_and_6_spin_now_and_credit_when_claimed(fair: Fair, lucky: Spinner) -> None:
    assert (await lucky.spin()).status_code == 200
    fair.wait()
    answer = await lucky.dry_spin()
    spun, printed = answer.json(), json.loads(DRY_SPIN)
    assert (answer.status_code, without(spun, "proof")) == (200, {**printed, "claim_token": spun["claim_token"]})
    assert len(spun["claim_token"]) == 43, "256 bits in base64url"
    assert (await fair.town.balance("coins", LUCKY), await fair.town.balance("gems", LUCKY)) == (100, 450)
    claimed = await lucky.claim(spun["claim_token"])
    assert (claimed.status_code, claimed.json()) == (200, without(spun, "claim_token")), "the shape of endpoint 4"
    assert await fair.town.balance("coins", LUCKY) == 200


async def test_what_the_page_about_curl_does_works_by_key_and_under_client(fair: Fair) -> None:
    logged_in = await fair.town.nobody.post(
        "/client/auth/login", headers=CLIENT, json={"username": "StarlordV7", "password": PASSWORD}
    )
    token = logged_in.json()["access_token"]
    player = Spinner(fair, {**CLIENT, "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    wheel = "/client/wheels/by-key/daily-spin"
    for answer in (
        await player.get("/client/wheels"),
        await player.get(f"{wheel}/state"),
        await player.get(wheel),
        await player.spin(wheel),
    ):
        assert answer.status_code == 200, answer.text
    fair.wait()
    spun = await player.dry_spin(wheel)
    assert (await player.claim(spun.json()["claim_token"], wheel)).status_code == 200


WAYS: Final = ("/wheels/1", DAILY, "/client/wheels/1", "/client/wheels/by-key/daily-spin")


async def test_all_four_ways_to_name_a_wheel_answer_alike_to_the_byte(fair: Fair) -> None:
    player = await fair.at()
    for path in ("", "/state"):
        assert len({(await player.get(way + path)).text for way in WAYS}) == 1
    assert (await player.get("/wheels")).text == (await player.get("/client/wheels")).text
    assert len({(await player.spin(way, key="one-spin")).text for way in WAYS}) == 1
    fair.wait()
    spun = [await player.dry_spin(way, key="one-dry-spin") for way in WAYS]
    assert len({answer.text for answer in spun}) == 1
    token = spun[0].json()["claim_token"]
    assert len({(await player.claim(token, way, key="one-claim")).text for way in WAYS}) == 1
    assert await fair.town.events("wheel.spun") == 2


async def test_every_spin_is_bound_to_the_hash_that_was_shown_and_can_be_checked(fair: Fair) -> None:
    player = await fair.at()
    await fair.grant(5)
    detail = (await player.get(DAILY)).json()
    segments = [
        {"segment_id": row["segment_id"], "label": row["label"], "weight": weight}
        for row, weight in zip(detail["segments"], detail["proof"]["weights"], strict=True)
    ]
    for turn in (player.spin, player.dry_spin, player.spin):
        promised = (await player.get(f"{DAILY}/state")).json()["next_server_seed_hash"]
        spun = (await turn()).json()
        proof = spun["proof"]
        assert proof["server_seed_hash"] == promised
        seed, hash_ = proof["server_seed"], proof["server_seed_hash"]
        assert checker.check_wheel("wheel", "daily-spin", seed, hash_, segments, spun).problems == ()
        assert draws.verified({"kind": "wheel", "key": "daily-spin", "segments": segments, **spun}).problems == ()
        fair.wait()


async def test_two_players_are_bound_to_hashes_of_their_own(fair: Fair) -> None:
    hashes = [
        (await (await fair.at(name)).get(f"{DAILY}/state")).json()["next_server_seed_hash"]
        for name in ("rocket", "groot")
    ]
    assert len(set(hashes)) == 2


async def test_a_wheels_number_stays_when_others_are_removed_and_defined_again(fair: Fair) -> None:
    player, town = await fair.at(), fair.town
    assert (await town.admin.delete("/admin/v1/definitions/wheel/daily-spin")).status_code == 200
    assert told(await player.get("/wheels/1")) == (404, "wheel_not_found_or_inactive")
    segments = [{"segment_id": 1, "label": "x", "weight": 1, "reward": {"type": "none"}}]
    spec = {"project": "demo", "name": "Another", "daily_free_spins": 1, "segments": segments}
    await town.put("wheel", "a-new-one", spec)
    await town.put("wheel", "daily-spin", {**spec, "name": "Daily again"})
    rows = (await player.get("/wheels")).json()["wheels"]
    assert [(row["id"], row["name"]) for row in rows] == [
        (1, "Daily again"), (2, "Empty wheel"), (4, "Free only"), (5, "Another")
    ]  # fmt: skip
    await fair.project()
    await fair.put("their-first")
    assert (await (await fair.calm()).get("/wheels")).json()["wheels"] == [{"id": 1, "name": "their-first"}]
