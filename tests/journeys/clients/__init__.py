"""Other people's MCP clients, each run in its own locked environment, and the browser that they open."""
