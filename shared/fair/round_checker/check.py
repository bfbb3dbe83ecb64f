"""Compares what was told of a round with what it must have been."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from shared.fair.round_checker import (
    baccarat,
    blackjack,
    dice,
    hilo,
    keno,
    limbo,
    mines,
    plinko,
    towers,
    wheel,
)
from shared.fair.round_checker.asked import Asked, Found, Unreadable, decimal
from shared.fair.round_checker.chance import Numbers
from shared.fair.round_checker.terms import STEP, rate_named, rate_of, row_of, slug_of, tables_of

GAMES = {
    "baccarat": baccarat.found,
    "blackjack": blackjack.found,
    "dice": dice.found,
    "hilo": hilo.found,
    "keno": keno.found,
    "limbo": limbo.found,
    "mines": mines.found,
    "plinko": plinko.found,
    "towers": towers.found,
    "wheel": wheel.found,
}


LARGEST_UNITS = 1 << 53
"""No round pays more in the currency's smallest unit."""


class Check(NamedTuple):
    """What the round must have been, and everything that does not agree with it."""

    problems: tuple[str, ...]
    shown: Mapping[str, Any]
    multiplier: Fraction
    payout: str | None = None
    """As decimal text; None where nobody said how much was staked."""

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.problems


def check(said: Mapping[str, Any]) -> Check:
    """Recompute one round.

    Args:
        said: `game` (the code), `serverSeed`, `clientSeed`, `nonce`, `bet` (as it was placed), and what was told:
            `serverHash`, `committedHash` (noted before the bet), `state`, `payout`, `multiplier`, `exactMultiplier`,
            each if it is to be compared. `slug` (the game), `rtp`, `table` (of the board that it was played on) or
            `tables` (by board), and `maxWin` stand in place of what the code's name and the published tables say.

    Returns:
        The outcome and what it pays, and the problems found.

    Raises:
        Unreadable: something is missing, or is not what it must be.
    """
    asked, scale = _asked(said)
    slug = _slug(said)
    if slug not in GAMES:
        raise Unreadable(f"{said['game']} is none of the games {', '.join(GAMES)}")
    found, payout = _paid(asked, GAMES[slug](asked), said, scale)
    problems = [*_seed_problems(said), *_rate_problems(_text(said, "game"), asked.rtp)]
    problems += [*_state_problems(asked.state, found.shown), *_paid_problems(said, found, payout)]
    return Check(tuple(problems), found.shown, found.multiplier, payout)


def _slug(said: Mapping[str, Any]) -> str:
    return slug_of(_text(said, "game")) if said.get("slug") is None else _text(said, "slug")


def _asked(said: Mapping[str, Any]) -> tuple[Asked, int]:
    """The round, and how many decimals its currency has."""
    bet, state, nonce, code = _object(said, "bet"), _object(said, "state", {}), said.get("nonce"), _text(said, "game")
    if type(nonce) is not int or nonce < 0:
        raise Unreadable("nonce is not a whole number from 0")
    numbers = Numbers(_text(said, "serverSeed"), _text(said, "clientSeed"), nonce)
    rate = rate_of(code) if said.get("rtp") is None else decimal(said["rtp"], "rtp")
    own = () if said.get("table") is None else row_of(said["table"])
    units, scale = None, 0
    if "amount" in bet:
        staked = decimal(bet["amount"], "amount")
        scale = len(bet["amount"].partition(".")[2])
        units = int(staked * 10**scale)
    side = {name: int(decimal(one, name) * 10**scale) for name, one in _object(bet, "sideBets", {}).items()}
    tables = tables_of(_slug(said), rate, said.get("tables"))
    return Asked(numbers, rate, tables, bet, state, units, side, own), scale


def _paid(asked: Asked, found: Found, said: Mapping[str, Any], scale: int) -> tuple[Found, str | None]:
    """What it pays as decimal text; a round that would pay more than can be won pays just that."""
    if asked.units is None:
        return found, None
    paid = round(asked.units * found.multiplier) if found.payout is None else found.payout
    most = int(decimal(said["maxWin"], "maxWin") * 10**scale) if "maxWin" in said else LARGEST_UNITS
    if paid > most:
        paid, found = most, found._replace(multiplier=Fraction(most, asked.units))
    return found, f"{paid // 10**scale}.{paid % 10**scale:0{scale}}" if scale else str(paid)


def _seed_problems(said: Mapping[str, Any]) -> list[str]:
    made = hashlib.sha256(bytes(_text(said, "serverSeed"), "utf-8")).hexdigest()
    names = {"serverHash": "was published", "committedHash": "was noted before the bet"}
    return [
        f"the server seed's hash is {made}, but {said[name]} {why}"
        for name, why in names.items()
        if said.get(name) not in (None, made)
    ]


def _rate_problems(code: str, rate: Fraction) -> list[str]:
    """Whoever tells a rate may not tell another one than the code's name does."""
    named = rate_named(code)
    if named is None or abs(rate - named) <= STEP:
        return []
    return [f"rtp was told as {rate}, but the name of {code} says {named}"]


def _state_problems(told: Mapping[str, Any], shown: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} was told as {_plain(told[name])}, but it is {_plain(value)}"
        for name, value in shown.items()
        if told.get(name) is not None and not agrees(told[name], value)
    ]


def _paid_problems(said: Mapping[str, Any], found: Found, payout: str | None) -> list[str]:
    problems = [
        f"{name} was told as {said[name]}, but it is {found.multiplier}"
        for name in ("multiplier", "exactMultiplier")
        if said.get(name) is not None and not agrees(said[name], found.multiplier)
    ]
    told = said.get("payout")
    if told is not None and payout is not None and decimal(told, "payout") != Fraction(payout):
        problems.append(f"payout was told as {told}, but it is {payout}")
    return problems


def agrees(told: Any, is_: Any) -> bool:
    """Whether something told is this; of an object what was told counts, a multiplier may be cut to two decimals."""
    if isinstance(is_, Fraction):
        return isinstance(told, str) and _same_multiplier(told, is_)
    if isinstance(is_, Mapping):
        return isinstance(told, Mapping) and all(agrees(told[name], is_[name]) for name in is_ if name in told)
    if isinstance(is_, list):
        return isinstance(told, list) and len(told) == len(is_) and all(map(agrees, told, is_))
    if isinstance(is_, str) and isinstance(told, str):
        return told.upper().endswith(is_.upper())
    return bool(told == is_) and type(told) is type(is_)


def _same_multiplier(told: str, exact: Fraction) -> bool:
    try:
        said = Fraction(told)
    except (ValueError, ZeroDivisionError):
        return False
    return said == exact or ("/" not in told and said == Fraction(exact * 100 // 1, 100))


def _plain(value: Any) -> str:
    """For people: fractions as they are written."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_plain(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return str(value)


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is missing")
    return value


def _object(said: Mapping[str, Any], name: str, otherwise: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    value = said.get(name, otherwise)
    if not isinstance(value, Mapping):
        raise Unreadable(f"{name} is not an object")
    return value
