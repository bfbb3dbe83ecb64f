"""What is installed is what pyproject.toml asks for, to the byte; checked without asking anybody."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tree import ROOT, python_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN = "requirements.lock"
DEV = "requirements-dev.lock"
PIN = re.compile(r"^(?P<name>[\w.-]+)(\[[^]]*\])?==(?P<version>\S+)(?P<marker> ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")

FOR_OTHERS = {"httptools", "sniffio"}
"""Taken by a dependency of ours if it is there: uvicorn parses with one, httpx asks the other who is waiting."""

INSIGHTS = "requirements-insights.lock"
OLDER_FOR_FAUST = {"click"}
FAUST = PROJECT["project"]["optional-dependencies"]["insights"]
PARQUET = PROJECT["project"]["optional-dependencies"]["parquet"]
RUN_TIME = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]
ASKED = [
    *((RUN, wanted) for wanted in RUN_TIME),
    *((INSIGHTS, wanted) for wanted in (*RUN_TIME, *FAUST)),
    *((DEV, wanted) for wanted in (*RUN_TIME, *PARQUET, *PROJECT["dependency-groups"]["dev"])),
]


def lines_of(lock: str) -> list[str]:
    return (ROOT / lock).read_text(encoding="utf-8").splitlines()


def pins(lock: str) -> dict[str, str]:
    """Which version of each package the lock holds."""
    found = (PIN.match(line) for line in lines_of(lock))
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


@pytest.mark.parametrize(("lock", "wanted"), ASKED, ids=[f"{lock}: {wanted}" for lock, wanted in ASKED])
def test_every_direct_dependency_is_pinned_within_what_pyproject_asks(lock: str, wanted: str) -> None:
    requirement = Requirement(wanted)
    pinned = pins(lock).get(canonicalize_name(requirement.name))
    assert pinned is not None, f"{lock} does not hold {requirement.name}; run `make lock`"
    assert pinned in requirement.specifier, f"{lock} holds {requirement.name} {pinned}; run `make lock`"


@pytest.mark.parametrize("lock", [RUN, DEV, INSIGHTS])
def test_a_lock_is_pins_and_their_hashes_and_nothing_else(lock: str) -> None:
    strange = [line for line in lines_of(lock) if not PIN.match(line) and not HASH.match(line)]
    assert not strange
    following = zip(lines_of(lock), [*lines_of(lock)[1:], ""], strict=True)
    assert not [pin for pin, after in following if PIN.match(pin) and not HASH.match(after)]


def test_the_tests_run_on_the_versions_that_the_product_runs_on() -> None:
    tested = pins(DEV)
    assert {name: tested.get(name) for name in pins(RUN)} == pins(RUN)


def test_insights_run_on_the_same_versions_but_for_what_faust_asks_for() -> None:
    beside = pins(INSIGHTS)
    assert {name for name, version in pins(RUN).items() if beside.get(name) != version} == OLDER_FOR_FAUST


def wanted_here(wanted: str) -> bool:
    """Whether this Python is asked to have it."""
    marker = Requirement(wanted).marker
    return marker is None or marker.evaluate()


@pytest.mark.parametrize("wanted", [*filter(wanted_here, [*PROJECT["project"]["dependencies"], *PARQUET])])
def test_every_dependency_is_used(wanted: str) -> None:
    name = canonicalize_name(Requirement(wanted).name)
    known = packages_distributions().items()
    modules = [module for module, owners in known if name in map(canonicalize_name, owners)]
    imports = re.compile(rf"\b(import|from) ({'|'.join(modules)})\b|find_spec\(.({'|'.join(modules)})")
    used = any(imports.search(path.read_text(encoding="utf-8")) for path in python_files("services", "shared"))
    assert modules
    assert used or name in FOR_OTHERS, f"{name} is imported nowhere: take it out, and run `make lock`"
