"""What events must have come to in the end: every cost taken once, every place and milestone paid once, none lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from shared.eventlog.rows import EventRow, OutboxRow
from shared.messages.attempt import (
    AttemptDenied,
    AttemptFinished,
    AttemptProgressed,
    AttemptRequested,
    AttemptStarted,
    FinishAttempt,
    ProgressAttempt,
)
from shared.messages.base import Event
from shared.messages.board import BoardClosing, BoardFinalized, BoardPlaced, CountGrants
from shared.messages.event import GroupJoined, StartAttempt, WindowClosed, WindowOpened
from shared.messages.lobby import (
    BotsProgressed,
    BotsRetired,
    BotsSeated,
    LobbyActivated,
    LobbyJoined,
    LobbyPushed,
    LobbySeatTaken,
    PushLobby,
)
from shared.messages.season import BoardScored, ScoreBoard
from tests.simulation.clients import Violation, Wanted
from tests.simulation.contests import BOARDS, CONTESTS
from tests.simulation.judge_boards import Board
from tests.simulation.judge_contests import Followed
from tests.simulation.judge_grants import Due, GrantsJudge
from tests.simulation.reading import Fact, Reading
from tests.simulation.told_events import entries_moved
from tests.simulation.told_games import expect

OF_EVENTS: Final[tuple[type[Event], ...]] = (WindowOpened, WindowClosed, GroupJoined, AttemptRequested, AttemptDenied)
OF_ATTEMPTS: Final[tuple[type[Event], ...]] = (AttemptStarted, AttemptProgressed, AttemptFinished)
OF_LOBBIES: Final[tuple[type[Event], ...]] = (LobbyJoined, LobbyActivated, LobbySeatTaken)
OF_BOARDS: Final[tuple[type[Event], ...]] = (
    BotsSeated, BotsProgressed, BotsRetired, BoardClosing, BoardPlaced, BoardFinalized,
)  # fmt: skip


class EventsJudge:
    """Holds what the leaderboards did against what was wished, and against what the ledger took and gave for it."""

    def __init__(self, leaderboards: Reading, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._leaderboards, self._ledger, self._wishes = leaderboards, ledger, wishes
        self.grants = GrantsJudge(ledger, wishes)
        self.events: dict[str, Followed] = {}
        self._left: set[str] = set()
        """The wishes on whose way something is left to people."""

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did."""
        said = list(attempts)
        facts = self._leaderboards.facts
        started = Counter(one.start_id for one in facts(AttemptStarted))
        seated = Counter(one.start_id for one in facts(LobbySeatTaken))
        begun = [id_ for id_ in said for _ in range(started[id_] + seated[id_])]
        own = (AttemptProgressed, BoardScored, LobbyPushed)
        ran = [id_ for id_ in said for kind in own for _ in self._leaderboards.commanded(id_, kind)]
        done = [id_ for id_ in said for _ in self._leaderboards.commanded(id_, AttemptFinished) if self._finishes(id_)]
        return [*begun, *ran, *done, *self.grants.effects(said)]

    def _finishes(self, attempt: str) -> bool:
        return isinstance(self._wishes[attempt].command, FinishAttempt)

    def due(self, wish: Wanted) -> tuple[int, ...] | None:
        """How many effects a granted wish may have had; None of what is no business of events."""
        match wish.command:
            case StartAttempt(event=event):
                return (0, 1) if CONTESTS[event].mode == "lobby_matched" else (1,)
            case PushLobby():
                return (0, 1)
            case ProgressAttempt() | FinishAttempt() | ScoreBoard():
                return (1,)
            case _:
                return self.grants.due(wish)

    def begun(self) -> Counter[str]:
        """How many times each attempt is under way or has had its effect."""
        facts = self._leaderboards.facts
        begun = Counter({one.start_id for one in facts(AttemptRequested)})
        begun.subtract(one.start_id for one in facts(AttemptDenied))
        return begun

    def close(
        self, stuck: Collection[OutboxRow], now: datetime, asked_at: Callable[[str], Collection[datetime]]
    ) -> None:
        """Everything that began has been settled, once; but for Sends too old to be told. Raises Violation.

        Args:
            stuck: the Sends that are left to people.
            now: windows that ended earlier, by any clock, must have been closed.
            asked_at: when an attempt was appended, each time.
        """
        self._left = {row.correlation_id for row in stuck}
        self.events = {name: Followed(name, self._wishes) for name in CONTESTS}
        for row, event in self._history():
            _follow(self.events[_event_of(event)], row, event)
        for one in self.events.values():
            self._in_time(one, asked_at)
            self._closed(one, stuck, now)
            self._shown(one)
        self._costs()
        self._seasons()
        self.grants.close(list(self._due()), stuck, now, asked_at)

    def _history(self) -> list[Fact]:
        kinds = (*OF_EVENTS, *OF_ATTEMPTS, *OF_LOBBIES, *OF_BOARDS)
        facts = [fact for kind in kinds for fact in self._leaderboards.by_type[kind.wire]]
        return sorted(facts, key=lambda fact: (fact[0].part, fact[0].pos))

    def _in_time(self, followed: Followed, asked_at: Callable[[str], Collection[datetime]]) -> None:
        """What counted was asked for before its window was over."""
        for kind in (AttemptProgressed, AttemptFinished):
            for row, event in self._leaderboards.by_type[kind.wire]:
                if event.attempt.event == followed.name and row.command_id in self._wishes:
                    first = min(asked_at(row.command_id), default=row.at)
                    expect(first < event.attempt.ends_at, f"{event} was asked for at {first}, too late")

    def _closed(self, one: Followed, stuck: Collection[OutboxRow], now: datetime) -> None:
        """Whatever is over is closed, with all its boards; and nobody waits for the ledger but by its fault."""
        open_ = [window for window in one.windows.values() if not window.closed and window.ends_at <= now]
        expect(not open_, f"{one.name} never closed {open_}")
        for start_id, asked in one.reserved.items():
            expect(self._wishes[start_id].key in self._left, f"{asked} was never answered")
        unpaid = {row.then_data for row in stuck if row.then_type == CountGrants.wire}
        for board_id, board in one.boards.items():
            waits = any(board_id.encode() in (data or b"") for data in unpaid)
            over = one.windows[board.window_id].closed
            expect(not over or board.final is not None or waits, f"{one.name} never made {board_id} final: {board}")
        playing = [bots for bots in one.bots.values() if not bots.retired and bots.ends_at <= now]
        expect(not playing, f"{one.name} has bots that play for ever: {playing}")

    def _shown(self, one: Followed) -> None:
        """What everybody sees of its boards is what the facts make."""
        tables = self._leaderboards.log
        for board_id, board in one.boards.items():
            self._stands(board_id, {who: tuple(row) for who, row in board.standings.items()})
            final = {key[3]: row for key, row in tables.table("final_entries").items() if key[2] == board_id}
            placed = {one.rank: (one.participant, one.kind, one.player, one.score) for one in board.placed}
            expect(final == placed, f"{board_id} shows {final} as final, placed were {placed}")
            ended = [row[0] for key, row in tables.table("board_closings").items() if key[2] == board_id]
            status = ["finalized"] if board.final else ["closing"] if board.closing else []
            expect(ended == status, f"{board_id} shows {ended}, is {status}")
        for lobby in one.lobbies.values():
            rows = [row for key, row in tables.table("lobbies").items() if key[3] == lobby.lobby_id]
            expect([row[3] for row in rows] == [lobby.status], f"{lobby} is shown as {rows}")

    def _stands(self, board_id: str, due: dict[str, tuple[Any, ...]]) -> None:
        rows = self._leaderboards.log.table("board_entries").items()
        shown = {key[3]: (row[2], row[3], row[0], row[1]) for key, row in rows if key[2] == board_id}
        expect(shown == due, f"{board_id} shows {shown}, due was {due}")

    def _costs(self) -> None:
        """What entering cost was taken as often as attempts began; of what else was taken, all was given back."""
        taken = entries_moved(self._ledger)
        asked = {row.correlation_id for row, _ in self._leaderboards.by_type[AttemptRequested.wire]}
        expect(taken.keys() <= asked, f"{taken.keys() - asked} cost something, and never asked")
        for key, event, begun in self._starts():
            due = {asset: amount * begun for asset, amount in CONTESTS[event].costs.items() if begun}
            moved = {asset: amount for asset, amount in taken.get(key, {}).items() if amount}
            once = dict(CONTESTS[event].costs)
            right = moved == due or (key in self._left and moved in ({}, once))
            expect(right, f"{key} paid {moved} for {begun} attempts of {event}, due was {due}")

    def _starts(self) -> Iterator[tuple[str, str, int]]:
        """Every wish to start, the event, and how many attempts it became."""
        began: Counter[str] = Counter()
        for one in self.events.values():
            for start_id, times in one.started.items():
                began[self._wishes[start_id].key] += times
        starts = {one.key: one for one in self._wishes.values() if isinstance(one.command, StartAttempt)}
        for key, wish in starts.items():
            if not wish.hopeless:
                yield key, wish.entity, began[key]

    def _due(self) -> Iterator[Due]:
        """Every grant that must have been given for something that was reached."""
        for one in self.events.values():
            for player, attempt_id, key in one.milestones:
                entries = one.contest.milestones[key].entries
                yield from Due.of(player, (attempt_id, key), entries, "event_milestone", attempt_id)
            for board_id, board in one.boards.items():
                if board.closing:
                    yield from self._won(one, board_id, board)

    def _won(self, one: Followed, board_id: str, board: Board) -> Iterator[Due]:
        order = board.order()
        scores = [entry.score if entry.kind == "player" else 0 for entry in order]
        scored = {entry.participant for entry in order if entry.kind == "player" and entry.score > 0}
        winners = board.completed if one.contest.to_completers else scored
        if not winners:
            return
        for entry, won in zip(order, one.contest.prizes(scores), strict=True):
            if entry.participant in winners:
                yield from Due.of(entry.player, (board_id, entry.participant), won, "event", board.window_id)

    def _seasons(self) -> None:
        """Boards across events: every value counted once, as the board says."""
        scores: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
        for row, event in sorted(
            self._leaderboards.by_type[BoardScored.wire], key=lambda fact: (fact[0].part, fact[0].pos)
        ):
            command = self._wishes[row.command_id].command
            assert isinstance(command, ScoreBoard)
            was = scores[event.board_id].get(event.participant)
            before = None if was is None else was[0]
            score = {
                "best": max(command.value, command.value if before is None else before),
                "latest": command.value,
                "sum": command.value + (before or 0),
            }[BOARDS[event.board]]
            expect(event.score == score, f"{event} of {command} should be {score}")
            pos = was[1] if was is not None and score == before else row.pos
            scores[event.board_id][event.participant] = (score, pos, "player", command.player)
        for board_id, due in scores.items():
            self._stands(board_id, due)

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what was paid and won to what everybody should have."""
        players = {wish.key: wish.command.player for wish in self._wishes.values() if _is_start(wish)}  # type: ignore[attr-defined]
        for key, taken in entries_moved(self._ledger).items():
            for asset, amount in taken.items():
                model[players[key], asset] -= amount
        self.grants.money(model)

    def tally(self) -> Counter[str]:
        """How often each thing happened."""
        facts = self._leaderboards.facts
        denied = Counter(one.code for one in facts(AttemptDenied))
        forced = [one for one in facts(AttemptFinished) if one.attempt.status == "force_completed"]
        ended = [one for one in facts(AttemptProgressed) if one.attempt.status == "completed"]
        finals = facts(BoardFinalized)
        mine = {
            "attempts begun": len(facts(AttemptStarted)),
            "attempts come further": len(facts(AttemptProgressed)),
            "attempts that reached all targets": len(ended),
            "attempts ended by force": len(forced),
            "milestones reached": sum(len(one.fired) for one in facts(AttemptProgressed)),
            "entries not paid": denied["insufficient_entry_cost"],
            "entries without the requirement": denied["entry_requirement_failed"],
            "entries of banned players": denied["player_blocked"],
            "entries too late for their window": denied["no_active_window"],
            "windows opened": len(facts(WindowOpened)),
            "windows closed": len(facts(WindowClosed)),
            "boards made final": len(finals),
            "boards of several pages": sum(one.participants > 2 for one in finals),
            "groups joined": len(facts(GroupJoined)),
            "lobbies begun": len(facts(LobbyActivated)),
            "lobbies pushed": len(facts(LobbyPushed)),
            "bots seated": sum(one.count for one in facts(BotsSeated)),
            "moves of bots": sum(one.tick > 0 for one in facts(BotsProgressed)),
            "scores across events": len(facts(BoardScored)),
        }
        return Counter(mine) + self.grants.tally()


def _follow(followed: Followed, row: EventRow, event: Any) -> None:
    """A fact that is about nothing that is known is a violation, too."""
    try:
        followed.take(row, event)
    except (LookupError, AttributeError) as error:
        raise Violation(f"{event} of {row} is about nothing that is known: {error!r}") from error


def _is_start(wish: Wanted) -> bool:
    return isinstance(wish.command, StartAttempt)


def _event_of(event: Any) -> str:
    if isinstance(event, AttemptStarted | AttemptProgressed | AttemptFinished):
        return str(event.attempt.event)
    if isinstance(event, LobbyJoined | LobbyActivated):
        return str(event.lobby.event)
    return str(event.event)
