"""Recomputes a draw from what was published about it, with code that shares nothing with the code that drew.

It needs Python alone, so anybody can copy this one file and run `python checker.py DRAW.json`, where the file holds
`kind`, `key`, `server_seed`, `server_seed_hash`, `prize_table` (rows in stored order, each with a `weight`), the hash
seen before the draw if it was noted (`committed_hash`), and the `reward` or `outcome` that was told. A raffle has no
prize table: its file holds what the reply says of tickets (`total_tickets`, `winning_ticket_idx`, `tickets_hash`,
`winner_username`), and the list of `entries` if that is to be checked, too. A wheel (`wheel`, or `spin-wheel` for one
that is an activity) has `segments` in place of a prize table, each with a `weight` or a `probability` in decimal text.
The seed and its hash may stand in a `proof` of their own, as the replies of both have them. The proof of a crate is
read as the gateway answers it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

TABLES = {"raffle": "total_tickets", "wheel": "segments", "spin-wheel": "segments", "crate": "weightedEntries"}
"""What a file must hold of what was drawn from; where nothing else is said that is a `prize_table`."""

CRATE_NAMES = {"crateItemKey": "key", "serverSeed": "server_seed", "serverSeedHash": "server_seed_hash"}
"""What the proof of a crate calls what other draws have, too."""
MOST_CRATES = 10
MOST_ROLLS = 100

_DECIMAL = "[0-9]+([.][0-9]+)?"


class Check(NamedTuple):
    """What the draw must have been, and everything that does not agree with it."""

    problems: tuple[str, ...]
    total_weight: int = 0
    counter: int = 0
    roll: int = 0
    winner: int | None = None
    """The index of the row that wins, from 0."""
    row: Mapping[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.problems


def check(
    kind: str,
    key: str,
    server_seed: str,
    server_seed_hash: str,
    prize_table: Sequence[Mapping[str, Any]],
    reward: Mapping[str, Any] | None = None,
) -> Check:
    """Recompute one draw.

    Args:
        kind: what drew, such as `lootbox`.
        key: which one, such as `starter-box`.
        server_seed: as revealed, 64 lower-case hex characters.
        server_seed_hash: as published before the draw.
        prize_table: the rows in their stored order, each with a whole `weight`.
        reward: what was told; every field that the winning row also has must be equal.

    Returns:
        The winning row, and the problems found; never raises on bad figures.
    """
    problems = _seed_problems(server_seed, server_seed_hash) + _table_problems(prize_table)
    if problems:
        return Check(tuple(problems))
    weights = [row["weight"] for row in prize_table]
    total = sum(weights)
    drawn, counter = _rolled(server_seed, f"{kind}:{key}", total)
    index = next(i for i in range(len(weights)) if drawn < sum(weights[: i + 1]))
    row = prize_table[index]
    return Check(tuple(_reward_problems(reward, row)), total, counter, drawn, index, row)


def check_raffle(key: str, server_seed: str, server_seed_hash: str, told: Mapping[str, Any]) -> Check:
    """Recompute the draw of one raffle.

    Args:
        key: which one, such as `weekly-raffle`.
        server_seed: as revealed, 64 lower-case hex characters.
        server_seed_hash: as published before the draw.
        told: the reply: `total_tickets`, `winning_ticket_idx`, `tickets_hash` and `winner_username`; with `entries`,
            a list of `first_ticket`, `last_ticket` and `username` in order, the last two are recomputed from it.

    Returns:
        The winning ticket, and the problems found; never raises on bad figures.
    """
    total, problems = told.get("total_tickets"), _seed_problems(server_seed, server_seed_hash)
    if type(total) is not int or not 1 <= total <= 1 << 53:
        return Check((*problems, "total_tickets is not a whole number from 1 to 2**53"))
    if problems:
        return Check(tuple(problems))
    ticket, counter = _rolled(server_seed, f"raffle:{key}", total)
    row = {"winning_ticket_idx": ticket}
    problems = _reward_problems({"winning_ticket_idx": told.get("winning_ticket_idx")}, row)
    if "entries" in told:
        problems += _entries_problems(told["entries"], told, ticket)
    return Check(tuple(problems), total, counter, ticket, ticket, row)


def check_wheel(
    kind: str,
    key: str,
    server_seed: str,
    server_seed_hash: str,
    segments: Sequence[Mapping[str, Any]],
    told: Mapping[str, Any] | None = None,
) -> Check:
    """Recompute one turn of a wheel.

    Args:
        kind: `wheel`, or `spin-wheel` for a wheel that is an activity.
        key: which one, such as `daily-spin`.
        server_seed: as revealed, 64 lower-case hex characters.
        server_seed_hash: as published before the draw.
        segments: in their stored order, all with a whole `weight` or all with a `probability` in decimal text.
        told: the reply of a wheel, or the `result` of an activity.

    Returns:
        The winning segment, by the names that a reply has for it, and the problems found; never raises on bad figures.
    """
    problems = _segment_problems(segments)
    if problems:
        return Check(tuple(problems))
    weights = _weights(segments)
    rows = [{**_named(kind, i, segment), "weight": weights[i]} for i, segment in enumerate(segments)]
    return check(kind, key, server_seed, server_seed_hash, rows, _flat(told))


def check_crate(key: str, server_seed: str, server_seed_hash: str, told: Mapping[str, Any]) -> Check:
    """Recompute everything that came out of a crate.

    Args:
        key: the crate's, such as `crate_basic`.
        server_seed: as revealed, 64 lower-case hex characters.
        server_seed_hash: as told when the crate was given.
        told: the proof: `quantity`, `rolls` and `weightedEntries`; with `contents`, their `entries` are compared.

    Returns:
        The last roll, and everything that came out; never raises on bad figures.
    """
    table = told.get("weightedEntries")
    problems = _seed_problems(server_seed, server_seed_hash) + _table_problems(table)  # type: ignore[arg-type]
    problems = problems or _crate_problems(told)
    if problems:
        return Check(tuple(problems))
    weights = [row["weight"] for row in told["weightedEntries"]]
    entries, drawn, counter, index = _unpacked(f"crate:{key}", server_seed, weights, told)
    said = None if told.get("contents") is None else {"entries": _contents(told["contents"])}
    problems = _reward_problems(said, {"entries": entries})
    return Check(tuple(problems), sum(weights), counter, drawn, index, {"entries": entries})


def _unpacked(
    name: str, server_seed: str, weights: Sequence[int], told: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], int, int, int]:
    """Everything that comes out; and of the last roll the number, its counter, and the row."""
    counter, last = -1, (0, 0, 0)
    found: dict[str, dict[str, Any]] = {}

    def below(bound: int) -> int:
        nonlocal counter
        drawn, counter = _rolled(server_seed, name, bound, counter + 1)
        return drawn

    def number(said: Any) -> int:
        if type(said) is int:
            return said
        low, high, step = int(said["min"]), int(said["max"]), said.get("step") or 1
        return min(low + below(-((low - high) // step) + 1) * step, high)

    for _ in range(told["quantity"]):
        for _ in range(number(told["rolls"])):
            drawn = below(sum(weights))
            index = next(i for i in range(len(weights)) if drawn < sum(weights[: i + 1]))
            last, brought = (drawn, counter, index), told["weightedEntries"][index]["entry"]
            field = _count_of(brought)
            thing = {name: value for name, value in brought.items() if name != field}
            entry = found.setdefault(json.dumps(thing, sort_keys=True), {**thing, field: 0})
            entry[field] += number(brought[field])
    return (list(found.values()), *last)


def _count_of(entry: Mapping[str, Any]) -> str:
    """The field that says how much an entry brings."""
    return "amount" if entry["type"] == "currency" else "quantity"


def _contents(contents: object) -> object:
    return contents.get("entries") if isinstance(contents, Mapping) else None


def _crate_problems(told: Mapping[str, Any]) -> list[str]:
    """What stands in the way of opening it again; that its rows have weights is known."""
    quantity, rolls = told.get("quantity"), told.get("rolls")
    if type(quantity) is not int or not 1 <= quantity <= MOST_CRATES:
        return [f"quantity is not a whole number from 1 to {MOST_CRATES}"]
    if not _is_number(rolls, MOST_ROLLS):
        return [f"rolls is neither a whole number from 1 to {MOST_ROLLS} nor a range of them"]
    for index, row in enumerate(told["weightedEntries"]):
        entry = row.get("entry")
        if not isinstance(entry, Mapping) or entry.get("type") not in ("currency", "item", "crate"):
            return [f"row {index} has no entry of type currency, item or crate"]
        if not _is_number(entry.get(_count_of(entry)), 1 << 53):
            return [f"the {_count_of(entry)} of row {index} is neither a whole number from 1 nor a range of them"]
    return []


def _is_number(said: object, most: int) -> bool:
    """Whether it is a whole number from 1 to `most`, or a range of such."""
    if type(said) is int:
        return 1 <= said <= most
    if not isinstance(said, Mapping):
        return False
    low, high, step = said.get("min"), said.get("max"), said.get("step") or 1
    return type(low) is int and type(high) is int and type(step) is int and 1 <= low <= high <= most and step >= 1


def _named(kind: str, index: int, segment: Mapping[str, Any]) -> dict[str, Any]:
    """A segment by the names that a reply has for it."""
    if kind == "spin-wheel":
        return {"segment_index": index, "prize_label": segment.get("label"), "prize_type": segment.get("prize_type")}
    reward = {"reward_type" if name == "type" else name: said for name, said in segment.get("reward", {}).items()}
    return {**{name: segment[name] for name in ("segment_id", "label") if name in segment}, **reward}


def _flat(told: object) -> Mapping[str, Any] | None:
    """A reply with what it says of its reward beside everything else; of what is no object nothing can be compared."""
    if not isinstance(told, Mapping):
        return None if told is None else {}
    reward = told.get("reward")
    if not isinstance(reward, Mapping):
        return told
    payload = reward.get("payload")
    return {**told, "reward_type": reward.get("reward_type"), **(payload if isinstance(payload, Mapping) else {})}


def _weights(segments: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Whole weights; probabilities become whole by as many decimals as the longest of them has."""
    if not _has_probabilities(segments):
        return [segment.get("weight") for segment in segments]
    split = [segment["probability"].partition(".") for segment in segments]
    places = max(len(decimals) for _, _, decimals in split)
    return [int(whole + decimals.ljust(places, "0")) for whole, _, decimals in split]


def _has_probabilities(segments: Sequence[Mapping[str, Any]]) -> bool:
    return any(segment.get("probability") is not None for segment in segments)


def _segment_problems(segments: object) -> list[str]:
    """What stands in the way of making them a table; what is wrong with whole weights is found by others."""
    if not isinstance(segments, list | tuple) or not all(isinstance(segment, Mapping) for segment in segments):
        return ["the segments are not a list of rows"]
    if not all(isinstance(segment.get("reward", {}), Mapping) for segment in segments):
        return ["the reward of a segment is not an object"]
    if not _has_probabilities(segments):
        return []
    texts = [segment.get("probability") for segment in segments]
    bad = [i for i, text in enumerate(texts) if not isinstance(text, str) or not re.fullmatch(_DECIMAL, text)]
    if bad:
        return [f"the probability of segment {bad[0]} is not decimal text"]
    weights = _weights(segments)
    whole = 10 ** max(len(str(text).partition(".")[2]) for text in texts)
    return [] if sum(weights) == whole else [f"the probabilities add up to {sum(weights)}/{whole}, not to 1"]


def _entries_problems(entries: object, told: Mapping[str, Any], ticket: int) -> list[str]:
    """Whether the list is of all tickets, each with one owner, and says who won."""
    names = {"first_ticket", "last_ticket", "username"}
    if not isinstance(entries, list | tuple) or not all(isinstance(e, Mapping) and names <= e.keys() for e in entries):
        return ["the entries are not a list of first_ticket, last_ticket and username"]
    chain, next_, winner = "0" * 64, 0, None
    for entry in entries:
        first, last, username = entry["first_ticket"], entry["last_ticket"], entry["username"]
        if type(first) is not int or type(last) is not int or first != next_ or last < first:
            return [f"ticket {next_} is not where the next entry begins, so the list is not the whole one"]
        chain, next_ = (
            hashlib.sha256(bytes(f"{chain}:{first}:{last}:{username}", "utf-8", "replace")).hexdigest(),
            last + 1,
        )
        winner = username if first <= ticket <= last else winner
    row = {"total_tickets": next_, "tickets_hash": chain, "winner_username": winner}
    return _reward_problems({name: told.get(name) for name in row}, row)


def _rolled(server_seed: str, name: str, total: int, counter: int = 0) -> tuple[int, int]:
    """The number drawn below `total` from `counter` on, and the counter at which it was accepted."""
    x = _number(server_seed, f"{name}:{counter}")
    while x >= (1 << 64) // total * total:
        counter += 1
        x = _number(server_seed, f"{name}:{counter}")
    return x % total, counter


def _number(server_seed: str, message: str) -> int:
    return int(hmac.new(bytes(server_seed, "ascii"), bytes(message, "utf-8"), hashlib.sha256).hexdigest()[:16], 16)


def _seed_problems(server_seed: object, server_seed_hash: str) -> list[str]:
    if not (isinstance(server_seed, str) and re.fullmatch("[0-9a-f]{64}", server_seed)):
        return ["the server seed is not 64 lower-case hex characters"]
    found = hashlib.sha256(bytes(server_seed, "ascii")).hexdigest()
    return [] if found == server_seed_hash else [f"the seed's hash is {found}, but {server_seed_hash} was published"]


def _table_problems(table: Sequence[Mapping[str, Any]]) -> list[str]:
    if not isinstance(table, list | tuple) or not all(isinstance(row, Mapping) for row in table):
        return ["the prize table is not a list of rows"]
    weights = [row.get("weight") for row in table]
    bad = [i for i, weight in enumerate(weights) if type(weight) is not int or not 0 <= weight <= 1 << 53]
    if bad:
        return [f"the weight of row {bad[0]} is not a whole number from 0 to 2**53"]
    return [] if any(weights) else ["no row of the prize table has a positive weight"]


def _reward_problems(reward: Mapping[str, Any] | None, row: Mapping[str, Any]) -> list[str]:
    if reward is None:
        return []
    told = {name: reward[name] for name in reward if name in row}
    if not told:
        return ["the reward has no field of the winning row, so it cannot be compared"]
    return [f"{name} should be {row[name]!r}, but {told[name]!r} was told" for name in told if told[name] != row[name]]


def check_file(draw: Mapping[str, Any]) -> Check:
    """Recompute the draw that a file holds.

    Raises:
        KeyError: something needed is not in it.
        TypeError: it is no JSON object.
    """
    draw = proven(draw)
    if draw["kind"] == "raffle":
        return check_raffle(draw["key"], draw["server_seed"], draw["server_seed_hash"], draw)
    kind, table = draw["kind"], draw[table_of(draw["kind"])]
    if kind == "crate":
        return check_crate(draw["key"], draw["server_seed"], draw["server_seed_hash"], draw)
    if kind == "wheel":
        told = draw if "segment_id" in draw or "label" in draw else None
        return check_wheel(kind, draw["key"], draw["server_seed"], draw["server_seed_hash"], table, told)
    told = draw.get("result") if kind == "spin-wheel" else draw.get("reward", draw.get("outcome"))
    recompute = check_wheel if kind == "spin-wheel" else check
    return recompute(kind, draw["key"], draw["server_seed"], draw["server_seed_hash"], table, told)


def table_of(kind: str) -> str:
    """The field of a file that says what was drawn from."""
    return TABLES.get(kind, "prize_table")


def proven(draw: Mapping[str, Any]) -> Mapping[str, Any]:
    """A draw with what its `proof` holds beside everything else; of a crate, by the names that other draws have."""
    if "data" in draw and isinstance(draw["data"], Mapping):
        draw = draw["data"]
    if "crateItemKey" in draw:
        return {**draw, **{ours: draw[name] for name, ours in CRATE_NAMES.items() if name in draw}}
    proof = draw["proof"] if "proof" in draw else None  # noqa: SIM401  (a list has no `get`, and is told as no draw)
    return {**draw, **proof} if isinstance(proof, Mapping) else draw


def main(arguments: Sequence[str]) -> int:
    """Check the draw in one file; 0 if everything agrees, 1 if not, 2 if the file cannot be used."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python checker.py DRAW.json\n")
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:  # noqa: PTH123  (one file, no other import)
            draw = proven(json.load(file))
        result = check_file(draw)
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{arguments[0]} does not hold a draw: {error!r}\n")
        return 2
    problems = list(result.problems)
    if draw.get("committed_hash") not in (None, draw["server_seed_hash"]):
        problems.append("the hash seen before the draw is not the one that was told with it")
    for problem in problems:
        sys.stdout.write(f"DIFFERS: {problem}\n")
    if result.row is not None:
        what = "ticket" if draw["kind"] == "raffle" else "row"
        sys.stdout.write(f"roll {result.roll} of {result.total_weight} (counter {result.counter}) ")
        sys.stdout.write(f"wins {what} {result.winner}: {json.dumps(dict(result.row), ensure_ascii=False)}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
