-- A flow has what a connection has (a name, a version, configuration, storage, runs, a log, a pause) and no
-- streams of its own: it is a row of connections, of the kind `flow`.
ALTER TABLE connections ADD COLUMN kind TEXT NOT NULL DEFAULT 'connector';

-- A connection that a flow is bound to is not deleted.
CREATE TABLE flow_roles (
    flow BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    role {text} NOT NULL,
    connection BIGINT NOT NULL REFERENCES connections (id),
    PRIMARY KEY (flow, role)
);
CREATE INDEX flow_roles_connection ON flow_roles (connection);

-- How far a flow has followed a stream. At first it is shown the records that are there, by key: then
-- `shown_key` is the last of them, and `position` where the changes go on afterwards.
CREATE TABLE flow_feeds (
    flow BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    role {text} NOT NULL,
    stream BIGINT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    shown_key {text},
    moved_at BIGINT,
    PRIMARY KEY (flow, role, stream)
);
CREATE INDEX flow_feeds_stream ON flow_feeds (stream);

-- The newest change of a record that waits. `due` is 1 when it is to be shown again.
CREATE TABLE held_changes (
    id {id},
    flow BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    role {text} NOT NULL,
    stream BIGINT NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
    key {text} NOT NULL,
    sequence BIGINT NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    UNIQUE (flow, role, stream, key)
);
CREATE INDEX held_changes_due ON held_changes (flow, id) WHERE due = 1;

CREATE UNIQUE INDEX runs_one_flow ON runs (connection) WHERE kind = 'flow' AND state IN ('queued', 'running');
-- The flow that asked for an action, and the change that it answered.
ALTER TABLE runs ADD COLUMN asked_by BIGINT;
ALTER TABLE runs ADD COLUMN asked_stream BIGINT;
ALTER TABLE runs ADD COLUMN asked_sequence BIGINT;
CREATE INDEX runs_asked_by ON runs (connection, action, asked_by, id) WHERE asked_by IS NOT NULL;
