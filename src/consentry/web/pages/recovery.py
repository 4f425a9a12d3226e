"""How a person makes a known application forget a client ID that is good no longer, in that application's words.

Name and redirect URI are a stranger's: they choose between sentences of ours, and are no part of any.
"""

from consentry.spec import uris

CLAUDE = (
    "In Claude, open Settings, then Connectors: remove this connector and add it again with the same URL. Nothing was"
    " shared."
)
CLAUDE_CODE = (
    "In Claude Code, type /mcp and choose this server: Clear authentication, then Authenticate. Nothing was shared."
)
CHATGPT = (
    "In ChatGPT, open Settings, then Apps & Connectors: delete this connector and create it again with the same URL."
    " Nothing was shared."
)
VSCODE = (
    'In VS Code, run "Authentication: Remove Dynamic Authentication Providers" from the Command Palette, choose this'
    " server, and start the MCP server again. Nothing was shared."
)
CURSOR = (
    "In Cursor, open Settings, then MCP: remove this server and add it again with the same URL. Nothing was shared."
)
INSPECTOR = (
    "In the Inspector, open the authentication settings, clear the OAuth state and connect again. Nothing was shared."
)
MCP_REMOTE = (
    "Delete the folder .mcp-auth in your home folder, where mcp-remote keeps its registrations, and start your"
    " application again. Nothing was shared."
)
CODEX = "In a terminal, run `codex mcp logout` and then `codex mcp login` for this server. Nothing was shared."

_BY_HOST = {
    "claude.ai": CLAUDE,
    "claude.com": CLAUDE,
    "chatgpt.com": CHATGPT,
    "vscode.dev": VSCODE,
    "insiders.vscode.dev": VSCODE,
    "www.cursor.com": CURSOR,
}
_BY_SCHEME = {"cursor": CURSOR, "vscode": VSCODE, "vscode-insiders": VSCODE}
_BY_NAME = {
    "claude code": CLAUDE_CODE,
    "claude": CLAUDE,
    "chatgpt": CHATGPT,
    "visual studio code": VSCODE,
    "cursor": CURSOR,
    "mcp inspector": INSPECTOR,
    "mcp cli proxy": MCP_REMOTE,
    "codex": CODEX,
}
_VSCODE_PORT = 33418


def steps(name: str, redirect_uri: str) -> str | None:
    """The sentence for the application that this looks like; None where it is none that we know."""
    parts = uris.split(redirect_uri)
    if parts is not None and parts.scheme in _BY_SCHEME:
        return _BY_SCHEME[parts.scheme]
    if parts is not None and parts.scheme == "https" and parts.hostname in _BY_HOST:
        return _BY_HOST[parts.hostname]
    for start, sentence in _BY_NAME.items():
        if name.lower().startswith(start):
            return sentence
    return VSCODE if parts is not None and uris.is_loopback(parts) and parts.port == _VSCODE_PORT else None
