-- Publishers' keys that this installation believes. `id` is what people call a key by (minisign's 16 digits);
-- it is chosen by the key's maker, so that two keys may share it: what counts is `public`.
CREATE TABLE trusted_keys (
    id {text} PRIMARY KEY,
    public TEXT NOT NULL,
    comment TEXT NOT NULL,
    trusted_at BIGINT NOT NULL
);

-- Whose connector a name is: the key (not its id) of its first signed version. It outlives the key's trust.
CREATE TABLE publishers (
    connector {text} PRIMARY KEY,
    key_id TEXT NOT NULL,
    public TEXT NOT NULL,
    pinned_at BIGINT NOT NULL
);

-- Where a component came from and who signed it. `key_id` is null while no believed key has verified
-- the signature.
CREATE TABLE origins (
    digest {text} PRIMARY KEY REFERENCES components (digest) ON DELETE CASCADE,
    source TEXT NOT NULL,
    signature TEXT,
    key_id TEXT
);
