"""Reads a round as the log holds it: amounts in smallest units, names in lower case with underscores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def question(round_: Mapping[str, Any], server_seed: str) -> dict[str, Any]:
    """What `check` takes, of the data of `round.settled` and the seed that `seeds.rotated` revealed."""
    opening, shown, scale = round_["opening"], round_["shown"], round_["scale"]
    bet = _camel({name: told for name, told in opening.items() if name != "act" and told is not None})
    bet["amount"] = _money(opening["amount"], scale)
    if "target" in opening:
        bet["target"] = _money(opening["target"], 2)
    if "sideBets" in bet:
        bet["sideBets"] = {name: _money(units, scale) for name, units in bet["sideBets"].items()}
    said = {
        "game": round_["seat"]["game"],
        "slug": shown["game"],
        "serverSeed": server_seed,
        "serverHash": round_["server_hash"],
        "clientSeed": round_["client_seed"],
        "nonce": round_["nonce"],
        "bet": bet,
        "state": _state(shown),
        "payout": _money(round_["payout"], scale),
        "exactMultiplier": round_["multiplier"],
    }
    if round_.get("max_win") is not None:
        said["maxWin"] = _money(round_["max_win"], scale)
    return said


def _state(shown: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = _camel({name: told for name, told in shown.items() if told is not None})
    match shown["game"]:
        case "limbo":
            state["outcome"] = _money(shown["outcome"], 2)
        case "keno":
            state["resultTiles"] = state.pop("drawn")
        case "towers":
            state["board"] = [{"cells": row} for row in shown["board"]]
        case "blackjack":
            state["insured"] = shown["insurance"] > 0
        case _:
            pass  # the others are told in the same way
    return state


def _camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {re.sub("_([a-z])", lambda found: found[1].upper(), name): _camel(one) for name, one in value.items()}
    return [_camel(one) for one in value] if isinstance(value, list) else value


def _money(units: int, scale: int) -> str:
    return f"{units // 10**scale}.{units % 10**scale:0{scale}}" if scale else str(units)
