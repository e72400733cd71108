#!/bin/bash
# setup.sh wasm|postgres|faketime|minisign|registry|node|python|cloudspot…: installs what is missing, and says so. What is there
# is left alone.
set -euo pipefail

say() { echo "-- $*"; }

# Installs a Debian package; elsewhere says what to install by hand.
debian() {
    if ! command -v apt-get >/dev/null; then
        echo "Install $1 with your system's package manager, then run this again." >&2
        exit 3
    fi
    local root=()
    [ "$(id -u)" = 0 ] || root=(sudo)
    say "installing $1"
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$1" >/dev/null
}

# Connectors are built for it.
wasm() {
    local libraries
    libraries=$(rustc --print target-libdir --target wasm32-wasip2 2>/dev/null || true)
    if [ -d "$libraries" ]; then return; fi
    say "installing the Rust target wasm32-wasip2"
    rustup target add wasm32-wasip2
}

# Only the programs: tests run a private cluster of their own, on a spare port.
postgres() {
    if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then return; fi
    debian postgresql
}

# Shifts the wall clock of one process.
faketime() {
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || debian libfaketime
}

# The guest in JavaScript is built by tools that refuse older ones.
node() {
    type -P node >/dev/null || debian nodejs
    # Some packages of Node bring npm along, and conflict with Debian's.
    type -P npm >/dev/null || debian npm
    local version major minor
    version=$(command node --version)
    IFS=. read -r major minor _ <<<"${version#v}"
    if [ "$major" -lt 20 ] || { [ "$major" = 20 ] && [ "$minor" -lt 19 ]; }; then
        echo "Node $version is too old: install 20.19 or later (https://nodejs.org), then run this again." >&2
        exit 3
    fi
}

# The guest in Python is built in an environment of its own.
python() {
    python3 -c 'import venv, ensurepip' 2>/dev/null || debian python3-venv
}

# Signs components as their publishers do.
minisign() {
    type -P minisign >/dev/null || debian minisign
}

# Only the program: tests run a private registry of their own, on a spare port.
registry() {
    type -P docker-registry >/dev/null || debian docker-registry
}

# The vendor's published clients, which tests run against the simulated vendor. 0.13.0 is the last in which
# users sign in.
cloudspot() {
    local root version folder
    root=$(cd "$(dirname "$0")/.." && pwd)
    for version in 0.13.0 1.1.0; do
        folder=$root/target/cloudspot-erp-api/$version
        if [ -e "$folder/installed" ]; then continue; fi
        python3 -m pip --version >/dev/null 2>&1 || debian python3-pip
        say "installing cloudspot-erp-api $version"
        rm -rf "$folder"
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-compile \
            --target "$folder" --no-deps --requirement "$root/tests/all/cloudspot/requirements.txt" \
            "cloudspot-erp-api==$version"
        touch "$folder/installed"
    done
}

for what in "$@"; do
    case "$what" in
        wasm | postgres | faketime | minisign | registry | node | python | cloudspot) "$what" ;;
        *) echo "unknown: $what (known: wasm, postgres, faketime, minisign, registry, node, python, cloudspot)" >&2; exit 2 ;;
    esac
done
