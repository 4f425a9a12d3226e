-- Tokens are asked for by their digest alone. What found them by their grant put each refresh into pages of its own, and
-- so did the foreign keys that had need of it: a chain is found by its first link now, and followed by its successors.

CREATE TABLE tokens_of_access (
    digest BLOB PRIMARY KEY,
    grant_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    format TEXT NOT NULL
) STRICT;

INSERT INTO tokens_of_access (digest, grant_id, scope, issued_at, expires_at, format)
SELECT digest, grant_id, scope, issued_at, expires_at, format FROM access_tokens ORDER BY issued_at;

DROP TABLE access_tokens;

ALTER TABLE tokens_of_access RENAME TO access_tokens;

CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);

CREATE INDEX access_tokens_that_are_keys ON access_tokens (grant_id) WHERE format = 'api_key';

CREATE TABLE tokens_of_refreshing (
    digest BLOB PRIMARY KEY,
    grant_id TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    predecessor BLOB,
    spent_at INTEGER,
    successor BLOB,
    seal BLOB,
    seal_until INTEGER,
    spent_from TEXT,
    repeats INTEGER NOT NULL,
    paced_times INTEGER NOT NULL,
    paced_until INTEGER NOT NULL
) STRICT;

INSERT INTO tokens_of_refreshing (
    digest, grant_id, issued_at, expires_at, predecessor, spent_at, successor, seal, seal_until, spent_from, repeats,
    paced_times, paced_until
)
SELECT
    t.digest, t.grant_id, t.issued_at, t.expires_at, (SELECT p.digest FROM refresh_tokens p WHERE p.digest = t.predecessor),
    t.spent_at, t.successor, t.seal, t.seal_until, t.spent_from, t.repeats, t.paced_times, t.paced_until
FROM refresh_tokens t ORDER BY t.issued_at;

DROP TABLE refresh_tokens;

ALTER TABLE tokens_of_refreshing RENAME TO refresh_tokens;

CREATE INDEX refresh_tokens_that_are_first ON refresh_tokens (grant_id) WHERE predecessor IS NULL;

CREATE INDEX refresh_tokens_by_seal ON refresh_tokens (seal_until) WHERE seal_until IS NOT NULL;

-- Events are swept in the order in which they were written, as calls are.
DROP INDEX events_by_time;
