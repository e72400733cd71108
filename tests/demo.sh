#!/bin/bash
# The demo: a simulated vendor, a service on SQLite in a temporary folder, and the commands that an
# operator types. Everything it starts is stopped at its end, also after Ctrl-C or a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

bold() { [ -t 1 ] && printf '\033[1m%s\033[0m\n' "$*" || echo "$*"; }
say() { echo; bold "# $*"; }
# Shows a command as it is typed, and runs it.
run() {
    printf '$'
    for word in "$@"; do
        case "$word" in
            *[!A-Za-z0-9_./:=@-]*) printf " '%s'" "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    echo
    "$@"
}
windlass() { target/debug/windlass "$@"; }

folder=$(mktemp -d)
started=()
finish() {
    local code=$?
    trap - EXIT INT TERM
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    if [ "$code" = 130 ]; then
        echo
        echo "Stopped."
    elif [ "$code" != 0 ]; then
        echo
        echo "The demo stopped with exit code $code. The end of the service's log:"
        tail -n 20 "$folder/serve.log" 2>/dev/null || true
    fi
    rm -rf "$folder"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

# Looks for a line in a file until it is there.
await() {
    for _ in $(seq 300); do
        grep -qs "$1" "$2" && return
        sleep 0.1
    done
    echo "Waited 30 seconds for: $3" >&2
    exit 3
}

# A port that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM % 20000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

say "A simulated BaseLinker with 250 orders, seven to a second, and the vendor's limit of 100 requests a minute"
target/debug/simulator-baselinker --orders 250 --token 2000123-4000567-DEMO7TOKEN8OF9A0SIMULATED1SHOP >"$folder/vendor.log" &
started+=($!)
await '^control ' "$folder/vendor.log" "the simulated vendor"
vendor=$(sed -n 's/^vendor //p' "$folder/vendor.log")
control=$(sed -n 's/^control //p' "$folder/vendor.log")
echo "$vendor"

say "The service, on SQLite, in an empty folder"
WINDLASS_URL="http://127.0.0.1:$(free_port)"
export WINDLASS_URL
target/debug/windlass serve --data "$folder/data" --listen "${WINDLASS_URL#http://}" --allow-private 127.0.0.0/8 \
    >"$folder/serve.log" 2>&1 &
started+=($!)
for _ in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/${WINDLASS_URL##*:}") 2>/dev/null && break
    kill -0 "${started[1]}" || exit 3
    sleep 0.1
done
WINDLASS_TOKEN=$(cat "$folder/data/admin.token")
export WINDLASS_TOKEN
echo "$WINDLASS_URL"

say "A connector is one .wasm file; it gets what it asks for and nothing else (without --yes you are asked)"
run windlass connector install target/connectors/baselinker.wasm --yes

say "Connect a shop; the token goes to the service, never to the connector"
export TOKEN=2000123-4000567-DEMO7TOKEN8OF9A0SIMULATED1SHOP
run windlass connection create shop --connector baselinker --set base_url="$vendor" --secret token=env:TOKEN

say "Orders arrive, page by page, each page in one transaction"
run windlass sync shop orders
run windlass records shop orders --limit 5
run windlass changes shop orders --limit 5

say "Again: nothing is new, so nothing is written"
run windlass sync shop orders

say "Ship the first order"
order=$(windlass records shop orders --limit 1 --format ndjson | sed -E 's/.*"order_id":"?([0-9]+).*/\1/')
run windlass act shop set-order-status --input "{\"order_id\": $order, \"status_id\": 8071}"

say "Swap the connector for its next version while the service runs, and go back"
run windlass connector install target/connectors/baselinker-next.wasm --yes
run windlass sync shop orders
run windlass connector rollback baselinker
run windlass connector list

say "What the vendor saw"
run windlass limit list shop
curl -fsS "$control/_sim/stats" 2>/dev/null || true
echo

say "Go on"
cat <<'END'
  target/debug/windlass serve     starts a service of your own, in ./windlass-data
  target/debug/windlass --help    all commands
  plugins/baselinker              the source of this connector
  make test                       shows that what is promised holds
END
