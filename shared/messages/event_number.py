"""The numbers that events count in: exact decimals where people write them, whole millionths everywhere else."""

from __future__ import annotations

from decimal import Decimal
from numbers import Rational, Real
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from shared.money import MICRO, MICRO_SCALE

LARGEST_NUMBER: Final = 10**12
"""Of a metric or a score, in whole units, either way."""
LARGEST_MICROS: Final = LARGEST_NUMBER * MICRO
_EXACT_IN_JSON: Final = 10**9
"""A JSON number below it keeps six decimals in every reader; larger ones with decimals are written as text."""


def _read(number: Any) -> Any:
    """A JSON number or decimal text as it was written; text alone is exact beyond 15 digits."""
    if isinstance(number, bool) or not isinstance(number, Real | str):
        return number
    told: Any = number
    if not isinstance(told, Rational | str) and told % 1 and abs(told) >= _EXACT_IN_JSON:
        raise ValueError(f"write numbers of {_EXACT_IN_JSON} and more with decimals as text, so that they stay exact")
    try:
        return Decimal(str(number))
    except ArithmeticError:
        raise ValueError("must be a decimal number such as 12.5") from None


def _exact(number: Decimal) -> Decimal:
    """The number in its shortest form, so that `10`, `10.0` and `"10"` are one definition."""
    if not number.is_finite() or abs(number) > LARGEST_NUMBER:
        raise ValueError(f"must be a number between -{LARGEST_NUMBER} and {LARGEST_NUMBER}")
    if int(number.as_tuple().exponent) < -MICRO_SCALE:
        raise ValueError(f"has more than {MICRO_SCALE} decimals")
    whole, rest = divmod(abs(micros_of(number)), MICRO)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return Decimal(text if number >= 0 or text == "0" else f"-{text}")


def micros_of(number: Decimal) -> int:
    """The number in millionths; it has at most six decimals."""
    return int(number.scaleb(MICRO_SCALE))


Number = Annotated[Decimal, BeforeValidator(_read), AfterValidator(_exact)]
"""At most 10**12 either way, with at most 6 decimals; a JSON number or decimal text."""
MetricKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
