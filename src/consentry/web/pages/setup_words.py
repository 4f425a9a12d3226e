"""What to click in each known application, in its own words, to connect it with a client ID made by hand."""

import json

from consentry.clients.presets import Preset

# In the order in which they are offered.
OFFERED: tuple[tuple[Preset, str], ...] = (
    ("claude-both", "Claude, on the web and Desktop"),
    ("claude-web", "Claude on the web"),
    ("claude-desktop", "Claude Desktop"),
    ("chatgpt", "ChatGPT"),
    ("vscode", "Visual Studio Code"),
    ("cursor", "Cursor"),
    ("inspector", "MCP Inspector"),
)

_APPROVE = "Sign in here when your browser opens, and press Approve."
_CLAUDE = (
    "Choose Add custom connector. Give it a name, and paste the MCP URL as the remote MCP server URL.",
    "Open Advanced settings there and paste the client ID as OAuth Client ID{secret}.",
    "Press Add, then Connect.",
    _APPROVE,
)

STEPS: dict[Preset, tuple[str, ...]] = {
    "claude-web": ("In Claude, open Settings, then Connectors.", *_CLAUDE),
    "claude-desktop": ("In Claude Desktop, open Settings, then Connectors.", *_CLAUDE),
    "claude-both": ("In Claude, on the web or Desktop, open Settings, then Connectors.", *_CLAUDE),
    "chatgpt": (
        "In ChatGPT, open Settings, then Apps & Connectors, and switch developer mode on under Advanced settings.",
        "Choose Create. Give it a name, paste the MCP URL as MCP server URL, and choose OAuth as authentication.",
        "Paste the client ID{secret} where it asks for that, and press Create.",
        _APPROVE,
    ),
    "vscode": (
        'In Visual Studio Code, run "MCP: Add Server" from the Command Palette, choose HTTP and paste the MCP URL.',
        "It registers by itself as a rule. Where it asks for a client ID, paste the one above{secret}.",
        _APPROVE,
    ),
    "cursor": (
        "In Cursor, open Settings, then MCP, and choose Add new MCP server: it opens mcp.json.",
        "Paste what stands below; where mcp.json has servers already, add the entry inside of mcpServers.{put}",
        "Go back to Settings, then MCP, and press Connect beside the server.",
        _APPROVE,
    ),
    "inspector": (
        'Start npx @modelcontextprotocol/inspector, press Add Servers and "+ Add manually".',
        "Choose the transport streamable-http, paste the MCP URL and press Add.",
        "Open its Settings, there OAuth Settings, and paste the client ID{secret}.",
        "Switch the server on.",
        _APPROVE,
    ),
}
CUSTOM: tuple[str, ...] = (
    "Where the application asks for an MCP server, paste the MCP URL.",
    "Where it asks for OAuth, paste the client ID{secret}.",
    "The authorization URL and the token URL are for those that do not find them by themselves.",
    "It must send people back to one of the redirect URIs below, character for character.",
    _APPROVE,
)


def steps(preset: Preset | None, *, confidential: bool) -> tuple[str, ...]:
    """What to click; a secret is spoken of where there is one."""
    told = {
        "secret": ", and the client secret" if confidential else "",
        "put": " Put the client secret in its place." if confidential else "",
    }
    return tuple(step.format_map(told) for step in (STEPS[preset] if preset else CUSTOM))


def snippet(preset: Preset | None, slug: str, mcp_url: str, client_id: str, *, confidential: bool) -> str | None:
    """What goes into a file of the application's, whole; a secret is left to be put in."""
    if preset != "cursor":
        return None
    auth = {"CLIENT_ID": client_id} | ({"CLIENT_SECRET": "…"} if confidential else {})
    return json.dumps({"mcpServers": {slug: {"url": mcp_url, "auth": auth}}}, indent=2, ensure_ascii=False)
