"""What events and grants may tell: nothing before it stands in the log and in the views, and nothing that is not so."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from shared.bus.partition import partition_of
from shared.bus.port import Outgoing
from shared.ids import PlayerId, TenantId, user_id_of
from shared.messages.attempt import (
    AttemptFinished,
    AttemptProgressed,
    AttemptRequested,
    AttemptStarted,
    FinishAttempt,
    ProgressAttempt,
)
from shared.messages.base import Event
from shared.messages.entry import ENTRIES
from shared.messages.event import StartAttempt
from shared.messages.grant import (
    AckGrant,
    ClaimGrant,
    CrateOpened,
    GiveGrant,
    Grant,
    GrantClaimed,
    GrantExpired,
    GrantGiven,
    OpenCrate,
)
from shared.messages.lobby import LobbyPushed, LobbySeatTaken, PushLobby
from shared.messages.registration import PlayerRegistered, RegisterPlayer
from shared.messages.season import BoardScored, ScoreBoard
from shared.messages.wallet import WalletPosted
from tests.simulation.chaos_bus import id_of
from tests.simulation.clients import TENANT, Told, Wanted
from tests.simulation.contests import COINS, CONTESTS, PASS, RELAY, RICH
from tests.simulation.loop import FIRST_MORNING, now_s
from tests.simulation.reading import Moved, Reading
from tests.simulation.told_games import expect

SKEW: Final = timedelta(seconds=1.6)
"""A machine's clock is not further ahead than this."""
PLAYING: Final[tuple[type[Event], ...]] = (AttemptStarted, AttemptProgressed, AttemptFinished)
LATER: Final = FIRST_MORNING + timedelta(days=1)
COMMON: Final = frozenset(
    {"deadline_passed", "too_many_waiting", "player_blocked", "insufficient_balance", "idempotency_conflict"}
)
"""What others have judged."""


class Asked(NamedTuple):
    """What there was when something was asked for the first time."""

    at: datetime
    stood: dict[str, int]
    """How many balances of each asset there had been before the present one."""


def reason_of(grant_id: str) -> str:
    """What a grant arrives for, as the ledger has it."""
    return f"grant {grant_id}"


def kept_of(grant: Grant) -> list[Moved]:
    """What of a grant is kept in wallets; crates are given on their own."""
    entries = [entry.model_dump() for entry in grant.entries]
    plain = [entry for entry in entries if entry["type"] != "crate"]
    return [
        Moved(grant.player, entry.get("asset") or entry["item"], entry.get("amount") or entry["quantity"])
        for entry in plain
    ]


def entries_moved(ledger: Reading) -> dict[str, dict[str, int]]:
    """What was taken for entering, less what was given back: by wish, of each asset."""
    taken: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row, event in ledger.by_type[WalletPosted.wire]:
        for posting in event.postings:
            if posting.account == ENTRIES:
                taken[row.correlation_id][posting.asset] += posting.amount
    return taken


class EventsTold:
    """Holds every answer about events and grants against the logs, at the moment when it is given."""

    def __init__(self, leaderboards: Reading, ledger: Reading, partitions: int) -> None:
        self._leaderboards, self._ledger, self._partitions = leaderboards, ledger, partitions
        self._asked: dict[str, Asked] = {}
        """By attempt."""
        self.seen: Counter[str] = Counter()
        """How often some answers were given."""

    def appended(self, message: Outgoing, wish: Wanted | None) -> None:
        """The broker has taken this in: whatever is decided on it is decided on what stands now, or later."""
        id_ = id_of(message)
        if wish is None or id_ in self._asked or not isinstance(wish.command, StartAttempt | ClaimGrant | OpenCrate):
            return
        self._ledger.catch_up()
        stood = self._ledger.stood
        counts = {asset: len(stood[wish.command.player, asset]) - 1 for asset in self._assets(wish)}
        self._asked[id_] = Asked(FIRST_MORNING + timedelta(seconds=now_s()), counts)

    def _assets(self, wish: Wanted) -> tuple[str, ...]:
        costs = CONTESTS[wish.entity].costs if wish.entity in CONTESTS else ()
        return (*costs, PASS, COINS) if isinstance(wish.command, StartAttempt) else ()

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        match wish.command:
            case StartAttempt() if body["attempt"] is not None:
                self._start_told(wish, wish.command, body["attempt"])
            case StartAttempt():
                self._lobby_told(wish.command, body["lobby"])
            case ProgressAttempt():
                self._progress_told(wish, wish.command, body)
            case FinishAttempt():
                over = self._one(AttemptFinished, wish).attempt
                expect(over.model_dump(mode="json") == body["attempt"], f"{wish.key} was told {body}, it was {over}")
                self._attempt_shown(over.event, over.attempt_id)
            case PushLobby():
                pushed = [one for one in self._leaderboards.facts(LobbyPushed) if one.key == wish.command.key]
                told = [one.lobby.model_dump(mode="json") for one in pushed]
                expect(body["lobby"] in told, f"{wish.key} was told of {body}, pushed were {told}")
            case ScoreBoard():
                self._score_told(wish, wish.command, body)
            case _:
                self._grant_told(wish, body)

    def _start_told(self, wish: Wanted, command: StartAttempt, told: dict[str, Any]) -> None:
        started = [one.attempt for one in self._leaderboards.facts(AttemptStarted) if one.start_id in wish.attempts]
        shown = [one.model_dump(mode="json") for one in started]
        expect(shown == [told], f"{wish.key} was told of {told}, begun was {shown}")
        taken = {asset: amount for asset, amount in entries_moved(self._ledger)[wish.key].items() if amount}
        expect(taken == CONTESTS[command.event].costs, f"{wish.key} was told of {told}, and paid {taken}")
        if command.event == RELAY:
            asked = self._asked[min(wish.attempts, key=self._first)]
            rich = max(self._stood(command, COINS, asked)) >= RICH or max(self._stood(command, PASS, asked)) > 0
            expect(rich, f"{wish.key} was told of {told}, and never met what is asked")
        self._attempt_shown(told["event"], told["attempt_id"])
        self._board_shown(told["board_id"], command.player)

    def _lobby_told(self, command: StartAttempt, told: dict[str, Any]) -> None:
        expect(told["joined"] <= told["capacity"], f"{command} was told of {told}, which is more than full")
        seats = [one.lobby_id for one in self._leaderboards.facts(LobbySeatTaken) if one.player == command.player]
        expect(told["lobby_id"] in seats, f"{command} was told of {told}, and sits in {seats}")
        self.seen["players told to wait in a lobby"] += 1

    def _progress_told(self, wish: Wanted, command: ProgressAttempt, body: dict[str, Any]) -> None:
        progressed = self._one(AttemptProgressed, wish)
        attempt = progressed.attempt
        expect(attempt.model_dump(mode="json") == body["attempt"], f"{wish.key} was told {body}, it was {attempt}")
        fired = [one["key"] for one in body["milestones"]]
        expect(fired == list(progressed.fired), f"{wish.key} was told of {fired}, it fired {progressed.fired}")
        for one in body["milestones"]:
            expect(bool(one["grants"]), f"{wish.key} was told of {one}, which gave nothing")
            for grant in one["grants"]:
                self._given(grant)
        self._attempt_shown(attempt.event, attempt.attempt_id)
        self._board_shown(attempt.board_id, command.player)

    def _one(self, kind: type[Event], wish: Wanted) -> Any:
        """The only fact of this kind that the wish has brought about."""
        facts = [one for id_ in wish.attempts for one in self._leaderboards.commanded(id_, kind)]
        expect(len(facts) == 1, f"{wish.key} brought about {facts}")
        return facts[0]

    def _attempt_shown(self, event: str, attempt_id: str) -> None:
        """The view shows the attempt as the last fact about it tells it."""
        facts = [fact for kind in PLAYING for fact in self._leaderboards.by_type[kind.wire]]
        own = [(row.pos, one.attempt) for row, one in facts if one.attempt.attempt_id == attempt_id]
        last = max(own, key=lambda fact: fact[0])[1]
        part = partition_of(TENANT, event, self._partitions)
        row = self._leaderboards.log.table("attempts").get((part, TENANT, event, attempt_id))
        shown = None if row is None else (row[9], row[10])
        expect(shown == (last.score, last.status), f"{attempt_id} is shown as {row}, and is {last}")

    def _board_shown(self, board_id: str, player: str) -> None:
        facts = [fact for kind in PLAYING[:2] for fact in self._leaderboards.by_type[kind.wire]]
        own = [(row.pos, one.best) for row, one in facts if _is(one, board_id, player)]
        best = max(own)[1]
        participant = user_id_of(TenantId(TENANT), PlayerId(player))
        shown = self._shown(board_id, participant)
        expect(shown == best, f"{player} is shown with {shown} on {board_id}, and has {best}")

    def _shown(self, board_id: str, participant: str) -> Any:
        rows = self._leaderboards.log.table("board_entries")
        return next((row[2] for key, row in rows.items() if key[2:] == (board_id, participant)), None)

    def _score_told(self, wish: Wanted, command: ScoreBoard, body: dict[str, Any]) -> None:
        scored = self._one(BoardScored, wish)
        told = (body["board_id"], body["score"])
        expect(told == (scored.board_id, scored.score), f"{wish.key} was told {body}, scored was {scored}")
        last = [one.score for one in self._leaderboards.facts(BoardScored) if _same(one, command)][-1]
        shown = self._shown(scored.board_id, scored.participant)
        expect(shown == last, f"{command.player} is shown with {shown} on {command.board}, and has {last}")

    def _grant_told(self, wish: Wanted, body: dict[str, Any]) -> None:
        match wish.command:
            case ClaimGrant() | AckGrant():
                self._claim_told(wish.command, body["grant"])
            case OpenCrate():
                self._open_told(wish.command, body)
            case GiveGrant():
                self._given(body["grant"])
            case RegisterPlayer(player=player):
                made = [one for id_ in wish.attempts for one in self._ledger.commanded(id_, PlayerRegistered)]
                expect(len(made) == 1 and made[0].profile.player == player, f"{wish.key} registered {made}")
            case _:
                pass

    def _claim_told(self, command: ClaimGrant | AckGrant, told: dict[str, Any]) -> None:
        claimed = [one.grant for one in self._of(GrantClaimed, command.grant_id)]
        stands = [one.model_dump(mode="json") for one in claimed]
        expect(stands == [told], f"{command} was told {told}, it is {stands}")
        moved = self._ledger.moved[reason_of(command.grant_id)]
        expect(moved == kept_of(claimed[0]), f"{command} was told {told}, and {moved} was moved")
        self._grant_shown(command.player, command.grant_id, "claimed")

    def _open_told(self, command: OpenCrate, body: dict[str, Any]) -> None:
        opened = [one.grant for one in self._of(CrateOpened, command.grant_id)]
        shown = [one.model_dump(mode="json") for one in opened]
        expect(shown == [body["crate"]], f"{command} was told {body}, opened was {shown}")
        inside = body["contents"]["grant_id"]
        given = [one.grant for kind in (GrantGiven, GrantClaimed) for one in self._of(kind, inside)]
        stood = [one.model_dump(mode="json") for one in given]
        expect(body["contents"] in stood, f"{command} was told {body}, in it was {stood}")
        self._grant_shown(command.player, command.grant_id, "claimed")
        self._grant_shown(command.player, inside)

    def _given(self, told: dict[str, Any]) -> None:
        given = [one.grant for one in self._of(GrantGiven, told["grant_id"])]
        expect([one.model_dump(mode="json") for one in given] == [told], f"told was {told}, given was {given}")
        self._grant_shown(told["player"], told["grant_id"])

    def _grant_shown(self, player: str, grant_id: str, status: str | None = None) -> None:
        part = partition_of(TENANT, player, self._partitions)
        row = self._ledger.log.table("grants").get((part, TENANT, player, grant_id))
        right = row is not None and status in (None, row[0])
        expect(right, f"{grant_id} is shown as {row}, and should be {status}")

    def _of(self, kind: type[Event], grant_id: str) -> list[Any]:
        return [one for one in self._ledger.facts(kind) if one.grant.grant_id == grant_id]

    def refused(self, wish: Wanted, told: Told) -> None:
        """It was so at some moment after it was asked. Raises Violation."""
        if told.attempt not in wish.attempts or told.code in COMMON:
            return
        match wish.command:
            case StartAttempt():
                self.seen[f"events: {told.code}"] += 1
                self._not_begun(wish, wish.command, told)
            case ProgressAttempt() | FinishAttempt():
                self.seen[f"events: {told.code}"] += 1
                over = self._is_over(wish.command.attempt_id)
                expect(wish.hopeless or (told.code == "attempt_finished" and over), f"{told} to {wish.command}")
            case ClaimGrant() | OpenCrate() | AckGrant():
                self.seen[f"grants: {told.code}"] += 1
                late = told.code == "grant_expired" and self._is_late(wish.command.grant_id)
                expect(wish.hopeless or late, f"{told} to {wish.command}")
            case RegisterPlayer():
                known = any(one.profile.player == wish.entity for one in self._ledger.facts(PlayerRegistered))
                right = told.code == "player_already_registered" and known and not wish.command.force
                expect(right, f"{told} to {wish.command}")
            case PushLobby() | GiveGrant() | ScoreBoard():
                expect(wish.hopeless or self._came_late(wish, told), f"{told} to {wish.command}")
            case _:
                pass

    def _not_begun(self, wish: Wanted, command: StartAttempt, told: Told) -> None:
        # What was refused under a key while it was asked again had been asked for by the first.
        asked = self._asked[min(wish.attempts, key=self._first) if told.repeated else told.attempt]
        if wish.hopeless:
            return
        contest = CONTESTS[command.event]
        match told.code:
            case "no_active_window":
                expect(not self._was_on(command.event, asked), f"{told} to {command} of {asked}, while it was on")
            case "max_attempts_reached" | "max_daily_attempts_reached":
                most = contest.per_window if told.code == "max_attempts_reached" else contest.per_day
                starts = self._starts(command)
                counted = Counter(one.window_id if most == contest.per_window else one.day for one in starts)
                expect(most is not None and max(counted.values(), default=0) >= most, f"{told} after {counted}")
            case "insufficient_entry_cost":
                asset, have = told.details["resource"], told.details["have"]
                stood = self._stood(command, asset, asked)
                short = have < told.details["needed"] == contest.costs.get(asset)
                expect(short and have in stood, f"{told} to {command.player}, who had {stood} since")
            case "entry_requirement_failed":
                poor = min(self._stood(command, COINS, asked)) < RICH and 0 in self._stood(command, PASS, asked)
                expect(poor, f"{told} to {command}, who met it")
            case _:
                expect(told.code == "too_many_starts", f"{told} to {command}")

    def _first(self, attempt: str) -> datetime:
        return self._asked[attempt].at if attempt in self._asked else LATER

    def _stood(self, command: StartAttempt, asset: str, asked: Asked) -> list[int]:
        return self._ledger.stood[command.player, asset][asked.stood.get(asset, 0) :]

    def _was_on(self, event: str, asked: Asked | None) -> bool:
        """Whether it was on all the time since that was asked, whatever anybody's clock says."""
        now = FIRST_MORNING + timedelta(seconds=now_s())
        ends_at = CONTESTS[event].on_at(now if asked is None else asked.at)
        return ends_at is not None and ends_at > now + SKEW and asked is not None

    def _starts(self, command: StartAttempt) -> list[Any]:
        """Every start of this player that was ever under way, the last of each."""
        asked = [one for one in self._leaderboards.facts(AttemptRequested) if one.event == command.event]
        return list({one.start_id: one for one in asked if one.player == command.player}.values())

    def _is_over(self, attempt_id: str) -> bool:
        facts = [one.attempt for kind in PLAYING for one in self._leaderboards.facts(kind)]
        own = [one for one in facts if one.attempt_id == attempt_id]
        ended = any(one.status != "in_progress" for one in own)
        return ended or (bool(own) and own[0].ends_at <= FIRST_MORNING + timedelta(seconds=now_s()) + SKEW)

    def _came_late(self, wish: Wanted, told: Told) -> bool:
        match wish.command:
            case PushLobby():
                return told.code == "no_active_window" and not self._was_on(wish.entity, None)
            case GiveGrant(gift=gift):
                return told.details.get("path") == "expires_at" and _is_over(gift.expires_at)
            case _:
                return False

    def _is_late(self, grant_id: str) -> bool:
        given = [one.grant for one in self._of(GrantGiven, grant_id)]
        late = _is_over(given[0].expires_at) if given else False
        return late or bool(self._of(GrantExpired, grant_id))


def _is_over(ends_at: datetime | None) -> bool:
    """Whether this moment has come, by the fastest clock in town."""
    return ends_at is not None and ends_at <= FIRST_MORNING + timedelta(seconds=now_s()) + SKEW


def _is(one: Any, board_id: str, player: str) -> bool:
    return bool((one.attempt.board_id, one.attempt.player) == (board_id, player))


def _same(one: Any, command: ScoreBoard) -> bool:
    return bool((one.board, one.player) == (command.board, command.player))
