"""Who may come in at the wheels' door: a project's client that shows its credentials, for a player with a token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.gateway.here import Knock, Town
from services.gateway.keys import Caller
from services.gateway.problem import Problem, again_after
from services.gateway.projects import Project, Projects
from services.gateway.tokens import TokenRefused
from shared.ids import PlayerId
from shared.limits.port import Limit

_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9_.=-]+) *", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client(Caller):
    """A client of a project, on nobody's behalf yet."""

    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Spinner(Client):
    """A player at a client of a project."""

    player: PlayerId


class WheelsGuard:
    """Client id and secret, the tenant's standing, the player's token, their rate limit, and what they may do.

    A route that asks for no permission is for clients alone: there is no player yet.
    """

    def __init__(self, projects: Projects, town: Town) -> None:
        self._projects, self._town = projects, town

    async def admit(self, knock: Knock, scopes: tuple[str, ...]) -> Client:
        """See Guard."""
        project = await self._project(knock)
        if project.suspended:
            raise Problem("tenant_suspended")
        if not scopes:
            return Client(project.tenant, f"project:{project.key}", project=project)
        spinner = self._spinner(project, knock)
        await self._count(spinner)
        for scope in scopes:
            if not spinner.may(scope):
                raise Problem("scope_denied", details={"scope": scope})
        return spinner

    async def _project(self, knock: Knock) -> Project:
        client_id, secret = knock.sent.get(b"x-client-id"), knock.sent.get(b"x-client-secret")
        if not client_id or not secret:
            raise Problem("auth_required")
        project = await self._projects.find(client_id.decode("utf-8", "replace"), secret.decode("utf-8", "replace"))
        if project is None:
            raise Problem("auth_invalid")
        return project

    def _spinner(self, project: Project, knock: Knock) -> Spinner:
        authorization = knock.sent.get(b"authorization")
        if not authorization:
            raise Problem("token_required")
        found = _BEARER.fullmatch(authorization)
        if found is None:
            raise Problem("token_invalid")
        try:
            claims = self._town.tokens.read(project, found[1].decode("ascii"), self._town.clock.now())
        except TokenRefused as refused:
            raise Problem("token_expired" if refused.expired else "token_invalid") from None
        return Spinner(
            project.tenant,
            f"player:{claims.player}",
            frozenset(claims.permissions),
            project=project,
            player=claims.player,
        )

    async def _count(self, spinner: Spinner) -> None:
        spec = spinner.project.spec
        bucket = f"wheels/{spinner.tenant}/{spinner.project.key}/{spinner.player}"
        verdict = await self._town.limiter.take(bucket, Limit(burst=spec.burst, count=spec.per_second))
        if not verdict.allowed:
            raise Problem("rate_limited", headers=again_after(verdict.retry_after_ms))
