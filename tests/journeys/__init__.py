"""Whole conversations: real clients of others, and a browser, against the running program."""
