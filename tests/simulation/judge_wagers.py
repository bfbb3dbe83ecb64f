"""Everything that operators wrote counts once, for every target that it belongs to, and what cannot count is a letter.

First what the engines have marked and told is held against the stream, computed plainly; then what the targets made
of it is held against what they were told.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from shared.bus.port import Incoming, Outgoing
from shared.eventlog.rows import DeadLetterRow, OutboxRow
from shared.messages.base import Command
from shared.messages.envelope import TYPE_HEADER
from shared.messages.jackpot import CountJackpotWagers
from shared.messages.journey import JourneyMoved, TriggerJourneysTogether
from shared.messages.tournament_score import ScoreMany, TournamentScored
from shared.messages.wager import FirstDeposited, LevelProgressed, PassWagers, WagersTaken
from shared.messages.wallet import CountDeposits, WalletDepositsCounted
from tests.simulation.chaos_bus import Broker, answers_a_send, id_of
from tests.simulation.clients import TENANT, told_of
from tests.simulation.games import LEVEL
from tests.simulation.judge_tournaments import Race
from tests.simulation.loop import FIRST_MORNING
from tests.simulation.operators import LEVELS, TOPIC, Said, home_of
from tests.simulation.reading import Reading
from tests.simulation.streamed import Count, Mark, Streamed, Target, micros_of
from tests.simulation.told_games import expect
from tests.simulation.tournaments import MARATHON, points_in

KINDS: Final[tuple[type[Command], ...]] = (
    ScoreMany,
    CountJackpotWagers,
    TriggerJourneysTogether,
    CountDeposits,
    PassWagers,
)
"""What is told of what streamed in."""
ENGINES: Final = "engines"
"""Who tells it; others tell the journeys of what they have seen themselves."""
WIRES: Final = {kind.wire.encode(): kind for kind in KINDS}


class WagersJudge:
    """Holds the stream against its marks, what was told of them, and what became of that."""

    def __init__(self, engines: Reading, ledger: Reading, said: Sequence[Said], partitions: int) -> None:
        self.sent: dict[type[Command], dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
        """Everything that was told of the stream, by the Send's id."""
        self.unheard: set[str] = set()
        """Those of them that are left to people, and to all appearances nobody has heard them."""
        self._engines, self._ledger, self._said, self._partitions = engines, ledger, said, partitions
        self._tallies: dict[str, int] = {}
        """How many late voids the answer to each message has told of."""
        self._answered: set[str] = set()
        self.letters_of_passed = 0
        """How many letters are about what lay astray."""
        self._stood: list[list[Incoming]] = []
        """What each broker had of the stream."""

    def appended(self, message: Outgoing) -> None:
        """A broker has taken this in."""
        kind = WIRES.get(next((value for name, value in message.headers if name == TYPE_HEADER), b""))
        if kind is not None and id_of(message).startswith(f"{ENGINES}/"):
            self.sent[kind].setdefault(id_of(message), orjson.loads(message.value)["data"])

    def saw(self, message: Outgoing) -> None:
        """A service is about to answer. Raises Violation if what is told of the stream was refused."""
        if not answers_a_send(message):
            return
        told = told_of(message)
        of = next((kind for kind, sends in self.sent.items() if told.attempt in sends), None)
        expect(of is None or told.outcome == "done", f"{told} to what is never refused")
        self._answered.add(told.attempt)
        if of is CountJackpotWagers:
            self._tallies[told.attempt] = orjson.loads(told.body)["late"]

    def forget(self, broker: Broker) -> None:
        """A broker is gone; what stood there is still known."""
        self._stood.append(broker.stood(TOPIC))

    def close(self, stuck: Mapping[str, OutboxRow]) -> Streamed:
        """Everything was taken and told, once; what must come of it. Raises Violation."""
        for id_, row in stuck.items():
            if (kind := WIRES.get(row.type.encode())) is not None and id_.startswith(f"{ENGINES}/"):
                self.sent[kind].setdefault(id_, orjson.loads(row.payload)["data"])
        self.unheard = {id_ for id_ in stuck if id_ not in self._heard()}
        lies = Counter((one.part, one.value) for one in self._stood[-1])
        said = {(one.part, one.body) for one in self._said}
        expect(lies.keys() == said, f"the last broker has {lies.keys() ^ said} more or less than was said")
        due = Streamed(self._taken(), self._partitions, FIRST_MORNING.date(), self._came_first)
        self._marked(due)
        self._every_letter()
        self._told(due)
        self._every_batch(due)
        self._players(due)
        self._deposits()
        return due

    def _heard(self) -> set[str]:
        """The Sends that had an effect, or were answered at least."""
        moved = [row for kind in JourneyMoved.__subclasses__() for row, _ in self._engines.by_type[kind.wire]]
        passed = [row for row, _ in self._engines.by_type[WagersTaken.wire]]
        counted = [row for row, _ in self._ledger.by_type[WalletDepositsCounted.wire]]
        return {row.command_id for row in (*moved, *passed, *counted)} | self._answered

    def _taken(self) -> Iterator[Said]:
        """What was said, but for what lies astray and is passed on in a message that nobody has heard."""
        lost = [said for id_, told in self.sent[PassWagers].items() if id_ in self.unheard for said in told["wagers"]]
        names = {(said.get("wager_id") or said["deposit_id"], said.get("status", "deposit")) for said in lost}
        absent = names - {(key[2], key[3]) for key in self._engines.log.table("wagers")}
        for one in self._said:
            fields = one.fields if one.astray and absent else {}
            name = (fields.get("wager_id") or fields.get("deposit_id"), fields.get("status", "deposit"))
            if name not in absent:
                yield one

    def _came_first(self, wager_id: str) -> bool:
        """Whether the tournament to which all wagers belong was told of it before it was void."""
        told = [send["entries"] for send in self.sent[ScoreMany].values() if send["tournament"] == MARATHON]
        return any(one["wager_id"] == wager_id and one["micros"] > 0 for entries in told for one in entries)

    def _marked(self, due: Streamed) -> None:
        rows = self._engines.log.table("wagers")
        stand = {Mark(int(key[0]), *key[2:], *row[:5]) for key, row in rows.items() if key[1] == TENANT}  # type: ignore[arg-type]
        expect(stand == due.marks, f"marked without need, or not marked: {sorted(stand ^ due.marks)}")
        expect(len(rows) == len(due.marks), f"{len(rows)} marks of {len(due.marks)} messages")

    def _every_letter(self) -> None:
        """What cannot count is a letter each time that it was written, and nothing else is."""
        reasons = {(one.part, one.body): one.bad for one in self._said if one.bad is not None and not one.astray}
        letters, passed = Counter[tuple[int, int, bytes]](), Counter[str]()
        for letter in self.letters:
            reason = reasons.get((letter.part, letter.value))
            if reason is None:
                passed[self._passed_on(letter)] += 1
            else:
                expect(reason in letter.reason, f"{letter} should say {reason!r}")
                letters[letter.part, letter.offset, letter.value] += 1
        places = [{(one.part, one.offset, one.value) for one in stood} for stood in self._stood]
        for place, times in letters.items():
            most = sum(place in stood for stood in places)
            expect(times <= most, f"{times} letters of {place}, which was there {most} times")
        missing = [one for one in places[-1] - letters.keys() if (one[0], one[2]) in reasons]
        expect(not missing, f"no letters of {missing}")
        self._each_time_it_was_passed_on(passed)

    def _passed_on(self, letter: DeadLetterRow) -> str:
        """The wager that the letter of one that lay astray is about; it is filed where that would have counted."""
        fields = orjson.loads(letter.value)
        same = {name: said for name, said in fields.items() if name != "at"}  # a moment can be written in many ways
        found = [one for one in self._said if one.astray and one.bad and one.bad in letter.reason]
        right = [one for one in found if same.items() <= one.fields.items()]
        home = home_of(fields["player"], self._partitions)
        expect(bool(right) and letter.part == home, f"nobody has given reason for {letter}")
        return str(fields["wager_id"])

    def _each_time_it_was_passed_on(self, letters: Counter[str]) -> None:
        old = {one.fields["wager_id"] for one in self._said if one.astray and one.bad}
        sure, most = Counter[str](), Counter[str]()
        for id_, told in self.sent[PassWagers].items():
            found = [said["wager_id"] for said in told["wagers"] if said.get("wager_id") in old]
            most.update(found)
            sure.update(found if id_ not in self.unheard else ())
        expect(sure <= letters <= most, f"letters of {letters}, due were {sure}, or {most}")
        self.letters_of_passed = letters.total()

    @property
    def letters(self) -> list[DeadLetterRow]:
        """All that are about the stream."""
        return [dead.row for dead in self._engines.log.dead_letters.values() if dead.row.topic == TOPIC]

    def _told(self, due: Streamed) -> None:
        """Every target was told of every wager that belongs to it, once."""
        told: dict[Target, Counter[Count]] = defaultdict(Counter)
        for target, send in self._sends():
            told[target].update(_count_of(entry) for entry in send["entries"])
        for target in told.keys() | due.counts.keys():
            wrong = {one: (told[target][one], due.counts[target][one]) for one in told[target] | due.counts[target]}
            wrong = {one: times for one, times in wrong.items() if times[0] != times[1]}
            expect(not wrong, f"{target} was told, and should have been told, so often of {wrong}")
        triggers = Counter({on: n for on, n in self._triggers(lambda _: True).items() if on[1] != LEVEL})
        expect(triggers == due.triggers, f"the journeys were told of {triggers}, due were {due.triggers}")
        deposited = Counter[tuple[str, str]]()
        for send in self.sent[CountDeposits].values():
            deposited.update({(send["player"], asset): amount for asset, amount in send["amounts"].items()})
        expect(deposited == +due.deposited, f"the ledger was told of {deposited}, due were {+due.deposited}")

    def _sends(self) -> Iterator[tuple[Target, dict[str, Any]]]:
        for send in self.sent[ScoreMany].values():
            yield ("tournament", send["tournament"]), send
        for send in self.sent[CountJackpotWagers].values():
            yield ("jackpot", send["jackpot"]), send

    def _triggers(self, counts: Callable[[str], bool]) -> Counter[tuple[str, str]]:
        triggers = Counter[tuple[str, str]]()
        for id_, send in self.sent[TriggerJourneysTogether].items():
            for one in send["fired"] if counts(id_) else ():
                triggers.update({(one["player"], on): times for on, times in one["triggers"].items()})
        return triggers

    @property
    def fired(self) -> Counter[tuple[str, str]]:
        """How often each trigger must have counted for each player."""
        return self._triggers(lambda id_: id_ not in self.unheard)

    def _every_batch(self, due: Streamed) -> None:
        """The facts about batches add up to the marks, and each says what its targets were told."""
        facts = self._engines.by_type[WagersTaken.wire]
        sums = Counter[tuple[int, str]]()
        for row, fact in facts:
            sums.update({(row.part, "settled"): fact.settled, (row.part, "void"): fact.void})
            sums[row.part, "deposit"] += fact.deposits
            told = {(one.target, one.key): [one.entries, one.micros] for one in fact.targets}
            sent: dict[Target, list[int]] = {}
            for target, entries in self._sent_at(row.part, row.pos):
                counted = sent.setdefault(target, [0, 0])
                counted[0] += len(entries)
                counted[1] += sum(entry["micros"] for entry in entries)
            expect(told == sent, f"{fact} told its targets {sent}")
        marks = Counter((mark.part, mark.status) for mark in due.marks)
        expect(+sums == marks, f"the batches counted {+sums}, marked are {marks}")

    def _sent_at(self, part: int, pos: int) -> Iterator[tuple[Target, Sequence[Mapping[str, Any]]]]:
        for kind, name, field in ((ScoreMany, "tournament", "tournament"), (CountJackpotWagers, "jackpot", "jackpot")):
            for id_, send in self.sent[kind].items():
                if id_.startswith(f"{ENGINES}/{part}/{pos}/"):
                    yield (name, send[field]), send["entries"]

    def _players(self, due: Streamed) -> None:
        """Each first deposit is one, and the levels follow from what was wagered."""
        firsts = Counter(one.player for one in self._engines.facts(FirstDeposited))
        expect(firsts == Counter(dict.fromkeys(due.deposits, 1)), f"first deposits of {firsts}, due of {due.deposits}")
        for one in self._engines.facts(FirstDeposited):
            expect(one.deposit_id in due.deposits[one.player], f"{one} of {due.deposits[one.player]}")
        far: dict[str, LevelProgressed] = {}
        for one in self._engines.facts(LevelProgressed):
            reached = bisect_right([micros_of(level) for level in LEVELS], one.wagered)
            before = far[one.player].level if one.player in far else 0
            expect(one.level == max(before, reached), f"{one} came after level {before}")
            far[one.player] = one
        wagered = Counter({player: one.wagered for player, one in far.items() if one.wagered})
        expect(wagered == +due.wagered, f"wagered was {wagered}, due is {+due.wagered}")
        levels = Counter({player: one.level for player, one in far.items() if one.level})
        told = self._triggers(lambda _: True)
        fired = Counter({player: times for (player, on), times in told.items() if on == LEVEL})
        expect(fired == levels, f"levels reached are {levels}, told were {fired}")

    def _deposits(self) -> None:
        """The ledger has counted each message once."""
        counted = Counter[str]()
        for row, fact in self._ledger.by_type[WalletDepositsCounted.wire]:
            send = self.sent[CountDeposits].get(row.command_id)
            expect(send == {"player": fact.player, "amounts": fact.amounts}, f"{fact} came of {send}")
            expect(fact.day == FIRST_MORNING.date().isoformat() and not fact.over, f"{fact} of another day, or limited")
            counted[row.command_id] += 1
        for id_ in self.sent[CountDeposits]:
            right = counted[id_] == 1 or (not counted[id_] and id_ in self.unheard)
            expect(right, f"the deposits of {id_} were counted {counted[id_]} times")

    def compare_late(self, late: Counter[str]) -> None:
        """So many voids of each message came after their pool was won; the same was told."""
        for id_, told in self._tallies.items():
            expect(told == late[id_], f"{id_} was told of {told} late voids, and had {late[id_]}")

    def standings(self, due: Streamed, races: Mapping[str, Race], scored: Sequence[TournamentScored]) -> None:
        """Where nothing was closed, every player has what was wagered, and what doors have reported beside it."""
        for name, race in races.items():
            told = {id_ for id_, send in self.sent[ScoreMany].items() if send["tournament"] == name}
            if race.closing is not None or not told.isdisjoint(self.unheard):
                continue
            points = Counter[str]()
            for one in scored:
                points[one.player] += one.micro_points if one.tournament == name else 0
            reached: dict[str, tuple[datetime, str]] = {}
            for count, times in due.counts["tournament", name].items():
                points[count.player] += times * points_in(count.micros)
                reached[count.player] = max((count.at, count.wager_id), reached.get(count.player, _NEVER))
            stands = Counter({player: total for player, (total, *_) in race.standings.items()})
            expect(+stands == +points, f"{name} stands at {stands}, due are {points}")
            for player, at in reached.items():
                expect(race.standings[player][1:] >= at, f"{player} reached {race.standings[player]} later, at {at}")

    def tally(self) -> Counter[str]:
        """How often each thing happened."""
        facts: list[WagersTaken] = self._engines.facts(WagersTaken)
        return Counter(
            {
                "batches of wagers": len(facts),
                "wagers repeated": sum(fact.repeated for fact in facts),
                "wagers passed on": sum(fact.passed_on for fact in facts),
                "wagers void": sum(fact.void for fact in facts),
                "voids after a drop": sum(self._tallies.values()),
                "first deposits": len(self._engines.facts(FirstDeposited)),
                "levels reached": sum(times for (_, on), times in self.fired.items() if on == LEVEL),
                "deposits counted": len(self._ledger.facts(WalletDepositsCounted)),
                "letters of the stream": len(self.letters),
                "letters of wagers astray": self.letters_of_passed,
            }
        )


_NEVER: Final = (datetime.min.replace(tzinfo=FIRST_MORNING.tzinfo), "")


def _count_of(entry: Mapping[str, Any]) -> Count:
    return Count(entry["wager_id"], entry["player"], entry["micros"], datetime.fromisoformat(entry["at"]))
