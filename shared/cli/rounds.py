"""Checks one round of a game with code that shares nothing with the code that played it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import httpx
import typer

from shared.cli.draws import TIMEOUT_S, read_draw
from shared.cli.serve import run
from shared.cli.town import connection_to, database, tool_settings
from shared.database import Connection, load_queries
from shared.fair.round_checker import logged
from shared.fair.round_checker.answer import question
from shared.fair.round_checker.asked import Unreadable
from shared.fair.round_checker.check import check
from shared.fair.round_checker.verdict import verdict
from shared.ids import GameCode, OperatorId, PlayerId, TenantId
from shared.messages.game import GameSpec
from shared.messages.seat import Table
from shared.settings import WrongSettings

SQL: Final = load_queries(Path(__file__).with_name("rounds.sql"))
ROUND_ID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}")


def verify_round(
    source: Annotated[
        str, typer.Argument(metavar="ROUND_ID|FILE", help="A round, its answer as JSON, or - to read it.")
    ],
    token: Annotated[str | None, typer.Option(help="Of the player's session: asks the gateway, not the log.")] = None,
    gateway: Annotated[str | None, typer.Option(help="The gateway's URL.")] = None,
) -> None:
    """Recompute a round from its seeds, told by a file, the gateway or the log; 1 if anything does not match."""
    from shared.cli.address import url_of

    try:
        if not ROUND_ID.fullmatch(source):
            said = question(read_draw(source))
        elif token is not None:
            said = question(_told(source, token, gateway or url_of(tool_settings())))
        else:
            said = run(_logged(source))
        result = check(said)
    except Unreadable as error:
        raise WrongSettings(f"this round cannot be checked: {error}") from None
    for line in verdict(result):
        print(line)
    if not result.ok:
        raise typer.Exit(1)


def _told(round_id: str, token: str, gateway: str) -> Any:
    """What the gateway says of the round. Raises WrongSettings."""
    url = f"{gateway}/game/round/{quote(round_id, safe='')}"
    try:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S, trust_env=False)
        return answer.raise_for_status().json()
    except httpx.HTTPStatusError as error:
        raise WrongSettings(f"the gateway does not show this round: {error.response.text[:200]}") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise WrongSettings(f"the gateway at {gateway} cannot be reached: {error}") from None


async def _logged(round_id: str) -> dict[str, Any]:
    """What the log says of it. Raises WrongSettings, Unreadable."""
    async with database(tool_settings()) as dsn:
        connection = connection_to(dsn, "rgs")
        try:
            return await _read(connection, round_id)
        finally:
            await connection.close()


async def _read(connection: Connection, round_id: str) -> dict[str, Any]:
    rows = await connection.fetch(SQL["table_of"], round_id)
    if not rows:
        raise WrongSettings(f"there is no round {round_id}")
    part, tenant, player, operator, game = rows[0]
    table = Table(player=PlayerId(player), operator=OperatorId(operator), game=GameCode(game))
    stream = table.stream.named(TenantId(tenant))
    found = {type_: (pos, json.loads(data)["round"]) for pos, type_, data in
             await connection.fetch(SQL["round"], part, stream, round_id)}  # fmt: skip
    if "round.settled" not in found:
        raise Unreadable("the round is void, or not over yet")
    begun, settled = found["round.begun"][0], found["round.settled"][1]
    seeds = [(pos, json.loads(data)) for pos, data in await connection.fetch(SQL["seeds"], part, stream)]
    said = logged.question(settled, _revealed(seeds, settled["pair_number"]))
    said["committedHash"] = _promised(seeds, settled["pair_number"], begun)
    spec = await connection.fetch(SQL["game"], tenant, game, settled["definition_version"])
    return {**said, **_terms(GameSpec.model_validate_json(spec[0][0]))} if spec else said


def _terms(spec: GameSpec) -> dict[str, Any]:
    """What the game's definition had of its own when the round was begun."""
    return {"rtp": spec.rtp, "tables": {name: list(row) for name, row in spec.tables.items()}}


def _revealed(seeds: list[tuple[int, dict[str, Any]]], number: int) -> str:
    """The server seed of a pair. Raises Unreadable."""
    for _, fact in seeds:
        if "server_seed" in fact and fact["retired"]["number"] == number:
            return str(fact["server_seed"])
    raise Unreadable("its server seed is not revealed yet: the player rotates the seeds first")


def _promised(seeds: list[tuple[int, dict[str, Any]]], number: int, begun: int) -> str:
    """The hash that stood in the log before the round was begun; nothing if none did, which matches no seed."""
    for pos, fact in seeds:
        for pair in (fact["active"], fact["upcoming"]):
            if pos < begun and pair["number"] == number:
                return str(pair["server_hash"])
    return "none"
