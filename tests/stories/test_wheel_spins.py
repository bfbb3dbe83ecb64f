"""Wheels are spun: free before bonus before paid, not too soon, each once, and whatever is won is credited."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from shared.bus.partition import partition_of_key
from shared.cli.verify import verify
from shared.messages.envelope import DEFINITIONS
from shared.running import WORKERS
from tests.stories.fair import COINS, DAILY, Fair, Spinner, fair_over, told
from tests.stories.town import PARTITIONS

pytestmark = pytest.mark.postgres

DAY: Final = timedelta(days=1)
PAID: Final = {"paid_spin": {"asset": "gems", "amount": 50}}
NOTHING: Final = {"type": "none"}
NONE_LEFT: Final = (402, "no_spins_available")
TOO_POOR: Final = (402, "insufficient_currency_for_spin")
NO_WHEEL: Final = (404, "wheel_not_found_or_inactive")


@pytest.fixture
async def fair(tables: str) -> AsyncIterator[Fair]:
    async with fair_over(tables) as found:
        await found.project()
        yield found


async def state(player: Spinner, wheel: str = DAILY) -> dict[str, Any]:
    answer = await player.get(f"{wheel}/state")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def left(player: Spinner, wheel: str = DAILY) -> tuple[int, int, int]:
    """Free spins used, free spins left, bonus spins left."""
    shown = await state(player, wheel)
    return shown["free_spins_used"], shown["free_spins_remaining"], shown["bonus_spins_remaining"]


async def test_free_goes_before_bonus_before_paid_and_each_is_counted(fair: Fair) -> None:
    wheel = await fair.put("order", COINS, daily_free_spins=2, **PAID)
    player, kinds, counted = await fair.calm(), [], []
    assert (await fair.grant(1, wheel="order")).status_code == 201
    for _ in range(5):
        counted.append(await left(player, wheel))
        kinds.append((await player.spin(wheel)).json()["spin_kind"])
    assert kinds == ["free", "free", "bonus", "paid", "paid"]
    assert counted == [(0, 2, 1), (1, 1, 1), (2, 0, 1), (2, 0, 0), (2, 0, 0)]
    assert (await fair.town.balance("coins"), await fair.town.balance("gems")) == (500, 400)


async def test_what_is_not_free_and_not_sold_or_too_dear_is_refused_and_changes_nothing(fair: Fair) -> None:
    free_only = await fair.put("free", NOTHING, daily_free_spins=1)
    dear = await fair.put("dear", NOTHING, paid_spin={"asset": "gems", "amount": 501})
    player = await fair.calm()
    assert (await player.spin(free_only)).status_code == 200
    for _ in range(2):
        assert told(await player.spin(free_only)) == NONE_LEFT
        assert told(await player.dry_spin(free_only)) == NONE_LEFT
        assert told(await player.spin(dear)) == TOO_POOR
        assert told(await player.dry_spin(dear)) == TOO_POOR
    assert await fair.town.balance("gems") == 500
    assert await left(player, dear) == (0, 0, 0)


async def test_a_refused_key_is_free_again_once_there_is_money(fair: Fair) -> None:
    wheel = await fair.put("dear", NOTHING, paid_spin={"asset": "gems", "amount": 600})
    player = await fair.calm()
    for turn in (player.spin, player.dry_spin):
        assert told(await turn(wheel, "later")) == TOO_POOR
    await fair.town.admin.post("/admin/v1/players/rocket/credit", json={"asset": "gems", "amount": 700})
    for turn in (player.spin, player.dry_spin):
        assert (await turn(wheel, "later")).json()["spin_kind"] == "paid"
    assert await fair.town.balance("gems") == 0


async def test_a_key_again_is_the_same_answer_to_the_byte_and_nothing_happens(fair: Fair) -> None:
    wheel = await fair.put("keyed", COINS, **PAID)
    player = await fair.calm()
    first, dry = await player.spin(wheel, "a"), await player.dry_spin(wheel, "a")
    facts = await fair.town.events()
    assert [(await player.spin(wheel, "a")).text for _ in range(3)] == [first.text] * 3
    assert [(await player.dry_spin(wheel, "a")).text for _ in range(3)] == [dry.text] * 3, "the token too"
    assert await fair.town.events() == facts
    token = dry.json()["claim_token"]
    claimed = await player.claim(token, wheel, "a")
    assert claimed.status_code == 200
    assert (await player.claim(token, wheel, "a")).text == claimed.text
    assert told(await player.claim(token, wheel)) == (409, "pending_spin_already_claimed")
    assert await fair.town.balance("gems") == 400


@pytest.mark.parametrize("how", ["retired", "removed"])
async def test_a_key_again_is_the_same_answer_though_the_wheel_was_taken_away_since(fair: Fair, how: str) -> None:
    """Whoever was told nothing asks again, and only the answer has the claim token."""
    wheel = await fair.put("gone", COINS, daily_free_spins=2)
    player = await fair.calm()
    first, dry = await player.spin(wheel, "a"), await player.dry_spin(wheel, "a")
    if how == "removed":
        assert (await fair.town.admin.delete("/admin/v1/definitions/wheel/gone")).status_code == 200
    else:
        await fair.put("gone", COINS, daily_free_spins=2, status="inactive")
    for way in (wheel, "/client/wheels/1"):
        assert (await player.spin(way, "a")).text == first.text
        assert (await player.dry_spin(way, "a")).text == dry.text
        assert told(await player.spin(way, "b")) == told(await player.dry_spin(way, "b")) == NO_WHEEL
    assert await fair.town.events("wheel.spun") == 2


async def test_a_key_is_one_wish_of_one_player_at_one_wheel(fair: Fair) -> None:
    one, other = await fair.put("one", COINS, **PAID), await fair.put("other", COINS, **PAID)
    rocket, groot = await fair.calm(), await fair.calm("groot")
    dry = [await player.dry_spin(one, "k") for player in (rocket, groot)]
    assert len({answer.json()["claim_token"] for answer in dry}) == 2
    for answer in (await rocket.dry_spin(other, "k"), await rocket.claim("x", one, "c")):
        assert answer.status_code in {404, 409}
    assert told(await rocket.dry_spin(other, "k")) == (409, "idempotency_conflict")
    assert len({(await rocket.dry_spin(one)).json()["claim_token"] for _ in range(3)}) == 3


async def test_a_hundred_at_once_with_one_free_spin_left_are_one_free_and_as_many_paid_as_can_be(fair: Fair) -> None:
    wheel = await fair.put("rush", COINS, daily_free_spins=1, **PAID)
    player = await fair.calm()
    answers = await asyncio.gather(*(player.spin(wheel) for _ in range(100)))
    kinds = Counter(answer.json().get("spin_kind", answer.json().get("detail")) for answer in answers)
    assert kinds == {"free": 1, "paid": 10, "insufficient_currency_for_spin": 89}
    assert (await fair.town.balance("gems"), await fair.town.balance("coins")) == (0, 1_100)
    assert await left(player, wheel) == (1, 0, 0)
    report = await verify(fair.town.parts.dsn, WORKERS, processes=1)
    assert report.clean, report.differences


async def test_a_hundred_at_once_under_one_key_are_one_spin(fair: Fair) -> None:
    wheel = await fair.put("once", COINS, **PAID)
    player = await fair.calm()
    answers = await asyncio.gather(*(player.spin(wheel, "at-once") for _ in range(100)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert (await fair.town.balance("gems"), await fair.town.balance("coins")) == (450, 100)


async def test_the_cooldown_holds_over_all_wheels_of_the_project_and_for_nobody_else(fair: Fair) -> None:
    rocket, groot = await fair.at(), await fair.at("groot")
    assert (await rocket.spin()).status_code == 200
    for turn in (rocket.spin, rocket.dry_spin):
        for wheel in (DAILY, "/wheels/by-key/free-only"):
            answer = await turn(wheel)
            assert told(answer) == (429, "cooldown_active")
            assert answer.headers["retry-after"] in {"1", "2"}
    assert (await groot.spin()).status_code == 200
    calm = await fair.put("calm", NOTHING, daily_free_spins=9)
    spinner = await fair.calm()
    assert {(await spinner.spin(calm)).status_code for _ in range(2)} == {200}
    fair.wait()
    assert (await rocket.spin("/wheels/by-key/free-only")).status_code == 200


async def test_whoever_asks_as_long_after_as_retry_after_says_is_let_in(fair: Fair) -> None:
    await fair.project("slow", cooldown_seconds=90)
    wheel = await fair.put("slow-wheel", NOTHING, project="slow", daily_free_spins=2)
    player = await fair.calm(project="slow")
    assert (await player.spin(wheel)).status_code == 200
    refused = await player.spin(wheel)
    assert told(refused) == (429, "cooldown_active")
    fair.wait(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await player.spin(wheel)).status_code == 200


async def test_a_paid_spin_that_was_refused_leaves_no_cooldown_behind(fair: Fair) -> None:
    await fair.project("slow", cooldown_seconds=3_600)
    dear = await fair.put("dear", NOTHING, project="slow", paid_spin={"asset": "gems", "amount": 501})
    free = await fair.put("free", NOTHING, project="slow", daily_free_spins=1)
    player = await fair.calm(project="slow")
    assert told(await player.spin(dear)) == TOO_POOR
    assert (await player.spin(free)).status_code == 200


async def test_the_next_day_is_free_again_and_bonus_spins_last(fair: Fair) -> None:
    player = await fair.at()
    await fair.grant(3)
    assert (await player.spin("/wheels/by-key/free-only")).status_code == 200
    fair.wait()
    assert (await player.spin()).json()["spin_kind"] == "free"
    before, today = await state(player), await left(player)
    fair.wait(DAY)
    player = await fair.at()  # the token was for an hour
    tomorrow = await state(player)
    assert today[:2] == (1, 0)
    assert await left(player) == (0, 1, today[2])
    assert tomorrow["period_ends_at"] > before["period_ends_at"]
    assert (await player.spin()).json()["spin_kind"] == "free"


async def test_a_day_ends_where_the_wheel_stands(fair: Fair) -> None:
    for zone, ends in (("Asia/Tokyo", "14:59:59Z"), ("America/St_Johns", None), ("UTC", "23:59:59Z")):
        wheel = await fair.put("far", NOTHING, daily_free_spins=1, timezone=zone)
        shown = (await state(await fair.calm(), wheel))["period_ends_at"]
        assert shown.endswith(ends or ":29:59Z"), zone


async def test_another_time_zone_gives_no_second_free_spin(fair: Fair) -> None:
    """Where the day has begun first, it is spent first; elsewhere it is still yesterday, which is over."""
    player = await fair.calm()
    wheel = await fair.put("mover", NOTHING, daily_free_spins=1, timezone="Pacific/Kiritimati")
    assert (await player.spin(wheel)).status_code == 200
    ends = (await state(player, wheel))["period_ends_at"]
    for zone in ("Pacific/Niue", "UTC", "Pacific/Kiritimati"):
        await fair.put("mover", NOTHING, daily_free_spins=1, timezone=zone)
        assert told(await player.spin(wheel)) == NONE_LEFT, zone
        assert await left(player, wheel) == (1, 0, 0)
        assert (await state(player, wheel))["period_ends_at"] >= ends


SWORDS: Final = {"type": "item", "item": "sword", "quantity": 2}
REWARDS: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    (COINS, {"reward_type": "currency", "payload": {"amount": 100, "currency": "coins"}}),
    (SWORDS, {"reward_type": "item", "payload": {"item": "sword", "quantity": 2}}),
    ({"type": "bonus_spin", "count": 3}, {"reward_type": "bonus_spin", "payload": {"count": 3}}),
    (NOTHING, {"reward_type": "none", "payload": {}}),
]  # fmt: skip


async def test_every_type_of_reward_is_shown_won_and_credited(fair: Fair) -> None:
    player = await fair.calm()
    for place, (reward, shown) in enumerate(REWARDS):
        wheel = await fair.put(f"of-{reward['type']}", reward, daily_free_spins=1)
        segment = (await player.get(wheel)).json()["segments"][0]
        in_detail = {"type": "currency", "amount": 100} if place == 0 else reward
        assert segment == {"sort_order": 0, "segment_id": 1, "label": "prize 1", "reward": in_detail}
        assert (await player.spin(wheel)).json()["reward"] == shown
    assert (await fair.town.balance("coins"), await fair.town.balance("sword")) == (100, 2)
    assert await left(player, "/wheels/by-key/of-bonus_spin") == (1, 0, 3)


async def test_a_wheel_that_cannot_be_spun_says_why(fair: Fair) -> None:
    player = await fair.at()
    await fair.put("theirs", NOTHING, daily_free_spins=1)
    for name in (
        "1x",
        "99",
        "3",
        "0",
        "-1",
        "007",
        "9" * 30,
        "٣",
        "by-key/retired-wheel",
        "by-key/nope",
        "by-key/theirs",
    ):
        wheel = f"/wheels/{name}"
        for answer in (
            await player.get(wheel),
            await player.get(f"{wheel}/state"),
            await player.spin(wheel),
            await player.dry_spin(wheel),
        ):
            assert told(answer) == NO_WHEEL, name
    for wheel in ("/wheels/2", "/wheels/by-key/empty-wheel"):
        assert told(await player.spin(wheel)) == told(await player.dry_spin(wheel)) == (400, "wheel_has_no_segments")
        assert (await player.get(wheel)).json()["segments"] == []
    assert await fair.town.events("wheel.spun") == 0


async def test_probabilities_that_do_not_add_up_are_refused_when_they_are_put(fair: Fair) -> None:
    segment = {"segment_id": 1, "label": "x", "reward": NOTHING}
    for segments in (
        [{**segment, "probability": "0.5"}],
        [{**segment, "probability": "1.000000000001"}],
        [{**segment, "weight": 0}],
        [{**segment, "probability": "1"}, {**segment, "segment_id": 2, "weight": 1}],
        [segment],
    ):
        spec = {"project": "calm", "name": "bad", "daily_free_spins": 1, "segments": segments}
        answer = await fair.town.put("wheel", "bad", spec)
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION")
        assert answer.json()["path"].startswith("spec.segments"), answer.text


async def test_a_wheel_that_became_misconfigured_is_not_spun(fair: Fair) -> None:
    """The doors let nobody store one; whoever writes into the table by hand finds that the spin still looks."""
    await fair.put("bent", NOTHING, daily_free_spins=1)
    segment = {"segment_id": 1, "label": "x", "probability": "0.4", "reward": NOTHING}
    spec = json.dumps({"project": "calm", "name": "bent", "daily_free_spins": 1, "segments": [segment]})
    part = partition_of_key(DEFINITIONS.encode(), PARTITIONS)
    await fair.town.sql(
        f"insert into ledger.definitions select {part}, 'starlight', max(seq) + 1, 'wheel', 'bent', 2, '{spec}', false"
        " from ledger.definitions"
    )
    player = await fair.calm()
    assert told(await player.spin("/wheels/by-key/bent")) == (500, "wheel_probability_misconfigured")
    assert (await player.get("/wheels/by-key/bent")).status_code == 200
    assert await fair.town.events("wheel.spun") == 0


async def test_a_blocked_player_looks_and_does_not_spin(fair: Fair) -> None:
    player = await fair.at()
    blocked = {"status": "self_excluded", "reason": "the story wants it"}
    assert (await fair.town.key.patch("/v1/players/rocket/status", json=blocked)).status_code == 201
    for turn in (player.spin, player.dry_spin):
        assert told(await turn()) == (403, "player_blocked")
    assert await left(player) == (0, 1, 0)
    assert (await fair.town.key.patch("/v1/players/rocket/status", json={**blocked, "status": "active"})).is_success
    assert (await player.spin()).status_code == 200


async def test_a_daily_limit_leaves_no_room_for_a_paid_spin(fair: Fair) -> None:
    wheel = await fair.put("limited", COINS, **PAID)
    player = await fair.calm()
    assert (await fair.town.key.post("/v1/players/rocket/rg", json={"wager_daily_limit": 99})).status_code == 201
    assert (await player.spin(wheel)).json()["spin_kind"] == "paid"
    assert told(await player.spin(wheel)) == (409, "limit_exceeded")
    assert await fair.town.balance("gems") == 450


async def test_bonus_spins_are_granted_once_under_a_key_and_to_known_players_alone(fair: Fair) -> None:
    first = await fair.grant(3, key="gift")
    assert first.json() == {"player": "rocket", "wheel": "daily-spin", "bonus_spins_remaining": 3, "deduped": False}
    again = await fair.grant(3, key="gift")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {**first.json(), "deduped": True}
    for what, status, code in (
        (fair.grant(1, "nobody"), 404, "NO_PLAYER"),
        (fair.grant(1, wheel="nope"), 404, "NO_WHEEL"),
        (fair.grant(0), 400, "VALIDATION"),
        (fair.grant(1_001), 400, "VALIDATION"),
        (fair.grant(4, key="gift"), 409, "IDEMPOTENCY_CONFLICT"),
    ):
        answer = await what
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await left(await fair.at()) == (0, 1, 3)


async def test_a_completed_journey_gives_its_spins_before_its_player_is_told(fair: Fair) -> None:
    wheel = await fair.put("gift", NOTHING)
    spec = {
        "name": "Gift", "trigger": "visit", "steps": 1, "reward_winz": 5,
        "reward_spins": {"wheel": "gift", "count": 2},
    }  # fmt: skip
    assert (await fair.town.put("journey", "gift", spec)).status_code == 200
    player = await fair.calm()
    for actions in (["completed"], []):
        told_ = await fair.town.key.post("/v1/journeys/event", json={"user_id": "rocket", "trigger": "visit"})
        assert [row["action"] for row in told_.json()["affected"]] == actions
        assert await left(player, wheel) == (0, 0, 2)
    assert [(await player.spin(wheel)).json().get("spin_kind") for _ in range(3)] == ["bonus", "bonus", None]
    assert await fair.town.events("journey.spins_given") == 1
