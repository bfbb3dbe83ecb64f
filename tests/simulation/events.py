"""Players of events begin attempts, come further, claim what they were given, and are banned now and then.

Beside them is their game's own server, which gives and takes what it likes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from shared.ids import (
    AccountId,
    AssetId,
    AttemptId,
    EventId,
    GrantId,
    PlayerId,
    SeasonId,
    TenantId,
    uuid_of,
)
from shared.messages.attempt import FinishAttempt, ProgressAttempt
from shared.messages.base import Command
from shared.messages.event import StartAttempt
from shared.messages.grant import AckGrant, ClaimGrant, Gift, GiveGrant, OpenCrate
from shared.messages.item import INVENTORY
from shared.messages.lobby import Context, PushLobby
from shared.messages.registration import BanPlayer, RegisterPlayer, UnbanPlayer
from shared.messages.season import ScoreBoard
from shared.messages.wallet import CreditWallet, DebitWallet
from shared.money import MICRO
from tests.simulation.clients import TENANT, Wanted
from tests.simulation.contests import (
    BOARDS,
    COINS,
    CONTESTS,
    DASH,
    DUEL,
    LEAGUES,
    PASS,
    RELAY,
    STEEPLE,
    TAG,
    TICKET,
    TROPHY,
    chests,
    coins,
    items,
)
from tests.simulation.loop import FIRST_MORNING, now_s

RUNNERS: Final = ("cosmo", "howard", "kraglin", "nebula")
OPENING: Final = {TICKET: 4, COINS: 24}
WITH_A_PASS: Final = 2
NO_START: Final = frozenset(
    {"no_active_window", "max_attempts_reached", "max_daily_attempts_reached", "entry_requirement_failed",
     "player_blocked", "too_many_starts"}
)  # fmt: skip
NO_GRANT: Final = frozenset({"player_blocked", "grant_expired"})
WAITS_S: Final = (1.5, 6.0, 25.0, 200_000.0)
"""How long what the server gives can be claimed; the longest ends when a sleepy town sleeps."""

Wish = Callable[..., Wanted]
Rows = Mapping[tuple[Any, ...], tuple[Any, ...]]


class Known(NamedTuple):
    """An attempt that a runner was told of."""

    event: str
    attempt_id: AttemptId
    ends_at: datetime


class Events:
    """Draws wishes of runners and of their game."""

    def __init__(self, chance: Random, wish: Wish, grants: Rows) -> None:
        self._chance, self._wish, self._grants = chance, wish, grants
        self._numbers = count()
        self._pushes: list[PushLobby] = []
        self._attempts: dict[str, list[Known]] = {name: [] for name in RUNNERS}

    def registers(self, player: str, *, force: bool = False) -> Wanted:
        """A runner's game gets a secret to speak for them by."""
        secret = hashlib.sha256(f"{player} {next(self._numbers)}".encode()).hexdigest()
        who = PlayerId(player)
        wish = self._wish(
            "ledger", player, RegisterPlayer(player=who, secret_hash=secret, secret_prefix=secret[:8], force=force)
        )
        wish.ends_with = frozenset({"player_already_registered", "player_blocked"})
        return wish

    def credits(self, player: str, asset: str | None = None) -> Wanted:
        """The server gives an item or coins, also to somebody banned."""
        asset = asset or self._chance.choice((TICKET, TICKET, COINS, PASS))
        return self._wish("ledger", player, CreditWallet(**self._money(player, asset), despite_ban=True))

    def opening(self) -> Iterator[Wanted]:
        """What the runners have at first."""
        for place, player in enumerate(RUNNERS):
            for asset, amount in {**OPENING, **({PASS: 1} if place < WITH_A_PASS else {})}.items():
                wish = self.credits(player, asset)
                wish.command = wish.command.model_copy(update={"amount": amount})
                yield wish

    def first_starts(self) -> Iterator[Wanted]:
        """Whoever is early is in before the trouble begins; some ask several times at once."""
        for player in RUNNERS:
            first, *others = self._chance.sample((DASH, STEEPLE, DUEL, RELAY), 3)
            for event in (*others, *(first,) * self._chance.choice((1, 1, 3, 4))):
                yield self.starts(player, event)

    def debits(self, player: str) -> Wanted:
        """The server takes an item, if there is one."""
        asset = self._chance.choice((TICKET, PASS, TROPHY))
        wish = self._wish("ledger", player, DebitWallet(**self._money(player, asset), despite_ban=True))
        wish.stubborn = False
        return wish

    def _money(self, player: str, asset: str) -> dict[str, Any]:
        amount = self._chance.randint(8, 20) if asset == COINS else self._chance.randint(1, 2)
        account = AccountId("house") if asset == COINS else INVENTORY
        return {"player": PlayerId(player), "asset": AssetId(asset), "amount": amount, "account": account}

    def starts(self, player: str, event: str | None = None) -> Wanted:
        """A runner begins an attempt, or waits in a lobby. What it costs they get, if it turns out that they lack it.

        Where nothing is on, they want it soon after it begins, perhaps.
        """
        event = event or self._chance.choice(self._on())
        league: Context = (
            {"league": self._chance.choice(LEAGUES)} if event == STEEPLE and self._chance.random() < 0.8 else {}
        )
        start = StartAttempt(player=PlayerId(player), event=EventId(event), context=league)
        wish = self._wish("leaderboards", event, start)
        wish.ends_with = NO_START
        costs = tuple(CONTESTS[event].costs)
        if costs:
            wish.before_again = lambda: self.credits(player, self._chance.choice(costs))
        return wish

    def _on(self) -> list[str]:
        """The events to choose from: mostly those that are on."""
        now = FIRST_MORNING + timedelta(seconds=now_s())
        on = [key for key, contest in CONTESTS.items() if contest.on_at(now) is not None]
        return on if on and self._chance.random() < 0.9 else list(CONTESTS)

    def began(self, wish: Wanted) -> bool:
        """Whether somebody was told of an attempt, which is remembered."""
        if wish.done is None or not isinstance(wish.command, StartAttempt):
            return False
        attempt = orjson.loads(wish.done.body)["attempt"]
        if attempt is not None:
            ends_at = datetime.fromisoformat(attempt["ends_at"])
            known = Known(wish.command.event, AttemptId(attempt["attempt_id"]), ends_at)
            self._attempts[wish.command.player].append(known)
        return attempt is not None

    def _known(self, player: str) -> Known:
        """One of the last attempts, mostly of a window that is on."""
        now, all_ = FIRST_MORNING + timedelta(seconds=now_s()), self._attempts[player]
        on = [one for one in all_ if one.ends_at > now]
        return self._chance.choice(on[-2:] if on and self._chance.random() < 0.9 else all_[-3:])

    def progresses(self, player: str) -> Wanted | None:
        """A runner comes further in one of the last attempts."""
        if not self._attempts[player]:
            return None
        event, attempt, _ = self._known(player)
        how: Any = {"mode": self._chance.choice(("set", "increment", "increment"))}
        progress = ProgressAttempt(
            player=PlayerId(player), event=EventId(event), attempt_id=attempt, **how, **self._come(event)
        )
        wish = self._wish("leaderboards", event, progress)
        wish.ends_with = frozenset({"attempt_finished"})
        return wish

    def _come(self, event: str) -> dict[str, Any]:
        """How far: ties are likely, and so are whole leaps; now and then it is less than nothing."""
        chance = self._chance
        if event == STEEPLE:
            keys = chance.sample(("hurdles", "falls", "style"), chance.randint(1, 3))
            return {"metrics": {key: MICRO * chance.randint(0, 9) + chance.choice((0, 1, 500_000)) for key in keys}}
        most = {DASH: 70, DUEL: 24}.get(event, 4)
        value = MICRO * chance.choice((0, 1, 2, most // 2, most, most, -1))
        return {"value": value} if chance.random() < 0.7 else {"metrics": {next(iter(CONTESTS[event].metrics)): value}}

    def finishes(self, player: str) -> Wanted | None:
        """A runner is done with one of the last attempts."""
        if not self._attempts[player]:
            return None
        event, attempt, _ = self._known(player)
        finish = FinishAttempt(player=PlayerId(player), event=EventId(event), attempt_id=attempt)
        wish = self._wish("leaderboards", event, finish)
        wish.ends_with = frozenset({"attempt_finished"})
        return wish

    def scores(self, player: str) -> Wanted:
        """A runner has reached something that counts across events."""
        board = self._chance.choice(tuple(BOARDS))
        value = self._chance.choice((-1, 0, 1, 2, 2, 3)) * MICRO + self._chance.choice((0, 0, 7))
        score = ScoreBoard(board=SeasonId(board), player=PlayerId(player), value=value)
        return self._wish("leaderboards", board, score)

    def takes(self, player: str, *, all_: bool = False) -> Wanted | None:
        """A runner looks at what they were given, and claims or opens one thing; perhaps what has gone, or is gone."""
        rows = [(key[3], row) for key, row in self._grants.items() if key[2] == player]
        waiting = [(id_, row) for id_, row in rows if row[0] == "pending"]
        some = waiting or ([] if all_ else rows)
        if not some:
            return None
        grant_id, row = self._chance.choice(some if all_ or self._chance.random() < 0.8 else rows)
        whose: Any = {"player": PlayerId(player), "grant_id": GrantId(grant_id)}
        return self._taking(OpenCrate(**whose) if row[2] == "crate" else ClaimGrant(**whose))

    def _taking(self, command: ClaimGrant | OpenCrate) -> Wanted:
        wish = self._wish("ledger", command.player, command)
        wish.ends_with = NO_GRANT
        return wish

    def taken_again(self, wish: Wanted) -> Wanted | None:
        """Whoever has claimed something wants it once more, or what was refused."""
        command = wish.command
        return self._taking(command) if isinstance(command, ClaimGrant | OpenCrate) and not wish.hopeless else None

    def acknowledges(self, player: str) -> Wanted | None:
        """The server says that something has arrived."""
        rows = [key[3] for key, row in self._grants.items() if key[2] == player and row[2] == "reward"]
        if not rows:
            return None
        ack = AckGrant(player=PlayerId(player), grant_id=GrantId(self._chance.choice(rows)))
        wish = self._wish("ledger", player, ack)
        wish.ends_with = frozenset({"grant_expired"})
        return wish

    def gives(self, player: str) -> Wanted:
        """The server gives something that can be claimed for a while."""
        grant_id = GrantId(uuid_of(TENANT, "given", str(next(self._numbers))))
        wait_s = self._chance.choice((None, *WAITS_S))
        expires_at = None if wait_s is None else FIRST_MORNING + timedelta(seconds=now_s() + wait_s)
        crate = self._chance.random() < 0.3
        entries: Any = (chests(1),) if crate else (coins({"min": 2, "max": 8}), items(PASS, 1))
        gift = Gift(
            grant_id=grant_id, kind="crate" if crate else "reward", entries=entries, source_kind="api",
            expires_at=expires_at,
        )  # fmt: skip
        wish = self._wish("ledger", player, GiveGrant(player=PlayerId(player), gift=gift))
        wish.ends_with = frozenset({"invalid_grant"})  # it was decided on after it would have expired
        return wish

    def pushes(self) -> Wanted:
        """The server puts runners together, sometimes as it has before."""
        if not self._pushes or self._chance.random() < 0.7:
            players = self._chance.sample(RUNNERS, self._chance.randint(1, 3))
            push = PushLobby(
                event=EventId(self._chance.choice((DUEL, TAG))),
                key=f"match {next(self._numbers)}",
                players=tuple(map(PlayerId, players)),
                fill_bots=self._chance.random() < 0.5,
            )
            self._pushes.append(push)
        push = self._chance.choice(self._pushes)
        wish = self._wish("leaderboards", push.event, push)
        wish.ends_with = frozenset({"no_active_window"})
        return wish

    def bans(self, player: str) -> Wanted:
        """A game shuts a runner out."""
        return self._wish("ledger", player, BanPlayer(player=PlayerId(player), reason="runs too fast"))

    def unbans(self, player: str) -> Wanted:
        """And lets them in again."""
        return self._wish("ledger", player, UnbanPlayer(player=PlayerId(player)))

    def hopeless(self, player: str) -> Wanted:
        """What nobody will ever grant."""
        who, grant = PlayerId(player), GrantId(uuid_of(TENANT, "never"))
        own = [(event, id_) for event, id_, _ in self._attempts[player] if event == DASH]
        other = next(name for name in RUNNERS if name != player)
        stranger: Any = {"player": PlayerId("nobody"), "event": EventId(DASH)}
        wishes: list[tuple[str, str, Command]] = [
            ("leaderboards", DASH, StartAttempt(**stranger)),
            ("leaderboards", "chess", StartAttempt(player=who, event=EventId("chess"))),
            ("leaderboards", DASH, PushLobby(event=EventId(DASH), key="match", players=(who,))),
            ("leaderboards", "chess", ScoreBoard(board=SeasonId("chess"), player=who, value=1)),
            ("ledger", player, ClaimGrant(player=who, grant_id=grant)),
        ]
        for event, id_ in own[-1:]:
            whose: Any = {"event": EventId(event), "attempt_id": id_}
            wishes.append((
                "leaderboards", event, ProgressAttempt(player=PlayerId(other), mode="set", value=MICRO, **whose)
            ))  # fmt: skip
            wishes.append((
                "leaderboards", event, ProgressAttempt(player=who, mode="set", metrics={"miles": MICRO}, **whose)
            ))  # fmt: skip
        service, entity, command = self._chance.choice(wishes)
        wish = self._wish(service, entity, command)
        wish.stubborn, wish.hopeless = False, True
        return wish

    def any_of(self, player: str) -> list[Wanted]:
        """One of the many things a runner wants, or several at once."""
        ways = (
            *(self.starts,) * 7, *(self._further,) * 7, self.finishes, *(self.takes,) * 6, *(self.scores,) * 2,
            self.hopeless,
        )  # fmt: skip
        way = self._chance.choice(ways)
        wish = way(player)
        if wish is None or wish.hopeless:
            return [] if wish is None else [wish]
        if isinstance(wish.command, StartAttempt) and self._chance.random() < 0.2:
            return [wish, *(self.starts(player, wish.command.event) for _ in range(2))]
        if isinstance(wish.command, ClaimGrant | OpenCrate) and self._chance.random() < 0.3:
            return [wish, self._taking(wish.command)]
        return [wish]

    def any_further(self, player: str) -> list[Wanted]:
        """A runner comes further, perhaps twice at once."""
        wishes = [self.progresses(player) for _ in range(self._chance.choice((1, 1, 2)))]
        return [wish for wish in wishes if wish is not None]

    def _further(self, player: str) -> Wanted | None:
        return self.progresses(player) or self.starts(player)

    def servers(self) -> Wanted | None:
        """One of the things that the game's own server says."""
        player = self._chance.choice(RUNNERS)
        ways = (self.credits, self.debits, self.gives, self.gives, self.acknowledges)
        return self.pushes() if self._chance.random() < 0.25 else self._chance.choice(ways)(player)


def another_event(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case StartAttempt():
            return command.model_copy(update={"context": {"shirt": "red"}})
        case ProgressAttempt():
            return command.model_copy(update={"metrics": {**(command.metrics or {}), "other": 1}})
        case FinishAttempt():
            return command.model_copy(update={"attempt_id": f"{command.attempt_id[:-1]}f"})
        case ClaimGrant() | OpenCrate() | AckGrant():
            return command.model_copy(update={"grant_id": uuid_of(TenantId(TENANT), "other")})
        case ScoreBoard():
            return command.model_copy(update={"value": command.value + 1})
        case GiveGrant():
            return command.model_copy(update={"gift": command.gift.model_copy(update={"source_ref": "other"})})
        case _:
            return None
