-- How many records a walk has yet to read, where the connector counts them.
ALTER TABLE runs ADD COLUMN records_left BIGINT;
