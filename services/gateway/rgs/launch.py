"""An operator lets a player into a game: who may, with which limits, and the address of the game's client."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import orjson

from services.gateway.here import Here
from services.gateway.keys import Caller
from services.gateway.operators import Operator
from services.gateway.problem import Problem
from services.gateway.rgs.common import money_of, operator_of
from services.gateway.rgs.games.manner import Money
from services.gateway.rgs.wire import BetLimitsBody, LaunchBody
from shared.ids import LONGEST_ID, AssetId, GameCode, MessageId, PlayerId, TenantId
from shared.messages.access import hash_of
from shared.messages.game import GameSpec
from shared.messages.seat import Seat
from shared.messages.session import (
    LONGEST_DETAILS,
    Bounds,
    LaunchSession,
    SeatAnswer,
    Session,
    WalletKind,
)
from shared.money import BadAmount, parse
from shared.operator_wallet.port import Guest

PURPOSE: Final = "rgs-session"
DEMO: Final = "demo:"
"""What the names of players begin with who play for nothing: their rounds and seeds are nobody else's."""
ALIASES: Final = {"RMB": "CNY"}
"""Currencies by their other names."""


async def launch(here: Here, body: LaunchBody) -> str:
    """The address of the client, with the token of a new session or of the one that is open. Raises Problem."""
    operator = operator_of(here)
    here = here.on_behalf_of(Caller(tenant=operator.tenant, actor=f"operator:{operator.id}"))
    game, money = _offered(here, operator, body), money_of(here, _currency(body))
    _check_country(operator, body.country_code)
    seat = Seat(
        player=_player(here, body), operator=operator.id, game=GameCode(body.game_code), currency=_currency(body)
    )
    bounds = _bounds(operator, body, money)
    wallet: WalletKind = "demo" if body.demo else operator.spec.wallet
    details = _details(body)
    if wallet == "callback":
        await _authenticate(here, operator, seat, money)
    session_id = MessageId(here.town.clock.new_id())
    wish = LaunchSession(
        seat=seat,
        wallet=wallet,
        bounds=bounds,
        country=body.country_code,
        details=details,
        token_hash=hash_of(token_of(here, operator.tenant, session_id, 0)),
        session_id=session_id,
    )
    session = (await here.say("rgs", wish, SeatAnswer, key=seat.player)).answer.session
    return _address(here, operator, game, session, body.lobby_url)


def token_of(here: Here, tenant: TenantId, session_id: MessageId, number: int) -> str:
    """The token of a session after so many exchanges. It is made again whenever it is told, and kept nowhere."""
    return here.town.pepper.token(PURPOSE, tenant, session_id, str(number))


def offers(here: Here, operator: Operator) -> list[tuple[str, GameSpec]]:
    """The games that this operator may launch, by code."""
    found = here.town.definitions.every_of(operator.tenant, GameSpec)
    return [(game.key, game.spec) for game in found if _may(operator, game.key, game.spec)]


def currencies(here: Here, operator: Operator) -> list[str]:
    """What this operator plays in, and the other names of it."""
    listed = [str(currency) for currency in operator.spec.currencies]
    return listed + [alias for alias, name in ALIASES.items() if name in listed and alias not in listed]


def _may(operator: Operator, code: str, game: GameSpec) -> bool:
    return game.status == "active" and (operator.spec.games is None or code in operator.spec.games)


def _offered(here: Here, operator: Operator, body: LaunchBody) -> GameSpec:
    game = here.town.definitions.current(operator.tenant, GameSpec, body.game_code)
    if game is None or not _may(operator, body.game_code, game.spec):
        raise Problem("unknown_game")
    if _currency(body) not in operator.spec.currencies:
        raise Problem("no_currency")
    return game.spec


def _currency(body: LaunchBody) -> AssetId:
    return AssetId(ALIASES.get(body.currency, body.currency))


def _check_country(operator: Operator, country: str) -> None:
    if {country, country.partition("-")[0]} & set(operator.spec.countries_refused):
        raise Problem("country_refused")


def _player(here: Here, body: LaunchBody) -> PlayerId:
    named = body.player_id
    if body.demo:
        demo = DEMO + (named or here.town.clock.new_id())
        if len(demo) > LONGEST_ID:
            raise _wrong("playerId", f"has at most {LONGEST_ID - len(DEMO)} characters in a demo")
        return PlayerId(demo)
    if named is None:
        raise _wrong("playerId", "is needed unless it is a demo")
    if named.startswith(DEMO):
        raise _wrong("playerId", f"must not begin with {DEMO!r}, as those do who play for nothing")
    return PlayerId(named)


def _bounds(operator: Operator, body: LaunchBody, money: Money) -> Bounds:
    """What the session is played under in place of the operator's limits."""
    asked = body.bet_limits
    if asked is None:
        return Bounds()
    least, most = (_units(asked, name, money) for name in ("min_bet", "max_win"))
    if least > most:
        raise _wrong("betLimits.minBet", "is more than maxWin")
    exposure = operator.spec.limits_of(body.game_code).max_win
    if exposure is not None and most > parse(exposure, money.scale):
        raise Problem("param_out_of_range", f"betLimits.maxWin: is more than the operator's {exposure}")
    return Bounds(min_bet=least, max_win=most)


def _units(asked: BetLimitsBody, name: str, money: Money) -> int:
    try:
        return parse(getattr(asked, name), money.scale)
    except BadAmount as bad:
        raise _wrong(f"betLimits.{'minBet' if name == 'min_bet' else 'maxWin'}", str(bad)) from None


def _details(body: LaunchBody) -> str | None:
    if body.details is None:
        return None
    text = orjson.dumps(body.details, default=str).decode()
    if len(text) > LONGEST_DETAILS:
        raise _wrong("details", f"has at most {LONGEST_DETAILS} characters as JSON")
    return text


def _wrong(path: str, problem: str) -> Problem:
    return Problem("invalid_param", f"{path}: {problem}", path=path)


async def _authenticate(here: Here, operator: Operator, seat: Seat, money: Money) -> None:
    """The operator's wallet knows the player, and in this currency. Raises Problem."""
    guest = Guest(seat.player, seat.currency, seat.game, money.scale)
    said = await here.town.floor.wallets.authenticate(operator.callee, guest)
    if said.result == "refused":
        raise Problem("operator_rejected", details={"message": said.message})
    if said.result != "granted":
        raise Problem("operator_unavailable")
    account = said.account_currency
    if account is not None and ALIASES.get(account, account) != seat.currency:
        raise Problem("wrong_currency")


def _address(here: Here, operator: Operator, game: GameSpec, session: Session, lobby_url: str | None) -> str:
    token = token_of(here, operator.tenant, session.session_id, session.number)
    query: dict[str, Any] = {"sessionToken": token, "id": session.seat.game}
    if lobby_url is not None:
        query["lobbyUrl"] = lobby_url
    return f"{operator.spec.iframe_base.rstrip('/')}/{game.slug}?{urlencode(query)}"
