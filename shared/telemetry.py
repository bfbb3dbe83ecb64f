"""What a process says about itself while it runs: log lines for people, figures for Prometheus."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, Final, Generic, Literal, TextIO, TypeVar

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

Step = Literal["fetch", "load", "decide", "commit", "tell"]
"""One part of the worker's loop."""

MOST_CHILDREN: Final = 2_000
"""So many different label values a metric; what comes later is counted under OTHER, so that memory stays bounded."""
OTHER: Final = "other"
HIDDEN: Final = "***"
_SECRET_WORDS: Final = ("secret", "password", "token", "authorization", "api_key", "pepper", "server_seed", "cookie")
_OPEN_NAMES: Final = frozenset({"server_seed_hash"})

_STEP_BUCKETS_S: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 5, 10,
)  # fmt: skip
_HTTP_BUCKETS_S: Final = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 5, 10)
_BATCH_BUCKETS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 300, 400, 500)

Metric = TypeVar("Metric", Counter, Gauge, Histogram)


class Family(Generic[Metric]):
    """One metric with labels; its children are kept, so that counting costs one dictionary look-up."""

    def __init__(self, metric: Metric, width: int) -> None:
        self._metric: Metric = metric
        self._other = (OTHER,) * width
        self._children: dict[tuple[str, ...], Metric] = {}

    def of(self, *labels: str) -> Metric:
        """The child with these label values, in the order in which the metric declares them.

        Raises:
            ValueError: there are more or fewer values than labels.
        """
        child = self._children.get(labels)
        return self._add(labels) if child is None else child

    def _add(self, labels: tuple[str, ...]) -> Metric:
        if len(self._children) >= MOST_CHILDREN:
            labels = self._other
        child: Metric = self._metric.labels(*labels)
        if len(self._children) <= MOST_CHILDREN:
            self._children[labels] = child
        return child


class Metrics:
    """Every figure that a process shows, in a registry of its own. All names begin with `fairground_`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commands = self._counter("commands", "Commands decided", "service", "type", "outcome")
        self.batch_messages = self._histogram("batch_messages", "Messages in one batch", _BATCH_BUCKETS, "service")
        self.step_seconds = self._histogram(
            "step_seconds", "One step of the worker's loop", _STEP_BUCKETS_S, "service", "step"
        )
        self.lag_messages = self._gauge("lag_messages", "Messages that wait", "service", "topic", "part")
        self.dead_letters = self._counter("dead_letters", "Messages that could not be handled", "service")
        self.fenced = self._counter("fenced", "Commits refused since another worker had taken over", "service")
        self.resent = self._counter("resent", "Sends told again since no answer came", "service")
        self.oldest_conversation_seconds = self._gauge(
            "oldest_conversation_seconds", "Age of the oldest unanswered Send", "service"
        )
        self.large_states = self._counter("large_states", "Encoded states over 8 KiB", "service", "noun")
        self.rank_writes_lost = self._counter(
            "rank_writes_lost", "Commits that the order of boards was not told of in time", "service"
        )
        self.board_reads = self._counter("board_reads", "Boards read for the doors, by where from", "source")
        self.tallies = self._counter("tallies", "What decisions count, such as wagers_void_late", "service", "what")
        self.insights_messages = self._counter(
            "insights_messages", "Messages that figures are made of", "topic", "outcome"
        )
        self.wallet_calls = self._counter("wallet_calls", "Calls of operators' wallets", "operator", "kind", "result")
        self.wallet_seconds = self._histogram(
            "wallet_seconds", "From a call of an operator's wallet to its answer", _HTTP_BUCKETS_S, "operator", "kind"
        )
        self.wallet_circuits_open = self._gauge(
            "wallet_circuits_open", "Whether an operator's wallet is left alone since it failed", "operator"
        )
        self.http_requests = self._counter("http_requests", "Requests answered", "door", "route", "status")
        self.http_seconds = self._histogram("http_seconds", "From request to answer", _HTTP_BUCKETS_S, "door", "route")
        self.limiter_fallbacks = Counter(
            "fairground_limiter_fallbacks", "Requests limited in process, Redis being away", registry=self.registry
        )

    def step(self, service: str, step: Step) -> Histogram:
        """The times of one step of this service's worker, in seconds."""
        return self.step_seconds.of(service, step)

    def render(self) -> tuple[bytes, str]:
        """What `/metrics` answers: the body and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _counter(self, name: str, help_: str, *labels: str) -> Family[Counter]:
        return Family(Counter(f"fairground_{name}", help_, labels, registry=self.registry), len(labels))

    def _gauge(self, name: str, help_: str, *labels: str) -> Family[Gauge]:
        return Family(Gauge(f"fairground_{name}", help_, labels, registry=self.registry), len(labels))

    def _histogram(self, name: str, help_: str, buckets: Sequence[float], *labels: str) -> Family[Histogram]:
        metric = Histogram(f"fairground_{name}", help_, labels, registry=self.registry, buckets=buckets)
        return Family(metric, len(labels))


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the value of every field whose name says that it is a secret, at any depth."""
    for name in event:
        event[name] = _shown(name, event[name])
    return event


def configure_logging(
    form: Literal["json", "console"] = "json", level: str = "INFO", stream: TextIO | None = None
) -> None:
    """Send every log line of the process, ours and the libraries', to one stream, one line each.

    Args:
        form: `json` for machines, `console` for people.
        level: the least level that is written, such as `INFO`.
        stream: where to; standard error if None.

    Raises:
        ValueError: there is no such level.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"there is no log level {level!r}; known are {sorted(logging.getLevelNamesMapping())}")
    shared_steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared_steps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps, processors=_last_steps(form, handler.stream)
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)


def _last_steps(form: Literal["json", "console"], stream: TextIO) -> list[Any]:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if form == "console":
        plain = structlog.dev.plain_traceback  # others print what was at hand in each function: tokens and secrets
        return [without_meta, structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
    return [without_meta, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _shown(name: str, value: Any) -> Any:
    lower = name.lower().replace("-", "_")
    if lower not in _OPEN_NAMES and any(word in lower for word in _SECRET_WORDS):
        return HIDDEN
    if isinstance(value, dict):
        return {key: _shown(str(key), inner) for key, inner in value.items()}
    return value
