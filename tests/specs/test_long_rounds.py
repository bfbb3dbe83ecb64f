"""A round with moves: what is staked only grows, it pays what it is worth, and nothing is seen before its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.rgs.games.game import Chance, Game, Terms
from services.rgs.games.registry import game_of
from shared.messages.game import Slug
from shared.messages.games.blackjack import BlackjackVerify
from shared.messages.games.hilo import HiloVerify
from shared.messages.games.mines import MinesVerify
from shared.messages.games.towers import TowersVerify
from shared.messages.play import Move, Opening, Shown, Verify
from shared.shapes import Refused
from tests.specs.deck_words import MOVES, OPENINGS, chances, instants, rates

MOST_WISHES: Final = 12
SHOWN: Final[TypeAdapter[Any]] = TypeAdapter(Shown)
SAID: Final[TypeAdapter[Any]] = TypeAdapter(Opening | Move | Verify)

games = st.sampled_from(sorted(OPENINGS))
Played = tuple[Slug, Any, list[Any]]


@st.composite
def rounds(draw: st.DrawFn) -> Played:
    """A game, what opens a round of it, and what is wished for in it."""
    slug = draw(games)
    return slug, draw(OPENINGS[slug]), draw(st.lists(MOVES[slug], max_size=MOST_WISHES))


def states(played: Played, chance: Chance, terms: Terms) -> Iterator[Any]:
    """How the round stands, again and again; what is refused changes nothing, and after its end nothing is wished."""
    slug, opening, wishes = played
    game = game_of(slug)
    state = game.open_(opening, chance, terms)
    assert not isinstance(state, Refused)
    yield state
    for wish in wishes:
        if game.settled(state, terms) is not None:
            return
        after = game.move(state, wish, chance, terms)
        if isinstance(after, Refused):
            assert after.code in {"invalid_param", "param_out_of_range", "invalid_request_type"}
            assert {"path", "problem"} == set(after.details)
            continue
        state = after
        yield state


def last(played: Played, chance: Chance, terms: Terms) -> tuple[Game[Any], Any]:
    *_, state = states(played, chance, terms)
    return game_of(played[0]), state


def question_of(opening: Any) -> Any:
    match opening.act.partition(".")[0]:
        case "mines":
            return MinesVerify(mine_count=opening.mine_count, grid_size=opening.grid_size)
        case "towers":
            return TowersVerify(difficulty=opening.difficulty)
        case "hilo":
            return HiloVerify()
        case _:
            return BlackjackVerify()


@for_all(rounds(), chances, rates)
def test_a_round_is_active_until_it_has_come_to_something(played: Played, chance: Chance, terms: Terms) -> None:
    game = game_of(played[0])
    for state in states(played, chance, terms):
        shown: Any = game.shown(state, terms)
        assert shown.active is (game.settled(state, terms) is None)
        assert SHOWN.validate_json(shown.model_dump_json()) == shown


@for_all(rounds(), chances, rates)
def test_what_is_staked_begins_with_the_bets_and_only_grows(played: Played, chance: Chance, terms: Terms) -> None:
    game, opening = game_of(played[0]), played[1]
    stakes = [game.staked(state) for state in states(played, chance, terms)]
    sides = getattr(opening, "side_bets", None)
    beside = 0 if sides is None else sides.perfect_pairs + sides.three_card_poker
    assert stakes[0] == opening.amount + beside
    assert stakes == sorted(stakes)


@for_all(rounds(), chances, rates)
def test_cashing_out_pays_exactly_what_the_round_was_worth(played: Played, chance: Chance, terms: Terms) -> None:
    game = game_of(played[0])
    for state in states(played, chance, terms):
        worth = game.worth(state, terms)
        assert worth is None or game.settled(state, terms) is None
        if worth is not None:
            assert worth == game.settled(game.cashed(state), terms)


@for_all(rounds(), chances, rates)
def test_the_same_seeds_and_moves_come_to_the_same(played: Played, chance: Chance, terms: Terms) -> None:
    assert list(states(played, chance, terms)) == list(states(played, chance, terms))


@for_all(rounds(), chances, rates)
def test_what_came_up_is_what_a_check_of_the_seeds_tells(played: Played, chance: Chance, terms: Terms) -> None:
    game, state = last(played, chance, terms)
    told: Any = game.verify(question_of(played[1]), chance, terms)
    shown: Any = game.shown(state, terms)
    match shown.game:
        case "mines":
            assert shown.mines == (() if shown.active else told.mines)
        case "towers":
            assert shown.board == (() if shown.active else told.board)
        case "hilo":
            turned = [turn.card for turn in shown.rounds]
            assert turned == [*([played[1].start_card] if played[1].start_card else []), *told.deck][: len(turned)]
        case _:
            seen = [card for hand in shown.player for card in hand.cards] + list(shown.dealer.cards)
            assert sorted(seen) == sorted(told.deck[: len(seen)] if not shown.active else _less_hole(told.deck, seen))


def _less_hole(deck: tuple[str, ...], seen: list[str]) -> list[str]:
    """The cards that are out, without the one that is hidden."""
    out = list(deck[: len(seen) + 1])
    del out[3]
    return out


@for_all(rounds())
def test_before_the_stake_is_taken_nothing_is_seen_but_what_was_said(played: Played) -> None:
    game, opening = game_of(played[0]), played[1]
    covered = game.covered(opening)
    assert SHOWN.validate_json(covered.model_dump_json()) == covered
    said = opening.model_dump()
    for name, value in covered.model_dump(exclude={"game", "dealer", "total_wagered"}).items():
        named = said.get("start_card") if name == "current_card" else said.get(name)
        assert value in (named, (), "", None, 0), name


@for_all(instants(), chances, rates)
def test_a_round_in_one_comes_to_what_the_same_moves_come_to(
    opened: tuple[Slug, Any], chance: Chance, terms: Terms
) -> None:
    slug, opening = opened
    game = game_of(slug)
    best = game.best(opening, terms)
    state = game.open_(opening, chance, terms)
    settlement = game.settled(state, terms)
    assert settlement is not None
    assert best is not None
    assert settlement.payout in (0, best)
    name = slug.capitalize()
    start = SAID.validate_python({"act": f"{slug}.start"} | opening.model_dump(exclude={"act", "fields"}), strict=True)
    moves = [SAID.validate_python({"act": f"{slug}.reveal", "field": field}) for field in opening.fields]
    cashout = SAID.validate_python({"act": f"{slug}.cashout"})
    assert game.best(start, terms) is None, name
    assert last((slug, start, [*moves, cashout]), chance, terms)[1] == state


@for_all(rounds(), chances, rates)
def test_no_round_pays_more_than_its_best_case(played: Played, chance: Chance, terms: Terms) -> None:
    game, state = last(played, chance, terms)
    best, settlement = game.best(played[1], terms), game.settled(state, terms)
    if best is not None and settlement is not None:
        assert settlement.payout <= best
