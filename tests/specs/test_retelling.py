"""A Send is told again until it is answered, but never after its answer may have been forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from services.ledger.registry import service
from shared.bus.partition import partition_of
from shared.bus.port import Incoming
from shared.eventlog.rows import OutboxRow
from shared.messages.wallet import SAMPLES, PayWallet
from shared.shapes import OUTSIDE
from shared.worker.claiming import told_again
from shared.worker.items import Answered, Ask, Poison, read
from shared.worker.rulebook import Rulebook
from shared.worker.tell import envelope_for

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEPT = timedelta(days=40)
RULES = Rulebook(service)
PAID = next(sample for sample in SAMPLES if isinstance(sample, PayWallet))


def sent(days_ago: float) -> OutboxRow:
    at = NOW - timedelta(days=days_ago)
    return OutboxRow(
        0, 1, 0, "starlight", "ledger.commands", 0, "rocket", "wallet.pay", b"{}",
        None, None, None, "send", "x", "c", at, at, 0,
    )  # fmt: skip


@pytest.mark.parametrize(("days_ago", "again"), [(0, True), (19, True), (20, True), (20.1, False), (41, False)])
def test_a_send_is_told_again_up_to_half_of_what_replies_are_kept_for(days_ago: float, again: bool) -> None:
    assert bool(told_again([sent(days_ago)], NOW, KEPT)) is again


def test_a_send_to_the_outside_is_told_to_nobody_and_waits_for_who_leases_it() -> None:
    assert told_again([sent(0)._replace(topic=OUTSIDE)], NOW, KEPT) == []


@pytest.mark.parametrize(
    "place",
    [
        {"topic": "ledger.events", "partition": 0},
        {"topic": "ledger.commands", "partition": -1},
        {"topic": "ledger.commands", "partition": 2**31},
    ],
)
def test_nobody_has_answers_put_among_facts_or_nowhere(place: dict[str, object]) -> None:
    sample = orjson.loads(envelope_for(
        send_id="engines/3/9/0", service="engines", part=3, pos=9, tenant="starlight", key="rocket", type_="wallet.pay",
        data=PAID.model_dump_json().encode(), correlation="c",
    ))  # fmt: skip
    part = partition_of("starlight", "rocket", 8)
    for reply_to, kind in ((sample["reply_to"], Ask), (place, Poison)):
        value = orjson.dumps(sample | {"reply_to": reply_to})
        message = Incoming("ledger.commands", part, 0, None, value, (("type", b"wallet.pay"),), NOW)
        assert isinstance(read(message, RULES, 8), kind)


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        ("ledger/3/9/0",  Answered),
        ("ledger/4/9/0",  Poison),
        ("engines/3/9/0", Poison),
        ("3/9/0",         Poison),
        ("ledger/3/x/0",  Poison),
    ],
)  # fmt: skip
def test_an_answer_to_what_was_not_sent_from_here_is_poison(id_: str, kind: type) -> None:
    value = orjson.dumps({"id": id_, "outcome": "done"})
    message = Incoming("ledger.commands", 3, 0, None, value, (("type", b"reply"),), NOW)
    assert isinstance(read(message, RULES, 8), kind)
