"""What to click in each known application, in its own words, to connect it with a client ID made by hand."""

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
    "Open Advanced settings there and paste the client ID as OAuth Client ID (and the client secret, if there is one).",
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
        "Paste the client ID (and the client secret, if there is one) where it asks for them, and press Create.",
        _APPROVE,
    ),
    "vscode": (
        'In Visual Studio Code, run "MCP: Add Server" from the Command Palette, choose HTTP and paste the MCP URL.',
        "It registers by itself as a rule. Where it asks for a client ID, paste the one above (and the client secret).",
        _APPROVE,
    ),
    "cursor": (
        "In Cursor, open Settings, then MCP, and choose Add new MCP server: it opens mcp.json.",
        'Add an entry with "url" set to the MCP URL, and "auth" with "CLIENT_ID" set to the client ID.',
        'Where there is a client secret, it goes into "auth" as "CLIENT_SECRET".',
        "Go back to Settings, then MCP, and press Connect beside the server.",
        _APPROVE,
    ),
    "inspector": (
        'Start npx @modelcontextprotocol/inspector, press Add Servers and "+ Add manually".',
        "Choose the transport streamable-http, paste the MCP URL and press Add.",
        "Open its Settings, there OAuth Settings, and paste the client ID (and the secret, if there is one).",
        "Switch the server on.",
        _APPROVE,
    ),
}
CUSTOM: tuple[str, ...] = (
    "Where the application asks for an MCP server, paste the MCP URL.",
    "Where it asks for OAuth, paste the client ID (and the client secret, if there is one).",
    "The authorization URL and the token URL are for those that do not find them by themselves.",
    "It must send people back to one of the redirect URIs below, character for character.",
    _APPROVE,
)
