"""The hash of a seed is told before anything is staked, and the seed when it is used no more: everybody can check."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest

from tests.stories.casino import Casino, casino_over, said

pytestmark = pytest.mark.postgres

HEX = set("0123456789abcdef")


@pytest.fixture
async def casino(tables: str) -> AsyncIterator[Casino]:
    async with casino_over(tables) as found:
        yield found


def roll_of(server_seed: str, client_seed: str, nonce: int) -> int:
    """What dice must have rolled, reckoned here."""
    digest = hmac.digest(server_seed.encode(), f"{client_seed}:{nonce}:0".encode(), "sha256")
    return int.from_bytes(digest[:4], "big") * 10_000 >> 32


async def test_hashes_are_there_before_the_first_bet_and_nothing_changes_them(casino: Casino) -> None:
    client = await casino.house.let_in()
    seeds = await client.told("/seed/current")
    assert set(seeds) == {"id", "serverHash", "clientSeed", "nonce", "upcomingServerHash"}
    assert (len(seeds["serverHash"]), seeds["nonce"]) == (64, 0)
    assert set(seeds["serverHash"]) <= HEX
    assert await client.told("/seed/upcoming") == {"serverHash": seeds["upcomingServerHash"]}
    await client.played()
    assert await client.told("/seed/current") == seeds | {"nonce": 1}
    other = await (await casino.house.let_in("dice-beta")).told("/seed/current")
    assert other["serverHash"] != seeds["serverHash"]


async def test_a_rotation_tells_the_seed_and_every_round_can_be_recomputed(casino: Casino) -> None:
    client = await casino.house.let_in()
    before = await client.told("/seed/current")
    plays = [await client.played() for _ in range(3)]
    hidden = await client.shown(f"/game/round/{plays[0]['roundId']}")
    assert "serverSeed" not in hidden["seed"]
    rotated = await client.told("/seed/rotate", {"clientSeed": "my-own-seed"})
    assert list(rotated) == ["previousId", "previousServerSeed", "active", "upcomingServerHash"]
    seed = rotated["previousServerSeed"]
    assert hashlib.sha256(seed.encode()).hexdigest() == before["serverHash"]
    assert rotated["active"] == {"serverHash": before["upcomingServerHash"], "clientSeed": "my-own-seed", "nonce": 0}
    assert rotated["previousId"] == before["id"]
    for nonce, play in enumerate(plays):
        assert play["message"]["bet"]["roll"] == roll_of(seed, before["clientSeed"], nonce)
        shown = await client.shown(f"/game/round/{play['roundId']}")
        assert (shown["seed"]["serverSeed"], shown["seed"]["nonce"]) == (seed, nonce)
    revealed = await client.told("/seed/reveal", {"id": before["id"]})
    told = {"serverSeed": seed, "serverHash": before["serverHash"], "clientSeed": before["clientSeed"], "nonce": 3}
    assert revealed == {"id": before["id"], **told}
    await client.played()
    assert (await client.told("/seed/current"))["nonce"] == 1


async def test_what_seeds_come_to_can_be_asked(casino: Casino) -> None:
    client = await casino.house.let_in()
    asked = {"serverSeed": "def", "clientSeed": "abc", "nonce": 0, "message": {"verify": {}}}
    assert await client.told("/game/verify", asked) == {"message": {"verify": {"roll": roll_of("def", "abc", 0)}}}
    wheel = await casino.house.let_in("wheel-alpha")
    query = {"verify": {"segments": 30, "difficulty": 2}}
    assert "outcome" in (await wheel.told("/game/verify", asked | {"message": query}))["message"]["verify"]
    facts = await casino.town.events()
    for wrong, code in (
        ({"message": {}}, "INVALID_MESSAGE"),
        ({"message": {"bet": {}}}, "INVALID_REQUEST_TYPE"),
        ({"message": {"verify": {"segments": 30}}}, "INVALID_MESSAGE"),
        ({"nonce": -1}, "INVALID_MESSAGE"),
        ({"serverSeed": ""}, "INVALID_MESSAGE"),
        ({"clientSeed": "x" * 257}, "INVALID_MESSAGE"),
    ):
        assert said(await client.post("/game/verify", asked | wrong)) == (400, f"ERROR_CODE_{code}"), wrong
    missing = asked | {"message": {"verify": {"segments": 30}}}
    assert said(await wheel.post("/game/verify", missing)) == (400, "ERROR_CODE_INVALID_PARAM")
    assert await casino.town.events() == facts


async def test_only_a_retired_pair_of_ones_own_is_revealed(casino: Casino) -> None:
    client, other = await casino.house.let_in(), await casino.house.let_in(player="groot")
    active = (await client.told("/seed/current"))["id"]
    assert said(await client.post("/seed/reveal", {"id": active})) == (409, "ERROR_CODE_SEED_NOT_RETIRED")
    assert said(await client.post("/seed/reveal", {"id": "none"})) == (404, "ERROR_CODE_SEED_NOT_FOUND")
    await client.told("/seed/rotate", {})
    assert said(await other.post("/seed/reveal", {"id": active})) == (404, "ERROR_CODE_SEED_NOT_FOUND")
    await client.told("/seed/reveal", {"id": active})


async def test_a_rotation_with_a_key_happens_once_and_a_bad_seed_is_refused(casino: Casino) -> None:
    client = await casino.house.let_in()
    first = await client.post("/seed/rotate", {"clientSeed": "a"}, key="turn")
    assert first.status_code == 200, first.text
    assert (await client.post("/seed/rotate", {"clientSeed": "a"}, key="turn")).text == first.text
    assert said(await client.post("/seed/rotate", {"clientSeed": "b"}, key="turn"))[0] == 409
    for seed in ("", "a:b", "a b", "x" * 65, "ü", 7):
        assert said(await client.post("/seed/rotate", {"clientSeed": seed})) == (400, "ERROR_CODE_INVALID_MESSAGE")
    made_up = await client.told("/seed/rotate")
    assert made_up["active"]["clientSeed"] not in ("", "a")
    assert (await client.told("/seed/current"))["clientSeed"] == made_up["active"]["clientSeed"]
