-- The address of each webhook of each connection. Its secret part is found by a keyed hash, and sealed so
-- that it can be shown again. A webhook that the active version does not declare keeps its row: after a
-- rollback the address that the vendor knows works again.
CREATE TABLE webhooks (
    id {id},
    connection BIGINT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    address {text} NOT NULL UNIQUE,
    sealed {bytes} NOT NULL,
    addressed_at BIGINT NOT NULL,
    UNIQUE (connection, name)
);

-- What vendors sent, verified. No foreign key: many are written at once, and each row would pay for the
-- check; connection_delete removes them by hand.
CREATE TABLE deliveries (
    id {id},
    webhook BIGINT NOT NULL,
    -- What a repeat would have too; none when nothing counts as a repeat any more.
    identity {bytes},
    -- None: as long as the row is kept. Else until then, and at least until the delivery has ended.
    identity_until BIGINT,
    event_id TEXT,
    ordering {text},
    method TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body {bytes} NOT NULL,
    size BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    run BIGINT,
    error TEXT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX deliveries_identity ON deliveries (webhook, identity) WHERE identity IS NOT NULL;
CREATE INDEX deliveries_waiting ON deliveries (webhook, due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_ordering ON deliveries (webhook, ordering, due_at)
    WHERE state = 'waiting' AND ordering IS NOT NULL;
CREATE INDEX deliveries_webhook ON deliveries (webhook, id);
CREATE INDEX deliveries_failed ON deliveries (webhook, id) WHERE state = 'failed';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- A run of kind webhook works through the deliveries of one webhook; at most one waits or runs.
ALTER TABLE runs ADD COLUMN webhook BIGINT REFERENCES webhooks (id) ON DELETE CASCADE;
-- A walk was asked for while the run was running.
ALTER TABLE runs ADD COLUMN walk_asked BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX runs_one_webhook ON runs (webhook)
    WHERE kind = 'webhook' AND state IN ('queued', 'running');
-- Deleting a webhook finds its runs.
CREATE INDEX runs_webhook ON runs (webhook) WHERE webhook IS NOT NULL;

ALTER TABLE traces ADD COLUMN webhook BIGINT;
