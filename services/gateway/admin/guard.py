"""Who may come in at the admin door: whoever knows the platform's secret, for the tenant they name."""

from __future__ import annotations

import hmac

from services.gateway.here import Knock
from services.gateway.keys import Caller
from services.gateway.problem import Problem
from shared.ids import TenantId, is_id

_SCHEME = b"bearer "


class AdminGuard:
    """One bearer for the whole platform, so the tenant is named by `X-Tenant` and not by the credential."""

    def __init__(self, secret: str, tenant: str) -> None:
        """Expect `secret`; a request that names no tenant means `tenant`."""
        self._secret, self._tenant = secret.encode(), tenant

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Caller:  # noqa: ARG002
        """See Guard; there are no scopes here."""
        authorization = knock.sent.get(b"authorization")
        if authorization is None:
            raise Problem("auth_required")
        scheme, presented = authorization[: len(_SCHEME)].lower(), authorization[len(_SCHEME) :].strip()
        if not hmac.compare_digest(presented, self._secret) or scheme != _SCHEME:
            raise Problem("auth_invalid")
        return Caller(tenant=TenantId(self._meant(knock.sent.get(b"x-tenant"))), actor="admin")

    def _meant(self, named: bytes | None) -> str:
        if named is None:
            return self._tenant
        try:
            text = named.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        if not is_id(text):
            raise Problem("invalid", "X-Tenant: must be 1 to 128 printable characters without slashes", path="X-Tenant")
        return text
