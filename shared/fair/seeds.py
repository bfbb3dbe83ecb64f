"""Where server seeds come from: nobody can guess the next one, and we can always make an old one again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from shared.ids import TenantId, is_id
from shared.shapes import Seed
from shared.streams import Stream

LEAST_SECRET_BYTES: Final = 32
MOST_KEPT: Final = 1_024
"""Seeds of a tenant that are remembered: one that was promised is soon used."""


def commitment(seed: str) -> str:
    """What is published before a draw: SHA-256 of the seed's ASCII characters, in hex."""
    return hashlib.sha256(seed.encode("ascii")).hexdigest()


class SeedChain:
    """Every server seed of one tenant, made when needed and stored nowhere.

    The tenant's secret is HMAC-SHA256(key = master secret, message = `seed/{tenant}`), so that one tenant's secret
    says nothing about another's. Seed n of a stream is HMAC-SHA256(key = tenant's secret, message =
    `{noun}/{tenant}/{key}#{n}` in UTF-8), in hex. The message can be read in one way only: the noun and the tenant
    hold no slash, so they end at the first two, and n, in decimal digits, begins after the last `#`.
    """

    def __init__(self, tenant: TenantId, masters: Mapping[str, bytes], newest: str) -> None:
        """Take over the master secrets.

        Args:
            tenant: whose seeds these are.
            masters: the master secrets by key id; old ones stay, since unrevealed hashes were made from them.
            newest: the key id that new commitments are made from.

        Raises:
            ValueError: `tenant` is not an id, a secret is too short to be one, or `newest` names none.
        """
        if not is_id(tenant):
            raise ValueError(f"{tenant!r} is not a tenant's id: 1 to 128 printable characters without slashes")
        for key_id, master in masters.items():
            if len(master) < LEAST_SECRET_BYTES:
                raise ValueError(
                    f"seed secret {key_id!r} has {len(master)} bytes; give it {LEAST_SECRET_BYTES} or more"
                )
        if newest not in masters:
            raise ValueError(f"there is no seed secret {newest!r}; known are {sorted(masters)}")
        self._tenant = tenant
        self._newest = newest
        label = f"seed/{tenant}".encode()
        self._secrets = {key_id: hmac.digest(master, label, "sha256") for key_id, master in masters.items()}
        self._made = lru_cache(MOST_KEPT)(self._make)

    def of(self, stream: Stream[Any], number: int, key_id: str | None = None) -> Seed:
        """Seed `number` (from 0) of `stream`, from the secret `key_id`, the newest unless named.

        Raises:
            ValueError: the number is negative, the noun could be read as another stream, or the secret is unknown.
        """
        if number < 0 or not is_id(stream.noun):
            raise ValueError(f"there is no seed {number} of {stream.noun!r}: seeds count from 0, nouns hold no slash")
        return self._made(stream, number, self._newest if key_id is None else key_id)

    def _make(self, stream: Stream[Any], number: int, key_id: str) -> Seed:
        secret = self._secrets.get(key_id)
        if secret is None:
            raise ValueError(f"there is no seed secret {key_id!r}; known are {sorted(self._secrets)}")
        message = f"{stream.named(self._tenant)}#{number}".encode()
        value = hmac.digest(secret, message, "sha256").hex()
        return Seed(key_id=key_id, value=value, hash=commitment(value))
