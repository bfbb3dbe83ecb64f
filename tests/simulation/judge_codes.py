"""What every pool of codes must hold: each code is one player's at most, and none is lost when nothing was given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

import orjson

from shared.eventlog.rows import OutboxRow
from shared.messages.activity_due import GoOnCompleting
from shared.messages.activity_event import ActivityCompleted
from shared.messages.reward import CodeReturned, CodeTaken
from tests.simulation.activities import REWARDS
from tests.simulation.reading import Reading
from tests.simulation.told_games import expect


class CodesJudge:
    """Follows every code from its pool to its player, or back."""

    def __init__(self, engines: Reading) -> None:
        self._engines = engines
        self.emptied: set[str] = set()
        """The rewards of which every code was somebody's at one moment."""

    def close(self, stuck: Collection[OutboxRow]) -> None:
        """Every code that is out is with a completed attempt, once; but for Sends that are left to people."""
        unheard = Counter[tuple[str, str]]()
        for row in stuck:
            if row.then_type == GoOnCompleting.wire:
                unheard[row.target_key, orjson.loads(row.then_data or b"")["attempt"]["attempt_id"]] += 1
        given = self._given()
        for reward in REWARDS:
            out = self._out(reward)
            held = Counter(out.values())
            for attempt in held.keys() | given[reward].keys():
                spare = held[attempt] - len(given[reward][attempt])
                right = 0 <= spare <= self._left(unheard, reward, attempt)
                expect(right, f"{attempt} has {held[attempt]} codes of {reward} and was given {given[reward][attempt]}")
            self._codes_once(reward, given[reward], out)

    def _left(self, unheard: Counter[tuple[str, str]], reward: str, attempt: str) -> int:
        """How many codes may be out for nothing: an attempt that waits for people keeps what it took before."""
        waits = any(who == attempt for _, who in unheard)
        return max(unheard[reward, attempt], int(waits))

    def _given(self) -> defaultdict[str, defaultdict[str, list[str]]]:
        """The codes out of pools that every completed attempt has brought, by reward and attempt."""
        given: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for one in self._engines.facts(ActivityCompleted):
            for claimed in one.claimed:
                if REWARDS[claimed.reward].size is not None:
                    given[claimed.reward][one.attempt_id].append(claimed.code)
        return given

    def _out(self, reward: str) -> dict[int, str]:
        """The attempt that each code is out for, after everything that happened to the pool."""
        out: dict[int, str] = {}
        size = REWARDS[reward].size or 0
        facts = [*self._engines.by_type[CodeTaken.wire], *self._engines.by_type[CodeReturned.wire]]
        own = [fact for fact in facts if fact[1].reward == reward]
        for _, event in sorted(own, key=lambda fact: fact[0].pos):
            if isinstance(event, CodeTaken):
                expect(event.number not in out and event.number < size, f"{event}, but out are {out} of {size}")
                out[event.number] = event.attempt_id
                self.emptied |= {reward} if len(out) == size else set()
            else:
                expect(event.number in out, f"{event}, but out are {out}")
                del out[event.number]
        return out

    def _codes_once(self, reward: str, given: dict[str, list[str]], out: dict[int, str]) -> None:
        codes = Counter(code for some in given.values() for code in some)
        twice = [code for code, times in codes.items() if times > 1]
        expect(not twice, f"codes of {reward} were given twice: {twice}")
        for number, attempt in out.items():
            listed = REWARDS[reward].listed
            right = not listed or not given[attempt] or listed[number] in given[attempt]
            expect(right, f"{attempt} took number {number} of {reward} and was given {given[attempt]}")
