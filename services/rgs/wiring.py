"""How the remote gaming server is put together."""

from __future__ import annotations

from services.rgs.beside import Beside
from services.rgs.calls import Callers
from services.rgs.leases import PostgresLeases
from services.rgs.operators import Operators
from services.rgs.registry import service
from shared.operator_wallet.http import HttpTransport
from shared.operator_wallet.wallet import OperatorWallet
from shared.running import Parts, Runnable, points_of, wire_worker
from shared.vault import Vault


async def wire(parts: Parts) -> Runnable:
    """The worker that decides at the tables, and those who call operators' wallets for it."""
    worker = await wire_worker(service, parts)
    callers = Callers(
        worker,
        PostgresLeases(parts.dsn),
        Operators(worker.definitions, parts.logs[-1], Vault(parts.settings.token_master()), parts.clock),
        OperatorWallet(HttpTransport(), parts.clock),
        bus=parts.bus,
        clock=parts.clock,
        metrics=parts.metrics,
        points=points_of(parts.settings),
    )
    return Beside(worker, callers)
