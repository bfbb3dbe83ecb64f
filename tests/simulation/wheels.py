"""The wheels of the town: how they are set up, and who spins them, spins them dry and shows tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

from shared.ids import PlayerId, ProjectId, WheelId
from shared.messages.base import Command
from shared.messages.definition import PutDefinition
from shared.messages.wheel import ClaimSpin, CommitWheelSeed, DrySpinWheel, GrantBonusSpins, SpinWheel
from tests.simulation.clients import Wanted
from tests.simulation.games import PLAYERS
from tests.simulation.loop import now_s

DAILY: Final = "daily"
"""Its day begins amid the trouble."""
GRATIS: Final = "gratis"
"""It sells no spins. It is of the same project as the daily wheel."""
MERRY: Final = "merry"
"""Of a project in which nobody waits between two spins."""
COSTLY: Final = "costly"
"""Nothing is free there."""
ARCADE: Final = "arcade"
PARADE: Final = "parade"
COOLDOWNS: Final = {ARCADE: timedelta(seconds=2), PARADE: timedelta(0)}
DRY_FOR: Final = timedelta(hours=2)
"""How long a dry spin waits for its token: longer than any town stays up for it."""
GEMS: Final = "gems"
SWORD: Final = "sword"


class Wheel(NamedTuple):
    """What a player must be able to rely on at one wheel."""

    project: str
    free: int
    price: int | None
    """In WINZ; None sells nothing."""
    timezone: str
    ahead: timedelta
    """What the clocks there say more than those in Greenwich, all year round."""

    def day_of(self, at: datetime) -> str:
        """The day it is there."""
        return (at + self.ahead).strftime("%Y-%m-%d")


WHEELS: Final = {
    DAILY: Wheel(ARCADE, 1, 110, "Asia/Kamchatka", timedelta(hours=12)),
    GRATIS: Wheel(ARCADE, 1, None, "UTC", timedelta(0)),
    MERRY: Wheel(PARADE, 1, 4, "Asia/Kolkata", timedelta(hours=5, minutes=30)),
    COSTLY: Wheel(PARADE, 0, 70, "UTC", timedelta(0)),
}


class Won(NamedTuple):
    """What a segment brings: so much of an asset, or bonus spins, or nothing."""

    asset: str | None
    amount: int
    bonus: int = 0


SEGMENTS: Final = {
    1: Won("WINZ", 5),
    2: Won(GEMS, 3),
    3: Won(SWORD, 1),
    4: Won(None, 0, bonus=2),
    5: Won(None, 0),
}
CHANCES: Final = {1: "0.25", 2: "0.15", 3: "0.15", 4: "0.35", 5: "0.1"}
"""Of the wheels with probabilities; on the others a segment's chance is its number."""
BY_CHANCE: Final = (DAILY, COSTLY)
AT_ONCE: Final = 0.5
"""How often somebody wants several spins together, or completions."""
REGULARS: Final = (PLAYERS[0],) * 4 + (PLAYERS[2],)
"""Who are at the wheels more often than others."""
CLAIMS: Final = (3, 6)
"""How many tokens are shown at the end of their time."""
CLAIMING_S: Final = 8.0
DUE: Final = 3
"""So many different tokens are shown then, at most."""
TOKENS: Final = 12
"""So few different ones are claimed that most are claimed more than once."""

Wish = Callable[..., Wanted]


def definitions() -> list[PutDefinition]:
    """What an operator must have configured before anybody spins."""
    assets = [PutDefinition(kind="asset", key=key, spec={"name": key}) for key in (GEMS, SWORD)]
    projects = [PutDefinition(kind="project", key=key, spec=_project(key)) for key in COOLDOWNS]
    return [*assets, *projects, *(PutDefinition(kind="wheel", key=key, spec=_wheel(key)) for key in WHEELS)]


def _project(key: str) -> dict[str, Any]:
    client = {"client_id": key, "client_secret_hash": hashlib.sha256(key.encode()).hexdigest()}
    cooldown, dry_for = (int(span.total_seconds()) for span in (COOLDOWNS[key], DRY_FOR))
    return {"name": key, **client, "cooldown_seconds": cooldown, "dry_spin_ttl_seconds": dry_for}


def _wheel(key: str) -> dict[str, Any]:
    wheel = WHEELS[key]
    spec = {"project": wheel.project, "name": key, "timezone": wheel.timezone, "daily_free_spins": wheel.free}
    paid = {} if wheel.price is None else {"paid_spin": {"asset": "WINZ", "amount": wheel.price}}
    return {**spec, **paid, "segments": [_segment(number, key) for number in SEGMENTS]}


def _segment(number: int, wheel: str) -> dict[str, Any]:
    chance = {"probability": CHANCES[number]} if wheel in BY_CHANCE else {"weight": number}
    return {"segment_id": number, "label": f"segment {number}", **chance, "reward": _reward(SEGMENTS[number])}


def _reward(won: Won) -> dict[str, Any]:
    if won.asset == SWORD:
        return {"type": "item", "item": won.asset, "quantity": won.amount}
    if won.asset is not None:
        return {"type": "currency", "currency": won.asset, "amount": won.amount}
    return {"type": "bonus_spin", "count": won.bonus} if won.bonus else {"type": "none"}


def token_hash(number: int) -> str:
    """What the engines know of a token."""
    return hashlib.sha256(f"token {number}".encode()).hexdigest()


class Wheels:
    """Draws wishes of people at wheels."""

    def __init__(self, chance: Random, wish: Wish, credit: Wish) -> None:
        self._chance, self._wish, self._credit = chance, wish, credit
        self._tokens = count()
        self._dry: list[DrySpinWheel] = []
        self._spun: list[Wanted] = []
        self._claims: list[Wanted] = []
        self.kinds: tuple[Callable[[], Wanted], ...] = (
            *(self.spin,) * 7, *(self.dry_spin,) * 5, *(self.claim,) * 2, *(self.grant,) * 3, self.promise,
            self.hopeless,
        )  # fmt: skip

    def at_once(self) -> list[Wanted]:
        """Somebody spins a wheel several times at the same moment, in one way or the other."""
        player, wheel = self._player(), self._wheel()
        ways = (self.spin, self.dry_spin)
        return [self._chance.choice(ways)(player, wheel) for _ in range(self._chance.randint(2, 4))]

    def spin(self, player: PlayerId | None = None, wheel: WheelId | None = None) -> Wanted:
        """Somebody spins a wheel; what they pay for they also need."""
        player, wheel = player or self._player(), wheel or self._wheel()
        return self._spinning(wheel, SpinWheel(player=player, wheel=wheel, project=_project_of(wheel)))

    def dry_spin(self, player: PlayerId | None = None, wheel: WheelId | None = None) -> Wanted:
        """Somebody spins a wheel and is given a token."""
        player, wheel, hash_ = player or self._player(), wheel or self._wheel(), token_hash(next(self._tokens))
        dry = DrySpinWheel(player=player, wheel=wheel, project=_project_of(wheel), token_hash=hash_)
        self._dry.append(dry)
        self._spun.append(self._spinning(wheel, dry))
        return self._spun[-1]

    def _spinning(self, wheel: WheelId, command: SpinWheel | DrySpinWheel) -> Wanted:
        wish = self._wish("engines", command.player, command)
        wish.ends_with = frozenset({"no_spins_available", "limit_exceeded", "player_blocked"})
        price = WHEELS[wheel].price
        if price is not None:
            wish.before_again = lambda: self._credit(command.player, price)
        return wish

    def claim(self, *, late: bool = False) -> Wanted:
        """Somebody shows one of the last tokens; or one whose time is up about now."""
        if not self._dry:
            return self.dry_spin()
        dry = self._chance.choice(self._due() if late else self._dry[-TOKENS:])
        claim = ClaimSpin(player=dry.player, wheel=dry.wheel, token_hash=dry.token_hash)
        wish = self._wish("engines", dry.player, claim)
        wish.ends_with = frozenset({"pending_spin_not_found", "pending_spin_already_claimed", "player_blocked"})
        self._claims.append(wish)
        return wish

    def _due(self) -> list[DrySpinWheel]:
        """Those whose time is up about now, and of which nobody knows that they were shown."""
        shown = {one.command.token_hash for one in self._claims if one.done and isinstance(one.command, ClaimSpin)}
        left = [one for one in self._spun if isinstance(one.command, DrySpinWheel) and one.done]
        spun_s = now_s() - DRY_FOR.total_seconds()
        nearest = sorted(left, key=lambda wish: abs(wish.begun_s - spun_s))
        due = [one.command for one in nearest if isinstance(one.command, DrySpinWheel)]
        return [one for one in due if one.token_hash not in shown][:DUE] or self._dry[-TOKENS:]

    def grant(self) -> Wanted:
        """An operator gives somebody spins."""
        player = self._player()
        grant = GrantBonusSpins(player=player, wheel=self._wheel(), count=self._chance.randint(1, 2))
        return self._wish("engines", player, grant)

    def promise(self) -> Wanted:
        """Somebody wants to see what their next spin is bound to."""
        player = self._player()
        return self._wish("engines", player, CommitWheelSeed(player=player, wheel=self._wheel()))

    def hopeless(self) -> Wanted:
        """What nobody will ever grant: a stranger's spin, a wheel of another project, a token of another wheel."""
        player, wheel = self._player(), self._wheel()
        token = self._dry[-1] if self._dry else None
        elsewhere = WheelId(MERRY if token is not None and token.wheel == DAILY else DAILY)
        other = PlayerId("groot" if token is not None and token.player == "rocket" else "rocket")
        hash_ = token.token_hash if token is not None else "00" * 32
        command: Command = self._chance.choice(
            (
                SpinWheel(player=PlayerId("nobody"), wheel=wheel, project=_project_of(wheel)),
                GrantBonusSpins(player=PlayerId("nobody"), wheel=wheel, count=1),
                SpinWheel(player=player, wheel=WheelId(COSTLY), project=ProjectId(ARCADE)),
                ClaimSpin(player=token.player if token is not None else player, wheel=elsewhere, token_hash=hash_),
                ClaimSpin(player=other, wheel=token.wheel if token is not None else wheel, token_hash=hash_),
            )
        )
        wish = self._wish("engines", command.player, command)  # type: ignore[attr-defined]
        wish.stubborn, wish.hopeless = False, True
        return wish

    def _player(self) -> PlayerId:
        return PlayerId(self._chance.choice((*PLAYERS, *REGULARS)))

    def _wheel(self) -> WheelId:
        return WheelId(self._chance.choice((*WHEELS, DAILY, DAILY)))


def _project_of(wheel: str) -> ProjectId:
    return ProjectId(WHEELS[wheel].project)


def another_spin(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case SpinWheel() | DrySpinWheel() | ClaimSpin():
            return command.model_copy(update={"wheel": "other"})
        case GrantBonusSpins():
            return command.model_copy(update={"count": command.count + 1})
        case _:
            return None
