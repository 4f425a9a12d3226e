-- A key is published before it signs, and for as long as what it signed may live.

ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;

ALTER TABLE signing_keys ADD COLUMN published_until INTEGER;

UPDATE signing_keys SET signs_from = created_at, published_until = retired_at + 172800;

-- How access tokens look is the deployment's choice; a deployment without upstream is a server elsewhere, known by its
-- resource, of which `resource_key` is the spelling that is compared.
ALTER TABLE deployments ADD COLUMN token_format TEXT NOT NULL DEFAULT 'opaque';

ALTER TABLE deployments ADD COLUMN key_prefix TEXT;

ALTER TABLE deployments ADD COLUMN key_ttl INTEGER;

ALTER TABLE deployments ADD COLUMN resource TEXT;

ALTER TABLE deployments ADD COLUMN resource_key TEXT;

CREATE UNIQUE INDEX deployments_by_resource ON deployments (resource_key);

ALTER TABLE access_tokens ADD COLUMN format TEXT NOT NULL DEFAULT 'opaque';

CREATE INDEX access_tokens_that_are_keys ON access_tokens (grant_id) WHERE format = 'api_key';

-- What a person calls a key of their own.
ALTER TABLE grants ADD COLUMN label TEXT;
