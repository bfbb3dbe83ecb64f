"""Which operator is called where, and with which secret: as it is configured now."""

from __future__ import annotations

from typing import Final

import structlog

from shared.bus.partition import partition_of_key
from shared.clock import Clock
from shared.definitions import DefinitionStore
from shared.eventlog.port import EventLog, Unavailable
from shared.eventlog.rows import Wanted
from shared.ids import OperatorId, TenantId
from shared.messages.envelope import DEFINITIONS
from shared.messages.operator import OperatorSpec
from shared.operator_wallet.port import Callee
from shared.vault import Place, SealBroken, Vault

LOOK_EVERY_S: Final = 1.0

log = structlog.get_logger(__name__)


class Operators:
    """Operators by tenant and uuid, from the definitions that the worker beside has heard of."""

    def __init__(self, store: DefinitionStore, log_: EventLog, vault: Vault, clock: Clock) -> None:
        self._store, self._log, self._vault, self._clock = store, log_, vault, clock
        self._home = partition_of_key(DEFINITIONS.encode(), log_.partitions)
        self._looked_s: float | None = None

    async def callee(self, tenant: str, operator: OperatorId) -> Callee | None:
        """Whom to call; None if this operator has no wallet of its own, or is not there any more."""
        spec = self._spec(tenant, operator) or await self._looked_up(tenant, operator)
        if spec is None or spec.callback_url is None:
            return None
        try:
            secret = self._vault.open(spec.secret_sealed, Place(tenant, OperatorSpec.kind, operator, "secret"))
        except SealBroken as error:
            log.warning("an operator cannot be called", tenant=tenant, operator=operator, error=str(error))
            return None
        return Callee(operator, spec.callback_url, secret)

    def _spec(self, tenant: str, operator: OperatorId) -> OperatorSpec | None:
        found = self._store.of(TenantId(tenant)).current(OperatorSpec, operator)
        return None if found is None else found.spec

    async def _looked_up(self, tenant: str, operator: OperatorId) -> OperatorSpec | None:
        """A process that has just begun has heard of nobody yet."""
        now_s = self._clock.monotonic()
        if self._looked_s is None or now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            try:
                wanted = Wanted(definitions_after=(self._home, self._store.seq))
                self._store.learn((await self._log.load(wanted)).definitions)
            except Unavailable as error:
                self._looked_s = None
                log.warning("waiting", service="rgs", error=str(error))
        return self._spec(tenant, operator)
