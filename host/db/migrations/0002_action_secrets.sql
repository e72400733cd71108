-- What of an action is secret: sealed while the run needs it, and erased in the statement that ends the
-- run. Only columns that may stay empty are added, so that the version before goes on with the table.

-- 1 once something was sealed that a retry would need.
ALTER TABLE runs ADD COLUMN has_secrets BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN input_sealed {bytes};
ALTER TABLE runs ADD COLUMN again_sealed {bytes};
-- The whole output, for the first caller who waits for it and until that time.
ALTER TABLE runs ADD COLUMN output_sealed {bytes};
ALTER TABLE runs ADD COLUMN output_sealed_until BIGINT;
CREATE INDEX runs_output_sealed ON runs (output_sealed_until) WHERE output_sealed_until IS NOT NULL;
