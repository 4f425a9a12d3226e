-- Personal access tokens for the management API, by digest alone.
CREATE TABLE personal_tokens (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    label TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX personal_tokens_by_account ON personal_tokens (account_id);

CREATE INDEX personal_tokens_by_expiry ON personal_tokens (expires_at) WHERE expires_at IS NOT NULL;
