"""No money is made and none is lost: what all wallets hold, the house owes, whatever was wished in whatever order."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, get_args

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.ledger.registry import service
from services.ledger.wallet.state import wallet_of
from shared.eventlog.memory_tables import MemoryTables
from shared.eventlog.rows import TableChange
from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Command
from shared.messages.player import CreatePlayer, SetPlayerStatus, Status
from shared.messages.wallet import AssetSpec, CreditWallet, DebitWallet, Leg, PayWallet, RefundWallet, TransferWallet
from shared.testing.grammar import Consequence, given, shown
from shared.testing.promises import events_of
from shared.worker.folding import show

PLAYERS: Final = [PlayerId("rocket"), PlayerId("groot")]
ASSETS: Final = [AssetId("WINZ"), AssetId("USD"), AssetId("rocks")]
ACCOUNTS: Final = [AccountId("gifts"), AccountId("stakes"), AccountId("unclaimed")]

players, assets, accounts = st.sampled_from(PLAYERS), st.sampled_from(ASSETS), st.sampled_from(ACCOUNTS)
amounts = st.integers(1, 50) | st.integers(LARGEST_AMOUNT - 50, LARGEST_AMOUNT)
signed = amounts.flatmap(lambda amount: st.sampled_from([amount, -amount]))
legs = st.lists(st.builds(Leg, asset=assets, amount=signed, account=accounts), min_size=1, max_size=4).map(tuple)
opening = st.dictionaries(assets, st.integers(-1, 100) | amounts, max_size=3)
movement: Final[dict[str, Any]] = {"player": players, "asset": assets, "amount": amounts, "account": accounts}
wishes: st.SearchStrategy[Command] = st.one_of(
    st.builds(CreatePlayer, player=players, opening=opening),
    st.builds(SetPlayerStatus, player=players, status=st.sampled_from(get_args(Status)), reason=st.just("")),
    *(st.builds(wish, **movement) for wish in (CreditWallet, DebitWallet, PayWallet, RefundWallet)),
    st.builds(TransferWallet, player=players, legs=legs),
)

town = given(service).defined("WINZ", AssetSpec(name="Winz")).defined("USD", AssetSpec(name="Dollar", scale=2))


def show_all(tables: MemoryTables, after: Consequence) -> None:
    """As the log would: every row of one commit is folded into one operation, then applied."""
    changes: dict[str, TableChange] = {}
    for event in events_of(after.outcome):
        for view in after.story.rulebook.views[type(event)]:
            for row in shown(view, event):
                show(changes, view.table, (0, "starlight"), row)
    tables.check(changes)
    tables.apply(changes)


@settings(max_examples=150)
@for_all(st.lists(wishes, max_size=25))
def test_wallets_and_house_sum_to_zero_after_every_wish(sequence: list[Command]) -> None:
    """The grammar checks each step too: postings sum to zero, no balance is below zero, states survive storage."""
    story, tables = town, MemoryTables(service)
    for wish in sequence:
        after = story.when(wish)
        show_all(tables, after)
        story = after.story
        sums: Counter[str] = Counter()
        for (_, _, player, asset), (balance, _) in tables.rows["wallets"].items():
            assert isinstance(balance, int)
            assert balance >= 0
            assert story.state(wallet_of(PlayerId(str(player)))).of(AssetId(str(asset))) == balance
            sums[str(asset)] += balance
        for (_, _, _, asset), (amount,) in tables.rows["house"].items():
            assert isinstance(amount, int)
            sums[str(asset)] += amount
        assert not any(sums.values()), f"after {wish!r}: {dict(sums)}"
