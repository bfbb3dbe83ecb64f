"""What players were given: each thing once, as it was due; it arrives once, in time, and by what its seed decided."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from shared.eventlog.rows import EventRow, OutboxRow
from shared.fair.checker import check_crate
from shared.ids import TenantId, uuid_of
from shared.messages.base import Event
from shared.messages.grant import (
    AckGrant,
    ClaimGrant,
    CrateOpened,
    GiveGrant,
    Grant,
    GrantClaimed,
    GrantExpired,
    GrantGiven,
    OpenCrate,
    contents_of,
)
from shared.messages.player import PlayerCreated
from shared.messages.registration import (
    BanPlayer,
    PlayerBanned,
    PlayerRegistered,
    PlayerUnbanned,
    RegisterPlayer,
    UnbanPlayer,
)
from shared.messages.wallet import CreditWallet, DebitWallet, WalletPosted
from tests.simulation.clients import TENANT, Wanted
from tests.simulation.contests import CHEST, ROLLS, TABLE
from tests.simulation.events import RUNNERS
from tests.simulation.reading import Fact, Reading
from tests.simulation.told_events import kept_of, reason_of
from tests.simulation.told_games import expect

KINDS: Final[tuple[type[Event], ...]] = (GrantGiven, GrantClaimed, GrantExpired, CrateOpened)
Entry = dict[str, Any]
Appended = Callable[[str], Collection[datetime]]


class Due(NamedTuple):
    """Something that must be given, once."""

    player: str
    grant_id: str
    entries: tuple[Entry, ...]
    source_kind: str
    source_ref: str | None
    sure: bool = True
    """Otherwise it may also not have been given."""

    @classmethod
    def of(
        cls, player: str, names: tuple[str, ...], entries: Iterable[Entry], kind: str, ref: str | None
    ) -> Iterator[Due]:
        """What is due for one thing that was reached: all but crates together, and each kind of crate alone."""
        told = list(entries)
        base = ("grant", *names)
        plain = tuple(entry for entry in told if entry["type"] != "crate")
        if plain:
            yield cls(player, uuid_of(TenantId(TENANT), *base), plain, kind, ref)
        for place, crate in enumerate(entry for entry in told if entry["type"] == "crate"):
            yield cls(player, uuid_of(TenantId(TENANT), *base, "crate", str(place)), (crate,), kind, ref)


class GrantsJudge:
    """Holds what was given, claimed and opened against what was due, and against what wallets got for it."""

    def __init__(self, ledger: Reading, wishes: Mapping[str, Wanted]) -> None:
        self._ledger, self._wishes = ledger, wishes
        self._grants: dict[str, Grant] = {}
        """As they must stand."""

    def effects(self, attempts: Iterable[str]) -> list[str]:
        """The attempts that ran, as often as they did; but for those that are known by what they paid or made."""
        said = list(attempts)
        commanded = self._ledger.commanded
        given = [id_ for id_ in said for _ in commanded(id_, GrantGiven) if self._is(id_, GiveGrant)]
        claimed = [id_ for id_ in said for _ in commanded(id_, GrantClaimed) if not commanded(id_, WalletPosted)]
        other = (CrateOpened, PlayerBanned, PlayerUnbanned)
        ran = [id_ for id_ in said for kind in other for _ in commanded(id_, kind)]
        known = [id_ for id_ in said if not commanded(id_, PlayerCreated)]
        registered = [id_ for id_ in known for _ in commanded(id_, PlayerRegistered)]
        return [*given, *claimed, *ran, *registered]

    def _is(self, attempt: str, kind: type[Any]) -> bool:
        return isinstance(self._wishes[attempt].command, kind)

    def due(self, wish: Wanted) -> tuple[int, ...] | None:
        """How many effects a granted wish may have had; None of what is no business of grants."""
        match wish.command:
            case ClaimGrant() | AckGrant() | OpenCrate() | UnbanPlayer():
                return (0, 1)
            case GiveGrant() | RegisterPlayer() | BanPlayer():
                return (1,)
            case _:
                return None

    def close(self, due: Iterable[Due], stuck: Collection[OutboxRow], now: datetime, asked_at: Appended) -> None:
        """Everything was given that was due, and nothing else; and what was claimed has arrived. Raises Violation.

        Args:
            due: what must have been given for events.
            stuck: the Sends that are left to people; what they would give may have been given or not.
            now: what could be claimed until earlier, by any clock, must have expired.
            asked_at: when an attempt was appended, each time.
        """
        left = {gift["grant_id"] for row in stuck for gift in orjson.loads(row.payload)["data"].get("gifts", ())}
        owed = {one.grant_id: one for one in due}
        for one in self._by_hand():
            owed[one.grant_id] = one
        for row, event in self._history():
            match event:
                case GrantGiven():
                    self._give(event, owed)
                case GrantClaimed():
                    self._claim(row, event, asked_at)
                case CrateOpened():
                    self._open(row, event, owed, asked_at)
                case _:
                    self._expire(row, event)
        missing = {id_: one for id_, one in owed.items() if id_ not in self._grants and id_ not in left and one.sure}
        expect(not missing, f"nobody was given {missing}")
        self._arrived()
        waiting = [one for one in self._grants.values() if one.status == "pending"]
        late = [one for one in waiting if one.expires_at is not None and one.expires_at <= now]
        expect(not late, f"these can be claimed for ever: {late}, and it is {now}")

    def _history(self) -> list[Fact]:
        facts = [fact for kind in KINDS for fact in self._ledger.by_type[kind.wire]]
        return sorted(facts, key=lambda fact: (fact[0].part, fact[0].pos))

    def _by_hand(self) -> Iterator[Due]:
        """What the game's own server gives."""
        for wish in {one.key: one for one in self._wishes.values() if isinstance(one.command, GiveGrant)}.values():
            assert isinstance(wish.command, GiveGrant)
            gift = wish.command.gift
            entries = tuple(entry.model_dump(mode="json") for entry in gift.entries)
            yield Due(wish.entity, gift.grant_id, entries, "api", gift.source_ref, wish.done is not None)

    def _give(self, event: GrantGiven, owed: Mapping[str, Due]) -> None:
        grant = event.grant
        expect(grant.grant_id not in self._grants, f"{grant} was given twice")
        due = owed.get(grant.grant_id)
        expect(due is not None, f"{grant} was given, and nobody owed it")
        assert due is not None
        source = (grant.player, grant.source_kind, grant.source_ref, grant.status)
        expect(source == (due.player, due.source_kind, due.source_ref, "pending"), f"{grant} should be {due}")
        told = [entry.model_dump(mode="json") for entry in grant.entries]
        same = len(told) == len(due.entries) and all(map(_is_one_of, told, due.entries))
        expect(same, f"{grant} should hold {due.entries}")
        self._grants[grant.grant_id] = grant

    def _claim(self, row: EventRow, event: GrantClaimed, asked_at: Appended) -> None:
        self._take(row, event.grant, asked_at)
        expect(event.grant.kind == "reward", f"{event} is a crate, and was not opened")

    def _take(self, row: EventRow, told: Grant, asked_at: Appended) -> None:
        was = self._grants.get(told.grant_id)
        expect(was is not None and was.status == "pending", f"{told} was taken, but it was {was}")
        assert was is not None
        same = {"status", "claimed_at", "rolled_at", "acked_by", "proof"}
        expect(told.model_dump(exclude=same) == was.model_dump(exclude=same), f"{told} was {was}")
        command = self._wishes[row.command_id].command
        by = "server_api" if isinstance(command, AckGrant) else "sdk"
        expect((told.status, told.acked_by) == ("claimed", by), f"{told} by {command}")
        first = min(asked_at(row.command_id), default=row.at)
        in_time = told.expires_at is None or first < told.expires_at
        expect(in_time, f"{told} was asked for at {first}, too late")
        self._grants[told.grant_id] = told

    def _open(self, row: EventRow, event: CrateOpened, owed: dict[str, Due], asked_at: Appended) -> None:
        """What comes out was decided by the seed that was promised when the crate was given."""
        crate, was = event.grant, self._grants.get(event.grant.grant_id)
        self._take(row, crate, asked_at)
        shown, promised = crate.proof, was.proof if was is not None else None
        expect(shown is not None and promised is not None, f"{event} proves nothing")
        assert shown is not None
        assert promised is not None
        expect(shown.server_seed_hash == promised.server_seed_hash, f"{event} had promised {promised}")
        hash_ = hashlib.sha256((shown.server_seed or "").encode()).hexdigest()
        expect(hash_ == shown.server_seed_hash, f"{event} reveals another seed")
        quantity = crate.entries[0].quantity  # type: ignore[union-attr]
        told = {"quantity": quantity, "rolls": ROLLS, "weightedEntries": TABLE}
        found = check_crate(CHEST, shown.server_seed or "", shown.server_seed_hash, told)
        expect(found.ok and found.row is not None, f"{event}, but: {found.problems}")
        assert found.row is not None
        inside = contents_of(crate.grant_id)
        entries = tuple(found.row["entries"])
        owed[inside] = Due(crate.player, inside, entries, "crate", crate.grant_id)

    def _expire(self, row: EventRow, event: GrantExpired) -> None:
        was = self._grants.get(event.grant.grant_id)
        expect(was is not None and was.status == "pending", f"{event}, but it was {was}")
        assert was is not None
        over = was.expires_at is not None and row.at >= was.expires_at
        expect(over, f"{event} at {row.at}, too early")
        self._grants[was.grant_id] = event.grant

    def _arrived(self) -> None:
        """Whatever was claimed is in a wallet, once; nothing else is."""
        paid = {reason for reason, moved in self._ledger.moved.items() if reason.startswith(reason_of("")) and moved}
        for grant in self._grants.values():
            moved = self._ledger.moved[reason_of(grant.grant_id)]
            due = kept_of(grant) if grant.status == "claimed" else []
            expect(moved == due, f"{grant} brought {moved}, due was {due}")
            paid.discard(reason_of(grant.grant_id))
        expect(not paid, f"these were paid, and nobody was given them: {paid}")

    def money(self, model: dict[tuple[str, str], int]) -> None:
        """Add what has arrived, and what the server gave and took, to what everybody should have."""
        for grant in self._grants.values():
            if grant.status == "claimed":
                for player, asset, amount in kept_of(grant):
                    model[player, asset] += amount
        own = {one.key: one for one in self._wishes.values() if one.entity in RUNNERS}
        for wish in own.values():
            ran = any(self._ledger.commanded(attempt, WalletPosted) for attempt in wish.attempts)
            match wish.command:
                case CreditWallet(asset=asset, amount=amount) if wish.done is not None or ran:
                    model[wish.entity, asset] += amount
                case DebitWallet(asset=asset, amount=amount) if wish.done is not None or ran:
                    model[wish.entity, asset] -= amount
                case _:
                    pass

    def tally(self) -> Counter[str]:
        """How often each thing happened."""
        facts = self._ledger.facts
        sources: dict[str, int] = defaultdict(int)
        for one in facts(GrantGiven):
            sources[f"grants of kind {one.grant.source_kind}"] += 1
        mine = {
            "grants claimed": len(facts(GrantClaimed)),
            "grants acknowledged": sum(one.grant.acked_by == "server_api" for one in facts(GrantClaimed)),
            "grants expired": len(facts(GrantExpired)),
            "crates opened": len(facts(CrateOpened)),
            "registrations": len(facts(PlayerRegistered)),
            "bans": len(facts(PlayerBanned)),
            "bans taken back": len(facts(PlayerUnbanned)),
        }
        return Counter(mine) + Counter(sources)


def _is_one_of(told: Entry, due: Entry) -> bool:
    """Whether it is what was promised, or within the range."""
    field = "amount" if due["type"] == "currency" else "quantity"
    number, said = told[field], due[field]
    if isinstance(said, Mapping):
        step = said.get("step") or 1
        right = said["min"] <= number <= said["max"] and (number - said["min"]) % step == 0
    else:
        right = number == said
    return right and {**told, field: None} == {**due, field: None}
