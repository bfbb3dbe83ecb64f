"""The house rules hold in every file, and every rule is seen to fail on a file that breaks it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import tidy
from tests.tree import ROOT, files, python_files

PRODUCT = ("services", "shared")
EVERYWHERE = (*PRODUCT, "tests")
NEAR_MONEY = {"decider.py", "money.py", "odds.py", "process.py", "state.py", "view.py"}
WRITES_PAGES = "schemas.py"
"""Beside the messages, but it holds paths and no amounts."""
THE_CLOCK = "shared/clock.py"
ASSEMBLERS = {ROOT / "shared/eventlog/statements.py", ROOT / "shared/eventlog/tables.py"}
"""What puts the one writing statement together; nothing else generates SQL."""

OF_CODE: list[tuple[tidy.Rule, tuple[str, ...]]] = [
    (tidy.too_long, EVERYWHERE),
    (tidy.long_functions, EVERYWHERE),
    (tidy.many_parameters, PRODUCT),
    (tidy.no_opening_sentence, EVERYWHERE),
    (tidy.empty_words, EVERYWHERE),
    (tidy.banners, EVERYWHERE),
]


def found(rule: tidy.Rule, paths: Iterable[Path]) -> list[str]:
    """Everything that a rule has against these files, each with its place."""
    return [
        f"{path.relative_to(ROOT)}:{problem}" for path in paths for problem in rule(path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("rule", "folders"), OF_CODE, ids=[rule.__name__ for rule, _ in OF_CODE])
def test_every_file_obeys(rule: tidy.Rule, folders: tuple[str, ...]) -> None:
    assert not found(rule, python_files(*folders))


def test_nothing_near_an_amount_is_a_float() -> None:
    paths = [
        path
        for path in python_files(*PRODUCT)
        if path.name in NEAR_MONEY or (path.parent.name == "messages" and path.name != WRITES_PAGES)
    ]
    assert len(paths) > len(NEAR_MONEY), "the files near money were not found: was the tree renamed?"
    assert not found(tidy.floats, paths)


def test_chance_is_drawn_by_the_clocks_file_alone() -> None:
    assert not found(tidy.chance, (path for path in python_files(*PRODUCT) if path != ROOT / THE_CLOCK))


def test_sql_stands_in_sql_files() -> None:
    assert not found(tidy.sql_in_code, (path for path in python_files(*PRODUCT) if path not in ASSEMBLERS))


def test_no_file_names_a_package_registry() -> None:
    assert not found(tidy.registries, files())


def test_no_file_knows_one_machines_folders() -> None:
    assert not found(tidy.machine_paths, files())


BROKEN: list[tuple[tidy.Rule, str, str]] = [
    (tidy.too_long,            "a line of code",            "pass\n" * 401),
    (tidy.long_functions,      "a line of a function",      "def f():\n" + "    pass\n" * 50),
    (tidy.many_parameters,     "a seventh parameter",       "def f(a, b, c, d, e, f, g): ..."),
    (tidy.many_parameters,     "a seventh of a method",     "class A:\n  def f(self, a, b, c, d, e, f, g=1): ..."),
    (tidy.no_opening_sentence, "no docstring",              "x = 1"),
    (tidy.no_opening_sentence, "words without a full stop", '"""Some words"""'),
    (tidy.no_opening_sentence, "a sentence over two lines", '"""This goes on\nand on."""'),
    (tidy.empty_words,         "a kind for a name",         "class OpenLootboxCommand: ..."),
    (tidy.empty_words,         "a kind on the wire",        "class PlayerEvent(Event, wire='player.event'): ..."),
    (tidy.empty_words,         "an empty name",             "class WalletManager: ..."),
    (tidy.banners,             "a ruler",                   "x = 1\n# ------ wallets ------\n"),
    (tidy.banners,             "a row of hashes",           "##########"),
    (tidy.floats,              "a type",                    "def f(amount: float): ..."),
    (tidy.floats,              "a conversion",              "float('1')"),
    (tidy.floats,              "a decimal point",           "fee = amount * 0.1"),
    (tidy.floats,              "a true division",           "half = amount / 2"),
    (tidy.chance,              "chance",                    "import random"),
    (tidy.chance,              "one name of it",            "from secrets import token_bytes"),
    (tidy.sql_in_code,         "a query",                   'q = "SELECT balance\\nFROM wallets"'),
    (tidy.sql_in_code,         "a lower-case statement",    'q = "insert into wallets values (1)"'),
    (tidy.sql_in_code,         "a common table expression", 'q = f"WITH due AS (SELECT 1) {x}"'),
    (tidy.registries,          "a registry",                "https://" + "pypi" + ".org/simple"),
    (tidy.machine_paths,       "a folder of one machine",   'FOLDER = "' + "/" + 'tmp/fairground"'),
    (tidy.machine_paths,       "a home",                    "see " + "/" + "root/notes"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "source"), [(r, s) for r, _, s in BROKEN], ids=[f"{r.__name__}: {why}" for r, why, _ in BROKEN]
)
def test_a_rule_sees_what_breaks_it(rule: tidy.Rule, source: str) -> None:
    assert rule(source)


FINE: list[tuple[tidy.Rule, str, str]] = [
    (tidy.too_long,            "the last line",     "pass\n" * 400),
    (tidy.long_functions,      "the last line",     "def f():\n" + "    pass\n" * 49),
    (tidy.many_parameters,     "self and a star",   "class A:\n  def f(self, a, b, c, d, e, f, *, g): ..."),
    (tidy.no_opening_sentence, "a sentence",        '"""Who owns how much."""'),
    (tidy.empty_words,         "a base",            "class Event: ..."),
    (tidy.empty_words,         "a noun's base",     "class PlayerEvent(Event): ..."),
    (tidy.empty_words,         "a word inside",     "class EventLog: ..."),
    (tidy.banners,             "a dash in a word",  "# in-process twin -- and its reason"),
    (tidy.floats,              "whole numbers",     "fee = amount // 10"),
    (tidy.chance,              "a longer name",     "from shared.randomness import draw"),
    (tidy.sql_in_code,         "prose",             'raise ValueError("choose one, or select another from below")'),
    (tidy.sql_in_code,         "a docstring",       'def f():\n  "Insert into the log."'),
    (tidy.registries,          "a longer name",     "my-pypi" + ".organic"),
    (tidy.machine_paths,       "an image's folder", "WORKDIR /srv/work/tmp"),
    (tidy.machine_paths,       "a word",            "and/tmp or work/root"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "source"), [(r, s) for r, _, s in FINE], ids=[f"{r.__name__}: {why}" for r, why, _ in FINE]
)
def test_a_rule_leaves_alone_what_is_fine(rule: tidy.Rule, source: str) -> None:
    assert not rule(source)
