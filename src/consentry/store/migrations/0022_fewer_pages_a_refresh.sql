-- A link that is spent says by itself until when the seal of the one before it is kept: one row less to write.
ALTER TABLE refresh_tokens ADD COLUMN predecessor_seal_until INTEGER;

UPDATE refresh_tokens
SET predecessor_seal_until = (SELECT p.seal_until FROM refresh_tokens p WHERE p.digest = refresh_tokens.predecessor)
WHERE digest IN (SELECT p.successor FROM refresh_tokens p WHERE p.seal_until IS NOT NULL AND p.successor IS NOT NULL);

DROP INDEX refresh_tokens_by_seal;

ALTER TABLE refresh_tokens DROP COLUMN seal_until;

CREATE INDEX refresh_tokens_by_seal ON refresh_tokens (predecessor_seal_until) WHERE predecessor_seal_until IS NOT NULL;

-- Most events are refreshes, and each grant has its own place in an index. Those of one grant are found among its
-- account's.
DROP INDEX events_by_grant;

CREATE INDEX events_by_grant ON events (grant_id, id) WHERE grant_id IS NOT NULL AND name <> 'grant:token:refreshed';
