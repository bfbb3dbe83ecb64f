"""Players as a world file has them: created with opening balances, and left alone once they exist."""

from __future__ import annotations

from typing import Any

from services.gateway.admin.wire import DefinitionPut, DefinitionShown
from services.gateway.here import Here
from services.gateway.problem import Problem
from shared.ids import PlayerId
from shared.messages.player import CreatePlayer, PlayerAnswer, PlayerSpec, SetPlayerPassword
from shared.readmodels.ledger import PlayerRow


async def put_player(here: Here, key: str, spec: PlayerSpec) -> DefinitionPut:
    """Create the player, or bring the profile of a known one up to date; balances are never touched twice."""
    before = await here.town.ledger.player(here.caller.tenant, PlayerId(key))
    wish = CreatePlayer(
        player=PlayerId(key),
        external_ref=spec.external_ref,
        country_code=spec.country_code,
        opening=dict(spec.opening_balances),
    )
    try:
        await here.say("ledger", wish, PlayerAnswer, key=key)
    except Problem as problem:
        raise _in_the_spec(problem) from None
    password = spec.password.get_secret_value() if spec.password else None
    renewed = password is not None and await give_password(here, PlayerId(key), password)
    shown = await show_player_spec(here, key)
    changed = before is None or before.version != shown.version or renewed
    return DefinitionPut(kind=shown.kind, key=key, version=shown.version, spec=shown.spec, changed=changed)


async def give_password(here: Here, player: PlayerId, password: str) -> bool:
    """Let the player log in with this password from now on; False if that was so before. Raises Problem."""
    passwords = here.town.passwords
    kept = await here.town.ledger.password(here.caller.tenant, player)
    if kept is not None and await passwords.match(kept, password):
        return False
    wish = SetPlayerPassword(player=player, password_hash=await passwords.hash(password))
    await here.say("ledger", wish, PlayerAnswer, key=player)
    return True


async def show_player_spec(here: Here, key: str) -> DefinitionShown:
    """The player as a world file would have it, with today's balances."""
    ledger, tenant = here.town.ledger, here.caller.tenant
    row = await ledger.player(tenant, PlayerId(key))
    if row is None:
        raise Problem("no_player")
    balances = {balance.asset: balance.balance for balance in await ledger.wallet(tenant, row.player)}
    return DefinitionShown(kind=PlayerSpec.kind, key=key, version=row.version, spec=_spec(row, balances))


def _spec(row: PlayerRow, balances: dict[Any, int]) -> dict[str, Any]:
    return {"opening_balances": balances, "external_ref": row.external_ref, "country_code": row.country_code}


def _in_the_spec(problem: Problem) -> Problem:
    """The field as the operator wrote it."""
    path = problem.details.get("path")
    return Problem(problem.code, details={**problem.details, "path": f"spec.{path}"}) if path else problem
