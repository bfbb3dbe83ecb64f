"""What a round must have come to: worked out from its seeds, its opening and what was done, by other code."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import Any, Final

from shared.fair.round_checker.check import check
from shared.fair.round_checker.logged import question
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart
from shared.messages.games.dice import DiceBet
from shared.messages.games.hilo import HiloNext
from shared.messages.games.mines import MinesInstant, MinesReveal, MinesStart
from shared.messages.games.towers import TowersInstant, TowersReveal
from shared.messages.play import Move, Opening
from shared.messages.round import Round
from tests.simulation.told_games import expect

RTP: Final = Fraction(99, 100)
NOTHING: Final = Fraction(0)
HIDDEN: Final = {
    "dice": ("roll",),
    "limbo": ("outcome",),
    "wheel": ("outcome",),
    "plinko": ("path", "slot"),
    "keno": ("drawn",),
    "baccarat": ("player", "banker", "player_points", "banker_points", "winner"),
    "mines": ("mines", "rounds"),
    "towers": ("board", "rounds"),
    "hilo": ("rounds", "current", "higher", "lower"),
    "blackjack": ("player", "next_actions", "side_payouts"),
}
"""What of each game says something of the chance."""


def stake_of(opening: Opening, moves: Sequence[Move]) -> int:
    """All that such a round costs."""
    stake: int = opening.amount
    if isinstance(opening, BlackjackStart):
        stake += opening.side_bets.perfect_pairs + opening.side_bets.three_card_poker
        for move in moves:
            assert isinstance(move, BlackjackNext), f"{move} in a round of {opening}"
            stake += {"DOUBLE": opening.amount, "SPLIT": opening.amount, "INSURANCE": opening.amount // 2}.get(
                move.action, 0
            )
    return stake


def nothing_told(round_: Round) -> None:
    """Nothing of what came up is to be seen. Raises Violation."""
    shown: Any = round_.shown
    told = {name: getattr(shown, name) for name in HIDDEN[shown.game] if getattr(shown, name)}
    if shown.game == "blackjack" and shown.dealer.cards:
        told["dealer"] = shown.dealer.cards
    if shown.game == "hilo" and shown.current_card != (getattr(round_.opening, "start_card", None) or ""):
        told["card"] = shown.current_card
    untold = not told and (round_.payout, round_.multiplier) == (0, "0")
    expect(untold, f"the stake is not there, and yet {told} was told of {round_}")


def nothing_hidden_told(round_: Round, moves: Sequence[Move]) -> None:
    """The round goes on: what was turned is to be seen, and no more. Raises Violation."""
    shown: Any = round_.shown
    match shown.game:
        case "mines":
            right = not shown.mines and _fields(shown) == _opened(moves)
        case "towers":
            right = not shown.board and _fields(shown) == _opened(moves)
        case "hilo":
            right = len(shown.rounds) == 1 + len(moves) and _guesses(shown) == [one.action for one in moves]  # type: ignore[union-attr]
        case _:
            right = len(shown.dealer.cards) == 1 and shown.side_payouts is None
    right = right and shown.active and (round_.payout, round_.multiplier) == (0, "0")
    expect(right, f"after {list(moves)} this was told of {round_}")


def _fields(shown: Any) -> list[int]:
    return [turn.field for turn in shown.rounds]


def _opened(moves: Sequence[Move]) -> list[int]:
    return [move.field for move in moves if isinstance(move, MinesReveal | TowersReveal)]


def _guesses(shown: Any) -> list[str]:
    return [turn.action for turn in shown.rounds[1:]]


def settled_rightly(round_: Round, moves: Sequence[Move], server_seed: str) -> None:
    """It is over: chance, what was done and what is paid belong together. Raises Violation."""
    done_as_told(round_, moves)
    found = check(question(round_.model_dump(mode="json"), server_seed))
    expect(found.ok, f"{round_} after {list(moves)}: {found.problems}")
    own = _own(round_.opening, moves, _Floats(server_seed, round_.client_seed, round_.nonce))
    if own is not None:
        most = round_.opening.amount * own if round_.max_win is None else Fraction(round_.max_win)
        payout = min(round(round_.opening.amount * own), int(most) if round_.max_win is not None else 2**63)
        expect(round_.payout == payout, f"{round_} after {list(moves)} should pay {payout}")


def done_as_told(round_: Round, moves: Sequence[Move]) -> None:
    """What is shown to have been done was done. Raises Violation."""
    shown: Any = round_.shown
    told: list[Any]
    done: list[Any]
    match shown.game:
        case "mines" | "towers" if isinstance(round_.opening, MinesInstant | TowersInstant):
            told, done = _fields(shown), list(round_.opening.fields)[: len(shown.rounds)]
        case "mines" | "towers":
            told, done = _fields(shown), _opened(moves)
        case "hilo":
            told = _guesses(shown)
            done = [one.action for one in moves if isinstance(one, HiloNext) and one.action != "CASHOUT"]
        case "blackjack":
            told = [shown.total_wagered]
            done = [stake_of(round_.opening, moves)]
        case _:
            told, done = [], list(moves)
    expect(told == done, f"{round_} tells {told}, done was {done}")


class _Floats:
    """The scheme as it is published, in a few lines: 4 bytes a float, 8 floats a digest."""

    def __init__(self, server_seed: str, client_seed: str, nonce: int) -> None:
        self._key, self._message = server_seed.encode(), f"{client_seed}:{nonce}:"

    def __getitem__(self, place: int) -> Fraction:
        digest = hmac.new(self._key, f"{self._message}{place // 8}".encode(), hashlib.sha256).digest()
        return Fraction(int.from_bytes(digest[place % 8 * 4 :][:4], "big"), 2**32)


def _own(opening: Opening, moves: Sequence[Move], floats: _Floats) -> Fraction | None:
    """What one unit comes to, in dice and mines."""
    match opening:
        case DiceBet(over=int(over)):
            return RTP * Fraction(10_000, 9_999 - over) if floats[0] * 10_000 // 1 > over else NOTHING
        case DiceBet(under=int(under)):
            return RTP * Fraction(10_000, under) if floats[0] * 10_000 // 1 < under else NOTHING
        case MinesStart():
            return _mined(opening, _opened(moves), floats)
        case MinesInstant():
            return _mined(opening, list(opening.fields), floats)
        case _:
            return None


def _mined(opening: MinesStart | MinesInstant, opened: Sequence[int], floats: _Floats) -> Fraction:
    left = list(range(opening.grid_size))
    mines = [left.pop(int(floats[place] * len(left))) for place in range(opening.mine_count)]
    if set(mines) & set(opened):
        return NOTHING
    safe = comb(opening.grid_size - opening.mine_count, len(opened))
    return RTP * Fraction(comb(opening.grid_size, len(opened)), safe)
