"""Money at the edge: decimal text becomes whole units exactly, or is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import LARGEST_SCALE, LARGEST_UNITS, MICRO, MICRO_SCALE, BadAmount, parse, render, split

scales = st.integers(0, LARGEST_SCALE)
shares = st.lists(st.integers(0, 10_000), min_size=1, max_size=20).filter(any)


@pytest.mark.parametrize(
    ("amount",             "scale", "units"),
    [
        ("12.50",              2,       1_250),
        ("12.5",               2,       1_250),
        ("12",                 2,       1_200),
        ("0",                  2,       0),
        ("0.01",               2,       1),
        ("9007199254740992",   0,       2**53),
        ("90071992547409.92",  2,       2**53),
        ("0.000001",           6,       1),
        (7,                    2,       700),
        (0,                    0,       0),
        (Decimal("0.1"),       6,       100_000),
        (Decimal("100.0"),     6,       100 * MICRO),
        (Decimal("0.00000001"), 8,      1),
        ("0.000000000000000001", 18,    1),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly(amount: str | int | Decimal, scale: int, units: int) -> None:
    assert parse(amount, scale) == units


@pytest.mark.parametrize(
    ("amount",              "scale", "words"),
    [
        ("0.001",               2,       "has 3 decimals, at most 2"),
        ("1.50",                1,       "has 2 decimals, at most 1"),
        ("1.0",                 0,       "has 1 decimals, at most 0"),
        (Decimal("0.0000001"),  6,       "has 7 decimals, at most 6"),
        ("1e2",                 2,       "plain decimal"),
        ("1E-2",                2,       "plain decimal"),
        (Decimal("1e2"),        2,       "plain decimal"),
        (Decimal("1e999999"),   2,       "plain decimal"),
        (Decimal("1e-999999"),  2,       "plain decimal"),
        ("NaN",                 2,       "plain decimal"),
        (Decimal("NaN"),        2,       "plain decimal"),
        (Decimal("Infinity"),   2,       "plain decimal"),
        ("-Infinity",           2,       "plain decimal"),
        ("",                    2,       "plain decimal"),
        (" 1",                  2,       "plain decimal"),
        ("1\n",                 2,       "plain decimal"),
        ("+1",                  2,       "plain decimal"),
        (".5",                  2,       "plain decimal"),
        ("5.",                  2,       "plain decimal"),
        ("007",                 2,       "plain decimal"),
        ("1,000",               2,       "plain decimal"),
        ("1_000",               2,       "plain decimal"),
        ("0x10",                2,       "plain decimal"),
        ("١",                   2,       "plain decimal"),
        ("-1",                  2,       "must not be negative"),
        (-1,                    2,       "must not be negative"),
        (Decimal("-0.01"),      2,       "must not be negative"),
        ("9007199254740993",    0,       "too large"),
        ("90071992547409.93",   2,       "too large"),
        (2**53 + 1,             0,       "too large"),
        ("1" * 41,              0,       "too long"),
        ("0." + "0" * 100_000,  2,       "too long"),
        (1.5,                   2,       "exact number"),
        (True,                  2,       "exact number"),
        (None,                  2,       "exact number"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_reason(amount: Any, scale: int, words: str) -> None:
    with pytest.raises(BadAmount, match=words):
        parse(amount, scale)


def test_an_integer_too_large_to_be_written_is_refused_all_the_same() -> None:
    with pytest.raises(BadAmount, match="too large"):
        parse(10**5_000, 0)


def test_an_amount_below_zero_is_read_where_it_makes_sense() -> None:
    assert parse("-12.50", 2, signed=True) == -1_250
    assert parse(-3, 0, signed=True) == -3
    with pytest.raises(BadAmount, match="too large"):
        parse("-9007199254740993", 0, signed=True)


@pytest.mark.parametrize(
    ("units", "scale", "text"),
    [
        (1_250, 2, "12.50"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 2, "0.00"),
        (0, 0, "0"),
        (7, 0, "7"),
        (1, MICRO_SCALE, "0.000001"),
    ],
)
def test_units_are_written_with_all_their_decimals(units: int, scale: int, text: str) -> None:
    assert render(units, scale) == text


@given(st.integers(-LARGEST_UNITS, LARGEST_UNITS), scales)
def test_what_is_written_is_read_back_the_same(units: int, scale: int) -> None:
    text = render(units, scale)
    assert parse(text, scale, signed=True) == units
    assert parse(json.loads(text, parse_float=Decimal), scale, signed=True) == units


@given(st.decimals(0, 10**9, places=6), st.integers(6, LARGEST_SCALE))
def test_reading_agrees_with_decimal_arithmetic(amount: Decimal, scale: int) -> None:
    units = int(amount.scaleb(scale))
    if units <= LARGEST_UNITS:
        assert parse(f"{amount:f}", scale) == units
    else:
        with pytest.raises(BadAmount):
            parse(f"{amount:f}", scale)


@given(st.text(max_size=50) | st.from_regex(r"-?[0-9]+(\.[0-9]*)?([eE][0-9]+)?", fullmatch=True), scales)
def test_no_text_makes_reading_fall_over(text: str, scale: int) -> None:
    try:
        units = parse(text, scale)
    except BadAmount:
        return
    assert 0 <= units <= LARGEST_UNITS


@pytest.mark.parametrize("scale", [-1, LARGEST_SCALE + 1])
def test_an_asset_cannot_have_such_a_scale(scale: int) -> None:
    with pytest.raises(ValueError, match="decimals"):
        parse("1", scale)
    with pytest.raises(ValueError, match="decimals"):
        render(1, scale)


@pytest.mark.parametrize(
    ("pool", "among", "parts"),
    [
        (10_000, [50, 30, 20], [5_000, 3_000, 2_000]),
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [50, 30, 20], [1, 0, 0]),
        (0, [1, 2], [0, 0]),
        (5, [0, 1, 1], [0, 3, 2]),
        (7, [3], [7]),
    ],
)
def test_a_pool_is_split_by_shares_and_the_rest_goes_to_the_first(
    pool: int, among: list[int], parts: list[int]
) -> None:
    assert split(pool, among) == parts


@given(st.integers(0, 2**60), shares)
def test_a_split_gives_away_the_pool_and_nothing_else(pool: int, among: list[int]) -> None:
    parts = split(pool, among)
    assert sum(parts) == pool
    first = next(i for i, share in enumerate(among) if share)
    for i, (part, share) in enumerate(zip(parts, among, strict=True)):
        fair = pool * share // sum(among)
        assert fair <= part < fair + len(among) if i == first else part == fair


@pytest.mark.parametrize(("pool", "among"), [(1, []), (1, [0, 0]), (-1, [1]), (1, [2, -1])])
def test_a_split_among_nobody_is_refused(pool: int, among: list[int]) -> None:
    with pytest.raises(ValueError, match="share"):
        split(pool, among)
