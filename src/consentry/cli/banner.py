"""What the demonstration says once it accepts connections: the addresses, the account, what to paste where."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import indent


@dataclass(frozen=True, slots=True)
class Scene:
    """A running demonstration. `mcp_urls` are slugs with their URLs; `kept_in` is None where it all goes at the end."""

    mcp_urls: Sequence[tuple[str, str]]
    email: str
    password: str
    dashboard_url: str
    account_url: str
    port: int
    hosted: bool
    kept_in: str | None


def render(scene: Scene) -> str:
    """The banner. Its first block is a name and a value a line, for scripts as for people."""
    slug, url = scene.mcp_urls[0]
    return "\n".join(
        [
            "Consentry is running.",
            "",
            *(f"MCP URL    {each}" for _, each in scene.mcp_urls),
            f"Email      {scene.email}",
            f"Password   {scene.password}",
            f"Dashboard  {scene.dashboard_url}",
            f"Account    {scene.account_url}",
            "",
            "Mail that it would send, as to whoever signs up, is printed here.",
            "",
            "Give a client an MCP URL, sign in when your browser opens, press Approve. The account page shows what",
            f"is connected, and ends it.{'' if scene.hosted else ' Use exactly this URL (127.0.0.1, not localhost).'}",
            "",
            indent(_clients(slug, url), "  "),
            "",
            _hosted(scene),
            "",
            f"Everything is kept in {scene.kept_in}." if scene.kept_in else "Nothing is kept: it all goes at the end.",
            "Press Ctrl-C to end.",
            "",
        ]
    )


def _clients(slug: str, url: str) -> str:
    return f"""\
MCP Inspector  npx @modelcontextprotocol/inspector
               (Node 22.19 or newer) Add Servers, "+ Add manually", transport streamable-http,
               paste {url}, Add, then switch it on
Claude Code    claude mcp add --transport http {slug} {url}
               then in Claude Code: /mcp, {slug}, Authenticate
VS Code        Command Palette: "MCP: Add Server", HTTP, paste {url}
Cursor         in ~/.cursor/mcp.json:
               {{"mcpServers": {{"{slug}": {{"url": "{url}"}}}}}}
mcp-remote     npx mcp-remote {url}"""


def _hosted(scene: Scene) -> str:
    if scene.hosted:
        return f"""\
Claude.ai, Claude Desktop (Settings, Connectors, "Add custom connector") and ChatGPT (Settings, Apps &
Connectors) take these URLs as well, if they reach port {scene.port} of this machine through your tunnel."""
    return f"""\
These run on this machine, and so can reach it. Claude.ai, Claude Desktop's connectors and ChatGPT call from
their makers' machines: they need a public https URL. Put a tunnel in front of port {scene.port} and start with
  consentry demo --port {scene.port} --public-url https://YOUR-TUNNEL"""
