-- How a person proved who they are, as RFC 8176 names it; null where nobody wrote it down.
ALTER TABLE sessions ADD COLUMN amr TEXT;

ALTER TABLE codes ADD COLUMN amr TEXT;

ALTER TABLE grants ADD COLUMN amr TEXT;
