"""Reads wagers from Parquet files, whose columns are named as the fields of the stream's messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

import orjson

from shared.cli.wager_file import Line, Unreadable
from shared.messages.wager import Deposit, Wager
from shared.money import MICRO_SCALE

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:  # the product runs without it
    pa = None

PAGE_ROWS: Final = 2_000
AMOUNTS: Final = frozenset({"stake", "payout", "amount"})
TIMES: Final = frozenset({"at"})
FIELDS: Final = (*Wager.model_fields, *(name for name in Deposit.model_fields if name not in Wager.model_fields))


class ParquetRows:
    """One message a row."""

    def __init__(self, name: str, file: BinaryIO, size: int) -> None:
        """Looks at the columns alone.

        Raises:
            Unreadable: it cannot be read here, or a column is missing or of a kind that says too little.
        """
        self.size: int | None = size
        self._name, self._bytes = name, size
        if pa is None:
            raise Unreadable(
                f"{name} is a Parquet file, which needs a package that is not installed: "
                "pip install 'fairground[parquet]', or make it JSON lines"
            )
        try:
            self._parquet = parquet.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            raise Unreadable(f"{name} is no Parquet file that can be read: {error}") from None
        self.count: int = self._parquet.metadata.num_rows
        self._types = {field.name: field.type for field in self._parquet.schema_arrow if field.name in FIELDS}
        problem = missing(self._types) or next(filter(None, map(unfit, self._types, self._types.values())), None)
        if problem is not None:
            raise Unreadable(f"{name}: {problem}")

    def lines(self, first: int) -> Iterator[Line]:
        """See Source."""
        number, rows = 0, max(self.count, 1)
        try:
            for page in self._parquet.iter_batches(PAGE_ROWS, columns=list(self._types)):
                if number + page.num_rows < first:
                    number += page.num_rows
                    continue
                for row in _rows(page):
                    number += 1
                    if number >= first:
                        yield Line(number, _json_of(row), self._bytes * number // rows)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise Unreadable(f"{self._name} cannot be read beyond row {number}: {error}") from None


def missing(types: Mapping[str, Any]) -> str | None:
    """What is wrong with a file that has these columns alone; None if it may hold wagers or deposits."""
    if "wager_id" not in types and "deposit_id" not in types:
        return "there is no column wager_id or deposit_id; columns are named as the fields of the messages"
    for id_, model in (("wager_id", Wager), ("deposit_id", Deposit)):
        lacking = [name for name in model.model_fields if name not in types] if id_ in types else []
        if lacking:
            return f"there is a column {id_}, but none of {', '.join(lacking)}"
    return None


def unfit(name: str, type_: Any) -> str | None:
    """What is wrong with a column of this type; None if its values are exact and say what they mean."""
    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    if pa.types.is_floating(type_):
        return f"column {name} holds floats ({type_}), which are not exact: write it as decimal or text"
    if _is_text(type_) or pa.types.is_null(type_):
        return None
    if name in AMOUNTS:
        fits, wanted = pa.types.is_decimal(type_), "decimal or text, in whole units such as 12.50"
    elif name in TIMES:
        fits, wanted = pa.types.is_timestamp(type_) and type_.tz is not None, "text, or a timestamp with a time zone"
    else:
        fits, wanted = pa.types.is_integer(type_), "text"
    return None if fits else f"column {name} is of type {type_}: write it as {wanted}"


def _is_text(type_: Any) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))


def _rows(page: Any) -> Iterator[dict[str, Any]]:
    """A page's rows. Nanoseconds are cut, and times told in UTC, which needs no list of time zones."""
    columns = [
        column.cast(pa.timestamp("us", tz="UTC"), safe=False) if pa.types.is_timestamp(column.type) else column
        for column in page.columns
    ]
    names = page.schema.names
    yield from (dict(zip(names, row, strict=True)) for row in zip(*(one.to_pylist() for one in columns), strict=True))


def _json_of(row: Mapping[str, Any]) -> bytes:
    """A row as the message it stands for; a column without a value is a field that is not there."""
    return orjson.dumps({name: _said(value) for name, value in row.items() if value is not None})


def _said(value: Any) -> str | datetime:
    if isinstance(value, Decimal):
        text = format(value, "f")
        whole, point, decimals = text.partition(".")
        more = decimals[MICRO_SCALE:]
        return text if more.strip("0") else whole + point + decimals[:MICRO_SCALE]
    return value if isinstance(value, datetime) else str(value)
