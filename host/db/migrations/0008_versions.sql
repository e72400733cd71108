-- A connection that runs another version than the active one: it does not fit that one, or it is the first
-- to try a new one.
ALTER TABLE connections ADD COLUMN own_digest TEXT;
ALTER TABLE connections ADD COLUMN own_why TEXT;
ALTER TABLE connections ADD COLUMN own_reason TEXT;
CREATE INDEX connections_own ON connections (connector) WHERE own_digest IS NOT NULL;

-- When a person approved it; none if it asked for nothing new.
ALTER TABLE versions ADD COLUMN approved_at BIGINT;
UPDATE versions SET approved_at = COALESCE(activated_at, installed_at) WHERE state = 'approved';
-- When it was undone because it failed where the former version worked, and the evidence as JSON.
ALTER TABLE versions ADD COLUMN bad_at BIGINT;
ALTER TABLE versions ADD COLUMN bad_evidence TEXT;

-- What a stream's checkpoint was before it was carried over to a version that is not confirmed yet.
ALTER TABLE streams ADD COLUMN former_checkpoint TEXT;
ALTER TABLE streams ADD COLUMN former_state BIGINT;

-- The last activation of each connector: loading, first, all, confirmed or undone.
CREATE TABLE activations (
    connector {text} PRIMARY KEY,
    digest {text} NOT NULL,
    former {text},
    stage TEXT NOT NULL,
    -- The connection that is first.
    connection BIGINT,
    -- When the stage began, and the good calls of the new version since then.
    since BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    -- Why it was undone.
    reason TEXT
);

-- Hosts that share the database, and which versions each has loaded (a JSON object: null, or why not).
CREATE TABLE hosts (
    name {text} PRIMARY KEY,
    seen_at BIGINT NOT NULL,
    loaded TEXT NOT NULL
);
