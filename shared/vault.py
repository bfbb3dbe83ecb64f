"""Where operators' secrets are kept: sealed, so that whoever reads the tables learns nothing from them."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LONGEST_SECRET: Final = 512
"""In UTF-8 bytes; sealed, it is a third longer and 24 characters."""
_LABEL: Final = b"vault/1"


class Place(NamedTuple):
    """Where a secret belongs; sealed for one place it does not open at another."""

    tenant: str
    kind: str
    """Of the definition: `operator`."""
    key: str
    field: str
    """That the secret was put in: `secret`."""


class SealBroken(Exception):
    """This was not sealed here, for this place, with the master secret that the process has."""


class Vault:
    """Seals secrets with AES-256-SIV (RFC 5297), under a key that is made from the token master.

    The same secret sealed for the same place is the same text, so that a definition put twice is one version; at
    another place it is another text, so that nobody sees who has the same, and none opens where it does not belong.
    """

    def __init__(self, master: bytes) -> None:
        """Take over the master secret: `Settings.token_master()`, of 32 bytes or more."""
        self._cipher = AESSIV(hmac.digest(master, _LABEL, "sha512"))

    def seal(self, secret: str, place: Place) -> str:
        """The secret, as it may be kept; URL-safe base64.

        Args:
            secret: 1 to 512 bytes in UTF-8.
            place: where it belongs.

        Raises:
            ValueError: it is empty or too long.
        """
        data = secret.encode()
        if not 0 < len(data) <= LONGEST_SECRET:
            raise ValueError(f"a secret has 1 to {LONGEST_SECRET} bytes; this one has {len(data)}")
        return base64.urlsafe_b64encode(self._cipher.encrypt(data, _named(place))).decode()

    def open(self, sealed: str, place: Place) -> str:
        """The secret again.

        Args:
            sealed: what `seal` gave.
            place: as it was sealed.

        Raises:
            SealBroken: it was sealed elsewhere, for another place, or with another master secret.
        """
        try:
            data = base64.b64decode(sealed, altchars=b"-_", validate=True)
            return self._cipher.decrypt(data, _named(place)).decode()
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise SealBroken("this was not sealed for this place with the present FAIRGROUND_TOKEN_SECRET") from error


def _named(place: Place) -> list[bytes]:
    return [name.encode() for name in place]
