-- In which browser a connection was approved, in words; null where nobody wrote it down.
ALTER TABLE codes ADD COLUMN browser TEXT;

ALTER TABLE grants ADD COLUMN browser TEXT;
