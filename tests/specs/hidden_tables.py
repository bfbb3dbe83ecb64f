"""Tables that look alike to whoever plays there, and hide something else: found by trying many server seeds.

Two tables whose seeds are drawn blindly hardly ever show the same cards. So seeds are tried until there are pairs of
tables that deal the same where the player sees it, and something else wherever the player does not see it yet.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from services.rgs.games.blackjack.hand import ACE, MOST, total_of, value_of
from services.rgs.games.cards import cards, rank_of
from services.rgs.games.game import Chance, Terms
from services.rgs.games.hilo.odds import Side, right
from services.rgs.games.registry import GAMES
from services.rgs.round.dealing import exact
from shared.fair.seeds import SeedChain
from shared.messages.game import Slug
from shared.messages.games.baccarat import BaccaratBet
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, SideBets
from shared.messages.games.dice import DiceBet
from shared.messages.games.hilo import HiloNext, HiloStart
from shared.messages.games.keno import KenoBet
from shared.messages.games.limbo import LimboBet
from shared.messages.games.mines import MinesCashout, MinesInstant, MinesReveal, MinesStart
from shared.messages.games.plinko import PlinkoBet
from shared.messages.games.towers import TowersCashout, TowersInstant, TowersReveal, TowersStart
from shared.messages.games.wheel import WheelBet
from shared.messages.play import Move, Opening
from shared.messages.seed_pair import RotateSeeds
from shared.messages.session import WalletKind
from shared.testing.grammar import TENANT, Story
from tests.specs.table_words import seat_of, seated

Cards = tuple[str, ...]
LUCKY: Final = "lucky"
"""The seed that every player names."""
BLINDLY: Final = 24
"""Tables of a script that needs no particular ones."""
PAIRS: Final = 5
"""That look alike after each step, if so many are found."""
MOST_TRIED: Final = 250_000
DECK: Final = 8
"""Cards that are looked at: more than any script deals while a round is open."""
DEALT: Final = ("hilo", "blackjack")
"""The games that show a deck card by card."""


class Stage(NamedTuple):
    """A moment at which the player has seen these cards of the deck, and no other."""

    places: tuple[int, ...]
    goes_on: Callable[[Cards], bool] = lambda seen: True
    """Whether the script can go on when these are the cards."""


class Script(NamedTuple):
    """What is done at every table."""

    slug: Slug
    opening: Opening
    moves: tuple[Move, ...] = ()
    stages: tuple[Stage, ...] = ()
    """At which tables must be found that look alike; where there are none, any will do."""


def _guessed(*sides: Side) -> Callable[[Cards], bool]:
    """These guesses, one a card from the second on, are right."""

    def all_right(seen: Cards) -> bool:
        ranks = [rank_of(one) for one in seen]
        return all(after in right(before, side) for before, after, side in zip(ranks, ranks[1:], sides, strict=False))

    return all_right


def _playable(seen: Cards) -> bool:
    """Two cards that are not 21 yet, and nothing to insure against."""
    return total_of(seen[:2]).value < MOST and value_of(seen[2]) != ACE


def _splittable(seen: Cards) -> bool:
    return _playable(seen) and value_of(seen[0]) == value_of(seen[1])


def _split(seen: Cards) -> bool:
    """Two hands, and both may still draw."""
    first, second, _, to_first, to_second = seen
    hands = ((first, to_first), (second, to_second))
    return _splittable(seen) and value_of(first) != ACE and all(total_of(hand).value < MOST for hand in hands)


def _insurable(seen: Cards) -> bool:
    return total_of(seen[:2]).value < MOST and value_of(seen[2]) == ACE


def _hit(seen: Cards) -> bool:
    """A third card does not end it."""
    return total_of((*seen[:2], *seen[3:])).value < MOST


_FIRST: Final = (0, 1, 2)
"""Both of the player's and one of the dealer's; the dealer's other one comes next, and is hidden."""
_ACT: Final = BlackjackNext
_GUESS: Final = HiloNext
SCRIPTS: Final[dict[str, Script]] = {
    "dice": Script("dice", DiceBet(amount=100, over=5_000)),
    "limbo": Script("limbo", LimboBet(amount=100, target=200)),
    "plinko": Script("plinko", PlinkoBet(amount=100, rows=8, risk="LOW")),
    "keno": Script("keno", KenoBet(amount=100, tiles=(1, 2, 3), difficulty="LOW")),
    "wheel": Script("wheel", WheelBet(amount=100, segments=10, difficulty="LOW")),
    "baccarat": Script("baccarat", BaccaratBet(amount=100, on="PLAYER")),
    "mines": Script(
        "mines",
        MinesStart(amount=100, mine_count=2),
        (MinesReveal(field=7), MinesReveal(field=8), MinesCashout()),
    ),
    "mines at once": Script("mines", MinesInstant(amount=100, mine_count=2, fields=(7, 8, 9))),
    "towers": Script(
        "towers",
        TowersStart(amount=100, difficulty="EASY"),
        (TowersReveal(field=1), TowersReveal(field=2), TowersCashout()),
    ),
    "towers at once": Script("towers", TowersInstant(amount=100, difficulty="EASY", fields=(1, 2))),
    "hilo from a named card": Script(
        "hilo",
        HiloStart(amount=100, start_card="♠7"),
        (_GUESS(action="SKIP"), _GUESS(action="HIGHER"), _GUESS(action="CASHOUT")),
        (Stage((0,)), Stage((0, 1), _guessed("HIGHER"))),
    ),
    "hilo from the deck": Script(
        "hilo",
        HiloStart(amount=100),
        (_GUESS(action="HIGHER"), _GUESS(action="LOWER"), _GUESS(action="CASHOUT")),
        (Stage((0,)), Stage((0, 1), _guessed("HIGHER")), Stage((0, 1, 2), _guessed("HIGHER", "LOWER"))),
    ),
    "blackjack doubled": Script(
        "blackjack",
        BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=5)),
        (_ACT(action="DOUBLE"),),
        (Stage(_FIRST, _playable),),
    ),
    "blackjack hit": Script(
        "blackjack",
        BlackjackStart(amount=100),
        (_ACT(action="HIT"), _ACT(action="STAND")),
        (Stage(_FIRST, _playable), Stage((*_FIRST, 4), lambda seen: _playable(seen) and _hit(seen))),
    ),
    "blackjack split": Script(
        "blackjack",
        BlackjackStart(amount=100),
        (_ACT(action="SPLIT"), _ACT(action="STAND"), _ACT(action="DOUBLE")),
        (Stage(_FIRST, _splittable), Stage((*_FIRST, 4, 5), _split)),
    ),
    "blackjack insured": Script(
        "blackjack",
        BlackjackStart(amount=100),
        (_ACT(action="INSURANCE"), _ACT(action="HIT"), _ACT(action="STAND")),
        (Stage(_FIRST, _insurable), Stage((*_FIRST, 4), lambda seen: _insurable(seen) and _hit(seen))),
    ),
}  # fmt: skip


def seeds_at(number: int) -> SeedChain:
    """The server seeds of table `number`, which no other has."""
    return SeedChain(TENANT, {"k1": f"the secret of table number {number:08d}".encode()}, "k1")


def table(slug: Slug, number: int, wallet: WalletKind) -> Story:
    """A table whose server seeds are its own, and whose player has named a seed, as at all the others."""
    story = seated(slug, wallet, 10_000 if wallet == "demo" else None).drawing_from(seeds_at(number))
    return story.when(RotateSeeds(table=seat_of(slug).table, client_seed=LUCKY)).story


def chance_at(slug: Slug, number: int) -> Chance:
    """What the first round of that table is dealt from."""
    return Chance(seeds_at(number).of(seat_of(slug).stream, 1).value, LUCKY, 0)


@cache
def deck_at(slug: Slug, number: int) -> Cards:
    return cards(chance_at(slug, number), DECK)


def hidden_at(script: Script, number: int) -> tuple[Any, ...]:
    """All that came up at a table: the deck card by card, or the outcome as a whole."""
    if script.slug in DEALT:
        return deck_at(script.slug, number)
    terms = Terms(exact("0.99"))
    return (GAMES[script.slug].open_(script.opening, chance_at(script.slug, number), terms),)


def differ(one: tuple[Any, ...], other: tuple[Any, ...], shown: int) -> bool:
    """What came up is the same where so many cards were shown, and nowhere else."""
    return [mine == yours for mine, yours in zip(one, other, strict=True)].count(True) == shown


@cache
def numbers_of(name: str) -> tuple[int, ...]:
    """The tables at which a script is played."""
    script = SCRIPTS[name]
    found = {number for stage in script.stages for number in _alike(script.slug, stage)}
    return tuple(sorted(found)) or tuple(range(BLINDLY))


def _alike(slug: Slug, stage: Stage) -> set[int]:
    """Pairs of tables that show the same at this stage, and hide nothing that is the same."""
    alone: dict[Cards, int] = {}
    found: set[int] = set()
    for number in range(MOST_TRIED):
        deck = deck_at(slug, number)
        seen = tuple(deck[place] for place in stage.places)
        if not stage.goes_on(seen):
            continue
        other = alone.setdefault(seen, number)
        if differ(deck, deck_at(slug, other), len(stage.places)):
            found |= {number, other}
        if len(found) >= 2 * PAIRS:
            break
    return found
