"""Mines, towers, hilo, blackjack and baccarat speak in the document's words, and tell a result at the end."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, Final

import pytest
from pydantic import ValidationError

from services.gateway.problem import Problem
from services.gateway.rgs.games.manner import Manner, Money
from services.gateway.rgs.games.registry import MANNERS
from services.rgs.games.game import Chance, fraction_text
from services.rgs.games.registry import game_of
from shared.messages.game import Slug
from shared.messages.games.baccarat import BaccaratBet, BaccaratVerify
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, BlackjackVerify, SideBets
from shared.messages.games.hilo import HiloNext, HiloStart, HiloVerify
from shared.messages.games.mines import MinesCashout, MinesInstant, MinesReveal, MinesStart, MinesVerify
from shared.messages.games.towers import TowersCashout, TowersInstant, TowersReveal, TowersStart, TowersVerify
from shared.messages.round import SAMPLES, Round, RoundAnswer
from tests.specs.bet_words import Told, falls_on
from tests.specs.deck_words import ALPHA, deck

CENTS: Final = Money(2)
A_ROUND: Final = next(sample.round for sample in SAMPLES if isinstance(sample, RoundAnswer))
ID: Final = A_ROUND.round_id
MINED: Final = Told(*(falls_on(field - before, 25 - before) for before, field in enumerate((3, 7, 12))))
TOWER: Final = Told(*[0] * 9)


def heard(slug: Slug, act: str, content: dict[str, Any]) -> Any:
    """What is said, in our words."""
    manner = MANNERS[slug]
    query = manner.query.model_validate_json(json.dumps({act: content}))
    return manner.read[act](dict(query)[act], CENTS)


def played(slug: Slug, chance: Chance, opening: Any, *moves: Any) -> Round:
    """The round as the service tells it after these moves."""
    game = game_of(slug)
    state = game.open_(opening, chance, ALPHA)
    for move in moves:
        state = game.move(state, move, chance, ALPHA)
    settlement = game.settled(state, ALPHA)
    return A_ROUND.model_copy(
        update={
            "slug": slug,
            "opening": opening,
            "shown": game.shown(state, ALPHA),
            "status": "open" if settlement is None else "settled",
            "stake": game.staked(state),
            "payout": 0 if settlement is None else settlement.payout,
            "multiplier": "0" if settlement is None else fraction_text(settlement.multiplier),
        }
    )


def said(tell: Any, round_: Round) -> dict[str, Any]:
    told: dict[str, Any] = tell(round_, CENTS).model_dump(mode="json", exclude_none=True)
    return told


@pytest.mark.parametrize(
    ("slug", "act", "content", "message"),
    [
        ("mines", "start", {"amount": "1.00", "mineCount": 3}, MinesStart(amount=100, mine_count=3)),
        ("mines", "start", {"amount": "1", "mine_count": "3", "gridSize": "64"},
         MinesStart(amount=100, mine_count=3, grid_size=64)),
        ("mines", "instant", {"amount": "1", "mineCount": 3, "gridSize": 36, "fields": [0, "7"]},
         MinesInstant(amount=100, mine_count=3, grid_size=36, fields=(0, 7))),
        ("mines", "reveal", {"field": 7, "roundId": ID}, MinesReveal(field=7)),
        ("mines", "cashout", {"roundId": ID}, MinesCashout()),
        ("towers", "start", {"amount": "1", "difficulty": 5}, TowersStart(amount=100, difficulty="MASTER")),
        ("towers", "instant", {"amount": "1", "difficulty": "DIFFICULTY_EASY", "fields": [0, 3]},
         TowersInstant(amount=100, difficulty="EASY", fields=(0, 3))),
        ("towers", "reveal", {"field": 2, "roundId": ID}, TowersReveal(field=2)),
        ("towers", "cashout", {"roundId": ID}, TowersCashout()),
        ("hilo", "start", {"amount": "1"}, HiloStart(amount=100)),
        ("hilo", "start", {"amount": "1", "startCard": "♠7"}, HiloStart(amount=100, start_card="♠7")),
        ("hilo", "next", {"action": "higher", "roundId": ID}, HiloNext(action="HIGHER")),
        ("hilo", "next", {"action": 4, "roundId": ID}, HiloNext(action="CASHOUT")),
        ("blackjack", "start", {"amount": "1"}, BlackjackStart(amount=100)),
        ("blackjack", "start", {"amount": "1", "sideBets": {"perfectPairs": "0.10"}},
         BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=10))),
        ("blackjack", "start", {"amount": "1", "sideBets": {"threeCardPoker": "2"}},
         BlackjackStart(amount=100, side_bets=SideBets(three_card_poker=200))),
        ("blackjack", "next", {"action": "noInsurance", "roundId": ID}, BlackjackNext(action="NO_INSURANCE")),
        ("blackjack", "next", {"action": "ACTION_NO_INSURANCE", "roundId": ID}, BlackjackNext(action="NO_INSURANCE")),
        ("blackjack", "next", {"action": 3, "roundId": ID}, BlackjackNext(action="DOUBLE")),
        ("baccarat", "bet", {"amount": "1", "on": "banker"}, BaccaratBet(amount=100, on="BANKER")),
        ("baccarat", "bet", {"amount": "1", "on": 3}, BaccaratBet(amount=100, on="TIE")),
    ],
)  # fmt: skip
def test_what_is_said_is_heard(slug: Slug, act: str, content: dict[str, Any], message: Any) -> None:
    assert heard(slug, act, content) == message


@pytest.mark.parametrize(
    ("slug", "act", "content", "where"),
    [
        ("mines", "start", {"amount": "1", "mineCount": 0}, "mine_count"),
        ("mines", "start", {"amount": "1"}, "mineCount"),
        ("mines", "start", {"amount": "1", "mineCount": 3, "gridSize": 26}, "gridSize"),
        ("mines", "start", {"amount": "1", "mineCount": 3, "mines": [1]}, "mines"),
        ("mines", "instant", {"amount": "1", "mineCount": 3, "fields": []}, "fields"),
        ("mines", "reveal", {"field": -1, "roundId": ID}, "field"),
        ("mines", "reveal", {"field": 1}, "roundId"),
        ("towers", "start", {"amount": "1", "difficulty": 6}, "difficulty"),
        ("towers", "instant", {"amount": "1", "difficulty": 1, "fields": [0] * 10}, "fields"),
        ("towers", "reveal", {"field": 4, "roundId": ID}, "field"),
        ("hilo", "start", {"amount": "1", "startCard": "7♠"}, "startCard"),
        ("hilo", "next", {"action": "same", "roundId": ID}, "action"),
        ("blackjack", "start", {"amount": "0"}, "amount"),
        ("blackjack", "start", {"amount": "1", "sideBets": {"pairs": "1"}}, "pairs"),
        ("blackjack", "next", {"action": "surrender", "roundId": ID}, "action"),
        ("baccarat", "bet", {"amount": "1", "on": "dealer"}, "on"),
    ],
)  # fmt: skip
def test_what_cannot_be_says_which_field_is_wrong(slug: Slug, act: str, content: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        heard(slug, act, content)
    assert where in {str(step) for step in wrong.value.errors()[0]["loc"]}


def test_a_side_bet_that_is_no_amount_is_told_by_its_name() -> None:
    with pytest.raises(Problem) as problem:
        heard("blackjack", "start", {"amount": "1", "sideBets": {"perfectPairs": "0.001"}})
    assert (problem.value.code, problem.value.path) == ("invalid_amount", "sideBets.perfectPairs")


def test_mines_are_withheld_until_the_round_has_ended() -> None:
    manner, start = MANNERS["mines"], MinesStart(amount=100, mine_count=3)
    active = played("mines", MINED, start, MinesReveal(field=0))
    assert said(manner.state, active) == {
        "active": True, "mineCount": 3, "gridSize": 25, "rounds": [{"field": 0, "multiplier": "1.12"}],
        "cashedOut": False,
    }  # fmt: skip
    assert said(manner.tell["reveal"], active) == {}
    assert said(manner.data, active) == {"amount": "1.00", "mineCount": 3, "gridSize": 25}
    ended = played("mines", MINED, start, MinesReveal(field=0), MinesCashout())
    assert said(manner.tell["cashout"], ended) == {"result": {"payout": "1.12", "multiplier": "1.12"}}
    assert said(manner.state, ended)["mines"] == [3, 7, 12]


def test_mines_in_one_tells_the_fields_and_a_mine_pays_nothing() -> None:
    manner = MANNERS["mines"]
    round_ = played("mines", MINED, MinesInstant(amount=100, mine_count=3, fields=(0, 3, 5)))
    assert said(manner.tell["instant"], round_) == {"result": {"payout": "0.00", "multiplier": "0.00"}}
    assert said(manner.data, round_) == {"amount": "1.00", "mineCount": 3, "gridSize": 25, "fields": [0, 3, 5]}
    assert said(manner.state, round_)["rounds"] == [
        {"field": 0, "multiplier": "1.12"},
        {"field": 3, "multiplier": "0.00"},
    ]


def test_the_board_of_a_tower_is_withheld_until_the_round_has_ended() -> None:
    manner, start = MANNERS["towers"], TowersStart(amount=100, difficulty="HARD")
    active = played("towers", TOWER, start, TowersReveal(field=1))
    assert said(manner.state, active) == {
        "active": True, "difficulty": 3, "rounds": [{"field": 1, "multiplier": "1.98", "crowns": 1}],
        "cashedOut": False,
    }  # fmt: skip
    assert said(manner.data, active) == {"amount": "1.00", "difficulty": 3}
    ended = played("towers", TOWER, start, TowersReveal(field=1), TowersCashout())
    assert said(manner.tell["cashout"], ended) == {"result": {"payout": "1.98", "multiplier": "1.98"}}
    assert said(manner.state, ended)["board"] == [{"cells": [0, 1]}] * 9
    whole = played("towers", TOWER, TowersInstant(amount=100, difficulty="HARD", fields=(1, 1)))
    assert said(manner.data, whole)["fields"] == [1, 1]


def test_hilo_tells_what_each_choice_would_come_to_while_it_is_active() -> None:
    manner, cards = MANNERS["hilo"], deck("♠2 ♥9")
    active = played("hilo", cards, HiloStart(amount=100), HiloNext(action="HIGHER"))
    assert said(manner.state, active) == {
        "active": True,
        "rounds": [
            {"card": "♠2", "action": "start", "multiplier": "0.99"},
            {"card": "♥9", "action": "higher", "multiplier": "1.07"},
        ],
        "currentCard": "♥9",
        "current": {"multiplier": "1.07", "payout": "1.07"},
        "higher": {"multiplier": "2.78", "payout": "2.79"},
        "lower": {"multiplier": "1.54", "payout": "1.55"},
        "cashedOut": False,
    }
    assert said(manner.data, active) == {"amount": "1.00"}
    assert said(manner.data, played("hilo", cards, HiloStart(amount=100, start_card="♠7")))["startCard"] == "♠7"
    ended = played("hilo", cards, HiloStart(amount=100), HiloNext(action="HIGHER"), HiloNext(action="CASHOUT"))
    assert said(manner.tell["next"], ended) == {"result": {"payout": "1.07", "multiplier": "1.07"}}
    assert not {"current", "higher", "lower"} & set(said(manner.state, ended))
    covered = ended.model_copy(update={"shown": game_of("hilo").covered(HiloStart(amount=100))})
    assert "currentCard" not in said(manner.state, covered)


def test_blackjack_tells_the_dealers_first_card_and_what_may_be_done() -> None:
    manner = MANNERS["blackjack"]
    active = played("blackjack", deck("♠10 ♥9 ♦8 ♣10"), BlackjackStart(amount=100))
    assert said(manner.tell["start"], active) == {}
    assert said(manner.data, active) == {"amount": "1.00"}
    assert said(manner.state, active) == {
        "active": True,
        "currentHand": 0,
        "nextActions": ["hit", "stand", "double"],
        "player": [{"cards": ["♠10", "♥9"], "value": 19, "soft": False, "wager": "1.00", "doubled": False}],
        "dealer": {"cards": ["♦8"], "value": 8},
        "totalWagered": "1.00",
    }


def test_blackjack_settles_every_hand_and_every_bet_beside_it() -> None:
    manner = MANNERS["blackjack"]
    opening = BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=10))
    cards = deck("♠8 ♠8 ♦A ♣9 ♦10 ♦5 ♦10")
    moves = [BlackjackNext(action=step) for step in ("INSURANCE", "SPLIT", "STAND", "HIT")]
    asked = played("blackjack", cards, opening)
    assert said(manner.state, asked)["nextActions"] == ["insurance", "noInsurance"]
    insured = played("blackjack", cards, opening, moves[0])
    assert {"insurance": "0.50"}.items() <= said(manner.state, insured).items()
    assert "insurancePayout" not in said(manner.state, insured)
    ended = played("blackjack", cards, opening, *moves)
    assert said(manner.data, ended) == {
        "amount": "1.00",
        "sideBets": {"perfectPairs": "0.10", "threeCardPoker": "0.00"},
    }
    assert said(manner.tell["next"], ended) == {
        "settlement": {
            "results": ["lose", "bust"],
            "totalWagered": "2.60",
            "payout": "2.60",
            "multiplier": "2.60",
            "sideBetPayouts": {"perfectPairs": "2.60", "threeCardPoker": "0.00"},
            "sideBetMultipliers": {"perfectPairs": "26.00", "threeCardPoker": "0.00"},
        }
    }
    state = said(manner.state, ended)
    assert (state["insurance"], state["insurancePayout"]) == ("0.50", "0.00")
    assert state["dealer"] == {"cards": ["♦A", "♣9"], "value": 20}
    assert [(hand["result"], hand["payout"]) for hand in state["player"]] == [("lose", "0.00"), ("bust", "0.00")]


def test_baccarat_tells_both_hands_and_who_won() -> None:
    manner = MANNERS["baccarat"]
    round_ = played("baccarat", deck("♠2 ♠9 ♦K ♦10 5 5"), BaccaratBet(amount=100, on="BANKER"))
    hands = {
        "on": "banker", "player": ["♠2", "♦K"], "banker": ["♠9", "♦10"], "playerPoints": 2, "bankerPoints": 9,
        "winner": "banker",
    }  # fmt: skip
    assert said(manner.state, round_) == hands
    assert said(manner.tell["bet"], round_) == {**hands, "result": {"payout": "1.95", "multiplier": "1.95"}}
    assert said(manner.data, round_) == {"amount": "1.00", "on": "banker"}
    covered = round_.model_copy(update={"shown": game_of("baccarat").covered(round_.opening), "status": "initializing"})
    assert said(manner.tell["bet"], covered) == {"on": "banker"}


@pytest.mark.parametrize(
    ("slug", "asked", "query", "names"),
    [
        ("mines", {"mineCount": 3, "gridSize": 36}, MinesVerify(mine_count=3, grid_size=36), {"mines"}),
        ("towers", {"difficulty": "hard"}, TowersVerify(difficulty="HARD"), {"board"}),
        ("hilo", {}, HiloVerify(), {"deck"}),
        ("blackjack", {}, BlackjackVerify(), {"deck"}),
        ("baccarat", {}, BaccaratVerify(), {"player", "banker", "winner"}),
    ],
)  # fmt: skip
def test_whoever_asks_what_seeds_come_to_is_understood_and_told(
    slug: Slug, asked: dict[str, Any], query: Any, names: set[str]
) -> None:
    manner: Manner = MANNERS[slug]
    assert manner.ask(manner.verify.model_validate_json(json.dumps(asked))) == query
    verified = game_of(slug).verify(query, Chance("seed", "client", 0), ALPHA)
    told = manner.verified(verified).model_dump(mode="json")
    assert set(told) == names
    assert all(told.values())


def test_what_is_printed_is_rounded_down_and_what_is_paid_is_not() -> None:
    round_ = played("mines", MINED, MinesStart(amount=300, mine_count=3), MinesReveal(field=0), MinesCashout())
    assert Fraction(round_.multiplier) == Fraction(9, 8)
    assert said(MANNERS["mines"].tell["cashout"], round_) == {"result": {"payout": "3.38", "multiplier": "1.12"}}
