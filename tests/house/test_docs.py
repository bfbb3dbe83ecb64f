"""What the documents point at is there, and every decision says why it was taken."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperGroup

from shared.cli.app import app
from tests.tree import ROOT, files

PAGES = [path for path in files() if path.suffix == ".md"]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
HEADINGS = ["## Context", "## Decision", "## Consequences", "## Alternatives"]

FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)(?: \"[^\"]*\")?\)")
HEADING = re.compile(r"^#+\s+(.+?)\s*#*$", re.MULTILINE)


def links(page: str) -> list[str]:
    """Where a page points within the repository."""
    found: list[str] = LINK.findall(FENCED.sub("", page))
    return [link for link in found if not re.match(r"[a-z][a-z+.-]*:", link)]


def anchors(page: str) -> set[str]:
    """What can stand behind a `#` in a link to this page."""
    titles: list[str] = HEADING.findall(FENCED.sub("", page))
    plain = (re.sub(r"[^\w\s-]", "", title.lower()) for title in titles)
    return {re.sub(r"\s", "-", title.strip()) for title in plain}


def leads_nowhere(place: Path, link: str) -> bool:
    file, _, anchor = unquote(link).partition("#")
    target = place.parent / file if file else place
    if not target.exists():
        return True
    return bool(anchor) and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert not [link for link in links(page.read_text(encoding="utf-8")) if leads_nowhere(page, link)]


@pytest.mark.parametrize("decision", DECISIONS, ids=[decision.stem for decision in DECISIONS])
def test_a_decision_says_what_forced_it_what_it_is_what_follows_and_what_else_was_weighed(decision: Path) -> None:
    text = decision.read_text(encoding="utf-8")
    assert re.fullmatch(r"\d{4}(-[a-z0-9]+){2,}\.md", decision.name), (
        "a number and a sentence: 0001-a-lock-without-hosts"
    )
    assert text.startswith("# ")
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS


def test_no_two_decisions_share_a_number() -> None:
    numbers = [decision.name[:4] for decision in DECISIONS]
    assert numbers, "there is no decision: was the folder renamed?"
    assert len(set(numbers)) == len(numbers)


def test_every_make_command_of_a_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    said = {
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"(?:^|`)make ([a-z]+)\b", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    }
    assert said
    assert not {(page, target) for page, target in said if target not in targets}


def commands_of(page: str) -> set[str]:
    """Every call of the command line on a page, in a block or within a sentence."""
    return set(
        re.findall(r"(?:^|`|/|\s)fairground ((?:-|[a-z]+[a-z -])[^`#|&\n]*)(?=`|#|\||&|$)", page, flags=re.MULTILINE)
    )


def unknown_words(call: str) -> list[str]:
    """Which command or option of a call there is none of."""
    words, inner = call.split(), typer.main.get_command(app)
    while isinstance(inner, TyperGroup) and words and not words[0].startswith("-"):
        if words[0] not in inner.commands:
            return words[:1]
        inner = inner.commands[words.pop(0)]
    known = {"--help", *(option for parameter in inner.params for option in parameter.opts)}
    return [word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in known]


def test_every_call_of_the_command_line_on_a_page_is_understood() -> None:
    said = {(page.name, call) for page in PAGES for call in commands_of(page.read_text(encoding="utf-8"))}
    assert {"up --demo", "apply -f world.yaml"} <= {call.strip() for _, call in said}
    assert not {(page, call): wrong for page, call in said if (wrong := unknown_words(call))}


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("`fairground up --demo`",                  []),
        ("run `.venv/bin/fairground up --dmeo`",    ["--dmeo"]),
        ("```sh\nfairground forget --all\n```",     ["forget"]),
        ("`fairground dead-letters bury ledger/3`", ["bury"]),
        ("`A=1 fairground status --jsn` tells",     ["--jsn"]),
    ],
)  # fmt: skip
def test_a_call_that_is_not_understood_is_seen(page: str, wrong: list[str]) -> None:
    [call] = commands_of(page)
    assert unknown_words(call) == wrong


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("lootbox", {"reward": {"amount": 1500}}),
        ("wheel", {"segment_id": 101}),
        ("spin-wheel", {"result": {"segment_index": 0}}),
        ("raffle", {"winning_ticket_idx": 1}),
    ],
)
def test_the_draws_on_the_page_about_fairness_can_be_checked_as_they_stand_there(
    tmp_path: Path, kind: str, wrong: dict[str, object]
) -> None:
    examples = re.findall(
        r"^```json\n(.+?)^```", (ROOT / "docs/fairness.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    [example] = [text for text in examples if json.loads(text)["kind"] == kind]
    draw = tmp_path / "draw.json"
    draw.write_text(example, encoding="utf-8")
    words = [sys.executable, str(ROOT / "shared/fair/checker.py"), str(draw)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    draw.write_text(json.dumps({**json.loads(example), **wrong}), encoding="utf-8")
    assert subprocess.run(words, capture_output=True, check=False).returncode == 1


def test_the_change_log_says_what_changed_in_the_events() -> None:
    released = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert released
    assert not [entry.splitlines()[0] for entry in released if "### Events" not in entry]


@pytest.mark.parametrize(
    ("link", "nowhere"),
    [
        ("missing.md",    True),
        ("page.md#none",  True),
        ("#none",         True),
        ("page.md",       False),
        ("page.md#a-b-c", False),
        ("#a-b-c",        False),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path, link: str, nowhere: bool) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A, b: c!\n\n[there]({link})\n\n```\n[not a link](missing.md)\n```\n", encoding="utf-8")
    assert [leads_nowhere(page, found) for found in links(page.read_text(encoding="utf-8"))] == [nowhere]
