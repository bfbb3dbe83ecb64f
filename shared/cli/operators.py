"""Commands about operators: whether their books and ours say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from shared.cli import reconcile as reconciling
from shared.cli import statement
from shared.cli.serve import run
from shared.cli.town import database, tool_settings
from shared.messages.operator import OperatorSpec
from shared.settings import Settings, WrongSettings
from shared.vault import Place, SealBroken, Vault


def reconcile(
    operator: Annotated[str, typer.Argument(help="The operator's uuid.")],
    *,
    theirs: Annotated[
        str | None, typer.Option(help="Its book, JSON lines in a file or at a URL; else its statement_url is asked.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Whose operator; the admin door's own unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List every round whose two sides disagree: ours and the operator's, or ours and the ledger's; 1 on any."""
    settings = tool_settings()

    async def running() -> reconciling.Report:
        whose = tenant or settings.admin_tenant
        async with database(settings) as dsn:
            spec = await reconciling.operator_of(dsn, whose, operator)
            if spec.wallet == "internal" and theirs is None:
                return await reconciling.with_ledger(dsn, whose, operator)
            source, asked_at = theirs or spec.statement_url, datetime.now(UTC)
            if source is None:
                raise WrongSettings(f"operator {operator} has no statement_url; name its book with --theirs")
            lines = list(statement.read(source, operator, _secret(settings, whose, operator, spec)))
            since = asked_at if source == spec.statement_url or source.startswith("http") else None
            return await reconciling.with_theirs(dsn, whose, operator, lines, since)

    report = run(running())
    if as_json:
        print(reconciling.as_json(report).decode())
    else:
        for one in report.found:
            print(one)
        print(report.summary)
    if report.found:
        raise typer.Exit(1)


def _secret(settings: Settings, tenant: str, operator: str, spec: OperatorSpec) -> str | None:
    """What the operator's requests are signed with, if this process has the secret that it is sealed under."""
    try:
        return Vault(settings.token_master()).open(
            spec.secret_sealed, Place(tenant, OperatorSpec.kind, operator, "secret")
        )
    except SealBroken:
        return None
