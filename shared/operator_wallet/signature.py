"""What a request between an operator and us is signed with, in both directions."""

from __future__ import annotations

import hmac
from typing import Final, Literal

OPERATOR_HEADER: Final = "X-Operator-ID"
TIMESTAMP_HEADER: Final = "X-Timestamp"
SIGNATURE_HEADER: Final = "X-HMAC-SHA256"


def signature_of(secret: str, timestamp: str, path: str, body: bytes, scheme: Literal["v1", "v0"] = "v1") -> str:
    """HMAC-SHA256 in lower-case hex, under the operator's secret in UTF-8.

    Args:
        secret: the operator's.
        timestamp: unix seconds as they stand in the header.
        path: of the request, such as `/operator/launch`, without a query.
        body: compact JSON; empty for a GET.
        scheme: `v1` signs timestamp, path and body; `v0`, which is older, leaves the path out.
    """
    signed = timestamp if scheme == "v0" else timestamp + path
    return hmac.digest(secret.encode(), signed.encode() + body, "sha256").hex()
