"""A peer: fastmcp with its in-memory OAuth provider, made ready for a deed. Arguments: deed, tokens, loop, http."""

import json
import socket
import sys
import time
from base64 import urlsafe_b64encode
from hashlib import sha256

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.provider import AuthorizationCode, RefreshToken
from mcp.shared.auth import OAuthClientInformationFull

CLIENT_ID = "bench"
REDIRECT_URI = "https://client.example/callback"
VERIFIER = "v" * 43
SCOPES = ["mcp", "offline_access"]


def asking(provider, resource, deed, count):
    """What the requests say; the tokens in them are known to the provider."""
    form = {"client_id": CLIENT_ID, "resource": resource}
    tokens = [f"bench_{number}" for number in range(count)]
    match deed:
        case "refresh":
            for token in tokens:
                provider.refresh_tokens[token] = RefreshToken(token=token, client_id=CLIENT_ID, scopes=SCOPES)
            form |= {"grant_type": "refresh_token", "refresh_token": "*"}
            return {"path": "/token", "tokens": tokens, "form": form, "then": "successor"}
        case "code exchange":
            challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
            for token in tokens:
                provider.auth_codes[token] = AuthorizationCode(
                    code=token,
                    client_id=CLIENT_ID,
                    redirect_uri=REDIRECT_URI,
                    redirect_uri_provided_explicitly=True,
                    scopes=SCOPES,
                    expires_at=time.time() + 600,
                    code_challenge=challenge,
                )
            form |= {"grant_type": "authorization_code", "code": "*"}
            form |= {"code_verifier": VERIFIER, "redirect_uri": REDIRECT_URI}
            return {"path": "/token", "tokens": tokens, "form": form, "then": "used up"}
        case "metadata":
            return {"path": "/.well-known/oauth-authorization-server", "tokens": tokens, "method": "GET"}


def main():
    deed, count, loop, http = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    # Told that it is TCP, asyncio's loop sends without delay, as on a socket of its own.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # who comes early waits
    port = listener.getsockname()[1]
    provider = InMemoryOAuthProvider(base_url=f"http://127.0.0.1:{port}")
    provider.clients[CLIENT_ID] = OAuthClientInformationFull(
        client_id=CLIENT_ID,
        redirect_uris=[REDIRECT_URI],
        token_endpoint_auth_method="none",  # noqa: S106
        scope=" ".join(SCOPES),
    )
    app = FastMCP("bench", auth=provider).http_app()
    print(
        json.dumps({"port": port, "asking": asking(provider, f"http://127.0.0.1:{port}/mcp", deed, count)}), flush=True
    )
    config = uvicorn.Config(app, loop=loop, http=http, log_level="warning", access_log=False, ws="none")
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
