"""The stream of chance behind a round of a game: exact fractions from server seed, client seed and nonce.

The scheme is Stake's, published at https://stake.com/provably-fair: one digest of 32 bytes a block, 4 bytes a float.
Floats are kept as whole numbers over 2**32, so that no outcome ever depends on binary rounding.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

UNIT: Final = 2**32
"""A float is its numerator over this."""
FLOATS_A_BLOCK: Final = 8
_BYTES_A_FLOAT: Final = 4


def block_of(server_seed: str, client_seed: str, nonce: int, block: int) -> bytes:
    """32 bytes: HMAC-SHA256(key = server seed as text, not hex-decoded; message = `{client}:{nonce}:{block}`)."""
    return hmac.digest(server_seed.encode(), f"{client_seed}:{nonce}:{block}".encode(), "sha256")


def numerators(server_seed: str, client_seed: str, nonce: int, cursor: int = 0) -> Iterator[int]:
    """The round's floats from number `cursor` (from 0) on, without end, each as 0 … 2**32 - 1 over 2**32.

    Raises:
        ValueError: the cursor is negative.
    """
    if cursor < 0:
        raise ValueError(f"there is no float {cursor}: they count from 0")
    block, skipped = divmod(cursor, FLOATS_A_BLOCK)
    while True:
        digest = block_of(server_seed, client_seed, nonce, block)
        for start in range(skipped * _BYTES_A_FLOAT, len(digest), _BYTES_A_FLOAT):
            yield int.from_bytes(digest[start : start + _BYTES_A_FLOAT], "big")
        block, skipped = block + 1, 0


def floats(server_seed: str, client_seed: str, nonce: int, cursor: int = 0) -> Iterator[Fraction]:
    """The same as exact fractions in [0, 1)."""
    for numerator in numerators(server_seed, client_seed, nonce, cursor):
        yield Fraction(numerator, UNIT)


def scaled(numerator: int, outcomes: int) -> int:
    """Which of so many outcomes a float falls on: floor(float × outcomes), exactly."""
    return numerator * outcomes // UNIT
