"""Nothing that is hidden is told: where players see the same, everything that is said is the same, whatever is hidden.

The same is done at many tables whose seeds differ. At every step those where the player has seen the same so far are
held against each other: facts, replies and what is asked of others must not differ by a letter, but for the hashes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Final, get_args

import pytest

from shared.fair.seeds import SeedChain
from shared.messages.base import Answer, Command
from shared.messages.call import CallAnswer
from shared.messages.game import Slug
from shared.messages.games.baccarat import BaccaratBet
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart, SideBets
from shared.messages.games.dice import DiceBet
from shared.messages.games.hilo import HiloNext, HiloStart
from shared.messages.games.keno import KenoBet
from shared.messages.games.limbo import LimboBet
from shared.messages.games.mines import MinesCashout, MinesReveal, MinesStart
from shared.messages.games.plinko import PlinkoBet
from shared.messages.games.towers import TowersCashout, TowersReveal, TowersStart
from shared.messages.games.wheel import WheelBet
from shared.messages.round import RoundAnswer
from shared.messages.seed_pair import RotateSeeds
from shared.messages.wallet import TransferWallet, WalletAnswer
from shared.shapes import Decision, Refused, Send
from shared.testing.grammar import TENANT, Consequence, Story
from shared.testing.promises import events_of
from tests.specs.table_words import ROCKET, USD, begins, moves, round_in, seat_of, seated

TABLES: Final = 40
SCRIPTS: Final[dict[str, tuple[Any, ...]]] = {
    "dice": (DiceBet(amount=100, over=5_000),),
    "limbo": (LimboBet(amount=100, target=200),),
    "plinko": (PlinkoBet(amount=100, rows=8, risk="LOW"),),
    "keno": (KenoBet(amount=100, tiles=(1, 2, 3), difficulty="LOW"),),
    "wheel": (WheelBet(amount=100, segments=10, difficulty="LOW"),),
    "baccarat": (BaccaratBet(amount=100, on="PLAYER"),),
    "mines": (MinesStart(amount=100, mine_count=2), MinesReveal(field=7), MinesReveal(field=8), MinesCashout()),
    "towers": (
        TowersStart(amount=100, difficulty="EASY"), TowersReveal(field=1), TowersReveal(field=2), TowersCashout(),
    ),
    "hilo": (
        HiloStart(amount=100, start_card="♠7"), HiloNext(action="SKIP"), HiloNext(action="HIGHER"),
        HiloNext(action="CASHOUT"),
    ),
    "blackjack": (
        BlackjackStart(amount=100, side_bets=SideBets(perfect_pairs=5)), BlackjackNext(action="DOUBLE"),
    ),
}  # fmt: skip
_SECRET: Final = re.compile(r'("(?:server_hash|server_seed)":)"[0-9a-f]{64}"')


def table(slug: str, number: int, wallet: Any) -> Story:
    """A table whose server seeds are its own, and whose player has named a seed, as at all the others."""
    masters = {"k1": f"the secret of table number {number:08d}".encode()}
    sitting = seated(slug, wallet, 10_000 if wallet == "demo" else None)  # type: ignore[arg-type]
    story = sitting.drawing_from(SeedChain(TENANT, masters, "k1"))
    return story.when(RotateSeeds(table=seat_of(slug).table, client_seed="lucky")).story


def granted(send: Send, wallet: str) -> Answer:
    told = (
        CallAnswer(balance=500) if wallet == "callback"
        else WalletAnswer(transaction_id="t", player=ROCKET, balances={USD: 500})
    )  # fmt: skip
    return Answer(granted=True, body=told.model_dump(mode="json"))


def refused(send: Send, wallet: str) -> Answer:
    return Answer(granted=False, code="insufficient_balance" if wallet == "internal" else "unknown")


def steps(slug: str, number: int, wallet: str, answers: Any) -> list[tuple[str, str]]:
    """Of every step, what the player sees by it, and all that is said."""
    story, said = table(slug, number, wallet), []
    opening, *script = SCRIPTS[slug]
    after = story.when(begins(slug, opening))
    round_id = round_in(after).round_id
    commands: list[Command] = [moves(slug, round_id, move) for move in script]
    while True:
        said.append((seen_in(after), texts_of(after)))
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
    if isinstance(outcome, Decision) and isinstance(outcome.reply, RoundAnswer):
        return outcome.reply.model_dump_json()
    settled = [event for event in events_of(outcome) if event.wire == "round.settled"]
    return settled[0].model_dump_json() if settled else ""


def texts_of(after: Consequence) -> str:
    """All that is said, but for hashes, and for what the ledger is to pay with the stake of a round that is over."""
    texts = [event.model_dump_json() for event in events_of(after.outcome)]
    reply = getattr(after.outcome, "reply", None)
    texts += [reply.model_dump_json()] if isinstance(reply, RoundAnswer) else [repr(reply)]
    for send in after.sends:
        command = send.command
        if isinstance(command, TransferWallet):
            command = command.model_copy(update={"legs": command.legs[:1]})
        texts.append(command.model_dump_json() if not _whole_or_not(command) else "a stake")
        texts.append("" if send.then is None else send.then.model_dump_json())
    return _SECRET.sub(r"\1…", "\n".join(texts))


def _whole_or_not(command: Command) -> bool:
    """A stake goes by one of two commands, which is between the ledger and us."""
    return command.wire in ("wallet.debit", "wallet.transfer")


@pytest.mark.parametrize("answers", [granted, refused])
@pytest.mark.parametrize("wallet", ["internal", "callback", "demo"])
@pytest.mark.parametrize("slug", get_args(Slug))
def test_where_players_see_the_same_everything_that_is_said_is_the_same(slug: Slug, wallet: str, answers: Any) -> None:
    by_what_was_seen: dict[tuple[str, ...], set[str]] = defaultdict(set)
    different = set()
    for number in range(TABLES):
        said = steps(slug, number, wallet, answers)
        for step in range(len(said)):
            so_far = tuple(_SECRET.sub(r"\1…", seen) for seen, _ in said[: step + 1])
            by_what_was_seen[so_far].add(said[step][1])
        different.add(so_far)
    assert all(len(texts) == 1 for texts in by_what_was_seen.values())
    assert len(different) > 1 or answers is refused, "what came up differs, or this shows nothing"
