"""A session belongs to one participant of one engagement for ever, and never ends sooner than was once said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from services.engines.activity_session.decider import Opened, session_of
from services.engines.activity_session.view import view
from services.engines.registry import service
from shared.ids import EngagementId, PlayerId
from shared.messages.access import hash_of
from shared.messages.activity_session import LONGEST_S, SHORTEST_S, OpenSession, Session, SessionAnswer, SessionOpened
from shared.messages.engagement import DemoSession, EngagementSpec
from shared.shapes import Put
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given, shown

SPRING, AUTUMN = EngagementId("550e8400-e29b-41d4-a716-446655440000"), EngagementId("autumn")
ID: Final = hash_of("sess_abc123")
spring = EngagementSpec(name="Spring")
fair = given(service).defined(SPRING, spring).defined(AUTUMN, spring)


def opens(ttl_seconds: int = 3_600, **over: Any) -> OpenSession:
    wish: dict[str, Any] = {"session_hash": ID, "engagement": SPRING, "participant": PlayerId("rocket")}
    return OpenSession(**wish | over, ttl_seconds=ttl_seconds)


def session(seconds: int = 3_600, since: int = 0) -> Session:
    """Of rocket, until so many seconds after noon."""
    return Session(
        session_hash=ID,
        engagement=SPRING,
        participant=PlayerId("rocket"),
        opened_at=NOON + timedelta(seconds=since),
        expires_at=NOON + timedelta(seconds=seconds),
    )


def later(story: Story, seconds: int) -> Story:
    return story.at(NOON + timedelta(seconds=seconds))


def test_a_participant_is_let_in_until_the_session_expires() -> None:
    fair.when(opens()).then(SessionOpened(session=session())).replied(SessionAnswer(session=session()))


def test_opening_it_again_makes_it_last_longer_and_remembers_when_it_began() -> None:
    first = fair.when(opens())
    again = later(first.story, 600).when(opens())
    again.then(SessionOpened(session=session(4_200))).replied(SessionAnswer(session=session(4_200)))


def test_it_never_ends_sooner_than_was_said() -> None:
    first = fair.when(opens(7_200))
    later(first.story, 600).when(opens(60)).then().replied(SessionAnswer(session=session(7_200)))


def test_an_expired_session_can_be_opened_again_by_the_same_participant() -> None:
    first = fair.when(opens(60))
    later(first.story, 600).when(opens(60)).then(SessionOpened(session=session(660)))


@pytest.mark.parametrize("seconds", [0, 10_000])
@pytest.mark.parametrize("other", [{"participant": PlayerId("groot")}, {"engagement": AUTUMN}])
def test_nobody_takes_over_an_id_not_even_when_it_has_expired(other: dict[str, Any], seconds: int) -> None:
    first = fair.when(opens())
    later(first.story, seconds).when(opens(**other)).then().refused("session_taken")


def test_a_published_id_is_opened_for_its_own_participant_only() -> None:
    published = spring.model_copy(update={"sessions": (DemoSession(session_hash=ID, participant=PlayerId("rocket")),)})
    story = given(service).defined(SPRING, published)
    story.when(opens(participant=PlayerId("groot"))).then().refused("session_taken")
    story.when(opens()).then(SessionOpened(session=session()))


def test_there_must_be_such_an_engagement() -> None:
    fair.when(opens(engagement=EngagementId("winter"))).then().refused("no_engagement")
    fair.removed(EngagementSpec, SPRING).when(opens()).then().refused("no_engagement")


@pytest.mark.parametrize("ttl_seconds", [SHORTEST_S - 1, LONGEST_S + 1])
def test_a_session_is_open_for_a_minute_at_least_and_thirty_days_at_most(ttl_seconds: int) -> None:
    with pytest.raises(ValidationError, match="ttl_seconds"):
        opens(ttl_seconds)


def test_only_the_hash_of_an_id_is_ever_said() -> None:
    with pytest.raises(ValidationError, match="session_hash"):
        opens(session_hash="sess_abc123")


def test_a_session_is_shown_by_its_hash() -> None:
    now = session()
    row = Put(key=(ID,), values=(SPRING, "rocket", now.opened_at, now.expires_at))
    assert shown(view, SessionOpened(session=now)) == (row,)


@for_all(st.lists(st.tuples(st.integers(SHORTEST_S, 10_000), st.integers(0, 5_000)), min_size=1, max_size=8))
def test_whatever_is_wished_an_end_that_was_told_is_kept(wishes: list[tuple[int, int]]) -> None:
    story, told, now = fair, NOON, 0
    for ttl_seconds, pause in wishes:
        now += pause
        story = later(story, now).when(opens(ttl_seconds)).story
        standing = story.state(session_of(ID))
        assert isinstance(standing, Opened)
        assert standing.session.expires_at >= max(told, NOON + timedelta(seconds=now + ttl_seconds))
        assert standing.session.opened_at == NOON + timedelta(seconds=wishes[0][1])
        told = standing.session.expires_at
