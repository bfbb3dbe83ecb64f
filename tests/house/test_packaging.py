"""What is installed works without the repository beside it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.tree import ROOT, files

PACKAGES = ("services", "shared")
CARRIED = {
    "deploy/worlds/demo.yaml": "shared/cli/worlds/demo.yaml",
    "deploy/kafka/log4j2.properties": "shared/parts/recipe/log4j2.properties",
    "deploy/kafka/pom.xml": "shared/parts/recipe/pom.xml",
    "deploy/kafka/server.properties": "shared/parts/recipe/server.properties",
}
"""Files that live elsewhere in the repository and are read at run time, and where an installation has them."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built as a release builds it, with the build tools of the lock."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    [made] = folder.glob("*.whl")
    return made


def test_the_wheel_holds_every_file_of_its_packages(wheel: Path) -> None:
    """Also the queries, migrations and schemas beside the code."""
    wanted = {path.relative_to(ROOT).as_posix() for path in files() if path.relative_to(ROOT).parts[0] in PACKAGES}
    with zipfile.ZipFile(wheel) as archive:
        assert not wanted - set(archive.namelist())
    assert {Path(name).suffix for name in wanted} >= {".py", ".sql"}


def test_the_wheel_carries_what_lives_elsewhere_in_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for source, target in CARRIED.items():
            assert archive.read(target) == (ROOT / source).read_bytes(), target


def test_what_is_installed_finds_everything_it_reads(wheel: Path, tmp_path: Path) -> None:
    """Unpacked, since that is all that an installation does with it; the dependencies are the ones of this run."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = (
        "from shared.cli.up import demo_world; from shared.cli.world import read_world; "
        "from shared.eventlog.migrate import SERVICES; from shared.parts.kafka import RECIPE; "
        "[print(path) for path in (demo_world(), RECIPE / 'pom.xml', *SERVICES.glob('*/migrations/*.sql'))]; "
        "read_world(demo_world())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    paths = [Path(line) for line in found.stdout.splitlines()]
    assert len(paths) >= len(CARRIED)
    for path in paths:
        assert path.is_relative_to(tmp_path / "installed"), path
        assert path.is_file(), path


def test_the_image_is_built_from_everything_that_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == CARRIED
    needed = [*CARRIED, *PACKAGES, "pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]]
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for places in ({place for line in copied for place in line.split()}, set(let_in)):
        assert not [one for one in needed if not any(Path(one).is_relative_to(place) for place in places)]


def test_the_wheel_holds_the_licence_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert [name for name in names if name.endswith("licenses/LICENSE")]
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == set(PACKAGES)
