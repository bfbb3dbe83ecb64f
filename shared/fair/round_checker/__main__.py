"""`python -m shared.fair.round_checker ROUND.json`: 0 if everything agrees, 1 if not, 2 if it cannot be told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from shared.fair.round_checker.answer import question
from shared.fair.round_checker.check import check
from shared.fair.round_checker.verdict import verdict


def main(words: list[str]) -> int:
    """Check the round in this file."""
    if len(words) != 1:
        sys.stderr.write("usage: python -m shared.fair.round_checker ROUND.json\n")
        return 2
    try:
        result = check(question(json.loads(Path(words[0]).read_text(encoding="utf-8"))))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot be checked: {error}\n")
        return 2
    sys.stdout.write("\n".join(verdict(result)) + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
