"""What activities may tell: nothing before all of it has happened, and no refusal without its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from shared.messages.activity import CommitActivitySeed, CompleteActivity, ValidateActivity, reason_of
from shared.messages.activity_event import ActivityCompleted, AttemptValidated, CompletionBegun, CompletionDenied
from shared.messages.base import Event
from shared.messages.reward import CodeReturned, CodeTaken
from tests.simulation.activities import ACTIVITIES, PASS_AT, PEARLS, POINTS, QUESTIONS, REWARDS, Brings
from tests.simulation.clients import Told, Wanted
from tests.simulation.reading import Fact, Moved, Reading
from tests.simulation.told_games import expect
from tests.simulation.told_wheels import Asked, since_of

CLAIMS: Final = {"score": "score", "passed": "passed", "spin_result_index": "segment_index"}
"""What people may believe, and what the result calls that."""
Result = Mapping[str, Any]


def result_of(activity: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What this must come to, where no chance is needed."""
    match ACTIVITIES[activity].type:
        case "quiz":
            given = {one["question_id"]: one["selected_option"] for one in payload["answers"]}
            score = sum(given.get(id_) == right for id_, (_, right) in QUESTIONS.items())
            percentage = score * 100 // len(QUESTIONS)
            passed = percentage >= PASS_AT
            return {"score": score, "maxScore": len(QUESTIONS), "percentage": percentage, "passed": passed}
        case "poll":
            return {"selected_option": payload["selected_option"]}
        case _:
            return {}


def brought_by(activity: str, result: Result) -> list[Brings]:
    """What an attempt with this result brings, in order."""
    one = ACTIVITIES[activity]
    prize = one.segments[result["segment_index"]][1] if one.segments else None
    passed = result.get("passed", True)
    return [*([prize] if prize else []), *(brings for brings in one.actions if passed or brings.on == "any")]


def payments_in(player: str, actions: list[dict[str, Any]]) -> list[Moved]:
    """What must have moved for these actions, as they were told."""
    return [moved for action in actions if (moved := _payment(player, action)) is not None]


def _payment(player: str, action: dict[str, Any]) -> Moved | None:
    match action["type"]:
        case "award_points":
            return Moved(player, POINTS, action["points_awarded"])
        case "award_grant":
            return Moved(player, action["granted"]["asset"], action["granted"]["amount"])
        case _:
            return None


def check_actions(player: str, activity: str, result: Result, told: list[dict[str, Any]]) -> None:
    """Whatever this result brings is among what was done, in order, and nothing else. Raises Violation."""
    due = brought_by(activity, result)
    right = len(due) == len(told) and all(_is_done(brings, action) for brings, action in zip(due, told, strict=True))
    expect(right, f"{player} is due {due} of {activity} for {result}, and was given {told}")


def _is_done(brings: Brings, action: dict[str, Any]) -> bool:
    match brings.what:
        case "points":
            return (action["type"], action.get("points_awarded")) == ("award_points", brings.amount)
        case "pearls":
            granted = {"asset": PEARLS, "amount": brings.amount}
            return (action["type"], action.get("granted")) == ("award_grant", granted)
        case "badge":
            return bool(action["type"] == "award_badge")
        case reward:
            return _is_claimed(reward, action)


def _is_claimed(key: str, action: dict[str, Any]) -> bool:
    reward = REWARDS[key]
    if action["type"] != "award_reward":
        instead = (action["type"], action.get("points_awarded")) == ("award_points", reward.instead)
        return instead and reward.instead is not None
    claimed = action["reward_claimed"]
    right = claimed["code"] == reward.shared if reward.size is None else isinstance(claimed["code"], str)
    return bool(claimed["reward_id"] == key and right)


class ActivitiesTold:
    """Holds every answer about activities against the facts and the ledger's, at the moment when it is given."""

    def __init__(self, engines: Reading, ledger: Reading, asked: Mapping[str, Asked]) -> None:
        self._engines, self._ledger, self._asked = engines, ledger, asked
        self.seen: Counter[str] = Counter()
        """How often some answers were given."""

    def granted(self, wish: Wanted, body: dict[str, Any]) -> None:
        """Whoever is told this has it. Raises Violation."""
        match wish.command:
            case ValidateActivity():
                self._validated(wish, wish.command, body)
            case CompleteActivity():
                self._completed(wish, wish.command, body)
            case CommitActivitySeed():
                chain = ("activity", wish.command.player, wish.command.activity)
                known = since_of(self._engines, chain, min(self._since(wish)))
                told = body["server_seed_hash"]
                expect(told in known, f"{wish.key} was told of {told}, promised since was {known}")
            case _:
                pass

    def _since(self, wish: Wanted) -> Iterator[int]:
        return (self._asked[attempt].pos for attempt in wish.attempts if attempt in self._asked)

    def _validated(self, wish: Wanted, command: ValidateActivity, body: dict[str, Any]) -> None:
        facts = [one.attempt for one in self._own(AttemptValidated, command)]
        told = {name: body[name] for name in ("attempt_id", "result", "proof")}
        shown = [one.model_dump(mode="json", include=set(told)) for one in facts]
        expect(told in shown, f"{wish.key} was told {body}, there were {shown}")
        believed = [command.payload.get(claim) in (None, told["result"].get(name)) for claim, name in CLAIMS.items()]
        expect(body["valid"] == all(believed), f"{wish.key} claimed {command.payload} and was told {body}")

    def _completed(self, wish: Wanted, command: CompleteActivity, body: dict[str, Any]) -> None:
        rows = self._engines.by_type[ActivityCompleted.wire]
        done = [one for row, one in rows if row.correlation_id == wish.key]
        shown = [one.model_dump(mode="json", include=set(body)) for one in done]
        expect(shown == [body], f"{wish.key} was told {body}, done was {shown}")
        mine = done[0].player == command.player and command.attempt_id in (None, body["attempt_id"])
        expect(mine, f"{wish.key} of {command} completed {done}")
        check_actions(command.player, command.activity, body["result"], body["actions"])
        moved = self._ledger.moved[reason_of(command.activity, body["attempt_id"])]
        due = payments_in(command.player, body["actions"])
        expect(moved == due, f"{wish.key} was told {body}, moved was {moved}")
        for action, payment in ((one, _payment(command.player, one)) for one in body["actions"]):
            if payment is not None and action["new_balance"] is not None:
                stood = self._ledger.stood[payment.player, payment.asset]
                expect(action["new_balance"] in stood, f"{wish.key} was told of {action}, and the player had {stood}")

    def refused(self, wish: Wanted, told: Told) -> None:
        """It was so at some moment after it was asked. Raises Violation."""
        command = wish.command
        if told.attempt not in wish.attempts or not isinstance(command, CompleteActivity | ValidateActivity):
            return
        self.seen[f"activities: {told.code}"] += 1
        asked = self._asked[told.attempt]
        match told.code:
            case "reward_exhausted":
                self._exhausted(wish, command, told)
            case "not_eligible":
                self._not_eligible(command, asked, told)
            case "attempt_in_progress":
                self._in_progress(command, asked, told)
            case "attempt_closed" if not wish.hopeless:
                done = [one.attempt_id for one in self._own(ActivityCompleted, command)]
                closed = isinstance(command, CompleteActivity) and command.attempt_id in done
                expect(closed, f"{told} to {command}, but only {done} are")
            case "deadline_passed" | "too_many_waiting" | "player_blocked":
                pass
            case _:
                expect(wish.hopeless, f"{told} to {command}")

    def _exhausted(self, wish: Wanted, command: CompleteActivity | ValidateActivity, told: Told) -> None:
        """Nothing was done, and nothing kept; unless somebody has begun the same attempt anew meanwhile."""
        rows = self._engines.by_type[CompletionDenied.wire]
        denied = [one.attempt_id for row, one in rows if row.correlation_id == wish.key]
        expect(bool(denied), f"{told} to {command}, and nothing was denied")
        begun = Counter(one.attempt_id for one in self._own(CompletionBegun, command))
        begun.subtract(one.attempt_id for one in self._own(CompletionDenied, command))
        for attempt in denied:
            if not begun[attempt]:
                moved = self._ledger.moved[reason_of(command.activity, attempt)]
                taken = Counter(one.number for one in self._engines.facts(CodeTaken) if one.attempt_id == attempt)
                expect(not moved, f"{told} to {command}, and yet {moved} was moved")
                back = Counter(one.number for one in self._engines.facts(CodeReturned))
                expect(taken <= back, f"{told} to {command}, which has kept the codes {taken - back}")

    def _not_eligible(self, command: CompleteActivity | ValidateActivity, asked: Asked, told: Told) -> None:
        """So many had been begun, and not denied before this was asked, or one had just been completed."""
        rules, details = ACTIVITIES[command.activity], told.details
        day = asked.at.strftime("%Y-%m-%d")
        before = [one.attempt_id for one in self._own(CompletionDenied, command, upto=asked.pos)]
        all_ = self._own(CompletionBegun, command)
        begun = Counter(one.attempt_id for one in all_ if not rules.daily or one.day >= day)
        used = (begun - Counter(before)).total()
        last = [one.completed_at for one in self._own(ActivityCompleted, command)]
        cooling = bool(rules.cooldown) and any(at + rules.cooldown > asked.at for at in last)
        full = rules.most is not None and used >= rules.most
        expect(full or cooling, f"{told} to {command} at {asked}, after {begun} less {before}, completed at {last}")
        shown = details["max_attempts"] == rules.most and not details["eligible"]
        why = details["attempts_used"] >= (rules.most or 1 << 53) or details["cooldown_remaining_seconds"] > 0
        long = timedelta(seconds=details["cooldown_remaining_seconds"]) > rules.cooldown
        expect(shown and why and not long, f"{told} to {command} does not say why")

    def _in_progress(self, command: CompleteActivity | ValidateActivity, asked: Asked, told: Told) -> None:
        """Another was under way then, or later."""
        begun = Counter(one.attempt_id for one in self._own(CompletionBegun, command))
        for kind in (CompletionDenied, ActivityCompleted):
            begun.subtract(one.attempt_id for one in self._own(kind, command, upto=asked.pos))
        expect(max(begun.values(), default=0) > 0, f"{told} to {command} at {asked}, although nothing was under way")

    def _own(
        self, kind: type[Event], command: CompleteActivity | ValidateActivity, upto: int | None = None
    ) -> list[Any]:
        facts: list[Fact] = self._engines.by_type[kind.wire]
        own = (fact for fact in facts if (fact[1].player, fact[1].activity) == (command.player, command.activity))
        return [event for row, event in own if upto is None or row.pos <= upto]
