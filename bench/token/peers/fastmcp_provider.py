"""A peer: fastmcp with its in-memory OAuth provider, and refresh tokens that wait. Arguments: chains, loop, http."""

import json
import socket
import sys

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.provider import RefreshToken
from mcp.shared.auth import OAuthClientInformationFull

CLIENT_ID = "bench"


def main() -> None:
    chains, loop, http = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    # Told that it is TCP, asyncio's loop sends without delay, as on a socket of its own.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # who comes early waits
    port = listener.getsockname()[1]
    provider = InMemoryOAuthProvider(base_url=f"http://127.0.0.1:{port}")
    provider.clients[CLIENT_ID] = OAuthClientInformationFull(
        client_id=CLIENT_ID,
        redirect_uris=["https://client.example/callback"],
        token_endpoint_auth_method="none",  # noqa: S106
        scope="mcp offline_access",
    )
    tokens = [f"bench_refresh_token_{number}" for number in range(chains)]
    for token in tokens:
        provider.refresh_tokens[token] = RefreshToken(
            token=token, client_id=CLIENT_ID, scopes=["mcp", "offline_access"]
        )
    app = FastMCP("bench", auth=provider).http_app()
    resource = f"http://127.0.0.1:{port}/mcp"
    told = {"port": port, "path": "/token", "client_id": CLIENT_ID, "resource": resource, "chains": tokens}
    print(json.dumps(told), flush=True)
    config = uvicorn.Config(app, loop=loop, http=http, log_level="warning", access_log=False, ws="none")
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
