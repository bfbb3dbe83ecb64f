"""Compares what we say of an operator's rounds with what the other book says: its own, or our ledger's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from shared.cli.statement import Line
from shared.cli.town import connection_to
from shared.database import Connection, Row, load_queries
from shared.messages.operator import OperatorSpec
from shared.messages.round import PAYOUTS, STAKES
from shared.messages.wallet import WalletPosted
from shared.money import render
from shared.settings import WrongSettings

PAGE: Final = 5_000
_SQL: Final = load_queries(Path(__file__).with_suffix(".sql"))
_REFUSED: Final = frozenset({"refused", "not_sent"})
_TAKEN_BACK: Final = frozenset({"done", "unknown_transaction"})
_UNDER_WAY: Final = frozenset({"initializing", "paying"})

Key = tuple[str, str]


class Disagreement(NamedTuple):
    """A round whose two sides do not say the same."""

    round: str
    problem: str

    def __str__(self) -> str:
        return f"round {self.round}: {self.problem}"


@dataclass(slots=True)
class Report:
    """What was compared and what was found."""

    operator: str
    rounds: int = 0
    movements: int = 0
    under_way: int = 0
    """Rounds of which something is still being asked for; of that nothing is compared."""
    found: list[Disagreement] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """One line."""
        differing = len({one.round for one in self.found})
        result = "no difference" if not differing else "1 differs" if differing == 1 else f"{differing} differ"
        return (
            f"reconcile {self.operator}: {self.rounds} rounds, {self.movements} movements, "
            f"{self.under_way} under way: {result}"
        )


class Movement(NamedTuple):
    """A debit or a credit as we have it."""

    key: Key
    round: str
    amount: str
    """Decimal text with the currency's decimals."""
    scale: int
    stands: bool | None
    """Whether it counts; None while that is being found out."""


async def operator_of(dsn: str, tenant: str, operator: str) -> OperatorSpec:
    """As it was configured last. Raises WrongSettings if there is no such operator."""
    connection = connection_to(dsn, "rgs")
    try:
        rows = await connection.fetch(_SQL["operator"], tenant, operator)
    finally:
        await connection.close()
    if not rows:
        raise WrongSettings(f"tenant {tenant} has no operator {operator}")
    return OperatorSpec.model_validate_json(rows[0][0])


async def with_theirs(
    dsn: str, tenant: str, operator: str, theirs: Iterable[Line], since: datetime | None = None
) -> Report:
    """Compare with an operator's own book.

    Args:
        dsn: of our logs.
        tenant: whose operator.
        operator: its uuid.
        theirs: its statement.
        since: when the statement was asked for; what we heard of later cannot be held against it.
    """
    connection = connection_to(dsn, "rgs")
    try:
        rows = await connection.fetch(_SQL["movements"], tenant, operator)
    finally:
        await connection.close()
    return compared(operator, movements_of(rows, since), theirs)


def movements_of(rows: Sequence[Row], since: datetime | None) -> list[Movement]:
    """Our debits and credits, as the answers to them and to their rollbacks leave them."""
    back = {row[1]: row for row in rows if row[2] == "rollback"}
    found = []
    for row in rows:
        _, transaction, movement, round_, amount, _, _, scale = row
        if movement == "rollback" or (movement == "credit" and amount == 0):
            continue
        stands = _stands(row, back.get(transaction) if movement == "debit" else None, since)
        found.append(Movement((transaction, movement), round_, render(amount, int(scale)), int(scale), stands))
    return found


def _stands(row: Row, undone: Row | None, since: datetime | None) -> bool | None:
    """Whether a movement counts, which nobody knows while it or its taking back is under way."""
    movement, status, heard_at = row[2], row[5], (row if undone is None else undone)[6]
    if since is not None and heard_at >= since:
        return None
    if undone is not None:
        return False if undone[5] in _TAKEN_BACK else None
    if status == "done":
        return True
    return False if movement == "debit" and status in _REFUSED else None


def compared(operator: str, ours: Sequence[Movement], theirs: Iterable[Line]) -> Report:
    """What the two books disagree on."""
    known = {one.key: one for one in ours}
    times: Counter[Key] = Counter()
    report = Report(operator, movements=len(ours), rounds=len({one.round for one in ours}))
    report.under_way = len({one.round for one in ours if one.stands is None})
    for line in theirs:
        if not line.stands:
            continue
        key = (line.transaction, line.type)
        times[key] += 1
        problem = _problem(line, known.get(key), times[key])
        if problem is not None:
            report.found.append(Disagreement(line.round, problem))
    for one in ours:
        if one.stands and not times[one.key]:
            report.found.append(Disagreement(one.round, f"{_named(one)} stands here and not there"))
    return report


def _problem(line: Line, ours: Movement | None, times: int) -> str | None:
    named = f"{line.type} {line.transaction} of {line.amount}"
    if ours is None:
        return f"{named} stands there and is unknown here"
    if times > 1:
        return f"{named} stands there {times} times"
    if ours.stands is None:
        return None
    if not ours.stands:
        return f"{named} stands there and not here"
    if line.round != ours.round:
        return f"{named} belongs to round {ours.round} here"
    return None if line.units(ours.scale) == ours.amount else f"{named} is of {ours.amount} here"


def _named(one: Movement) -> str:
    return f"{one.key[1]} {one.key[0]} of {one.amount}"


async def with_ledger(dsn: str, tenant: str, operator: str) -> Report:
    """Compare an operator's rounds with the postings of our own ledger, both as of one moment."""
    connection = connection_to(dsn, "rgs", one_moment=True)
    try:
        async with connection.transaction():
            posted, movements = await _posted(connection, tenant)
            rows = await connection.fetch(_SQL["rounds"], tenant)
    finally:
        await connection.close()
    report = Report(operator)
    for round_, whose, status, stake, payout, moving in rows:
        told = posted.pop(round_, Counter())
        if whose != operator:
            continue
        report.rounds += 1
        report.movements += movements[round_]
        if moving or status in _UNDER_WAY:
            report.under_way += 1
            continue
        due = {} if status == "voided" else {"stake": stake, "payout": payout}
        report.found.extend(
            Disagreement(round_, f"its {what} is {due.get(what, 0)} here and {told[what]} in the ledger")
            for what in ("stake", "payout")
            if told[what] != due.get(what, 0)
        )
    unknown = "the ledger has moved money for it, and it is unknown"
    report.found.extend(Disagreement(round_, unknown) for round_ in posted)
    return report


async def _posted(connection: Connection, tenant: str) -> tuple[dict[str, Counter[str]], Mapping[str, int]]:
    """What the ledger has taken and paid for each round, in the smallest unit, and in how many transactions."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    movements: Counter[str] = Counter()
    after: tuple[Any, Any] = (-1, -1)
    while rows := await connection.fetch(_SQL["postings"], tenant, *after, PAGE):
        for _, _, data in rows:
            posted = WalletPosted.model_validate_json(data)
            round_ = posted.reason.removeprefix("round ")
            movements[round_] += 1
            for posting in posted.postings:
                if posting.account == STAKES:
                    sums[round_]["stake"] += posting.amount
                elif posting.account == PAYOUTS:
                    sums[round_]["payout"] -= posting.amount
        after = (rows[-1][0], rows[-1][1])
    return dict(sums), movements


def as_json(report: Report) -> bytes:
    """The whole report, for programs."""
    return orjson.dumps(
        {
            "operator": report.operator,
            "rounds": report.rounds,
            "movements": report.movements,
            "under_way": report.under_way,
            "differences": [one._asdict() for one in report.found],
        }
    )
