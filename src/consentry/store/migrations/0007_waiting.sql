-- Authorization requests that wait for a person's answer, each under the digest of a name that only its client holds.

CREATE TABLE pushed_requests (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    opened_at INTEGER
) STRICT;

CREATE INDEX pushed_requests_by_expiry ON pushed_requests (expires_at);

-- The same of devices that have no browser (RFC 8628). `slowed` is whether the last poll came before `next_poll_at`.
CREATE TABLE device_authorizations (
    digest BLOB PRIMARY KEY,
    user_code BLOB NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    scope TEXT NOT NULL,
    network TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    poll_seconds INTEGER NOT NULL,
    next_poll_at INTEGER NOT NULL,
    slowed INTEGER NOT NULL,
    decision TEXT
) STRICT;

CREATE INDEX device_authorizations_by_expiry ON device_authorizations (expires_at);
