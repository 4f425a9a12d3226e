"""The redirection URIs of clients that people know, for registering one by hand."""

from typing import Literal

Preset = Literal["claude-desktop", "claude-web", "claude-both", "chatgpt", "vscode", "cursor", "inspector"]

CLAUDE_WEB = ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback")
_DESKTOP_PORTS = (6277, 6278, 6279)
CLAUDE_DESKTOP = (
    *CLAUDE_WEB,
    *(f"http://{host}:{port}/oauth/callback" for host in ("localhost", "127.0.0.1") for port in _DESKTOP_PORTS),
)


# Where older versions of it come back to.
OLDER_CLAUDE = "https://claude.ai/oauth/callback"
CLAUDES: frozenset[Preset] = frozenset({"claude-desktop", "claude-web", "claude-both"})

PRESETS: dict[Preset, tuple[str, tuple[str, ...]]] = {
    "claude-desktop": ("Claude Desktop", CLAUDE_DESKTOP),
    "claude-web": ("Claude", CLAUDE_WEB),
    "claude-both": ("Claude", CLAUDE_DESKTOP),
    "chatgpt": ("ChatGPT", ("https://chatgpt.com/connector_platform_oauth_redirect",)),
    "vscode": (
        "Visual Studio Code",
        (
            "http://127.0.0.1:33418/",
            "http://127.0.0.1/",
            "https://vscode.dev/redirect",
            "https://insiders.vscode.dev/redirect",
        ),
    ),
    "cursor": (
        "Cursor",
        (
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ),
    ),
    "inspector": (
        "MCP Inspector",
        (
            "http://localhost:6274/oauth/callback",
            "http://localhost:6274/oauth/callback/debug",
            "http://127.0.0.1:6274/oauth/callback",
            "http://127.0.0.1:6276/oauth/callback",
        ),
    ),
}

# Redirection URIs that lead to one known service and to nobody else, with its name: the code goes there.
KNOWN_ADDRESSES: dict[str, str] = {
    **dict.fromkeys(CLAUDE_WEB, "Claude (web connector)"),
    "https://chatgpt.com/connector_platform_oauth_redirect": "ChatGPT (web connector)",
    "https://vscode.dev/redirect": "Visual Studio Code (by vscode.dev)",
    "https://insiders.vscode.dev/redirect": "Visual Studio Code Insiders (by vscode.dev)",
    "https://www.cursor.com/agents/mcp/oauth/callback": "Cursor (web agents)",
}


def recognised(name: str, redirect_uris: tuple[str, ...]) -> Preset | None:
    """The application that a client made by hand is for: every one of its addresses is there, under whatever name."""
    fitting = [
        preset for preset, (_, known) in PRESETS.items() if set(known) <= set(redirect_uris) <= {*known, OLDER_CLAUDE}
    ]
    named = [preset for preset in fitting if PRESETS[preset][0] == name]
    return next(iter((*named, *fitting)), None)
