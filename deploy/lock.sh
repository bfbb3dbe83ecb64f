#!/usr/bin/env bash
# Pins every dependency with its hashes: docs/decisions/0001-a-lock-without-hosts.md says why it looks as it does.
# A pin stays as it is while it still fits pyproject.toml, unless --upgrade is given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pin() {
    .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --quiet "$@"
}

pin --group build --output-file requirements.lock "$@"
pin --extra parquet --group build --group dev --constraints requirements.lock --output-file requirements-dev.lock "$@"
# Faust asks for an older click than everything else runs on: insights stand in an environment of their own.
pin --extra insights --group build --constraints <(sed '/^click==/,/[^\\]$/d' requirements.lock) \
    --output-file requirements-insights.lock "$@"
