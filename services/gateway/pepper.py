"""Secrets that the doors hand out or sign with, made from the platform's one token secret instead of being kept."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

import orjson


class Pepper:
    """What every such secret is made from: the same names give the same secret, and nobody can guess another's."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def derived(self, purpose: str, *names: str) -> bytes:
        """32 bytes: HMAC-SHA256(token secret, the JSON list of purpose and names).

        Args:
            purpose: such as `claim`; what is made for one purpose is of no use for another.
            names: of what it belongs to, such as tenant and player.
        """
        return hmac.digest(self._master, orjson.dumps([purpose, *names]), hashlib.sha256)

    def token(self, purpose: str, *names: str) -> str:
        """The same as text: 43 characters of base64url, 256 bits."""
        return urlsafe_b64encode(self.derived(purpose, *names)).rstrip(b"=").decode()
