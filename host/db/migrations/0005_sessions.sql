-- What a login gave, by credential: connections with the same login and the same secrets share a row.
CREATE TABLE sessions (
    scope {text} PRIMARY KEY,
    -- Raised by every turn to log in, and when a session is dropped: a turn that is over writes nothing.
    fence BIGINT NOT NULL,
    -- Until when the present turn lasts; none if nobody logs in.
    turn_until BIGINT,
    -- The session: the fence of the turn that opened it, the sealed token, until when it is used.
    number BIGINT,
    sealed {bytes},
    renew_at BIGINT,
    -- Why the last login was refused. None is made before somebody lifts it.
    refusal TEXT,
    refused_at BIGINT
);

CREATE TABLE session_users (
    scope {text} NOT NULL REFERENCES sessions (scope) ON DELETE CASCADE,
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    PRIMARY KEY (scope, connection)
);
CREATE INDEX session_users_connection ON session_users (connection);
