"""A mini-game is played: from the door through the ledger's word and the draw into the wallet, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import httpx
import pytest

from shared.cli import draws
from shared.fair import checker
from tests.stories.town import Town

pytestmark = pytest.mark.postgres

PLAY: Final = "/v1/mini-games/scratch/play"
SEGMENTS: Final = [
    {"segment_label": "100 WINZ", "asset": "WINZ", "amount": 100, "weight": 50},
    {"segment_label": "500 WINZ", "asset": "WINZ", "amount": 500, "weight": 10},
    {"segment_label": "Better luck", "asset": "WINZ", "amount": 0, "weight": 40},
]
ROW: Final = {
    "id": "scratch",
    "name": "Scratch card",
    "status": "active",
    "definition_version": 1,
    "prize_table": SEGMENTS,
}


@pytest.fixture
async def arcade(town: Town) -> Town:
    """The small world with the demo's mini-game."""
    assert (await town.put("mini_game", "scratch", {"name": "Scratch card", "prizes": SEGMENTS})).status_code == 200
    return town


async def play(town: Town, key: str | None = None, player: str = "rocket") -> httpx.Response:
    body = {"user_id": player} | ({"idempotency_key": key} if key else {})
    return await town.key.post(PLAY, json=body)


async def test_a_play_answers_as_the_document_prints_it_and_its_prize_is_in_the_wallet(arcade: Town) -> None:
    shown = (await arcade.key.get("/v1/mini-games/scratch?user_id=rocket")).json()
    before = await arcade.balance()
    answer = await play(arcade, "mg-1")
    assert answer.status_code == 201
    played = answer.json()
    assert list(played) == [
        "play_id", "outcome", "server_seed", "server_seed_hash", "definition_version", "deduped"
    ]  # fmt: skip
    assert list(played["outcome"]) == ["segment_label", "amount", "asset"]
    assert played["deduped"] is False
    assert played["server_seed_hash"] == shown["next_server_seed_hash"], "the draw was bound before it was made"
    assert await arcade.balance() == before + played["outcome"]["amount"]
    seed, hash_ = played["server_seed"], played["server_seed_hash"]
    assert checker.check("mini-game", "scratch", seed, hash_, shown["prize_table"], played["outcome"]).problems == ()


async def test_the_list_and_the_single_read_show_the_same_row(arcade: Town) -> None:
    assert (await arcade.key.get("/v1/mini-games")).json() == {"mini_games": [ROW]}
    assert (await arcade.key.get("/v1/mini-games/scratch")).json() == ROW


async def test_every_play_is_bound_to_the_hash_that_was_shown_before(arcade: Town) -> None:
    hashes, plays = [], []
    for _ in range(4):
        hashes.append((await arcade.key.get("/v1/mini-games/scratch?user_id=rocket")).json()["next_server_seed_hash"])
        plays.append((await play(arcade)).json()["server_seed_hash"])
    assert hashes == plays
    assert len(set(hashes)) == 4


async def test_fifty_at_once_under_one_key_are_one_play(arcade: Town) -> None:
    answers = await asyncio.gather(*(play(arcade, "at-once") for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 200: 49}
    assert len({answer.text.replace('"deduped":true', '"deduped":false') for answer in answers}) == 1
    assert await arcade.events("mini_game.played") == 1
    assert await arcade.balance() == 10_000 + answers[0].json()["outcome"]["amount"]


async def test_what_verify_draw_is_given_is_the_reply_and_the_table(arcade: Town) -> None:
    draw = {"kind": "mini-game", "key": "scratch", **(await play(arcade)).json(), "prize_table": SEGMENTS}
    assert draws.verified(draw).problems == ()
    other = {**draw, "outcome": {**draw["outcome"], "amount": draw["outcome"]["amount"] + 1}}
    assert len(draws.verified(other).problems) == 1


BAD: Final = [
    ("nobody",           PLAY,                          b'{"user_id":"nobody"}',             404, "NO_PLAYER"),
    ("no such game",     "/v1/mini-games/nope/play",    b'{"user_id":"rocket"}',             404, "NO_MINI_GAME"),
    ("a paused game",    "/v1/mini-games/paused/play",  b'{"user_id":"rocket"}',             409, "NOT_ACTIVE"),
    ("a blocked player", PLAY,                          b'{"user_id":"groot"}',              409, "PLAYER_BLOCKED"),
    ("no player",        PLAY,                          b"{}",                               400, "VALIDATION"),
    ("an unknown field", PLAY,                          b'{"user_id":"rocket","stake":1}',   400, "VALIDATION"),
    ("no JSON",          PLAY,                          b"{",                                400, "VALIDATION"),
]  # fmt: skip


async def test_every_bad_play_gets_its_own_code_and_nobody_wins_anything(arcade: Town) -> None:
    await arcade.put("mini_game", "paused", {"name": "Paused", "status": "paused", "prizes": SEGMENTS})
    await arcade.put("player", "groot", {})
    blocked = {"status": "self_excluded", "reason": "the story wants it"}
    assert (await arcade.key.patch("/v1/players/groot/status", json=blocked)).status_code == 201
    for what, path, body, status, code in BAD:
        answer = await arcade.key.post(path, content=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what
        assert list(answer.json()) == ["error", "code"]
    for path, code in (
        ("nope", "NO_MINI_GAME"),
        ("scratch?user_id=nobody", "NO_PLAYER"),
        ("scratch?x=1", "VALIDATION"),
    ):
        assert (await arcade.key.get(f"/v1/mini-games/{path}")).json()["code"] == code
    assert await arcade.events("mini_game.played") == 0
    assert await arcade.events("wallet.posted") == 1, "the opening balance alone"


async def test_a_used_key_with_another_body_is_a_conflict(arcade: Town) -> None:
    await arcade.put("mini_game", "second", {"name": "Second", "prizes": SEGMENTS})
    assert (await play(arcade, "one-key")).status_code == 201
    body = {"user_id": "rocket", "idempotency_key": "one-key"}
    other = await arcade.key.post("/v1/mini-games/second/play", json=body)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_CONFLICT")
