"""The town in containers: one container a service, each set up by settings that exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from shared.settings import Settings
from tests.tree import ROOT, python_files

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: container for name, container in CONTAINERS.items() if container.get("image") == "fairground"}
RUNNING = {name: container for name, container in OURS.items() if name != "migrate"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
SHAPE = {
    "name": str,
    "services": dict,
    "volumes": dict,
}
CONTAINER_SHAPE = {
    "image": str,
    "build": str,
    "command": list,
    "entrypoint": list,
    "restart": str,
    "init": bool,
    "stop_grace_period": str,
    "security_opt": list,
    "depends_on": dict,
    "environment": dict,
    "ports": list,
    "volumes": list,
    "shm_size": str,
    "healthcheck": dict,
}
PROMISED_SECRETS = {
    "FAIRGROUND_ADMIN_KEY": "a" * 64,
    "FAIRGROUND_SEED_SECRETS": "k1=" + "b" * 64,
    "FAIRGROUND_TOKEN_SECRET": "c" * 64,
    "POSTGRES_PASSWORD": "d" * 64,
}


def composer() -> list[str] | None:
    """The command that reads compose files, where there is one; it needs no Docker engine."""
    if shutil.which("docker") is None:
        return None
    asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    return ["docker", "compose"] if asked.returncode == 0 else None


def misshapen(compose: dict[str, Any]) -> list[str]:
    """What is wrong with the file's shape, as far as that can be said without Docker's own tool."""
    wrong = [key for key, value in compose.items() if key[:2] != "x-" and not isinstance(value, SHAPE.get(key, ()))]
    for name, container in compose["services"].items():
        wrong += [
            f"{name}.{key}" for key, value in container.items() if not isinstance(value, CONTAINER_SHAPE.get(key, ()))
        ]
        wrong += [
            f"{name}.depends_on.{other}"
            for other, how in container.get("depends_on", {}).items()
            if other not in compose["services"] or how["condition"] not in CONDITIONS
        ]
        mounted = (volume.split(":")[0] for volume in container.get("volumes", ()))
        wrong += [f"{name}.volumes.{volume}" for volume in mounted if volume not in compose["volumes"]]
    return wrong


def test_compose_reads_the_file_and_where_compose_is_missing_its_shape_is_right() -> None:
    """Not every machine has the client; on one without it the shape is compared with what the client would take."""
    assert not misshapen(COMPOSE)
    command = composer()
    if command is None:
        return
    read = subprocess.run(
        [*command, "--file", "docker-compose.yml", "config", "--quiet"],
        cwd=ROOT,
        env={**os.environ, **PROMISED_SECRETS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("service",),                     {}),
        (("services", "redis", "imgae"),   "redis:8"),
        (("services", "redis", "command"), {"redis-server": True}),
        (("services", "redis", "depends_on"), {"zookeeper": {"condition": "service_healthy"}}),
        (("services", "redis", "depends_on"), {"kafka": {"condition": "healthy"}}),
        (("services", "redis", "volumes"), ["redis:/data"]),
    ],
)  # fmt: skip
def test_a_misshapen_file_is_seen(place: tuple[str, ...], value: object) -> None:
    broken: dict[str, Any] = yaml.safe_load(yaml.safe_dump(COMPOSE))
    inner = broken
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert misshapen(broken)


def test_every_service_has_its_container_and_its_own_command() -> None:
    places = {path.relative_to(ROOT).parts for path in python_files("services")}
    services = {place[1] for place in places if place[2:] == ("__main__.py",)}
    assert services
    assert set(RUNNING) == services
    assert {name: container["command"] for name, container in OURS.items()} == {name: [name] for name in OURS}


def test_only_insights_run_in_the_environment_that_has_faust() -> None:
    entries = {name: container.get("entrypoint") for name, container in OURS.items()}
    assert entries == {name: ["/opt/insights/bin/fairground"] if name == "insights" else None for name in OURS}
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "/opt/insights/bin/pip install --require-hashes -r requirements-insights.lock" in image
    assert "COPY --from=build /opt/insights /opt/insights" in image


def test_every_setting_of_a_container_exists() -> None:
    known = {f"FAIRGROUND_{field.upper()}" for field in Settings.model_fields}
    used = {name for container in OURS.values() for name in container["environment"]}
    assert used
    assert not used - known


def test_a_container_waits_for_the_tables_and_says_when_it_is_ready() -> None:
    for name, container in RUNNING.items():
        assert container["depends_on"]["migrate"]["condition"] == "service_completed_successfully", name
        assert "/readyz" in container["healthcheck"]["test"][-1], name


def test_all_containers_agree_on_the_number_of_partitions() -> None:
    assert {container["environment"]["FAIRGROUND_PARTITIONS"] for container in OURS.values()} == {"32"}


def test_the_kafka_of_the_containers_is_the_kafka_of_the_tests() -> None:
    pom = (ROOT / "deploy/kafka/pom.xml").read_text(encoding="utf-8")
    version = re.search(r"<kafka\.version>(.+?)</kafka\.version>", pom)
    assert version is not None
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{version[1]}"


def test_the_secrets_that_the_file_asks_for_are_the_ones_that_the_script_makes() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    made = subprocess.run(["bash", "deploy/secrets.sh"], cwd=ROOT, capture_output=True, text=True, check=True)
    pairs = dict(line.split("=", 1) for line in made.stdout.splitlines())
    assert asked == set(pairs) == set(PROMISED_SECRETS)
    settings = {name.removeprefix("FAIRGROUND_").lower(): value for name, value in pairs.items() if name[0] == "F"}
    Settings(environment="production", **settings)  # type: ignore[arg-type]
