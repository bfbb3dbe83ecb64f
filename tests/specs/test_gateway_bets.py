"""The games of one bet speak to their clients in the document's words: amounts as text, enumerations by number."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from pydantic import ValidationError

from services.gateway.problem import Problem
from services.gateway.rgs.games import dice, keno, limbo, plinko, wheel
from services.gateway.rgs.games.manner import Manner, Money
from shared.messages.game import Slug
from shared.messages.games.dice import DiceBet, DiceShown, DiceVerified, DiceVerify
from shared.messages.games.keno import KenoBet, KenoShown, KenoVerified, KenoVerify
from shared.messages.games.limbo import LimboBet, LimboShown, LimboVerified, LimboVerify
from shared.messages.games.plinko import PlinkoBet, PlinkoShown, PlinkoVerified, PlinkoVerify
from shared.messages.games.wheel import WheelBet, WheelShown, WheelVerified, WheelVerify
from shared.messages.round import SAMPLES, Round, RoundAnswer

MANNERS: Final[dict[Slug, Manner]] = {each.MANNER.slug: each.MANNER for each in (dice, keno, limbo, plinko, wheel)}
CENTS: Final = Money(2)
A_ROUND: Final = next(sample.round for sample in SAMPLES if isinstance(sample, RoundAnswer))
DRAWN: Final = (3, 1, 4, 15, 9, 2, 6, 5, 35, 8)

RESULT: Final = {"payout": "1.98", "multiplier": "1.98"}


def heard(slug: Slug, bet: dict[str, Any]) -> Any:
    """The bet in our words."""
    manner = MANNERS[slug]
    query = manner.query.model_validate_json(json.dumps({"bet": bet}))
    return manner.read["bet"](dict(query)["bet"], CENTS)


def told(slug: Slug, opening: Any, shown: Any, status: str = "settled") -> dict[str, Any]:
    """Everything that is said of a round: the bet's answer, the state, and what it was begun with."""
    manner = MANNERS[slug]
    round_: Round = A_ROUND.model_copy(
        update={"slug": slug, "opening": opening, "shown": shown, "status": status, "multiplier": "9900/4999"}
    )
    said = {"bet": manner.tell["bet"], "state": manner.state, "data": manner.data}
    return {name: tell(round_, CENTS).model_dump(mode="json", exclude_none=True) for name, tell in said.items()}


@pytest.mark.parametrize(
    ("slug", "bet", "opening"),
    [
        ("dice",   {"amount": "1.00", "over": 5000},    DiceBet(amount=100, over=5_000)),
        ("dice",   {"amount": "0.01", "under": "17"},   DiceBet(amount=1, under=17)),
        ("dice",   {"amount": "1", "over": 1, "under": 2}, DiceBet(amount=100, over=1, under=2)),
        ("limbo",  {"amount": "1.00", "target": "2.00"}, LimboBet(amount=100, target=200)),
        ("limbo",  {"amount": "1.00", "target": "1000000"}, LimboBet(amount=100, target=100_000_000)),
        ("wheel",  {"amount": "1", "segments": 10, "difficulty": 1},
         WheelBet(amount=100, segments=10, difficulty="LOW")),
        ("wheel",  {"amount": "1", "segments": "SEGMENTS_50", "difficulty": "difficulty_high"},
         WheelBet(amount=100, segments=50, difficulty="HIGH")),
        ("wheel",  {"amount": "1", "segments": "30", "difficulty": "Medium"},
         WheelBet(amount=100, segments=30, difficulty="MEDIUM")),
        ("plinko", {"amount": "1", "rows": 16, "risk": 2}, PlinkoBet(amount=100, rows=16, risk="MEDIUM")),
        ("plinko", {"amount": "1", "rows": "8", "risk": "RISK_HIGH"}, PlinkoBet(amount=100, rows=8, risk="HIGH")),
        ("keno",   {"amount": "1", "tiles": [1, "40"], "difficulty": 1},
         KenoBet(amount=100, tiles=(1, 40), difficulty="CLASSIC")),
        ("keno",   {"amount": "1", "tiles": [7], "difficulty": "DIFFICULTY_HIGH"},
         KenoBet(amount=100, tiles=(7,), difficulty="HIGH")),
    ],
)  # fmt: skip
def test_a_bet_is_heard_as_it_is_said(slug: Slug, bet: dict[str, Any], opening: Any) -> None:
    assert heard(slug, bet) == opening


@pytest.mark.parametrize(
    ("slug", "bet", "where"),
    [
        ("dice",   {"amount": "1", "over": 9_999}, "over"),
        ("dice",   {"amount": "1", "under": 0}, "under"),
        ("dice",   {"amount": "1", "over": 5.5}, "over"),
        ("dice",   {"amount": "1", "over": True}, "over"),
        ("dice",   {"amount": "0", "over": 1}, "amount"),
        ("dice",   {"amount": 1, "over": 1}, "amount"),
        ("dice",   {"over": 1}, "amount"),
        ("dice",   {"amount": "1", "over": 1, "roll": 3}, "roll"),
        ("limbo",  {"amount": "1", "target": 2}, "target"),
        ("wheel",  {"amount": "1", "segments": 11, "difficulty": 1}, "segments"),
        ("wheel",  {"amount": "1", "segments": 10, "difficulty": 4}, "difficulty"),
        ("wheel",  {"amount": "1", "segments": True, "difficulty": 1}, "segments"),
        ("wheel",  {"amount": "1", "difficulty": 1}, "segments"),
        ("plinko", {"amount": "1", "rows": 7, "risk": 1}, "rows"),
        ("plinko", {"amount": "1", "rows": 17, "risk": 1}, "rows"),
        ("plinko", {"amount": "1", "rows": 8, "risk": 0}, "risk"),
        ("keno",   {"amount": "1", "tiles": [], "difficulty": 1}, "tiles"),
        ("keno",   {"amount": "1", "tiles": [0], "difficulty": 1}, "tiles"),
        ("keno",   {"amount": "1", "tiles": [41], "difficulty": 1}, "tiles"),
        ("keno",   {"amount": "1", "tiles": list(range(1, 12)), "difficulty": 1}, "tiles"),
        ("keno",   {"amount": "1", "tiles": [1], "difficulty": "EXPERT"}, "difficulty"),
    ],
)  # fmt: skip
def test_a_bet_that_cannot_be_says_which_field_is_wrong(slug: Slug, bet: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        heard(slug, bet)
    assert where in {str(step) for step in wrong.value.errors()[0]["loc"]}


@pytest.mark.parametrize(
    ("slug", "bet", "code"),
    [
        ("dice",  {"amount": "1.001", "over": 1}, "invalid_amount"),
        ("dice",  {"amount": "-1", "over": 1}, "invalid_amount"),
        ("dice",  {"amount": "1e3", "over": 1}, "invalid_amount"),
        ("limbo", {"amount": "1", "target": "2.005"}, "invalid_param"),
        ("limbo", {"amount": "1", "target": "high"}, "invalid_param"),
        ("limbo", {"amount": "1", "target": "1.00"}, "param_out_of_range"),
        ("limbo", {"amount": "1", "target": "1000000.01"}, "param_out_of_range"),
    ],
)  # fmt: skip
def test_an_amount_below_the_currencys_unit_and_a_target_below_a_hundredth_are_told_apart(
    slug: Slug, bet: dict[str, Any], code: str
) -> None:
    with pytest.raises(Problem) as problem:
        heard(slug, bet)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("slug", "opening", "shown", "said"),
    [
        ("dice", DiceBet(amount=100, over=5_000), DiceShown(over=5_000, roll=7_312), {
            "bet": {"roll": 7_312, "result": RESULT},
            "state": {"over": 5_000, "result": 7_312},
            "data": {"amount": "1.00", "over": 5_000},
        }),
        ("limbo", LimboBet(amount=100, target=200), LimboShown(target=200, outcome=341), {
            "bet": {"outcome": "3.41", "result": RESULT},
            "state": {"target": "2.00", "outcome": "3.41"},
            "data": {"amount": "1.00", "target": "2.00"},
        }),
        ("wheel", WheelBet(amount=100, segments=10, difficulty="HIGH"),
         WheelShown(segments=10, difficulty="HIGH", outcome=9), {
            "bet": {"outcome": 9, "segments": 10, "difficulty": 3, "result": RESULT},
            "state": {"outcome": 9, "segments": 10, "difficulty": 3},
            "data": {"amount": "1.00", "segments": 10, "difficulty": 3},
        }),
        ("plinko", PlinkoBet(amount=100, rows=8, risk="LOW"),
         PlinkoShown(rows=8, risk="LOW", path=(1, 1, 0, 1, 0, 1, 1, 0), slot=5), {
            "bet": {"dropPoint": {"x": 5, "y": 8}, "path": [1, 1, 0, 1, 0, 1, 1, 0], "result": RESULT},
            "state": {
                "dropPoint": {"x": 5, "y": 8}, "path": [1, 1, 0, 1, 0, 1, 1, 0], "result": 5, "risk": 1, "rows": 8,
            },
            "data": {"amount": "1.00", "rows": 8, "risk": 1},
        }),
        ("keno", KenoBet(amount=100, tiles=(1, 7), difficulty="CLASSIC"),
         KenoShown(tiles=(1, 7), difficulty="CLASSIC", drawn=DRAWN), {
            "bet": {"pickedTiles": [1, 7], "resultTiles": list(DRAWN), "result": RESULT},
            "state": {"difficulty": 1, "result": list(DRAWN), "tiles": [1, 7]},
            "data": {"amount": "1.00", "tiles": [1, 7], "difficulty": 1},
        }),
    ],
)  # fmt: skip
def test_a_round_that_has_ended_is_told_whole(slug: Slug, opening: Any, shown: Any, said: dict[str, Any]) -> None:
    assert told(slug, opening, shown) == said


@pytest.mark.parametrize(
    ("slug", "opening", "shown", "said"),
    [
        ("dice", DiceBet(amount=100, under=50), DiceShown(under=50), {
            "bet": {}, "state": {"under": 50}, "data": {"amount": "1.00", "under": 50},
        }),
        ("limbo", LimboBet(amount=100, target=200), LimboShown(target=200), {
            "bet": {}, "state": {"target": "2.00"}, "data": {"amount": "1.00", "target": "2.00"},
        }),
        ("wheel", WheelBet(amount=100, segments=20, difficulty="LOW"), WheelShown(segments=20, difficulty="LOW"), {
            "bet": {"segments": 20, "difficulty": 1},
            "state": {"segments": 20, "difficulty": 1},
            "data": {"amount": "1.00", "segments": 20, "difficulty": 1},
        }),
        ("plinko", PlinkoBet(amount=100, rows=8, risk="LOW"), PlinkoShown(rows=8, risk="LOW"), {
            "bet": {}, "state": {"risk": 1, "rows": 8}, "data": {"amount": "1.00", "rows": 8, "risk": 1},
        }),
        ("keno", KenoBet(amount=100, tiles=(7,), difficulty="LOW"), KenoShown(tiles=(7,), difficulty="LOW"), {
            "bet": {"pickedTiles": [7]},
            "state": {"difficulty": 2, "tiles": [7]},
            "data": {"amount": "1.00", "tiles": [7], "difficulty": 2},
        }),
    ],
)  # fmt: skip
def test_of_a_round_whose_stake_is_asked_for_no_more_is_told_than_the_bet(
    slug: Slug, opening: Any, shown: Any, said: dict[str, Any]
) -> None:
    assert told(slug, opening, shown, "initializing") == said


@pytest.mark.parametrize(
    ("slug", "asked", "query", "verified", "said"),
    [
        ("dice", {}, DiceVerify(), DiceVerified(roll=7_312), {"roll": 7_312}),
        ("limbo", {}, LimboVerify(), LimboVerified(outcome=341), {"outcome": "3.41"}),
        ("wheel", {"segments": "SEGMENTS_10", "difficulty": 3}, WheelVerify(segments=10, difficulty="HIGH"),
         WheelVerified(segments=10, difficulty="HIGH", outcome=9, multiplier="99/10"),
         {"outcome": 9, "segments": 10, "difficulty": 3, "multiplier": "9.90"}),
        ("plinko", {"rows": 8, "risk": "LOW"}, PlinkoVerify(rows=8, risk="LOW"),
         PlinkoVerified(path=(1, 1, 0, 1, 0, 1, 1, 0), slot=5, multiplier="99/100"),
         {"dropPoint": {"x": 5, "y": 8}, "path": [1, 1, 0, 1, 0, 1, 1, 0], "multiplier": "0.99"}),
        ("keno", {"difficulty": "classic"}, KenoVerify(difficulty="CLASSIC"), KenoVerified(drawn=DRAWN),
         {"resultTiles": list(DRAWN)}),
    ],
)  # fmt: skip
def test_whoever_asks_what_seeds_come_to_is_understood_and_told(
    slug: Slug, asked: dict[str, Any], query: Any, verified: Any, said: dict[str, Any]
) -> None:
    manner = MANNERS[slug]
    assert manner.ask(manner.verify.model_validate_json(json.dumps(asked))) == query
    assert manner.verified(verified).model_dump(mode="json") == said
