"""A Parquet file of wagers is read exactly, or refused with the column that does not say exactly what it means."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.cli import wager_parquet
from shared.cli.wager_file import Line, Unreadable, open_source
from shared.ids import AssetId, PlayerId, TenantId
from shared.messages.wager import Deposit, Wager, read_streamed

AT = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)
BERLIN = pa.timestamp("ns", tz="Europe/Berlin")
TEXT = {
    "tenant": ["starlight"], "player": ["rocket"], "currency": ["USD"], "game": ["starburst"], "wager_id": ["w-17"],
    "stake": ["2.50"], "payout": ["0"], "status": ["settled"], "at": ["2026-11-21T12:00:00.25Z"],
}  # fmt: skip
SAID = Wager(
    tenant=TenantId("starlight"), player=PlayerId("rocket"), currency=AssetId("USD"), game="starburst",
    wager_id="w-17", stake="2.50", payout="0", status="settled", at=AT,
)  # fmt: skip


def written(file: Path, columns: dict[str, Any]) -> str:
    parquet.write_table(pa.table(columns), file)
    return str(file)


def rows(name: str, first: int = 1) -> list[Line]:
    with open_source(name) as source:
        return list(source.lines(first))


def said(name: str) -> list[Wager | Deposit]:
    return [read_streamed(line.raw) for line in rows(name)]


def test_text_is_taken_as_it_stands(tmp_path: Path) -> None:
    assert said(written(tmp_path / "f", TEXT)) == [SAID]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("stake",    pa.array([Decimal("2.50")]),                             "2.50"),
        ("stake",    pa.array([Decimal("2.5")], pa.decimal128(38, 9)),        "2.500000"),
        ("stake",    pa.array([Decimal(0)], pa.decimal256(76, 18)),           "0.000000"),
        ("stake",    pa.array([Decimal(3)], pa.decimal128(9, 0)),             "3"),
        ("payout",   pa.array(["12.5"]).dictionary_encode(),                  "12.5"),
        ("player",   pa.array(["groot"], pa.large_string()),                  "groot"),
        ("wager_id", pa.array([2**60]),                                       str(2**60)),
        ("at",       pa.array([AT], pa.timestamp("us", tz="UTC")),            AT),
        ("at",       pa.array([int(AT.timestamp()) * 10**9 + 250_000_999]).cast(BERLIN), AT),
    ],
)  # fmt: skip
def test_a_column_of_another_kind_is_the_same_exactly(tmp_path: Path, column: str, values: Any, expected: Any) -> None:
    [found] = said(written(tmp_path / "f", {**TEXT, column: values}))
    assert found == SAID.model_copy(update={column: expected})


def test_too_many_decimals_are_left_for_the_line_to_be_refused(tmp_path: Path) -> None:
    name = written(tmp_path / "f", {**TEXT, "stake": pa.array([Decimal("0.0000001")])})
    with pytest.raises(ValueError, match="stake"):
        said(name)


@pytest.mark.parametrize(
    ("column", "values", "problem"),
    [
        ("stake",    pa.array([2.5]),                      r"column stake holds floats \(double\), .* decimal or text"),
        ("payout",   pa.array([2.5], pa.float32()),        r"column payout holds floats \(float\)"),
        ("payout",   pa.array([2.5]).dictionary_encode(),  r"column payout holds floats \(double\)"),
        ("wager_id", pa.array([17.0]),                     r"column wager_id holds floats"),
        ("stake",    pa.array([250]),                      r"column stake is of type int64: .* in whole units"),
        ("at",       pa.array([datetime(2026, 11, 21)]),   r"column at is of type timestamp\[us\]: .* time zone"),  # noqa: DTZ001
        ("at",       pa.array([date(2026, 11, 21)]),       r"column at is of type date32\[day\]"),
        ("player",   pa.array([b"rocket"]),                r"column player is of type binary: write it as text"),
        ("stake",    None,                                 r"a column wager_id, but none of stake$"),
        ("wager_id", None,                                 r"no column wager_id or deposit_id"),
    ],
)  # fmt: skip
def test_a_column_that_does_not_say_exactly_what_it_means_is_named(
    tmp_path: Path, column: str, values: Any, problem: str
) -> None:
    columns = {name: value for name, value in {**TEXT, column: values}.items() if value is not None}
    with pytest.raises(Unreadable, match=rf"f: .*{problem}"):
        rows(written(tmp_path / "f", columns))


def test_wagers_and_deposits_may_be_in_one_file_and_other_columns_do_not_matter(tmp_path: Path) -> None:
    two = {name: [*values, *values] for name, values in TEXT.items()}
    for name in ("wager_id", "game", "stake", "payout", "status"):
        two[name][1] = None  # type: ignore[call-overload]
    more = {"deposit_id": [None, "d-4"], "amount": [None, "20"], "margin": [0.5, 0.25]}
    wager, deposit = said(written(tmp_path / "f", {**two, **more}))
    assert wager == SAID
    assert isinstance(deposit, Deposit)
    assert (deposit.deposit_id, deposit.amount, deposit.player) == ("d-4", "20", "rocket")


def test_reading_may_go_on_from_any_row(tmp_path: Path) -> None:
    count = wager_parquet.PAGE_ROWS + 10
    many = {name: values * count for name, values in TEXT.items()} | {"wager_id": [f"w-{n}" for n in range(count)]}
    name = written(tmp_path / "f", many)
    assert [line.number for line in rows(name)] == [*range(1, count + 1)]
    for first in (1, 7, wager_parquet.PAGE_ROWS, wager_parquet.PAGE_ROWS + 1, count, count + 1):
        assert rows(name, first) == rows(name)[first - 1 :]
    assert rows(name)[-1].place == (tmp_path / "f").stat().st_size


def test_a_file_that_only_begins_like_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(Unreadable, match="f is no Parquet file that can be read"):
        rows(str(tmp_path / "f"))


def test_without_the_package_it_is_said_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = written(tmp_path / "f", TEXT)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow", None)
        patch.delitem(sys.modules, "shared.cli.wager_parquet")
        bare = importlib.import_module("shared.cli.wager_parquet")
        patch.setitem(sys.modules, "shared.cli.wager_parquet", bare)
        with pytest.raises(
            Unreadable, match=r"needs a package that is not installed: pip install 'fairground\[parquet\]'"
        ):
            rows(name)
