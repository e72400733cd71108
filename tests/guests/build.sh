#!/bin/sh
# Builds every guest of the tests to target/guests/NAME.wasm. Quick when nothing changed.
#
# usage: build.sh [rust] [javascript] [python]     default: all three
set -eu
cd "$(dirname "$0")/../.."

out=target/guests
guests=tests/guests
mkdir -p "$out"

# newer OUTPUT INPUT...: whether an input is newer than the output, or there is no output.
newer() {
    [ -f "$1" ] || return 0
    [ -n "$(find "$@" -newer "$1" -type f -print | head -n 1)" ]
}

build_rust() {
    set -- misbehave actor member trap-in-describe forbidden-import switches hooked flow-guest \
        versioned
    cargo build --quiet --profile connector --target wasm32-wasip2 \
        -p misbehave -p actor -p member -p trap-in-describe -p forbidden-import -p switches -p hooked \
        -p flow-guest -p versioned
    for name in "$@"; do
        place target/wasm32-wasip2/connector/$(echo "$name" | tr - _).wasm "$name"
    done
    # A former version, in a target folder of its own, so that the two builds do not undo each other.
    cargo build --quiet --profile connector --target wasm32-wasip2 --target-dir target/next \
        -p switches --features loose
    place target/next/wasm32-wasip2/connector/switches.wasm switches-loose
    # A flow that wants the network.
    cargo build --quiet --profile connector --target wasm32-wasip2 --target-dir target/next \
        -p flow-guest --features network
    place target/next/wasm32-wasip2/connector/flow_guest.wasm flow-guest-network
}

# place BUILT NAME: untouched when nothing changed, so that nobody takes it for new.
place() {
    cmp -s "$1" "$out/$2.wasm" || cp "$1" "$out/$2.wasm"
}

# The other languages' tools want one folder with the guests' world and what it refers to.
lay_out_wit() {
    rm -rf "$out/wit"
    mkdir -p "$out/wit/deps/connector"
    cp "$guests"/world/*.wit "$out/wit/"
    cp wit/*.wit "$out/wit/deps/connector/"
}

build_javascript() {
    newer "$out/javascript.wasm" "$guests/javascript" "$guests/world" wit || return 0
    tools=$out/npm
    mkdir -p "$tools"
    if newer "$tools/installed" "$guests/javascript/package.json"; then
        cp "$guests/javascript/package.json" "$tools/"
        rm -rf "$tools/node_modules"
        npm install --loglevel=error --no-package-lock --no-audit --no-fund --prefix "$tools" >/dev/null
        touch "$tools/installed"
    fi
    cp "$guests/javascript/build.mjs" "$tools/"
    lay_out_wit
    node "$tools/build.mjs" "$guests/javascript/connector.js" "$out/wit" "$out/javascript.new"
    mv "$out/javascript.new" "$out/javascript.wasm"
}

build_python() {
    newer "$out/python.wasm" "$guests/python" "$guests/world" wit || return 0
    tools=$out/venv
    # Its programs begin with the path it was made at: in another folder it is made again.
    if newer "$tools/installed" "$guests/python/requirements.txt" || [ "$(cat "$tools/installed")" != "$PWD" ]; then
        python3 -m venv --clear "$tools"
        "$tools/bin/pip" install --quiet --disable-pip-version-check \
            --requirement "$guests/python/requirements.txt"
        echo "$PWD" >"$tools/installed"
    fi
    lay_out_wit
    # A copy, because Python leaves its compiled files beside the source.
    mkdir -p "$tools/guest"
    cp "$guests/python/connector.py" "$tools/guest/"
    "$tools/bin/componentize-py" --quiet --wit-path "$out/wit" --world reader \
        componentize --python-path "$tools/guest" connector --output "$out/python.new"
    mv "$out/python.new" "$out/python.wasm"
}

[ $# -gt 0 ] || set -- rust javascript python
for language in "$@"; do
    case $language in
        rust | javascript | python) "build_$language" ;;
        *) echo "build.sh: no guests in $language; rust, javascript or python" >&2 && exit 2 ;;
    esac
done
