"""Whatever can be said has a name, a form and an example, reads back as it was written, and carries no secret."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import ValidationError

from services.engines.registry import service as engines
from services.leaderboards.registry import service as leaderboards
from services.ledger.registry import service as ledger
from services.rgs.registry import service as rgs
from shared.messages import every_sample
from shared.messages.activity import CompletedAnswer, ValidatedAnswer
from shared.messages.activity_event import ActivityCompleted, AttemptValidated
from shared.messages.attempt import ProgressAnswer
from shared.messages.base import COMMANDS, EVENTS, SPECS, Command, Event, Message, Spec
from shared.messages.call import Call
from shared.messages.envelope import envelope_of
from shared.messages.grant import (
    ClaimedAnswer,
    CrateOpened,
    GivenAnswer,
    GrantClaimed,
    GrantExpired,
    GrantGiven,
    GrantsAnswer,
    OpenedAnswer,
)
from shared.messages.jackpot import JackpotDropped
from shared.messages.lobby import BotsRetired
from shared.messages.lootbox import LootboxAnswer, LootboxOpened
from shared.messages.mini_game import MiniGameAnswer, MiniGamePlayed
from shared.messages.raffle import RaffleAnswer, RaffleDrawn
from shared.messages.schemas import COMMAND, FOLDER, Page, files, pages, standing, write
from shared.messages.seed_pair import RotatedAnswer, SeedsRotated
from shared.messages.upcasters import UPCASTERS, decode_event
from shared.messages.wager import Streamed
from shared.messages.wallet import TransferWallet, WalletPosted
from shared.messages.wheel import DrySpun, SpinAnswer, WheelSpun
from shared.shapes import Service
from shared.worker.rulebook import Rulebook

PAGES: Final = pages()
SAID: Final = [page for page in PAGES if page.kind != "frame"]
WIRED: Final = [page for page in PAGES if page.kind in {"command", "follow-up", "event"}]
TOLD: Final = [page for page in PAGES if page.kind in {"event", "reply"}]
SERVICES: Final[list[Service]] = [ledger, engines, leaderboards, rgs]

WIRE_NAME: Final = r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*(\.v[2-9])?"
PERSONAL: Final = {
    "email", "mail", "phone", "name", "first_name", "last_name", "address", "ip", "birthday", "birth_date",
    "date_of_birth",
}  # fmt: skip
SECRET: Final = {"password", "secret", "token", "pepper", "key_hash", "secret_hash", "credential", "private_key"}
REVEALS: Final = {
    LootboxOpened,
    LootboxAnswer,
    MiniGamePlayed,
    MiniGameAnswer,
    RaffleDrawn,
    RaffleAnswer,
    JackpotDropped,
    WheelSpun,
    DrySpun,
    SpinAnswer,
    AttemptValidated,
    ActivityCompleted,
    ValidatedAnswer,
    CompletedAnswer,
    GrantGiven,
    GrantClaimed,
    GrantExpired,
    CrateOpened,
    GrantsAnswer,
    GivenAnswer,
    ClaimedAnswer,
    OpenedAnswer,
    ProgressAnswer,
    BotsRetired,
    SeedsRotated,
    RotatedAnswer,
}
"""Whose `server_seed` has just been spent, or that hold a grant, which has it once it is an opened crate's."""


def named(page: Page) -> str:
    return page.name


def fields_of(part: Any) -> Iterator[str]:
    """Every field's name in a JSON Schema, however deep."""
    if isinstance(part, dict):
        properties = part.get("properties", {})
        yield from properties
        for inner in part.values():
            yield from fields_of(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from fields_of(inner)


@pytest.mark.parametrize("page", SAID, ids=named)
def test_every_message_has_a_sample(page: Page) -> None:
    assert [sample for sample in every_sample() if type(sample) is page.model]


@pytest.mark.parametrize("sample", every_sample(), ids=lambda sample: type(sample).__name__)
def test_every_sample_reads_back_as_it_was_written(sample: Message) -> None:
    back = type(sample).model_validate_json(sample.model_dump_json())
    assert type(back) is type(sample)
    assert back == sample
    assert back.model_dump_json() == sample.model_dump_json()


@pytest.mark.parametrize("page", WIRED, ids=named)
def test_a_wire_name_is_a_noun_and_a_verb(page: Page) -> None:
    assert re.fullmatch(WIRE_NAME, page.name)


@pytest.mark.parametrize("page", WIRED, ids=named)
def test_a_wire_name_is_stated_on_the_message_itself_never_inherited(page: Page) -> None:
    assert vars(page.model)["wire"] == page.name


def test_no_name_is_given_twice() -> None:
    counted = Counter(page.name for page in WIRED) + Counter(UPCASTERS)
    assert [name for name, times in counted.items() if times > 1] == []
    classes = Counter(page.model.__name__ for page in PAGES)
    assert [name for name, times in classes.items() if times > 1] == []


def test_two_messages_cannot_take_one_name() -> None:
    with pytest.raises(ValueError, match=r"two messages are called 'wallet.credit'"):

        class _CreditPurse(Command, wire="wallet.credit"):
            pass

    with pytest.raises(ValueError, match=r"two messages are called 'wallet.posted'"):

        class _PursePosted(Event, wire="wallet.posted"):
            pass

    with pytest.raises(ValueError, match="two messages are called 'asset'"):

        class _PurseSpec(Spec, kind="asset"):
            pass

    assert COMMANDS["wallet.credit"].__name__ == "CreditWallet"


def test_every_command_is_decided_by_exactly_one_noun_and_every_event_folded() -> None:
    """But for what is asked of operators' wallets, which are no service of ours."""
    commands = Counter(c.wire for service in SERVICES for decider in service.deciders for c in decider.commands)
    events = {event.wire for service in SERVICES for decider in service.deciders for event in decider.events}
    assert dict(commands) == {
        page.name: 1 for page in WIRED if page.kind != "event" and not issubclass(page.model, Call)
    }
    assert events == {page.name for page in WIRED if page.kind == "event"}


@pytest.mark.parametrize("sample", [s for s in every_sample() if isinstance(s, Event)], ids=lambda s: s.wire)
def test_every_event_names_the_history_it_belongs_to(sample: Event) -> None:
    folds = {decider.noun: decider.events for service in SERVICES for decider in service.deciders}
    assert type(sample) in folds[sample.stream.noun]
    assert sample.stream.named("starlight").startswith(f"{sample.stream.noun}/starlight/")  # type: ignore[arg-type]


def test_an_event_that_says_no_history_belongs_to_none() -> None:
    with pytest.raises(NotImplementedError):
        _ = Event().stream


@pytest.mark.parametrize("page", TOLD, ids=named)
def test_no_event_and_no_reply_carries_a_persons_data_or_a_secret(page: Page) -> None:
    fields = set(fields_of(page.model.model_json_schema()))
    assert not fields & (PERSONAL | SECRET)
    assert ("server_seed" in fields) == (page.model in REVEALS)


def test_a_person_and_a_secret_are_spoken_of_in_these_commands_alone() -> None:
    spoken = {page.name for page in WIRED if set(fields_of(page.model.model_json_schema())) & (PERSONAL | SECRET)}
    assert spoken == {"player.create", "player.register", "player.set_identity"}


def test_no_view_shows_a_persons_data_or_a_secret() -> None:
    columns = {name for service in SERVICES for view in service.views for name in (*view.key, *view.columns)}
    assert not columns & (PERSONAL | SECRET | {"server_seed"})


@pytest.mark.parametrize("sample", every_sample(), ids=lambda sample: type(sample).__name__)
def test_unknown_fields_are_ignored_in_a_fact_and_in_a_stream_and_refused_everywhere_else(sample: Message) -> None:
    more = json.dumps({**sample.model_dump(mode="json"), "colour": "red"})
    if isinstance(sample, Event | Streamed):
        assert type(sample).model_validate_json(more) == sample
    else:
        with pytest.raises(ValidationError, match="colour"):
            type(sample).model_validate_json(more)


def test_docs_messages_says_what_the_code_says() -> None:
    wanted, found = files(), standing()
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    assert differing == [], f"run `{COMMAND}` and read what changed: others rely on it"


def test_classes_of_one_name_are_described_each_in_its_own_words() -> None:
    told = files()
    launched, validated = (
        json.loads(told[f"events/{name}.json"])["$defs"] for name in ("session.launched", "activity.validated")
    )
    assert "exchanged" in launched["Session"]["properties"]["number"]["description"]
    assert validated["Attempt"]["properties"]["proof"]["description"] == "Of a spin."


def test_writing_the_contract_replaces_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert write(tmp_path) == len(files())
    assert standing(tmp_path) == files()


def test_a_page_is_a_schema_with_its_kind_the_words_of_its_fields_and_examples() -> None:
    page = json.loads(files()["commands/wallet.transfer.json"])
    assert (page["$id"], page["kind"], page["title"]) == ("wallet.transfer", "command", "TransferWallet")
    assert page["$defs"]["Leg"]["properties"]["amount"]["description"] == "In the asset's smallest unit, never zero."
    (example,) = page["examples"]
    assert isinstance(COMMANDS["wallet.transfer"].model_validate_json(json.dumps(example)), TransferWallet)


@cache
def contract() -> dict[str, str]:
    """Every page as it is written, made once."""
    return files()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_page_tells_in_a_sentence_what_it_is_and_shows_it(page: Page) -> None:
    written = json.loads(contract()[page.file])
    assert page.says.endswith(".")
    assert written["description"]
    assert written["examples"]
    for example in written["examples"]:
        model = envelope_of(COMMANDS[example["type"]]) if page.name == "Envelope" else page.model
        assert isinstance(model.model_validate_json(json.dumps(example)), page.model)


def test_the_contract_lies_beside_the_code() -> None:
    assert (FOLDER / "README.md").is_file()
    assert {page.kind for page in PAGES} == {"command", "follow-up", "event", "reply", "stream", "definition", "frame"}
    assert {name for name, spec in SPECS.items() if spec.__module__.startswith("shared.")} == {
        page.name for page in PAGES if page.kind == "definition"
    }


POSTED: Final = next(sample for sample in every_sample() if isinstance(sample, WalletPosted))


def renamed(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """`wallet.moved` said `kind` where `wallet.moved_on` said `operation`."""
    return "wallet.moved_on", {**{k: v for k, v in fields.items() if k != "kind"}, "operation": fields["kind"]}


def without_why(fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "wallet.posted", {**fields, "reason": fields.get("why", "")}


def test_a_fact_under_its_own_name_is_read_as_it_stands() -> None:
    assert decode_event("wallet.posted", POSTED.model_dump_json()) == POSTED


def test_a_fact_under_an_old_name_is_read_step_by_step_as_what_it_means_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UPCASTERS, "wallet.moved", renamed)
    monkeypatch.setitem(UPCASTERS, "wallet.moved_on", without_why)
    old = POSTED.model_dump(mode="json", exclude={"operation", "reason"}) | {"kind": "pay", "why": POSTED.reason}
    assert decode_event("wallet.moved", json.dumps(old)) == POSTED
    assert Rulebook(ledger).decode_event("wallet.moved", json.dumps(old)) == POSTED


def test_a_fact_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"wallet\.burnt"):
        decode_event("wallet.burnt", "{}")


@pytest.mark.parametrize("old", sorted(UPCASTERS) or [None])
def test_an_old_name_is_never_given_to_something_new(old: str | None) -> None:
    assert old not in EVENTS
