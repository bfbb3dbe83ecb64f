"""What a process says about itself: figures that Prometheus reads, log lines that never hold a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any, Literal, get_args

import pytest
import structlog

from shared.telemetry import HIDDEN, MOST_CHILDREN, Metrics, Step, configure_logging


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Where log lines go; afterwards logging is as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_every_figure_is_shown_under_its_name() -> None:
    metrics = Metrics()
    metrics.commands.of("engines", "lootbox.open", "done").inc()
    metrics.batch_messages.of("engines").observe(32)
    for step in get_args(Step):
        metrics.step("engines", step).observe(0.0004)
    metrics.lag_messages.of("engines", "engines.commands", "3").set(17)
    metrics.dead_letters.of("engines").inc()
    metrics.fenced.of("engines").inc()
    metrics.resent.of("engines").inc(2)
    metrics.oldest_conversation_seconds.of("engines").set(1.5)
    metrics.large_states.of("ledger", "wallet").inc()
    metrics.tallies.of("engines", "wagers_void_late").inc()
    metrics.insights_messages.of("wagers.starlight", "read").inc(500)
    metrics.http_requests.of("engagement", "/v1/lootbox/{id}/open", "201").inc()
    metrics.http_seconds.of("engagement", "/v1/lootbox/{id}/open").observe(0.003)
    metrics.limiter_fallbacks.inc()
    body, content_type = metrics.render()
    shown = set(body.decode().splitlines())
    assert content_type.startswith("text/plain")
    assert shown >= {
        'fairground_commands_total{outcome="done",service="engines",type="lootbox.open"} 1.0',
        'fairground_batch_messages_bucket{le="50.0",service="engines"} 1.0',
        'fairground_batch_messages_bucket{le="20.0",service="engines"} 0.0',
        'fairground_step_seconds_bucket{le="0.0005",service="engines",step="commit"} 1.0',
        'fairground_step_seconds_bucket{le="0.00025",service="engines",step="commit"} 0.0',
        'fairground_step_seconds_count{service="engines",step="tell"} 1.0',
        'fairground_lag_messages{part="3",service="engines",topic="engines.commands"} 17.0',
        'fairground_dead_letters_total{service="engines"} 1.0',
        'fairground_fenced_total{service="engines"} 1.0',
        'fairground_resent_total{service="engines"} 2.0',
        'fairground_oldest_conversation_seconds{service="engines"} 1.5',
        'fairground_large_states_total{noun="wallet",service="ledger"} 1.0',
        'fairground_tallies_total{service="engines",what="wagers_void_late"} 1.0',
        'fairground_insights_messages_total{outcome="read",topic="wagers.starlight"} 500.0',
        'fairground_http_requests_total{door="engagement",route="/v1/lootbox/{id}/open",status="201"} 1.0',
        'fairground_http_seconds_count{door="engagement",route="/v1/lootbox/{id}/open"} 1.0',
        "fairground_limiter_fallbacks_total 1.0",
    }


def test_two_processes_in_one_interpreter_do_not_share_figures() -> None:
    one, other = Metrics(), Metrics()
    one.fenced.of("ledger").inc()
    assert b'fairground_fenced_total{service="ledger"}' not in other.render()[0]


def test_a_child_is_made_once() -> None:
    metrics = Metrics()
    assert metrics.fenced.of("ledger") is metrics.fenced.of("ledger")
    assert metrics.fenced.of("ledger") is not metrics.fenced.of("engines")


def test_labels_without_end_are_counted_together() -> None:
    metrics = Metrics()
    for i in range(MOST_CHILDREN + 10):
        metrics.fenced.of(f"service-{i}").inc()
    body = metrics.render()[0].decode()
    assert 'fairground_fenced_total{service="other"} 10.0' in body
    assert body.count("fairground_fenced_total{") == MOST_CHILDREN + 1


def test_a_wrong_number_of_labels_is_an_error() -> None:
    with pytest.raises(ValueError, match="label"):
        Metrics().fenced.of("ledger", "more")


def test_a_log_line_is_one_json_object(log: io.StringIO) -> None:
    configure_logging("json", "INFO", log)
    structlog.get_logger("ledger").info("claimed", part=3)
    (line,) = lines(log)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "claimed", "part": 3, "level": "info", "logger": "ledger"}


def test_lines_of_libraries_look_the_same(log: io.StringIO) -> None:
    configure_logging("json", "WARNING", log)
    logging.getLogger("somebody").warning("lost %s", "broker")
    logging.getLogger("somebody").info("not written")
    (line,) = lines(log)
    assert (line["event"], line["logger"], line["level"]) == ("lost broker", "somebody", "warning")


def test_an_exception_stays_on_its_line(log: io.StringIO) -> None:
    configure_logging("json", "INFO", log)
    try:
        raise KeyError("gone")
    except KeyError:
        structlog.get_logger("ledger").exception("failed")
    (line,) = lines(log)
    assert "KeyError: 'gone'" in line["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_secret_is_written(log: io.StringIO, form: Literal["json", "console"]) -> None:
    configure_logging(form, "INFO", log)
    structlog.get_logger("gateway").info(
        "asked",
        authorization="hush-1",
        server_seed="hush-2",
        headers={"X-Client-Secret": "hush-3", "x-request-id": "shown-1"},
        server_seed_hash="shown-2",
    )
    text = log.getvalue()
    assert "hush" not in text
    assert text.count(HIDDEN) == 3
    assert "shown-1" in text
    assert "shown-2" in text


@pytest.mark.parametrize("form", ["console", "json"])
def test_an_exception_tells_where_it_came_from_but_not_what_was_at_hand_there(
    log: io.StringIO, form: Literal["json", "console"]
) -> None:
    configure_logging(form, stream=log)
    at_hand = {"authorization": "Bearer of the news"}
    try:
        at_hand["nothing"]
    except KeyError:
        structlog.get_logger("here").exception("went wrong")
    assert "KeyError" in log.getvalue()
    assert "Bearer of the news" not in log.getvalue()


def test_configuring_twice_writes_each_line_once(log: io.StringIO) -> None:
    configure_logging("json", "INFO", log)
    configure_logging("json", "INFO", log)
    structlog.get_logger("ledger").info("once")
    assert len(lines(log)) == 1


def test_an_unknown_level_is_named() -> None:
    with pytest.raises(ValueError, match="LOUD"):
        configure_logging("json", "LOUD")
