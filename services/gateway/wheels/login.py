"""Players log in with their password, and guessing is slow: for whoever guesses, and for everybody who does."""

from __future__ import annotations

from typing import Final

from services.gateway.here import Here
from services.gateway.problem import Problem, again_after
from services.gateway.wheels.guard import Client
from services.gateway.wheels.wire import LoggedIn, LoginBody
from shared.ids import PlayerId
from shared.limits.port import Limit

ATTEMPTS: Final = Limit(burst=5, count=1, period_ms=10_000)
"""Of one name in one project, right or wrong."""


async def log_in(here: Here, body: LoginBody) -> LoggedIn:
    """A token for whoever knows the password. Raises Problem, the same whether the name or the password is wrong."""
    client, town, player = here.caller, here.town, PlayerId(body.username)
    assert isinstance(client, Client), "the guard lets nobody else in here"
    verdict = await town.limiter.take(f"login/{client.tenant}/{client.project.key}/{player}", ATTEMPTS)
    if not verdict.allowed:
        raise Problem("rate_limited", headers=again_after(verdict.retry_after_ms))
    kept = await town.ledger.password(client.tenant, player)
    if not await town.passwords.match(kept, body.password):
        raise Problem("login_refused")
    project = client.project
    token = town.tokens.issue(project, player, project.spec.login_permissions, town.clock.now())
    return LoggedIn(access_token=token)
