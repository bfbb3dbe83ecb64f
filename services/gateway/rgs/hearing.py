"""Understands what a client says to its game, and says in the door's own codes what cannot be understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from services.gateway.problem import Problem
from services.gateway.rgs.games.manner import Manner, Money, MoveAsked
from services.gateway.rgs.games.registry import MANNERS
from shared.definitions import said_by
from shared.ids import RoundId
from shared.messages.play import Move, Opening, Verify

VERIFY: Final = "verify"
AMOUNTS: Final = frozenset({"amount", "perfectPairs", "threeCardPoker"})
"""Fields that are money, in whatever game."""
UNREADABLE: Final = ("extra_forbidden", "invalid_key")
RANGES: Final = ("greater_than", "less_than", "too_long", "too_short", "string_too_long", "string_too_short")
"""How the kinds of errors begin that are about a value which reads well."""
NULL: Final = "must not be null"


class Heard(NamedTuple):
    """What was said, in our words."""

    act: str
    """The field of the message that said it."""
    said: Opening | Move
    round_id: RoundId | None
    """Of a move."""


def hear(manner: Manner, message: Mapping[str, Any], money: Money) -> Heard:
    """Read what is to be played. Raises Problem."""
    act, content = _only(message, manner.query.model_fields)
    try:
        asked = getattr(manner.query.model_validate({act: content}), act)
    except ValidationError as error:
        raise _problem(error) from None
    said = _read(manner, act, asked, money)
    return Heard(act, said, RoundId(asked.round_id) if isinstance(asked, MoveAsked) else None)


def _read(manner: Manner, act: str, asked: Any, money: Money) -> Opening | Move:
    """The same in our words. Raises Problem."""
    try:
        return manner.read[act](asked, money)
    except ValidationError as error:
        raise _problem(error, act) from None
    except Problem as problem:  # which begins with its path
        raise Problem(problem.code, f"{act}.{problem.text}", path=f"{act}.{problem.path}") from None


def question(manner: Manner, message: Mapping[str, Any]) -> Verify:
    """Read what is to be verified. Raises Problem."""
    _, content = _only(message, (VERIFY,))
    try:
        return manner.ask(manner.verify.model_validate(content))
    except ValidationError as error:
        raise _problem(error, VERIFY) from None


def placed(act: str, problem: Problem) -> Problem:
    """What a game has against something, in its own words and with the place in what was said, if it tells one."""
    field, said = problem.details.get("path"), problem.details.get("problem")
    if field is None or said is None:
        return problem
    path = act if field == act else f"{act}.{to_camel(field)}"
    return Problem(problem.code, f"{path}: {said}", path=path, details=problem.details)


def _only(message: Mapping[str, Any], known: Any) -> tuple[str, Any]:
    """The one thing that is said. Raises Problem."""
    said = {name: content for name, content in message.items() if content is not None}
    if len(said) != 1:
        raise Problem("invalid", f"message: say exactly one of {', '.join(known)}", path="message")
    act, content = next(iter(said.items()))
    if act in known:
        return act, content
    elsewhere = act == VERIFY or any(act in manner.query.model_fields for manner in MANNERS.values())
    raise Problem(
        "invalid_request_type" if elsewhere else "invalid",
        f"message: {act[:32]!r} cannot be said here; say one of {', '.join(known)}",
        path="message",
    )


def _problem(error: ValidationError, *within: str) -> Problem:
    """The first thing that is wrong, in the door's words, and where: within these fields, if the error cannot know."""
    first = error.errors(include_url=False, include_context=False)[0]
    kind, null = first["type"], first["input"] is None
    names = _names((*within, *first["loc"]), known=kind not in UNREADABLE)
    path = ".".join(names)
    return Problem(_code(kind, names, null=null), f"{path}: {_said(kind, first['msg'], null=null)}", path=path)


def _names(place: tuple[int | str, ...], *, known: bool) -> list[str]:
    """The steps to a field: in camelCase, and the last as it was written if there is no such field."""
    names = [to_camel(step) if isinstance(step, str) else str(step) for step in place]
    return names if known else [*names[:-1], str(place[-1])]


def _said(kind: str, text: str, *, null: bool) -> str:
    if kind in UNREADABLE:
        return text
    return NULL if null else said_by(kind, text)


def _code(kind: str, names: list[str], *, null: bool) -> str:
    if kind in UNREADABLE:
        return "invalid"
    if names[-1] in AMOUNTS:
        return "invalid_amount"
    if kind.startswith(RANGES):
        return "param_out_of_range"
    return "invalid" if kind.endswith("_type") and not null else "invalid_param"
