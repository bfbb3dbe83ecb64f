"""Baccarat: two hands are dealt by fixed rules, and the bet is on player, banker or tie."""

from __future__ import annotations

from typing import Literal

from shared.messages.base import Amount, Message

Side = Literal["PLAYER", "BANKER", "TIE"]


class BaccaratBet(Message):
    """This side will win."""

    act: Literal["baccarat.bet"] = "baccarat.bet"
    amount: Amount
    on: Side


class BaccaratShown(Message):
    """What is to be seen of a round; the hands once it has ended."""

    game: Literal["baccarat"] = "baccarat"
    on: Side
    player: tuple[str, ...] = ()
    """Cards such as `♠7`, in the order of the deal."""
    banker: tuple[str, ...] = ()
    player_points: int | None = None
    banker_points: int | None = None
    winner: Side | None = None


class BaccaratVerify(Message):
    """What came up under given seeds."""

    game: Literal["baccarat"] = "baccarat"


class BaccaratVerified(Message):
    """The hands and who won."""

    game: Literal["baccarat"] = "baccarat"
    player: tuple[str, ...]
    banker: tuple[str, ...]
    winner: Side
