"""Shows what was measured: a table for people, bench.json for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.bench.machine import commit, machine
from tests.bench.rows import Row

WIDE: Final = 150
COLUMNS: Final = ("", "what", "value", "unit", "p50 ms", "p99 ms", "raw limit", "ratio", "aim", "met")
FEW: Final = 100
"""Below this, decimals matter."""


def write(file: Path, rows: Sequence[Row], manner: dict[str, Any]) -> None:
    """Write bench.json; `manner` is how it was asked to measure."""
    said = {
        "machine": machine(),
        "commit": commit(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "manner": manner,
        "rows": [row.as_json() for row in rows],
    }
    file.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def show(rows: Sequence[Row]) -> None:
    """Print the table, and what is to be said about each row below it."""
    if not rows:
        return
    console = Console(highlight=False)
    console.width = max(console.width, WIDE)
    where = machine()
    table = Table(title=f"{where['cores']} × {where['cpu']}, {where['memory_gib']} GiB, {where['kernel']}")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in ("", "what", "unit", "aim", "met") else "right")
    for row in rows:
        ratio = "–" if row.ratio is None else f"{row.ratio:.2f}"
        figures = (_number(row.value), row.unit, _number(row.p50_ms), _number(row.p99_ms), _number(row.raw.value))
        table.add_row(row.letter, row.name, *figures, ratio, str(row.aim), _verdict(row))
    console.print(table)
    for row in rows:
        said = "; ".join(text for text in (f"raw is {row.raw.what}", row.note) if text)
        console.print(Text(f"{row.letter}  {row.name}: {said}", style="dim"))
        if row.fault:
            console.print(Text(f"{row.letter}  {row.name}: does not count: {row.fault}", style="bold red"))


def _verdict(row: Row) -> Text:
    if row.fault:
        return Text("failed", style="bold red")
    return Text("yes", style="green") if row.met else Text("no", style="yellow")


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= FEW else f"{value:,.2f}"
