-- What was taken from a watched folder, by its content: it outlives the version, so that a file which still
-- lies there does not bring back what was removed or pruned.
CREATE TABLE folder_files (
    digest {text} PRIMARY KEY,
    connector TEXT NOT NULL,
    version TEXT NOT NULL,
    taken_at BIGINT NOT NULL
);
