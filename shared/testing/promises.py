"""What holds of every decision, whatever its rule says: checked each time a spec makes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.ids import AssetId
from shared.messages.base import Event, Message, Reply
from shared.messages.wallet import WalletPosted
from shared.shapes import KINDS, Decision, Drop, Outcome, Refused, Row, Send, View
from shared.streams import Stream
from shared.worker.rulebook import LARGEST_STATE_BYTES, Rulebook


def events_of(outcome: Outcome[Any]) -> tuple[Event, ...]:
    """What a decision made happen; a refusal changes nothing."""
    return () if isinstance(outcome, Refused) else outcome.events


def check_answer(outcome: Outcome[Any], sends: Sequence[Send], *, own: bool) -> None:
    """The worker's conditions: whose wish is answered, and that a Send has a fact to be numbered by.

    Args:
        outcome: what was decided.
        sends: everything that is asked of others because of it.
        own: whether the command was a wish of its own, not a follow-up or a timer.

    Raises:
        AssertionError: the worker would bury this decision.
    """
    if isinstance(outcome, Refused):
        assert own, f"a follow-up cannot be refused ({outcome.code}): decide on a refusal for its wish"
    elif isinstance(outcome, Decision):
        answered = outcome.reply is not None
        assert not own or (answered and outcome.finishes is None), "a decision on a wish must answer it, or be Pending"
        assert own or answered == (outcome.finishes is not None), "a follow-up's answer must name the wish it finishes"
    assert not sends or events_of(outcome), "a Send must be explained by a fact"


def check_travels(rulebook: Rulebook, outcome: Outcome[Any], sends: Sequence[Send]) -> None:
    """Everything that was said is the same after it was written and read.

    Raises:
        AssertionError: something reads back as something else.
    """
    for event in events_of(outcome):
        same(rulebook.decode_event(event.wire, event.model_dump_json()), event, "the fact read back")
    said: list[Message | None] = [message for send in sends for message in (send.command, send.then)]
    if isinstance(outcome, Decision) and isinstance(outcome.reply, Reply):
        said.append(outcome.reply)
    for message in said:
        if message is not None:
            same(type(message).model_validate_json(message.model_dump_json()), message, "the message read back")


def check_sums(events: Iterable[Event]) -> None:
    """Every ledger transaction sums to zero per asset, and leaves no balance below zero.

    Raises:
        AssertionError: money was made or lost.
    """
    for event in events:
        if not isinstance(event, WalletPosted):
            continue
        sums: Counter[AssetId] = Counter()
        for posting in event.postings:
            sums[posting.asset] += posting.amount
            assert posting.balance is None or posting.balance >= 0, f"a balance below zero in {event!r}"
        assert not any(sums.values()), f"the postings do not sum to zero: {dict(sums)} in {event!r}"


def fold(
    rulebook: Rulebook,
    states: Mapping[Stream[Any], Any],
    events: Iterable[Event],
    allowed: Sequence[Stream[Any]] | None,
) -> dict[Stream[Any], Any]:
    """The states after these facts; each is also written and read as the log would.

    Args:
        rulebook: whose nouns fold them.
        states: what was folded before; a missing stream is at its noun's beginning.
        events: in order.
        allowed: the streams that may be written; None for a history that is simply given.

    Raises:
        AssertionError: a fact stands in a stream that the decider did not name, or a state is not the same once stored.
    """
    after = dict(states)
    for event in events:
        stream = event.stream
        assert allowed is None or stream in allowed, f"{event!r} stands in {stream}, which streams() does not name"
        noun = rulebook.nouns[stream.noun]
        state = noun.evolve(after.get(stream, noun.initial), event)
        raw = rulebook.codecs[stream.noun].encode(state)
        assert len(raw) <= LARGEST_STATE_BYTES, f"the state of {stream} would be {len(raw)} bytes"
        same(rulebook.codecs[stream.noun].decode(raw), state, "the state read back")
        after[stream] = state
    return after


def check_rows(view: View, rows: Sequence[Row]) -> None:
    """Rows fit the table that the view declares, and no row is touched twice in a manner that cannot be folded.

    Raises:
        AssertionError: a row has other columns, or is of another kind than the view's mode.
    """
    for row in rows:
        assert isinstance(row, KINDS[view.mode]), f"{row} in a table of mode {view.mode}"
        assert len(row.key) == len(view.key), f"{row} does not have the key {list(view.key)}"
        if not isinstance(row, Drop):
            assert len(row.values) == len(view.columns), f"{row} does not have the columns {list(view.columns)}"


def same(found: object, wanted: object, what: str) -> None:
    """Raises AssertionError, showing both, unless they are equal and of one type."""
    assert type(found) is type(wanted), f"{what}: {found!r}\nis a {type(found).__name__}, not {wanted!r}"
    assert found == wanted, f"{what}:\n  {found!r}\nis not\n  {wanted!r}"
