-- Which tools each scope of a deployment opens, as JSON; none where its one scope opens all.
ALTER TABLE deployments ADD COLUMN scope_map TEXT;

ALTER TABLE deployments ADD COLUMN hide_tools INTEGER NOT NULL DEFAULT 0;
