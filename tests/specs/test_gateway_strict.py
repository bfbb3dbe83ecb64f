"""What callers send has one meaning, or is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator

from services.gateway.engagement.common import Micros, show_micros
from services.gateway.problem import Problem
from services.gateway.route import Exact, Strict
from services.gateway.strict import check_id, check_json, read_body, read_query
from shared.ids import is_id
from shared.messages.base import LARGEST_AMOUNT


class Body(Strict):
    name: str
    amount: int = 0


class Fed(Exact):
    amount: Micros


class Unneeded(Strict):
    name: str | None = None


class Query(Strict):
    name: Annotated[str, AfterValidator(check_id)] | None = None
    limit: int = 10


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
exact = st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT)
values = st.recursive(
    st.none() | st.booleans() | exact | plain | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(plain, inner),
)


def problem_of(raw: bytes) -> str | None:
    try:
        check_json(raw)
    except Problem as problem:
        return problem.text if problem.code == "invalid" else problem.code
    return None


@given(values)
def test_everything_that_is_exact_and_plain_is_taken(value: Any) -> None:
    assert problem_of(json.dumps(value).encode()) is None
    assert problem_of(json.dumps(value, ensure_ascii=False).encode()) is None


@given(st.binary())
def test_any_bytes_are_taken_or_refused_and_nothing_else(raw: bytes) -> None:
    problem_of(raw)


WRONG = [
    (b"",                            "missing"),
    (b"{",                           "not acceptable"),
    (b'{"a":1,"a":1}',               "twice"),
    (b'[{"b":{"a":1,"a":2}}]',       "twice"),
    (b"9007199254740993",            "2^53"),
    (b"[-9007199254740993]",         "2^53"),
    (b'{"a":' + b"1" * 6_000 + b"}", "2^53"),
    (b"NaN",                         "no number"),
    (b"[Infinity]",                  "no number"),
    (b"-1e400",                      "too large"),
    (b"1e-99999999999999999999",     "too small"),
    (b'"\\u0000"',                   "NUL"),
    (b'{"\\u0000":1}',               "NUL"),
    (b'["\\ud83d"]',                 "surrogate"),
    (b'{"a":["\\udc00\\ud800"]}',    "surrogate"),
    (b"\xff",                        "not acceptable"),
    (b"\xef\xbb\xbf{}",              "not acceptable"),
    (b"[" * 100_000,                 "deep"),
    (b"[" * 101 + b"]" * 101,        "deep"),
    (b'{"a":' * 101 + b"0" + b"}" * 101, "deep"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "word"), WRONG, ids=[repr(raw[:20]) for raw, _ in WRONG])
def test_what_readers_could_take_differently_is_refused(raw: bytes, word: str) -> None:
    assert word in (problem_of(raw) or "")


@pytest.mark.parametrize("raw", [b'"\\ud83d\\ude00"', b'"\\\\u0000"', b"9007199254740992", b"1e300", b" {} \n"])
def test_what_only_looks_wrong_is_taken(raw: bytes) -> None:
    assert problem_of(raw) is None


@pytest.mark.parametrize("raw", [b"[" * 100 + b"]" * 100, b"[" + b"[]," * 1_000 + b'{"a":[]}]'])
def test_a_body_may_have_so_many_levels_and_any_number_of_lists(raw: bytes) -> None:
    assert problem_of(raw) is None


def test_a_body_becomes_its_model_or_names_the_field() -> None:
    assert read_body(Body, b'{"name":"x","amount":2}') == Body(name="x", amount=2)
    with pytest.raises(Problem) as caught:
        read_body(Body, b'{"name":"x","amount":"2"}')
    assert caught.value.path == "amount"
    assert str(caught.value).startswith("amount: ")


def test_a_body_whose_fields_may_all_be_left_out_may_be_left_out() -> None:
    assert read_body(Unneeded, b"") == read_body(Unneeded, b"{}") == Unneeded()
    with pytest.raises(Problem, match="missing"):
        read_body(Body, b"")


@given(st.decimals(0, 9_000_000_000, places=6), st.integers(0, 6))
def test_an_amount_is_read_digit_by_digit_as_a_number_and_as_text(amount: Decimal, decimals: int) -> None:
    micros = int(amount * 10**6)
    assert read_body(Fed, f'{{"amount":{amount:f}}}'.encode()) == Fed.model_construct(amount=micros)
    assert read_body(Fed, f'{{"amount":"{amount:f}"}}'.encode()) == Fed.model_construct(amount=micros)
    shown = show_micros(micros, decimals)
    assert Decimal(shown) == amount
    assert len(shown.partition(".")[2]) >= decimals


@pytest.mark.parametrize(
    ("micros", "decimals", "text"),
    [(100_500_000, 2, "100.50"), (100_503_000, 2, "100.503"), (1, 0, "0.000001"), (7_000_000, 0, "7")],
)  # fmt: skip
def test_an_amount_is_shown_with_the_assets_decimals_and_with_more_only_if_there_is_more(
    micros: int, decimals: int, text: str
) -> None:
    assert show_micros(micros, decimals) == text


@pytest.mark.parametrize(
    "amount",
    [b"0.1234567", b"1.0000000", b"0.10000000000000000000001", b"-1", b"1E3", b'"1e3"', b"true", b"null", b"[]"],
)
def test_what_is_not_exactly_an_amount_is_refused(amount: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_body(Fed, b'{"amount":' + amount + b"}")
    assert caught.value.path == "amount"


def test_what_was_sent_is_not_repeated_in_the_error() -> None:
    with pytest.raises(Problem) as caught:
        read_body(Body, b'{"name":["hunter2"]}')
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "query"),
    [(b"", Query()), (b"name=a%20b", Query(name="a b")), (b"limit=7&name=%C3%A9", Query(name="é", limit=7))],
)
def test_a_query_becomes_its_model(raw: bytes, query: Query) -> None:
    assert read_query(Query, raw) == query


@pytest.mark.parametrize(
    "raw", [b"nome=a", b"name=a&name=b", b"name=%00", b"name=%FF", b"name=a%2Fb", b"limit=x", b"limit=", b"\xff=1",
            b"&".join(b"a%d=1" % i for i in range(40))]
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(raw: bytes) -> None:
    with pytest.raises(Problem):
        read_query(Query, raw)


@given(st.text(max_size=140))
def test_an_id_is_taken_exactly_if_it_can_name_a_thing(text: str) -> None:
    try:
        assert check_id(text) == text
    except ValueError:
        assert not is_id(text)
    else:
        assert is_id(text)
