-- Each link of a chain carries the window that the rotations of its grant are counted in (ADR 19).
ALTER TABLE refresh_tokens ADD COLUMN paced_times INTEGER NOT NULL DEFAULT 0;

ALTER TABLE refresh_tokens ADD COLUMN paced_until INTEGER NOT NULL DEFAULT 0;

-- Codes of that moment and before it buy nothing any more, wherever they are kept (ADR 20).
ALTER TABLE accounts ADD COLUMN codes_void_at INTEGER NOT NULL DEFAULT 0;
