-- Mail that waits to be sent. What it says is sealed, since it may hold a link; the row goes when the mail has gone.
CREATE TABLE letters (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id TEXT,
    sealed BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL
) STRICT;

CREATE INDEX letters_by_due ON letters (due_at);

CREATE INDEX letters_by_expiry ON letters (expires_at);

-- Links that were sent or printed. What one is about is sealed under the link itself, of which there is but the digest.
CREATE TABLE links (
    digest BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX links_by_account ON links (account_id) WHERE account_id IS NOT NULL;

CREATE INDEX links_by_expiry ON links (expires_at);

-- Which browser signed in, in a few words.
ALTER TABLE sessions ADD COLUMN browser TEXT;

ALTER TABLE accounts ADD COLUMN second_factor_at INTEGER;

ALTER TABLE accounts ADD COLUMN deleted_at INTEGER;

-- The last step of time whose code was taken: no code is taken twice.
CREATE TABLE second_factors (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    sealed BLOB NOT NULL,
    last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_codes (
    digest BLOB PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id)
) STRICT;

CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id);

-- The events that mail is written about; the time is the event's.
CREATE TABLE told_events (
    event_id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX told_events_by_time ON told_events (at);

CREATE INDEX events_by_account ON events (account_id, id) WHERE account_id IS NOT NULL;

CREATE INDEX events_to_tell ON events (at) WHERE name IN (
    'account:password:changed', 'account:second_factor:added', 'account:second_factor:removed',
    'account:second_factor:throttled', 'account:recovery_code:used', 'grant:code:exchanged', 'grant:code:replayed',
    'grant:token:reused'
);
