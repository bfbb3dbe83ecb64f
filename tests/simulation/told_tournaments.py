"""What tournaments may tell: a score that counts is in the log, and a close is told when every place is paid."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from shared.messages.tournament import CloseTournament, TournamentClosed, TournamentClosing, TournamentPlaced
from shared.messages.tournament_score import ScoreTournament, TournamentScored, TournamentWagerCounted
from tests.simulation.clients import Told, Wanted
from tests.simulation.parlour import WINZ
from tests.simulation.reading import Moved, Reading
from tests.simulation.told_games import expect
from tests.simulation.tournaments import reason_of

UNTRUE: Final = frozenset({"no_tournament", "points_limit", "wager_conflict"})
"""What is never so here, since every wager is always reported as the same."""


class TournamentsTold:
    """Holds every answer of the leaderboards against their facts and the ledger's, at the moment when it is given."""

    def __init__(self, leaderboards: Reading, ledger: Reading) -> None:
        self._leaderboards, self._ledger = leaderboards, ledger
        self.seen: Counter[str] = Counter()
        """How often some answers were given."""
        self.untimely: list[tuple[str, str]] = []
        """(tournament, attempt) of the scores that were refused although nothing was closing yet."""

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        match wish.command:
            case ScoreTournament():
                self._score_told(wish, wish.command, body)
            case CloseTournament():
                self._close_told(wish, wish.command.tournament, body)
            case _:
                pass

    def refused(self, wish: Wanted, told: Told) -> None:
        """A tournament takes no scores when it is over, and for no other reason. Raises Violation."""
        if not isinstance(wish.command, ScoreTournament | CloseTournament) or told.attempt in wish.strangers:
            return
        expect(told.code not in UNTRUE, f"{told} to {wish.command}")
        if told.code == "not_active":
            expect(isinstance(wish.command, ScoreTournament), f"{told} to {wish.command}")
            self.seen["scores refused"] += 1
            if not self._of(TournamentClosing, wish.command.tournament):
                self.untimely.append((wish.command.tournament, told.attempt))

    def _score_told(self, wish: Wanted, command: ScoreTournament, body: dict[str, Any]) -> None:
        scored = self._of(TournamentScored, command.tournament)
        own = [one.total for one in scored if one.source in wish.attempts]
        before = [
            one.total
            for one in self._leaderboards.facts(TournamentWagerCounted)
            if command.source_wager_id is not None
            and (one.played.tournament, one.played.source_wager_id) == (command.tournament, command.source_wager_id)
        ]
        right = before if body["repeated"] else own
        expect(right == [body["total"]], f"{wish.key} was told {body}, counted was {own}, before it {before}")
        expect(not (body["repeated"] and own), f"{wish.key} was told that another had counted, and counted as {own}")
        last = [one.total for one in scored if one.player == command.player][-1]
        shown = self._shown(command.tournament, command.player)
        expect(shown == last, f"{command.player} sees {shown} in {command.tournament}, the log says {last}")
        self.seen["scores told"] += 1
        self.seen["scores reported again"] += body["repeated"]

    def _close_told(self, wish: Wanted, tournament: str, body: dict[str, Any]) -> None:
        results = [(one.places, one.total_paid) for one in self._of(TournamentClosed, tournament)]
        told = (body["places"], body["total_paid"])
        expect(results == [told], f"{wish.key} was told {told}, {tournament} was closed with {results}")
        calls = [call for call in wish.attempts if self._leaderboards.commanded(call, TournamentClosing)]
        expect(body["repeated"] == (not calls), f"{wish.key} was told {body}, having closed it as {calls}")
        for placed in self._of(TournamentPlaced, tournament):
            for one in placed.payouts:
                paid = self._ledger.moved[reason_of(tournament, one.rank)]
                expect(paid == [Moved(one.player, WINZ, one.amount)], f"told of {one} in {tournament}, paid was {paid}")
        self.seen["closes told again"] += body["repeated"]

    def _of(self, kind: type[Any], tournament: str) -> list[Any]:
        return [one for one in self._leaderboards.facts(kind) if one.tournament == tournament]

    def _shown(self, tournament: str, player: str) -> Any:
        rows = self._leaderboards.log.table("tournament_scores")
        return next((row[0] for key, row in rows.items() if key[2:] == (tournament, player)), None)
