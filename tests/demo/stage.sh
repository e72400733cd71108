# What the demo stands on: showing commands, checking claims, starting and stopping. Sourced by demo.sh.

bold() { if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then printf '\033[1m%s\033[0m\n' "$*"; else echo "$*"; fi; }
say() { echo; bold "# $*"; }

# A command as it is typed; long ones in several lines, an option at the start of each.
typed() {
    local line='$' word
    for word in "$@"; do
        if [[ $word == --* ]] && [ ${#line} -gt 90 ]; then
            echo "$line \\"
            line='   '
        fi
        case "$word" in
            *[!A-Za-z0-9_./:=@-]*) line="$line '$word'" ;;
            *) line="$line $word" ;;
        esac
    done
    echo "$line"
}

# Shows a command and runs it. What it printed stays in $folder/out, to be checked.
run() {
    typed "$@"
    "$@" | tee "$folder/out"
}

# Shows a command and runs it; what it says is shown only when it fails.
run_quietly() {
    typed "$@"
    "$@" >"$folder/out" 2>"$folder/err" || { cat "$folder/out" "$folder/err"; exit 1; }
}

windlass() { target/debug/windlass "$@"; }

# vendors PATH [JSON]: asks the simulated vendors, or tells them what to do.
vendors() { target/debug/simulators ask "$SIMULATORS_URL/_sim/$1" "${@:2}"; }

# member NAME: its value in flat JSON on standard input.
member() { sed -E 's/.*"'"$1"'":"?([^],"}]*).*/\1/'; }

# claim WHAT EXPECTED FOUND: says it when it is so, and ends the demo when it is not.
claim() {
    if [ "$2" = "$3" ]; then
        echo "  ok: $1"
    else
        echo "  NOT SO: $1: expected $2, found $3" >&2
        exit 1
    fi
}

# claim_printed WHAT TEXT: the last command printed it.
claim_printed() { claim "$1" "$2" "$(grep -oF -- "$2" "$folder/out" | head -n 1)"; }

# soon WHAT EXPECTED COMMAND…: a claim that comes true within a minute.
soon() {
    local what=$1 expected=$2 found
    shift 2
    for _ in $(seq 300); do
        found=$("$@")
        if [ "$found" = "$expected" ]; then break; fi
        sleep 0.2
    done
    claim "$what" "$expected" "$found"
}

records() { windlass records "$1" "$2" --format ndjson | wc -l | tr -d ' '; }
changes() { windlass changes "$1" "$2" | tail -n +2 | wc -l | tr -d ' '; }
# Runs of a connection that wait or are under way.
unfinished() {
    local state
    for state in queued running; do windlass run list --connection "$1" --state "$state"; done |
        { grep -c "  $1  " || true; }
}

# await FILE LINE PROCESS: a line of a file that a process is about to write.
await() {
    for _ in $(seq 600); do
        if grep -qs -- "$2" "$1"; then return; fi
        kill -0 "$3" 2>/dev/null || break
        sleep 0.1
    done
    echo "waited in vain for '$2' in $1" >&2
    exit 3
}

# A port that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM % 20000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

start_vendors() {
    local name value
    target/debug/simulators serve --orders "$1" >"$folder/vendors" 2>&1 &
    started+=($!)
    await "$folder/vendors" '^SIMULATORS_URL=' $!
    # Their addresses and secrets become variables; a value may hold blanks.
    while IFS='=' read -r name value; do export "$name=$value"; done <"$folder/vendors"
}

# The service is started as anybody starts it; the address for webhooks is where it listens.
start_service() {
    WINDLASS_URL="http://127.0.0.1:$(free_port)"
    target/debug/windlass serve --data "$folder/data" --listen "${WINDLASS_URL#http://}" \
        --public-url "$WINDLASS_URL" --allow-private 127.0.0.0/8 >"$folder/serve.log" 2>&1 &
    started+=($!)
    for _ in $(seq 600); do
        if (exec 3<>"/dev/tcp/127.0.0.1/${WINDLASS_URL##*:}") 2>/dev/null; then break; fi
        kill -0 $! 2>/dev/null || exit 3
        sleep 0.1
    done
    WINDLASS_TOKEN=$(cat "$folder/data/admin.token")
    export WINDLASS_URL WINDLASS_TOKEN
}

# Whoever starts the demo on a terminal wants to look around; KEEP=1 and KEEP=0 say so otherwise.
goes_on() { [ "${KEEP:-}" = 1 ] || { [ -z "${KEEP:-}" ] && [ -t 0 ] && [ -t 1 ]; }; }

# Until Ctrl-C.
go_on() {
    trap 'exit 0' INT TERM HUP
    wait "${started[1]}" || true
    echo "the service has ended by itself" >&2
    exit 3
}

finish() {
    local code=$?
    trap - EXIT
    trap '' INT TERM HUP
    # A signal may have come while a command's output went elsewhere.
    exec >&9 2>&1
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait 2>/dev/null || true
    case "$code" in
        0 | 130) ;;
        *)
            echo
            echo "The demo stopped with exit code $code. The end of the service's log:"
            tail -n 20 "$folder/serve.log" 2>/dev/null || true
            ;;
    esac
    rm -rf "$folder"
    echo
    echo "Everything is stopped."
    exit "$code"
}

folder=$(mktemp -d -t windlass-demo.XXXXXX)
started=()
exec 9>&1
trap finish EXIT
trap 'exit 130' INT TERM HUP
