"""What every activity must have given: no attempt too many, no chance drawn again, and everything or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from shared.eventlog.rows import EventRow, OutboxRow
from shared.fair.checker import check_wheel
from shared.messages.activity import (
    Attempt,
    CommitActivitySeed,
    CompleteActivity,
    ValidateActivity,
    activity_of,
    reason_of,
)
from shared.messages.activity_due import GoOnCompleting
from shared.messages.activity_event import (
    ActivityCompleted,
    AttemptValidated,
    CompletionBegun,
    CompletionDenied,
)
from shared.messages.base import Event
from shared.messages.reward import CodeReturned
from shared.messages.seed import SeedCommitted
from tests.simulation.activities import ACTIVITIES, REWARDS, segment
from tests.simulation.clients import Wanted
from tests.simulation.judge_codes import CodesJudge
from tests.simulation.reading import Moved, Reading
from tests.simulation.told_activities import brought_by, check_actions, payments_in, result_of
from tests.simulation.told_games import expect

KINDS: Final[tuple[type[Event], ...]] = (
    SeedCommitted, AttemptValidated, CompletionBegun, CompletionDenied, ActivityCompleted,
)  # fmt: skip


class Begun(NamedTuple):
    """A completion that is under way."""

    day: str
    attempt: Attempt | None
    """What was open; None of what came to something only now, without chance."""


@dataclass
class Part:
    """One player's part in one activity, followed fact by fact."""

    player: str
    activity: str
    promised: str = ""
    open: dict[str, Attempt] = field(default_factory=dict)
    under_way: dict[str, Begun] = field(default_factory=dict)
    days: list[str] = field(default_factory=list)
    """On which the completed ones were begun."""
    done: set[str] = field(default_factory=set)
    last_at: datetime | None = None
    moves: dict[str, list[Moved]] = field(default_factory=dict)
    """What must have moved for each completed attempt."""

    def take(self, row: EventRow, event: Any, payload: Mapping[str, Any] | None) -> None:
        """This happened next, by a wish with this payload. Raises Violation if it should not have."""
        match event:
            case SeedCommitted():
                self.promised = event.server_seed_hash
            case AttemptValidated(attempt=attempt):
                self._validate(row, attempt, payload)
            case CompletionBegun():
                self._begin(row, event)
            case CompletionDenied():
                self._deny(event)
            case ActivityCompleted():
                self._complete(row, event, payload)
            case _:
                pass

    def _validate(self, row: EventRow, attempt: Attempt, payload: Mapping[str, Any] | None) -> None:
        known, of = self.open.get(attempt.attempt_id), f"{self.activity} of {self.player}"
        gone = attempt.attempt_id in self.under_way or attempt.attempt_id in self.done
        expect(not gone, f"{attempt} in {of} came to something after it was completed")
        expect(known is not None or not self.open, f"{attempt} in {of} was made anew, although {self.open} is open")
        if known is None:
            self._has_room(row, f"{attempt} in {of}")
        if ACTIVITIES[self.activity].segments:
            expect(known is None, f"{attempt} in {of} was drawn again")
            self._drawn(attempt)
        else:
            again = known is not None and ACTIVITIES[self.activity].type == "quiz"
            expect(not again, f"{attempt} in {of} was scored again")
            self._scored(attempt.result, payload)
        self.open[attempt.attempt_id] = attempt

    def _drawn(self, attempt: Attempt) -> None:
        """Chance was bound before, and has picked what it must."""
        proof, key = attempt.proof, self.activity
        assert proof is not None
        expect(proof.server_seed_hash == self.promised, f"{attempt}, promised was {self.promised}")
        segments = [segment(key, place) for place in range(len(ACTIVITIES[key].segments))]
        found = check_wheel("spin-wheel", key, proof.server_seed, proof.server_seed_hash, segments, attempt.result)
        expect(found.ok, f"{attempt}, but {found.problems}")
        self.promised = ""

    def _scored(self, result: Mapping[str, Any], payload: Mapping[str, Any] | None) -> None:
        expect(payload is not None and result == result_of(self.activity, payload), f"{result} came of {payload}")

    def _has_room(self, row: EventRow, what: str) -> None:
        rules, day = ACTIVITIES[self.activity], row.at.strftime("%Y-%m-%d")
        all_ = [*self.days, *(one.day for one in self.under_way.values())]
        used = len([one for one in all_ if not rules.daily or one == day])
        expect(rules.most is None or used < rules.most, f"{what} is one more than {rules.most}")
        waits = bool(rules.cooldown) and self.last_at is not None and row.at < self.last_at + rules.cooldown
        expect(not waits, f"{what} came at {row.at}, too soon after {self.last_at}")

    def _begin(self, row: EventRow, event: CompletionBegun) -> None:
        id_ = event.attempt_id
        expect(id_ not in self.under_way and id_ not in self.done, f"{event} is of an attempt that is gone")
        self._has_room(row, f"{event}")
        alone = not (ACTIVITIES[self.activity].cooldown and self.under_way)
        expect(alone, f"{event} overtakes {self.under_way}, after which there is to be a pause")
        expect(event.day == row.at.strftime("%Y-%m-%d"), f"{event} counts for another day than {row.at}")
        self.under_way[id_] = Begun(event.day, self.open.pop(id_, None))

    def _deny(self, event: CompletionDenied) -> None:
        begun = self.under_way.pop(event.attempt_id, None)
        expect(begun is not None, f"{event} ends nothing")
        assert begun is not None
        if begun.attempt is not None:
            self.open[event.attempt_id] = begun.attempt

    def _complete(self, row: EventRow, event: ActivityCompleted, payload: Mapping[str, Any] | None) -> None:
        begun = self.under_way.pop(event.attempt_id, None)
        expect(begun is not None, f"{event} was never begun")
        assert begun is not None
        if begun.attempt is not None:
            same = (event.result, event.proof) == (begun.attempt.result, begun.attempt.proof)
            expect(same, f"{event} does not come of {begun}")
        else:
            expect(event.proof is None, f"{event} was drawn without being told what it came to")
            self._scored(event.result, payload)
        actions = [one.model_dump(mode="json") for one in event.actions]
        check_actions(self.player, self.activity, event.result, actions)
        self.days.append(event.day)
        self.done.add(event.attempt_id)
        self.last_at = row.at
        expect(event.used == len(self.days), f"{event} is number {len(self.days)}")
        self.moves[reason_of(event.activity, event.attempt_id)] = payments_in(self.player, actions)

    @property
    def written(self) -> set[str]:
        """The attempts whose responses are kept, if it is a form."""
        return {*self.open, *self.done, *self.under_way} if ACTIVITIES[self.activity].type == "form" else set()


class ActivitiesJudge:
    """Holds what was completed against the rules, the codes and the money that the ledger has moved."""

    def __init__(self, engines: Reading, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._engines, self._ledger, self._wishes = engines, ledger, wishes
        self._parts: dict[tuple[str, str], Part] = {}
        self._codes = CodesJudge(engines)
        self._left: set[tuple[str, str]] = set()

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did; where that is not known, the last one that was made."""
        wishes = {id_: self._wishes[id_] for id_ in attempts}
        last = {one.key: one.attempts[-1] for id_, one in wishes.items() if id_ in one.attempts}
        rows = [row for row, _ in self._engines.by_type[ActivityCompleted.wire]]
        at_once = [row.command_id for row in rows if row.command_id in wishes]
        later = [row for row in rows if row.command_id not in self._wishes and row.correlation_id in last]
        return at_once + [last[row.correlation_id] for row in later]

    def due(self, wish: Wanted) -> tuple[int, ...] | None:
        """How many effects a granted wish may have had; None of what is no business of activities."""
        if isinstance(wish.command, ValidateActivity | CommitActivitySeed):
            return (0,)
        return (1,) if isinstance(wish.command, CompleteActivity) else None

    def begun(self) -> Counter[str]:
        """How many completions of each wish are under way or done, under its first attempt."""
        first = {one.key: one.attempts[0] for one in self._wishes.values() if one.attempts}
        begun = Counter(first[row.correlation_id] for row, _ in self._engines.by_type[CompletionBegun.wire])
        begun.subtract(first[row.correlation_id] for row, _ in self._engines.by_type[CompletionDenied.wire])
        return begun

    def close(self, stuck: Collection[OutboxRow]) -> None:
        """Everything that was completed was due, and all of it has been given, once. Raises Violation."""
        waits = {row.correlation_id for row in stuck if row.then_type == GoOnCompleting.wire}
        self._left = {(row.target_key, orjson.loads(row.payload)["data"].get("reason", "")) for row in stuck}
        by_key = {one.key: one for one in self._wishes.values()}
        for row, event in self._history():
            named = (event.player, event.entity if isinstance(event, SeedCommitted) else event.activity)
            part = self._parts.setdefault(named, Part(*named))
            command = by_key[row.correlation_id].command
            part.take(row, event, getattr(command, "payload", None))
        begun = {one.attempt_id: row for row, one in self._engines.by_type[CompletionBegun.wire]}
        for part in self._parts.values():
            late = [id_ for id_ in part.under_way if begun[id_].correlation_id not in waits]
            expect(not late, f"{late} of {part.player} in {part.activity} were neither completed nor denied")
        self._moved()
        self._codes.close(stuck)
        self._only_empty_pools_refuse()
        self._responses()

    def _history(self) -> list[tuple[EventRow, Any]]:
        facts = [fact for kind in KINDS for fact in self._engines.by_type[kind.wire]]
        own = [fact for fact in facts if not isinstance(fact[1], SeedCommitted) or fact[1].engine == "activity"]
        return sorted(own, key=lambda fact: (fact[0].part, fact[0].pos))

    def _moved(self) -> None:
        """Nothing was paid but for what was completed, and that once, in order."""
        parts = self._parts.values()
        due = {(part.player, reason): some for part in parts for reason, some in part.moves.items()}
        for reason, moved in self._ledger.moved.items():
            if activity_of(reason) is not None and moved:
                whose = (moved[0].player, reason)
                right = whose in self._left or moved == due.get(whose)
                expect(right, f"for {reason} {moved} was moved, due was {due.get(whose)}")
        for (_, reason), some in due.items():
            moved = self._ledger.moved[reason]
            expect(moved == some, f"for {reason} {moved} was moved, due was {some}")

    def _only_empty_pools_refuse(self) -> None:
        refused = {one.reward for one in self._engines.facts(CompletionDenied)}
        for one in self._engines.facts(ActivityCompleted):
            refused |= _unclaimed(one)
        expect(refused <= self._codes.emptied, f"{refused} refused, and only {self._codes.emptied} were ever empty")

    def _responses(self) -> None:
        kept = {key[-1] for key in self._engines.log.table("responses")}
        due = {id_ for part in self._parts.values() for id_ in part.written}
        expect(kept == due, f"the responses of {kept} are kept, not of {due}")

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what was given to what everybody should have."""
        for reason, moved in self._ledger.moved.items():
            if any(one == reason for _, one in self._left) and activity_of(reason) is not None:
                for player, asset, amount in moved:
                    model[player, asset] += amount
        for part in self._parts.values():
            for reason, due in part.moves.items():
                if (part.player, reason) not in self._left:
                    for player, asset, amount in due:
                        model[player, asset] += amount

    def tally(self) -> Counter[str]:
        """How often each thing was done."""
        facts = self._engines.facts
        done = facts(ActivityCompleted)
        fallbacks = sum(len(_unclaimed(one)) for one in done)
        return Counter(
            {
                "attempts validated": len(facts(AttemptValidated)),
                "attempts completed": len(done),
                "completions denied": len(facts(CompletionDenied)),
                "codes given": sum(claim.code is not None for one in done for claim in one.claimed),
                "codes given back": len(facts(CodeReturned)),
                "fallbacks": fallbacks,
                "pools emptied": len(self._codes.emptied),
            }
        )


def _unclaimed(completed: ActivityCompleted) -> set[str]:
    """The rewards that something else took the place of."""
    due = {brings.what for brings in brought_by(completed.activity, completed.result)} & REWARDS.keys()
    return due - {claim.reward for claim in completed.claimed}
