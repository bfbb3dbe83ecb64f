"""The files that make up the product, as somebody gets them who clones it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
NOT_TEXT: Final = frozenset({".png", ".jpg", ".ico", ".woff2", ".gz", ".zip"})
GROWN: Final = frozenset({"var", "__pycache__", "target"})
"""Folders that grow here and are not committed; so do those whose names begin with a dot, but for CI's."""


@cache
def files() -> tuple[Path, ...]:
    """Every text file that is committed or about to be."""
    return tuple(path for path in sorted(_listed()) if path.is_file() and path.suffix not in NOT_TEXT)


def python_files(*folders: str) -> list[Path]:
    """Every Python file of these top folders."""
    return [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def _listed() -> list[Path]:
    asked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        return [ROOT / name for name in asked.stdout.split("\0") if name]
    return [path for path in ROOT.rglob("*") if not any(map(_grown, path.relative_to(ROOT).parent.parts))]


def _grown(folder: str) -> bool:
    return folder in GROWN or (folder.startswith(".") and folder != ".ci")
