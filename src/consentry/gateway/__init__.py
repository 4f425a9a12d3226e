"""The MCP router: each request at a deployment's URL is checked, then streamed to the server behind."""
