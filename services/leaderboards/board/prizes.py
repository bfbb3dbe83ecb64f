"""What each place of a board wins, by the event's reward policy."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from services.leaderboards.board.state import Closing, wins
from shared.messages.board import FinalEntry
from shared.messages.event_spec import EventSpec, FixedBundle, NoPolicy, RankScaled, SharedPool
from shared.messages.reward_table import BundleSpec, CurrencyEntry, Entries
from shared.shapes import Definition, Definitions, Facts

Prize = str | Entries


class Prizes(NamedTuple):
    """What one place wins."""

    entries: Entries
    expires_at: datetime | None
    """Until when it can be claimed; None is for ever."""


def bundles_of(spec: EventSpec, definitions: Definitions) -> dict[str, int]:
    """The version of every bundle that the policy pays, as it is now.

    One that was removed is paid as it last was: it was promised when the window was opened.
    """
    keys = {prize for prize in _named(spec) if isinstance(prize, str)}
    found = {key: _newest(key, definitions) for key in sorted(keys)}
    return {key: bundle.version for key, bundle in found.items() if bundle is not None}


def _named(spec: EventSpec) -> Iterator[Prize]:
    match spec.reward_policy:
        case NoPolicy() | SharedPool():
            pass
        case FixedBundle(bundle=prize):
            yield prize
        case RankScaled(tiers=tiers):
            yield from (tier.bundle for tier in tiers)


def _newest(key: str, definitions: Definitions) -> Definition[BundleSpec] | None:
    return definitions.current(BundleSpec, key) or _last(key, definitions)


def _last(key: str, definitions: Definitions) -> Definition[BundleSpec] | None:
    """What it was before it was removed. A removal takes one number, and two never follow each other."""
    last, version, missing = None, 1, 0
    while missing <= 1:
        found = definitions.at(BundleSpec, key, version)
        last, missing = (last, missing + 1) if found is None else (found, 0)
        version += 1
    return last


def page_prizes(
    entries: Sequence[FinalEntry],
    spec: EventSpec,
    closing: Closing,
    facts: Facts,
    completed: Collection[str],
    *,
    last: bool,
) -> dict[FinalEntry, Prizes]:
    """What the places of one page win, and with the last page what is left for the best of all.

    `completed` are the participants of the page who have completed an attempt.
    """
    policy = spec.reward_policy
    if isinstance(policy, SharedPool):
        won = _shared(entries, policy, closing, last=last)
    else:
        named = ((entry, _won(entry, spec, completed)) for entry in entries)
        won = {entry: prize for entry, prize in named if prize is not None}
    prizes = ((entry, _prizes(prize, spec, closing.bundles, facts)) for entry, prize in won.items())
    return {entry: one for entry, one in prizes if one is not None}


def _won(entry: FinalEntry, spec: EventSpec, completed: Collection[str]) -> Prize | None:
    scored = wins(entry)
    match spec.reward_policy:
        case FixedBundle(bundle=prize):
            return prize if (entry.participant in completed if spec.has_targets else scored) else None
        case RankScaled() as policy if scored:
            return _by_rank(policy, entry.rank)
        case _:
            return None


def _by_rank(policy: RankScaled, rank: int) -> Prize | None:
    return next((tier.bundle for tier in policy.tiers if tier.from_rank <= rank <= tier.to_rank), None)


def _shared(
    entries: Sequence[FinalEntry], policy: SharedPool, closing: Closing, *, last: bool
) -> dict[FinalEntry, Prize]:
    others, first = given_to(entries, policy, closing)
    if last and first is not None:
        others[first] = policy.pool - closing.given - sum(others.values())
    return {entry: (CurrencyEntry(asset=policy.currency, amount=amount),) for entry, amount in others.items() if amount}


def given_to(
    entries: Sequence[FinalEntry], policy: SharedPool, closing: Closing
) -> tuple[dict[FinalEntry, int], FinalEntry | None]:
    """What each player of a page gets of a shared pool, rounded down; and the best of the board, who gets the rest."""
    players = [entry for entry in entries if wins(entry)]
    first = closing.first or next(iter(players), None)
    parts = {one: policy.pool * one.score // int(closing.total) for one in players if one != first}
    return parts, first


def _prizes(prize: Prize, spec: EventSpec, bundles: Mapping[str, int], facts: Facts) -> Prizes | None:
    waits = [spec.grants_expire_after_seconds]
    if isinstance(prize, str):
        if prize not in bundles:
            return None
        bundle = facts.definitions.at(BundleSpec, prize, bundles[prize])
        assert bundle is not None, "its version was noted when the board began to close"
        prize = bundle.spec.entries
        waits.append(bundle.spec.expires_after_seconds)
    known = [wait for wait in waits if wait is not None]
    return Prizes(prize, facts.now + timedelta(seconds=min(known)) if known else None)
