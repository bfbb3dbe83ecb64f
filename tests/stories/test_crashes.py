"""Whoever dies at whatever moment of whatever wish: after the next start it has one effect and one answer.

The services run in this process, over a bus and tables that outlive them; tests/system kills real processes. Each wish
is first granted without a crash, which tells what its effect is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from services.gateway.problem import Problem
from shared.bus.partition import partition_of
from shared.cli.town import service_named
from shared.ids import PlayerId, TenantId
from shared.messages.player import SetPlayerPassword
from shared.running import WORKERS, wire_worker
from shared.shapes import MOST_ROWS
from shared.worker.points import CRASH_POINTS
from shared.worker.worker import Worker
from tests.stories import accounts, deals, gifts, plays, runs
from tests.stories.abroad import obliging
from tests.stories.aside import told
from tests.stories.house import gateway
from tests.stories.town import PARTITIONS, Town, eventually

pytestmark = pytest.mark.postgres

ANSWER_WITHIN_MS: Final = 1_000
Answer = Mapping[str, Any]


class Dead(BaseException):
    """The process is gone; nothing of it can catch this."""


class Bomb:
    """Ends the worker the n-th time that it reaches a point."""

    def __init__(self, point: str, count: int) -> None:
        self._point, self._left = point, count

    def reach(self, point: str) -> None:
        """See Points."""
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                raise Dead(point)


class House:
    """A town whose workers can be killed one by one."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._workers: dict[str, Worker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, service: str) -> None:
        # Without those who call operators' wallets beside it: here the wallet itself answers, and outlives the worker.
        worker = await wire_worker(service_named(service), self.town.parts)
        self._workers[service] = worker
        self._tasks[service] = asyncio.create_task(worker.run())
        await eventually(f"{service} works", self._at_work(worker))

    def _at_work(self, worker: Worker) -> Callable[[], Awaitable[bool]]:
        async def at_work() -> bool:
            return worker.trouble is None and bool(worker.owned)

        return at_work

    def arm(self, service: str, point: str, count: int) -> None:
        self._workers[service]._points = Bomb(point, count)

    async def start_anew(self, service: str) -> None:
        self._workers[service].stop()
        await self._tasks[service]
        await self.start(service)

    async def dead(self, service: str) -> None:
        with pytest.raises(Dead):
            await asyncio.wait_for(self._tasks[service], 30)

    async def stop(self) -> None:
        for worker in self._workers.values():
            worker.stop()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def happened(self) -> Counter[str]:
        """How many facts of each type stand in the logs."""
        counts: Counter[str] = Counter()
        for service in WORKERS:
            rows = await self.town.sql(f"select type, count(*) from {service}.events group by type")
            counts.update({str(type_): int(count) for type_, count in rows})
        return counts


@dataclass(frozen=True)
class Wish:
    """What somebody wishes, and what it is worth to the player once it is granted."""

    turns: Mapping[str, int]
    """How many batches of each service it takes; first the one that it is said to."""
    say: Callable[[Town, str, str], Coroutine[Any, Any, httpx.Response]]
    """(town, what it is about, key)"""
    worth: Callable[[Answer], int] = lambda answer: 0
    """What is in the player's WINZ wallet afterwards, more than before."""
    prepare: Callable[[Town, str], Awaitable[None]] | None = None
    """Makes what it is about, anew for every wish."""
    abroad: bool = False
    """Whether an operator's wallet is asked."""


async def credit(town: Town, about: str, key: str) -> httpx.Response:
    body = {"asset": "WINZ", "amount": 70, "idempotency_key": key}
    return await town.admin.post("/admin/v1/players/rocket/credit", json=body, headers={"X-Tenant": "starlight"})


async def debit(town: Town, about: str, key: str) -> httpx.Response:
    body = {"asset": "WINZ", "amount": 30, "idempotency_key": key}
    return await town.admin.post("/admin/v1/players/rocket/debit", json=body, headers={"X-Tenant": "starlight"})


async def limit(town: Town, about: str, key: str) -> httpx.Response:
    body = {"wager_daily_limit": len(about), "idempotency_key": key}
    return await town.key.post("/v1/players/rocket/rg", json=body)


async def open_box(town: Town, about: str, key: str) -> httpx.Response:
    return await town.open_box(key)


async def a_new_player(town: Town, about: str) -> None:
    answer = await town.put("player", about, {})
    assert answer.status_code == 200, answer.text

    async def all_has_been_told() -> bool:  # that somebody signed up, above all: it would be a turn of its own
        return not any([await town.sql(f"select 1 from {service}.outbox") for service in WORKERS])

    await eventually("nothing is under way", all_has_been_told)


async def a_banned_player(town: Town, about: str) -> None:
    await a_new_player(town, about)
    answer = await accounts.ban(town, about, f"{about}-ban")
    assert answer.status_code == 201, answer.text


async def a_writer(town: Town, about: str) -> None:
    """A new player who wrote more into forms than is erased in one page."""
    await a_new_player(town, about)
    part = partition_of(TenantId("starlight"), about, PARTITIONS)
    await town.sql(
        "insert into engines.responses (part, tenant, player, attempt_id, activity, body)"
        f" select {part}, 'starlight', '{about}', n, 'form', '{{}}' from generate_series(1, {MOST_ROWS + 1}) n"
    )


async def erase_writer(town: Town, about: str, key: str) -> httpx.Response:
    answer = await accounts.erase(town, about, key)
    if answer.status_code != 504:
        assert await town.sql(f"select 1 from engines.responses where player = '{about}'") == [], "told too early"
    return answer


async def open_box_as_a_stranger(town: Town, about: str, key: str) -> httpx.Response:
    return await town.open_box(key, player=about)


async def close_the_gates(town: Town, about: str, key: str) -> httpx.Response:
    body = {"status": "self_excluded", "reason": "asked for it", "idempotency_key": key}
    return await town.key.patch(f"/v1/players/{about}/status", json=body)


async def set_password(town: Town, about: str, key: str) -> httpx.Response:
    wish = SetPlayerPassword(player=PlayerId("rocket"), password_hash=f"argon2 of {key}")
    try:
        answer = await told(town, "ledger", wish, "rocket", key, within_ms=ANSWER_WITHIN_MS)
    except Problem:
        return httpx.Response(504, json={})
    return httpx.Response(200 if answer.repeated else 201, json=answer.body)


async def new_jackpot(town: Town, about: str) -> None:
    spec = {"name": "Pool", "asset": "WINZ", "seed_usd": "100", "must_drop_at": {"min": "101", "max": "101"}}
    assert (await town.put("jackpot", f"pool-{about}", spec)).status_code == 200


async def win_jackpot(town: Town, about: str, key: str) -> httpx.Response:
    body = {"user_id": "rocket", "source_wager_id": about, "amount": "1.5", "idempotency_key": key}
    return await town.key.post(f"/v1/jackpots/pool-{about}/contribute", json=body)


async def drop_jackpot(town: Town, about: str, key: str) -> httpx.Response:
    body = {"winner_user_id": "rocket", "idempotency_key": key}
    return await town.key.post(f"/v1/jackpots/pool-{about}/drop", json=body)


async def a_raffle(town: Town, about: str) -> None:
    answer = await town.put("raffle", about, {"name": about, "ticket_cost": 10, "prize_amount": 500})
    assert answer.status_code == 200, answer.text


async def a_raffle_with_tickets(town: Town, about: str) -> None:
    await a_raffle(town, about)
    answer = await enter_raffle(town, about, f"{about}-entry")
    assert answer.status_code == 201, answer.text


async def enter_raffle(town: Town, about: str, key: str) -> httpx.Response:
    body = {"user_id": "rocket", "tickets": 3, "idempotency_key": key}
    return await town.key.post(f"/v1/raffles/{about}/enter", json=body)


async def draw_raffle(town: Town, about: str, key: str) -> httpx.Response:
    return await town.key.post(f"/v1/raffles/{about}/draw", json={"idempotency_key": key})


async def a_race(town: Town, about: str) -> None:
    answer = await town.put("tournament", about, {"name": about, "points_per_usd": 1, "prize_pool": 600})
    assert answer.status_code == 200, answer.text


async def a_race_with_a_runner(town: Town, about: str) -> None:
    await a_race(town, about)
    answer = await score(town, about, f"{about}-score")
    assert answer.status_code == 200, answer.text


async def score(town: Town, about: str, key: str) -> httpx.Response:
    body = {"user_id": "rocket", "wagered": 5, "source_wager_id": key, "idempotency_key": key}
    return await town.key.post(f"/v1/tournaments/{about}/score", json=body)


async def close_race(town: Town, about: str, key: str) -> httpx.Response:
    return await town.key.post(f"/v1/tournaments/{about}/close", json={"idempotency_key": key})


async def a_game(town: Town, about: str) -> None:
    prizes = [{"segment_label": "sure", "asset": "WINZ", "amount": 250, "weight": 1}]
    answer = await town.put("mini_game", about, {"name": about, "prizes": prizes})
    assert answer.status_code == 200, answer.text
    first = await play_game(town, about, f"{about}-first")  # promises a seed that every later play is already promised
    assert first.status_code == 201, first.text


async def play_game(town: Town, about: str, key: str) -> httpx.Response:
    return await town.key.post(f"/v1/mini-games/{about}/play", json={"user_id": "rocket", "idempotency_key": key})


async def a_journey(town: Town, about: str) -> None:
    answer = await town.put("journey", about, {"name": about, "trigger": about, "steps": 1, "reward_winz": 500})
    assert answer.status_code == 200, answer.text


async def trigger_journey(town: Town, about: str, key: str) -> httpx.Response:
    body = {"user_id": "rocket", "trigger": about, "idempotency_key": key}
    return await town.key.post("/v1/journeys/event", json=body)


WISHES: Final = {
    "wallet.credit": Wish({"ledger": 1}, credit, lambda answer: 70),
    "wallet.debit": Wish({"ledger": 1}, debit, lambda answer: -30),
    "player.set_limits": Wish({"ledger": 1}, limit),
    "jackpot.contribute": Wish({"engines": 2, "ledger": 1}, win_jackpot, lambda answer: 101, new_jackpot),
    "jackpot.drop": Wish({"engines": 2, "ledger": 1}, drop_jackpot, lambda answer: int(answer["amount"]), new_jackpot),
    "player.set_password": Wish({"ledger": 1}, set_password),
    "player.set_status": Wish({"ledger": 2, "engines": 1}, close_the_gates, prepare=a_new_player),
    "player.register": Wish({"ledger": 1}, accounts.register, prepare=a_new_player),
    "player.set_identity": Wish({"ledger": 1}, accounts.set_identity),
    "player.ban": Wish({"ledger": 2, "engines": 1}, accounts.ban, prepare=a_new_player),
    "player.unban": Wish({"ledger": 2, "engines": 1}, accounts.unban, prepare=a_banned_player),
    "player.erase": Wish({"ledger": 2, "engines": 1}, accounts.erase, prepare=a_new_player),
    "player.erase, of two pages": Wish({"ledger": 2, "engines": 2}, erase_writer, prepare=a_writer),
    "entry.take": Wish({"ledger": 1}, accounts.enter, lambda _: -accounts.COST),
    "entry.give_back": Wish({"ledger": 1}, accounts.give_back, lambda _: accounts.COST),
    "grant.give": Wish({"ledger": 1}, gifts.give, prepare=gifts.things),
    "grant.give_one": Wish({"ledger": 1}, gifts.give_one, prepare=gifts.things),
    "grant.claim": Wish({"ledger": 1}, gifts.claim, lambda _: gifts.AMOUNT, gifts.a_gift),
    "grant.ack": Wish({"ledger": 1}, gifts.ack, lambda _: gifts.AMOUNT, gifts.a_gift),
    "grant.open_crate": Wish({"ledger": 1}, gifts.open_crate, prepare=gifts.a_crate),
    "lootbox.open": Wish({"engines": 2, "ledger": 1}, open_box, lambda answer: int(answer["reward"]["amount"])),
    "lootbox.open, a stranger": Wish({"engines": 3, "ledger": 2}, open_box_as_a_stranger, prepare=a_new_player),
    "mini_game.play": Wish({"engines": 2, "ledger": 1}, play_game, lambda answer: 250, a_game),
    "journey.trigger": Wish({"engines": 2, "ledger": 1}, trigger_journey, lambda answer: 500, a_journey),
    "raffle.enter": Wish({"engines": 2, "ledger": 1}, enter_raffle, lambda answer: -30, a_raffle),
    "tournament.score": Wish({"leaderboards": 2, "ledger": 1}, score, prepare=a_race),
    "tournament.close": Wish({"leaderboards": 2, "ledger": 1}, close_race, lambda _: 300, a_race_with_a_runner),
    "event.start": Wish({"leaderboards": 2, "ledger": 1}, runs.start, prepare=runs.an_event),
    "event.start, paid": Wish({"leaderboards": 2, "ledger": 1}, runs.start, lambda _: -runs.COST, runs.a_dear_event),
    "event.start, to wait": Wish({"leaderboards": 2, "ledger": 1}, runs.start, prepare=runs.a_cup),
    "attempt.progress": Wish({"leaderboards": 1}, runs.progress, prepare=runs.an_attempt),
    "attempt.progress, to a milestone": Wish(
        {"leaderboards": 2, "ledger": 1}, runs.reach_a_milestone, prepare=runs.an_attempt
    ),
    "attempt.finish": Wish({"leaderboards": 1}, runs.finish, prepare=runs.an_attempt),
    "lobby.push": Wish({"leaderboards": 1}, runs.push_lobby, prepare=runs.a_cup),
    "raffle.draw": Wish({"engines": 2, "ledger": 1}, draw_raffle, lambda answer: 500, a_raffle_with_tickets),
    "wheel.spin": Wish({"engines": 2, "ledger": 1}, plays.spin, lambda _: plays.WON, plays.a_free_wheel),
    "wheel.spin, paid": Wish({"engines": 3, "ledger": 2}, plays.spin, lambda _: plays.WON - 50, plays.a_dear_wheel),
    "wheel.dry_spin": Wish({"engines": 1}, plays.dry_spin, prepare=plays.a_free_wheel),
    "wheel.dry_spin, paid": Wish({"engines": 2, "ledger": 1}, plays.dry_spin, lambda _: -50, plays.a_dear_wheel),
    "wheel.claim": Wish({"engines": 2, "ledger": 1}, plays.claim, lambda _: plays.WON, plays.a_token),
    "wheel.grant_bonus_spins": Wish({"engines": 1}, plays.grant_spins, prepare=plays.a_free_wheel),
    "activity_session.open": Wish({"engines": 1}, plays.open_session, prepare=plays.an_engagement),
    "activity.validate": Wish({"engines": 1}, plays.validate, prepare=plays.a_roulette),
    "activity.complete": Wish({"engines": 4, "ledger": 1}, plays.complete, lambda _: plays.POINTS, plays.a_quiz),
    "session.launch": Wish({"rgs": 2, "ledger": 1}, deals.launch, prepare=deals.a_guest),
    "session.refresh": Wish({"rgs": 1}, deals.refresh, prepare=deals.a_session),
    "seeds.rotate": Wish({"rgs": 1}, deals.rotate, prepare=deals.a_session),
    "round.begin": Wish({"rgs": 2, "ledger": 1}, deals.bet, lambda _: deals.GAIN, deals.a_session),
    "round.begin, of moves": Wish({"rgs": 2, "ledger": 1}, deals.start, lambda _: -deals.STAKE, deals.a_field),
    "round.move": Wish({"rgs": 2, "ledger": 1}, deals.cash_out, deals.payout_in, deals.a_safe_field),
    "round.move, staked": Wish({"rgs": 2, "ledger": 1}, deals.double, lambda _: -deals.STAKE, deals.a_bad_hand),
    "round.begin, abroad": Wish({"rgs": 3}, deals.bet_abroad, prepare=deals.a_session_abroad, abroad=True),
}
TURNS: Final = [
    (name, service, turn)
    for name, wish in WISHES.items()
    for service, turns in wish.turns.items()
    for turn in range(1, turns + 1)
]


@pytest.fixture
async def house(tables: str) -> AsyncIterator[House]:
    async with gateway(tables, say_timeout_ms=ANSWER_WITHIN_MS) as town:
        found = House(town)
        for service in WORKERS:
            await found.start(service)
        await eventually("the town is ready", town.ready)
        await town.settle()
        yield found
        await found.stop()


@pytest.mark.parametrize(("name", "service", "turn"), TURNS)
async def test_a_death_leaves_one_effect_and_one_answer(house: House, name: str, service: str, turn: int) -> None:
    wish = WISHES[name]
    async with obliging(house.town) if wish.abroad else contextlib.nullcontext():
        await _granted(house, wish, "first")  # may promise a seed, and make the player known, for every later one
        effect = await _granted(house, wish, "control")
        for point in CRASH_POINTS:
            await _survives(house, wish, service, turn, point, effect)


async def _survives(house: House, wish: Wish, service: str, turn: int, point: str, effect: Counter[str]) -> None:
    if wish.prepare is not None:
        await wish.prepare(house.town, point)
    before, balance = await house.happened(), await house.town.balance()
    house.arm(service, point, turn)
    asking = asyncio.create_task(wish.say(house.town, point, point))
    await house.dead(service)
    await house.start(service)
    asker = next(iter(wish.turns))
    if asker != service:
        await house.start_anew(asker)  # or it would ask again after half a minute
    answer = await _answered(house.town, wish, point)
    first = await asking
    assert first.status_code == 504 or _content(first) == _content(answer), point
    again = await wish.say(house.town, point, point)
    assert (again.status_code, _content(again)) == (200, _content(answer)), point
    assert await house.happened() - before == effect, point
    assert await house.town.balance() - balance == wish.worth(answer.json()), point


async def _granted(house: House, wish: Wish, about: str) -> Counter[str]:
    """The facts that one such wish makes, without any crash."""
    if wish.prepare is not None:
        await wish.prepare(house.town, about)
    before = await house.happened()
    answer = await wish.say(house.town, about, about)
    assert answer.status_code in (200, 201), answer.text
    return await house.happened() - before


async def _answered(town: Town, wish: Wish, about: str) -> httpx.Response:
    answers: list[httpx.Response] = []

    async def answered() -> bool:
        answers.append(await wish.say(town, about, about))
        return answers[-1].status_code in (200, 201)

    await eventually("an answer", answered)
    return answers[-1]


def _content(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "deduped"}
