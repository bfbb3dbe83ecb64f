"""Operators' secrets, sealed: who reads the tables learns nothing, and nothing opens where it does not belong."""

from __future__ import annotations

import base64

import pytest

from shared.vault import LONGEST_SECRET, Place, SealBroken, Vault

MASTER = b"a master secret of enough bytes."
HERE = Place("starlight", "operator", "11111111-2222-4333-8444-555555555555", "secret")


def test_a_sealed_secret_opens_again_and_does_not_show_itself() -> None:
    sealed = Vault(MASTER).seal("demo-operator-secret", HERE)
    assert "demo" not in sealed
    assert b"demo" not in base64.urlsafe_b64decode(sealed)
    assert Vault(MASTER).open(sealed, HERE) == "demo-operator-secret"


def test_a_secret_sealed_twice_is_the_same_text_so_that_a_definition_put_twice_is_one_version() -> None:
    assert Vault(MASTER).seal("secret", HERE) == Vault(MASTER).seal("secret", HERE)


def test_a_secret_sealed_for_another_place_is_another_text() -> None:
    elsewhere = [HERE._replace(tenant="other"), HERE._replace(key="other"), HERE._replace(field="other")]
    assert len({Vault(MASTER).seal("secret", place) for place in (HERE, *elsewhere)}) == 4


@pytest.mark.parametrize("place", [HERE._replace(tenant="t"), HERE._replace(kind="k"), HERE._replace(key="x")])
def test_a_secret_does_not_open_where_it_does_not_belong(place: Place) -> None:
    sealed = Vault(MASTER).seal("secret", HERE)
    with pytest.raises(SealBroken):
        Vault(MASTER).open(sealed, place)


def test_a_secret_does_not_open_under_another_master_secret() -> None:
    sealed = Vault(MASTER).seal("secret", HERE)
    with pytest.raises(SealBroken, match="FAIRGROUND_TOKEN_SECRET"):
        Vault(b"another secret of enough bytes.!").open(sealed, HERE)


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "é"])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(SealBroken):
        Vault(MASTER).open(sealed, HERE)


@pytest.mark.parametrize("secret", ["", "x" * (LONGEST_SECRET + 1)])
def test_a_secret_that_is_empty_or_too_long_is_not_sealed(secret: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        Vault(MASTER).seal(secret, HERE)


def test_the_longest_secret_fits_the_field_that_it_is_kept_in() -> None:
    assert len(Vault(MASTER).seal("x" * LONGEST_SECRET, HERE)) <= 1_024
