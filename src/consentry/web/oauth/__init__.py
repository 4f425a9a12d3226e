"""The OAuth endpoints: HTTP in, HTTP out; what they decide is decided elsewhere."""
