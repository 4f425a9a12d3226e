"""VS Code, Cursor, Gemini CLI, goose and OpenCode."""

from dataclasses import replace

from dev.simulators.client import Client, Document, Manner, Refreshing, Registration

VSCODE = "VS Code"
VSCODE_URIS = (
    "http://127.0.0.1:33418/",
    "https://vscode.dev/redirect",
    "https://insiders.vscode.dev/redirect",
    "http://127.0.0.1/",
)
vscode = Client(
    "vscode",
    VSCODE,
    "src/vs/base/common/oauth.ts; vscode#278512: another port where 33418 is taken",
    Document(
        "https://vscode.dev/oauth/client-metadata.json",
        {
            "client_name": "Visual Studio Code",
            "redirect_uris": ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
            "token_endpoint_auth_method": "none",
        },
    ),
    "http://127.0.0.1:{port}/",
    manner=Manner(user_agent="node"),
    resource="normalised",
)
vscode_web = replace(
    vscode, name="vscode-web", seen="its document: the callback of the web editor", redirect_uri=VSCODE_URIS[1]
)
vscode_registered = replace(
    vscode,
    name="vscode-dcr",
    seen="vscode#250960, #321834: device_code among the grants, and a stale registration that is kept",
    redirect_uri="http://127.0.0.1:33418/",
    identity=Registration(
        {
            "client_name": "Visual Studio Code",
            "client_uri": "https://code.visualstudio.com",
            "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "response_types": ["code"],
            "redirect_uris": list(VSCODE_URIS),
            "scope": "{scope}",
            "token_endpoint_auth_method": "none",
            "application_type": "native",
        }
    ),
    heals=False,
)
vscode_insiders = replace(
    vscode_registered,
    name="vscode-insiders",
    seen="the same registration, answered at insiders.vscode.dev",
    redirect_uri=VSCODE_URIS[2],
)

CURSOR = "Cursor"
cursor = Client(
    "cursor",
    CURSOR,
    "bytebase#20510, laravel/mcp#173: one registration with three addresses of three kinds, all or nothing",
    Registration(
        {
            "client_name": "Cursor",
            "redirect_uris": [
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "http://localhost:8787/callback",
            ],
            "token_endpoint_auth_method": "none",
        }
    ),
    "cursor://anysphere.cursor-mcp/oauth/callback",
)
cursor_web = replace(
    cursor,
    name="cursor-web",
    seen="the same registration, answered at its web agents",
    redirect_uri="https://www.cursor.com/agents/mcp/oauth/callback",
)
cursor_loopback = replace(
    cursor,
    name="cursor-loopback",
    seen="the same registration, answered at its fixed port",
    redirect_uri="http://localhost:8787/callback",
)

gemini = Client(
    "gemini",
    "Gemini CLI",
    "its fixed callback; scope is all that the authorization server lists",
    Registration(
        {
            "client_name": "Gemini CLI MCP Client",
            "redirect_uris": ["http://localhost:7777/oauth/callback"],
            "token_endpoint_auth_method": "none",
        }
    ),
    "http://localhost:7777/oauth/callback",
    manner=Manner(user_agent="node"),
    scopes="server",
)
gemini_random = replace(
    gemini,
    name="gemini-random",
    seen="gemini-cli#14419: a callback on any port",
    redirect_uri="http://localhost:{port}/oauth/callback",
    identity=Registration(
        {
            "client_name": "Gemini CLI MCP Client",
            "redirect_uris": ["http://localhost:{port}/oauth/callback"],
            "token_endpoint_auth_method": "none",
        }
    ),
)

goose = Client(
    "goose",
    "goose",
    "refreshes at every start; hands iss on to its library, which compares it",
    Document(
        "https://goose-docs.ai/oauth/client-metadata.json",
        {
            "client_name": "goose",
            "redirect_uris": ["http://127.0.0.1/oauth_callback"],
            "token_endpoint_auth_method": "none",
        },
    ),
    "http://127.0.0.1:{port}/oauth_callback",
    refreshing=Refreshing(at_start=True),
)
opencode = Client(
    "opencode",
    "Zed / OpenCode",
    "its document and its fixed callback",
    Document(
        "https://opencode.ai/oauth/opencode/client.json",
        {
            "client_name": "OpenCode",
            "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"],
            "token_endpoint_auth_method": "none",
        },
    ),
    "http://127.0.0.1:19876/mcp/oauth/callback",
)

PLAYED = (
    vscode,
    vscode_web,
    vscode_registered,
    vscode_insiders,
    cursor,
    cursor_web,
    cursor_loopback,
    gemini,
    gemini_random,
    goose,
    opencode,
)
