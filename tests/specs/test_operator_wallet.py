"""What an operator's answer comes to, and how a call is signed: believed only if every sign of it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import pytest

from services.rgs.breaker import FAILURES, OPEN_S, Breaker
from shared.ids import AssetId, GameCode, OperatorId, PlayerId
from shared.messages.call import SAMPLES, CallCredit, CallDebit, CallRollback
from shared.operator_wallet.port import Callee, Guest, HttpAnswer, NoAnswer, NotConnected
from shared.operator_wallet.reading import read
from shared.operator_wallet.signature import signature_of
from shared.operator_wallet.wallet import OperatorWallet
from shared.testing.clock import FixedClock

GOOD = {"requestId": "r1", "status": "OK", "balance": "100.98"}
CALLEE = Callee(OperatorId("66666666-7777-4888-8999-000000000000"), "https://wallet.example/callback/", "a-secret")
GUEST = Guest(PlayerId("rocket"), AssetId("USD"), GameCode("dice-alpha"), 2)
DEBIT = next(sample for sample in SAMPLES if isinstance(sample, CallDebit))
CREDIT = next(sample for sample in SAMPLES if isinstance(sample, CallCredit))
ROLLBACK = next(sample for sample in SAMPLES if isinstance(sample, CallRollback))


def said(body: Any, status: int = 200) -> HttpAnswer:
    return HttpAnswer(status, body if isinstance(body, bytes) else orjson.dumps(body))


@pytest.mark.parametrize(
    ("answer",                                                        "result"),
    [
        (said(GOOD),                                                  "granted"),
        (said(GOOD, 201),                                             "granted"),
        (said({**GOOD, "more": [1, {"x": None}]}),                    "granted"),
        (said({**GOOD, "status": "LIMIT_REACHED"}),                   "refused"),
        (said({**GOOD, "status": "NOT_ENOUGH_MONEY"}, 402),           "refused"),
        (said({"requestId": "r1", "status": "no"}),                   "refused"),
        (said({**GOOD, "status": "UNKNOWN_TRANSACTION"}),             "refused"),
        (said(GOOD, 400),                                             "unknown"),
        (said(GOOD, 302),                                             "unknown"),
        (said(GOOD, 500),                                             "unknown"),
        (said({**GOOD, "status": "LIMIT_REACHED"}, 502),              "unknown"),
        (said({**GOOD, "requestId": "r2"}),                           "unknown"),
        (said({**GOOD, "requestId": None}),                           "unknown"),
        (said({"status": "OK", "balance": "1"}),                      "unknown"),
        (said({"requestId": "r1", "balance": "1"}),                   "unknown"),
        (said({**GOOD, "status": ""}),                                "unknown"),
        (said({**GOOD, "status": 200}),                               "unknown"),
        (said({"requestId": "r1", "status": "OK"}),                   "unknown"),
        (said({**GOOD, "balance": "much"}),                           "unknown"),
        (said({**GOOD, "balance": "1e3"}),                            "unknown"),
        (said({**GOOD, "balance": "9" * 20}),                         "unknown"),
        (said({**GOOD, "balance": "9" * 30}),                         "unknown"),
        (said(b'{"requestId": "r1", "status": "OK", "balance": NaN}'), "unknown"),
        (said(b"<html>OK</html>"),                                    "unknown"),
        (said(b""),                                                   "unknown"),
        (said([GOOD]),                                                "unknown"),
        (said(b"[" * 60_000),                                         "unknown"),
        (said(b"\xff\xfe"),                                           "unknown"),
    ],
)  # fmt: skip
def test_an_answer_is_granted_or_refused_only_if_nothing_about_it_is_unclear(answer: HttpAnswer, result: str) -> None:
    assert read(answer, "r1", 2).result == result


@pytest.mark.parametrize(
    ("balance",   "scale", "units"),
    [
        (b'"100.98"',   2, 10_098),
        (b'"100.987"',  2, 10_098),
        (b'"-0.5"',     2, -50),
        (b'"7"',        2, 700),
        (b'"12.9"',     0, 12),
        (b"100.98",     2, 10_098),
        (b"100",        8, 10_000_000_000),
        (b"0.1",        1, 1),
    ],
)  # fmt: skip
def test_a_balance_is_read_exactly_and_what_is_less_than_a_unit_is_left_out(
    balance: bytes, scale: int, units: int
) -> None:
    body = b'{"requestId": "r1", "status": "OK", "balance": ' + balance + b"}"
    assert read(said(body), "r1", scale).balance == units


@pytest.mark.parametrize(
    "status",
    ["UNKNOWN_TRANSACTION", "TRANSACTION_NOT_FOUND", "RS_ERROR_TRANSACTION_DOES_NOT_EXIST", "unknown transaction"],
)
def test_a_rollback_hears_that_there_is_no_such_debit(status: str) -> None:
    assert read(said({**GOOD, "status": status}), "r1", 2, rollback=True).result == "unknown_transaction"


@pytest.mark.parametrize("status", ["PLAYER_NOT_FOUND", "UNKNOWN_ERROR", "TRANSACTION_FAILED"])
def test_another_refusal_of_a_rollback_is_no_reason_to_give_up(status: str) -> None:
    assert read(said({**GOOD, "status": status}), "r1", 2, rollback=True).result == "refused"


def test_a_refusal_tells_its_status_and_what_the_player_may_read_but_not_endlessly() -> None:
    told = read(said({**GOOD, "status": "NO" * 500, "customUserError": "Please " * 500}), "r1", 2)
    assert (len(told.status or ""), len(told.message or "")) == (256, 256)
    assert read(said({**GOOD, "status": "NO", "customUserError": 7}), "r1", 2).message is None


def test_what_an_operator_says_can_be_passed_on_whatever_characters_are_in_it() -> None:
    body = rb'{"requestId": "r1", "status": "NO\ud800", "customUserError": "Not\u0000 today,\n\udfff!"}'
    told = read(said(body), "r1", 2)
    assert (told.status, told.message) == ("NO\ufffd", "Not\ufffd today,\ufffd\ufffd!")
    assert orjson.dumps([told.status, told.message])


def test_an_account_in_another_currency_is_told() -> None:
    assert read(said({**GOOD, "accountCurrency": "EUR"}), "r1", 2).account_currency == "EUR"
    assert read(said(GOOD), "r1", 2).account_currency is None


Post = Callable[[str, Mapping[str, str], bytes], Awaitable[HttpAnswer]]


class Heard:
    """A transport that keeps what it is given."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.url, self.headers, self.body, self._trouble = "", dict[str, str](), b"", trouble

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        self.url, self.headers, self.body = url, dict(headers), body
        if self._trouble is not None:
            raise self._trouble
        return said({**GOOD, "requestId": orjson.loads(body)["requestId"]})

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_debit_says_all_that_the_protocol_asks_for_and_is_signed() -> None:
    heard, clock = Heard(), FixedClock()
    told = await OperatorWallet(heard, clock).move(CALLEE, DEBIT)
    assert (told.result, told.balance) == ("granted", 10_098)
    body = orjson.loads(heard.body)
    assert body.pop("requestId")
    assert body == {
        "playerId": "rocket",
        "transactionId": DEBIT.transaction_id,
        "roundId": DEBIT.round_id,
        "gameCode": "dice-alpha",
        "amount": "1.00",
        "metadata": '{"currency":"USD"}',
    }
    assert heard.url == "https://wallet.example/callback/debit"
    timestamp = str(int(clock.now().timestamp()))
    assert heard.headers == {
        "Content-Type": "application/json",
        "X-Operator-ID": CALLEE.operator,
        "X-Timestamp": timestamp,
        "X-HMAC-SHA256": signature_of("a-secret", timestamp, "/callback/debit", heard.body),
    }


async def test_every_try_has_a_request_id_of_its_own_and_the_same_transaction() -> None:
    heard, clock, ids = Heard(), FixedClock(), set()
    wallet = OperatorWallet(heard, clock)
    for _ in range(3):
        await wallet.move(CALLEE, CREDIT)
        body = orjson.loads(heard.body)
        ids.add(body["requestId"])
        assert body["transactionId"] == CREDIT.transaction_id
        assert body["roundClosed"] is True
    assert len(ids) == 3


@pytest.mark.parametrize("kind", ["authenticate", "balance"])
async def test_who_is_asked_about_is_told_with_game_and_currency(kind: str) -> None:
    heard = Heard()
    await getattr(OperatorWallet(heard, FixedClock()), kind)(CALLEE, GUEST)
    body = orjson.loads(heard.body)
    assert body.pop("requestId")
    assert body == {"playerId": "rocket", "currency": "USD", "gameCode": "dice-alpha"}
    assert heard.url.endswith(f"/callback/{kind}")


@pytest.mark.parametrize(("trouble", "result"), [(NotConnected("away"), "not_sent"), (NoAnswer("cut"), "unknown")])
async def test_what_never_left_is_told_from_what_may_have_arrived(trouble: Exception, result: str) -> None:
    told = await OperatorWallet(Heard(trouble), FixedClock()).move(CALLEE, ROLLBACK)
    assert (told.result, told.why) == (result, str(trouble))


async def test_an_answer_that_does_not_come_in_time_is_unknown() -> None:
    class Silent(Heard):
        async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
            await asyncio.Event().wait()
            raise AssertionError

    told = await OperatorWallet(Silent(), FixedClock(), within_s=0.01).move(CALLEE, DEBIT)
    assert told.result == "unknown"


@pytest.mark.parametrize(
    ("scheme", "signature"),
    [
        ("v1", "28d3d5fbe651999feaf2053f19b14d4af98325fe546564576ab009814a06782d"),
        ("v0", "aaf6fc495f99aaa8cd3cca574ae8f8cf691b627bd0b659056b20b250a7cfedcd"),
    ],
)
def test_a_signature_covers_timestamp_path_and_body_and_the_older_one_no_path(scheme: Any, signature: str) -> None:
    assert signature_of("s", "1700000000", "/operator/launch", b'{"playerId":"player-1"}', scheme) == signature


def failing(breaker: Breaker, times: int, now_s: float = 0.0) -> None:
    for _ in range(times):
        assert breaker.allows(now_s)
        breaker.note(now_s, works=False)


def test_a_circuit_opens_after_so_many_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker()
    failing(breaker, FAILURES - 1)
    breaker.note(0.0, works=True)
    failing(breaker, FAILURES - 1)
    assert not breaker.is_open
    failing(breaker, 1)
    assert breaker.is_open
    assert not breaker.allows(OPEN_S - 0.1)


def test_after_a_while_one_call_tries_and_the_others_wait_for_it() -> None:
    breaker = Breaker()
    failing(breaker, FAILURES)
    assert breaker.allows(OPEN_S)
    assert not breaker.allows(OPEN_S)
    breaker.note(OPEN_S, works=True)
    assert not breaker.is_open
    assert breaker.allows(OPEN_S)


def test_a_try_that_fails_opens_the_circuit_for_as_long_again() -> None:
    breaker = Breaker()
    failing(breaker, FAILURES)
    failing(breaker, 1, OPEN_S)
    assert not breaker.allows(2 * OPEN_S - 0.1)
    assert breaker.allows(2 * OPEN_S)
