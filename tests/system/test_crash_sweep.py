"""Wherever a process dies between "message fetched" and "reply told", the same wish has one effect and one answer."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from services.rgs.calls import AT_ONCE
from shared.worker.points import CALL_POINTS, CLAIM_POINTS, CRASH_POINTS, RELOAD_POINT
from tests.system import plays, seats
from tests.system.seats import Seat, payout_in
from tests.system.town import Town, eventually

PLAYER = "groot"
RUNNERS: dict[str, plays.Runner] = {}
"""Who plays events, by the address of the town."""
SEATS: dict[str, Seat] = {}
"""Of who plays games, by the wish that is said there."""


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
    prepare: Callable[[Seat], None] | None = None
    """Makes what it is about, anew for every wish at a table."""
    held: Callable[[Town], int] = lambda town: town.balance(PLAYER)
    """What is in the wallet."""
    abroad: bool = False
    """Whether an operator's wallet is asked. A stake that nobody can tell of makes it void; said again, it runs."""


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
    "round.begin": Wish(
        lambda _, key: SEATS["round.begin"].begin(seats.DICE, key),
        (("rgs", 2),),
        lambda answer: payout_in(answer, "bet") - seats.STAKE,
        held=lambda _: SEATS["round.begin"].balance(),
    ),
    "round.begin-of-moves": Wish(
        lambda _, key: SEATS["round.begin-of-moves"].begin(seats.MINES, key),
        (("rgs", 2),),
        lambda _: -seats.STAKE,
        prepare=Seat.clear,
        held=lambda _: SEATS["round.begin-of-moves"].balance(),
    ),
    "round.move": Wish(
        lambda _, key: SEATS["round.move"].cash_out(key),
        (("rgs", 2),),
        lambda answer: payout_in(answer, "cashout"),
        prepare=Seat.go_on,
        held=lambda _: SEATS["round.move"].balance(),
    ),
    "round.begin-abroad": Wish(
        lambda _, key: SEATS["round.begin-abroad"].begin(seats.DICE, key),
        (("rgs", 3),),
        lambda answer: payout_in(answer, "bet") - seats.STAKE,
        held=lambda _: SEATS["round.begin-abroad"].balance(),
        abroad=True,
    ),
}
"""What the ledger does for spins, rounds and starts it does for credits, debits and prizes, too."""
TABLES = {
    "round.begin": (seats.HOUSE, "dice-alpha"),
    "round.begin-of-moves": (seats.HOUSE, "mines-alpha"),
    "round.move": (seats.HOUSE, "mines-beta"),
    "round.begin-abroad": (seats.ABROAD, "dice-alpha"),
}
"""Where rounds are played: the operator and the game."""
TURNS = [
    (name, service, turn)
    for name, wish in WISHES.items()
    for service, turns in wish.turns
    for turn in range(1, turns + 1)
]
RELOADS = [("lootbox.open", "engines", 1), ("player.set_status", "ledger", 1)]
"""The turns that end with a Send: whoever is started next has forgotten it when its answer comes."""
STEPS = [(*where, point) for where in TURNS for point in CRASH_POINTS]
CALLS = [(point, call) for call in (1, 2) for point in CALL_POINTS]
"""Around the call for a stake, and around the call for what it has won."""
RETOLD = "lootbox.open"
"""Whoever asks another is asked again after half a minute: once is enough to see that."""


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one who keeps its players' money: a process that outlives all of the town's."""
    with seats.operator_process(Path(tmp_path_factory.mktemp("operator"))) as address:
        yield address


@pytest.fixture(scope="module")
def town(
    module_kafka: str, module_database: str, redis_url: str, operator: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    with Town(module_kafka, module_database, Path(tmp_path_factory.mktemp("sweep")), redis=redis_url) as standing:
        plays.settle(standing, PLAYER)
        first = [plays.spin(standing, PLAYER, "first"), plays.complete(standing, PLAYER, "first")]
        assert [answer.status_code for answer in first] == [200, 200], "after these the engines know the player"
        RUNNERS[standing.gateway] = plays.Runner(standing, PLAYER)
        seats.settle(standing, operator)
        SEATS.update({name: Seat(standing, *where) for name, where in TABLES.items()})
        yield standing
        voids = [check_rounds(standing, seat) for seat in SEATS.values()]
        told = [standing.run("reconcile", one) for one in (seats.HOUSE, seats.ABROAD)]
        for service in standing.services.values():
            service.stop()
        assert "no difference" in standing.run("verify")
        print(
            f"\n{''.join(told)}rounds that a crash made void: {sum(voids)}\n"
            f"crash sweep: {len(WISHES)} commands in {len(TURNS)} turns:"
            f" {len(STEPS)} crashes in a step, {len(TURNS) * len(CLAIM_POINTS)} more in the claims that follow one,"
            f" {len(RELOADS)} between two loads, {len(CALLS)} around calls of an operator"
        )


def check_rounds(town: Town, seat: Seat) -> int:
    """Every round at this table is over, one counts for each wish, each has spent a nonce; how many are void."""
    seat.clear()
    eventually("nothing is asked of anybody", lambda: seats.nothing_is_asked(town))
    rounds = seats.rounds_at(town, seat)
    assert {status for status, _, _ in rounds} <= seats.OVER
    assert [(pair, nonce) for _, pair, nonce in rounds] == [(0, nonce) for nonce in range(len(rounds))]
    statuses = Counter(status for status, _, _ in rounds)
    assert statuses["settled"] == seat.asked_for
    assert seat.operator == seats.ABROAD or not statuses["voided"]
    return statuses["voided"]


@pytest.mark.parametrize(("name", "service", "turn", "point"), STEPS)
def test_a_crash_leaves_one_effect_and_one_answer(town: Town, name: str, service: str, turn: int, point: str) -> None:
    anew = asker_of(name) if point == "committed" and name != RETOLD else None
    survives(town, name, service, [(point, turn)], anew=anew)


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


@pytest.mark.parametrize(("point", "call"), CALLS)
def test_a_crash_around_a_call_of_an_operator_leaves_one_effect_and_one_answer(
    town: Town, point: str, call: int
) -> None:
    """A stake that may have been asked for is taken back, a payout asked for again."""
    survives(town, "round.begin-abroad", "rgs", [(point, call)])


def test_a_process_that_ends_in_good_order_makes_no_bet_void(town: Town, operator: str) -> None:
    """What it has not asked the operator for is left to whoever comes next: more bets than are called at once."""
    guests = [Seat(town, seats.ABROAD, "dice-alpha", f"guest-{number}") for number in range(AT_ONCE + 4)]
    before = seats.stakes_at(operator)
    seats.spoil(operator, "debit", "slow", len(guests))
    rgs = town.services["rgs"]
    with ThreadPoolExecutor(len(guests)) as saying:
        for guest in guests:
            saying.submit(_bet, guest)
        eventually("as many stakes are asked for as may be", lambda: seats.stakes_at(operator) - before == AT_ONCE)
        rgs.signal(signal.SIGTERM)
        assert rgs.wait_dead() == 0
        rgs.start()
    rgs.wait_ready()
    seats.spoil(operator, "debit", "slow", 0)
    for guest in guests:
        eventually("an answer", partial(_bet, guest))
        assert [status for status, _, _ in seats.rounds_at(town, guest)] == ["settled"]


def asker_of(name: str) -> str:
    """The service that the wish is said to; whatever it asked of another it asks again in its own claim."""
    return WISHES[name].turns[0][0]


def survives(town: Town, name: str, service: str, deaths: list[tuple[str, int]], *, anew: str | None = None) -> None:
    """Say this wish while its service dies at one moment after another, started again each time.

    In the end another service is started `anew` too, so that nobody waits half a minute for it to ask again.
    """
    wish, key = WISHES[name], "-".join([name, service, *(f"{point}-{count}" for point, count in deaths)])
    if wish.prepare is not None:
        wish.prepare(SEATS[name])
    before = wish.held(town)
    first: list[httpx.Response] = []
    town.arm(service, "kill", *deaths[0])
    saying = threading.Thread(target=lambda: first.append(wish.say(town, key)))
    saying.start()
    for later in [*deaths[1:], None]:
        assert town.services[service].wait_dead() == -signal.SIGKILL
        seats.lease_lapses(town)
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
    if wish.abroad:
        eventually("what may have been taken is given back", lambda: seats.nothing_is_asked(town))
    assert wish.held(town) - before == wish.worth(answer)


def _bet(guest: Seat) -> httpx.Response | None:
    return _final(guest.begin(seats.DICE, "deploy"))


def _final(answer: httpx.Response) -> httpx.Response | None:
    return answer if answer.status_code in (200, 201) else None


def _content(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "deduped"}
