"""MCP Inspector and mcp-remote, whose requests were read off the wire."""

from dataclasses import replace

from dev.simulators.client import Client, Manner, Refreshing, Registration

INSPECTOR = "MCP Inspector 2.x"
NODE = Manner(user_agent="node", accept="application/json")
TS_REFRESHING = Refreshing(on_401=True, parallel=8)


def _inspector(redirect_uri: str) -> Registration:
    return Registration(
        {
            "token_endpoint_auth_method": "none",
            "client_name": "MCP Inspector",
            "client_uri": "https://github.com/modelcontextprotocol/inspector",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "redirect_uris": [redirect_uri],
            "scope": "{scope}",
            "application_type": "native",
        }
    )


inspector_cli = Client(
    "inspector-cli",
    INSPECTOR,
    "2.12.0, command line",
    _inspector("http://127.0.0.1:6276/oauth/callback"),
    "http://127.0.0.1:6276/oauth/callback",
    manner=NODE,
    refreshing=TS_REFRESHING,
)
inspector_web = replace(
    inspector_cli,
    name="inspector-web",
    seen="2.12.0, in the browser with its own server behind; localhost by the matrix",
    identity=_inspector("http://localhost:6274/oauth/callback"),
    redirect_uri="http://localhost:6274/oauth/callback",
)
inspector_modern = replace(
    inspector_cli,
    name="inspector-modern",
    seen="2.12.0 with --protocol-era modern",
    era="2026-07-28",
    opening=("server/discover",),
)
inspector_1 = Client(
    "inspector-1",
    INSPECTOR,
    "1.0.3 through its proxy: two callbacks, and a page that asks for metadata and token itself",
    Registration(
        {
            "redirect_uris": ["http://localhost:6274/oauth/callback", "http://localhost:6274/oauth/callback/debug"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "client_name": "MCP Inspector",
            "client_uri": "https://github.com/modelcontextprotocol/inspector",
            "scope": "{scope}",
        }
    ),
    "http://localhost:6274/oauth/callback/debug",
    manner=NODE,
    refreshing=TS_REFRESHING,
)
inspector_direct = replace(
    inspector_1,
    name="inspector-1-direct",
    seen="1.0.3 without proxy: every request comes from a page and is held to CORS",
    redirect_uri="http://localhost:6274/oauth/callback",
    manner=replace(NODE, user_agent="Mozilla/5.0", origin="http://localhost:6274"),
)

MCP_REMOTE = "mcp-remote 0.15.1"


def _mcp_remote(redirect_uri: str) -> Registration:
    return Registration(
        {
            "redirect_uris": [redirect_uri],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "client_name": "MCP CLI Proxy",
            "client_uri": "https://github.com/modelcontextprotocol/mcp-cli",
            "software_id": "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
            "software_version": "0.15.1",
            "scope": "{scope}",
            "application_type": "native",
        }
    )


mcp_remote = Client(
    "mcp-remote",
    MCP_REMOTE,
    "0.15.1: looks before it speaks, opens two sessions, refreshes before each request and with scope",
    _mcp_remote("http://localhost:{port}/oauth/callback"),
    "http://localhost:{port}/oauth/callback",
    opening=("get", "metadata", "get", "initialize"),
    manner=Manner(user_agent="undici", accept="application/json"),
    refreshing=Refreshing(clock=True, on_401=True, lead=60, in_a_row=6, scope=True),
    sessions=2,
    method_header=True,
)
mcp_remote_old = replace(
    mcp_remote,
    name="mcp-remote-old",
    seen="older ones: the fixed port 3334",
    identity=_mcp_remote("http://localhost:3334/oauth/callback"),
    redirect_uri="http://localhost:3334/oauth/callback",
)
mcp_remote_silent = replace(
    mcp_remote,
    name="mcp-remote-silent",
    seen="0.15.1 with --disable-resource-parameter",
    resource="none",
    refreshing=replace(mcp_remote.refreshing, resource=False),
    only_one=True,
)

PLAYED = (
    inspector_cli,
    inspector_web,
    inspector_modern,
    inspector_1,
    inspector_direct,
    mcp_remote,
    mcp_remote_old,
    mcp_remote_silent,
)
