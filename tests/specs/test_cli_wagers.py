"""A made-up stream of wagers is the same again, pays what it was asked to pay, and is what the engines can read."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from shared.bus.memory import MemoryBus
from shared.bus.port import Outgoing
from shared.cli import wager_generate as generating
from shared.cli.wager_post import NoTopic, Post
from shared.cli.wager_stream import CENTS, LARGEST_RTP, PAY_TABLES, MadeUp, Plan, chances, stream
from shared.messages.wager import Deposit, Wager, read_streamed
from shared.money import parse
from shared.settings import WrongSettings

RECIPE = Path(__file__).parents[2] / "docs/recipes/stream-wagers.md"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAN = Plan(start=NOON, seed=7)
LONG = 200_000
"""Messages from which a mean can be told."""


def made(count: int, plan: Plan = PLAN) -> list[MadeUp]:
    return [*islice(stream(plan), count)]


class Played(NamedTuple):
    player: str
    game: int
    stake: int
    payout: int
    """In cents."""


@cache
def long(count: int = LONG, rtp: Fraction = PLAN.rtp) -> list[Played]:
    """The wagers of a long stream, voids left out."""
    messages = islice(stream(replace(PLAN, rtp=rtp)), count)
    bodies = (orjson.loads(one.value) for one in messages if one.kind == "wager")
    return [
        Played(one["player"], int(one["game"][5:]), parse(one["stake"], CENTS), parse(one["payout"], CENTS))
        for one in bodies
    ]


def read(messages: Sequence[MadeUp]) -> list[Wager | Deposit]:
    return [read_streamed(one.value) for one in messages]


def test_the_same_plan_is_the_same_stream_to_the_byte() -> None:
    assert made(2_000) == made(2_000)
    assert made(2_000)[:500] == made(500)


@pytest.mark.parametrize(
    "other", [{"seed": 8}, {"rtp": Fraction(1, 2)}, {"players": 9}, {"start": NOON + timedelta(seconds=1)}]
)
def test_another_plan_has_other_ids_so_that_it_is_not_taken_for_a_repetition(other: dict[str, Any]) -> None:
    def ids(plan: Plan) -> set[str]:
        bodies = [json.loads(one.value) for one in made(500, plan)]
        return {body.get("wager_id") or body["deposit_id"] for body in bodies}

    assert ids(PLAN).isdisjoint(ids(replace(PLAN, **other)))


def test_every_message_is_one_that_the_engines_can_read() -> None:
    messages = made(20_000)
    for one, said in zip(messages, read(messages), strict=True):
        assert (said.tenant, said.currency, said.player) == ("starlight", "USD", one.player)
        kind = "deposit" if isinstance(said, Deposit) else {"settled": "wager", "void": "void"}[said.status]
        assert one.kind == kind


def test_the_examples_of_the_recipe_are_what_the_engines_can_read() -> None:
    examples = re.findall(r"^```json\n(.+?)^```", RECIPE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert [type(read_streamed(one.encode())) for one in examples] == [Wager, Deposit]


@pytest.mark.parametrize("table", PAY_TABLES)
@pytest.mark.parametrize("rtp", [Fraction(0), Fraction(96, 100), Fraction(1), LARGEST_RTP])
def test_every_game_pays_the_asked_rtp_exactly_but_for_64_bits(
    table: tuple[tuple[int, int], ...], rtp: Fraction
) -> None:
    assert sum(share for _, share in table) == 100
    reached = [0, *chances(table, rtp)]
    assert reached[-1] <= 2**64
    parts = [after - before for before, after in pairwise(reached)]
    paid = sum(Fraction(part * halves, 2 * 2**64) for part, (halves, _) in zip(parts, table, strict=True))
    assert abs(paid - rtp) < Fraction(1, 2**40)


def variance(table: tuple[tuple[int, int], ...], rtp: Fraction) -> Fraction:
    """Of what is paid for a stake of 1: a row's chance is its share of the RTP, divided by what it pays."""
    return sum((rtp * Fraction(share, 100) * Fraction(halves, 2) for halves, share in table), Fraction(0)) - rtp**2


@pytest.mark.parametrize(("count", "rtp"), [(LONG, PLAN.rtp), (LONG // 2, Fraction(1, 2))])
def test_what_is_paid_tends_to_the_asked_rtp(count: int, rtp: Fraction) -> None:
    """Within four standard deviations of what chance may do to these stakes."""
    spread = [variance(table, rtp) for table in PAY_TABLES]
    staked, paid, squares = 0, 0, [0] * len(PAY_TABLES)
    for one in long(count, rtp):
        staked += one.stake
        paid += one.payout
        squares[(one.game - 1) % len(PAY_TABLES)] += one.stake**2
    allowed = 16 * sum(square * each for square, each in zip(squares, spread, strict=True))
    assert (paid - rtp * staked) ** 2 <= allowed
    assert allowed < (Fraction(staked) / 8) ** 2, "the bound says nothing"


def test_wins_are_rare_and_big_ones_are_very_rare() -> None:
    times = [one.payout // one.stake for one in long() if one.payout]
    assert len(long()) // 5 < len(times) < len(long()) // 2
    assert 0 < sum(each >= 100 for each in times) < len(long()) // 500


def test_a_few_players_are_much_busier_than_most_and_small_stakes_are_common() -> None:
    played = Counter(one.player for one in long())
    assert [name for name, _ in played.most_common(3)] == ["player-1", "player-2", "player-3"]
    assert played["player-1"] > 20 * played["player-900"] > 0
    stakes = sorted(one.stake for one in long())
    assert sum(stakes) > 2 * stakes[len(stakes) // 2] * len(stakes)


def test_named_players_are_the_busiest() -> None:
    played = Counter(one.player for one in made(20_000, replace(PLAN, named=("rocket", "groot"))))
    assert {name for name, _ in played.most_common(2)} == {"rocket", "groot"}
    assert not played.keys() & {"player-1", "player-2"}


def test_every_void_names_a_wager_before_it_and_none_is_void_twice() -> None:
    open_: dict[str, Wager] = {}
    voids = 0
    for said in read(made(50_000, replace(PLAN, void_share=Fraction(1, 10)))):
        if isinstance(said, Wager) and said.status == "void":
            before = open_.pop(said.wager_id)
            assert said == before.model_copy(update={"status": "void", "at": said.at})
            assert said.at >= before.at
            voids += 1
        elif isinstance(said, Wager):
            assert said.wager_id not in open_
            open_[said.wager_id] = said
    assert 4_700 < voids < 5_300


def test_shares_are_what_was_asked() -> None:
    kinds = Counter(one.kind for one in made(50_000, replace(PLAN, deposit_share=Fraction(3, 10))))
    assert 14_500 < kinds["deposit"] < 15_500
    assert 200 < kinds["void"] < 300
    none = replace(PLAN, deposit_share=Fraction(0), void_share=Fraction(0))
    assert {one.kind for one in made(5_000, none)} == {"wager"}


@pytest.mark.parametrize(("rate", "a_second"), [(0, 1_000), (50, 50), (400_000, 400_000)])
def test_times_ascend_at_about_the_rate(rate: int, a_second: int) -> None:
    messages = made(20_000, replace(PLAN, rate=rate))
    times = [said.at for said in read(messages)]
    assert times == sorted(times)
    assert times[0] >= NOON
    whole = 20_000 * 1_000_000_000 // a_second
    assert whole * 97 // 100 < messages[-1].elapsed_ns < whole * 103 // 100


@pytest.mark.parametrize("text", ["", "0,96", "1e-2", "-1", "+1", ".5", "nan", "0.96 ", "1.6", "2"])
def test_a_share_is_plain_decimal_text_within_its_bounds(text: str) -> None:
    assert generating.exact("--rtp", "0.96", LARGEST_RTP) == Fraction(24, 25)
    with pytest.raises(WrongSettings, match="--rtp"):
        generating.exact("--rtp", text, LARGEST_RTP)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"tenant": "a/b"},               "--tenant 'a/b' is no id"),
        ({"currency": ""},                "--currency '' is no id"),
        ({"named": ("rocket", "a/b")},    "--player 'a/b' is no id"),
        ({"deposit_share": Fraction(1)},  "no room for wagers"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(other: dict[str, Any], said: str) -> None:
    generating.check(PLAN)
    with pytest.raises(WrongSettings, match=said):
        generating.check(replace(PLAN, **other))


def test_what_the_engines_would_not_take_is_not_sent() -> None:
    generating.check_times(PLAN, 1_000, NOON)
    generating.check_times(replace(PLAN, rate=1), 1_000_000, NOON)
    with pytest.raises(WrongSettings, match="in the future"):
        generating.check_times(PLAN, 1_000_000, NOON)
    with pytest.raises(WrongSettings, match="400 days ago"):
        generating.check_times(PLAN, 1, NOON + timedelta(days=401))


class Timed(MemoryBus):
    """Notes when it was given what."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[float, Sequence[Outgoing]]] = []

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        self.given.append((asyncio.get_running_loop().time(), messages))
        await super().publish(messages)


async def test_with_a_rate_no_message_is_sent_before_its_time() -> None:
    bus, told, plan = Timed(), list[int](), replace(PLAN, rate=1_000)
    with pytest.raises(NoTopic, match=r"there is no topic wagers\.starlight: configure the tenant"):
        await generating.send(plan, 250, Post(bus), told.append)
    await bus.ensure({"wagers.starlight": 8})
    begun = asyncio.get_running_loop().time()
    await generating.send(plan, 250, post := Post(bus), told.append)
    assert told == [100, 100, 50]
    assert post.sent.messages == 250
    messages = iter(made(250, plan))
    for at, given in bus.given:
        for sent, one in zip(given, messages, strict=False):
            assert sent.value == one.value
            assert (at - begun) * 1_000_000_000 >= one.elapsed_ns - 1_000
