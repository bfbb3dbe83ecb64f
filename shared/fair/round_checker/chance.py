"""The numbers behind a round, made from its two seeds and its nonce: HMAC-SHA256, four bytes a number."""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Sequence
from typing import Final, TypeVar

WHOLE: Final = 1 << 32
"""A float is a number below this, divided by this."""
_A_DIGEST: Final = 8

Thing = TypeVar("Thing")


class Numbers:
    """The floats of a round, counted from 0; each is handed out as a whole number over 2**32."""

    def __init__(self, server_seed: str, client_seed: str, nonce: int) -> None:
        self._key = bytes(server_seed, "utf-8")
        self._label = f"{client_seed}:{nonce}:"
        self._digests: dict[int, tuple[int, ...]] = {}

    def __getitem__(self, place: int) -> int:
        block = place // _A_DIGEST
        if block not in self._digests:
            digest = hmac.new(self._key, bytes(f"{self._label}{block}", "utf-8"), hashlib.sha256).digest()
            self._digests[block] = struct.unpack(">8I", digest)
        return self._digests[block][place % _A_DIGEST]

    def one_of(self, place: int, many: int) -> int:
        """floor(float × many)."""
        return (self[place] * many) >> 32

    def drawn(self, count: int, things: Sequence[Thing], first: int = 0) -> list[Thing]:
        """So many of them, none twice: each time the floor(float × how many are left)-th of those that are left."""
        left, taken = list(things), []
        for place in range(first, first + count):
            index = self.one_of(place, len(left))
            taken.append(left[index])
            del left[index]
        return taken
