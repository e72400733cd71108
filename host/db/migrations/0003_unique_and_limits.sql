-- Values that are compared over all connections of a connector. The database decides, since two
-- connections may be made in the same moment. Values of rules that only warn are here too.
CREATE TABLE unique_values (
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    connector {text} NOT NULL,
    field {text} NOT NULL,
    value {text} NOT NULL,
    pointer TEXT NOT NULL,
    refuses BIGINT NOT NULL
);
CREATE UNIQUE INDEX unique_values_once ON unique_values (connector, field, value) WHERE refuses = 1;
CREATE INDEX unique_values_shared ON unique_values (connector, field, value) WHERE refuses = 0;
CREATE INDEX unique_values_connection ON unique_values (connection);

-- Lower numbers that a person has set for a limit of a connection; what is null stays as approved.
CREATE TABLE limit_settings (
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    max_permits BIGINT,
    leave_to_others BIGINT,
    keep_for_actions BIGINT,
    PRIMARY KEY (connection, name)
);

-- What each connection says of a limit that it shares. The numbers in `limits` are those of the claim
-- that binds: the lowest.
CREATE TABLE limit_claims (
    limit_id BIGINT NOT NULL REFERENCES limits (id),
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    max_permits BIGINT NOT NULL,
    leave_to_others BIGINT NOT NULL,
    keep_for_actions BIGINT NOT NULL,
    PRIMARY KEY (limit_id, connection)
);
CREATE INDEX limit_claims_connection ON limit_claims (connection);

-- What vendors reported as left, each until its reset.
CREATE TABLE limit_reports (
    id {id},
    limit_id BIGINT NOT NULL REFERENCES limits (id),
    -- When the request was sent whose answer told it, at the latest.
    since BIGINT NOT NULL,
    -- What may count from then on, the permits included that the answer has counted already although
    -- their booking is not settled.
    permits BIGINT NOT NULL,
    -- What other programs had used by then.
    others BIGINT NOT NULL,
    until BIGINT NOT NULL
);
CREATE INDEX limit_reports_limit ON limit_reports (limit_id, until);
CREATE INDEX runs_parked ON runs (connection) WHERE state = 'queued' AND snooze_code = 'limit';
