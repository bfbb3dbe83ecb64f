"""Wherever a process dies between "message fetched" and "reply told", the same wish has one effect and one answer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shared.worker.points import CRASH_POINTS
from tests.system.town import Town, eventually

PLAYER = "groot"


@dataclass(frozen=True)
class Wish:
    """One kind of wish: how it is said, and in which turns of which service it is served."""

    say: Callable[[Town, str], httpx.Response]
    turns: tuple[tuple[str, int], ...]
    """(service, how many batches of it the wish passes through)"""
    worth: Callable[[httpx.Response], int]
    """What the wallet gains by it."""


WISHES = {
    "wallet.credit": Wish(lambda town, key: town.credit(PLAYER, 7, key), (("ledger", 1),), lambda _: 7),
    "wallet.debit": Wish(lambda town, key: town.debit(PLAYER, 3, key), (("ledger", 1),), lambda _: -3),
    "lootbox.open": Wish(
        lambda town, key: town.open_box(PLAYER, key),
        (("engines", 3), ("ledger", 2)),
        lambda answer: int(answer.json()["reward"]["amount"]),
    ),
}
SWEEP = [
    (name, service, point, turn)
    for name, wish in WISHES.items()
    for service, turns in wish.turns
    for turn in range(1, turns + 1)
    for point in CRASH_POINTS
]


@pytest.fixture(scope="module")
def town(
    module_kafka: str, module_database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with Town(module_kafka, module_database, Path(tmp_path_factory.mktemp("sweep")), redis=redis_url) as standing:
        yield standing
        for service in standing.services.values():
            service.stop()
        assert "no difference" in standing.run("verify")
        print(f"\ncrash sweep: {len(WISHES)} commands x points = {len(SWEEP)} crashes")


@pytest.mark.parametrize(("name", "service", "point", "turn"), SWEEP)
def test_a_crash_leaves_one_effect_and_one_answer(town: Town, name: str, service: str, point: str, turn: int) -> None:
    wish, key = WISHES[name], f"{name}-{service}-{point}-{turn}"
    before = town.balance(PLAYER)
    first: list[httpx.Response] = []
    town.arm(service, "kill", point, turn)
    saying = threading.Thread(target=lambda: first.append(wish.say(town, key)))
    saying.start()
    assert town.services[service].wait_dead() == -signal.SIGKILL
    town.services[service].start()
    town.services[service].wait_ready()
    answer = eventually("an answer", lambda: _final(wish.say(town, key)))
    saying.join()
    again = wish.say(town, key)
    assert _content(again) == _content(answer)
    assert again.status_code == 200
    assert all(_content(one) == _content(answer) for one in first if one.status_code < 400)
    assert town.balance(PLAYER) - before == wish.worth(answer)


def _final(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code in (200, 201) else None


def _content(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "deduped"}
