"""Which code a number of a pool stands for: as listed, or made so that nobody can guess it and none is there twice."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from shared.ids import RewardId
from shared.messages.reward import RewardSpec
from shared.shapes import Facts
from shared.streams import Stream, key_of

GUESSED_BITS: Final = 35
"""Of a code's 60 bits, those that are drawn: seven of its twelve characters."""
NUMBER_BITS: Final = 25
"""The others hide the number, which is less than 2**25: so no two numbers of a pool have the same code."""
_BYTES: Final = 8
_LEFT_OVER: Final = 8 * _BYTES - GUESSED_BITS - NUMBER_BITS


def code_of(reward: RewardId, spec: RewardSpec, number: int, facts: Facts) -> str:
    """The code with this number, 0 to below the pool's size."""
    if spec.codes:
        return spec.codes[number]
    drawn = int(facts.seeds.of(Stream("reward", key_of(reward)), number).value, 16) % 2**GUESSED_BITS
    return written(drawn, number ^ _mask(reward, drawn, facts))


def written(drawn: int, hidden: int) -> str:
    """Sixty bits as twelve letters and digits, without those that look alike (RFC 4648, base32)."""
    bits = (drawn << NUMBER_BITS | hidden) << _LEFT_OVER
    return base64.b32encode(bits.to_bytes(_BYTES, "big")).decode()[:12]


def _mask(reward: RewardId, drawn: int, facts: Facts) -> int:
    """Only who knows the tenant's secret can tell from a code how many were given before it."""
    secret = facts.seeds.of(Stream("reward_codes", key_of(reward)), 0).value
    digest = hashlib.sha256(f"{secret}:{drawn}".encode()).digest()
    return int.from_bytes(digest, "big") % 2**NUMBER_BITS
