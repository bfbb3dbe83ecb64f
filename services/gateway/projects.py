"""Which project a client belongs to, by what the client shows."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final, NamedTuple

from services.gateway.feed import DefinitionFeed
from shared.ids import TenantId
from shared.messages.access import TenantSpec, hash_of
from shared.messages.project import ProjectSpec
from shared.shapes import Definition

_NOBODYS: Final = hash_of("no client has this secret")


class Project(NamedTuple):
    """A project that clients may come from."""

    tenant: TenantId
    definition: Definition[ProjectSpec]
    suspended: bool
    """Whether its tenant is."""

    @property
    def key(self) -> str:
        return self.definition.key

    @property
    def spec(self) -> ProjectSpec:
        return self.definition.spec


class Projects:
    """The projects of all tenants, found by client id and secret."""

    def __init__(self, feed: DefinitionFeed, *, demo: bool) -> None:
        """Know the projects of `feed`; those with published credentials only where `demo` is true."""
        self._feed, self._demo = feed, demo
        self._seq = -1
        self._by_client: dict[str, list[Project]] = {}

    async def find(self, client_id: str, client_secret: str) -> Project | None:
        """Whose credentials these are; None if nobody's. A project that was made this very moment is found too."""
        hashed = hash_of(client_secret)
        project = self._known(client_id, hashed)
        if project is None:
            await self._feed.refresh_if_stale()
            project = self._known(client_id, hashed)
        return project

    def _known(self, client_id: str, hashed: str) -> Project | None:
        if self._seq != self._feed.store.seq:
            self._by_client, self._seq = self._cut(), self._feed.store.seq
        return _of(self._by_client.get(client_id, ()), hashed)

    def _cut(self) -> dict[str, list[Project]]:
        store = self._feed.store
        found: dict[str, list[Project]] = {}
        for tenant, definition in store.every(ProjectSpec):
            owner = store.current(tenant, TenantSpec, tenant)
            spec = definition.spec
            if owner is None or spec.status != "active" or (spec.demo and not self._demo):
                continue
            project = Project(tenant, definition, owner.spec.status == "suspended")
            found.setdefault(spec.client_id, []).append(project)
        return found


def _of(projects: Sequence[Project], hashed: str) -> Project | None:
    """The one with this secret. As many comparisons whether one is right or not, and one where there is no client."""
    if not projects:
        hmac.compare_digest(hashed, _NOBODYS)
    right = [project for project in projects if hmac.compare_digest(hashed, project.spec.client_secret_hash)]
    return right[0] if right else None
