"""An operator's activity makes sense or is refused with the path of the field; eligibility is told by one rule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from shared.definitions import InvalidDefinition, parse_spec
from shared.ids import ActivityId, AssetId, MessageId, RewardId
from shared.messages.access import hash_of
from shared.messages.action import AwardGrant, AwardReward
from shared.messages.activity import activity_of, reason_of
from shared.messages.activity_spec import Eligibility, SpinSegment, Taken, eligibility
from shared.messages.engagement import EngagementSpec
from shared.testing.clock import NOON
from tests.specs.activity_words import SPRING, TODAY, poll, quiz, spin

OF: Final = {"engagement": SPRING, "name": "x"}
SEGMENT: Final = {"label": "x", "prize_type": "none", "weight": 1}
QUESTION: Final = {"id": "q1", "options": 3, "right": 2}
SPIN: Final = {**OF, "type": "spin_wheel"}
QUIZ: Final = {**OF, "type": "quiz"}
POLL: Final = {**OF, "type": "poll"}
FORM: Final = {**OF, "type": "form"}


@pytest.mark.parametrize(
    ("wrong",                                                            "path"),
    [
        ({**OF, "type": "game"},                                           "spec.type"),
        (SPIN,                                                             "spec"),
        ({**SPIN, "segments": [{**SEGMENT, "weight": 0}]},                 "spec"),
        ({**SPIN, "segments": [{**SEGMENT, "weight": -1}]},                "spec.segments[0].weight"),
        ({**SPIN, "segments": [SEGMENT] * 101},                            "spec.segments"),
        ({**SPIN, "segments": [SEGMENT], "options": ["red"]},              "spec"),
        ({**SPIN, "segments": [{**SEGMENT, "action": {"type": "dance"}}]}, "spec.segments[0].action"),
        (QUIZ,                                                             "spec"),
        ({**QUIZ, "questions": [{**QUESTION, "right": 3}]},                "spec.questions[0]"),
        ({**QUIZ, "questions": [{**QUESTION, "options": 1}]},              "spec.questions[0].options"),
        ({**QUIZ, "questions": [{**QUESTION, "options": 21}]},             "spec.questions[0].options"),
        ({**QUIZ, "questions": [QUESTION, QUESTION]},                      "spec"),
        ({**QUIZ, "questions": [{**QUESTION, "points": 0}]},               "spec"),
        ({**QUIZ, "questions": [QUESTION], "pass_at": 101},                "spec.pass_at"),
        ({**POLL, "options": ["red", "red"]},                              "spec"),
        ({**POLL, "options": []},                                          "spec"),
        ({**FORM, "fields": [{"name": "a", "type": "choice"}]},            "spec.fields[0]"),
        ({**FORM, "fields": [{"name": "a", "options": ["x"]}]},            "spec.fields[0]"),
        ({**FORM, "fields": [{"name": "a"}, {"name": "a"}]},               "spec"),
        ({**POLL, "options": ["red"], "max_attempts": 0},                  "spec.max_attempts"),
        ({**POLL, "options": ["red"], "cooldown_seconds": -1},             "spec.cooldown_seconds"),
        ({**POLL, "options": ["red"], "attempts_per": "week"},             "spec.attempts_per"),
        ({**POLL, "options": ["red"], "actions": [{"type": "award_badge", "badge": "x", "name": "x"}] * 9},
         "spec.actions"),
        ({**POLL, "options": ["red"], "actions": [{"type": "award_points", "points": 0}]},
         "spec.actions[0].award_points.points"),
    ],
)  # fmt: skip
def test_an_activity_that_makes_no_sense_is_refused_with_the_path_of_the_field(wrong: Any, path: str) -> None:
    with pytest.raises(InvalidDefinition) as found:
        parse_spec("activity", wrong)
    assert found.value.path == path


def test_an_activity_names_all_that_must_be_there_for_it() -> None:
    grant, reward = AwardGrant(asset=AssetId("gems"), amount=1), AwardReward(reward=RewardId("rwd"))
    segment = SpinSegment(label="x", prize_type="x", weight=1, action=reward)
    spec = spin(spin().segments[0], segment, actions=(grant,))
    assert [(one.kind, one.key, one.path) for one in spec.references()] == [
        ("engagement", SPRING, "engagement"),
        ("reward", "rwd", "segments[1].action.reward"),
        ("asset", "gems", "actions[0].asset"),
    ]
    assert [one.kind for one in quiz().references()] == ["engagement"]


def test_what_an_activity_was_made_for_never_changes() -> None:
    assert set(type(poll()).lasting) == {"engagement", "type"}


def test_a_demo_session_is_kept_by_its_hash_alone() -> None:
    raw = {"name": "x", "sessions": [{"session_id": "sess_abc123", "participant": "StarlordV7"}]}
    spec = parse_spec("engagement", raw)
    assert isinstance(spec, EngagementSpec)
    assert spec.sessions[0].session_hash == hash_of("sess_abc123")
    assert "sess_abc123" not in spec.model_dump_json()
    assert parse_spec("engagement", spec.model_dump(mode="json")) == spec
    assert [(one.kind, one.key) for one in spec.references()] == [("asset", "points")]


@pytest.mark.parametrize("sessions", [3, [3], [{"participant": "x"}], [{"session_id": 3, "participant": "x"}]])
def test_a_demo_session_that_makes_no_sense_is_refused(sessions: Any) -> None:
    with pytest.raises(InvalidDefinition, match="sessions"):
        parse_spec("engagement", {"name": "x", "sessions": sessions})


YESTERDAY: Final = "2026-11-20"


@pytest.mark.parametrize(
    ("most", "per",   "cooldown", "taken",                                          "used", "cooling", "eligible"),
    [
        (None,   "total", 0,      Taken(),                                          0,      0,    True),
        (None,   "total", 0,      Taken(9, TODAY, 9, NOON),                         9,      0,    True),
        (3,      "total", 0,      Taken(2, TODAY, 2, NOON),                         2,      0,    True),
        (3,      "total", 0,      Taken(3, TODAY, 3, NOON),                         3,      0,    False),
        (3,      "total", 3_600,  Taken(3, TODAY, 3, NOON),                         3,      3_600, False),
        (3,      "total", 3_600,  Taken(1, TODAY, 1, NOON),                         1,      3_600, False),
        (3,      "total", 3_600,  Taken(1, TODAY, 1, NOON - timedelta(hours=1)),    1,      0,    True),
        (3,      "total", 3_600,  Taken(1, TODAY, 1, NOON - timedelta(minutes=59, seconds=59)), 1, 1, False),
        (3,      "day",   0,      Taken(9, TODAY, 3, NOON),                         3,      0,    False),
        (3,      "day",   0,      Taken(9, YESTERDAY, 3, NOON),                     0,      0,    True),
        (1,      "day",   86_400, Taken(1, YESTERDAY, 1, NOON - timedelta(hours=23)), 0,    3_600, False),
    ],
)  # fmt: skip
def test_who_may_take_part_is_told_by_one_rule(
    most: int | None, per: Any, cooldown: int, taken: Taken, used: int, cooling: int, eligible: bool
) -> None:
    spec = poll(max_attempts=most, attempts_per=per, cooldown_seconds=cooldown)
    told = Eligibility(eligible=eligible, attempts_used=used, max_attempts=most, cooldown_remaining_seconds=cooling)
    assert eligibility(spec, taken, NOON) == told


@pytest.mark.parametrize(
    ("reason", "activity"),
    [
        (reason_of(ActivityId("quiz 1"), MessageId("a-1")), "quiz 1"),
        ("activity quiz-1", None),
        ("lootbox starter-box x", None),
        ("", None),
    ],
)
def test_the_ledgers_reason_names_the_activity(reason: str, activity: str | None) -> None:
    assert activity_of(reason) == activity
