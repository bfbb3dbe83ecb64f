#!/usr/bin/env bash
# Prints fresh secrets for docker-compose.yml. Before the first start: deploy/secrets.sh > .env
# Keep that file: without the seed secrets no promised seed can be revealed.
set -euo pipefail

secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

printf '%s=%s\n' \
    FAIRGROUND_ADMIN_KEY "$(secret)" \
    FAIRGROUND_SEED_SECRETS "k1=$(secret)" \
    FAIRGROUND_TOKEN_SECRET "$(secret)" \
    POSTGRES_PASSWORD "$(secret)"
