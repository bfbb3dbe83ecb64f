"""What players were promised of a game code lasts: its game, its rate and its tables; and its name tells the rate."""

from __future__ import annotations

from typing import Any, Final

import pytest

from services.ledger.registry import service
from shared.messages import know_all
from shared.messages.definition import DefinitionAnswer, DefinitionChanged, PutDefinition, RemoveDefinition
from shared.messages.wallet import AssetSpec
from shared.testing.grammar import given

know_all()

KEY: Final = "lucky-wheel"
SLICES: Final = ["0.99"] * 10
LOUD: Final = ["0"] * 9 + ["9.9"]
SPEC: Final[dict[str, Any]] = {
    "title": "Wheel",
    "slug": "wheel",
    "rtp": "0.99",
    "status": "active",
    "tables": {"10/LOW": SLICES, "10/HIGH": LOUD},
}
wheel = DefinitionChanged(kind="game", key=KEY, version=1, spec=SPEC)
known = given(service, wheel)


def put(spec: dict[str, Any], key: str = KEY) -> PutDefinition:
    return PutDefinition(kind="game", key=key, spec=spec)


@pytest.mark.parametrize(
    ("change", "path", "problem"),
    [
        ({"slug": "dice", "tables": {}}, "spec.slug",   "is wheel and stays so"),
        ({"rtp": "0.9902"},              "spec.rtp",    "is 0.99 and stays so"),
        ({"tables": {}},                 "spec.tables", "stays as it is"),
        ({"tables": {"10/LOW": SLICES}}, "spec.tables", "stays as it is"),
        ({"tables": {"10/LOW": SLICES, "10/HIGH": LOUD[::-1]}}, "spec.tables", "stays as it is"),
    ],
)  # fmt: skip
def test_another_game_rate_or_table_is_another_code(change: dict[str, Any], path: str, problem: str) -> None:
    """Also once the code was removed, and for whoever puts it again."""
    why = f"{problem}, since what exists already counts on it; define another game"
    for story in (known, known.when(RemoveDefinition(kind="game", key=KEY)).story):
        story.when(put({**SPEC, **change})).then().refused("invalid_definition", path=path, problem=why)
    given(service).when(put({**SPEC, **change})).then(
        DefinitionChanged(kind="game", key=KEY, version=1, spec={**SPEC, **change})
    )


def test_a_table_that_a_code_began_without_cannot_be_given_to_it_later() -> None:
    bare = DefinitionChanged(kind="game", key=KEY, version=1, spec={**SPEC, "tables": {}})
    why = "stays as it is, since what exists already counts on it; define another game"
    given(service, bare).when(put(SPEC)).refused("invalid_definition", path="spec.tables", problem=why)


@pytest.mark.parametrize("change", [{"status": "inactive"}, {"title": "Wheel of luck"}])
def test_a_code_is_closed_opened_and_called_otherwise_at_any_time(change: dict[str, Any]) -> None:
    other = {**SPEC, **change}
    changed = known.when(put(other)).then(DefinitionChanged(kind="game", key=KEY, version=2, spec=other))
    changed.when(put(SPEC)).then(DefinitionChanged(kind="game", key=KEY, version=3, spec=SPEC))


def test_a_code_that_was_removed_comes_back_as_it_was() -> None:
    removed = known.when(RemoveDefinition(kind="game", key=KEY)).story
    back = DefinitionChanged(kind="game", key=KEY, version=3, spec=SPEC)
    removed.when(put(SPEC)).then(back).replied(DefinitionAnswer(kind="game", key=KEY, version=3, changed=True))


def test_what_was_changed_before_codes_lasted_is_read_as_it_is_and_lasts_from_then_on() -> None:
    tables: dict[str, Any] = {"10/LOW": ["0.96"] * 10}
    before = {**SPEC, "rtp": "0.96", "tables": tables}
    story = given(service, wheel, DefinitionChanged(kind="game", key=KEY, version=2, spec=before))
    story.when(put(before)).then().replied(DefinitionAnswer(kind="game", key=KEY, version=2, changed=False))
    why = "is 0.96 and stays so, since what exists already counts on it; define another game"
    story.when(put(SPEC)).refused("invalid_definition", path="spec.rtp", problem=why)
    closed = {**before, "status": "inactive"}
    story.when(put(closed)).then(DefinitionChanged(kind="game", key=KEY, version=3, spec=closed))


@pytest.mark.parametrize(
    ("key", "slug", "rtp", "says"),
    [
        ("dice-alpha",         "dice",      "0.99",   None),
        ("dice-alpha",         "dice",      "0.9925", None),
        ("dice-alpha",         "dice",      "0.9926", "0.9875 to 0.9925"),
        ("dice-alpha",         "dice",      "0.9875", None),
        ("dice-alpha",         "dice",      "0.9874", "0.9875 to 0.9925"),
        ("dice-beta",          "dice",      "0.98",   None),
        ("dice-gamma",         "dice",      "0.98",   "0.9675 to 0.9725"),
        ("dice-delta",         "dice",      "0.96",   None),
        ("dice-epsilon",       "dice",      "0.95",   None),
        ("dice-epsilon-leo",   "dice",      "0.945",  None),
        ("dice-epsilon-leo",   "dice",      "0.95",   "0.9425 to 0.9475"),
        ("towers-alpha-leo",   "towers",    "0.985",  None),
        ("towers-alpha-leo",   "towers",    "0.99",   "0.9825 to 0.9875"),
        ("blackjack-leo",      "blackjack", "0.9946", None),
        ("blackjack-leo",      "blackjack", "0.99",   "0.9925 to 0.9975"),
        ("my-own-dice-alpha",  "dice",      "0.96",   "0.9875 to 0.9925"),
        ("dice",               "dice",      "0.5",    None),
        ("dice-alphabet",      "dice",      "0.5",    None),
        ("dice-galileo",       "dice",      "0.5",    None),
        ("dice-alpha-2",       "dice",      "0.5",    None),
        ("alpha",              "dice",      "0.5",    None),
    ],
)  # fmt: skip
def test_the_name_of_a_code_tells_its_rate_to_a_quarter_of_a_point(
    key: str, slug: str, rtp: str, says: str | None
) -> None:
    spec = {"title": "Game", "slug": slug, "rtp": rtp}
    story = given(service).when(put(spec, key))
    if says is None:
        story.replied(DefinitionAnswer(kind="game", key=key, version=1, changed=True))
    else:
        problem = f"must be {says} under a key that ends so, this is {rtp}"
        story.then().refused("invalid_definition", path="spec.rtp", problem=problem)


def test_what_had_a_wrong_name_before_names_were_looked_at_can_still_be_closed() -> None:
    spec: dict[str, Any] = {"title": "Dice", "slug": "dice", "rtp": "0.96", "status": "active", "tables": {}}
    closed = {**spec, "status": "inactive"}
    story = given(service, DefinitionChanged(kind="game", key="dice-alpha", version=1, spec=spec))
    story.when(put(closed, "dice-alpha")).then(DefinitionChanged(kind="game", key="dice-alpha", version=2, spec=closed))


def test_no_key_is_wrong_for_what_says_nothing_of_it() -> None:
    assert AssetSpec(name="Winz").amiss_under("dice-alpha") is None
