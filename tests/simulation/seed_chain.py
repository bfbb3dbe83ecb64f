"""Where the seeds of the town come from."""

from __future__ import annotations

from typing import Final

from shared.fair.seeds import SeedChain
from shared.ids import TenantId
from tests.simulation.clients import TENANT


def seeds_of(tenant: TenantId) -> SeedChain:
    """The seed chain of the tests."""
    return _CHAIN


_CHAIN: Final = SeedChain(TenantId(TENANT), {"k1": b"simulation" * 4}, "k1")
