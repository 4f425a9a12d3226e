-- To whom an invitation went, sealed for operators: the link itself tells it to nobody but whoever holds it.
ALTER TABLE links ADD COLUMN told BLOB;

CREATE INDEX invitations_by_expiry ON links (expires_at) WHERE purpose = 'invite';

-- People, page by page, the newest first.
CREATE INDEX accounts_by_age ON accounts (created_at, id) WHERE deleted_at IS NULL;
