"""Which operator a request is signed by: the one of the id that it names, whose secret signs what was sent."""

from __future__ import annotations

import hmac
import re
from typing import Final, NamedTuple

import structlog

from services.gateway.feed import DefinitionFeed
from shared.ids import OperatorId, TenantId
from shared.messages.access import TenantSpec
from shared.messages.operator import OperatorSpec
from shared.operator_wallet.port import Callee
from shared.operator_wallet.signature import signature_of
from shared.shapes import Definition
from shared.vault import Place, SealBroken, Vault

_NOBODYS: Final = "no operator has this secret"
_AROUND: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[ \t\r\n]+', re.DOTALL)
"""Texts, also one that never ends so that no input is looked at twice, and white space between values."""

log = structlog.get_logger(__name__)


class Operator(NamedTuple):
    """Somebody who embeds our games."""

    tenant: TenantId
    definition: Definition[OperatorSpec]
    secret: str
    """What it signs with, and we sign our calls with; not to be logged."""
    suspended: bool
    """Whether its tenant is."""

    @property
    def id(self) -> OperatorId:
        return OperatorId(self.definition.key)

    @property
    def spec(self) -> OperatorSpec:
        return self.definition.spec

    @property
    def callee(self) -> Callee:
        """Whom our calls go to."""
        return Callee(self.id, self.spec.callback_url or "", self.secret)


class Signed(NamedTuple):
    """What a request is signed over, and with what."""

    timestamp: str
    path: str
    body: bytes
    """As it was sent."""
    signature: str


class Operators:
    """The active operators of all tenants; cut anew when anything is defined."""

    def __init__(self, feed: DefinitionFeed, vault: Vault, *, demo: bool) -> None:
        """Know the operators of `feed`; those with published credentials only where `demo` is true."""
        self._feed, self._vault, self._demo = feed, vault, demo
        self._seq = -1
        self._by_id: dict[str, list[Operator]] = {}

    async def find(self, operator: str, signed: Signed) -> Operator | None:
        """Who signed this; None if nobody did. One that was made this very moment is found too."""
        found = _signer(self._known(operator), signed)
        if found is None:
            await self._feed.refresh_if_stale()
            found = _signer(self._known(operator), signed)
        return found

    def of(self, tenant: TenantId, operator: str) -> Operator | None:
        """The tenant's operator of this id, if it is active."""
        return next((one for one in self._known(operator) if one.tenant == tenant), None)

    def _known(self, operator: str) -> list[Operator]:
        if self._seq != self._feed.store.seq:
            self._by_id, self._seq = self._cut(), self._feed.store.seq
        return self._by_id.get(operator, [])

    def _cut(self) -> dict[str, list[Operator]]:
        store = self._feed.store
        found: dict[str, list[Operator]] = {}
        for tenant, definition in store.every(OperatorSpec):
            owner, spec = store.current(tenant, TenantSpec, tenant), definition.spec
            if owner is None or spec.status != "active" or (spec.demo and not self._demo):
                continue
            secret = self._secret(tenant, definition)
            if secret is not None:
                one = Operator(tenant, definition, secret, owner.spec.status == "suspended")
                found.setdefault(definition.key, []).append(one)
        return found

    def _secret(self, tenant: TenantId, definition: Definition[OperatorSpec]) -> str | None:
        place = Place(tenant, OperatorSpec.kind, definition.key, "secret")
        try:
            return self._vault.open(definition.spec.secret_sealed, place)
        except SealBroken as error:
            log.warning("an operator is shut out", tenant=tenant, operator=definition.key, error=str(error))
            return None


def compact(body: bytes) -> bytes:
    """JSON without the white space around its values, as it is signed; texts and numbers stay as they were written."""
    return _AROUND.sub(lambda found: found[0] if found[0].startswith(b'"') else b"", body)


def _signer(known: list[Operator], signed: Signed) -> Operator | None:
    """The one whose signature it is; as much is computed where nobody has the id."""
    body = compact(signed.body)
    right = None
    for one in known:
        if _is_right(one.secret, signed, body, one.spec):
            right = right or one
    if not known:
        hmac.compare_digest(signature_of(_NOBODYS, signed.timestamp, signed.path, body), signed.signature)
    return right


def _is_right(secret: str, signed: Signed, body: bytes, spec: OperatorSpec) -> bool:
    expected = signature_of(secret, signed.timestamp, signed.path, body, spec.signature)
    return hmac.compare_digest(expected, signed.signature)
