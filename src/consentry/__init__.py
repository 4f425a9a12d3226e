"""Consentry: an OAuth 2.1 authorization server and MCP gateway in one program."""

__version__ = "0.1.0"
