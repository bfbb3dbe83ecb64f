"""The import contracts know every folder, and each contract is seen to fail on an import that breaks it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.tree import ROOT, python_files

DOORS = {"activities", "admin", "console", "engagement", "pages", "rgs", "sdk", "server", "wheels"}
"""The gateway's folders touch the world: they are the public APIs, and the pages beside them."""

CONTRACTS: dict[str, dict[str, Any]] = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
}


def folders() -> set[tuple[str, str]]:
    """Every (service, folder) that holds code."""
    places = (path.relative_to(ROOT).parts for path in python_files("services"))
    return {(place[1], place[2]) for place in places if len(place) > 3}


def test_every_folder_of_a_service_is_a_door_or_pure() -> None:
    pure = set(CONTRACTS["folders-are-pure"]["source_modules"])
    placed = {
        (service, folder)
        for service, folder in folders()
        if (service == "gateway" and folder in DOORS) or f"services.{service}.{folder}" in pure
    }
    assert not folders() - placed, "name these in the contract `folders-are-pure` of pyproject.toml"


def test_every_engine_is_kept_apart_from_the_others() -> None:
    engines = {f"services.engines.{folder}" for service, folder in folders() if service == "engines"}
    assert engines == set(CONTRACTS["engines-apart"]["modules"]), "name these in the contract `engines-apart`"


def test_every_game_is_kept_apart_from_the_others() -> None:
    places = (path.relative_to(ROOT).parts for path in python_files("services"))
    games = {f"services.rgs.games.{place[3]}" for place in places if place[1:3] == ("rgs", "games") and len(place) > 4}
    assert games == set(CONTRACTS["games-apart"]["modules"]), "name these in the contract `games-apart`"


BROKEN: list[tuple[str, str, str]] = [
    ("shared-stands-alone",       "shared/money.py",                     "import services.ledger.registry"),
    ("services-apart",            "services/engines/registry.py",        "import services.ledger.registry"),
    ("engines-apart",             "services/engines/lootbox/decider.py", "import services.engines.wheel"),
    ("games-apart",               "services/rgs/games/dice/rules.py",    "import services.rgs.games.mines.rules"),
    ("folders-are-pure",          "services/engines/lootbox/decider.py", "import random"),
    ("folders-are-pure",          "services/ledger/wallet/decider.py",   "from shared.clock import Clock"),
    ("folders-are-pure",          "shared/messages/wallet.py",           "import time"),
    ("one-door-to-kafka",         "shared/bus/memory.py",                "import aiokafka"),
    ("one-door-to-faust",         "services/insights/wiring.py",         "import faust"),
    ("one-door-to-postgres",      "shared/eventlog/postgres.py",         "import asyncpg"),
    ("one-door-to-redis",         "shared/limits/memory.py",             "from redis.asyncio import Redis"),
    ("no-test-tools-in-services", "services/ledger/registry.py",         "import shared.testing"),
    ("plumbing-knows-no-business", "shared/worker/__init__.py",          "import shared.messages.wallet"),
    ("plumbing-knows-no-business", "shared/bus/port.py",                 "from shared.messages import lootbox"),
]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house to break things in."""
    copy = tmp_path_factory.mktemp("house")
    for path in (*python_files("services", "shared"), ROOT / "pyproject.toml"):
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    wheel = copy / "services/engines/wheel"
    wheel.mkdir(exist_ok=True)
    (wheel / "__init__.py").touch()
    settings = copy / "pyproject.toml"
    written = settings.read_text(encoding="utf-8")
    lootbox = '    "services.engines.lootbox",\n'
    settings.write_text(written.replace(lootbox, lootbox + lootbox.replace("lootbox", "wheel")), encoding="utf-8")
    return copy


@pytest.mark.parametrize(("contract", "file", "line"), BROKEN, ids=[f"{c}: {f}: {line}" for c, f, line in BROKEN])
def test_a_contract_is_broken_by_the_import_it_forbids(house: Path, contract: str, file: str, line: str) -> None:
    assert lint(house, contract) == 0, "the contract is broken before the import is added"
    breaking = house / file
    before = breaking.read_text(encoding="utf-8")
    breaking.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        assert lint(house, contract) == 1
    finally:
        breaking.write_text(before, encoding="utf-8")


def lint(house: Path, contract: str) -> int:
    """import-linter's verdict on one contract: 0 kept, 1 broken."""
    command = "from importlinter.cli import lint_imports_command as run; run()"
    ran = subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo", "--contract", contract],
        cwd=house,
        env={"PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in ran.stdout, ran.stdout + ran.stderr
    return ran.returncode
