"""Secrets that the platform must read again are sealed before anybody hears of them, each for its own definition."""

from __future__ import annotations

from services.gateway.here import Town
from shared.definitions import InvalidDefinition, Seal
from shared.ids import TenantId
from shared.messages.base import Spec
from shared.vault import Place, SealBroken


def sealer(town: Town, tenant: TenantId, kind: str, key: str) -> Seal:
    """Seals secrets for one definition."""
    return lambda field, secret: town.floor.vault.seal(secret, Place(tenant, kind, key, field))


def sealed_here(town: Town, tenant: TenantId, key: str, spec: Spec) -> Spec:
    """The same spec with every secret sealed for this key: what was shown under another may be put as it is.

    Raises:
        InvalidDefinition: a secret was not sealed on this platform.
    """
    for field, kept in spec.secrets.items():
        text = getattr(spec, kept)
        secret = _opened(town, tenant, key, spec, (field, kept))
        if secret is None:
            raise InvalidDefinition(f"spec.{kept}", f"this was not sealed here; give `{field}` instead")
        if (own := town.floor.vault.seal(secret, Place(tenant, spec.kind, key, field))) != text:
            spec = spec.model_copy(update={kept: own})
    return spec


def _opened(town: Town, tenant: TenantId, key: str, spec: Spec, names: tuple[str, str]) -> str | None:
    field, kept = names
    text = getattr(spec, kept)
    others = (one.key for one in town.definitions.every_of(tenant, type(spec)) if getattr(one.spec, kept) == text)
    for place in (key, *others):
        try:
            return town.floor.vault.open(text, Place(tenant, spec.kind, place, field))
        except SealBroken:
            continue
    return None
