"""The tables of the town: two operators, the ten games, and what people who sit there wish for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

import orjson

from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId, TenantId, uuid_of
from shared.messages.base import LARGEST_AMOUNT, Command
from shared.messages.definition import PutDefinition
from shared.messages.game import Slug
from shared.messages.play import Move, Opening, Verify
from shared.messages.player import CreatePlayer, SetPlayerStatus, Status
from shared.messages.round import BeginRound, MoveRound
from shared.messages.seat import Seat
from shared.messages.seed_pair import RotateSeeds, ShowSeeds, VerifyRound
from shared.messages.session import LaunchSession, RefreshSession, TouchSession, WalletKind
from tests.simulation.bank import ABROAD, CALLBACKS
from tests.simulation.bets import asks, moves_on, opens
from tests.simulation.calling import SEALED
from tests.simulation.clients import TENANT, Wanted
from tests.simulation.parlour import WINZ

INHOUSE: Final = OperatorId("77777777-8888-4999-8aaa-bbbbbbbbbbbb")
"""The operator whose money stands in the ledger of the town."""
PEARL: Final = AssetId("PEARL")
SLUGS: Final[tuple[Slug, ...]] = (
    "dice", "limbo", "plinko", "wheel", "keno", "baccarat", "mines", "hilo", "towers", "blackjack",
)  # fmt: skip
LONG: Final[tuple[Slug, ...]] = ("mines", "hilo", "towers", "blackjack")
"""Games of many moves."""
HELD: Final = ("korg", "miek")
"""Who are held now and then, and do nothing else than gamble."""
MIDAS: Final = PlayerId("midas")
"""A player whose wallet is as good as full."""
MIDAS_HAS: Final = LARGEST_AMOUNT - 5
GAMBLERS: Final = {INHOUSE: (*HELD * 2, "rocket", "mantis", "mantis", MIDAS), ABROAD: (*HELD, "rocket")}
DEMO_BALANCE: Final = 2_000


class Limits(NamedTuple):
    """How much may be staked and won in one round, in whole units of the currency; and how much people stake."""

    least: int
    most: int
    max_win: int
    stakes: tuple[int, int]

    def times(self, units: int) -> Limits:
        """The same in the smallest unit of a currency that has so many of them in one."""
        low, high = self.stakes
        return Limits(self.least * units, self.most * units, self.max_win * units, (low * units, high * units))


LIMITS: Final = {INHOUSE: Limits(2, 40, 90, (2, 24)), ABROAD: Limits(1, 25, 40, (1, 9))}
UNITS: Final = {WINZ: 1, PEARL: 100}
IDLE: Final = timedelta(seconds=25)
TOUCH: Final = timedelta(seconds=2)
UNHEARD_OF: Final = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=30))
LONGEST_PAUSE: Final = timedelta(seconds=12)
PLACES: Final = 8
"""So few seats are taken that people meet at them; at one of them it is for no money at first."""
CLIENT_SEEDS: Final = ("lucky", "four-leaf-clover", "0123456789abcdef")

Wish = Callable[..., Wanted]


class Token(NamedTuple):
    """What a client was told of its session."""

    session_id: MessageId
    number: int


class Under(NamedTuple):
    """A round that somebody was told of and that goes on."""

    seat: Seat
    round_id: RoundId
    shown: dict[str, Any]


def first_assets() -> list[PutDefinition]:
    """What the operators' definitions mention."""
    return [PutDefinition(kind="asset", key=PEARL, spec={"name": "pearl", "scale": 2})]


def definitions() -> list[PutDefinition]:
    """The operators and the games."""
    games = [PutDefinition(kind="game", key=code_of(slug), spec=_game(slug)) for slug in SLUGS]
    inhouse = _operator("inhouse", INHOUSE, wallet="internal", currencies=["WINZ", "PEARL"])
    abroad = _operator("abroad", ABROAD, wallet="callback", currencies=["PEARL"], callback_url=CALLBACKS)
    operators = {INHOUSE: inhouse, ABROAD: abroad}
    return [*games, *(PutDefinition(kind="operator", key=key, spec=spec) for key, spec in operators.items())]


def _game(slug: Slug) -> dict[str, Any]:
    return {"title": slug, "slug": slug, "rtp": "0.99"}


def _operator(name: str, id_: OperatorId, **own: Any) -> dict[str, Any]:
    limits = LIMITS[id_]
    bets = {"min_bet": str(limits.least), "max_bet": str(limits.most), "max_win": str(limits.max_win)}
    return {"name": name, "secret_sealed": SEALED, "limits": bets, "demo_balance": DEMO_BALANCE, **own}


def limits_at(seat: Seat) -> Limits:
    """What holds there, in the smallest unit."""
    return LIMITS[seat.operator].times(UNITS[seat.currency])


def code_of(slug: str) -> GameCode:
    """Each game is here under one code."""
    return GameCode(f"{slug}-alpha")


def slug_of(game: str) -> Slug:
    """The other way round."""
    return next(slug for slug in SLUGS if code_of(slug) == game)


class Tables:
    """Draws wishes of gamblers, who remember what they were told."""

    def __init__(self, chance: Random, wish: Wish, credit: Wish) -> None:
        self._chance, self._wish, self._credit = chance, wish, credit
        self._numbers = count()
        self._tokens: dict[str, list[Token]] = {}
        """By seat, the newest last."""
        self._rounds: dict[str, Under] = {}
        """By table."""
        self._ended: list[Under] = []
        self._seats = [self._drawn_seat() for _ in range(PLACES)]

    def _drawn_seat(self) -> Seat:
        operator = self._chance.choice((INHOUSE, ABROAD))
        player = self._chance.choice(GAMBLERS[operator])
        game = code_of(self._chance.choice((*SLUGS, *LONG, "blackjack")))
        return Seat(player=PlayerId(player), operator=operator, game=game, currency=_money_of(operator))

    def any_seat(self) -> Seat:
        """Where somebody sits down: mostly for money, sometimes at the same table in another currency."""
        seat = self._chance.choice(self._seats)
        other = seat.operator == INHOUSE and self._chance.random() < 0.1
        return seat.model_copy(update={"currency": PEARL}) if other else seat

    def beginnings(self) -> list[Wanted]:
        """Who must be known before anybody gambles."""
        openings = {**dict.fromkeys(HELD, 60), MIDAS: MIDAS_HAS}
        return [
            self._wish("ledger", name, CreatePlayer(player=PlayerId(name), opening={WINZ: amount}), worth=amount)
            for name, amount in openings.items()
        ]

    def first_launches(self) -> list[Wanted]:
        """Everybody sits down before the trouble begins."""
        return [self.launches(seat, demo=place % PLACES == 0) for place, seat in enumerate(self._seats)]

    def first_bets(self) -> list[Wanted]:
        """And stakes something."""
        seated = [(seat, self.token_at(seat)) for seat in self._seats]
        return [self.bets(seat, token) for seat, token in seated if token is not None]

    def launches(self, seat: Seat, *, demo: bool | None = None) -> Wanted:
        """Somebody sits down, whether or not they sit there already."""
        plays = self._chance.random() < 0.12 if demo is None else demo
        return self._at(seat, self._launch(seat, demo=plays or seat.currency != _money_of(seat.operator)))

    def _launch(self, seat: Seat, *, demo: bool) -> LaunchSession:
        number = next(self._numbers)
        for_money: WalletKind = "callback" if seat.operator == ABROAD else "internal"
        return LaunchSession(
            seat=seat,
            wallet="demo" if demo else for_money,
            country="US",
            token_hash=_hash(f"launch {number}"),
            session_id=MessageId(uuid_of(TenantId(TENANT), "session", str(number))),
        )

    def token_at(self, seat: Seat, *, stale: bool = False) -> Token | None:
        """The newest token, or an older one."""
        tokens = self._tokens.get(str(seat.session), [])
        return self._chance.choice(tokens) if stale and tokens else next(reversed(tokens), None)

    def refreshes(self, seat: Seat, token: Token) -> Wanted:
        """A client exchanges its token."""
        hash_ = _hash(f"refresh {next(self._numbers)}")
        return self._at(seat, RefreshSession(seat=seat, **token._asdict(), token_hash=hash_))

    def touches(self, seat: Seat, token: Token) -> Wanted:
        """A client says that it is there."""
        return self._at(seat, TouchSession(seat=seat, session_id=token.session_id))

    def bets(self, seat: Seat, token: Token) -> Wanted:
        """Somebody stakes something; what they lack at home they get."""
        opening: Opening = opens(self._chance, slug_of(seat.game), limits_at(seat).stakes)
        return self._staking(seat, BeginRound(seat=seat, **token._asdict(), opening=opening), opening.amount)

    def wrong_bets(self, seat: Seat, token: Token) -> Wanted:
        """A bet that nobody ever takes: too small, too large, or of another game."""
        limits = limits_at(seat)
        opening = opens(self._chance, slug_of(seat.game), limits.stakes)
        other = opens(self._chance, "dice" if seat.game != code_of("dice") else "limbo", limits.stakes)
        amount = self._chance.choice((limits.least - 1, limits.most + 1))
        wrong = self._chance.choice((other, opening.model_copy(update={"amount": amount})))
        return self._hopeless(self._at(seat, BeginRound(seat=seat, **token._asdict(), opening=wrong)))

    def under_way(self, seat: Seat) -> Under | None:
        """The round at this table that somebody was told of last."""
        return self._rounds.get(str(seat.stream))

    def moves(self, under: Under, seat: Seat, token: Token) -> Wanted:
        """A player goes on."""
        move: Move = moves_on(self._chance, slug_of(seat.game), under.shown)
        return self._staking(seat, MoveRound(seat=seat, **token._asdict(), round_id=under.round_id, move=move), 10)

    def moves_again(self, seat: Seat, token: Token) -> Wanted | None:
        """A player goes on with a round that is over."""
        over = [one for one in self._ended if one.seat.stream == seat.stream and slug_of(seat.game) in LONG]
        if not over:
            return None
        one = self._chance.choice(over)
        move = moves_on(self._chance, slug_of(seat.game), one.shown)
        again = MoveRound(seat=seat, **token._asdict(), round_id=one.round_id, move=move)
        return self._hopeless(self._at(seat, again))

    def strange(self) -> Wanted | None:
        """What nobody will ever grant: a round of somebody else, a game or a currency that is not offered."""
        seat = self._chance.choice(self._seats)
        others = [one for one in self._rounds.values() if one.seat.player != seat.player]
        token = self.token_at(seat)
        if others and token is not None and self._chance.random() < 0.6:
            one = self._chance.choice(others)
            move = moves_on(self._chance, slug_of(one.seat.game), one.shown)
            taken = MoveRound(seat=seat, **token._asdict(), round_id=one.round_id, move=move)
            return self._hopeless(self._at(seat, taken))
        wrong = self._chance.choice(({"game": GameCode("chess")}, {"currency": AssetId("gems")}))
        nowhere = seat.model_copy(update=wrong)
        return self._hopeless(self._at(nowhere, self._launch(nowhere, demo=False)))

    def shows(self, seat: Seat) -> Wanted:
        """Somebody looks at the hashes."""
        return self._at(seat, ShowSeeds(table=seat.table))

    def rotates(self, seat: Seat) -> Wanted:
        """Somebody wants other seeds."""
        own = self._chance.choice((None, *CLIENT_SEEDS))
        return self._at(seat, RotateSeeds(table=seat.table, client_seed=own))

    def verifies(self, seat: Seat) -> Wanted:
        """Somebody checks what given seeds come to."""
        query: Verify = asks(self._chance, slug_of(seat.game))
        nonce, seed = self._chance.randint(0, 99), _hash(f"seed {self._chance.random()}")
        check = VerifyRound(table=seat.table, server_seed=seed, client_seed="own", nonce=nonce, query=query)
        return self._at(seat, check)

    def holds(self, player: str, status: Status) -> Wanted:
        """A gambler is held, or let go."""
        who = PlayerId(player)
        return self._wish("ledger", player, SetPlayerStatus(player=who, status=status, reason="gambles"))

    def learns(self, wish: Wanted) -> None:
        """What somebody was told, or not: a token that is no good is forgotten."""
        command = wish.command
        if wish.service != "rgs":
            return
        if wish.done is None:
            if wish.refused is not None and wish.refused.code in ("session_expired", "no_session"):
                self._tokens.pop(str(command.seat.session), None)  # type: ignore[attr-defined]
            return
        body = orjson.loads(wish.done.body)
        if isinstance(command, LaunchSession | RefreshSession):
            session = body["session"]
            token = Token(MessageId(session["session_id"]), session["number"])
            self._tokens.setdefault(str(command.seat.session), []).append(token)
        elif isinstance(command, BeginRound | MoveRound):
            told = body["round"]
            under = Under(command.seat, RoundId(told["round_id"]), told["shown"])
            if told["status"] == "open":
                self._rounds[str(command.seat.stream)] = under
            else:
                self._rounds.pop(str(command.seat.stream), None)
                self._ended.append(under)

    def _at(self, seat: Seat, command: Command) -> Wanted:
        """Whoever is refused here lets it be."""
        wish = self._wish("rgs", seat.player, command)
        wish.stubborn = False
        return wish

    def _staking(self, seat: Seat, command: BeginRound | MoveRound, amount: int) -> Wanted:
        wish = self._wish("rgs", seat.player, command)
        wish.ends_with = ENDS if seat.operator == INHOUSE and seat.currency == WINZ else ENDS | {POOR}
        wish.before_again = lambda: self._credit(seat.player, amount)
        return wish

    def _hopeless(self, wish: Wanted) -> Wanted:
        wish.stubborn, wish.hopeless = False, True
        return wish


POOR: Final = "insufficient_balance"
ENDS: Final = frozenset(
    {"no_session", "session_expired", "active_round_exists", "round_closed", "round_not_found", "round_initializing",
     "param_out_of_range", "invalid_param", "invalid_request_type", "player_blocked", "limit_exceeded",
     "operator_rejected", "debit_failed", "no_game", "no_currency"}
)  # fmt: skip
"""Refusals after which nobody tries again; where money can be brought, poverty is none."""


def _money_of(operator: OperatorId) -> AssetId:
    return PEARL if operator == ABROAD else WINZ


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def another_round(command: Command) -> Command | None:
    """Another body of the same kind."""
    match command:
        case BeginRound():
            other = command.opening.model_copy(update={"amount": command.opening.amount + 1})
            return command.model_copy(update={"opening": other})
        case MoveRound():
            return command.model_copy(update={"round_id": uuid_of(TenantId(TENANT), "other")})
        case RotateSeeds():
            return command.model_copy(update={"client_seed": "another"})
        case RefreshSession() | LaunchSession():
            return command.model_copy(update={"token_hash": _hash("another")})
        case _:
            return None
