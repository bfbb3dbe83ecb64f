"""The grammar that rules are told in sees every way in which a decision could mislead the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Final

import pytest
from pydantic import Field

from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.access import TenantSpec
from shared.messages.base import Command, Event, FollowUp, Reply
from shared.messages.wallet import PLAYER, Posting, WalletPosted
from shared.shapes import (
    Add,
    Append,
    Decider,
    Decision,
    Drop,
    Facts,
    Intake,
    Marks,
    Outcome,
    Pending,
    Put,
    Refused,
    Row,
    Send,
    Service,
    View,
    Wish,
)
from shared.streams import Stream
from shared.testing.grammar import given, shown

JAR: Final[Stream[Any]] = Stream("jar", "one")
ELSEWHERE: Final[Stream[Any]] = Stream("jar", "other")


class FillJar(Command, wire="jar.fill"):
    """Put something into a jar."""


class CloseJar(FollowUp, wire="jar.close"):
    """Close it, once somebody has answered."""


class JarFilled(Event, wire="jar.filled"):
    """There is something in the jar."""

    key: str = "one"

    @property
    def stream(self) -> Stream[Any]:
        return Stream("jar", self.key)


class Filled(Reply):
    """It was filled."""


@dataclass(frozen=True)
class Jar:
    """How often it was filled."""

    times: int = 0
    never_stored: Annotated[int, Field(exclude=True)] = 0


@dataclass(frozen=True)
class Broken:
    """A situation that the noun does not name."""


def posted(amount: int, balance: int | None = None) -> WalletPosted:
    line = Posting(account=PLAYER, asset=AssetId("WINZ"), amount=amount, balance=balance)
    other = Posting(account=AccountId("gifts"), asset=AssetId("WINZ"), amount=-1)
    return WalletPosted(player=PlayerId("rocket"), operation="credit", postings=(line, other))


def count(jar: Jar, event: Event) -> Jar:
    return Jar(jar.times + 1)


def jar_that(decides: Callable[[Any], Outcome[Any]], evolve: Callable[[Any, Any], Any] = count) -> Service:
    decider: Decider[Any, Any, Any] = Decider(
        noun="jar",
        initial=Jar(),
        situations=(Jar,),
        commands=(FillJar, CloseJar),
        events=(JarFilled,),
        streams=lambda command: (JAR,),
        decide=lambda command, states, facts: decides(states),
        evolve=evolve,
    )
    return Service("jars", (decider,))


asks = Send("jars", "one", FillJar(), then=CloseJar())
granted = Decision((JarFilled(),), reply=Filled())


def test_a_decision_that_keeps_every_promise_is_told() -> None:
    told = given(jar_that(lambda states: granted)).when(FillJar()).then(JarFilled()).replied(Filled()).asked().set()
    assert told.when(FillJar()).story.state(JAR) == Jar(2)


@pytest.mark.parametrize(
    ("wish",     "outcome",                                                          "words"),
    [
        (FillJar(),  Decision((JarFilled(),), reply=None),                           "must answer it"),
        (FillJar(),  Decision((), reply=Filled(), finishes=Wish("door", "1")),       "must answer it"),
        (CloseJar(), Decision((), reply=Filled()),                                   "must name the wish"),
        (CloseJar(), Decision((), reply=None, finishes=Wish("door", "1")),           "must name the wish"),
        (CloseJar(), Refused("no"),                                                  "cannot be refused"),
        (FillJar(),  Pending((), sends=(asks,)),                                     "explained by a fact"),
        (FillJar(),  Decision((JarFilled(key="other"),), reply=Filled()),            "does not name"),
        (FillJar(),  Decision((posted(2),), reply=Filled()),                         "do not sum to zero"),
        (FillJar(),  Decision((posted(1, balance=-1),), reply=Filled()),             "below zero"),
    ],
)  # fmt: skip
def test_a_promise_that_is_broken_is_seen(wish: Command, outcome: Outcome[Any], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        given(jar_that(lambda states: outcome)).when(wish)


def test_a_history_that_was_not_named_cannot_be_read() -> None:
    with pytest.raises(AssertionError, match=r"streams\(\) does not name it"):
        given(jar_that(lambda states: states[ELSEWHERE])).when(FillJar())


def test_a_state_that_does_not_survive_storage_is_seen() -> None:
    with pytest.raises(KeyError, match="Broken"):
        given(jar_that(lambda states: granted, lambda jar, event: Broken())).when(FillJar())
    with pytest.raises(AssertionError, match="read back"):
        given(jar_that(lambda states: granted, lambda jar, event: Jar(1, never_stored=1))).when(FillJar())


def test_every_word_can_be_wrong() -> None:
    told = given(jar_that(lambda states: granted)).when(FillJar())
    waiting = given(jar_that(lambda states: Pending((JarFilled(),), sends=(asks,)))).when(FillJar())
    for wrong in (
        told.then,
        told.waits,
        told.finished,
        lambda: told.then(JarFilled(key="other")),
        lambda: told.refused("no"),
        lambda: told.asked(asks),
        lambda: told.answered(Filled()),
        lambda: waiting.replied(Filled()),
        waiting.asked,
        told.rang,
        lambda: told.story.needs(FillJar()),
    ):
        with pytest.raises(AssertionError):
            wrong()


def view_of(rows: tuple[Row, ...]) -> View:
    return View("jars", "put", {"key": "text"}, {"times": "int"}, (JarFilled,), lambda event, place: rows)


def test_rows_that_do_not_fit_their_table_are_seen() -> None:
    assert shown(view_of((Put(("one",), (1,)), Drop(("other",)))), JarFilled())
    for wrong in (Add(("one",), (1,)), Put(("one", "two"), (1,)), Put(("one",), (1, 2)), Drop(())):
        with pytest.raises(AssertionError):
            shown(view_of((wrong,)), JarFilled())
    with pytest.raises(AssertionError, match="does not show"):
        shown(view_of(()), posted(1))


corks: Intake[str] = Intake(
    prefix="corks.",
    owners=TenantSpec,
    read=bytes.decode,
    tenant=str,
    key=str,
    gather=lambda here, astray: FillJar(),
    commands=(FillJar,),
    said=lambda command: ["cork"],
    id=str,
    write=str.encode,
    marks=Marks("corks", {"id": "text", "kind": "text"}, {"at": "text"}, "at", timedelta(days=1)),
)
NOBODYS: Final = Wish("stream", "corks.starlight/0/0")
cork, bung = Append(("cork", "new"), ("noon",)), Append(("bung", "new"), ("noon",))


def jar_with_corks(decides: Callable[[Facts], Outcome[Any]]) -> Service:
    service = jar_that(lambda states: granted)
    (decider,) = service.deciders
    asking = replace(decider, decide=lambda command, states, facts: decides(facts))
    return replace(service, deciders=(asking,), intake=corks)


def marking(*marks: Append) -> Decision[Any]:
    return Decision((JarFilled(),), reply=None, marks=marks, unfit={1: "mouldy"}, tallies={"corks": 2})


def test_what_has_streamed_in_is_seen_by_the_next_decision() -> None:
    seen: list[object] = []

    def decides(facts: Facts) -> Outcome[Any]:
        seen.append(facts.seen.of("cork"))
        return marking(bung)

    jar = jar_with_corks(decides)
    told = given(jar).seen(cork).when(FillJar(), NOBODYS).marked(bung).unfit({1: "mouldy"}).tallied({"corks": 2})
    assert seen == [(("cork", "new", "noon"),)]
    assert told.story.marks == {"cork": (("cork", "new", "noon"),), "bung": (("bung", "new", "noon"),)}
    wrongs: tuple[Callable[[], object], ...] = (
        told.marked,
        lambda: told.marked(cork),
        lambda: told.unfit({}),
        lambda: told.tallied({}),
        lambda: told.when(FillJar(), NOBODYS),
        lambda: given(jar_that(lambda states: Refused("no"))).when(FillJar()).marked(),
    )
    for wrong in wrongs:
        with pytest.raises(AssertionError):
            wrong()


@pytest.mark.parametrize(
    ("marks",                                      "words"),
    [
        ((cork, Append(cork.key, ("later",))),     "marked already"),
        ((Append(("cork",), ("noon",)),),          "does not fit"),
        ((Append(("cork", "new"), ()),),           "does not fit"),
    ],
)  # fmt: skip
def test_a_mark_that_the_log_would_not_take_is_seen(marks: tuple[Append, ...], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        given(jar_with_corks(lambda facts: marking(*marks))).when(FillJar(), NOBODYS)


def test_what_was_not_asked_for_is_not_seen_and_what_streams_nowhere_is_not_marked() -> None:
    with pytest.raises(AssertionError, match="no message of the command has it"):
        given(jar_with_corks(lambda facts: marking(*(Append(row, ()) for row in facts.seen.of("bung"))))).when(
            FillJar(), NOBODYS
        )
    with pytest.raises(AssertionError, match="nothing streams into jars"):
        given(jar_that(lambda states: marking(cork))).when(FillJar(), NOBODYS)
