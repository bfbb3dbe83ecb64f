"""Wherever a process dies between "message fetched" and "reply told", the same wish has one effect and one answer."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shared.worker.points import CLAIM_POINTS, CRASH_POINTS, RELOAD_POINT
from tests.system import plays
from tests.system.town import Town, eventually

PLAYER = "groot"
RUNNERS: dict[str, plays.Runner] = {}
"""Who plays events, by the address of the town."""


@dataclass(frozen=True)
class Wish:
    """One kind of wish: how it is said, and in which turns of which service it is served."""

    say: Callable[[Town, str], httpx.Response]
    turns: tuple[tuple[str, int], ...]
    """(service, how many batches of it the wish passes through)"""
    worth: Callable[[httpx.Response], int]
    """What the wallet gains by it."""
    again: int = 200
    """The status of a repeated answer."""


WISHES = {
    "wallet.credit": Wish(lambda town, key: town.credit(PLAYER, 7, key), (("ledger", 1),), lambda _: 7),
    "wallet.debit": Wish(lambda town, key: town.debit(PLAYER, 3, key), (("ledger", 1),), lambda _: -3),
    "lootbox.open": Wish(
        lambda town, key: town.open_box(PLAYER, key),
        (("engines", 2), ("ledger", 1)),
        lambda answer: int(answer.json()["reward"]["amount"]),
    ),
    "player.set_status": Wish(
        lambda town, key: town.set_status("mantis", "suspended", key), (("ledger", 2), ("engines", 1)), lambda _: 0
    ),
    "wheel.spin": Wish(
        lambda town, key: plays.spin(town, PLAYER, key), (("engines", 3),), lambda _: plays.WON - plays.PRICE
    ),
    "activity.complete": Wish(
        lambda town, key: plays.complete(town, PLAYER, key), (("engines", 4),), lambda _: plays.POINTS
    ),
    "event.start": Wish(
        lambda town, key: RUNNERS[town.gateway].start(key), (("leaderboards", 2),), lambda _: -plays.ENTRY, again=201
    ),
    "attempt.progress": Wish(
        lambda town, key: RUNNERS[town.gateway].progress(key), (("leaderboards", 2), ("ledger", 1)), lambda _: 0
    ),
}
"""What the ledger does for spins, completions and starts it does for credits, debits and prizes, too."""
TURNS = [
    (name, service, turn)
    for name, wish in WISHES.items()
    for service, turns in wish.turns
    for turn in range(1, turns + 1)
]
RELOADS = [("lootbox.open", "engines", 1), ("player.set_status", "ledger", 1)]
"""The turns that end with a Send: whoever is started next has forgotten it when its answer comes."""
STEPS = [(*where, point) for where in TURNS for point in CRASH_POINTS]


@pytest.fixture(scope="module")
def town(
    module_kafka: str, module_database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with Town(module_kafka, module_database, Path(tmp_path_factory.mktemp("sweep")), redis=redis_url) as standing:
        plays.settle(standing, PLAYER)
        first = [plays.spin(standing, PLAYER, "first"), plays.complete(standing, PLAYER, "first")]
        assert [answer.status_code for answer in first] == [200, 200], "after these the engines know the player"
        RUNNERS[standing.gateway] = plays.Runner(standing, PLAYER)
        yield standing
        for service in standing.services.values():
            service.stop()
        assert "no difference" in standing.run("verify")
        print(
            f"\ncrash sweep: {len(WISHES)} commands in {len(TURNS)} turns:"
            f" {len(STEPS)} crashes in a step, {len(TURNS) * len(CLAIM_POINTS)} more in the claims that follow one,"
            f" {len(RELOADS)} between two loads"
        )


@pytest.mark.parametrize(("name", "service", "turn", "point"), STEPS)
def test_a_crash_leaves_one_effect_and_one_answer(town: Town, name: str, service: str, turn: int, point: str) -> None:
    survives(town, name, service, [(point, turn)])


@pytest.mark.parametrize(("name", "service", "turn"), TURNS)
def test_crashes_in_the_claims_after_a_crash_leave_one_effect_and_one_answer(
    town: Town, name: str, service: str, turn: int
) -> None:
    """The turn is committed and nobody was told; whoever is started next dies in its claim, a little later each."""
    survives(town, name, service, [("committed", turn), *((point, 1) for point in CLAIM_POINTS)], anew=asker_of(name))


@pytest.mark.parametrize(("name", "service", "turn"), RELOADS)
def test_a_crash_between_two_loads_leaves_one_effect_and_one_answer(
    town: Town, name: str, service: str, turn: int
) -> None:
    survives(town, name, service, [("committed", turn), (RELOAD_POINT, 1)])


def asker_of(name: str) -> str:
    """The service that the wish is said to; whatever it asked of another it asks again in its own claim."""
    return WISHES[name].turns[0][0]


def survives(town: Town, name: str, service: str, deaths: list[tuple[str, int]], *, anew: str | None = None) -> None:
    """Say this wish while its service dies at one moment after another, started again each time.

    In the end another service is started `anew` too, so that nobody waits half a minute for it to ask again.
    """
    wish, key = WISHES[name], "-".join([name, service, *(f"{point}-{count}" for point, count in deaths)])
    before = town.balance(PLAYER)
    first: list[httpx.Response] = []
    town.arm(service, "kill", *deaths[0])
    saying = threading.Thread(target=lambda: first.append(wish.say(town, key)))
    saying.start()
    for later in [*deaths[1:], None]:
        assert town.services[service].wait_dead() == -signal.SIGKILL
        if later is not None:
            town.arm(service, "kill", *later)
        town.services[service].start()
    town.services[service].wait_ready()
    if anew not in (None, service):
        town.services[anew].stop()
        town.services[anew].start()
        town.services[anew].wait_ready()
    answer = eventually("an answer", lambda: _final(wish.say(town, key)))
    saying.join()
    again = wish.say(town, key)
    assert _content(again) == _content(answer)
    assert again.status_code == wish.again
    assert all(_content(one) == _content(answer) for one in first if one.status_code < 400)
    assert town.balance(PLAYER) - before == wish.worth(answer)


def _final(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code in (200, 201) else None


def _content(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "deduped"}
