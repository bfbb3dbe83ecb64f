"""A missing or wrong setting stops the start with its name, and the demo's secrets are refused in production."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from shared.fair.seeds import SeedChain
from shared.ids import TenantId
from shared.settings import DEMO_SECRET, SHORTEST_SECRET, Settings, WrongSettings, read_settings

OWN: Final = "a secret of our own that is long enough"
SECRETS: Final = {"admin_key": OWN, "seed_secrets": f"k1={OWN}", "token_secret": OWN}


@pytest.fixture(autouse=True)
def _an_empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FAIRGROUND_")]:
        monkeypatch.delenv(name)


def test_without_any_setting_production_does_not_start() -> None:
    with pytest.raises(WrongSettings, match="FAIRGROUND_ADMIN_KEY must be set"):
        read_settings()


def test_production_starts_with_secrets_of_its_own() -> None:
    settings = read_settings(**SECRETS)
    assert settings.environment == "production"
    assert settings.admin_secret == OWN
    assert settings.seed_masters() == {"k1": OWN}
    assert settings.token_master() == OWN.encode()


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, f"{DEMO_SECRET}-admin", f"k1={DEMO_SECRET}-seeds-that-everybody-knows"])
def test_production_refuses_each_secret_that_is_missing_or_the_demos(name: str, value: str | None) -> None:
    with pytest.raises(WrongSettings, match=f"FAIRGROUND_{name.upper()} must be set to a secret of your own"):
        read_settings(**{**SECRETS, name: value})


def test_production_refuses_to_crash_at_will(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="FAIRGROUND_CRASH_FILE is for tests"):
        read_settings(**SECRETS, crash_file=tmp_path / "crash")
    assert read_settings(environment="test", crash_file=tmp_path / "crash").crash_file


@pytest.mark.parametrize("environment", ["demo", "test"])
def test_the_demo_and_tests_need_no_setting_at_all(environment: str) -> None:
    settings = read_settings(environment=environment)
    assert settings.admin_secret == f"{DEMO_SECRET}-admin"
    (seed_secret,) = settings.seed_masters().values()
    SeedChain(TenantId("starlight"), {"k1": seed_secret.encode()}, "k1")  # raises if it is too short to be one
    assert len(settings.token_master()) >= SHORTEST_SECRET


def test_the_environment_is_read_and_what_is_said_in_code_goes_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRGROUND_ENVIRONMENT", "test")
    monkeypatch.setenv("FAIRGROUND_PARTITIONS", "32")
    monkeypatch.setenv("FAIRGROUND_DATA", "/srv/fairground")
    settings = read_settings(partitions=4, instance=None)
    assert (settings.environment, settings.partitions, settings.data) == ("test", 4, Path("/srv/fairground"))
    assert read_settings().partitions == 32


@pytest.mark.parametrize(
    ("name",                 "value",          "words"),
    [
        ("environment",          "live",           "'demo', 'test' or 'production'"),
        ("partitions",           "0",              "greater than or equal to 1"),
        ("partitions",           "1025",           "less than or equal to 1024"),
        ("partitions",           "many",           "valid integer"),
        ("gateway_port",         "70000",          "less than or equal to 65535"),
        ("probe_port",           "0",              "greater than or equal to 1"),
        ("instance",             "a/b",            "match pattern"),
        ("say_timeout_ms",       "99",             "greater than or equal to 100"),
        ("say_timeout_ms",       "60001",          "less than or equal to 60000"),
        ("session_timeout_ms",   "999",            "greater than or equal to 1000"),
        ("reply_retention_hours", "24",            "greater than or equal to 25"),
        ("log_level",            "debug",          "'DEBUG'"),
        ("log_form",             "xml",            "'json' or 'console'"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRGROUND_ENVIRONMENT", "test")
    monkeypatch.setenv(f"FAIRGROUND_{name.upper()}", value)
    with pytest.raises(WrongSettings) as error:
        read_settings()
    assert str(error.value).startswith(f"FAIRGROUND_{name.upper()}: ")
    assert words in str(error.value)


def masters_of(text: str) -> dict[str, str]:
    return read_settings(environment="test", seed_secrets=text).seed_masters()


A, B = "a" * SHORTEST_SECRET, "b" * SHORTEST_SECRET


@pytest.mark.parametrize(
    ("text",               "masters"),
    [
        (f"k1={A}",            {"k1": A}),
        (f"k2={B},k1={A}",     {"k2": B, "k1": A}),
        (f"k2={B}, k1={A}",    {"k2": B, "k1": A}),
        (f"k1={A}==",          {"k1": f"{A}=="}),
        (f"k1={'ä' * 16}",     {"k1": "ä" * 16}),
    ],
)  # fmt: skip
def test_seed_secrets_are_read_the_newest_first(text: str, masters: dict[str, str]) -> None:
    assert list(masters_of(text).items()) == list(masters.items())


@pytest.mark.parametrize(
    ("text",               "words"),
    [
        ("",                   "must look like"),
        (A,                    "must look like"),
        ("k1=",                "must look like"),
        (f"={A}",              "must look like"),
        (f" ={A}",             "must look like"),
        (f"k1={A},",           "must look like"),
        (f"k1={A},k1={B}",     "two secrets of one id"),
        (f"k1={A}, k1={B}",    "two secrets of one id"),
        (f"k1={A[1:]}",        "at least 32 bytes"),
        (f"k2={B},k1=short",   "at least 32 bytes"),
    ],
)  # fmt: skip
def test_seed_secrets_that_could_break_a_promise_are_refused_without_showing_them(text: str, words: str) -> None:
    with pytest.raises(WrongSettings, match=words) as error:
        masters_of(text)
    assert "FAIRGROUND_SEED_SECRETS" in str(error.value)
    assert A[1:] not in str(error.value)


@pytest.mark.parametrize("text", ["", A[1:], "ä" * 15])
def test_a_token_secret_that_could_be_guessed_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(WrongSettings, match="FAIRGROUND_TOKEN_SECRET has at least 32 bytes") as error:
        read_settings(environment="test", token_secret=text).token_master()
    assert not text or text not in str(error.value)


@pytest.mark.parametrize("shown", [repr, str, lambda settings: settings.model_dump_json()])
def test_a_secret_is_not_shown_with_the_other_settings(shown: Any) -> None:
    assert OWN not in shown(read_settings(**SECRETS))


def test_a_wrong_secret_is_not_shown_in_the_error() -> None:
    with pytest.raises(WrongSettings) as error:
        read_settings(**{**SECRETS, "partitions": 0})
    assert OWN not in str(error.value)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert Settings.model_fields[name].description


def test_an_answer_is_repeated_for_longer_than_a_send_is_told_again() -> None:
    """Sends are told again up to half the retention; the shortest retention still covers a day of a door's keys."""
    retention = Settings.model_fields["reply_retention_hours"].metadata
    assert timedelta(hours=next(bound.ge for bound in retention if hasattr(bound, "ge"))) > timedelta(days=1)
