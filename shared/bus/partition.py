"""Which partition a key belongs to: Kafka's own rule, so that any producer lands in the same place."""

from __future__ import annotations

from functools import lru_cache

from shared.messages.envelope import routing_key

_MULTIPLIER = 0x5BD1E995
_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """The 32-bit hash of Kafka's default partitioner (murmur2 by Austin Appleby), as an unsigned number."""
    length = len(data)
    h = _SEED ^ length
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * _MULTIPLIER & _MASK
        k = (k ^ (k >> 24)) * _MULTIPLIER & _MASK
        h = (h * _MULTIPLIER & _MASK) ^ k
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * _MULTIPLIER & _MASK
    h = (h ^ (h >> 13)) * _MULTIPLIER & _MASK
    return h ^ (h >> 15)


def partition_of_key(key: bytes, partitions: int) -> int:
    """Kafka's choice for this key among so many partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


@lru_cache(maxsize=65_536)
def partition_of(tenant: str, key: str, partitions: int) -> int:
    """Where `tenant/key` lives, in every service."""
    return partition_of_key(routing_key(tenant, key), partitions)
