"""What tournaments must have come to in the end: each score counted once, each place paid once, no score too late."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from shared.eventlog.rows import EventRow, OutboxRow
from shared.ids import PlayerId
from shared.messages.tournament import (
    Payout,
    TournamentBegun,
    TournamentClosed,
    TournamentClosing,
    TournamentPayoutMade,
    TournamentPlaced,
)
from shared.messages.tournament_score import (
    CountScore,
    ScoreTournament,
    TournamentScored,
    TournamentScoreDenied,
    TournamentScoreRequested,
    TournamentWagerCounted,
)
from tests.simulation.clients import Violation, Wanted
from tests.simulation.judge_jackpots import Sent
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Fact, Moved, Reading
from tests.simulation.told_games import expect
from tests.simulation.tournaments import ENDS, GRACE, PRIZES, TWILIGHT, points_in, points_of, reason_of

WHOLE: Final = (TournamentBegun, TournamentClosing, TournamentPlaced, TournamentPayoutMade, TournamentClosed)
BEFORE: Final = (
    TournamentBegun,
    TournamentScoreRequested,
    TournamentScored,
    TournamentWagerCounted,
    TournamentClosing,
)
"""What cannot come after the close."""
SCORES: Final = (TournamentScoreRequested, TournamentScoreDenied, TournamentScored)
Appended = Callable[[str], Sequence[datetime]]
"""When each copy of a message was taken in by a broker."""


class Race:
    """One tournament as its facts tell it, in their order."""

    def __init__(self, name: str, wishes: Mapping[str, Wanted], sent: Sent, appended: Appended) -> None:
        self.name = name
        self.begun: TournamentBegun | None = None
        self.closing: TournamentClosing | None = None
        self.closed: TournamentClosed | None = None
        self.standings: dict[str, tuple[int, datetime, str]] = {}
        """By player: points in millionths, and when and by what they were reached."""
        self.counted: dict[str, int] = {}
        """The total that each wager has brought its player to."""
        self.payouts: list[Payout] = []
        self.made: Counter[int] = Counter()
        """How often each rank was noted as paid."""
        self._wishes, self._appended = wishes, appended
        self._sent = {id_: _by_player(told) for id_, told in sent.items() if told["tournament"] == name}
        self._heard: dict[str, set[str]] = defaultdict(set)
        """Whose points of each message of the stream have counted."""

    def take(self, row: EventRow, event: Any) -> None:
        """This happened next. Raises Violation if it should not have."""
        if self.closing is not None and isinstance(event, BEFORE):
            raise Violation(f"{event} came after {self.closing}")
        match event:
            case TournamentBegun():
                expect(self.begun is None, f"{event} came after {self.begun}")
                self.begun = event
            case TournamentScoreRequested():
                pass
            case TournamentWagerCounted():
                self._note(event)
            case TournamentScored():
                self._scored(row.command_id, event)
            case TournamentScoreDenied(code=code):
                expect(code != "not_active" or self.closing is not None, f"{event} before the tournament was closing")
            case TournamentClosing():
                in_time = event.called or (row.actor == "timer" and row.at >= ENDS + GRACE)
                expect(in_time, f"{event} at {row.at} by {row.actor}")
                self.closing = event
            case _:
                self._pay(event)

    def _note(self, event: TournamentWagerCounted) -> None:
        wager, total = event.played.source_wager_id or "", self.standings[event.played.player][0]
        expect(wager not in self.counted, f"{event} counts a wager again")
        expect(event.total == total, f"{event}, but the player has {total}")
        self.counted[wager] = event.total

    def _scored(self, command_id: str, event: TournamentScored) -> None:
        if command_id in self._sent:
            self._score_many(command_id, event)
        else:
            self._score(event)

    def _score_many(self, command_id: str, event: TournamentScored) -> None:
        """The wagers of one player in one message count together, once."""
        expect(event.player not in self._heard[command_id], f"{event} counts {command_id} again")
        self._heard[command_id].add(event.player)
        wagers = self._sent[command_id].get(event.player, [])
        points, latest = sum(one[0] for one in wagers), max((one[1:] for one in wagers), default=())
        expect((event.micro_points, event.source) == (points, *latest[1:]), f"{event} came of {wagers}")
        self._reach(event, [latest])  # type: ignore[list-item]

    def heard(self, unheard: Collection[str]) -> None:
        """Every message of the stream has counted as a whole, unless it came after the close, or nobody heard it."""
        for id_, told in self._sent.items():
            late = not self._heard[id_] and (self.closing is not None or id_ in unheard)
            expect(self._heard[id_] == told.keys() or late, f"{id_} told of {told}, counted was {self._heard[id_]}")

    def _score(self, event: TournamentScored) -> None:
        wish, moments = self._wishes[event.source].command, self._appended(event.source)
        assert isinstance(wish, ScoreTournament)
        same = (event.player, event.micro_points) == (wish.player, points_of(wish))
        expect(same, f"{event} came of {wish}")
        self._reach(event, [(at, event.source) for at in moments])

    def _reach(self, event: TournamentScored, moments: Iterable[tuple[datetime, str]]) -> None:
        """A total is reached by the latest of all that has counted; a door's may have come at several moments."""
        expect(self.begun is not None, f"{event} of what has not begun")
        before = self.standings.get(event.player)
        total = event.micro_points + (before[0] if before else 0)
        expect(event.total == total, f"{event} does not make {total}")
        reached = (event.reached_at, event.reached_by)
        reaches = [max(one, before[1:]) if before else one for one in moments]
        expect(reached in reaches, f"{event} was reached at one of {reaches}")
        self.standings[event.player] = (total, *reached)

    def _pay(self, event: TournamentPlaced | TournamentPayoutMade | TournamentClosed) -> None:
        expect(self.closing is not None and self.closed is None, f"{event} of {self.closing}, {self.closed}")
        match event:
            case TournamentPlaced():
                self.payouts += event.payouts
                due = self.due[: len(self.payouts)]
                expect(self.payouts == due, f"{event} pays {self.payouts}, due was {due} of {self.standings}")
            case TournamentPayoutMade(rank=rank):
                self.made[rank] += 1
                known = [one.rank for one in self.payouts]
                expect(self.made[rank] == 1 and rank in known, f"{event} of {known} for the {self.made[rank]}. time")
            case TournamentClosed():
                self.closed = event
                paid = (event.places, event.total_paid)
                sums = (len(self.due), sum(one.amount for one in self.due))
                whole = self.payouts == self.due and sorted(self.made) == [one.rank for one in self.due]
                expect(whole and paid == sums, f"{event}, due was {self.due}, noted {self.made}")

    @property
    def due(self) -> list[Payout]:
        """Who wins what, by the standings: most points first, then who reached them earlier, then by what."""
        order = sorted((-points, *reached, player) for player, (points, *reached) in self.standings.items() if points)
        ranked = enumerate(zip(order, PRIZES[self.name].amounts()), start=1)  # noqa: B905 - the shorter one counts
        return [Payout(rank=n, player=PlayerId(str(who)), amount=prize) for n, ((*_, who), prize) in ranked if prize]


def _by_player(told: Mapping[str, Any]) -> dict[str, list[tuple[int, datetime, str]]]:
    """Points, moments and ids of the wagers that belong, by player."""
    wagers: dict[str, list[tuple[int, datetime, str]]] = defaultdict(list)
    for entry in told["entries"]:
        at, micros = datetime.fromisoformat(entry["at"]), entry["micros"]
        if told["tournament"] != TWILIGHT or at < ENDS:
            wagers[entry["player"]].append((points_in(micros), at, entry["wager_id"]))
    return wagers


class TournamentsJudge:
    """Holds what the leaderboards did against what was wished and against the money that the ledger has moved."""

    def __init__(self, leaderboards: Reading, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._leaderboards, self._ledger, self._wishes = leaderboards, ledger, wishes
        self._left: set[tuple[str, str]] = set()
        """(player, reason) of the payments that are left to people."""
        self._untold: set[str] = set()
        """The scores of which the ledger's word is left to people."""
        self.races: dict[str, Race] = {}

    @property
    def scored(self) -> list[Any]:
        """The scores that people have reported."""
        return [one for one in self._leaderboards.facts(TournamentScored) if one.source in self._wishes]

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        said = set(attempts)
        scored = [one.source for one in self.scored if one.source in said]
        closed = [one for one in said for _ in self._leaderboards.commanded(one, TournamentClosing)]
        return [*scored, *closed]

    def begun(self) -> Counter[str]:
        """How many times each attempt is under way or has had its effect."""
        begun = Counter(one.score_id for one in self._leaderboards.facts(TournamentScoreRequested))
        begun.subtract(one.score_id for one in self._leaderboards.facts(TournamentScoreDenied))
        return begun

    def close(
        self,
        stuck: Collection[OutboxRow],
        untimely: Iterable[tuple[str, str]],
        appended: Appended,
        sent: Sent,
        unheard: Collection[str],
    ) -> None:
        """Everything that was scored has been settled, once; but for Sends too old to be told. Raises Violation."""
        data = [orjson.loads(row.payload)["data"] for row in stuck]
        self._left = {(row.target_key, said.get("reason", "")) for row, said in zip(stuck, data, strict=True)}
        waiting = [orjson.loads(row.then_data or b"{}") for row in stuck if row.then_type == CountScore.wire]
        self._untold = {then["score_id"] for then in waiting}
        histories = self._histories()
        for name in PRIZES:
            race = self.races[name] = Race(name, self._wishes, sent, appended)
            for row, event in histories[name]:
                race.take(row, event)
            race.heard(unheard)
            begun = bool(histories[name])
            self._settled(race, begun=begun)
            self._shown(race)
        self._every_score()
        for tournament, attempt in untimely:
            over = tournament == TWILIGHT and max(appended(attempt)) >= ENDS
            expect(over, f"{attempt} was refused before {tournament} was over")

    def _histories(self) -> dict[str, list[Fact]]:
        facts: dict[str, list[Fact]] = defaultdict(list)
        for kind in (*WHOLE, *SCORES):
            for row, event in self._leaderboards.by_type[kind.wire]:
                facts[event.tournament].append((row, event))
        for row, event in self._leaderboards.by_type[TournamentWagerCounted.wire]:
            facts[event.played.tournament].append((row, event))
        expect(facts.keys() <= PRIZES.keys(), f"nobody has set up all of {facts.keys()}")
        return {name: sorted(facts[name], key=lambda fact: fact[0].pos) for name in PRIZES}

    def _settled(self, race: Race, *, begun: bool) -> None:
        """Each place is paid once, and whatever began to close has closed. It may have been over before it began."""
        by_itself = race.name == TWILIGHT and begun
        expect(not by_itself or race.closing is not None, f"{race.name} never closed by itself")
        paid = {
            reason: moved
            for reason, moved in self._ledger.moved.items()
            if reason.startswith(reason_of(race.name, 0)[:-1]) and moved
        }
        if race.closing is None:
            expect(not paid, f"{race.name} is not closing, and paid {paid}")
            return
        owed = {reason_of(race.name, one.rank): one for one in race.due}
        expect(paid.keys() <= owed.keys(), f"{race.name} paid {paid}, due was {owed}")
        left = {reason for reason, one in owed.items() if (one.player, reason) in self._left}
        for reason, one in owed.items():
            moved = paid.get(reason, [])
            right = moved == [Moved(one.player, WINZ, one.amount)] or (not moved and reason in left)
            expect(right or bool(left and one not in race.payouts), f"for {reason} {moved} was paid, due was {one}")
        expect(race.closed is not None or bool(left), f"{race.name} was never closed: {race.closing}")

    def _shown(self, race: Race) -> None:
        """What everybody sees is what the facts make."""
        tables = self._leaderboards.log
        scores = {key[3]: row for key, row in tables.table("tournament_scores").items() if key[2] == race.name}
        expect(scores == race.standings, f"{race.name} shows {scores}, and stands at {race.standings}")
        won = sorted((key[3], *row) for key, row in tables.table("tournament_payouts").items() if key[2] == race.name)
        payouts = [(one.rank, one.player, one.amount) for one in race.payouts]
        expect(won == payouts, f"{race.name} shows {won}, and pays {payouts}")
        status = "completed" if race.closed else "closing" if race.closing else "active"
        stands = [row[0] for key, row in tables.table("tournaments").items() if key[2] == race.name]
        expect(stands == ([status] if race.begun or race.closing else []), f"{race.name} shows {stands}, is {status}")

    def _every_score(self) -> None:
        """Whatever the ledger was asked about counted, or did not, or had counted before: once."""
        facts = self._leaderboards.facts
        scored = Counter(one.source for one in self.scored)
        ends = scored + Counter(one.score_id for one in facts(TournamentScoreDenied))
        for id_, times in Counter(one.score_id for one in facts(TournamentScoreRequested)).items():
            expect(ends[id_] <= times, f"the score {id_} was asked for {times} times, and ended {ends[id_]} times")
            silent = times == ends[id_] or id_ in self._untold or self._counted_before(id_)
            expect(silent, f"the score {id_} was asked for {times} times, and ended {ends[id_]} times")
        expect(ends.keys() <= {one.score_id for one in facts(TournamentScoreRequested)}, "a score came of nothing")
        for one in self.scored:
            wager = self._wishes[one.source].command.source_wager_id  # type: ignore[attr-defined]
            noted = wager is None or self.races[one.tournament].counted.get(wager) == one.total
            expect(noted, f"{one} is not noted as the wager {wager}")

    def _counted_before(self, attempt: str) -> bool:
        command = self._wishes[attempt].command
        assert isinstance(command, ScoreTournament)
        return command.source_wager_id in self.races[command.tournament].counted

    def excuses(self, wish: Wanted) -> bool:
        """Whether a score that was said once may have counted for nothing."""
        if not isinstance(wish.command, ScoreTournament):
            return False
        race = self.races[wish.command.tournament]
        over = race.closing is not None or (race.name == TWILIGHT and race.begun is None)  # all scores came too late
        return over or not self._untold.isdisjoint(wish.attempts) or self._counted_before(wish.attempts[0])

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what the places won to what everybody should have."""
        for race in self.races.values():
            for one in race.payouts:
                reason = reason_of(race.name, one.rank)
                left = (one.player, reason) in self._left
                model[one.player, WINZ] += sum(self._ledger.paid(reason)) if left else one.amount

    def tally(self) -> Counter[str]:
        """How often each thing happened."""
        closing = Counter(race.closing.called for race in self.races.values() if race.closing)
        denied = [one for one in self._leaderboards.facts(TournamentScoreDenied) if one.code == "not_active"]
        return Counter(
            {
                "scores counted": len(self.scored),
                "scores of the stream": len(self._leaderboards.facts(TournamentScored)) - len(self.scored),
                "scores too late for a close": len(denied),
                "tournaments closed by call": closing[True],
                "tournaments closed by themselves": closing[False],
                "places paid": sum(len(race.payouts) for race in self.races.values()),
            }
        )
