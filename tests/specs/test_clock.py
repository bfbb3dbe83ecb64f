"""Time and chance: the machine's, and the ones that a test moves."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import Clock, SystemClock, uuid7
from shared.testing.clock import NOON, FixedClock

moments = st.integers(0, 2**48 - 1)
chances = st.binary(min_size=10, max_size=10)


@given(moments, chances)
def test_an_id_is_a_uuid_of_version_7_that_tells_its_time(at_ms: int, chance: bytes) -> None:
    made = uuid.UUID(uuid7(at_ms, chance))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, at_ms)


@given(moments, chances, moments, chances)
def test_ids_sort_by_their_time(one_ms: int, one: bytes, other_ms: int, other: bytes) -> None:
    if one_ms < other_ms:
        assert uuid7(one_ms, one) < uuid7(other_ms, other)


def test_an_id_keeps_74_bits_of_chance() -> None:
    ids = {uuid7(0, (1 << bit).to_bytes(10, "big")) for bit in range(80)}
    assert len(ids) - 1 == 74, "six of the eighty bits give way to version and variant"


@pytest.mark.parametrize("clock", [SystemClock(), FixedClock()], ids=["system", "fixed"])
def test_every_clock_keeps_the_promises(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()
    assert len(clock.random_bytes(32)) == 32
    assert clock.random_bytes(32) != clock.random_bytes(32)
    assert clock.new_id() != clock.new_id()
    seconds = (uuid.UUID(clock.new_id()).int >> 80) / 1_000
    assert abs(datetime.fromtimestamp(seconds, UTC) - clock.now()) < timedelta(minutes=1)


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock()
    assert (clock.now(), clock.monotonic()) == (NOON, 0.0)
    clock.advance(timedelta(milliseconds=1_500))
    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(seconds=1.5), 1.5)
    clock.set(NOON - timedelta(hours=1))
    assert (clock.now(), clock.monotonic()) == (NOON - timedelta(hours=1), 1.5)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(timedelta(seconds=-1))


def test_the_same_seed_gives_the_same_chance() -> None:
    one, same, other = FixedClock(seed="a"), FixedClock(seed="a"), FixedClock(seed="b")
    assert [one.new_id(), one.random_bytes(8)] == [same.new_id(), same.random_bytes(8)]
    assert other.new_id() != FixedClock(seed="a").new_id()
