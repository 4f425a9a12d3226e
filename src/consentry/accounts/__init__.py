"""Who consents: accounts, their passwords and their browser sessions. Knows nothing of clients and tokens."""
