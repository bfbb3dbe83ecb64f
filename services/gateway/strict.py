"""Reads what callers send, strictly: one meaning, exact numbers, plain text, nothing unknown."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from services.gateway.problem import Problem
from services.gateway.route import Exact
from shared.definitions import path_of, said_by
from shared.ids import is_id
from shared.messages.base import LARGEST_AMOUNT

Body = TypeVar("Body", bound=BaseModel)

LONGEST_NUMBER: Final = 32
DEEPEST: Final = 100
"""Levels of lists and objects. Half of what our readers take, since a body travels inside a message of ours."""
MOST_QUERY_FIELDS: Final = 32


def read_body(model: type[Body], raw: bytes) -> Body:
    """The body as its model. One whose fields may all be left out may itself be left out.

    Raises:
        Problem: `invalid`, with the first field that is wrong.
    """
    if not raw and not any(field.is_required() for field in model.model_fields.values()):
        return model()
    value = check_json(raw)
    try:
        return model.model_validate(value) if issubclass(model, Exact) else model.model_validate_json(raw)
    except ValidationError as error:
        raise _invalid(error) from None


def read_query(model: type[Body], raw: bytes) -> Body:
    """The query as its model; an unknown or repeated name is refused.

    Raises:
        Problem: `invalid`.
    """
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_FIELDS
        )
    except ValueError:
        raise Problem("invalid", "the query is not a list of `name=value` in UTF-8") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise Problem("invalid", "a name stands twice in the query")
    for name, value in pairs:
        _check_text(name)
        _check_text(value)
    try:
        return model.model_validate_strings(dict(pairs))
    except ValidationError as error:
        raise _invalid(error) from None


def check_json(raw: bytes) -> Any:
    """What the bytes say, if they are JSON that every reader understands alike; decimal numbers digit by digit.

    Refused are repeated names, integers beyond 2^53, numbers that are none, NUL characters and lone surrogates, at
    any depth, and more than DEEPEST levels.

    Raises:
        Problem: `invalid`.
    """
    if not raw:
        raise Problem("invalid", "the body is missing; send a JSON object")
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, UnicodeDecodeError) as error:
        raise Problem("invalid", f"the body is not acceptable JSON: {error}") from None
    if raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _check_depth(value)
    if b"\\u" in raw:
        _check_texts(value)
    return value


def check_id(text: str) -> str:
    """The id itself. Raises ValueError if nothing can be called so."""
    if not is_id(text):
        raise ValueError("must be 1 to 128 printable characters without slashes")
    return text


def _invalid(error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path, said = path_of(first["loc"]), said_by(first["type"], first["msg"])
    return Problem("invalid", f"{path}: {said}" if path else said, path=path or None)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER or abs(number := int(digits)) > LARGEST_AMOUNT:
        raise ValueError("an integer is beyond 2^53 and would not be exact everywhere")
    return number


def _decimal(digits: str) -> Decimal:
    if not math.isfinite(float(digits)):
        raise ValueError("a number is too large")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise ValueError("a number is too small") from None


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
    if any(isinstance(one, list | dict) for one in level):
        raise _too_deep()


def _inside(value: Any) -> Iterable[Any]:
    match value:
        case list():
            return value
        case dict():
            return value.values()
        case _:
            return ()


def _too_deep() -> Problem:
    return Problem("invalid", "the body is nested too deeply")


def _check_texts(value: Any) -> None:
    match value:
        case str():
            _check_text(value)
        case dict():
            for name, inner in value.items():
                _check_text(name)
                _check_texts(inner)
        case list():
            for inner in value:
                _check_texts(inner)
        case _:
            pass


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Problem("invalid", "a NUL character cannot be stored")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Problem("invalid", "a surrogate stands alone; text must be valid Unicode")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)
