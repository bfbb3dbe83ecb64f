"""Nothing that is hidden is told: where players see the same, everything that is said is the same, whatever is hidden.

The same is done at many tables whose seeds differ. At every step those where the player may know the same by then are
held against each other: facts, replies, timers and what is asked of others must not differ by a letter, but for the
hashes. While a round is open there are at every step such tables, and what is still hidden at them is not the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any, Final, NamedTuple, get_args

import pytest

from shared.messages.base import Answer, Command
from shared.messages.call import CallAnswer
from shared.messages.game import Slug
from shared.messages.games.blackjack import BlackjackShown
from shared.messages.games.hilo import HiloShown, HiloStart
from shared.messages.round import MoveAnswered, Round, RoundAnswer, RoundSettled
from shared.messages.session import WalletKind
from shared.messages.wallet import DebitWallet, TransferWallet, WalletAnswer
from shared.shapes import Decision, Refused, Send
from shared.testing.grammar import Consequence
from shared.testing.promises import events_of
from tests.specs.hidden_tables import SCRIPTS, Script, differ, hidden_at, numbers_of, table
from tests.specs.table_words import ROCKET, USD, begins, moves, round_in, table_in

Answers = Callable[[Send, WalletKind], Answer]
_HASH: Final = re.compile(r'("server_hash":)"[0-9a-f]{64}"')


class Step(NamedTuple):
    """One decision at a table."""

    seen: str
    """What the player is told."""
    said: str
    """All that is said to anybody."""
    open: bool
    """Whether the round goes on, or waits for a stake: then something is hidden."""
    shown: int
    """How many cards of the deck the player has seen."""


def granted(send: Send, wallet: WalletKind) -> Answer:
    told = (
        CallAnswer(balance=500) if wallet == "callback"
        else WalletAnswer(transaction_id="t", player=ROCKET, balances={USD: 500})
    )  # fmt: skip
    return Answer(granted=True, body=told.model_dump(mode="json"))


def refused(send: Send, wallet: WalletKind) -> Answer:
    return Answer(granted=False, code="insufficient_balance" if wallet == "internal" else "unknown")


def refused_once_it_is_open(send: Send, wallet: WalletKind) -> Answer:
    """The first stake is there, and a further one is not."""
    return (refused if isinstance(send.then, MoveAnswered) else granted)(send, wallet)


def steps(script: Script, number: int, wallet: WalletKind, answers: Answers) -> list[Step]:
    """Of every step, what the player sees by it, and all that is said."""
    story, said = table(script.slug, number, wallet), list[Step]()
    after = story.when(begins(script.slug, script.opening))
    round_id = round_in(after).round_id
    commands: list[Command] = [moves(script.slug, round_id, move) for move in script.moves]
    shown = 0
    while True:
        shown = max(shown, _cards_in(after, script))
        said.append(Step(seen_in(after), texts_of(after), _open(after, script.slug), shown))
        waits = [send for send in after.sends if send.then is not None]
        if waits:
            then = waits[0].then
            assert then is not None
            after = after.story.when(then.model_copy(update={"answer": answers(waits[0], wallet)}), after.wish)
        elif commands:
            after = after.story.when(commands.pop(0))
        else:
            return said


def seen_in(after: Consequence) -> str:
    """What the player is told: of a move that waits for its payout, what it will be."""
    outcome = after.outcome
    if isinstance(outcome, Refused):
        return outcome.code
    if isinstance(outcome, Decision) and isinstance(outcome.reply, Refused):
        return outcome.reply.code
    told = _told(after)
    return "" if told is None else _without_hashes(told.model_dump_json())


def _told(after: Consequence) -> Round | None:
    """The round as the player sees it by this step."""
    if isinstance(after.outcome, Decision) and isinstance(after.outcome.reply, RoundAnswer):
        return after.outcome.reply.round
    return next((event.round for event in events_of(after.outcome) if isinstance(event, RoundSettled)), None)


def _cards_in(after: Consequence, script: Script) -> int:
    told = _told(after)
    match None if told is None else told.shown:
        case BlackjackShown() as hands:
            return sum(len(hand.cards) for hand in hands.player) + len(hands.dealer.cards)
        case HiloShown() as run:
            assert isinstance(script.opening, HiloStart)
            return len(run.rounds) - (script.opening.start_card is not None)
        case _:
            return 0


def _open(after: Consequence, slug: Slug) -> bool:
    held = table_in(after.story, slug).held
    return held is not None and held.round.status in ("initializing", "open")


def texts_of(after: Consequence) -> str:
    """All that is said, but for hashes, and for what the ledger is to pay with the stake of a round that is over."""
    texts = [event.model_dump_json() for event in events_of(after.outcome)]
    reply = getattr(after.outcome, "reply", None)
    texts += [reply.model_dump_json()] if isinstance(reply, RoundAnswer) else [repr(reply)]
    for send in after.sends:
        texts.append(_stake(send.command) or send.command.model_dump_json())
        texts.append("" if send.then is None else send.then.model_dump_json())
    texts += [f"{timer.id} {timer.due_at} {timer.command.model_dump_json()}" for timer in after.timers]
    return _without_hashes("\n".join(texts))


def _stake(command: Command) -> str | None:
    """A stake goes by one of two commands, which is between the ledger and us."""
    match command:
        case TransferWallet():
            return f"a stake of {-command.legs[0].amount} for {command.reason}"
        case DebitWallet():
            return f"a stake of {command.amount} for {command.reason}"
        case _:
            return None


def _without_hashes(text: str) -> str:
    return _HASH.sub(r"\1…", text)


def _looking_alike(script: Script, played: dict[int, list[Step]]) -> Iterable[tuple[int, list[int]]]:
    """Of every step, each group of tables where the player may know the same."""
    places = {len(stage.places): stage.places for stage in script.stages} | {0: ()}
    for step in range(max(map(len, played.values()))):
        groups: dict[Any, list[int]] = defaultdict(list)
        for number, said in played.items():
            if step >= len(said):
                continue
            if said[step].open:  # what may be known is taken from the deck, and not from what was told
                key: tuple[str, ...] = tuple(hidden_at(script, number)[place] for place in places[said[step].shown])
            else:
                key = ("it is over", *(one.seen for one in said[: step + 1]))
            groups[key].append(number)
        yield from ((step, group) for group in groups.values())


@pytest.mark.parametrize("answers", [granted, refused, refused_once_it_is_open])
@pytest.mark.parametrize("wallet", get_args(WalletKind))
@pytest.mark.parametrize("name", SCRIPTS)
def test_where_players_may_know_the_same_everything_that_is_said_is_the_same(
    name: str, wallet: WalletKind, answers: Answers
) -> None:
    script = SCRIPTS[name]
    played = {number: steps(script, number, wallet, answers) for number in numbers_of(name)}
    hidden = {number: hidden_at(script, number) for number in played}
    shows_something: set[int] = set()
    for step, group in _looking_alike(script, played):
        assert len({played[number][step].said for number in group}) == 1, f"step {step} tells what is hidden"
        shown = played[group[0]][step].shown
        if any(differ(hidden[one], hidden[other], shown) for one, other in combinations(group, 2)):
            shows_something.add(step)
    open_steps = {step for said in played.values() for step, one in enumerate(said) if one.open}
    assert open_steps <= shows_something, "no two tables look alike here and hide something else: this shows nothing"
    assert open_steps or wallet == "demo", "while a stake is asked for, all is hidden"


def test_every_game_is_looked_at() -> None:
    assert {script.slug for script in SCRIPTS.values()} == set(get_args(Slug))


def test_what_is_hidden_decides_how_an_insured_round_ends() -> None:
    """Of tables that look alike when insurance is asked for, one has a blackjack hidden, and another has none."""
    script = SCRIPTS["blackjack insured"]
    played: dict[int, Any] = {
        number: steps(script, number, "internal", granted) for number in numbers_of("blackjack insured")
    }
    asked_for = 2
    ends = [
        {played[number][asked_for + 1].open for number in group}
        for step, group in _looking_alike(script, played)
        if step == asked_for
    ]
    assert {True, False} in ends
