-- Times are epoch seconds; digests are SHA-256 of a secret that is kept nowhere.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    operator INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    verified_at INTEGER,
    disabled_at INTEGER
) STRICT;

CREATE TABLE sessions (
    digest BLOB PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    network TEXT
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Sign-in attempts in a window that began with the first of them.
CREATE TABLE attempts (
    key BLOB PRIMARY KEY,
    times INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_end ON attempts (ends_at);

CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    upstream_url TEXT NOT NULL,
    owner_id TEXT NOT NULL REFERENCES accounts (id),
    access TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    auth_method TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    application_type TEXT,
    secret_digest BLOB,
    scope TEXT,
    metadata TEXT NOT NULL,
    deployment_id TEXT
) STRICT;

-- Grants outlive the client and the deployment that they name: they have ended then, but can still be read.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    scope TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    redirect_uri TEXT NOT NULL,
    network TEXT,
    last_used_at INTEGER,
    ended_at INTEGER,
    ended_because TEXT
) STRICT;

CREATE INDEX grants_by_account ON grants (account_id);

CREATE INDEX grants_by_client ON grants (client_id);

CREATE INDEX grants_by_deployment ON grants (deployment_id);

CREATE INDEX grants_by_expiry ON grants (expires_at);

CREATE TABLE codes (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    deployment_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    scope TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    network TEXT,
    spent_at INTEGER,
    grant_id TEXT
) STRICT;

CREATE INDEX codes_by_expiry ON codes (expires_at);

CREATE TABLE access_tokens (
    digest BLOB PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    scope TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX access_tokens_by_grant ON access_tokens (grant_id);

CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE TABLE refresh_tokens (
    digest BLOB PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES grants (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    predecessor BLOB,
    spent_at INTEGER,
    successor BLOB,
    seal BLOB,
    seal_until INTEGER,
    spent_from TEXT,
    repeats INTEGER NOT NULL
) STRICT;

CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);

CREATE INDEX refresh_tokens_by_seal ON refresh_tokens (seal_until) WHERE seal_until IS NOT NULL;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    network TEXT,
    account_id TEXT,
    client_id TEXT,
    deployment_id TEXT,
    grant_id TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_time ON events (at);

CREATE INDEX events_by_grant ON events (grant_id, id) WHERE grant_id IS NOT NULL;

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    public_jwk TEXT NOT NULL,
    sealed_private_jwk BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retired_at INTEGER
) STRICT;
