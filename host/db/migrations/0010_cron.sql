-- A stream's schedule is an interval (`every_ms`), or a cron expression in a time zone, or neither.
ALTER TABLE streams ADD COLUMN cron TEXT;
ALTER TABLE streams ADD COLUMN zone TEXT;
