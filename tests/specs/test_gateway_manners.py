"""Games are spoken to in one manner: names in either case, enumerations by number or name, exact amounts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from services.gateway.problem import Problem
from services.gateway.rgs.errors import DIALECT, WORDS
from services.gateway.rgs.games.manner import Enumeration, Money, MoveAsked, hundredths, times
from services.gateway.rgs.games.registry import MANNERS
from services.gateway.rgs.hearing import hear, placed, question
from services.gateway.rgs.wire import RoundBody
from services.gateway.strict import read_body
from shared.messages.games.dice import DiceBet

RISKS = Enumeration("RISK", {"LOW": 1, "VERY_HIGH": 4})
CENTS = Money(2)
DICE = MANNERS["dice"]


@pytest.mark.parametrize("said", [4, "RISK_VERY_HIGH", "VERY_HIGH", "very_high", "veryHigh", "risk_very_high"])
def test_an_enumeration_is_read_by_number_and_by_name(said: Any) -> None:
    assert RISKS.read(said) == "VERY_HIGH"


@pytest.mark.parametrize("said", [0, 3, "4", "", "HIGH", "RISK", True, None, 4.0, [4]])
def test_what_is_none_of_it_is_refused(said: Any) -> None:
    with pytest.raises(ValueError, match=r"RISK_LOW \(1\), RISK_VERY_HIGH \(4\)"):
        RISKS.read(said)


@pytest.mark.parametrize(
    ("exact", "shown"),
    [("9900/4999", "1.98"), ("9/8", "1.12"), ("2", "2.00"), (Fraction(0), "0.00"), ("199/100", "1.99")],
)
def test_a_multiplier_is_shown_rounded_down(exact: str | Fraction, shown: str) -> None:
    assert times(exact) == shown


def test_amounts_and_multipliers_are_read_exactly_or_not_at_all() -> None:
    assert (CENTS.units("1.50"), CENTS.text(150), hundredths("2.00", "target")) == (150, "1.50", 200)
    for read, text, code in ((CENTS.units, "1.005", "invalid_amount"), (hundredths, "2.001", "invalid_param")):
        with pytest.raises(Problem) as refused:
            read(text, "field")
        assert (refused.value.code, refused.value.path) == (code, "field")


def test_names_are_read_in_either_case_and_whole_numbers_as_text() -> None:
    keno = MANNERS["keno"]
    assert hear(keno, {"bet": {"amount": "1", "tiles": ["1", 2], "difficulty": "low"}}, CENTS).act == "bet"
    mines = MANNERS["mines"]
    for said in ({"mineCount": 3, "gridSize": "25"}, {"mine_count": "3", "grid_size": 25}):
        assert hear(mines, {"start": {"amount": "1.00", **said}}, CENTS).said.mine_count == 3  # type: ignore[union-attr]
    with pytest.raises(Problem) as refused:
        hear(mines, {"start": {"amount": "1.00", "mineCount": 3, "mine_count": 3}}, CENTS)
    assert refused.value.code == "invalid"


def test_what_is_heard_says_what_is_begun_and_what_is_gone_on_with() -> None:
    heard = hear(DICE, {"bet": {"amount": "1.00", "over": 5000}, "other": None}, CENTS)
    assert heard == ("bet", DiceBet(amount=100, over=5_000), None)
    assert hear(MANNERS["mines"], {"cashout": {"roundId": "it"}}, CENTS).round_id == "it"


@pytest.mark.parametrize("slug", ["mines", "towers"])
def test_a_field_to_reveal_that_is_left_out_is_the_first(slug: Any) -> None:
    for said in ({"roundId": "it"}, {"roundId": "it", "field": 0}):
        reveal = hear(MANNERS[slug], {"reveal": said}, CENTS).said
        assert reveal.field == 0  # type: ignore[union-attr]


def test_what_else_is_left_out_is_not_taken_for_zero() -> None:
    assert hear(DICE, {"bet": {"amount": "1.00"}}, CENTS).said == DiceBet(amount=100)
    assert refused_by("dice", {"bet": {"over": 0}}).code == "invalid_amount"
    assert refused_by("towers", {"start": {"amount": "1.00"}}).code == "invalid_param"
    assert refused_by("mines", {"reveal": {"field": 0}}).code == "invalid_param"


def refused_by(slug: Any, message: dict[str, Any]) -> Problem:
    """Why a game does not understand this."""
    with pytest.raises(Problem) as refused:
        question(MANNERS[slug], message) if "verify" in message else hear(MANNERS[slug], message, CENTS)
    return refused.value


OBJECT = "must be an object"
NULL = "must not be null"
WHOLE = "Input should be a valid integer"
EXTRA = "Extra inputs are not permitted"
NEEDED = "Field required"
TEXT = "must be a plain decimal number such as 12.50, without exponent"
IT = {"roundId": "it"}
ONE = {"amount": "1"}
THREE = {"amount": "1", "mineCount": 3}
PAIRS = {"perfect_pairs": "x"}
MISSES: tuple[tuple[Any, dict[str, Any], str, str, str], ...] = (
    ("dice",      {"bet": 7},                                 "invalid",        "bet",                         OBJECT),
    ("dice",      {"bet": []},                                "invalid",        "bet",                         OBJECT),
    ("dice",      {"bet": {"amount": None, "over": 5}},       "invalid_amount", "bet.amount",                  NULL),
    ("dice",      {"bet": {"amount": "x", "over": 5}},        "invalid_amount", "bet.amount",                  TEXT),
    ("mines",     {"verify": 7},                              "invalid",        "verify",                      OBJECT),
    ("mines",     {"verify": {}},                             "invalid_param",  "verify.mineCount",            NEEDED),
    ("mines",     {"verify": {"mine_count": "x"}},            "invalid",        "verify.mineCount",            WHOLE),
    ("mines",     {"verify": {"mine_count": None}},           "invalid_param",  "verify.mineCount",            NULL),
    ("mines",     {"start": {**ONE, "mineCount": None}},      "invalid_param",  "start.mineCount",             NULL),
    ("mines",     {"start": {**ONE, "mine_count": None}},     "invalid_param",  "start.mineCount",             NULL),
    ("mines",     {"start": {**ONE, "mine_count": []}},       "invalid",        "start.mineCount",             WHOLE),
    ("mines",     {"start": {**THREE, "gridSize": None}},     "invalid_param",  "start.gridSize",              NULL),
    ("mines",     {"start": {**THREE, "mine_count": 3}},      "invalid",        "start.mine_count",            EXTRA),
    ("mines",     {"start": {**THREE, "no_such": None}},      "invalid",        "start.no_such",               EXTRA),
    ("mines",     {"instant": {**THREE, "fields": None}},     "invalid_param",  "instant.fields",              NULL),
    ("mines",     {"instant": {**THREE, "fields": [None]}},   "invalid_param",  "instant.fields.0",            NULL),
    ("mines",     {"reveal": {"round_id": None, "field": 1}}, "invalid_param",  "reveal.roundId",              NULL),
    ("mines",     {"reveal": {**IT, "field": None}},          "invalid_param",  "reveal.field",                NULL),
    ("hilo",      {"next": {**IT, "action": None}},           "invalid_param",  "next.action",                 NULL),
    ("limbo",     {"bet": {**ONE, "target": None}},           "invalid_param",  "bet.target",                  NULL),
    ("wheel",     {"bet": {**ONE, "segments": None}},         "invalid_param",  "bet.segments",                NULL),
    ("blackjack", {"start": {**ONE, "side_bets": None}},      "invalid_param",  "start.sideBets",              NULL),
    ("blackjack", {"start": {**ONE, "side_bets": 7}},         "invalid",        "start.sideBets",              OBJECT),
    ("blackjack", {"start": {**ONE, "side_bets": PAIRS}},     "invalid_amount", "start.sideBets.perfectPairs", TEXT),
)  # fmt: skip


@pytest.mark.parametrize(("slug", "message", "code", "path", "problem"), MISSES)
def test_what_is_amiss_is_told_with_its_place_in_the_message(
    slug: Any, message: dict[str, Any], code: str, path: str, problem: str
) -> None:
    refused = refused_by(slug, message)
    assert (refused.code, refused.path, refused.text) == (code, path, f"{path}: {problem}")


def test_what_a_model_of_ours_has_against_a_number_is_told_with_its_place_as_well() -> None:
    refused = refused_by("plinko", {"bet": {"amount": "1", "rows": 99, "risk": 1}})
    assert (refused.code, refused.path) == ("param_out_of_range", "bet.rows")


@pytest.mark.parametrize(
    ("act", "details", "text"),
    [
        ("cashout", {"path": "cashout", "problem": "not yet"}, "cashout: not yet"),
        ("start", {"path": "mine_count", "problem": "too many"}, "start.mineCount: too many"),
        ("start", {"round_id": "it"}, None),
    ],
)
def test_what_a_game_has_against_something_is_told_in_its_own_words(
    act: str, details: dict[str, Any], text: str | None
) -> None:
    told = placed(act, Problem("invalid_request_type", details=details))
    assert (told.code, told.details, told.text) == ("invalid_request_type", details, text)


@pytest.mark.parametrize("raw", [b"[]", b"7", b"null"])
def test_a_body_that_is_no_object_is_told_so_without_the_names_of_our_models(raw: bytes) -> None:
    with pytest.raises(Problem) as refused:
        read_body(RoundBody, raw)
    assert (refused.value.code, refused.value.text) == ("invalid", OBJECT)


@pytest.mark.parametrize("slug", MANNERS)
def test_every_game_refuses_what_is_not_its_own(slug: Any) -> None:
    manner = MANNERS[slug]
    assert manner.slug == slug
    refusals: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, "invalid"),
        ({"dance": {}}, "invalid"),
        ({"verify": {}}, "invalid_request_type"),
        ({"bet": {}, "start": {}}, "invalid"),
    )
    for message, code in refusals:
        with pytest.raises(Problem) as refused:
            hear(manner, message, CENTS)
        assert refused.value.code == code
    for act in manner.read:
        with pytest.raises(Problem) as refused:
            hear(manner, {act: {"unknown": 1}}, CENTS)
        assert refused.value.code in ("invalid", "invalid_amount", "invalid_param")
        with pytest.raises(Problem) as refused:
            hear(manner, {act: 7}, CENTS)
        assert refused.value.code == "invalid"
    with pytest.raises(Problem):
        question(manner, {"verify": {"unknown": 1}})


def test_games_in_steps_are_those_that_take_moves() -> None:
    def moves(slug: Any) -> bool:
        shapes = [field.annotation for field in MANNERS[slug].query.model_fields.values()]
        return any(MoveAsked in getattr(kind, "__mro__", ()) for shape in shapes for kind in shape.__args__)  # type: ignore[union-attr]

    assert {slug for slug in MANNERS if moves(slug)} == {slug for slug, manner in MANNERS.items() if manner.in_steps}


def test_every_refusal_has_a_category_and_what_the_operator_says_goes_before_ours() -> None:
    for code in WORDS:
        _, body = DIALECT.answer(Problem(code))
        assert b'"category":"ERROR_CATEGORY_' in body
    _, body = DIALECT.answer(Problem("operator_rejected", details={"message": "Not today."}))
    assert b'"message":"Not today."' in body
    _, body = DIALECT.answer(Problem("nobody has words for this"))
    assert b"ERROR_CODE_INTERNAL" in body
