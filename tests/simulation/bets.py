"""What people bet on in each of the ten games, and how they go on: mostly sensible, sometimes not."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from shared.messages.game import Slug
from shared.messages.games.baccarat import BaccaratBet, BaccaratVerify
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, BlackjackVerify, SideBets
from shared.messages.games.dice import DiceBet, DiceVerify
from shared.messages.games.hilo import HiloNext, HiloStart, HiloVerify
from shared.messages.games.keno import KenoBet, KenoVerify
from shared.messages.games.limbo import LimboBet, LimboVerify
from shared.messages.games.mines import MinesCashout, MinesInstant, MinesReveal, MinesStart, MinesVerify
from shared.messages.games.plinko import PlinkoBet, PlinkoVerify
from shared.messages.games.towers import TowersCashout, TowersInstant, TowersReveal, TowersStart, TowersVerify
from shared.messages.games.wheel import WheelBet, WheelVerify
from shared.messages.play import Move, Opening, Verify


def opens(chance: Random, slug: Slug, between: tuple[int, int]) -> Opening:
    """A bet, or the opening of a round of many moves."""
    bet: dict[str, Any] = {"amount": chance.randint(*between)}
    some: dict[Slug, list[Any]] = {
        "dice": [DiceBet(**bet, over=chance.randint(900, 9_000)), DiceBet(**bet, under=chance.randint(900, 9_900))],
        "limbo": [LimboBet(**bet, target=chance.choice((101, 150, 213, 400, 100_000)))],
        "plinko": [PlinkoBet(**bet, rows=chance.choice((8, 9)), risk="LOW")],
        "wheel": [WheelBet(**bet, segments=10, difficulty=chance.choice(("LOW", "MEDIUM")))],
        "keno": [KenoBet(**bet, tiles=(3, 17), difficulty="CLASSIC"), KenoBet(**bet, tiles=(1,), difficulty="LOW")],
        "baccarat": [BaccaratBet(**bet, on=chance.choice(("PLAYER", "BANKER", "BANKER", "TIE")))],
        "mines": [MinesStart(**bet, mine_count=chance.choice((1, 3, 8)))] * 3
        + [MinesInstant(**bet, mine_count=2, fields=tuple(chance.sample(range(25), 3)))],
        "hilo": [HiloStart(**bet), HiloStart(**bet, start_card=chance.choice(("♠7", "♦A", "♣K")))],
        "towers": [TowersStart(**bet, difficulty=chance.choice(("EASY", "MEDIUM", "HARD")))] * 3
        + [TowersInstant(**bet, difficulty="EASY", fields=(chance.randint(0, 3), 0))],
        "blackjack": [
            BlackjackStart(**bet),
            BlackjackStart(**bet, side_bets=SideBets(perfect_pairs=0, three_card_poker=2)),
        ],
    }
    opening: Opening = chance.choice(some[slug])
    return opening


def moves_on(chance: Random, slug: Slug, shown: Mapping[str, Any]) -> Move:
    """One of the things that can be done now; what they are is to be seen."""
    enough = len(shown.get("rounds", ())) > 0 and chance.random() < 0.25
    match slug:
        case "mines":
            opened = [turn["field"] for turn in shown["rounds"]]
            left = [field for field in range(25) if field not in opened]
            return MinesCashout() if enough else MinesReveal(field=chance.choice(left))
        case "towers":
            return TowersCashout() if enough else TowersReveal(field=chance.randint(0, 1))
        case "hilo":
            offered = [name for name in ("higher", "lower") if shown.get(name)]
            guess: Any = chance.choice((*offered, *offered, "skip")) if offered else "cashout"
            return HiloNext(action="CASHOUT" if enough else guess.upper())
        case _:
            actions: list[Any] = list(shown["next_actions"] or ("STAND",))
            costly = [action for action in actions if action in ("DOUBLE", "SPLIT", "INSURANCE")]
            return BlackjackNext(action=chance.choice((*actions, *costly * 2)))


def asks(chance: Random, slug: Slug) -> Verify:
    """What somebody would like to check."""
    some: dict[Slug, Verify] = {
        "dice": DiceVerify(),
        "limbo": LimboVerify(),
        "plinko": PlinkoVerify(rows=chance.choice((8, 16)), risk="HIGH"),
        "wheel": WheelVerify(segments=10, difficulty="LOW"),
        "keno": KenoVerify(difficulty="CLASSIC"),
        "baccarat": BaccaratVerify(),
        "mines": MinesVerify(mine_count=chance.choice((1, 5))),
        "hilo": HiloVerify(),
        "towers": TowersVerify(difficulty="HARD"),
        "blackjack": BlackjackVerify(),
    }
    return some[slug]
