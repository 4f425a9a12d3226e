-- Metadata documents (CIMD): the copy of each that is in use, and those that the operator pinned. The client that a
-- document describes is a row of `clients` with the source 'document'.

CREATE TABLE client_documents (
    client_id TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    origin TEXT NOT NULL,
    obtained_at INTEGER NOT NULL,
    fresh_until INTEGER NOT NULL
) STRICT;

CREATE INDEX client_documents_by_freshness ON client_documents (fresh_until);

CREATE TABLE pinned_documents (
    client_id TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    origin TEXT NOT NULL,
    obtained_at INTEGER NOT NULL,
    fresh_until INTEGER NOT NULL
) STRICT;

CREATE TABLE client_logos (
    client_id TEXT PRIMARY KEY,
    uri TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT NOT NULL,
    image BLOB NOT NULL
) STRICT;

CREATE INDEX client_logos_by_digest ON client_logos (digest);
