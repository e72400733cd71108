-- The change that an asked action answers (role, key, kind, …; JSON), so that it is held when the action comes
-- to nothing.
ALTER TABLE runs ADD COLUMN asked_change TEXT;
CREATE INDEX runs_asked_held ON runs (asked_by, id) WHERE state = 'held' AND asked_by IS NOT NULL;

-- Actions that the flow asked for in answer to the record and that came to nothing; a JSON list. The reason is
-- empty where nothing else holds the change.
ALTER TABLE held_changes ADD COLUMN failed TEXT NOT NULL DEFAULT '[]';
-- 1: a person has given up what was asked for, so that no change of configuration brings it back.
ALTER TABLE held_changes ADD COLUMN given_up BIGINT NOT NULL DEFAULT 0;
