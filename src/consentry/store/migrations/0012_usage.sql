-- An account without a plan has the one that new accounts get (`default_plan`).
ALTER TABLE accounts ADD COLUMN plan TEXT;

-- What is used of an account's plan, leases included (ADR 26): the calls of the month that began at `month`, and those
-- of the last hour as JSON, [[minute, calls], …].
CREATE TABLE usage (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    month INTEGER NOT NULL,
    month_calls INTEGER NOT NULL,
    minutes TEXT NOT NULL
) STRICT;

-- The log of calls (ADR 27). Rows are written in the order in which calls ended, and swept in that order.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    method TEXT NOT NULL,
    tool TEXT NOT NULL,
    status INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL
) STRICT;

CREATE INDEX calls_by_deployment ON calls (deployment_id, at, id);

CREATE INDEX events_by_deployment ON events (deployment_id, id) WHERE deployment_id IS NOT NULL;
