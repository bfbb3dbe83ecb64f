"""A world file is read strictly: every mistake is told with its line, and what others stand on is applied first."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.cli.apply import changes
from shared.cli.up import demo_world
from shared.cli.world import WrongWorld, place_of, read_world
from shared.messages.access import hash_of
from shared.messages.base import SPECS

ASSET = "kind: asset\nkey: WINZ\nspec: {name: Winz}\n"
BOX = """kind: lootbox
key: box
spec:
  name: Box
  prizes:
    - {segment_label: small, asset: WINZ, amount: 100, weight: 60}
    - segment_label: big
      asset: WINZ
      amount: 100
      weight: WEIGHT
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "world.yaml"
    file.write_text(text)
    return file


WRONG = [
    ("no YAML",                "kind: [asset",                                  ":1:", "not YAML"),
    ("a list",                 "- kind: asset",                                 ":1",  "mapping"),
    ("an unknown field",       ASSET + "colour: red\n",                         ":4",  "colour: unknown field"),
    ("a field given twice",    ASSET + "key: USD\n",                            ":4",  "key is given twice"),
    ("no key",                 "kind: asset\nspec: {name: Winz}\n",             ":1",  "key: must be text"),
    ("a key with a slash",     "kind: asset\nkey: a/b\nspec: {name: Winz}\n",   ":2",  "key: must be text"),
    ("a number for a key",     "kind: asset\nkey: 12\nspec: {name: Winz}\n",    ":2",  "key: must be text"),
    ("no spec",                "kind: asset\nkey: WINZ\n",                      ":1",  "spec: must be a mapping"),
    ("an unknown kind",        "kind: castle\nkey: K\nspec: {}\n",              ":1",  "unknown kind 'castle'"),
    ("a wrong field deep in",  BOX.replace("WEIGHT", "heavy"),                  ":10", "spec.prizes[1].weight"),
    ("an unknown field in it", "kind: asset\nkey: W\nspec:\n  nam: x\n",        ":4",  "spec.name"),
    ("two of one name",        ASSET + "---\n" + ASSET,                         ":5",  "already defined at"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "problem"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_mistake_is_told_with_its_line_and_field(tmp_path: Path, text: str, line: str, problem: str) -> None:
    with pytest.raises(WrongWorld) as told:
        read_world(write(tmp_path, text))
    message = str(told.value)
    assert problem in message
    assert message.startswith(f"{tmp_path / 'world.yaml'}{line}"), message
    assert "\n" not in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongWorld, match=r"nowhere\.yaml cannot be read: No such file"):
        read_world(tmp_path / "nowhere.yaml")


def test_what_others_stand_on_comes_first_and_the_rest_keeps_its_order(tmp_path: Path) -> None:
    tenant = "kind: tenant\nkey: t\nspec: {slug: t, brand: t}\n"
    player = "kind: player\nkey: p\nspec: {opening_balances: {WINZ: 1}}\n"
    second = BOX.replace("key: box", "key: second")
    journey = "kind: journey\nkey: j\nspec: {name: J, trigger: signup, steps: 1, reward_winz: 1}\n"
    text = f"{BOX}---\n{second}---\n{player}---\n{journey}---\n{ASSET}---\n{tenant}".replace("WEIGHT", "1")
    assert [one.key for one in read_world(write(tmp_path, text))] == ["t", "WINZ", "j", "p", "box", "second"]


def test_a_project_comes_before_its_wheels_and_an_engagement_before_its_activities(tmp_path: Path) -> None:
    wheel = "kind: wheel\nkey: w\nspec: {project: p, name: W}\n"
    project = "kind: project\nkey: p\nspec: {name: P, client_id: c, client_secret: s}\n"
    engagement = "kind: engagement\nkey: e\nspec: {name: E}\n"
    world = read_world(write(tmp_path, f"{wheel}---\n{engagement}---\n{project}"))
    assert [document.kind for document in world] == ["project", "wheel", "engagement"]


def test_a_wheel_comes_before_the_journeys_that_give_spins_of_it(tmp_path: Path) -> None:
    spins = "{wheel: w, count: 1}"
    moves = f"{{name: J, trigger: signup, steps: 1, reward_winz: 0, reward_spins: {spins}}}"
    journey = f"kind: journey\nkey: j\nspec: {moves}\n"
    wheel = "kind: wheel\nkey: w\nspec: {project: p, name: W}\n"
    project = "kind: project\nkey: p\nspec: {name: P, client_id: c, client_secret: s}\n"
    world = read_world(write(tmp_path, f"{journey}---\n{wheel}---\n{project}"))
    assert [document.kind for document in world] == ["project", "wheel", "journey"]


def test_the_same_name_of_another_tenant_is_another_thing(tmp_path: Path) -> None:
    text = f"{ASSET}tenant: one\n---\n{ASSET}tenant: two\n"
    assert [one.title for one in read_world(write(tmp_path, text))] == ["one asset/WINZ", "two asset/WINZ"]


def test_a_secret_leaves_the_file_only_as_its_hash(tmp_path: Path) -> None:
    text = "kind: api_key\nkey: k\nspec: {secret: open sesame}\n"
    (key,) = read_world(write(tmp_path, text))
    assert key.spec == {"secret_hash": hash_of("open sesame")}


def test_the_place_of_a_refused_field_is_found(tmp_path: Path) -> None:
    (box,) = read_world(write(tmp_path, BOX.replace("WEIGHT", "1")))
    assert place_of(box, "spec.prizes[1].asset").endswith(":8")
    assert place_of(box, "spec.prizes[0].asset").endswith(":6")
    assert place_of(box, None).endswith(":1")


def test_the_demo_world_is_a_world() -> None:
    documents = read_world(demo_world())
    assert {one.kind for one in documents} == {kind for kind, spec in SPECS.items() if "shared." in spec.__module__}
    assert {one.key for one in documents if one.tenant == "moonbase"} >= {"luna", "starter-box"}


def test_changes_are_told_field_by_field() -> None:
    before = {"name": "Box", "prizes": [{"weight": 60}, {"weight": 30}], "gone": 1}
    after = {"name": "Box", "prizes": [{"weight": 70}], "new": [2]}
    assert list(changes(before, after)) == [
        "prizes[0].weight: 60 → 70",
        "prizes[1]: removed",
        "gone: removed",
        "new: added [2]",
    ]
    assert not list(changes(before, before))
