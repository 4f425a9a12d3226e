-- Calls of tools by the hour (ADR 36): what charts are drawn from. `slowest` is the upper bound, in milliseconds, of the
-- span that their latency lies in.
CREATE TABLE call_counts (
    deployment_id TEXT NOT NULL,
    hour INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    slowest INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    PRIMARY KEY (deployment_id, hour, client_id, tool, slowest)
) STRICT;

CREATE INDEX call_counts_by_hour ON call_counts (hour);

INSERT INTO call_counts (deployment_id, hour, client_id, tool, slowest, calls, errors)
SELECT deployment_id, at - at % 3600, client_id, tool,
    CASE WHEN milliseconds <= 10 THEN 10 WHEN milliseconds <= 25 THEN 25 WHEN milliseconds <= 50 THEN 50
        WHEN milliseconds <= 100 THEN 100 WHEN milliseconds <= 250 THEN 250 WHEN milliseconds <= 500 THEN 500
        WHEN milliseconds <= 1000 THEN 1000 WHEN milliseconds <= 2500 THEN 2500 WHEN milliseconds <= 5000 THEN 5000
        WHEN milliseconds <= 10000 THEN 10000 WHEN milliseconds <= 30000 THEN 30000 ELSE 300000 END,
    COUNT(*), SUM(CASE WHEN status >= 400 THEN 1 ELSE 0 END)
FROM calls WHERE method = 'tools/call' GROUP BY 1, 2, 3, 4, 5;
