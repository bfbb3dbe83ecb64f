"""What a batch has done, in numbers for whoever watches."""

from __future__ import annotations

import structlog

from shared.telemetry import Metrics
from shared.worker.batch import Batch

log = structlog.get_logger(__name__)


def count(metrics: Metrics, service: str, batch: Batch) -> None:
    """Count a batch whose commit stands, and say aloud what went to the dead letters."""
    for (wire, outcome), times in batch.outcomes.items():
        metrics.commands.of(service, wire, outcome).inc(times)
    for what, times in batch.tallies.items():
        metrics.tallies.of(service, what).inc(times)
    for noun, times in batch.large_states.items():
        metrics.large_states.of(service, noun).inc(times)
    for dead in batch.dead:
        metrics.dead_letters.of(service).inc()
        log.error("dead letter", service=service, topic=dead.topic, part=dead.part, offset=dead.offset, why=dead.reason)
