"""What every endpoint of the admin door begins with."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Header, Security
from fastapi.security import HTTPBearer

from services.gateway.here import Here
from services.gateway.problem import Problem
from shared.ids import TenantId
from shared.messages.access import TenantSpec

bearer = HTTPBearer(
    scheme_name="admin", description="The platform's admin key; `X-Tenant` names a tenant other than the default."
)


def x_tenant(x_tenant: Annotated[str | None, Header(description="Another tenant than the default.")] = None) -> None:
    """For the document alone: the guard reads this header."""


TENANT: Final = Depends(x_tenant)
Admin = Annotated[Here, Security(bearer)]

READ: Final = (400, 401, 404, 500, 503)
WRITE: Final = (400, 401, 409, 413, 500, 503, 504)


async def checked(here: Here) -> TenantId:
    """The tenant that the request means, also if it was made this very moment. Raises Problem if there is none."""
    tenant = here.caller.tenant
    if not _known(here, tenant):
        await here.town.feed.refresh_if_stale()
        if not _known(here, tenant):
            raise Problem("no_tenant", details={"tenant": tenant})
    return tenant


def _known(here: Here, tenant: TenantId) -> bool:
    return here.town.definitions.current(tenant, TenantSpec, tenant) is not None
