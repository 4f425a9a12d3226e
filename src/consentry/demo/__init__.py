"""The demo room: MCP servers for `consentry demo`, and a bridge to stdio servers."""
