"""Each code of a pool is given to one player only; one that came back is given before any new one."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.engines.registry import service
from services.engines.reward.codes import NUMBER_BITS, written
from services.engines.reward.state import MOST_GAPS, Pool, Run, pool_of, with_returned
from services.ledger.definition import decider as definition
from services.ledger.registry import service as ledger
from shared.definitions import InvalidDefinition, parse_spec
from shared.fair.seeds import SeedChain
from shared.ids import AssetId, MessageId, PlayerId, RewardId
from shared.messages import know_all
from shared.messages.action import AwardGrant, AwardPoints
from shared.messages.definition import DefinitionChanged
from shared.messages.reward import (
    LONGEST_CODE,
    MOST_CODES,
    MOST_GENERATED,
    CodeAnswer,
    CodeReturned,
    CodeReturnedAnswer,
    CodeTaken,
    GiveBackCode,
    RewardSpec,
    TakeCode,
)
from shared.shapes import Decision, Seed
from shared.streams import Stream
from shared.testing.grammar import MASTERS, TENANT, Consequence, Story, given
from shared.worker.rulebook import LARGEST_STATE_BYTES, Rulebook

POOL, ROCKET = RewardId("rwd_pool"), PlayerId("rocket")
listed = RewardSpec(title="Three", type="voucher", codes=("A", "B", "C"))
generated = RewardSpec(title="Many", type="voucher", generated=1_000)
three: Final = given(service).defined(POOL, listed)
many: Final = given(service).defined(POOL, generated)


def takes(attempt: str = "a", version: int = 1) -> TakeCode:
    return TakeCode(reward=POOL, definition_version=version, player=ROCKET, attempt_id=MessageId(attempt))


def gives_back(number: int) -> GiveBackCode:
    return GiveBackCode(reward=POOL, number=number)


def taken(number: int, attempt: str = "a") -> CodeTaken:
    return CodeTaken(reward=POOL, number=number, player=ROCKET, attempt_id=MessageId(attempt))


def returned(number: int) -> CodeReturned:
    return CodeReturned(reward=POOL, number=number)


def code_in(consequence: Consequence) -> str:
    reply = getattr(consequence.outcome, "reply", None)
    assert isinstance(reply, CodeAnswer)
    return reply.code


def pool_in(story: Story) -> Pool:
    return story.state(pool_of(POOL))


def test_listed_codes_are_given_in_their_order_until_none_is_left() -> None:
    first = three.when(takes("x")).then(taken(0, "x")).replied(CodeAnswer(number=0, code="A"))
    second = first.when(takes()).then(taken(1)).replied(CodeAnswer(number=1, code="B"))
    third = second.when(takes()).then(taken(2)).replied(CodeAnswer(number=2, code="C"))
    third.when(takes()).then().refused("reward_exhausted", reward=POOL)


def test_a_code_that_came_back_is_given_next() -> None:
    some = three.and_then(taken(0), taken(1))
    back = some.when(gives_back(0)).then(returned(0)).replied(CodeReturnedAnswer(number=0))
    again = back.when(takes()).then(taken(0)).replied(CodeAnswer(number=0, code="A"))
    again.when(takes()).then(taken(2))
    assert pool_in(again.story) == Pool(2)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_only_what_somebody_has_can_come_back(number: int) -> None:
    some = three.and_then(taken(0), taken(1), returned(0), returned(1))
    some.when(gives_back(number)).then().refused("not_given")


def test_more_codes_may_be_added_to_a_pool_that_is_empty() -> None:
    empty = given(service).defined(POOL, RewardSpec(title="x", type="voucher", generated=0))
    empty.when(takes()).then().refused("reward_exhausted", reward=POOL)
    empty.defined(POOL, generated, 2).when(takes()).then(taken(0))


def test_fewer_codes_than_were_given_are_no_codes_and_what_came_back_is_not_given_either() -> None:
    fewer = many.and_then(taken(0), taken(1), returned(1)).defined(
        POOL, generated.model_copy(update={"generated": 1}), 2
    )
    fewer.when(takes()).then().refused("reward_exhausted", reward=POOL)


def test_a_reward_that_was_taken_out_of_use_still_gives_what_was_begun() -> None:
    gone = three.removed(RewardSpec, POOL)
    gone.when(takes()).then(taken(0))
    gone.when(takes(version=7)).then().refused("reward_exhausted", reward=POOL)


@pytest.mark.parametrize(
    "spec", [RewardSpec(title="x", type="coupon", code="SAVE20"), RewardSpec(title="x", type="coupon")]
)
def test_a_reward_without_a_pool_has_no_code_to_take(spec: RewardSpec) -> None:
    given(service).defined(POOL, spec).when(takes()).then().refused("reward_exhausted", reward=POOL)


def test_generated_codes_are_twelve_letters_and_digits_and_always_the_same_for_a_number() -> None:
    first = many.when(takes())
    code = code_in(first)
    assert len(code) == 12
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    back = first.when(gives_back(0))
    assert code_in(back.when(takes())) == code
    other = RewardId("rwd_other")
    elsewhere = given(service).defined(other, generated).when(takes().model_copy(update={"reward": other}))
    assert code_in(elsewhere) != code


def test_no_two_numbers_of_a_pool_have_the_same_code() -> None:
    story, codes = many, set()
    for _ in range(1_000):
        given_ = story.when(takes())
        codes.add(code_in(given_))
        story = given_.story
    assert len(codes) == 1_000
    story.when(takes()).refused("reward_exhausted", reward=POOL)


class Alike(SeedChain):
    """Every seed is the same."""

    def of(self, stream: Stream[Any], number: int, key_id: str | None = None) -> Seed:
        return super().of(stream, 0, key_id)


def test_two_numbers_have_different_codes_even_if_chance_makes_the_same_of_both() -> None:
    alike = many.drawing_from(Alike(TENANT, MASTERS, "k1"))
    first = alike.when(takes())
    second = first.when(takes())
    assert code_in(first)[:7] == code_in(second)[:7]
    assert code_in(first) != code_in(second)


@for_all(st.integers(0, 2**35 - 1), st.integers(0, 2**25 - 1), st.integers(0, 2**35 - 1), st.integers(0, 2**25 - 1))
def test_different_bits_are_written_differently(one: int, hidden: int, two: int, other: int) -> None:
    assert (written(one, hidden) == written(two, other)) == ((one, hidden) == (two, other))
    assert MOST_GENERATED < 2**NUMBER_BITS


@for_all(st.integers(0, 30), st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=60))
def test_no_code_is_given_twice_and_given_returned_and_left_are_all(size: int, steps: list[tuple[bool, int]]) -> None:
    spec = generated.model_copy(update={"generated": size})
    story, held, back = given(service).defined(POOL, spec), set[int](), set[int]()
    for takes_one, which in steps:
        consequence = story.when(takes() if takes_one else gives_back(which))
        if isinstance(consequence.outcome, Decision):
            reply = consequence.outcome.reply
            number = getattr(reply, "number", -1)
            assert (number not in held) == takes_one, "a code is with two players"
            held ^= {number}
            back = back - held if takes_one else back | {number}
        elif takes_one:
            assert len(held) == size, "a code is left, and nobody gets it"
        story = consequence.story
        pool = pool_in(story)
        came_back = {number for run in pool.returned for number in range(run.first, run.last + 1)}
        assert came_back == back
        assert len(held) + len(back) + (size - pool.next) == size


@pytest.mark.parametrize(
    ("runs",                        "number", "after"),
    [
        ((),                          5, (Run(5, 5),)),
        ((Run(1, 2),),                3, (Run(1, 3),)),
        ((Run(4, 6),),                3, (Run(3, 6),)),
        ((Run(1, 2), Run(4, 6)),      3, (Run(1, 6),)),
        ((Run(1, 1), Run(9, 9)),      5, (Run(1, 1), Run(5, 5), Run(9, 9))),
        ((Run(5, 5),),                1, (Run(1, 1), Run(5, 5))),
    ],
)  # fmt: skip
def test_numbers_that_follow_each_other_are_kept_as_one_run(runs: Any, number: int, after: Any) -> None:
    assert with_returned(runs, number) == after


def test_a_pool_remembers_so_many_gaps_and_the_next_code_counts_as_given() -> None:
    odd = [number for number in range(2 * MOST_GAPS + 4) if number % 2]
    story = many.defined(POOL, generated.model_copy(update={"generated": 10_000}), 2)
    story = story.and_then(*(taken(number) for number in range(2 * MOST_GAPS + 4)))
    story = story.and_then(*(returned(number) for number in odd[:MOST_GAPS]))
    story.when(gives_back(odd[-1])).then().refused("too_many_returned", limit=MOST_GAPS)
    story.when(gives_back(0)).then(returned(0))


BASE: Final = {"title": "x", "type": "coupon"}


@pytest.mark.parametrize(
    ("wrong",                                                      "path"),
    [
        ({"type": "money"},                                          "spec.type"),
        ({"display_type": "loud"},                                   "spec.display_type"),
        ({"code": "A", "codes": ["B"]},                              "spec"),
        ({"code": "A", "generated": 1},                              "spec"),
        ({"codes": ["B"], "generated": 0},                           "spec"),
        ({"codes": ["B", "B"]},                                      "spec"),
        ({"codes": ["A B"]},                                         "spec.codes[0]"),
        ({"codes": ["A" * 41]},                                      "spec.codes[0]"),
        ({"codes": ['"quoted"']},                                    "spec.codes[0]"),
        ({"codes": ["back\\slash"]},                                 "spec.codes[0]"),
        ({"codes": [str(n) for n in range(1_001)]},                  "spec.codes"),
        ({"generated": 10_000_001},                                  "spec.generated"),
        ({"generated": -1},                                          "spec.generated"),
        ({"valid_days": 0},                                          "spec.valid_days"),
        ({"fallback": {"type": "award_reward", "reward": "x"}},      "spec.fallback"),
    ],
)  # fmt: skip
def test_a_reward_that_makes_no_sense_is_refused_with_the_path_of_the_field(wrong: Any, path: str) -> None:
    with pytest.raises(InvalidDefinition) as found:
        parse_spec("reward", {**BASE, **wrong})
    assert found.value.path == path


@pytest.mark.parametrize("character", [chr(n) for n in range(ord("!"), ord("~") + 1)])
def test_as_many_codes_as_can_be_listed_fit_into_the_state_that_remembers_them(character: str) -> None:
    codes = [character * (LONGEST_CODE - 4) + f"{number:04}" for number in range(MOST_CODES)]
    try:
        spec = parse_spec("reward", {**BASE, "codes": codes}).model_dump(mode="json")
    except InvalidDefinition:
        return
    changed = DefinitionChanged(kind="reward", key=POOL, version=1, spec=spec)
    state = definition.evolve(definition.decider.initial, changed)
    know_all()
    assert len(Rulebook(ledger).codecs["definition"].encode(state)) <= LARGEST_STATE_BYTES


def test_a_reward_names_what_its_substitute_is_made_of() -> None:
    grant = RewardSpec(title="x", type="coupon", fallback=AwardGrant(asset=AssetId("gems"), amount=1))
    assert [(one.kind, one.key, one.path) for one in grant.references()] == [("asset", "gems", "fallback.asset")]
    assert not list(RewardSpec(title="x", type="coupon", fallback=AwardPoints(points=1)).references())
    assert not list(listed.references())
