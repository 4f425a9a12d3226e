-- A registration that says the same as an earlier one of a public client is folded into it: `registrations` counts
-- them. `reap_at` is when a client may go, if it has no grant then; NULL is never.

ALTER TABLE clients ADD COLUMN fingerprint BLOB;

ALTER TABLE clients ADD COLUMN registrations INTEGER NOT NULL DEFAULT 1;

ALTER TABLE clients ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;

ALTER TABLE clients ADD COLUMN reap_at INTEGER;

CREATE UNIQUE INDEX clients_by_fingerprint ON clients (fingerprint);

CREATE INDEX clients_by_reaping ON clients (reap_at) WHERE reap_at IS NOT NULL;

-- Who may look after a client: one row for each time that it registered itself, under its own token (RFC 7592).
CREATE TABLE registrations (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER
) STRICT;

CREATE INDEX registrations_by_client ON registrations (client_id);

CREATE INDEX registrations_by_end ON registrations (ends_at) WHERE ends_at IS NOT NULL;

-- Clients that were here and are gone, so that a stale client_id can be told from a wrong one.
CREATE TABLE tombstones (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    gone_at INTEGER NOT NULL,
    gone_because TEXT NOT NULL,
    returned_at INTEGER
) STRICT;

CREATE INDEX tombstones_by_age ON tombstones (gone_at);

CREATE TABLE registration_tokens (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    most_uses INTEGER,
    uses INTEGER NOT NULL
) STRICT;
