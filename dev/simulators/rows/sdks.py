"""The official SDKs and fastmcp, whose requests were read off the wire."""

from dataclasses import replace

from dev.simulators.client import Client, Manner, Refreshing, Registration
from dev.simulators.rows.tools import NODE, TS_REFRESHING

TYPESCRIPT = "TS SDK 1.32 / 2.4"
PYTHON = "Python SDK 2.3.0"
CALLBACK = "http://localhost:{port}/callback"
# What an application passes in; the SDKs add scope, and the newer ones application_type.
GIVEN = {
    "client_name": "An application",
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "{scope}",
}

ts_2 = Client(
    "ts-2",
    TYPESCRIPT,
    "@modelcontextprotocol/client 2.4.0, legacy by its own default: eight calls meet a 401, eight refreshes follow",
    Registration({**GIVEN, "token_endpoint_auth_method": "none", "application_type": "native"}),
    CALLBACK,
    manner=replace(NODE, version="2026-07-28"),
    consent_prompt=True,
    refreshing=TS_REFRESHING,
)
ts_2_modern = replace(
    ts_2,
    name="ts-2-modern",
    seen="2.4.0 with versionNegotiation auto",
    era="2026-07-28",
    opening=("server/discover",),
)
ts_1 = replace(
    ts_2,
    name="ts-1",
    seen="@modelcontextprotocol/sdk 1.32.2",
    identity=Registration({**GIVEN, "token_endpoint_auth_method": "none"}),
    manner=NODE,
)
ts_secret = replace(
    ts_1,
    name="ts-1-basic",
    seen="1.32.2 where the application names no method: the secret goes raw into HTTP Basic",
    identity=Registration(GIVEN),
)
ts_older = replace(
    ts_1,
    name="ts-1-slash",
    seen="vercel/ai#13988: new URL() adds a slash to an MCP URL without path",
    resource="normalised",
)

# Not one of the Python clients sends User-Agent or Accept to the authorization server.
BARE = Manner(version="2026-07-28")
BY_CLOCK = Refreshing(clock=True, on_401=False)
python_2 = Client(
    "python-2",
    PYTHON,
    "mcp 2.3.0: refreshes by its own clock, never on a 401, which costs a full sign-in",
    Registration({**GIVEN, "application_type": "native"}),
    CALLBACK,
    era="2026-07-28",
    opening=("server/discover",),
    manner=BARE,
    consent_prompt=True,
    verifier_length=128,
    basic="encoded",
    refreshing=BY_CLOCK,
)
python_2_legacy = replace(
    python_2, name="python-2-legacy", seen="mcp 2.3.0, mode legacy", era="2025-11-25", opening=("initialize",)
)
python_1 = replace(
    python_2_legacy,
    name="python-1",
    seen="mcp 1.30.0",
    identity=Registration(GIVEN),
    manner=Manner(version="2025-11-25"),
)
python_post = replace(
    python_2,
    name="python-2-post",
    seen="mcp 2.3.0 where the application asks for client_secret_post",
    identity=Registration({**GIVEN, "application_type": "native", "token_endpoint_auth_method": "client_secret_post"}),
)
python_slash = replace(
    python_1,
    name="python-1-slash",
    seen="mcp 1.26, python-sdk#1919: AnyHttpUrl adds a slash to what has no path",
    resource="normalised",
)
fastmcp = replace(
    python_2,
    name="fastmcp",
    seen="4.1.2: asks for the authorization page itself first, and registers at every run",
    identity=Registration(
        {
            **GIVEN,
            "client_name": "FastMCP Client",
            "application_type": "native",
            "token_endpoint_auth_method": "none",
        }
    ),
    preflight=True,
)

PLAYED = (
    ts_2,
    ts_2_modern,
    ts_1,
    ts_secret,
    ts_older,
    python_2,
    python_2_legacy,
    python_1,
    python_post,
    python_slash,
    fastmcp,
)
