-- A key is published before it signs, and for as long as what it signed may live.

ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;

ALTER TABLE signing_keys ADD COLUMN published_until INTEGER;

UPDATE signing_keys SET signs_from = created_at, published_until = retired_at + 172800;
