-- Who may come in: a person by an invitation, or anybody with a verified address of one domain. A policy that was
-- narrowed voids the codes that were made before.
ALTER TABLE deployments ADD COLUMN email_domain TEXT;

ALTER TABLE deployments ADD COLUMN codes_void_at INTEGER NOT NULL DEFAULT 0;

CREATE TABLE invitations (
    deployment_id TEXT NOT NULL,
    email_key TEXT NOT NULL,
    email TEXT NOT NULL,
    invited_at INTEGER NOT NULL,
    PRIMARY KEY (deployment_id, email_key)
) STRICT;

-- What the gateway adds on the way to the upstream: headers, sealed, and a signed word on who calls. `guarded` says that
-- somebody else than the operator named the upstream, so that its address has to be a public one.
ALTER TABLE deployments ADD COLUMN upstream_headers BLOB;

ALTER TABLE deployments ADD COLUMN identity INTEGER NOT NULL DEFAULT 0;

ALTER TABLE deployments ADD COLUMN guarded INTEGER NOT NULL DEFAULT 0;

-- How callers prove who they are: `oauth`, `jwt`, both while one gives way to the other, or `none`. An issuer is JSON.
ALTER TABLE deployments ADD COLUMN auth TEXT NOT NULL DEFAULT 'oauth';

ALTER TABLE deployments ADD COLUMN issuer TEXT;

ALTER TABLE deployments ADD COLUMN issuer_secret BLOB;

ALTER TABLE deployments ADD COLUMN deprecated_at INTEGER;

ALTER TABLE deployments ADD COLUMN sunset_at INTEGER;

-- Who still comes with tokens of the issuer.
CREATE TABLE issuer_uses (
    deployment_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    first_used_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (deployment_id, subject)
) STRICT;

CREATE INDEX issuer_uses_by_time ON issuer_uses (last_used_at);
