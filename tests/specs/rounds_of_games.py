"""Rounds of every game, played at random by the game's own rules, as the log would hold them."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from typing import Any, Final, get_args

from hypothesis import strategies as some
from hypothesis.strategies import DrawFn, SearchStrategy

from services.rgs.games.game import Chance, Terms
from services.rgs.games.registry import GAMES
from services.rgs.games.towers.odds import TOWERS
from shared.messages.base import LARGEST_AMOUNT, Message
from shared.messages.games.baccarat import BaccaratBet
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, SideBets
from shared.messages.games.dice import DiceBet
from shared.messages.games.hilo import HiloNext, HiloStart
from shared.messages.games.keno import KenoBet
from shared.messages.games.limbo import LEAST_TARGET, MOST_TARGET, LimboBet
from shared.messages.games.mines import GridSize, MinesCashout, MinesInstant, MinesReveal, MinesStart
from shared.messages.games.plinko import PlinkoBet
from shared.messages.games.towers import ROWS, Difficulty, TowersCashout, TowersInstant, TowersReveal, TowersStart
from shared.messages.games.wheel import WheelBet
from shared.shapes import Refused

CODES: Final = {
    "dice": ("alpha", "beta", "delta"),
    "limbo": ("alpha", "beta", "delta"),
    "plinko": ("alpha", "beta", "delta"),
    "keno": ("alpha", "beta", "delta"),
    "wheel": ("alpha", "beta", "delta"),
    "mines": ("alpha", "beta", "delta"),
    "hilo": ("alpha", "beta", "delta"),
    "baccarat": ("alpha",),
    "blackjack": ("leo",),
    "towers": ("alpha-leo", "beta-leo", "gamma-leo", "delta-leo"),
}
RATES: Final = {
    "alpha": "0.99", "beta": "0.98", "delta": "0.96", "leo": "0.995",
    "alpha-leo": "0.985", "beta-leo": "0.975", "gamma-leo": "0.965", "delta-leo": "0.955",
}  # fmt: skip
SCALE: Final = 2

amounts = some.integers(1, 10**9)
risks = some.sampled_from(["LOW", "MEDIUM", "HIGH"])
targets = some.one_of(some.integers(LEAST_TARGET, 1_000), some.integers(LEAST_TARGET, MOST_TARGET))
"""Often one that is reached."""
grids: SearchStrategy[GridSize] = some.sampled_from(get_args(GridSize))
towers: SearchStrategy[Difficulty] = some.sampled_from(get_args(Difficulty))


@some.composite
def mines_at_once(draw: DrawFn) -> MinesInstant:
    """As many fields as are safe, or fewer."""
    grid_size = draw(grids)
    mine_count = draw(some.one_of(some.integers(1, 3), some.integers(1, grid_size - 1)))
    fields = some.lists(some.integers(0, grid_size - 1), min_size=1, max_size=grid_size - mine_count, unique=True)
    return MinesInstant(amount=draw(amounts), mine_count=mine_count, grid_size=grid_size, fields=tuple(draw(fields)))


@some.composite
def towers_at_once(draw: DrawFn) -> TowersInstant:
    """As many rows as there are, or fewer."""
    difficulty = draw(towers)
    cells = some.integers(0, TOWERS[difficulty].cells - 1)
    fields = draw(some.lists(cells, min_size=1, max_size=ROWS))
    return TowersInstant(amount=draw(amounts), difficulty=difficulty, fields=tuple(fields))


OPENINGS: Final[dict[str, SearchStrategy[Message]]] = {
    "dice": some.one_of(
        some.builds(DiceBet, amount=amounts, over=some.integers(0, 9_998), under=some.none()),
        some.builds(DiceBet, amount=amounts, over=some.none(), under=some.integers(1, 9_999)),
    ),
    "limbo": some.builds(LimboBet, amount=amounts, target=targets),
    "plinko": some.builds(PlinkoBet, amount=amounts, rows=some.integers(8, 16), risk=risks),
    "keno": some.builds(
        KenoBet,
        amount=amounts,
        tiles=some.lists(some.integers(1, 40), min_size=1, max_size=10, unique=True).map(tuple),
        difficulty=some.sampled_from(["CLASSIC", "LOW", "MEDIUM", "HIGH"]),
    ),
    "wheel": some.builds(WheelBet, amount=amounts, segments=some.sampled_from([10, 20, 30, 40, 50]), difficulty=risks),
    "baccarat": some.builds(BaccaratBet, amount=amounts, on=some.sampled_from(["PLAYER", "BANKER", "TIE"])),
    "mines": some.one_of(
        some.builds(MinesStart, amount=amounts, mine_count=some.integers(1, 24), grid_size=grids), mines_at_once()
    ),
    "towers": some.one_of(some.builds(TowersStart, amount=amounts, difficulty=towers), towers_at_once()),
    "hilo": some.builds(HiloStart, amount=amounts, start_card=some.sampled_from([None, "♠7", "♦A", "♣K", "♥10"])),
    "blackjack": some.builds(
        BlackjackStart,
        amount=amounts,
        side_bets=some.builds(
            SideBets, perfect_pairs=some.integers(0, 10**6), three_card_poker=some.integers(0, 10**6)
        ),
    ),
}
HILO: Final = ("HIGHER", "LOWER", "SKIP", "HIGHER", "LOWER", "CASHOUT")


def baccarat_decks() -> list[list[str]]:
    """Six cards each: every total of the player's first two, of the banker's, and every third card of the player."""
    points = ["♦10", "♦A", *(f"♦{number}" for number in range(2, 10))]
    return [[player, banker, "♣K", "♠Q", third, "♥5"] for player in points for banker in points for third in points]


def next_move(slug: str, opening: Any, shown: Any, wish: int) -> Message:
    """Some move that this number picks; the game may refuse it."""
    enough = wish % 4 == 0
    match slug:
        case "mines":
            return MinesCashout() if enough else MinesReveal(field=wish % opening.grid_size)
        case "towers":
            return TowersCashout() if enough else TowersReveal(field=wish % 4)
        case "hilo":
            return HiloNext(action=HILO[wish % len(HILO)])
        case _:
            return BlackjackNext(action=shown.next_actions[wish % len(shown.next_actions)])


@some.composite
def rounds(draw: DrawFn, slug: str) -> dict[str, Any]:
    """A round of this game that has ended: the data of a Round, and beside it the `server_seed`."""
    kind = draw(some.sampled_from(CODES[slug]))
    server_seed = hashlib.sha256(str(draw(some.integers(0, 2**32))).encode()).hexdigest()
    client_seed, nonce = draw(some.sampled_from(["lucky", "4be1c0ffee4be1c0", "!~"])), draw(some.integers(0, 10**6))
    opening = draw(OPENINGS[slug].filter(lambda opening: _can_be_paid(slug, kind, opening)))
    wishes = draw(some.lists(some.integers(0, 10**6), max_size=ROWS * 3))
    return played(slug, kind, opening, wishes, (server_seed, client_seed, nonce))


def _can_be_paid(slug: str, kind: str, opening: Any) -> bool:
    """No table takes a bet that could win more than there is."""
    best = GAMES[slug].best(opening, Terms(Fraction(RATES[kind])))  # type: ignore[index]
    return best is None or best <= LARGEST_AMOUNT


def opened_otherwise(asked: dict[str, Any]) -> dict[str, Any]:
    """What is asked about a round at once, as if its player had wished for another field first."""
    bet = asked["bet"]
    taken = bet["fields"] if "mineCount" in bet else bet["fields"][:1]
    other = next(field for field in range(len(taken) + 1) if field not in taken)
    return {**asked, "bet": {**bet, "fields": [other, *bet["fields"][1:]]}}


def played(slug: str, kind: str, opening: Any, wishes: list[int], seeds: tuple[str, str, int]) -> dict[str, Any]:
    """The round of this opening, gone on with as these numbers say until it ends."""
    game, terms, chance = GAMES[slug], Terms(Fraction(RATES[kind])), Chance(*seeds)  # type: ignore[index]
    state = game.open_(opening, chance, terms)
    assert not isinstance(state, Refused), state
    left = iter([*wishes, *range(10_000)])
    while (settlement := game.settled(state, terms)) is None:
        moved = game.move(state, next_move(slug, opening, game.shown(state, terms), next(left)), chance, terms)
        state = state if isinstance(moved, Refused) else moved
    return {
        "server_seed": seeds[0],
        "seat": {"game": f"{slug}-{kind}"},
        "scale": SCALE,
        "server_hash": hashlib.sha256(seeds[0].encode()).hexdigest(),
        "client_seed": seeds[1],
        "nonce": seeds[2],
        "opening": json.loads(opening.model_dump_json()),
        "shown": json.loads(game.shown(state, terms).model_dump_json()),
        "payout": settlement.payout,
        "multiplier": str(settlement.multiplier),
    }
