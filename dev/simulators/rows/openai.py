"""ChatGPT (hosted) and Codex CLI."""

from dataclasses import replace

from dev.simulators.client import Client, Document, Refreshing, Registration

STABLE = "https://chatgpt.com/connector_platform_oauth_redirect"
METHODS = ["none", "private_key_jwt"]
JWKS = "https://chatgpt.com/oauth/jwks.json"

chatgpt = Client(
    "chatgpt",
    "ChatGPT",
    "vendor's pages: the stable redirect only where iss is advertised and sent; all OpenID scopes asked for",
    Document(
        "https://chatgpt.com/oauth/client.json",
        {
            "client_name": "ChatGPT",
            "redirect_uris": [STABLE],
            "token_endpoint_auth_methods_supported": METHODS,
            "jwks_uri": JWKS,
        },
    ),
    STABLE,
    scopes="openid",
    refreshing=Refreshing(addresses=2),
)
signed = replace(
    chatgpt,
    name="chatgpt-signed",
    seen="vendor's pages: private_key_jwt with RS256, which the document offers beside none",
    signs=True,
)
callback_id = replace(
    chatgpt,
    name="chatgpt-callback",
    seen="vendor's pages: a document and a callback of its own for each connector",
    redirect_uri="https://chatgpt.com/connector/oauth/{callback_id}",
    identity=Document(
        "https://chatgpt.com/oauth/{callback_id}/client.json",
        {"client_name": "ChatGPT", "redirect_uris": ["https://chatgpt.com/connector/oauth/{callback_id}"]},
    ),
)
registered = replace(
    chatgpt,
    name="chatgpt-dcr",
    seen="vendor's pages: registers once for the life of a connector, so an invalid_client is the end (omi#8650)",
    identity=Registration({"client_name": "ChatGPT", "redirect_uris": [STABLE], "token_endpoint_auth_method": "none"}),
    heals=False,
)

codex = Client(
    "codex",
    "Codex CLI",
    "codex#33403: no resource on refresh; #47513: hangs on invalid_grant",
    Document(
        "https://chatgpt.com/oauth/codex/client.json",
        {
            "client_name": "Codex",
            "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
            "token_endpoint_auth_method": "none",
        },
    ),
    "http://127.0.0.1:{port}/callback",
    refreshing=Refreshing(resource=False),
    signs_in_anew=False,
)
with_id = replace(
    codex,
    name="codex-dcr",
    seen="codex#30460: a callback with an id of its own; #29630: never registers again",
    redirect_uri="http://127.0.0.1:{port}/callback/{callback_id}",
    identity=Registration(
        {
            "client_name": "Codex",
            "redirect_uris": ["http://127.0.0.1:{port}/callback/{callback_id}"],
            "token_endpoint_auth_method": "none",
        }
    ),
    heals=False,
)

PLAYED = (chatgpt, signed, callback_id, registered, codex, with_id)
