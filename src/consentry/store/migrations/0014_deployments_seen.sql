-- What was found when a deployment's MCP server was last asked for: the newest alone, by whoever asked.
CREATE TABLE deployment_health (
    deployment_id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    fault TEXT,
    server_name TEXT,
    protocol_version TEXT,
    tools TEXT NOT NULL
) STRICT;

CREATE INDEX deployments_by_owner ON deployments (owner_id);

-- Calls to a deployment that is paused are refused; what is connected stays so.
ALTER TABLE deployments ADD COLUMN paused_at INTEGER;
