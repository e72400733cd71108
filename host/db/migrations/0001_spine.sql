-- Every type here is TEXT, BIGINT or bytes; what stands in braces is filled in by src/dialect.rs.
-- Records, changes and walk keys carry no foreign key: they are written a page at a time, and each row
-- would pay for the check. connection_delete removes them by hand.

CREATE TABLE meta (
    name {text} PRIMARY KEY,
    value {bytes} NOT NULL
);

CREATE TABLE counters (
    name {text} PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE components (
    digest {text} PRIMARY KEY,
    wasm {bytes} NOT NULL
);

CREATE TABLE versions (
    connector {text} NOT NULL,
    version {text} NOT NULL,
    digest {text} NOT NULL UNIQUE REFERENCES components (digest),
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    active BIGINT NOT NULL,
    installed_at BIGINT NOT NULL,
    activated_at BIGINT,
    PRIMARY KEY (connector, version)
);
CREATE UNIQUE INDEX versions_one_active ON versions (connector) WHERE active = 1;

CREATE TABLE connections (
    id BIGINT PRIMARY KEY,
    name {text} NOT NULL UNIQUE,
    connector {text} NOT NULL,
    config TEXT NOT NULL,
    labels TEXT NOT NULL,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    checked_at BIGINT,
    check_error TEXT
);

CREATE TABLE secrets (
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    field {text} NOT NULL,
    sealed {bytes} NOT NULL,
    PRIMARY KEY (connection, field)
);

CREATE TABLE storage (
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    key {text} NOT NULL,
    value {bytes} NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (connection, key)
);

CREATE TABLE streams (
    id {id},
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    sequence BIGINT NOT NULL,
    -- The greatest sequence whose change is no longer kept.
    expired BIGINT NOT NULL,
    checkpoint TEXT,
    checkpoint_state BIGINT NOT NULL,
    every_ms BIGINT,
    due_at BIGINT,
    paused BIGINT NOT NULL,
    stopped_code TEXT,
    stopped_message TEXT,
    records BIGINT NOT NULL,
    last_success_at BIGINT,
    last_walk_records BIGINT,
    last_walk_pages BIGINT,
    UNIQUE (connection, name)
);
CREATE INDEX streams_due ON streams (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE records (
    stream BIGINT NOT NULL,
    key {text} NOT NULL,
    key_hash BIGINT NOT NULL,
    json TEXT NOT NULL,
    hash {bytes} NOT NULL,
    version TEXT,
    sequence BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (stream, key)
);

CREATE TABLE changes (
    stream BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    key {text} NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    hash {bytes},
    at BIGINT NOT NULL,
    PRIMARY KEY (stream, sequence)
){by_key};

-- A walk is open, complete (the newest one only), withheld or dropped (its keys wait for the pruning).
CREATE TABLE walks (
    id {id},
    stream BIGINT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    checkpoint_state BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    records BIGINT NOT NULL,
    -- Withheld: the number of deletions, and the complete walk they were found with (0: none).
    missed BIGINT NOT NULL,
    former BIGINT NOT NULL
);
CREATE UNIQUE INDEX walks_one_of_a_state ON walks (stream, state) WHERE state <> 'dropped';

CREATE TABLE walk_keys (
    walk BIGINT NOT NULL,
    key_hash BIGINT NOT NULL,
    PRIMARY KEY (walk, key_hash)
){by_key};

CREATE TABLE runs (
    id {id},
    kind TEXT NOT NULL,
    triggered_by TEXT NOT NULL,
    state TEXT NOT NULL,
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    stream BIGINT REFERENCES streams (id) ON DELETE CASCADE,
    action {text},
    full_read BIGINT NOT NULL,
    -- A full read was asked for while the run was running.
    full_asked BIGINT NOT NULL,
    input TEXT,
    input_hash TEXT,
    output TEXT,
    key {text},
    ordering {text},
    attempt BIGINT NOT NULL,
    again_state TEXT,
    due_at BIGINT NOT NULL,
    snooze_code TEXT,
    snooze_message TEXT,
    cancel_asked BIGINT NOT NULL,
    digest TEXT,
    pages BIGINT NOT NULL,
    records_seen BIGINT NOT NULL,
    records_written BIGINT NOT NULL,
    records_deleted BIGINT NOT NULL,
    schema_mismatches BIGINT NOT NULL,
    schema_pointer TEXT,
    secrets_scrubbed BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    fence BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT
);
CREATE UNIQUE INDEX runs_one_sync ON runs (stream)
    WHERE kind = 'sync' AND input IS NULL AND state IN ('queued', 'running');
CREATE UNIQUE INDEX runs_action_key ON runs (connection, action, key) WHERE kind = 'action';
CREATE UNIQUE INDEX runs_one_running ON runs (connection, ordering)
    WHERE state = 'running' AND ordering IS NOT NULL;
CREATE INDEX runs_ordering ON runs (connection, ordering, state) WHERE ordering IS NOT NULL;
CREATE INDEX runs_queued ON runs (due_at, id) WHERE state = 'queued';
CREATE INDEX runs_running ON runs (lease_until) WHERE state = 'running';
CREATE INDEX runs_connection ON runs (connection, id);
CREATE INDEX runs_stream ON runs (stream, id);
CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE intents (
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    ordinal BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (run, ordinal)
);

CREATE TABLE calls (
    id {id},
    run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    attempt BIGINT NOT NULL,
    export TEXT NOT NULL,
    digest TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    cpu_us BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    memory_bytes BIGINT NOT NULL,
    secrets_scrubbed BIGINT NOT NULL,
    error TEXT
);
CREATE INDEX calls_run ON calls (run, id);

CREATE TABLE traces (
    call BIGINT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
    connection BIGINT NOT NULL,
    stream BIGINT,
    action {text},
    good BIGINT NOT NULL,
    bytes {bytes} NOT NULL
);
CREATE INDEX traces_good ON traces (connection, stream, action, call) WHERE good = 1;

CREATE TABLE log_lines (
    id {id},
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    run BIGINT REFERENCES runs (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX log_lines_connection ON log_lines (connection, id);
CREATE INDEX log_lines_run ON log_lines (run, id) WHERE run IS NOT NULL;
CREATE INDEX log_lines_checks ON log_lines (at) WHERE run IS NULL;

CREATE TABLE limits (
    id {id},
    scope {text} NOT NULL UNIQUE,
    name TEXT NOT NULL,
    max_permits BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,
    leave_to_others BIGINT NOT NULL,
    keep_for_actions BIGINT NOT NULL,
    blocked_until BIGINT,
    blocked_reason TEXT
);

-- What was booked and used. It outlives the connection: the vendor counts on. A row without a run is
-- what the vendor reported beyond our own count.
CREATE TABLE ledger (
    id {id},
    limit_id BIGINT NOT NULL REFERENCES limits (id),
    run BIGINT,
    permits BIGINT NOT NULL,
    booked_at BIGINT NOT NULL,
    counts_until BIGINT NOT NULL,
    settled BIGINT NOT NULL
);
CREATE INDEX ledger_counting ON ledger (limit_id, counts_until);
CREATE INDEX ledger_old ON ledger (counts_until);
