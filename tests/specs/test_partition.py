"""A key's partition is Kafka's own choice, so that any standard producer lands where our services look."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.partition import murmur2, partition_of, partition_of_key

# From Apache Kafka's own test of it, org.apache.kafka.common.utils.UtilsTest.testMurmur2; signed, as Java has it.
PUBLISHED = [
    (b"21",                                               -973932308),
    (b"foobar",                                           -790332482),
    (b"a-little-bit-long-string",                         -985981536),
    (b"a-little-bit-longer-string",                      -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",  -58897971),
    (b"abc",                                               479470107),
]  # fmt: skip


@pytest.mark.parametrize(("key", "signed"), PUBLISHED, ids=[key.decode() for key, _ in PUBLISHED])
def test_the_published_hashes_reproduce(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed % 2**32


@pytest.mark.parametrize(("key", "signed"), PUBLISHED, ids=[key.decode() for key, _ in PUBLISHED])
def test_the_sign_bit_is_dropped_before_the_partition_is_taken(key: bytes, signed: int) -> None:
    assert partition_of_key(key, 12) == (signed & 0x7FFFFFFF) % 12


@given(key=st.binary(max_size=64), partitions=st.integers(1, 100))
def test_a_standard_producer_chooses_the_same_partition(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert partition_of_key(key, partitions) == DefaultPartitioner()(key, every, every)


def test_a_tenants_player_is_routed_by_both_names() -> None:
    assert partition_of("starlight", "rocket", 8) == partition_of_key(b"starlight/rocket", 8)
    spread = {partition_of("starlight", f"player-{number}", 8) for number in range(200)}
    assert spread == set(range(8))
