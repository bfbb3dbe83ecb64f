"""Cards come from a deck without end, in the published order; every published deal and every published mine is ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from services.rgs.games.cards import DECK, cards, rank_of, suit_of
from services.rgs.games.game import Chance
from services.rgs.games.registry import game_of
from shared.messages.game import Slug
from shared.messages.games.baccarat import BaccaratVerify
from shared.messages.games.blackjack import BlackjackVerify
from shared.messages.games.hilo import HiloVerify
from shared.messages.games.mines import MinesVerify
from tests.specs.bet_words import Told
from tests.specs.deck_words import ALPHA
from tests.specs.test_fair_published import published

SUITS: Final = {"♦": "diamond", "♥": "heart", "♠": "spade", "♣": "club"}
GRID: Final = 25
BACCARAT: Final = 21
MINES: Final = 73
"""Published rounds of these games."""


def spelled(card: str) -> str:
    """As the published decks are told."""
    return f"{rank_of(card)}-{SUITS[suit_of(card)]}"


def like(told: list[Any], deck: tuple[str, ...]) -> list[Any]:
    """Our cards, told as theirs are: by number or by name."""
    dealt = deck[: len(told)]
    return [DECK.index(card) for card in dealt] if isinstance(told[0], int) else [spelled(card) for card in dealt]


def of_one_game(game: str) -> Iterator[tuple[Any, Chance]]:
    """What the sets of one game tell, and the chance that it came from."""
    for vectors in published()["sets"]:
        if vectors["game"] == game:
            nonces = range(vectors["nonce_from"], vectors["nonce_to"] + 1)
            for nonce, told in zip(nonces, vectors["outcomes"], strict=True):
                yield told, Chance(vectors["server_seed"], vectors["client_seed"], nonce)


def of_many_games(game: str) -> Iterator[dict[str, Any]]:
    yield from (vectors for vectors in published()["sets"] if vectors["game"] == game)


def mined(chance: Chance, mine_count: int) -> list[int]:
    told: Any = game_of("mines").verify(MinesVerify(mine_count=mine_count, grid_size=GRID), chance, ALPHA)
    return list(told.mines)


def verified(slug: Slug, query: Any, chance: Chance) -> Any:
    return game_of(slug).verify(query, chance, ALPHA)


def test_the_deck_goes_up_by_ranks_and_of_each_rank_by_suits() -> None:
    assert DECK[:5] == ("♦2", "♥2", "♠2", "♣2", "♦3")
    assert DECK[-5:] == ("♣K", "♦A", "♥A", "♠A", "♣A")
    assert len(set(DECK)) == len(DECK) == 52


def test_a_card_is_the_float_times_52_and_no_card_is_ever_used_up() -> None:
    assert cards(Told(0, 2**32 - 1, 2**31, 0, 0), 5) == ("♦2", "♣A", "♠8", "♦2", "♦2")


@pytest.mark.parametrize(("slug", "decks"), [("blackjack", 31), ("hilo", 21)])
def test_every_published_deck_is_ours(slug: Slug, decks: int) -> None:
    query = BlackjackVerify() if slug == "blackjack" else HiloVerify()
    compared = [(told, verified(slug, query, chance).deck) for told, chance in of_one_game(slug)]
    assert len(compared) == decks
    for told, deck in compared:
        assert like(told, deck) == told


def test_every_published_deal_of_baccarat_is_ours() -> None:
    """Some sets tell six cards, also those that were not needed, and some the first four."""
    compared = [(told, verified("baccarat", BaccaratVerify(), chance)) for told, chance in of_one_game("baccarat")]
    assert len(compared) == BACCARAT
    for told, hands in compared:
        (first, third, *fifth), (second, fourth, *sixth) = hands.player, hands.banker
        deal = (first, second, third, fourth, *fifth, *sixth)
        assert like(told, deal) == told[: len(deal)]


def test_every_published_field_of_mines_is_ours() -> None:
    compared = list(of_one_game("mines"))
    assert len(compared) == MINES
    for told, chance in compared:
        drawn = mined(chance, len(told))
        assert told in (drawn, sorted(drawn))


def test_every_published_mine_beside_other_games_is_ours() -> None:
    compared = 0
    for vectors in of_many_games("multi"):
        for told in vectors["outcomes"]:
            chance = Chance(told["serverSeed"], told["clientSeed"], told["nonce"])
            (safe,) = set(range(GRID)) - set(mined(chance, 24))
            assert safe + 1 == told["safe_tile_of_24_mines_1based"]
            compared += 1
    for vectors in of_many_games("multi2"):
        for place, nonce in enumerate(range(vectors["nonce_from"], vectors["nonce_to"] + 1)):
            chance = Chance(vectors["server_seed"], vectors["client_seed"], nonce)
            assert sorted(field + 1 for field in mined(chance, 11)) == vectors["mines11_1based_sorted"][place]
            compared += 1
    assert compared > 0
