-- The secret before the present one lives on for a while. A client that signs has keys, or says where they are.
ALTER TABLE clients ADD COLUMN previous_secret_digest BLOB;

ALTER TABLE clients ADD COLUMN previous_secret_until INTEGER;

ALTER TABLE clients ADD COLUMN jwks TEXT;

ALTER TABLE clients ADD COLUMN jwks_uri TEXT;

-- What was signed by a client and used, until it expires by itself.
CREATE TABLE assertions (
    digest BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    replayed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX assertions_by_expiry ON assertions (expires_at);

-- How a grant is refreshed: 'rotate', 'reuse', or 'over' once the client gave its refresh token back without ending
-- what it has. A grant with a subject was approved by the operator for a client that acts for itself; the account is
-- the one that answers for it, the deployment's owner.
ALTER TABLE grants ADD COLUMN refresh TEXT NOT NULL DEFAULT 'rotate';

ALTER TABLE grants ADD COLUMN subject TEXT;

-- How a client is to be refreshed, where the operator says so.
ALTER TABLE clients ADD COLUMN refresh TEXT;
