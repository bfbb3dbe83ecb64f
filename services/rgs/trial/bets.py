"""The games whose bet is a whole round: which bet is placed, and what should come up how often."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from itertools import pairwise
from typing import Final, get_args

from services.rgs.games.baccarat import odds as baccarat_odds
from services.rgs.games.baccarat.hands import Hands
from services.rgs.games.baccarat.rules import game as baccarat
from services.rgs.games.bet import Ended
from services.rgs.games.dice import odds as dice_odds
from services.rgs.games.dice.rules import game as dice
from services.rgs.games.game import Terms
from services.rgs.games.keno import odds as keno_odds
from services.rgs.games.keno.rules import game as keno
from services.rgs.games.limbo import odds as limbo_odds
from services.rgs.games.limbo.rules import game as limbo
from services.rgs.games.plinko import odds as plinko_odds
from services.rgs.games.plinko.rules import game as plinko
from services.rgs.games.wheel import odds as wheel_odds
from services.rgs.games.wheel.rules import game as wheel
from services.rgs.trial.plan import STAKE, Options, Plan, number, one_of, told, uniform, weighted
from shared.fair.floats import UNIT
from shared.messages.games import keno as keno_words
from shared.messages.games import plinko as plinko_words
from shared.messages.games import wheel as wheel_words
from shared.messages.games.baccarat import BaccaratBet, Side
from shared.messages.games.dice import DiceBet
from shared.messages.games.keno import KenoBet
from shared.messages.games.limbo import LimboBet
from shared.messages.games.plinko import PlinkoBet
from shared.messages.games.wheel import WheelBet
from shared.pay_tables import keno_ways, plinko_ways, returned

ROLLS_A_BIN: Final = 100
FALLS: Final = (100, 101, 110, 125, 150, 200, 300, 500, 1_000, 2_000, 5_000, 10_000, 100_000)
"""Between these hundredths the outcomes of limbo are counted together."""


def dice_plan(options: Options, terms: Terms) -> Plan:
    """Rolls are counted by the hundred."""
    side = one_of(options, "side", ("OVER", "UNDER"))
    line = number(options, "line", 0 if side == "OVER" else 1, 9_998 if side == "OVER" else 9_999)
    bet = DiceBet(amount=STAKE, over=line) if side == "OVER" else DiceBet(amount=STAKE, under=line)

    def label(state: Ended[int]) -> Hashable:
        return state.outcome // ROLLS_A_BIN

    expected = uniform(range(dice_odds.ROLLS // ROLLS_A_BIN))
    rtp = Fraction(len(dice_odds.winning(bet)), dice_odds.ROLLS) * dice_odds.multiplier(bet, terms.rtp)
    return Plan(dice, terms, bet, told(options), label, expected, rtp)


def limbo_plan(options: Options, terms: Terms) -> Plan:
    """Outcomes are counted between the marks of FALLS."""
    target = number(options, "hundredths", 101, 100_000_000)

    def label(state: Ended[int]) -> Hashable:
        return sum(state.outcome >= mark for mark in FALLS)

    reached = [Fraction(limbo_odds.winning(mark, terms.rtp), UNIT) for mark in FALLS[1:]]
    shares = [above - below for above, below in pairwise((Fraction(1), *reached, Fraction(0)))]
    expected: dict[Hashable, Fraction] = dict(enumerate(shares, start=1))
    rtp = Fraction(limbo_odds.winning(target, terms.rtp), UNIT) * limbo_odds.multiplier(target)
    return Plan(limbo, terms, LimboBet(amount=STAKE, target=target), told(options), label, expected, rtp)


def wheel_plan(options: Options, terms: Terms) -> Plan:
    """Slices are counted."""
    segments = one_of(options, "segments", get_args(wheel_words.Segments))
    difficulty = one_of(options, "difficulty", get_args(wheel_words.Difficulty))
    bet = WheelBet(amount=STAKE, segments=segments, difficulty=difficulty)
    rtp = returned((1,) * segments, wheel_odds.table(segments, difficulty, terms))
    return Plan(wheel, terms, bet, told(options), _outcome, uniform(range(segments)), rtp)


def plinko_plan(options: Options, terms: Terms) -> Plan:
    """Slots are counted."""
    rows, risk = number(options, "rows", 8, 16), one_of(options, "risk", get_args(plinko_words.Risk))

    def label(state: Ended[tuple[int, ...]]) -> Hashable:
        return sum(state.outcome)

    ways = plinko_ways(rows)
    bet = PlinkoBet(amount=STAKE, rows=rows, risk=risk)
    return Plan(
        plinko, terms, bet, told(options), label, weighted(ways), returned(ways, plinko_odds.table(rows, risk, terms))
    )


def keno_plan(options: Options, terms: Terms) -> Plan:
    """Hits are counted; which tiles are picked does not matter, so they are the first."""
    picks = number(options, "picks", 1, keno_words.DRAWN)
    difficulty = one_of(options, "difficulty", get_args(keno_words.Difficulty))
    tiles = tuple(range(1, picks + 1))

    def label(state: Ended[tuple[int, ...]]) -> Hashable:
        return sum(tile <= picks for tile in state.outcome)

    ways = keno_ways(picks)
    bet = KenoBet(amount=STAKE, tiles=tiles, difficulty=difficulty)
    rtp = returned(ways, keno_odds.table(picks, difficulty, terms))
    return Plan(keno, terms, bet, told(options), label, weighted(ways), rtp)


def baccarat_plan(options: Options, terms: Terms) -> Plan:
    """Winners are counted."""
    on: Side = one_of(options, "on", get_args(Side))

    def label(state: Ended[Hands]) -> Hashable:
        return state.outcome.winner

    expected: dict[Hashable, Fraction] = dict(baccarat_odds.chances().items())
    return Plan(
        baccarat, terms, BaccaratBet(amount=STAKE, on=on), told(options), label, expected, baccarat_odds.rtp(on)
    )


def _outcome(state: Ended[int]) -> Hashable:
    return state.outcome
