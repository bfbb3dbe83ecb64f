"""A dry spin is credited once: when its token is shown, or by itself when nobody has shown it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import pytest

from shared.cli.verify import verify
from shared.messages.access import hash_of
from shared.running import WORKERS
from tests.stories.fair import COINS, DAILY, Fair, Spinner, fair_over, told
from tests.stories.town import eventually

pytestmark = pytest.mark.postgres

TTL: Final = timedelta(days=1)
NOT_FOUND: Final = (404, "pending_spin_not_found")
CLAIMED: Final = (409, "pending_spin_already_claimed")


@pytest.fixture
async def fair(tables: str) -> AsyncIterator[Fair]:
    async with fair_over(tables) as found:
        await found.project()
        yield found


@pytest.fixture
async def wheel(fair: Fair) -> str:
    return await fair.put("coins", COINS, daily_free_spins=9)


async def token_of(player: Spinner, wheel: str) -> str:
    answer = await player.dry_spin(wheel)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["claim_token"])


async def test_nothing_is_credited_before_the_claim_and_once_by_it(fair: Fair, wheel: str) -> None:
    player = await fair.calm()
    token = await token_of(player, wheel)
    assert await fair.town.balance("coins") == 0
    assert (await player.claim(token, wheel)).status_code == 200
    assert await fair.town.balance("coins") == 100
    assert told(await player.claim(token, wheel)) == CLAIMED
    assert await fair.town.balance("coins") == 100


async def test_a_hundred_claims_at_once_credit_once(fair: Fair, wheel: str) -> None:
    player = await fair.calm()
    token = await token_of(player, wheel)
    answers = await asyncio.gather(*(player.claim(token, wheel) for _ in range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 99}
    assert await fair.town.balance("coins") == 100


async def test_a_token_is_of_no_use_to_others_elsewhere_or_made_up(fair: Fair, wheel: str) -> None:
    rocket, groot = await fair.calm(), await fair.calm("groot")
    other = await fair.put("other", COINS, daily_free_spins=1)
    token = await token_of(rocket, wheel)
    assert told(await groot.claim(token, wheel)) == NOT_FOUND
    assert told(await rocket.claim(token, other)) == NOT_FOUND
    for made_up in ("abc123xyz...", token[:-1], token + "A", token.swapcase(), "x" * 256):
        assert told(await rocket.claim(made_up, wheel)) == NOT_FOUND
    assert told(await (await fair.at()).claim(token, wheel)) == (404, "wheel_not_found_or_inactive"), (
        "another project's"
    )
    assert told(await (await fair.at()).claim(token, DAILY)) == NOT_FOUND
    assert (await rocket.claim(token, wheel)).status_code == 200, "and all that did not spend it"


async def test_what_is_not_claimed_in_time_is_credited_by_itself_and_cannot_be_claimed(fair: Fair, wheel: str) -> None:
    tokens = [await token_of(await fair.calm(), wheel) for _ in range(3)]
    assert (await (await fair.calm()).claim(tokens[0], wheel)).status_code == 200
    fair.wait(TTL - timedelta(minutes=5))
    assert await fair.town.balance("coins") == 100
    assert (await (await fair.calm()).claim(tokens[1], wheel)).status_code == 200
    fair.wait(timedelta(minutes=10))

    async def credited() -> bool:
        return await fair.town.balance("coins") == 300

    await eventually("the third is credited", credited)
    assert told(await (await fair.calm()).claim(tokens[2], wheel)) == NOT_FOUND
    assert told(await (await fair.calm()).claim(tokens[0], wheel)) == CLAIMED
    assert await fair.town.balance("coins") == 300
    report = await verify(fair.town.parts.dsn, WORKERS, processes=1)
    assert report.clean, report.differences


async def test_how_long_a_dry_spin_waits_is_the_projects_to_say(fair: Fair, wheel: str) -> None:
    await fair.project(dry_spin_ttl_seconds=60)
    await token_of(await fair.calm(), wheel)
    fair.wait(timedelta(seconds=61))

    async def credited() -> bool:
        return await fair.town.balance("coins") == 100

    await eventually("it is credited", credited)


async def test_bonus_spins_that_wait_for_their_token_cannot_be_spun_before(fair: Fair) -> None:
    wheel = await fair.put("more", {"type": "bonus_spin", "count": 2}, daily_free_spins=1)
    player = await fair.calm()
    token = await token_of(player, wheel)
    assert told(await player.spin(wheel)) == (402, "no_spins_available")
    assert (await player.claim(token, wheel)).json()["reward"]["payload"] == {"count": 2}
    assert (await player.get(f"{wheel}/state")).json()["bonus_spins_remaining"] == 2
    assert (await player.spin(wheel)).json()["spin_kind"] == "bonus"


@pytest.mark.parametrize("how", ["retired", "changed", "removed"])
async def test_a_reward_is_not_lost_when_its_wheel_is_taken_away(fair: Fair, wheel: str, how: str) -> None:
    player = await fair.calm()
    spun = (await player.dry_spin(wheel)).json()
    if how == "removed":
        assert (await fair.town.admin.delete("/admin/v1/definitions/wheel/coins")).status_code == 200
    else:
        retired = {"status": "inactive"} if how == "retired" else {}
        await fair.put("coins", {"type": "none"}, daily_free_spins=9, **retired)
    claimed = await player.claim(spun.pop("claim_token"), "/wheels/1")
    assert (claimed.status_code, claimed.json()) == (200, spun)
    assert await fair.town.balance("coins") == 100


async def test_the_token_stands_nowhere_in_the_house(fair: Fair, wheel: str) -> None:
    player = await fair.calm()
    answer = await player.dry_spin(wheel, "kept")
    token = answer.json()["claim_token"]
    assert (await player.claim(token, wheel)).status_code == 200
    stored = await fair.stored()
    assert hash_of(token) in "".join(stored)
    assert not [row for row in stored if token in row or token.encode().hex() in row]


BODIES: Final = [
    ("no body",            b""),
    ("malformed JSON",     b'{"claim_token":'),
    ("not an object",      b'["x"]'),
    ("no token",           b"{}"),
    ("null",               b'{"claim_token":null}'),
    ("a number",           b'{"claim_token":7}'),
    ("nothing",            b'{"claim_token":""}'),
    ("too long",           b'{"claim_token":"' + b"x" * 257 + b'"}'),
    ("an unknown field",   b'{"claim_token":"x","wheel":1}'),
    ("a field twice",      b'{"claim_token":"x","claim_token":"y"}'),
    ("a NUL",              b'{"claim_token":"a\\u0000b"}'),
    ("a lone surrogate",   b'{"claim_token":"\\ud800"}'),
    ("bytes that are no text", b'{"claim_token":"\xff"}'),
]  # fmt: skip


async def test_a_claim_that_makes_no_sense_says_what_is_wrong(fair: Fair, wheel: str) -> None:
    headers = (await fair.calm()).headers
    for what, body in BODIES:
        answer = await fair.town.nobody.post(f"{wheel}/claim-spin-reward", headers=headers, content=body)
        status, detail = told(answer)
        assert (status, detail.partition(": ")[0]) == (400, "invalid_request"), what
        assert detail.partition(": ")[2], what
    large = b'{"claim_token":"' + b"x" * 65_536 + b'"}'
    answer = await fair.town.nobody.post(f"{wheel}/claim-spin-reward", headers=headers, content=large)
    assert told(answer) == (413, "request_too_large")
