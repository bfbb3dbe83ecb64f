"""An operator's book and ours, line by line: whatever does not stand on both sides is told with its round."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from shared.cli.reconcile import Report, compared, movements_of
from shared.cli.statement import Line, read
from shared.settings import WrongSettings
from shared.testing.clock import NOON

DEBIT: Final = ("rocket", "t1", "debit", "r1", 150, "done", NOON, "2")
CREDIT: Final = ("rocket", "t2", "credit", "r1", 297, "done", NOON, "2")
CLOSED: Final = ("rocket", "t2", "credit", "r1", 0, "done", NOON, "2")
THEIR_DEBIT: Final = Line("t1", "r1", "debit", "1.50", "applied")
THEIR_CREDIT: Final = Line("t2", "r1", "credit", "2.97", "applied")


def debit(status: str, at: datetime = NOON) -> tuple[Any, ...]:
    return (*DEBIT[:5], status, at, "2")


def rollback(status: str) -> tuple[Any, ...]:
    return ("rocket", "t1", "rollback", "r1", 150, status, NOON, "2")


def report(ours: list[tuple[Any, ...]], *theirs: Line, since: datetime | None = None) -> Report:
    return compared("op", movements_of(ours, since), theirs)


@pytest.mark.parametrize(
    ("ours",                                          "theirs"),
    [
        ([DEBIT, CREDIT],                             [THEIR_DEBIT, THEIR_CREDIT]),
        ([DEBIT, CREDIT],                             [THEIR_CREDIT, THEIR_DEBIT._replace(amount="1.5")]),
        ([DEBIT],                                     [THEIR_DEBIT._replace(amount="1.50000000")]),
        ([DEBIT, ("rocket", "t2", "credit", "r1", 0, "asked", NOON, "2")], [THEIR_DEBIT]),
        ([DEBIT, CLOSED],                             [THEIR_DEBIT, THEIR_CREDIT._replace(amount="0.00")]),
        ([debit("refused")],                          []),
        ([debit("not_sent")],                         []),
        ([debit("unknown"), rollback("done")],        [THEIR_DEBIT._replace(status="rolled_back")]),
        ([debit("unknown"), rollback("unknown_transaction")], []),
    ],
)  # fmt: skip
def test_books_that_say_the_same_are_said_to(ours: list[tuple[Any, ...]], theirs: list[Line]) -> None:
    found = report(ours, *theirs)
    assert (found.found, found.under_way) == ([], 0)
    assert found.summary.endswith("0 under way: no difference")


@pytest.mark.parametrize(
    ("ours", "theirs", "problem"),
    [
        ([DEBIT], [], "debit t1 of 1.50 stands here and not there"),
        ([DEBIT], [THEIR_DEBIT._replace(status="rolled_back")], "debit t1 of 1.50 stands here and not there"),
        ([], [THEIR_DEBIT], "debit t1 of 1.50 stands there and is unknown here"),
        ([DEBIT], [THEIR_DEBIT, THEIR_DEBIT], "debit t1 of 1.50 stands there 2 times"),
        ([DEBIT], [THEIR_DEBIT._replace(amount="1.51")], "debit t1 of 1.51 is of 1.50 here"),
        ([DEBIT], [THEIR_DEBIT._replace(amount="1.501")], "debit t1 of 1.501 is of 1.50 here"),
        ([DEBIT], [THEIR_DEBIT._replace(round="r2")], "debit t1 of 1.50 belongs to round r1 here"),
        ([debit("refused")], [THEIR_DEBIT], "debit t1 of 1.50 stands there and not here"),
        ([debit("unknown"), rollback("done")], [THEIR_DEBIT], "debit t1 of 1.50 stands there and not here"),
        (
            [debit("unknown"), rollback("unknown_transaction")],
            [THEIR_DEBIT],
            "debit t1 of 1.50 stands there and not here",
        ),
    ],
)
def test_what_stands_on_one_side_alone_is_told(ours: list[tuple[Any, ...]], theirs: list[Line], problem: str) -> None:
    found = report(ours, *theirs)
    assert [one.problem for one in found.found] == [problem]
    assert found.summary.endswith("1 differs")


@pytest.mark.parametrize(
    "ours",
    [
        [debit("asked")],
        [debit("unknown")],
        [debit("unknown"), rollback("asked")],
        [debit("unknown"), rollback("refused")],
    ],
)
@pytest.mark.parametrize("theirs", [[], [THEIR_DEBIT]])
def test_what_is_under_way_is_counted_and_not_compared(ours: list[tuple[Any, ...]], theirs: list[Line]) -> None:
    found = report(ours, *theirs)
    assert (found.found, found.under_way) == ([], 1)


def test_what_was_heard_of_after_the_statement_was_asked_for_is_not_held_against_it() -> None:
    assert report([debit("done", NOON)], since=NOON).found == []
    assert len(report([debit("done", NOON)], since=NOON + timedelta(seconds=1)).found) == 1


def test_a_statement_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "theirs.jsonl"
    line = '{"transactionId":"t1","roundId":"r1","type":"debit","amount":"1.50","status":"applied"}'
    file.write_text(f"{line}\n\n{line}\n")
    assert list(read(str(file), "op", None)) == [THEIR_DEBIT, THEIR_DEBIT]


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"transactionId": "t1"}', '{"transactionId": 1}'])
def test_a_statement_that_cannot_be_read_says_where(tmp_path: Path, text: str) -> None:
    file = tmp_path / "theirs.jsonl"
    file.write_text(text)
    with pytest.raises(WrongSettings, match="line 1"):
        list(read(str(file), "op", None))


def test_a_statement_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="cannot be read"):
        list(read(str(tmp_path / "none"), "op", None))
