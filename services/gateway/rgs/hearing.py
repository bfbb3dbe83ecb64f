"""Understands what a client says to its game, and says in the door's own codes what cannot be understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from services.gateway.problem import Problem
from services.gateway.rgs.games.manner import Manner, Money, MoveAsked
from services.gateway.rgs.games.registry import MANNERS
from shared.ids import RoundId
from shared.messages.play import Move, Opening, Verify

VERIFY: Final = "verify"
AMOUNTS: Final = frozenset({"amount", "perfectPairs", "threeCardPoker"})
"""Fields that are money, in whatever game."""
UNREADABLE: Final = ("extra_forbidden", "invalid_key")
RANGES: Final = ("greater_than", "less_than", "too_long", "too_short", "string_too_long", "string_too_short")
"""How the kinds of errors begin that are about a value which reads well."""
BY_US: Final = "Value error, "
"""How pydantic begins what our own reading of a field says."""


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
        said = manner.read[act](asked, money)
    except ValidationError as error:
        raise _problem(error) from None
    return Heard(act, said, RoundId(asked.round_id) if isinstance(asked, MoveAsked) else None)


def question(manner: Manner, message: Mapping[str, Any]) -> Verify:
    """Read what is to be verified. Raises Problem."""
    _, content = _only(message, (VERIFY,))
    try:
        return manner.ask(manner.verify.model_validate(content))
    except ValidationError as error:
        raise _problem(error) from None


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


def _problem(error: ValidationError) -> Problem:
    """The first thing that is wrong, in the door's words."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    names = [to_camel(step) if isinstance(step, str) else str(step) for step in first["loc"]]
    path = ".".join(names)
    said = first["msg"].removeprefix(BY_US)
    text = f"{path}: {said}" if path else said
    return Problem(_code(first["type"], names), text, path=path or None)


def _code(kind: str, names: list[str]) -> str:
    if kind in UNREADABLE:
        return "invalid"
    if names and names[-1] in AMOUNTS:
        return "invalid_amount"
    if kind.startswith(RANGES):
        return "param_out_of_range"
    return "invalid" if kind.endswith("_type") else "invalid_param"
