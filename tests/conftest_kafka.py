"""A real Kafka for the tests that need one: KAFKA_BOOTSTRAP, a container, or one that we start with Java and Maven."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.parts.kafka import DEFAULT_FOLDER, KafkaNotStarted, some_kafka

LIBS = Path(__file__).parents[1] / DEFAULT_FOLDER / "libs"
"""Fetched once for all checkouts' tests and `make kafka`."""


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a real Kafka answers; every process of a parallel run has its own.

    Without one the test is skipped, and with CI set it fails.
    """
    yield from _kafka(tmp_path_factory.mktemp("kafka"))


@pytest.fixture(scope="module")
def module_kafka(tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[str]:
    """A real Kafka with no topics yet: a town over a new database must not read another town's commands."""
    monkeypatch_module.delenv("KAFKA_BOOTSTRAP", raising=False)
    yield from _kafka(tmp_path_factory.mktemp("module-kafka"))


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """As `monkeypatch`, for a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def _kafka(folder: Path) -> Iterator[str]:
    kafka = some_kafka(folder, LIBS)
    try:
        bootstrap = kafka.__enter__()
    except KafkaNotStarted as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield bootstrap
    kafka.__exit__(None, None, None)
