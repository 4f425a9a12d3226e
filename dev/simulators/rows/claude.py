"""Claude: on the web, on the desktop, on phones (all hosted), and Claude Code."""

from dataclasses import replace

from dev.simulators.client import Client, Document, Manner, Refreshing, Registration

HOSTED = "Claude web, Desktop, mobile, Cowork"
CODE = "Claude Code"
CALLBACK = "https://claude.ai/api/mcp/auth_callback"
DOCUMENT = Document(
    "https://claude.ai/oauth/mcp-oauth-client-metadata",
    {
        "client_name": "Claude",
        "client_uri": "https://claude.ai",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    },
    ships=True,
)
# It refreshes up to five minutes before expiry and on a 401, without scope, and answers come to several addresses.
REFRESHING = Refreshing(clock=True, on_401=True, lead=300, parallel=2, addresses=2)

claude = Client(
    "claude",
    HOSTED,
    "vendor's pages on connectors; claude-ai-mcp#136, fastmcp#4264, claude-code#89862",
    DOCUMENT,
    CALLBACK,
    refreshing=REFRESHING,
)
registered = replace(
    claude,
    name="claude-dcr",
    seen="the same, where the server offers no documents: a new registration for each connection",
    identity=Registration(
        {
            "client_name": "Claude",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
    ),
)
basic = replace(
    registered,
    name="claude-basic",
    seen="kernel-mcp-server#96: HTTP Basic at the token endpoint, though it is a public client",
    public_basic=True,
)
at_root = replace(
    registered,
    name="claude-root",
    seen="claude-ai-mcp#82, #341: metadata ignored, endpoints taken to be at the root of the host",
    resource_places=(),
    server_places=(),
    resource="none",
    scopes="resource",
    only_one=True,
)
at_com = replace(
    registered,
    name="claude-com",
    seen="vendor's pages: the same callback on claude.com is to be allowed",
    redirect_uri="https://claude.com/api/mcp/auth_callback",
    identity=Registration({"client_name": "Claude", "redirect_uris": ["https://claude.com/api/mcp/auth_callback"],
                           "token_endpoint_auth_method": "none"}),
)  # fmt: skip

CODE_CALLBACK = "http://localhost:{port}/callback"
code = Client(
    "claude-code",
    CODE,
    "its document lists addresses without a port; claude-code#42301, #85236",
    Document(
        "https://claude.ai/oauth/claude-code-client-metadata",
        {
            "client_name": "Claude Code",
            "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
        },
    ),
    CODE_CALLBACK,
    manner=Manner(user_agent="node", accept="application/json"),
    refreshing=Refreshing(clock=True, on_401=True, lead=300, parallel=4),  # several sessions share one token
)
code_registered = replace(
    code,
    name="claude-code-dcr",
    seen="claude-code#52565, #79505: registers where documents are not offered, and keeps a stale registration",
    identity=Registration(
        {
            "client_name": "Claude Code",
            "redirect_uris": [CODE_CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
    ),
    heals=False,
)
code_deaf = replace(
    code,
    name="claude-code-deaf",
    seen="claude-code#66456, #58802, #85563: the challenge's resource_metadata is ignored",
    resource_places=("inserted", "root"),
)
code_origin = replace(
    code,
    name="claude-code-origin",
    seen="claude-code#52871: resource is the origin alone, with a slash",
    resource="origin",
    only_one=True,
)
code_old = replace(
    code_registered,
    name="claude-code-old",
    seen="claude-code#10572: no resource at all; callback on the fixed port 3118",
    redirect_uri="http://localhost:3118/callback",
    identity=Registration(
        {
            "client_name": "Claude Code",
            "redirect_uris": ["http://localhost:3118/callback"],
            "token_endpoint_auth_method": "none",
        }
    ),
    resource="none",
    consent_prompt=True,
    scopes="server",
    only_one=True,
)

PLAYED = (claude, registered, basic, at_root, at_com, code, code_registered, code_deaf, code_origin, code_old)
